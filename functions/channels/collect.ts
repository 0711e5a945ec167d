import type { Task } from "../platform/background.ts";
import { clock, later, seconds } from "../platform/clock.ts";
import { log } from "../platform/log.ts";
import { keepAllowance, lessOf } from "./allowance.ts";
import type { Connected } from "./channel.ts";
import type { Allowance, Call, Collected, Connector, Sent } from "./connector.ts";
import { freshConnection, renewSoon } from "./renew.ts";
import { findAllowance } from "./table.ts";
import { Trouble } from "./trouble.ts";

// What people did with what stands there, read with a channel's own access and within its own allowance. It always comes
// second: while there is little left of the allowance it waits for who sends.

/** What is left of the invocation to save what was told. */
const savingMs = seconds(4);
/** Whoever sends after a reset goes first. */
const afterResetMs = seconds(30);

/** A server may tell anything: what counts nobody is left out. */
const counted = (figures: Collected["figures"]): Collected["figures"] =>
  Object.fromEntries(
    Object.entries(figures).filter(([, figure]) => Number.isInteger(figure) && figure >= 0 && figure <= 1e12),
  );

/** What was told; or until when it waits; or why it failed; or why it is not to be tried again. */
export type Seen = { collected: Collected } | { until: string } | { trouble: Trouble } | { because: string };

/** Asks a network about what was sent there. `woken`: the due time that asked for it. */
export const collectOf = async (
  sent: Sent,
  connector: Connector,
  channel: Connected,
  { attempt, endsMs, actor, now }: Pick<Task, "attempt" | "endsMs" | "actor" | "now">,
  woken: string,
): Promise<Seen> => {
  const { collect } = connector;
  if (!collect) return { because: "Its network tells nothing any more." };
  const standing = await findAllowance(channel, now);
  if (standing) return { until: later(standing.resetAt, afterResetMs) };
  const by = { actor, cause: `due:${woken}` };
  const lastMs = endsMs - savingMs;
  let allowance: Allowance | undefined;
  const call: Call = {
    signal: AbortSignal.timeout(Math.max(0, Math.min(lastMs - clock.now(), mostWaitMs))),
    endsMs: Math.min(lastMs, clock.now() + mostWaitMs),
    learn: (learned) => {
      allowance = lessOf(allowance, learned);
    },
  };
  let used = channel;
  try {
    const fresh = await freshConnection(connector, channel, { attempt, endsMs }, call, by);
    if ("until" in fresh) return { until: later(fresh.until, seconds(1)) };
    used = fresh.channel;
    const collected = await collect(fresh.to, sent, undefined, call);
    return { collected: { ...collected, figures: counted(collected.figures) } };
  } catch (error) {
    // That it cannot be read says nothing of whether the channel can be sent to: it is not noted as failing.
    if (error instanceof Trouble && error.code === "network_access_expired" && connector.renew)
      await renewSoon(used, by);
    if (error instanceof Trouble) return { trouble: error };
    log.warn("What a network told was not understood", {
      channelId: channel.id,
      error: error instanceof Error ? error.name : "",
    });
    return { trouble: new Trouble("network_broken", connector.network.profile.title) };
  } finally {
    if (allowance) await keepAllowance(used, allowance, by);
  }
};
/** Nobody waits for it, and a function that waits costs money. */
const mostWaitMs = seconds(20);
