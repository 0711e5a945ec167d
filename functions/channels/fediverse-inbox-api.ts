import * as z from "zod";
import { event } from "../events/channels.ts";
import { remembers } from "../platform/cache.ts";
import { clock, instant, milliseconds, minutes, seconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { api, type Event, parse, pathParameters, type Route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { OutgoingFailure, outgoing } from "../platform/outgoing.ts";
import { type Change, drop, get, persist, put, save } from "../platform/table.ts";
import { viewerOf } from "../platform/viewer.ts";
import { accepts, actorUrl, itemOf, keyId } from "./actor.ts";
import { fediverseOf } from "./fediverse.ts";
import {
  type Actor,
  actorFor,
  findFollower,
  findInbox,
  findReaction,
  findReply,
  followers,
  hashOf,
  inboxes,
  mailings,
  privateKeyOf,
  type Reaction,
  reactions,
  whoseActor,
} from "./fediverse-table.ts";
import { textOf } from "./html.ts";
import { claimOf, holds, type Request, signatureHeaders } from "./http-signature.ts";
import { findFeedItem } from "./table.ts";
import { mailing } from "./tell-followers.ts";
import { shorten } from "./text.ts";

// What people on other servers do with a channel: follow it and not any more, like, share and answer its posts. Each comes signed
// by their server, which is asked for their key; so this dials out, and has a role of its own. The same twice is once.

const ActorPath = z.strictObject({ channelId: Id("channel") });

/** Longer answers are for their own server. */
const mostText = 2000;

const Named = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);
const Url = z.url({ protocol: /^https?$/ }).max(1000);
const Activity = z.object({
  id: z.string().max(1000).optional().catch(undefined),
  type: z.string(),
  actor: Named.pipe(Url),
  object: z.unknown(),
});
type Activity = z.infer<typeof Activity>;
const Inner = z.object({ type: z.string(), object: Named.optional().catch(undefined) });
const Note = z.object({
  id: Url,
  type: z.string(),
  inReplyTo: Named.nullish().catch(undefined),
  content: z.string().default(""),
  published: z.iso.datetime({ offset: true }).optional().catch(undefined),
  url: Url.optional().catch(undefined),
});

/** Who somebody is, as their server says. */
const Person = z.object({
  id: Url,
  inbox: Url,
  preferredUsername: z.string().max(200).catch(""),
  name: z.string().max(200).nullish().catch(undefined),
  endpoints: z
    .object({ sharedInbox: Url.optional().catch(undefined) })
    .optional()
    .catch(undefined),
  publicKey: z.object({ id: z.string(), owner: z.string(), publicKeyPem: z.string().max(10_000) }),
});
type Person = z.infer<typeof Person>;

const persons = remembers<Person | "gone" | undefined>(minutes(5));

/** Asks a server who one of its people is, signed as ourselves, as some want it. Gives undefined where what it says is nobody. */
const ask = async (id: string, us: Actor): Promise<Person | "gone" | undefined> => {
  const { host, pathname, search } = new URL(id);
  const signer = { keyId: keyId(us), privateKey: await privateKeyOf(us) };
  const request = { method: "GET", target: `${pathname}${search}`, host } as const;
  const { status, body } = await outgoing({
    method: "GET",
    url: id,
    headers: { accept: accepts, ...signatureHeaders(request, signer, clock.now()) },
    timeoutMs: seconds(8),
    mostBytes: 200_000,
  }).catch((error: unknown) => {
    if (!(error instanceof OutgoingFailure)) throw error;
    if (error.failure === "refused_address") return { status: 404, body: undefined };
    return refuse("network_unreachable", "Your server did not say whose key this is. Send it again later.");
  });
  if (status === 410) return "gone";
  if (status >= 500) return refuse("network_unreachable", "Your server did not say whose key this is.");
  const person = Person.safeParse(jsonOf(body));
  if (status !== 200 || !person.success || person.data.id !== id) return undefined;
  const { inbox, endpoints } = person.data;
  // Nobody makes us send to another's server.
  const isTheirs = [inbox, endpoints?.sharedInbox ?? inbox].every((url) => new URL(url).host === host);
  return isTheirs ? person.data : undefined;
};

const jsonOf = (body: Uint8Array | undefined): unknown => {
  try {
    return JSON.parse(Buffer.from(body ?? []).toString("utf8"));
  } catch {
    return undefined;
  }
};

/** Who signed this, if it is who it says. `gone`: their server says that they are no more. */
const signedBy = async (
  activity: Activity,
  request: Request,
  headers: Event["headers"],
  us: Actor,
): Promise<Person | "gone"> => {
  const claim = claimOf(request, headers, instant(clock.now()));
  if (!claim) return refuse("signature_wrong", "Sign it with rsa-sha256: (request-target), host, date and digest.");
  const about = activity.actor.split("#")[0] ?? "";
  // Twice at most: they may have changed their key since we asked.
  for (const isAgain of [false, true]) {
    if (isAgain) persons.forget(about);
    const person = await persons.get(about, () => ask(about, us));
    if (person === "gone") return person;
    const isKey = person?.publicKey.id === claim.keyId && person.publicKey.owner === person.id;
    if (person && isKey && holds(claim, request, headers, person.publicKey.publicKeyPem)) return person;
  }
  return refuse("signature_wrong", "The signature is not one of who it says sent this.");
};

type Heard = { us: Actor; person: Person; activity: Activity; now: string };
const of = ({ us: { workspaceId, channelId } }: Pick<Heard, "us">) => ({ workspaceId, channelId });

const follow = async ({ us, person, activity, now }: Heard): Promise<Change[]> => {
  const { workspaceId, channelId } = us;
  const inbox = person.endpoints?.sharedInbox ?? person.inbox;
  const standing = await findFollower(us, person.id, now);
  const id = hashOf(activity.id ?? `${person.id} ${now}`);
  const follow = activity.id ?? `${person.id}#follow`;
  const accept = mailing(us, { says: "accept", id, follow, follower: person.id }, now, person.inbox);
  // Asked again while their server does not take the answer, there is one under way.
  const unsaid = (await get(mailings, accept.key, milliseconds(now))) ? [] : [accept];
  if (standing?.inbox === inbox) return unsaid;
  const before = standing && (await findInbox(us, standing.inbox, now));
  const there = (await findInbox(us, inbox, now)) ?? { workspaceId, channelId, url: inbox, followers: 0 };
  return [
    put(followers, { ...standing, workspaceId, channelId, id: person.id, inbox, since: standing?.since ?? now }),
    ...(before ? [put(inboxes, { ...before, followers: Math.max(0, before.followers - 1) })] : []),
    put(
      inboxes,
      { ...there, followers: there.followers + 1 },
      standing ? [] : [event("channel.followed", { channelId })],
    ),
    ...unsaid,
  ];
};

const unfollow = async (us: Actor, id: string, now: string): Promise<Change[]> => {
  const standing = await findFollower(us, id, now);
  if (!standing) return [];
  const { channelId } = us;
  const there = await findInbox(us, standing.inbox, now);
  return [
    drop(followers, standing),
    ...(there
      ? [
          put(inboxes, { ...there, followers: Math.max(0, there.followers - 1) }, [
            event("channel.unfollowed", { channelId }),
          ]),
        ]
      : []),
  ];
};

/** A like or a share: whose it is need not be known, only that it is one and not two. */
const mark = async (heard: Heard, status: "like" | "share", itemId: string): Promise<Reaction> => ({
  status,
  ...of(heard),
  itemId,
  id: hashOf(heard.person.id),
  at: heard.now,
});

const add = async (reaction: Reaction): Promise<Change[]> =>
  (await findReaction(reaction)) ? [] : [put(reactions, reaction)];
const remove = async (reaction: Reaction): Promise<Change[]> => {
  const standing = await findReaction(reaction);
  return standing ? [drop(reactions, standing)] : [];
};

const answer = async (heard: Heard, given: unknown): Promise<Change[]> => {
  const { us, person, now } = heard;
  const note = Note.safeParse(given).data;
  const itemId = note && itemOf(us, note.inReplyTo);
  // What one says is said at one's own server.
  if (!note || itemId === undefined || new URL(note.id).host !== new URL(person.id).host) return [];
  const item = await findFeedItem(us.workspaceId, us.channelId, itemId, now);
  if (!item) return [];
  const { channelId } = us;
  const reply: Reaction = {
    status: "reply",
    ...of(heard),
    itemId,
    id: note.id,
    at: now,
    author: {
      id: person.id,
      handle: `@${person.preferredUsername}@${new URL(person.id).host}`,
      ...(person.name ? { name: person.name } : {}),
    },
    text: shorten(textOf(note.content), mostText),
    ...(note.url === undefined ? {} : { url: note.url }),
  };
  const standing = await findReaction(reply);
  if (standing && (standing.status !== "reply" || standing.author.id !== person.id)) return [];
  const told = event("channel.answered", { channelId, postId: item.postId, replyId: hashOf(note.id) });
  return [put(reactions, standing ? { ...standing, text: reply.text } : reply, standing ? [] : [told])];
};

const forget = async (heard: Heard, id: string): Promise<Change[]> => {
  const { us, person, now } = heard;
  if (id === person.id) return unfollow(us, id, now);
  const reply = await findReply(of(heard), id);
  return reply?.status === "reply" && reply.author.id === person.id ? [drop(reactions, reply)] : [];
};

/** What an activity changes. What nobody here knows changes nothing. */
const hear = async (heard: Heard): Promise<Change[]> => {
  const { us, person, activity, now } = heard;
  const { type, object } = activity;
  const id = Named.safeParse(object).data;
  const itemId = itemOf(us, id);
  switch (type) {
    case "Follow":
      return id === actorUrl(us) ? follow(heard) : [];
    case "Like":
    case "Announce": {
      const known = itemId !== undefined && (await findFeedItem(us.workspaceId, us.channelId, itemId, now));
      return known ? add(await mark(heard, type === "Like" ? "like" : "share", known.id)) : [];
    }
    case "Create":
    case "Update":
      return answer(heard, object);
    case "Delete":
      return id === undefined ? [] : forget(heard, id);
    case "Undo": {
      const inner = Inner.safeParse(object).data;
      const undone = itemOf(us, inner?.object);
      if (inner?.type === "Follow" && inner.object === actorUrl(us)) return unfollow(us, person.id, now);
      if (undone === undefined || (inner?.type !== "Like" && inner?.type !== "Announce")) return [];
      return remove(await mark(heard, inner.type === "Like" ? "like" : "share", undone));
    }
    default:
      return [];
  }
};

/** Whether it is about us at all, before anyone is asked for a key: servers tell everyone of everything. */
const concerns = async (activity: Activity, us: Actor, now: string): Promise<boolean> => {
  const { type, object, actor } = activity;
  const id = Named.safeParse(object).data;
  switch (type) {
    case "Follow":
      return id === actorUrl(us);
    case "Like":
    case "Announce":
      return itemOf(us, id) !== undefined;
    case "Create":
    case "Update":
      return itemOf(us, Note.safeParse(object).data?.inReplyTo) !== undefined;
    case "Undo": {
      const inner = Inner.safeParse(object).data;
      return inner?.object === actorUrl(us) || itemOf(us, inner?.object) !== undefined;
    }
    case "Delete":
      if (id === undefined) return false;
      return Boolean(id === actor ? await findFollower(us, actor, now) : await findReply(us, id));
    default:
      return false;
  }
};

const bytesOf = ({ body = "", isBase64Encoded }: Event): Buffer =>
  Buffer.from(body, isBase64Encoded ? "base64" : "utf8");

const take = async (event: Event, requestId: string): Promise<void> => {
  const now = instant(clock.now());
  const { channelId } = parse("path", ActorPath, pathParameters(path, event.pathParameters ?? {}));
  const workspaceId = await whoseActor(channelId, now);
  if (!workspaceId || !(await fediverseOf(workspaceId, channelId, now)))
    return refuse("not_found", "There is no such actor.");
  const us = await actorFor(workspaceId, channelId, now);
  const body = bytesOf(event);
  const json = jsonOf(body);
  if (json === undefined) return refuse("invalid_json", "The body is not JSON.");
  const activity = parse("body", Activity, json);
  if (!(await concerns(activity, us, now))) return;
  const { host } = viewerOf(event);
  const headers = { ...event.headers, host };
  const target = event.rawQueryString ? `${event.rawPath}?${event.rawQueryString}` : event.rawPath;
  const person = await signedBy(activity, { method: "POST", target, host, body }, headers, us);
  const isGone = person === "gone";
  // Who is no more follows nobody; their server itself says so.
  if (isGone && activity.type !== "Delete") return refuse("signature_wrong", "Your server says that you are gone.");
  await persist(async () => {
    const at = instant(clock.now());
    const changes = isGone ? await unfollow(us, activity.actor, at) : await hear({ us, person, activity, now: at });
    await save(changes, { now: at, actor: "visitor", cause: requestId });
  });
};

const path = "/fediverse/{channelId}/inbox";

/** It takes the bytes as they came, since their digest is signed. */
const takeActivity: Route = {
  method: "POST",
  path,
  access: "public",
  summary: "Takes an activity of ActivityPub for a channel, signed by its sender's server.",
  params: ActorPath,
  status: 202,
  refuses: ["signature_wrong", "network_unreachable", "invalid_json", "invalid_input"],
  answer: async (event, requestId) => {
    await take(event, requestId);
    return { statusCode: 202, body: "" };
  },
};

export const routes = { takeActivity };

export const handler = api(routes);
