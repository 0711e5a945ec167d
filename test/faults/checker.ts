import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { verifyBundle } from "../../functions/contests/verify.ts";
import { minutes } from "../../functions/platform/clock.ts";
import type { TableHistory } from "./history.ts";
import type { Load } from "./load.ts";
import { nameMistakes } from "./names.ts";

// What must hold after everything: nothing that was acknowledged is lost, nothing is there twice, and what was published is
// what happened.

const PageOf = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item), next: z.string().nullable() });
const Post = z.object({ id: z.string(), text: z.string(), state: z.string() });
const Result = z.object({
  status: z.string(),
  total: z.number(),
  options: z.array(z.unknown()),
  questions: z.array(z.unknown()),
});
const Row = z.object({ id: z.string(), state: z.enum(["takes-part", "withdrawn", "excluded"]) });
const Draw = z.looseObject({
  status: z.string(),
  moves: z.array(z.unknown()),
  entries: z.number().optional(),
  commitment: z.string().optional(),
  bundle: z.unknown().optional(),
});
export type Draw = z.infer<typeof Draw>;
const Mail = z.looseObject({ at: z.string(), to: z.array(z.string()), subject: z.string(), text: z.string() });
export type Mail = z.infer<typeof Mail>;

/** The values of a journal of the runner (infra/local/journal.ts): a line is `[id, value]`. */
export const journal = <T>(file: string, schema: z.ZodType<T>): T[] => {
  if (!existsSync(file)) return [];
  const values = new Map<string, T>();
  for (const line of readFileSync(file, "utf8").split("\n").slice(0, -1)) {
    const [id, value] = z.tuple([z.string()]).rest(z.unknown()).parse(JSON.parse(line));
    if (value === undefined) values.delete(id);
    else values.set(id, schema.parse(value));
  }
  return [...values.values()];
};
export const mailsIn = (folder: string): Mail[] => journal(`${folder}/mail.jsonl`, Mail);

/** All that was acknowledged, and no more than what may have been done besides. */
const isBetween = (count: number, acknowledged: number, maybe: number): boolean =>
  count >= acknowledged && count <= acknowledged + maybe;

const repeated = (all: readonly string[]): string[] => all.filter((one, i) => all.indexOf(one) !== i);

export const readDraw = async (load: Load, contestId: string): Promise<Draw> =>
  (await load.api("GET", `/v1/contests/${contestId}/draw`)).as(Draw);

/** The commitments that were seen while it ran: by contest and by how often its draw had moved. */
export type Commitments = Map<string, string>;
export const noteCommitment = (commitments: Commitments, contestId: string, draw: Draw): string[] => {
  if (draw.commitment === undefined) return [];
  const name = `${contestId} after ${draw.moves.length} moves`;
  const first = commitments.get(name) ?? draw.commitment;
  commitments.set(name, first);
  return first === draw.commitment ? [] : [`${name} has another commitment than before`];
};

