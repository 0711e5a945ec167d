import { clock, instant, later, minutes, seconds } from "../platform/clock.ts";
import { type By, Conflict, put, save } from "../platform/table.ts";
import { type Connected, fail, recover } from "./channel.ts";
import type { Call, Connection, Connector } from "./connector.ts";
import { channels, connectionOf, findChannel, sealSecrets } from "./table.ts";
import { Trouble } from "./trouble.ts";

// Secrets that end are renewed before they do, by one at a time: a refresh token works once, and who comes second with it
// loses the access for all. So whoever renews says so first, with a lease that outlives its own invocation.

/** A call that is under way must not lose them. */
const beforehandMs = minutes(2);
const leaseBeyondKillMs = seconds(5);

/** What is to be used; or until when it must wait, since another is renewing it. */
export type Fresh = { channel: Connected; to: Connection } | { until: string };

const isDue = ({ renewAt }: Connected, now: string): boolean =>
  renewAt !== undefined && renewAt <= later(now, beforehandMs);

/**
 * The connection of a channel with secrets that hold. `owner`: a name of this attempt, and when it is killed (Unix
 * milliseconds). @throws Trouble
 */
export const freshConnection = async (
  connector: Connector,
  channel: Connected,
  owner: { attempt: string; endsMs: number },
  call: Call,
  by: Omit<By, "now">,
): Promise<Fresh> => {
  const now = instant(clock.now());
  if (!connector.renew || !isDue(channel, now)) return { channel, to: await connectionOf(channel) };
  if (channel.renewing && channel.renewing.until > now) return { until: channel.renewing.until };
  const claim = put(channels, {
    ...channel,
    renewing: { by: owner.attempt, until: instant(owner.endsMs + leaseBeyondKillMs) },
  });
  try {
    await save([claim], { ...by, now });
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    return { until: later(now, seconds(2)) };
  }
  return renewed(connector, claim.after, call, by);
};

const renewed = async (
  { renew }: Connector,
  claimed: Connected,
  call: Call,
  by: Omit<By, "now">,
): Promise<{ channel: Connected; to: Connection }> => {
  if (!renew) throw new Error("Its secrets are not renewed.");
  try {
    const { secrets, renewAt } = await renew(await connectionOf(claimed), call);
    const [works, events] = recover(claimed);
    const sealed = await sealSecrets(claimed.workspaceId, claimed.id, secrets);
    const change = put(channels, { ...works, ...sealed, renewAt, renewing: undefined }, events);
    await save([change], { ...by, now: instant(clock.now()) });
    return { channel: change.after, to: await connectionOf(change.after) };
  } catch (error) {
    // Where nobody knows whether it was renewed, the lease ends by itself and the next one tries.
    if (!(error instanceof Trouble) || error.kind.means === "unknown") throw error;
    const now = instant(clock.now());
    const [next, events] = error.kind.fails ? fail(claimed, error, now) : [claimed, []];
    await save([put(channels, { ...next, renewing: undefined }, events)], { ...by, now });
    throw error;
  }
};

/** Says that the secrets do not hold any more, so that they are renewed before they are used again. */
export const renewSoon = (channel: Connected, by: Omit<By, "now">): Promise<void> =>
  note(channel, by, (standing, now) => [{ ...standing, renewAt: now }, []]);

/** Keeps what a send, a look or a test showed of a channel: that something is wrong with it, or that nothing is. */
export const noteHealth = (channel: Connected, trouble: Trouble | undefined, by: Omit<By, "now">): Promise<void> => {
  if (!trouble && channel.trouble === undefined) return Promise.resolve();
  return note(channel, by, (standing, now) => (trouble ? fail(standing, trouble, now) : recover(standing)));
};

const note = async (
  { workspaceId, id }: Connected,
  by: Omit<By, "now">,
  next: (standing: Connected, now: string) => ReturnType<typeof recover>,
): Promise<void> => {
  const now = instant(clock.now());
  const standing = await findChannel(workspaceId, id, now);
  if (standing?.status !== "connected") return;
  const [after, events] = next(standing, now);
  if (after === standing) return;
  try {
    await save([put(channels, after, events)], { ...by, now });
  } catch (error) {
    // Someone changed the channel at the same moment; the next send shows it again.
    if (!(error instanceof Conflict)) throw error;
  }
};
