import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import * as z from "zod";
import { clock, days, instant, later, milliseconds } from "../platform/clock.ts";
import { takeName, whose } from "../platform/names.ts";
import { open, seal, sha256 } from "../platform/secrets.ts";
import {
  all,
  Bytes,
  Conflict,
  get,
  getCached,
  type Key,
  type Kind,
  lookUp,
  page,
  put,
  save,
} from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";

// Asked                                          Answered by
// whose actor is this                            the directory of public names ("actor")
// the keys and the first host of an actor        WS#<workspace>#FEDIVERSE#<channel> / ACTOR
// is this one a follower                         the same / FOLLOWER#<hash of who>
// where are posts sent, and how many follow      the same / INBOX#<hash of the address>: a server's shared inbox once
// what is still to be sent to whom               the same / MAILING#<name>; and the index `due`
// what people did with this post                 WS#<workspace>#REACTIONS#<channel>#<post> / LIKE#… SHARE#… REPLY#…
// which reply is this                            the index `lookup`

const actorPk = (workspaceId: string, channelId: string): string => `WS#${workspaceId}#FEDIVERSE#${channelId}`;
/** Short names of what others call things, which may be as long as they like. */
export const hashOf = (text: string): string => sha256(text).subarray(0, 16).toString("base64url");

const Actor = z.object({
  workspaceId: z.string(),
  channelId: z.string(),
  /** The address of the host that its addresses are at, for good. */
  home: z.string(),
  publicKey: z.string(),
  /** PEM, sealed. */
  privateKey: Bytes,
});
export type Actor = z.infer<typeof Actor>;

export const actors: Kind<Actor> = {
  kind: "fediverse-actor",
  schema: Actor,
  key: ({ workspaceId, channelId }) => actorKey(workspaceId, channelId),
};
const actorKey = (workspaceId: string, channelId: string): Key => ({
  pk: actorPk(workspaceId, channelId),
  sk: "ACTOR",
});
const bound = (channelId: string): string => `actor ${channelId} key`;

const cached = getCached(actors);
/** At most five seconds old: every page and every request of others asks. */
export const findActor = (workspaceId: string, channelId: string, now: string): Promise<Actor | undefined> =>
  cached(actorKey(workspaceId, channelId), milliseconds(now));

/** The workspace of an actor's address. */
export const whoseActor = async (channelId: string, now: string): Promise<string | undefined> =>
  (await whose("actor", channelId, milliseconds(now)))?.workspaceId;

const makeKeys = promisify(generateKeyPair);

