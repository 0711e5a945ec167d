import * as z from "zod";
import { instant, later, milliseconds, seconds } from "../../platform/clock.ts";
import { type Reply as Answer, type Asking, ask, saidOf } from "../ask.ts";
import {
  type Call,
  type Connection,
  connector,
  type Guard,
  type Medium,
  noTime,
  type Part,
  type Publication,
} from "../connector.ts";
import { textOf } from "../html.ts";
import { type MastodonSecrets, type MastodonSettings, mastodon as network } from "../networks/mastodon.ts";
import { type Placed, sendInOrder } from "../thread.ts";
import { Trouble } from "../trouble.ts";
import { mentionsIn, replaced } from "../written.ts";

// Mastodon's REST API (docs.joinmastodon.org/methods). A status goes under an `Idempotency-Key`: repeated within the hour, it
// is the one that stands. Files are uploaded before, and their ids kept, so that a film that the server still works on is
// not uploaded again.

const { title } = network.profile;

type To = Connection<z.infer<typeof MastodonSettings>, z.infer<typeof MastodonSecrets>>;

const http = async (
  call: Call,
  { settings, secrets }: To,
  method: Asking["method"],
  path: string,
  what: Pick<Asking, "json" | "body" | "headers" | "mine" | "expects"> = {},
): Promise<Answer> => {
  const { headers, mine = [], ...rest } = what;
  const answer = await ask(call, {
    title,
    method,
    url: new URL(path, settings.server).href,
    headers: { authorization: `Bearer ${secrets.accessToken}`, ...headers },
    ...rest,
    mine: [401, ...mine],
  });
  if (answer.status !== 401) return answer;
  // "The access token was revoked", "… expired", "… is invalid" (Doorkeeper's words, which others say too).
  const said = saidOf(answer.body) ?? "";
  if (/revoked/i.test(said)) throw new Trouble("network_access_revoked", title);
  if (/expired/i.test(said)) throw new Trouble("network_access_expired", title);
  throw new Trouble("network_credentials_wrong", title);
};

/** What a server of this kind would not say is said by something else. */
const read = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Trouble("network_is_another", title);
  return parsed.data;
};

// ── Who we are there, and what the server takes ─────────────────────────────────────────────────────────────────────

const Whoami = z.object({ id: z.string().min(1), acct: z.string().min(1), url: z.string().optional() });
const amount = z.number().int().positive().optional().catch(undefined);
const Instance = z.object({
  version: z.string(),
  configuration: z
    .object({
      statuses: z
        .object({ max_characters: amount, max_media_attachments: amount, characters_reserved_per_url: amount })
        .optional(),
      media_attachments: z
        .object({
          supported_mime_types: z.array(z.string()).optional().catch(undefined),
          image_size_limit: amount,
          image_matrix_limit: amount,
          video_size_limit: amount,
          video_matrix_limit: amount,
          description_limit: amount,
        })
        .optional(),
      polls: z
        .object({
          ...{ max_options: amount, max_characters_per_option: amount },
          ...{ min_expiration: amount, max_expiration: amount },
        })
        .optional(),
    })
    .optional(),
  /** Pleroma's own word. */
  max_toot_chars: amount,
});

/** Mastodon itself, and its forks, which say "4.3.0+glitch". Others say whose version it really is, in brackets or words. */
const isMastodon = (version: string): boolean => /^\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(version);

const instanceOf = async (to: To, call: Call): Promise<z.infer<typeof Instance>> => {
  const second = await http(call, to, "GET", "/api/v2/instance", { mine: [404], expects: "anything" });
  const { body } = second.status === 200 ? second : await http(call, to, "GET", "/api/v1/instance");
  return read(Instance, body);
};