export const checkHistory = async (options: {
  folder: string;
  load: Load;
  history: TableHistory;
  commitments: Commitments;
}): Promise<{ wrong: string[]; counts: Record<string, number> }> => {
  const { folder, load, history, commitments } = options;
  const { kept, api } = load;
  const wrong = [...kept.wrong];

  const list = async <T>(path: string, item: z.ZodType<T>): Promise<T[]> => {
    const all: T[] = [];
    for (let next: string | null = ""; next !== null; ) {
      const page: { items: T[]; next: string | null } = (
        await api("GET", `${path}?limit=100${next && `&cursor=${encodeURIComponent(next)}`}`)
      ).as(PageOf(item));
      all.push(...page.items);
      next = page.next;
    }
    return all;
  };

  // Posts: one of each that was acknowledged, out once.
  const posts = await list("/v1/posts", Post);
  for (const text of repeated(posts.map((post) => post.text))) wrong.push(`${text} was written twice`);
  const byText = new Map(posts.map((post) => [post.text, post]));
  for (const [text, id] of kept.posts) {
    const post = byText.get(text);
    if (id === undefined && post) wrong.push(`${text} was refused, and is there`);
    if (id !== undefined && post?.id !== id) wrong.push(`${text} was acknowledged as ${id}, and is ${post?.id}`);
  }
  for (const { text, state } of posts) {
    if (!kept.posts.has(text)) wrong.push(`${text} was never acknowledged`);
    if (state !== "published") wrong.push(`${text} is ${state}`);
  }
  const Feed = z.object({ items: z.array(z.object({ text: z.string() })), next: z.string().nullable() });
  const shown: string[] = [];
  for (const handle of kept.channels.keys()) {
    for (let search: string | undefined = ""; search !== undefined; ) {
      const page: z.infer<typeof Feed> = (
        await load.ask("GET", `/@${handle}${search}`, { headers: { accept: "application/json" } })
      ).as(Feed);
      shown.push(...page.items.map(({ text }) => text));
      search = page.next === null ? undefined : new URL(page.next).search;
    }
  }
  for (const text of repeated(shown)) wrong.push(`${text} is out twice`);
  for (const { text } of posts) if (!shown.includes(text)) wrong.push(`${text} is not out`);

  // Channels: every acknowledged change, once.
  for (const [handle, { id, names }] of kept.channels) {
    const channel = (await api("GET", `/v1/channels/${id}`)).as(z.object({ name: z.string(), version: z.number() }));
    if (channel.name !== names.at(-1)) wrong.push(`${handle} is called ${channel.name}, and was ${names.at(-1)}`);
    if (channel.version !== names.length)
      wrong.push(`${handle} was changed ${channel.version - 1} times, not ${names.length - 1}`);
  }

  // Polls: the result is the responses, and the responses are the people.
  for (const { id, slug, responses, maybe } of kept.polls) {
    const result = (await api("GET", `/v1/polls/${id}/results`)).as(Result);
    const recount = (await api("GET", `/v1/polls/${id}/results?recount=true`)).as(Result);
    if (result.status !== "closed") wrong.push(`${slug} is ${result.status}`);
    if (!isDeepStrictEqual([result.options, result.questions], [recount.options, recount.questions]))
      wrong.push(`${slug} counts otherwise than its rows`);
    if (!isBetween(result.total, responses.size, maybe))
      wrong.push(`${slug} counts ${result.total}, and ${responses.size} were acknowledged`);
    for (const response of repeated([...responses.values()])) wrong.push(`${response} is of two devices`);
  }

  // Contests: each entry once, one commitment, one draw that follows from it.
  const drawnEvents = [...history.told.values()].filter(({ type }) => type === "contest.drawn");
  for (const { id, slug, entries, out, maybe } of kept.contests) {
    const draw = await readDraw(load, id);
    wrong.push(...noteCommitment(commitments, id, draw));
    const all = await list(`/v1/contests/${id}/entries`, Row);
    const rows = all.map((entry) => entry.id);
    for (const entry of repeated([...rows, ...repeated([...entries.values()])]))
      wrong.push(`${slug}: the entry ${entry} is there twice`);
    for (const [email, entry] of entries)
      if (!rows.includes(entry)) wrong.push(`${slug}: the entry of ${email} is lost`);
    if (!isBetween(rows.length, entries.size, maybe))
      wrong.push(`${slug} has ${rows.length} entries, and ${entries.size} were acknowledged`);
    // Who was excluded or left takes no part; everybody else does.
    for (const { id: entry, state } of all) {
      const asked = out.get(entry);
      const may =
        asked === "maybe"
          ? ["takes-part", "withdrawn"]
          : [asked === undefined || asked === "refused" ? "takes-part" : asked];
      if (!may.includes(state)) wrong.push(`${slug}: the entry ${entry} is ${state}, and was ${asked ?? "left alone"}`);
    }
    const takingPart = all.filter(({ state }) => state === "takes-part").length;
    const drawn = drawnEvents.filter(({ key }) => key.endsWith(`\n${id}`)).length;
    if (takingPart === 0) {
      if (draw.status !== "final") wrong.push(`${slug}, where nobody takes part, is ${draw.status}`);
      continue;
    }
    if (drawn !== 1) wrong.push(`${slug} (${draw.status}) was drawn ${drawn} times`);
    if (draw.entries !== takingPart) wrong.push(`${slug} sealed ${draw.entries} of ${takingPart} entries`);
    const { status, checks } = verifyBundle(draw.bundle);
    if (status === 1)
      wrong.push(
        `${slug}: ${checks
          .filter(({ ok }) => !ok)
          .map(({ detail }) => detail)
          .join("; ")}`,
      );
  }

  // Mails: nobody is asked twice within ten minutes, no winner is told twice.
  const mails = mailsIn(folder);
  const asking = (mail: Mail) => /\/c\/([\w-]+)\/confirm\?t=/.exec(mail.text)?.[1];
  const groups = Map.groupBy(mails, (mail) => `${mail.to[0]} ${asking(mail) ?? mail.subject}`);
  for (const [name, some] of groups) {
    const times = some.map(({ at }) => Date.parse(at));
    const tooSoon = times.some((time, i) => i > 0 && time - times[i - 1]! < minutes(10));
    if (some.length > 1 && (asking(some[0]!) === undefined || tooSoon))
      wrong.push(`${name} was mailed ${some.length} times`);
  }

  // Events: each version's were consumed, and nothing else was.
  const consumed = new Set(readFileSync(`${folder}/relayed.log`, "utf8").split("\n").filter(Boolean));
  for (const [id, { type, key, version }] of history.told)
    if (!consumed.has(id)) wrong.push(`${type} of ${key.replace("\n", " ")}, version ${version}, was not consumed`);
  // Time goes on while this looks: what was written meanwhile may have been consumed as well.
  await history.drain();
  for (const id of consumed) if (!history.told.has(id)) wrong.push(`the event ${id} is of no version of anything`);
  wrong.push(...history.mistakes, ...nameMistakes(history.items.values()));

  // Nothing was given up.
  const letters = journal(
    `${folder}/dead-letters.jsonl`,
    z.looseObject({ functionName: z.string(), error: z.string() }),
  );
  for (const { functionName, error } of letters) wrong.push(`a dead letter of ${functionName}: ${error}`);

  const sum = (of: readonly { size: number }[]) => of.reduce((total, { size }) => total + size, 0);
  const counts = {
    posts: posts.length,
    responses: sum(kept.polls.map(({ responses }) => responses)),
    polls: kept.polls.length,
    entries: sum(kept.contests.map(({ entries }) => entries)),
    contests: kept.contests.length,
    "taken out": sum(kept.contests.map(({ out }) => out)),
    changes: [...kept.channels.values()].reduce((total, { names }) => total + names.length - 1, 0),
    mails: mails.length,
    events: history.told.size,
    "requests without an answer": kept.unanswered,
  };
  return { wrong, counts };
};
