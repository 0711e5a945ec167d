import type { Task } from "../platform/background.ts";
import { clock, days, hours, instant, later, minutes, seconds } from "../platform/clock.ts";
import { log } from "../platform/log.ts";
import { OutgoingFailure, outgoing } from "../platform/outgoing.ts";
import { type Change, drop, put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { acceptOf, accepts, activityType, createOf, deleteOf, inContext, keyId } from "./actor.ts";
import { fediverseOf, saidIn } from "./fediverse.ts";
import {
  type Actor,
  actorFor,
  findInbox,
  hashOf,
  inboxes,
  inboxesOf,
  type Mailing,
  type Message,
  mailings,
  type Parting,
  privateKeyOf,
  type Sending,
} from "./fediverse-table.ts";
import { signatureHeaders } from "./http-signature.ts";
import { findChannelCached, findFeedItem } from "./table.ts";

// What is said goes to a hub (WebSub), where there is one, and to the inbox of every server that has a follower. It is parted first, a stretch of inboxes at a time, and
// each part is a due thing of its own: so no invocation has much to do, and a server that fails is asked again without any
// other hearing it twice. Whoever does hear it twice (after a crash) knows it by its id.

/** Inboxes of one part, which are asked side by side. */
const perPart = 40;
/** Parts that one step makes: they fit a transaction. */
const partsAtOnce = 10;
const mostMs = seconds(10);
/** What is left of the invocation to save how it went. */
const savingMs = seconds(3);
/** When one that failed is asked again: for a day and a half. */
const pausesMs = [minutes(1), minutes(5), minutes(30), hours(2), hours(8), days(1)] as const;

/** A message to all followers, or to the one inbox that it is for. */
export const mailing = (
  { workspaceId, channelId }: Pick<Actor, "workspaceId" | "channelId">,
  message: Message,
  now: string,
  to?: string,
): Change => {
  const name = `${message.says}-${nameOf(message)}`;
  const about = { workspaceId, channelId, name, message, at: now };
  return put<Mailing, Mailing>(
    mailings,
    to === undefined ? { status: "parting", ...about } : { status: "sending", ...about, to: [to], tries: 0 },
  );
};

const nameOf = (message: Message): string => {
  switch (message.says) {
    case "accept":
      return message.id;
    case "ping":
      return message.because;
    default:
      return message.itemId;
  }
};

/** Goes on with a message that is due. */
export const tellFollowers = async (task: Task & { state: Mailing }): Promise<void> => {
  const { state } = task;
  return state.status === "parting" ? part(state, task) : sendTo(state, task);
};

const part = async (parting: Parting, { now, save }: Task): Promise<void> => {
  const { workspaceId, channelId, name, message, after } = parting;
  const { items, next } = await inboxesOf(parting, { limit: perPart * partsAtOnce, after }, now);
  const parts = Array.from({ length: Math.ceil(items.length / perPart) }, (_, i) =>
    items.slice(i * perPart, (i + 1) * perPart).map(({ url }) => url),
  );
  const last = items.at(-1)?.url;
  await save([
    ...parts.map((to) =>
      put(mailings, {
        ...{ status: "sending", workspaceId, channelId, message, at: now, to, tries: 0 },
        name: `${name}-${hashOf(to[0] ?? "")}`,
      }),
    ),
    next && last !== undefined
      ? // Another time, or it would not be woken again.
        put(mailings, { ...parting, after: last, at: later(now, 1) })
      : drop(mailings, parting),
  ]);
};

type Told = "told" | "refused" | "gone" | "failed";

const sendTo = async (sending: Sending, { now, endsMs, save }: Task): Promise<void> => {
  const letter = sending.message.says === "ping" ? await pingOf(sending, now) : await letterOf(sending, now);
  if (!letter) return save([drop(mailings, sending)]);
  const timeoutMs = Math.min(mostMs, endsMs - clock.now() - savingMs);
  if (timeoutMs <= 0) throw new Error("Too little time is left of this invocation to send anything.");
  const told = await Promise.all(sending.to.map(async (url) => ({ url, how: await tell(url, letter, timeoutMs) })));
  const failed = told.filter(({ how }) => how === "failed").map(({ url }) => url);
  const pause = pausesMs[sending.tries];
  if (failed.length > 0 && pause === undefined)
    log.warn("Servers of followers were given up", { number: failed.length });
  const at = later(instant(clock.now()), pause ?? 0);
  const gone = await Promise.all(
    told.filter(({ how }) => how === "gone").map(({ url }) => findInbox(sending, url, now)),
  );
  await save([
    failed.length > 0 && pause !== undefined
      ? put(mailings, { ...sending, to: failed, tries: sending.tries + 1, at })
      : drop(mailings, sending),
    ...gone.flatMap((inbox) => (inbox ? [put(inboxes, { ...inbox, followers: 0 })] : [])),
  ]);
};

type Letter = { body: Uint8Array; type: string; signer?: { keyId: string; privateKey: string } };

/** WebSub leaves to hubs how they are told; all known ones take what PubSubHubbub 0.3 had (section 7.1). */
const pingOf = async ({ workspaceId, channelId }: Sending, now: string): Promise<Letter | undefined> => {
  const channel = await findChannelCached(workspaceId, channelId, now);
  if (channel?.status !== "connected") return undefined;
  const { url } = await brandOf(workspaceId, now);
  const form = new URLSearchParams({ "hub.mode": "publish" });
  for (const name of ["feed.atom", "feed.json"]) form.append("hub.url", `${url}/@${channel.handle}/${name}`);
  return { body: Buffer.from(form.toString()), type: "application/x-www-form-urlencoded" };
};

const letterOf = async (sending: Sending, now: string): Promise<Letter | undefined> => {
  const document = await documentOf(sending, now);
  if (!document) return undefined;
  const { activity, actor } = document;
  return {
    body: Buffer.from(JSON.stringify(inContext(activity))),
    type: activityType,
    signer: { keyId: keyId(actor), privateKey: await privateKeyOf(actor) },
  };
};

/** What is to be said; undefined where nobody is to hear it any more. */
const documentOf = async (
  { workspaceId, channelId, message }: Sending,
  now: string,
): Promise<{ activity: object; actor: Actor } | undefined> => {
  const feed = await fediverseOf(workspaceId, channelId, now);
  if (!feed) return undefined;
  const actor = await actorFor(workspaceId, channelId, now);
  switch (message.says) {
    case "create": {
      const item = await findFeedItem(workspaceId, channelId, message.itemId, now);
      return item && { activity: createOf(actor, saidIn(feed, item)), actor };
    }
    case "delete":
      return { activity: deleteOf(actor, message.itemId), actor };
    case "accept":
      return { activity: acceptOf(actor, message), actor };
    case "ping":
      return undefined;
  }
};

const tell = async (url: string, { body, type, signer }: Letter, timeoutMs: number): Promise<Told> => {
  try {
    const { host, pathname, search } = new URL(url);
    const request = { method: "POST", target: `${pathname}${search}`, host, body } as const;
    const { status } = await outgoing({
      method: "POST",
      url,
      headers: {
        "content-type": type,
        ...(signer ? { accept: accepts, ...signatureHeaders(request, signer, clock.now()) } : {}),
      },
      body,
      timeoutMs,
      mostBytes: 4096,
    });
    return toldBy(status);
  } catch (error) {
    if (!(error instanceof OutgoingFailure)) throw error;
    return error.failure === "refused_address" ? "refused" : "failed";
  }
};

/** That a signature does not hold (401) may be a key that they could not fetch for the moment. */
const toldBy = (status: number): Told => {
  if (status >= 200 && status < 300) return "told";
  if (status === 410) return "gone";
  return status >= 500 || [401, 408, 429].includes(status) ? "failed" : "refused";
};
