import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { folds } from "../../functions/events/polls.ts";
import { milliseconds } from "../../functions/platform/clock.ts";
import { count, sequenceBytes } from "../../functions/platform/counts.ts";
import { reads, handler as tally } from "../../functions/platform/tally.ts";
import { walk } from "../../functions/polls/answer.ts";
import { createPoll, type Open, openPoll } from "../../functions/polls/poll.ts";
import type { Question } from "../../functions/polls/question.ts";
import { counting } from "../../functions/polls/recount.ts";
import { placeOf, type Response, respond } from "../../functions/polls/response.ts";
import { choiceOf, NewPoll, questionsOf } from "../../functions/polls/set-up.ts";
import { responses, runningCounts } from "../../functions/polls/table.ts";
import { startWeighedTable } from "./weighed-table.ts";

// A million responses through the counting that is shipped, on a table in memory: told again, cut anew, told side by side,
// from shards that split and merge, with answers that are lost and functions that die. SHARE=0.1 does a tenth of it.

vi.setConfig({ testTimeout: 7_200_000 });
const share = Number(process.env.SHARE ?? 1);

/** Chances that are the same in every run. */
const chances = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

type Table = Awaited<ReturnType<typeof startWeighedTable>>;
let table: Table;
const environment = { ...process.env };
const open = async (faults?: () => number): Promise<void> => {
  table = await startWeighedTable(faults);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: table.url,
    ...{ TABLE_NAME: "table", AWS_REGION: "eu-central-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" },
  });
};
beforeEach(() => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.env = environment;
  await table?.close();
});

const now = "2026-06-01T10:00:00.000Z";
const texts = (...all: string[]) => all.map((text) => ({ text }));
const eight = questionsOf(
  NewPoll.parse({
    slug: "acht",
    questions: [
      { kind: "single", text: "Welk etiket?", options: texts("Zon", "Maan", "Ster", "Komeet"), other: true },
      { kind: "multiple", text: "Wat eet u erbij?", options: texts("Kaas", "Noten", "Niets"), max: 2 },
      { kind: "rating", text: "Hoe smaakt het?" },
      { kind: "rating", text: "Raadt u ons aan?", scale: "nps" },
      { kind: "ranking", text: "Welke stijl eerst?", options: texts("Bock", "Tripel", "IPA") },
      { kind: "estimate", text: "Hoeveel flessen?", unit: "flessen", min: 0, max: 1000 },
      { kind: "open", text: "Wat moeten we brouwen?", required: false },
      { kind: "statements", text: "Eens?", statements: texts("Bier hoort in glas", "Blik is beter") },
    ],
  }).questions ?? [],
  now,
);
const ranking8 = (n: number): Question => ({
  kind: "ranking",
  id: `q${n}`,
  text: "?",
  required: true,
  options: Array.from({ length: 8 }, (_, i) => ({ optionId: `opt_${i}`, text: `${i}` })),
});

let made = 0;
const openedPoll = (questions: Question[]): Open => {
  const draft = { workspaceId: "ws_01jd0000000000000000000000", slug: "peiling", language: "nl" as const, questions };
  const pollId = `poll_01jd${String(++made).padStart(22, "0")}`;
  return openPoll(createPoll({ ...draft, pollId, changeable: true }, now)[0], 1, now)[0];
};

/** What somebody may answer to each kind of question. */
const answerBy = (question: Question, chance: () => number): unknown => {
  const pick = (n: number) => Math.floor(chance() * n);
  const ids = "options" in question ? question.options.map(({ optionId }) => optionId) : [];
  switch (question.kind) {
    case "single":
      return chance() < 0.05 && question.other ? { other: "iets anders" } : ids[pick(ids.length)];
    case "multiple":
      return ids.slice(pick(ids.length - 1)).slice(0, question.max);
    case "rating":
      return question.scale === "nps" ? pick(11) : 1 + pick(5);
    case "ranking":
      return ids.toSorted(() => chance() - 0.5);
    case "estimate":
      return pick(1001);
    case "open":
      return chance() < 0.2 ? "Een bock met honing" : undefined;
    case "statements":
      return Object.fromEntries(ids.map((id) => [id, ["agree", "disagree", "pass"][pick(3)]]));
  }
};
const pepper = Buffer.alloc(32, 7);
const responseTo = (poll: Open, n: number, chance: () => number): Response => {
  const given = Object.fromEntries(poll.questions.map((question) => [question.id, answerBy(question, chance)]));
  const { answers } = walk(poll.questions, given, () => "#");
  const at = placeOf(poll, pepper, `toestel-${n}`);
  return respond(poll, { id: `resp_${n}`, at, answers, arrivedMs: milliseconds(now) }, now);
};

