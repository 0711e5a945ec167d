import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/webhooks.ts";
import { days, later, minutes } from "../platform/clock.ts";

// A replay: archived events of a time, sent once more to one webhook. EventBridge replays its archive to the bus, to the
// one rule that takes replays; the replay's name says whose it is, and what is not theirs is left out there.
//
//   requested ──► started

const common = {
  workspaceId: z.string(),
  webhookId: z.string(),
  id: z.string(),
  /** From (included) to (not included), by the time that the events were put on the bus. */
  from: z.string(),
  to: z.string(),
  /** Patterns as a webhook has them; without, the webhook's own. */
  patterns: z.array(z.string()).optional(),
  expires: z.string(),
};
export const Replay = z.discriminatedUnion("state", [
  z.object({ state: z.literal("requested"), ...common, startAt: z.string() }),
  z.object({ state: z.literal("started"), ...common, startedAt: z.string() }),
]);
export type Replay = z.infer<typeof Replay>;
export type Requested = Extract<Replay, { state: "requested" }>;

/** Longer than a replay of a year's archive takes. */
const keptMs = days(30);

export const request = (
  replay: Omit<Requested, "state" | "startAt" | "expires">,
  now: string,
): [Requested, DomainEvent[]] => [
  { state: "requested", ...replay, startAt: now, expires: later(now, keptMs) },
  [
    event("webhook.replay_requested", {
      webhookId: replay.webhookId,
      replayId: replay.id,
      from: replay.from,
      to: replay.to,
    }),
  ],
];

/** EventBridge has a limit of replays at a time. */
export const postpone = (replay: Requested, now: string): Requested => ({ ...replay, startAt: later(now, minutes(1)) });

export const started = ({ startAt: _, ...replay }: Requested, now: string): Replay => ({
  ...replay,
  state: "started",
  startedAt: now,
});

/** EventBridge's name of it: letters, digits, ".", "-" and "_", at most 64. A rule knows ours by how they begin. */
export const nameOf = ({ workspaceId, id }: Replay): string => `${workspaceId}.${id}`;
export const parseName = (name: string): { workspaceId: string; replayId: string } => {
  const [workspaceId = "", replayId = ""] = name.split(".");
  return { workspaceId, replayId };
};

export const ReplayView = z
  .object({
    id: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    events: z.array(z.string()).optional(),
  })
  .meta({ id: "WebhookReplay" });
