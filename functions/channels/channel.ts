import * as z from "zod";
import { event } from "../events/channels.ts";
import type { DomainEvent } from "../events/event.ts";
import { refuse } from "../platform/errors.ts";
import { Bytes } from "../platform/table.ts";
import type { Trouble } from "./trouble.ts";
import { units } from "./unit.ts";

// A channel: where a workspace speaks. It is connected until it is disconnected; another connection is another channel. While
// something is wrong with it that somebody must mend, it is failing: what is sent there is still tried.

/** Who we are at the network, as it told. */
const Account = z.object({
  id: z.string(),
  handle: z.string(),
  url: z.string().optional(),
  limits: z.array(z.object({ unit: z.enum(units), most: z.number() })).optional(),
  facts: z.record(z.string(), z.string()).optional(),
});

export const WhenUnknown = z.enum(["never-duplicate", "never-miss"]);

const common = {
  workspaceId: z.string(),
  id: z.string(),
  network: z.string(),
  name: z.string(),
  /** Its public name, where the page is /@<handle>; or its account's name at the network. */
  handle: z.string(),
  /** As the network's own schema says. */
  settings: z.record(z.string(), z.unknown()),
  connectedAt: z.string(),
  account: Account.optional(),
  /** What its owner prefers where nobody can tell whether a post stands there; by default that none stands there twice. */
  whenUnknown: WhenUnknown.optional(),
};

export const Channel = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("connected"),
    ...common,
    /** The network's secrets as sealed JSON, and which there are. */
    secrets: Bytes.optional(),
    secretNames: z.array(z.string()),
    /** From when on the secrets are to be renewed. */
    renewAt: z.string().optional(),
    /** Who renews them, until when nobody else may: a refresh token works once. */
    renewing: z.object({ by: z.string(), until: z.string() }).optional(),
    /** What is wrong with it. */
    trouble: z.object({ code: z.string(), detail: z.string(), since: z.string() }).optional(),
  }),
  z.object({ status: z.literal("disconnected"), ...common, disconnectedAt: z.string() }),
]);
export type Channel = z.infer<typeof Channel>;
export type Connected = Extract<Channel, { status: "connected" }>;
export type Disconnected = Extract<Channel, { status: "disconnected" }>;

export type Sealed = Pick<Connected, "secrets" | "secretNames">;

export const connect = (channel: Omit<Connected, "status">): [Connected, DomainEvent[]] => [
  { status: "connected", ...channel },
  [event("channel.connected", { channelId: channel.id, network: channel.network })],
];

/** The channel, if something can be sent there or changed. Refuses `channel_disconnected`. */
export const connected = (channel: Channel, pointer?: string): Connected =>
  channel.status === "connected"
    ? channel
    : refuse(
        "channel_disconnected",
        `The channel ${channel.id} was disconnected. Connect it again with POST /v1/channels and use the new one.`,
        pointer ? [{ pointer, detail: "This channel is disconnected." }] : [],
      );

export const change = (
  channel: Connected,
  next: Partial<Pick<Connected, "name" | "handle" | "settings" | "account" | "whenUnknown" | "renewAt"> & Sealed>,
  fields: string[],
): [Connected, DomainEvent[]] => [
  { ...channel, ...next },
  fields.length ? [event("channel.changed", { channelId: channel.id, fields })] : [],
];

/** What a send, a renewal or a test met. The same again is no news. */
export const fail = (channel: Connected, { code, detail }: Trouble, now: string): [Connected, DomainEvent[]] =>
  channel.trouble?.code === code
    ? [channel, []]
    : [
        { ...channel, trouble: { code, detail, since: channel.trouble?.since ?? now } },
        [event("channel.failing", { channelId: channel.id, code })],
      ];

/** It works (again). */
export const recover = (channel: Connected): [Connected, DomainEvent[]] =>
  channel.trouble === undefined
    ? [channel, []]
    : [{ ...channel, trouble: undefined }, [event("channel.recovered", { channelId: channel.id })]];

/** What was sent stays known; its secrets are forgotten and its page is gone. */
export const disconnect = (channel: Connected, now: string): [Disconnected, DomainEvent[]] => {
  const { status: _, secrets: _s, secretNames: _n, renewAt: _a, renewing: _r, trouble: _t, ...rest } = channel;
  return [
    { ...rest, status: "disconnected", disconnectedAt: now },
    [event("channel.disconnected", { channelId: channel.id })],
  ];
};

/** A channel as the API shows it. */
export const ChannelView = z
  .object({
    id: z.string(),
    version: z.number().int(),
    network: z.string(),
    name: z.string(),
    handle: z.string(),
    url: z.string().optional().describe("Its public page."),
    settings: z.record(z.string(), z.unknown()),
    secrets: z.array(z.string()).describe("The names of the secrets that are kept; what they are is never shown."),
    status: z
      .enum(["connected", "failing", "disconnected"])
      .describe("`failing`: what is sent there is refused until somebody does what `trouble` says."),
    trouble: z
      .object({ code: z.string(), detail: z.string(), mend: z.string(), since: z.iso.datetime() })
      .optional()
      .describe("What is wrong, since when, and the call that mends it."),
    account: z
      .object({ id: z.string(), handle: z.string(), url: z.string().optional() })
      .optional()
      .describe("Who we are there, as the network told."),
    whenUnknown: WhenUnknown,
    connectedAt: z.iso.datetime(),
    disconnectedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "Channel" });