const stored = (row: Response) => marshall({ ...responses.key(row), kind: "response", version: 1, ...row }) as never;
const record = (sequence: bigint, after: Response, before?: Response): DynamoDBRecord => ({
  dynamodb: {
    SequenceNumber: String(sequence),
    NewImage: stored(after),
    ...(before ? { OldImage: stored(before) } : {}),
  },
});
const tell = (shardId: string, Records: DynamoDBRecord[]) => tally({ Records, shardId, state: {} });

/** As Lambda does: a batch that failed is told again, and in halves. */
const tellUntilDone = async (shardId: string, batch: DynamoDBRecord[]): Promise<void> => {
  try {
    await tell(shardId, batch);
  } catch {
    if (batch.length === 1) return tellUntilDone(shardId, batch);
    const middle = Math.ceil(batch.length / 2);
    await tellUntilDone(shardId, batch.slice(0, middle));
    await tellUntilDone(shardId, batch.slice(middle));
  }
};

/** A shard's records in batches of any size: some once, some up to five times, some from further back, some twice at once. */
const tellAll = async (shardId: string, records: DynamoDBRecord[], chance: () => number): Promise<void> => {
  for (let at = 0; at < records.length; ) {
    const from = chance() < 0.2 ? Math.max(0, at - Math.floor(chance() * 400)) : at;
    const to = Math.min(records.length, at + 1 + Math.floor(chance() * 1000));
    const batch = records.slice(from, to);
    const times = chance() < 0.6 ? 1 : 2 + Math.floor(chance() * 4);
    if (chance() < 0.2) await Promise.all(Array.from({ length: times }, () => tellUntilDone(shardId, batch)));
    else for (let i = 0; i < times; i++) await tellUntilDone(shardId, batch);
    at = to;
  }
};

const named = (counts: Record<string, number>[]) =>
  counts.map((of) => Object.fromEntries(Object.entries(of).filter(([, n]) => n !== 0)));

test("a million responses are counted once each, at every checkpoint, whatever happens to their telling", async () => {
  const chance = chances(7);
  await open(chances(11));
  const polls = [openedPoll(eight), openedPoll(choiceOf("Welk etiket?", texts("Zon", "Maan", "Ster"), now))] as const;
  const recounts = polls.map(counting);
  const [all, checkpoints] = [Math.ceil(1_000_000 * share), 20];
  /** Shards by what they count: each key is in one of them, and its records come in order. */
  let shards = ["shard-0", "shard-1", "shard-2"];
  let bornShards = shards.length;
  let sequence = 100_000_000_000_000_000_000n;
  let changedOnes = 0;
  for (let checkpoint = 0; checkpoint < checkpoints; checkpoint++) {
    const records = new Map(shards.map((shard): [string, DynamoDBRecord[]] => [shard, []]));
    const from = Math.floor((all * checkpoint) / checkpoints);
    const to = Math.floor((all * (checkpoint + 1)) / checkpoints);
    for (let n = from; n < to; n++) {
      const which = chance() < 0.3 ? 0 : 1;
      const poll = polls[which];
      const row = responseTo(poll, n, chance);
      const told = records.get(shards[row.shard % shards.length]!)!;
      sequence += 1n + BigInt(Math.floor(chance() * 1000));
      told.push(record(sequence, row));
      if (chance() < 0.05) {
        // Somebody changes their mind.
        const other: Response = { ...responseTo(poll, n, chance), id: row.id };
        sequence += 1n;
        told.push(record(sequence, other, row));
        recounts[which]!.see(other);
        changedOnes++;
      } else recounts[which]!.see(row);
    }
    await Promise.all([...records].map(([shard, told], i) => tellAll(shard, told, chances(checkpoint * 100 + i))));
    for (const [which, poll] of polls.entries()) {
      const counted = named(await runningCounts(poll, now));
      const live = recounts[which]!.tallied().counts.map((of, i) => (poll.live?.[i] === false ? {} : of));
      expect(counted, `checkpoint ${checkpoint}`).toEqual(named(live));
    }
    // Parents that are told again while their children count, as after a crash of the reader.
    await Promise.all([...records].map(([shard, told]) => tellUntilDone(shard, told.slice(-300))));
    // Some shards split in two, some merge into one: their children have numbers of their own.
    const children = chance() < 0.5 ? shards.flatMap((_, i) => (i < 2 ? [0, 1] : [0])) : shards.slice(1).map(() => 0);
    shards = (children.length === 0 ? [0, 0] : children).slice(0, 8).map(() => `shard-${bornShards++}`);
  }
  vi.restoreAllMocks();
  console.log(
    `${all} responses, ${changedOnes} of them changed, in ${bornShards} shards: ${table.failures()} failures of the table, ${(table.units() / all).toFixed(4)} write units a response with all that was told again`,
  );
  expect(table.failures()).toBeGreaterThan(0);
});

