import * as z from "zod";
import { clock, instant, later, minutes, seconds } from "../../platform/clock.ts";
import { type Reply as Answer, ask, saidOf } from "../ask.ts";
import { type Call, type Connection, connector, type Guard, noTime, type Part, type Reply } from "../connector.ts";
import { cardOf } from "../link-card.ts";
import type { Figure } from "../network.ts";
import {
  type BlueskySecrets,
  type BlueskySettings,
  mostThumbBytes,
  bluesky as network,
  rkeyOf,
  writtenMs,
} from "../networks/bluesky.ts";
import { type Placed, sendInOrder } from "../thread.ts";
import { Trouble } from "../trouble.ts";
import { handlesIn, linksIn, type Piece, tagsIn } from "../written.ts";

// XRPC to a personal data server (atproto.com/specs/xrpc). A part is put under a name of ours, on the condition that nothing
// stands there yet: so it stands there once, whatever is repeated, and what met another attempt of ours reads it back.

const { title, mostParts } = network.profile;
const collection = "app.bsky.feed.post";

type To = Connection<z.infer<typeof BlueskySettings>, z.infer<typeof BlueskySecrets>>;

type Asking = {
  /** A token to say who asks; what is public is asked without. */
  token?: string | undefined;
  query?: Record<string, string>;
  json?: unknown;
  body?: { bytes: Uint8Array; type: string };
  /** Errors, by their names, that are the caller's own matter. */
  mine?: readonly string[];
  expects?: "json" | "anything";
};

const XrpcError = z.object({ error: z.string() });
const errorOf = ({ body }: Answer): string | undefined => XrpcError.safeParse(body).data?.error;

const xrpc = async (
  call: Call,
  { settings }: To,
  method: "GET" | "POST",
  nsid: string,
  { token, query, mine = [], expects, ...what }: Asking,
): Promise<Answer> => {
  const url = new URL(`/xrpc/${nsid}`, settings.service);
  for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
  const answer = await ask(call, {
    title,
    method,
    url: url.href,
    ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    ...(expects ? { expects } : {}),
    ...what,
    mine: [400, 401],
  });
  if (answer.status < 400) return answer;
  const error = errorOf(answer);
  if (error !== undefined && mine.includes(error)) return answer;
  throw troubleOf(answer, error);
};

const troubleOf = (answer: Answer, error: string | undefined): Trouble => {
  switch (error) {
    case "ExpiredToken":
    case "InvalidToken":
      return new Trouble("network_access_expired", title);
    case "AccountTakedown":
    case "AccountSuspended":
    case "AccountDeactivated":
      return new Trouble("network_forbidden", title, { said: "The account is not active." });
    case "AuthFactorTokenRequired":
      return new Trouble("network_credentials_wrong", title, { said: "Use an app password." });
    default: {
      if (answer.status === 401) return new Trouble("network_credentials_wrong", title);
      const said = saidOf(answer.body);
      return new Trouble("network_refused", title, said === undefined ? {} : { said });
    }
  }
};

/** What a server of Bluesky would not say is said by something else. */
const read = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Trouble("network_is_another", title);
  return parsed.data;
};

// ── The session ─────────────────────────────────────────────────────────────────────────────────────────────────────

const Session = z.object({
  did: z.string().startsWith("did:"),
  handle: z.string(),
  accessJwt: z.string().min(1),
  refreshJwt: z.string().min(1),
});
const Whoami = z.object({
  did: z.string().startsWith("did:"),
  handle: z.string(),
  active: z.boolean().optional(),
});

/** Whose session it is: another account's is not used after the settings have changed. */
const sessionOf = ({ settings: { service, identifier } }: To): string => `${identifier} ${service}`;

const Expiring = z.object({ exp: z.number() });
/** When a token ends, as it says itself (RFC 7519); else in an hour, which the servers' own two hours outlast. */
const endOf = (jwt: string): string => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());
    const { data } = Expiring.safeParse(claims);
    if (data) return instant(seconds(data.exp));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return later(instant(clock.now()), minutes(60));
};

const signIn = async (to: To, call: Call): Promise<z.infer<typeof Session>> => {
  const json = { identifier: to.settings.identifier, password: to.secrets.appPassword };
  return read(Session, (await xrpc(call, to, "POST", "com.atproto.server.createSession", { json })).body);
};