const mostTypes = 600;
const factsOf = ({ version, configuration }: z.infer<typeof Instance>): Record<string, string> => {
  const { statuses, media_attachments: media, polls } = configuration ?? {};
  const facts = {
    keepsKeys: isMastodon(version) ? "yes" : "no",
    urlCharacters: statuses?.characters_reserved_per_url,
    mediaMost: statuses?.max_media_attachments,
    pictureBytes: media?.image_size_limit,
    filmBytes: media?.video_size_limit,
    picturePixels: media?.image_matrix_limit,
    filmPixels: media?.video_matrix_limit,
    altCharacters: media?.description_limit,
    answersMost: polls?.max_options,
    answerLetters: polls?.max_characters_per_option,
    leastSeconds: polls?.min_expiration,
    mostSeconds: polls?.max_expiration,
    types: media?.supported_mime_types
      ?.filter((type) => /^(image|video)\//.test(type))
      .join(" ")
      .slice(0, mostTypes),
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
};

// ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A form with one file (RFC 7578). `boundary`: letters that no file has. */
const formOf = (fields: Record<string, string>, file: { bytes: Uint8Array; type: string }, boundary: string) => {
  const texts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const name = `file.${file.type.split("/")[1]}`;
  const head = `${texts.join("")}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${file.type}\r\n\r\n`;
  const bytes = Buffer.concat([Buffer.from(head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { bytes, type: `multipart/form-data; boundary=${boundary}` };
};

const Attachment = z.object({ id: z.string().min(1) });

type Uploaded = { id: string; isReady: boolean };
/** Uploads a file. 202: the server has it, and still works on it. */
const upload = async (to: To, { alt, type, sha256 }: Medium, bytes: Uint8Array, call: Call): Promise<Uploaded> => {
  const fields: Record<string, string> = alt === undefined ? {} : { description: alt };
  // A file cannot hold its own hash.
  const body = formOf(fields, { bytes, type }, `file-${sha256.slice(0, 40)}`);
  const answer = await http(call, to, "POST", "/api/v2/media", { body });
  return { ...read(Attachment, answer.body), isReady: answer.status !== 202 };
};

const stillWorks = {
  outcome: "not-sent",
  detail: "The server is still working on a file.",
  retryAfterSeconds: 5,
} as const;

/** How a file that was uploaded stands. What no post has taken in a day is gone. */
const stateOf = async (to: To, id: string, call: Call): Promise<"ready" | "under way" | "gone"> => {
  const path = `/api/v1/media/${encodeURIComponent(id)}`;
  const { status } = await http(call, to, "GET", path, { mine: [404], expects: "anything" });
  if (status === 404) return "gone";
  return status === 206 ? "under way" : "ready";
};

/** The ids of a part's files, once all can be shown. What an earlier try uploaded is kept under `files-<part>`. */
const filesOf = async (
  to: To,
  { media }: Part,
  { n, kept }: { n: number; kept: string | undefined },
  guard: Guard,
): Promise<string[] | typeof noTime | typeof stillWorks> => {
  if (media.length === 0) return [];
  const earlier = kept?.split(" ") ?? [];
  const states = await Promise.all(earlier.map((id) => stateOf(to, id, guard)));
  if (states.includes("under way")) return stillWorks;
  if (kept !== undefined && !states.includes("gone")) return earlier;
  const files: Uploaded[] = [];
  for (const medium of media) {
    const bytes = await medium.read();
    if (!guard.mayWrite()) return noTime;
    files.push(await upload(to, medium, bytes, guard));
  }
  const ids = files.map(({ id }) => id);
  await guard.keep({ [`files-${n}`]: ids.join(" ") });
  return files.every(({ isReady }) => isReady) ? ids : stillWorks;
};

// ── A status ────────────────────────────────────────────────────────────────────────────────────────────────────────

const Status = z.object({ id: z.string().min(1), url: z.string().nullish(), uri: z.string().nullish() });
type Place = { externalId: string; url?: string | undefined };
const placeOf = ({ id, url, uri }: z.infer<typeof Status>): Place => ({ externalId: id, url: url ?? uri ?? undefined });

const place = async (
  to: To,
  part: Part,
  {
    key,
    n,
    before,
    publication: { language, kept, ballot },
  }: { key: string; n: number; before: readonly Place[]; publication: Publication },
  guard: Guard,
): Promise<Placed<Place>> => {
  const files = await filesOf(to, part, { n, kept: kept[`files-${n}`] }, guard);
  if ("outcome" in files) return files;
  if (!guard.mayWrite()) return noTime;
  const answer = await http(guard, to, "POST", "/api/v1/statuses", {
    headers: { "idempotency-key": key },
    json: {
      status: part.text,
      visibility: to.settings.visibility,
      ...(files.length > 0 ? { media_ids: files } : {}),
      // ISO 639, without the country.
      ...(language === undefined ? {} : { language: language.split("-")[0] }),
      ...(ballot && n === 0
        ? {
            poll: {
              options: ballot.options,
              expires_in: ballot.seconds,
              multiple: ballot.multiple,
              ...(ballot.secret ? { hide_totals: true } : {}),
            },
          }
        : {}),
      ...(before.length > 0 ? { in_reply_to_id: before.at(-1)?.externalId } : {}),
    },
    mine: [422],
  });
  if (answer.status === 422) {
    const said = saidOf(answer.body);
    // "Cannot attach files that have not finished processing."
    if (said !== undefined && /processing/i.test(said)) return stillWorks;
    throw new Trouble("network_refused", title, said === undefined ? {} : { said });
  }
  return { place: placeOf(Status.parse(answer.body)) };
};

// ── What stands there ───────────────────────────────────────────────────────────────────────────────────────────────

const Found = Status.extend({
  created_at: z.string(),
  in_reply_to_id: z.string().nullish(),
  content: z.string(),
  account: z.object({ id: z.string(), acct: z.string(), display_name: z.string().catch("") }),
  application: z.object({ name: z.string() }).nullish().catch(undefined),
});
type Found = z.infer<typeof Found>;

/**
 * What is left of a text whoever has shown it: names lose their server there, some servers read marks as Markdown, and some
 * (snac) take what stands between angle brackets for HTML.
 */
const wordsOf = (text: string): string =>
  textOf(
    replaced(
      text,
      mentionsIn(text).map((mention) => ({ ...mention, by: `@${mention.user}` })),
    ),
  ).replaceAll(/[\s*_`~]+/g, "");

/** Ours was made after its time; the clocks of servers differ a little. */
const skewMs = seconds(10);
const looksAt = 40;

const meOf = ({ account }: To): string => {
  if (!account) throw new Error("The channel has not been connected.");
  return account.id;
};

const statusPath = (id: string) => `/api/v1/statuses/${encodeURIComponent(id)}`;

const Context = z.object({ descendants: z.array(z.unknown()) });
/** What is below it, as the server tells; nothing where there is more than is read at once (1 MB). */
const below = async (to: To, id: string, call: Call): Promise<Found[]> => {
  const { body } = await http(call, to, "GET", `${statusPath(id)}/context`, { mine: [404], expects: "anything" });
  const { data } = Context.safeParse(body);
  return (data?.descendants ?? []).flatMap((one) => Found.safeParse(one).data ?? []);
};

/** The parts of a thread that follow its first: each ours, made by the same program, and an answer to the one before. */
const partsAfter = (first: Found, answers: readonly Found[]): Found[] => {
  const next = answers.find(
    (one) =>
      one.in_reply_to_id === first.id &&
      one.account.id === first.account.id &&
      one.application?.name === first.application?.name,
  );
  return next ? [next, ...partsAfter(next, answers)] : [];
};

/** What answers it and its parts. Some servers (snac) tell only of what answers a status itself: so the last part is asked as well. */
const answersTo = async (to: To, first: Found, call: Call): Promise<Found[]> => {
  const all = new Map<string, Found>();
  for (let at = first; ; ) {
    for (const one of await below(to, at.id, call)) all.set(one.id, one);
    const last = partsAfter(first, [...all.values()]).at(-1);
    if (!last || last.id === at.id) return [...all.values()];
    at = last;
  }
};

const Figures = Found.extend({
  favourites_count: z.number(),
  reblogs_count: z.number(),
  replies_count: z.number(),
  poll: z
    .object({
      options: z.array(z.object({ votes_count: z.number().nullish() })),
      voters_count: z.number().nullish(),
      expired: z.boolean().nullish(),
    })
    .nullish()
    .catch(undefined),
});

/** Of a question whose counts are kept until its end they are null before. */
const votesOf = ({ options, voters_count, expired }: NonNullable<z.infer<typeof Figures>["poll"]>) => {
  const counts = options.flatMap(({ votes_count }) => votes_count ?? []);
  if (counts.length < options.length) return {};
  return { votes: { options: counts, voters: voters_count ?? undefined, isOver: expired ?? undefined } };
};

export const mastodon = connector(network, {
  test: async (to, call) => {
    const who = await http(call, to, "GET", "/api/v1/accounts/verify_credentials", {
      // So says snac of a token that it does not know.
      mine: [422],
      expects: "anything",
    });
    if (who.status === 422) throw new Trouble("network_credentials_wrong", title);
    const { id, acct, url } = read(Whoami, who.body);
    const instance = await instanceOf(to, call);
    const most = instance.configuration?.statuses?.max_characters ?? instance.max_toot_chars;
    return {
      id,
      handle: `@${acct.includes("@") ? acct : `${acct}@${new URL(url ?? to.settings.server).host}`}`,
      ...(url === undefined ? {} : { url }),
      ...(most === undefined ? {} : { limits: [{ unit: "graphemes" as const, most }] }),
      facts: factsOf(instance),
    };
  },
  publish: (to, publication, guard) =>
    sendInOrder(publication, guard, (part, key, n, before) => place(to, part, { key, n, before, publication }, guard)),
  // By its words, among what was made since its time. Two that are equal are told apart by nobody.
  find: async (to, { text, at, thread }, { isTaken, ...call }) => {
    const path = `/api/v1/accounts/${encodeURIComponent(meOf(to))}/statuses?limit=${looksAt}&exclude_reblogs=true`;
    const { body } = await http(call, to, "GET", path);
    const all = read(z.array(z.unknown()), body).flatMap((one) => Found.safeParse(one).data ?? []);
    const since = milliseconds(later(at, -skewMs));
    const own: Found[] = [];
    for (const one of all)
      if (
        milliseconds(one.created_at) >= since &&
        wordsOf(textOf(one.content)) === wordsOf(text) &&
        !(await isTaken(one.id))
      )
        own.push(one);
    const [first, another] = own;
    // Older than all that is shown it may be there all the same.
    const isSeen = all.length < looksAt || all.some(({ created_at }) => milliseconds(created_at) < since);
    if (!first) return { finding: isSeen ? "absent" : "cannot-tell" };
    if (another) return { finding: "cannot-tell" };
    if (thread.length > 0 && partsAfter(first, await answersTo(to, first, call)).length < thread.length)
      return { finding: "cannot-tell" };
    return { finding: "found", ...placeOf(first) };
  },
  retract: async (to, { externalId }, call) => {
    const stands = await http(call, to, "GET", statusPath(externalId), { mine: [404, 410], expects: "anything" });
    if (stands.status !== 200) return;
    const first = read(Found, stands.body);
    const parts = [first, ...partsAfter(first, await answersTo(to, first, call))];
    // The first goes last: as long as it stands, this is done again.
    for (const { id } of parts.toReversed()) {
      const { status } = await http(call, to, "DELETE", statusPath(id), { mine: [404, 405], expects: "anything" });
      if (status >= 400)
        throw new Trouble("network_refused", title, { said: "This server lets nobody remove a post through its API." });
    }
  },
  collect: async (to, { externalId }, cursor, call) => {
    const { body } = await http(call, to, "GET", statusPath(externalId));
    const { favourites_count, reblogs_count, replies_count, poll, ...first } = read(Figures, body);
    const replies = (await answersTo(to, first, call))
      .filter(({ account }) => account.id !== meOf(to))
      .map(({ account, created_at, content, ...status }) => ({
        externalId: status.id,
        at: instant(milliseconds(created_at)),
        author: { id: account.id, handle: `@${account.acct}`, name: account.display_name || undefined },
        text: textOf(content),
        url: placeOf(status).url,
      }))
      .filter(({ at }) => cursor === undefined || at > cursor)
      .toSorted((a, b) => (a.at < b.at ? -1 : 1));
    return {
      figures: { likes: favourites_count, reposts: reblogs_count, replies: replies_count },
      replies,
      ...(poll && votesOf(poll)),
      cursor: replies.at(-1)?.at ?? cursor,
    };
  },
});