test("counting costs at most 0.015 write units a response at batches of a hundred, of every poll that there can be", async () => {
  const costs: string[] = [];
  const costOf = async (what: string, questions: Question[], batch: number, most: number, before = 0) => {
    await open();
    const chance = chances(3);
    const poll = openedPoll(questions);
    const n = Math.max(4000, 10 * batch);
    const records = Array.from({ length: n }, (_, i) =>
      record(100_000_000_000_000_000_000n + BigInt(i), responseTo(poll, i, chance)),
    );
    const shard = "shardId-00000001414562045508-2b0cd7f2";
    if (before > 0) {
      const names = records.flatMap(({ dynamodb }) =>
        folds[0]!.counts(undefined, unmarshall(dynamodb?.NewImage as never)).flatMap(({ add }) => Object.keys(add)),
      );
      const add = Object.fromEntries(names.map((name) => [name, before]));
      await count(poll.workspaceId, poll.pollId, shard, [{ sequence: sequenceBytes("1"), add }], now);
    }
    for (let at = 0; at < n; at += batch) {
      await tell(shard, records.slice(at, at + batch));
      // One of ten batches is told again: its condition fails, which costs as much.
      if ((at / batch) % 10 === 9) await tell(shard, records.slice(at, at + batch));
    }
    const each = table.units() / n;
    costs.push(`${what}, batches of ${batch}: ${each.toFixed(4)} (items of ${table.sizes().join(", ")} bytes)`);
    expect(each, what).toBeLessThanOrEqual(most);
    await table.close();
  };
  const choice = choiceOf("Welk etiket?", texts(...Array.from({ length: 16 }, (_, i) => `Etiket ${i}`)), now);
  await costOf("one choice of sixteen", choice, 100, 0.015);
  await costOf("eight questions", eight, 100, 0.015);
  const ten = (of: (n: number) => Question) => Array.from({ length: 10 }, (_, i) => of(i + 1));
  await costOf("ten rankings of eight", ten(ranking8), 100, 0.015);
  await costOf(
    "ten choices of sixteen",
    ten((n) => ({ ...choice[0]!, id: `q${n}` })),
    100,
    0.015,
  );
  // As large as its counts become: what was counted before lies far from nothing.
  const nearly = [...choice, ...choice.map((of) => ({ ...of, id: "q2" })), eight[3]!, eight[4]!];
  await costOf("as many as are counted live, half a million each", nearly, 100, 0.015, 500_000);
  vi.restoreAllMocks();
  console.log(costs.join("\n"));
  await open();
});

test("no item is written more than ten times a second, however many respond", async () => {
  await open();
  const poll = openedPoll(choiceOf("Welk etiket?", texts("Zon", "Maan"), now));
  const chance = chances(5);
  // A shard takes a thousand writes a second, and its reader gets a batch when it is full or its window is over (triggers.ts).
  const [perSecond, fullBatch, shards, seconds] = [1000, 1000, 4, 4];
  let n = 0;
  const times: number[] = [];
  for (let second = 0; second < seconds; second += reads.batchWindow) {
    for (let shard = 0; shard < shards; shard++) {
      const records = Array.from({ length: perSecond * reads.batchWindow }, () =>
        record(100_000_000_000_000_000_000n + BigInt(++n), responseTo(poll, n, chance)),
      );
      for (let at = 0; at < records.length; at += fullBatch)
        await tell(`shard-${shard}`, records.slice(at, at + fullBatch));
    }
    times.push(...table.writesSince().map((writes) => writes / reads.batchWindow));
  }
  vi.restoreAllMocks();
  console.log(
    `${perSecond * shards} responses a second: an item is written ${Math.max(...times)} times a second at most`,
  );
  expect(Math.max(...times)).toBeLessThanOrEqual(10);
});