/** A new session from the refresh token, which keeps the password out of use; or from the password. */
const newSession = async (to: To, call: Call): Promise<z.infer<typeof Session>> => {
  const { refreshJwt } = to.secrets;
  const isOurs = refreshJwt !== undefined && to.secrets.sessionOf === sessionOf(to);
  if (isOurs) {
    const mine = ["ExpiredToken", "InvalidToken"];
    const answer = await xrpc(call, to, "POST", "com.atproto.server.refreshSession", { token: refreshJwt, mine });
    if (answer.status === 200) return read(Session, answer.body);
  }
  try {
    return await signIn(to, call);
  } catch (error) {
    // It was right once.
    if (isOurs && error instanceof Trouble && error.code === "network_credentials_wrong")
      throw new Trouble("network_access_revoked", title);
    throw error;
  }
};

/** Who we are; where the session is over, as the password says: it is renewed when something is sent. */
const whoami = async (to: To, call: Call): Promise<z.infer<typeof Whoami>> => {
  const mine = ["ExpiredToken", "InvalidToken"];
  const token = to.secrets.accessJwt;
  const { status, body } = await xrpc(call, to, "GET", "com.atproto.server.getSession", { token, mine });
  return status === 200 ? read(Whoami, body) : signIn(to, call);
};

const didOf = ({ account }: To): string => {
  if (!account) throw new Error("The channel has not been connected.");
  return account.id;
};

// ── A record ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A strong reference to a post, and where people find it. */
type Place = { uri: string; cid: string; externalId: string; url: string };
const Ref = z.object({ uri: z.string().startsWith("at://"), cid: z.string().min(1) });
const Stored = Ref.extend({ value: z.object({ text: z.string(), createdAt: z.string() }) });
const Uploaded = z.object({ blob: z.record(z.string(), z.unknown()) });

const placeOf = ({ uri, cid }: z.infer<typeof Ref>, did: string, rkey: string): Place => ({
  uri,
  cid,
  externalId: uri,
  url: `https://bsky.app/profile/${did}/post/${rkey}`,
});

/** What stands under a name of ours; asked without a token, so that it can be asked when we are let in no more. */
const readRecord = async (to: To, rkey: string, call: Call): Promise<z.infer<typeof Stored> | undefined> => {
  const answer = await xrpc(call, to, "GET", "com.atproto.repo.getRecord", {
    query: { repo: didOf(to), collection, rkey },
    mine: ["RecordNotFound"],
  });
  return answer.status === 200 ? read(Stored, answer.body) : undefined;
};

const isSame = ({ value }: z.infer<typeof Stored>, { text }: Part, key: string, n: number): boolean =>
  value.text === text && value.createdAt === instant(writtenMs(key, n));

/** Facets are counted in bytes of UTF-8 (docs.bsky.app/docs/advanced-guides/post-richtext). */
const facet = (text: string, { from, to }: Piece, feature: Record<string, string>) => ({
  index: { byteStart: Buffer.byteLength(text.slice(0, from)), byteEnd: Buffer.byteLength(text.slice(0, to)) },
  features: [feature],
});

const Resolved = z.object({ did: z.string().startsWith("did:") });
const mostTag = 64;

/** Links, names that someone has, and tags. */
export const facetsOf = async (text: string, didOfHandle: (handle: string) => Promise<string | undefined>) => {
  const names = await Promise.all(
    handlesIn(text).map(async ({ handle, ...piece }) => ({ piece, did: await didOfHandle(handle) })),
  );
  const kind = (name: string) => `app.bsky.richtext.facet#${name}`;
  return [
    ...names.flatMap(({ piece, did }) =>
      did === undefined ? [] : [facet(text, piece, { $type: kind("mention"), did })],
    ),
    ...linksIn(text).map(({ url, ...piece }) => facet(text, piece, { $type: kind("link"), uri: url })),
    ...tagsIn(text)
      .filter(({ tag }) => tag.length <= mostTag)
      .map(({ tag, ...piece }) => facet(text, piece, { $type: kind("tag"), tag })),
  ].toSorted((a, b) => a.index.byteStart - b.index.byteStart);
};

const resolve = async (to: To, handle: string, call: Call): Promise<string | undefined> => {
  const answer = await xrpc(call, to, "GET", "com.atproto.identity.resolveHandle", {
    query: { handle },
    // Nobody has that name: it is a text like any other.
    mine: ["HandleNotFound", "InvalidRequest"],
  });
  return answer.status === 200 ? read(Resolved, answer.body).did : undefined;
};