/** The actor of a channel, which is made when somebody first asks for it. */
export const actorFor = async (workspaceId: string, channelId: string, now: string): Promise<Actor> => {
  const known = await findActor(workspaceId, channelId, now);
  if (known) return known;
  // What servers of the fediverse take is RSA of 2048 bits and more.
  const { publicKey, privateKey } = await makeKeys("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const { url: home } = await brandOf(workspaceId, now);
  const sealed = await seal(workspaceId, bound(channelId), privateKey);
  const made = put(actors, { workspaceId, channelId, home, publicKey, privateKey: sealed });
  try {
    await save([made, takeName({ space: "actor", name: channelId, workspaceId, id: channelId })], {
      now,
      actor: "system:fediverse",
      cause: channelId,
    });
    return made.after;
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    // Another made it at the same moment.
    const standing = await get(actors, actorKey(workspaceId, channelId), milliseconds(now));
    if (!standing) throw error;
    return standing;
  }
};

/** Its private key, open (PEM). */
export const privateKeyOf = async ({ workspaceId, channelId, privateKey }: Actor): Promise<string> =>
  (await open(workspaceId, bound(channelId), privateKey)).toString();

const Follower = z.object({
  workspaceId: z.string(),
  channelId: z.string(),
  /** Their actor's address. */
  id: z.string(),
  /** Where posts for them are sent, which others may share. */
  inbox: z.string(),
  since: z.string(),
});
export type Follower = z.infer<typeof Follower>;

export const followers: Kind<Follower> = {
  kind: "fediverse-follower",
  schema: Follower,
  key: ({ workspaceId, channelId, id }) => followerKey({ workspaceId, channelId }, id),
};
type Of = { workspaceId: string; channelId: string };
const followerKey = ({ workspaceId, channelId }: Of, id: string): Key => ({
  pk: actorPk(workspaceId, channelId),
  sk: `FOLLOWER#${hashOf(id)}`,
});
export const findFollower = (of: Of, id: string, now: string): Promise<Follower | undefined> =>
  get(followers, followerKey(of, id), milliseconds(now));

/** Where posts are sent. One without followers stays, and gets nothing. */
const Inbox = z.object({ workspaceId: z.string(), channelId: z.string(), url: z.string(), followers: z.number() });
export type Inbox = z.infer<typeof Inbox>;

export const inboxes: Kind<Inbox> = {
  kind: "fediverse-inbox",
  schema: Inbox,
  key: ({ workspaceId, channelId, url }) => inboxKey({ workspaceId, channelId }, url),
};
const inboxKey = ({ workspaceId, channelId }: Of, url: string): Key => ({
  pk: actorPk(workspaceId, channelId),
  sk: `INBOX#${hashOf(url)}`,
});
export const findInbox = (of: Of, url: string, now: string): Promise<Inbox | undefined> =>
  get(inboxes, inboxKey(of, url), milliseconds(now));

/** In the order of their keys, those with followers only. */
export const inboxesOf = (of: Of, list: { limit: number; after: string | undefined }, now: string) =>
  page(
    inboxes,
    { pk: actorPk(of.workspaceId, of.channelId), begins: "INBOX#" },
    {
      limit: list.limit,
      startAfter: list.after === undefined ? undefined : inboxKey(of, list.after),
      nowMs: milliseconds(now),
      keep: (inbox) => inbox.followers > 0,
    },
  );

/** How many follow. Read by server, of which there are far fewer. */
export const countFollowers = async (of: Of, now: string): Promise<number> => {
  let number = 0;
  const range = { pk: actorPk(of.workspaceId, of.channelId), begins: "INBOX#" };
  for await (const inbox of all(inboxes, range, milliseconds(now))) number += inbox.followers;
  return number;
};

const Message = z.discriminatedUnion("says", [
  z.object({ says: z.literal("create"), itemId: z.string() }),
  z.object({ says: z.literal("delete"), itemId: z.string() }),
  /** To a hub: the feeds have changed (WebSub). `because`: a name of the change. */
  z.object({ says: z.literal("ping"), because: z.string() }),
  z.object({ says: z.literal("accept"), id: z.string(), follow: z.string(), follower: z.string() }),
]);
export type Message = z.infer<typeof Message>;

const common = { workspaceId: z.string(), channelId: z.string(), name: z.string(), message: Message, at: z.string() };
/** A message on its way: first it is parted, then each part is sent to its inboxes. `at`: when it goes on. */
const Mailing = z.discriminatedUnion("status", [
  /** `after`: the inbox up to which there are parts. */
  z.object({ status: z.literal("parting"), ...common, after: z.string().optional() }),
  /** `to`: who has not got it; `tries`: how often they were asked. */
  z.object({ status: z.literal("sending"), ...common, to: z.array(z.string()), tries: z.number() }),
]);
export type Mailing = z.infer<typeof Mailing>;
export type Parting = Extract<Mailing, { status: "parting" }>;
export type Sending = Extract<Mailing, { status: "sending" }>;

export const mailings: Kind<Mailing> = {
  kind: "fediverse-mailing",
  schema: Mailing,
  key: ({ workspaceId, channelId, name }) => ({ pk: actorPk(workspaceId, channelId), sk: `MAILING#${name}` }),
  // What is posted leaves by one queue: each queue costs money while nothing happens.
  due: ({ at }) => ({ at, kind: "post.deliver" }),
};
export const isMailingKey = ({ sk }: Pick<Key, "sk">): boolean => sk.startsWith("MAILING#");

const reaction = { workspaceId: z.string(), channelId: z.string(), itemId: z.string(), id: z.string(), at: z.string() };
const Reaction = z.discriminatedUnion("status", [
  /** Of these it is enough to know that there is one: `id` is a hash of whose it is. */
  z.object({ status: z.literal("like"), ...reaction }),
  z.object({ status: z.literal("share"), ...reaction }),
  /** `id`: what they call it. */
  z.object({
    status: z.literal("reply"),
    ...reaction,
    author: z.object({ id: z.string(), handle: z.string(), name: z.string().optional() }),
    text: z.string(),
    url: z.string().optional(),
  }),
]);
export type Reaction = z.infer<typeof Reaction>;

/** The last figures of a post are read after 30 days; who wrote what is not kept much longer. */
const keptMs = { like: days(365), share: days(365), reply: days(90) };

export const reactions: Kind<Reaction> = {
  kind: "fediverse-reaction",
  schema: Reaction,
  key: (of) => ({ pk: reactionsPk(of), sk: `${of.status.toUpperCase()}#${hashOf(of.id)}` }),
  lookup: (of) => (of.status === "reply" ? { name: replyName(of, of.id), at: of.at } : undefined),
  expires: ({ status, at }) => later(at, keptMs[status]),
};
const reactionsPk = ({ workspaceId, channelId, itemId }: Of & { itemId: string }): string =>
  `WS#${workspaceId}#REACTIONS#${channelId}#${itemId}`;
const replyName = ({ workspaceId, channelId }: Of, id: string): string =>
  `WS#${workspaceId}#REPLY#${channelId}#${hashOf(id)}`;

export const findReaction = (of: Reaction): Promise<Reaction | undefined> =>
  get(reactions, reactions.key(of), clock.now());

/** A reply by what its server calls it, whatever it answers. */
export const findReply = async (of: Of, id: string): Promise<Reaction | undefined> => {
  const { keys } = await lookUp(replyName(of, id), { limit: 1 });
  return keys[0] && get(reactions, keys[0], clock.now());
};

/** What people did with a post. */
export const reactionsTo = (of: Of & { itemId: string }): AsyncGenerator<Reaction> =>
  all(reactions, { pk: reactionsPk(of) }, milliseconds(instant(clock.now())));