/** Bytes are named by what they are: sent twice, they are there once. */
const upload = async (to: To, bytes: Uint8Array, type: string, call: Call) => {
  const { body } = await xrpc(call, to, "POST", "com.atproto.repo.uploadBlob", {
    token: to.secrets.accessJwt,
    body: { bytes, type },
  });
  return read(Uploaded, body).blob;
};

type Embed = Record<string, unknown>;
/** What is shown under the text: its files, or a card of its first link. Undefined where the time is over. */
const embedOf = async (to: To, { text, media }: Part, guard: Guard): Promise<{ embed?: Embed } | undefined> => {
  const blobs: { blob: Embed; alt: string; aspectRatio: { width: number; height: number }; type: string }[] = [];
  for (const { read: bytesOf, type, alt = "", width, height } of media) {
    const bytes = await bytesOf();
    if (!guard.mayWrite()) return undefined;
    blobs.push({ blob: await upload(to, bytes, type, guard), alt, aspectRatio: { width, height }, type });
  }
  const [first] = blobs;
  if (first?.type === "video/mp4") {
    const { blob: video, alt, aspectRatio } = first;
    return { embed: { $type: "app.bsky.embed.video", video, alt, aspectRatio } };
  }
  if (first) {
    const images = blobs.map(({ blob: image, alt, aspectRatio }) => ({ image, alt, aspectRatio }));
    return { embed: { $type: "app.bsky.embed.images", images } };
  }
  const uri = linksIn(text)[0]?.url;
  if (uri === undefined) return {};
  const halfway = clock.now() + (guard.endsMs - clock.now()) / 2;
  const card = await cardOf(uri, { endsMs: halfway, mostPictureBytes: mostThumbBytes });
  if (!card) return {};
  const { title: named, description, picture } = card;
  if (!guard.mayWrite()) return undefined;
  const thumb = picture && { thumb: await upload(to, picture.bytes, picture.type, guard) };
  return { embed: { $type: "app.bsky.embed.external", external: { uri, title: named, description, ...thumb } } };
};

const place = async (
  to: To,
  part: Part,
  { key, n, before, language }: { key: string; n: number; before: readonly Place[]; language: string | undefined },
  guard: Guard,
): Promise<Placed<Place>> => {
  const did = didOf(to);
  const rkey = rkeyOf(key, n);
  const facets = await facetsOf(part.text, (handle) => resolve(to, handle, guard));
  const shown = await embedOf(to, part, guard);
  if (!shown) return noTime;
  const ref = (one: Place | undefined) => one && { uri: one.uri, cid: one.cid };
  const record = {
    $type: collection,
    text: part.text,
    createdAt: instant(writtenMs(key, n)),
    ...(language === undefined ? {} : { langs: [language] }),
    ...(facets.length > 0 ? { facets } : {}),
    ...shown,
    ...(before.length > 0 ? { reply: { root: ref(before[0]), parent: ref(before.at(-1)) } } : {}),
  };
  if (!guard.mayWrite()) return noTime;
  const answer = await xrpc(guard, to, "POST", "com.atproto.repo.putRecord", {
    token: to.secrets.accessJwt,
    // Only where nothing stands.
    json: { repo: did, collection, rkey, record, swapRecord: null },
    mine: ["InvalidSwap"],
  });
  if (answer.status === 200) return { place: placeOf(read(Ref, answer.body), did, rkey) };
  const stands = await readRecord(to, rkey, guard);
  if (!stands) throw new Error("It stood there a moment ago.");
  if (!isSame(stands, part, key, n))
    throw new Trouble("network_refused", title, { said: "Another post stands in its place." });
  return { place: placeOf(stands, did, rkey) };
};

// ── What people did with it ─────────────────────────────────────────────────────────────────────────────────────────

const Counts = z.object({
  posts: z.array(
    z.object({
      likeCount: z.number().optional(),
      replyCount: z.number().optional(),
      repostCount: z.number().optional(),
    }),
  ),
});

const Author = z.object({ did: z.string(), handle: z.string(), displayName: z.string().optional() });
const Answered = z.object({
  post: z.object({
    uri: z.string(),
    author: Author,
    record: z.object({ text: z.string().catch("") }),
    indexedAt: z.string(),
  }),
});
const Replies = z.object({ replies: z.array(z.unknown()).catch([]) });

/** Everything in a thread below its first post. What was removed or is hidden has no post. */
const below = (thread: unknown): z.infer<typeof Answered>[] =>
  (Replies.safeParse(thread).data?.replies ?? []).flatMap((reply) => {
    const { data } = Answered.safeParse(reply);
    return [...(data ? [data] : []), ...below(reply)];
  });

const replyOf = ({ post: { uri, author, record, indexedAt } }: z.infer<typeof Answered>): Reply => ({
  externalId: uri,
  at: indexedAt,
  author: { id: author.did, handle: `@${author.handle}`, name: author.displayName || undefined },
  text: record.text,
  url: `https://bsky.app/profile/${author.did}/post/${uri.slice(uri.lastIndexOf("/") + 1)}`,
});

/** Of the app's thread: our own parts are that deep at most, and an answer to the last. */
const depth = String(mostParts + 2);

export const bluesky = connector(network, {
  renew: async (to, call) => {
    const { accessJwt, refreshJwt } = await newSession(to, call);
    const { appPassword } = to.secrets;
    return {
      secrets: { appPassword, accessJwt, refreshJwt, sessionOf: sessionOf(to) },
      renewAt: endOf(accessJwt),
    };
  },
  test: async (to, call) => {
    const { did, handle, active } = await whoami(to, call);
    if (active === false) throw new Trouble("network_forbidden", title, { said: "The account is not active." });
    return { id: did, handle: `@${handle}`, url: `https://bsky.app/profile/${did}` };
  },
  publish: (to, publication, guard) =>
    sendInOrder<Place>(publication, guard, (part, _key, n, before) =>
      place(to, part, { key: publication.key, n, before, language: publication.language }, guard),
    ),
  find: async (to, publication, call) => {
    const did = didOf(to);
    const { key, thread } = publication;
    let first: z.infer<typeof Stored> | undefined;
    for (const [n, part] of [publication, ...thread].entries()) {
      const stands = await readRecord(to, rkeyOf(key, n), call);
      // Of a thread that is not complete nobody can say that it was sent, or that it was not.
      if (!stands || !isSame(stands, part, key, n)) return { finding: first ? "cannot-tell" : "absent" };
      first ??= stands;
    }
    if (!first) return { finding: "absent" };
    const { externalId, url } = placeOf(first, did, rkeyOf(key, 0));
    return { finding: "found", externalId, url };
  },
  retract: async (to, { key }, call) => {
    const first = rkeyOf(key, 0);
    const parts = Array.from({ length: mostParts }, (_, n) => rkeyOf(key, n + 1));
    // What follows the first in its second is few, and ours only where it has our names.
    const { body } = await xrpc(call, to, "GET", "com.atproto.repo.listRecords", {
      query: { repo: didOf(to), collection, cursor: first, reverse: "true", limit: "100" },
    });
    const { records } = read(z.object({ records: z.array(z.object({ uri: z.string() })) }), body);
    const stands = parts.filter((rkey) => records.some(({ uri }) => uri.endsWith(`/${rkey}`)));
    // The first goes last: as long as it stands, this is done again.
    for (const rkey of [...stands.toReversed(), first])
      await xrpc(call, to, "POST", "com.atproto.repo.deleteRecord", {
        token: to.secrets.accessJwt,
        json: { repo: didOf(to), collection, rkey },
      });
  },
  collect: async (to, { externalId }, cursor, call) => {
    const token = to.secrets.accessJwt;
    const counted = await xrpc(call, to, "GET", "app.bsky.feed.getPosts", { token, query: { uris: externalId } });
    const [counts] = read(Counts, counted.body).posts;
    const figures: Partial<Record<Figure, number>> = counts
      ? { likes: counts.likeCount ?? 0, replies: counts.replyCount ?? 0, reposts: counts.repostCount ?? 0 }
      : {};
    const told = await xrpc(call, to, "GET", "app.bsky.feed.getPostThread", {
      token,
      query: { uri: externalId, depth, parentHeight: "0" },
      mine: ["NotFound"],
      // Of more answers than are read at once (1 MB) only the figures are told.
      expects: "anything",
    });
    const { data } = z.object({ thread: z.unknown() }).safeParse(told.body);
    const replies = below(data?.thread)
      .filter(({ post }) => post.author.did !== didOf(to) && (cursor === undefined || post.indexedAt > cursor))
      .map(replyOf)
      .toSorted((a, b) => (a.at < b.at ? -1 : 1));
    return { figures, replies, cursor: replies.at(-1)?.at ?? cursor };
  },
});
