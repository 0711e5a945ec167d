import * as z from "zod";
import { countEntry, countView } from "./contest-counts.ts";
import { announces, type Fold } from "./event.ts";

const contestId = z.string();
const example = { contestId: "contest_01jd0000000000000000000000" };
const entryId = "entry_01jd0000000000000000000000";
/** Whose prize it is, by the drawn position. */
const winner = { contestId, position: z.int(), entryId: z.string() };
const winnerExample = { position: 0, entryId };

export const { catalogue, event } = announces({
  "contest.created": {
    data: z.object({ contestId, slug: z.string() }),
    example: { ...example, slug: "taart" },
  },
  "contest.changed": {
    data: z.object({ contestId, fields: z.array(z.string()).describe("The names of the fields that changed.") }),
    example: { ...example, fields: ["closesAt"] },
  },
  "contest.removed": {
    data: z.object({ contestId }).describe("A draft was removed."),
    example,
  },
  "contest.opened": {
    data: z.object({
      contestId,
      slug: z.string(),
      closesAt: z.iso.datetime(),
      drawAt: z.iso.datetime(),
      rulesHash: z.string().describe("SHA-256 of the rules as RFC 8785 canonical JSON, hex."),
    }),
    example: {
      ...example,
      slug: "taart",
      closesAt: "2026-12-04T16:00:00.000Z",
      drawAt: "2026-12-04T16:03:00.000Z",
      rulesHash: "4b2dd3335d274d193af67ba7b22cfcefee97431a49dc82eb47d6adc3f826e81a",
    },
  },
  "contest.improved": {
    data: z
      .object({
        contestId,
        version: z.int().describe("Of the terms, from 1."),
        rulesHash: z.string().describe("SHA-256 of the rules as they are now, hex."),
      })
      .describe("While it is open, its prizes became more: the terms have a new version."),
    example: {
      ...example,
      version: 2,
      rulesHash: "4b2dd3335d274d193af67ba7b22cfcefee97431a49dc82eb47d6adc3f826e81a",
    },
  },
  "contest.cancelled": {
    data: z.object({ contestId, reason: z.string().describe("Public.") }),
    example: { ...example, reason: "De oven is stuk." },
  },
  "contest.closed": {
    data: z.object({ contestId, closedAt: z.iso.datetime() }),
    example: { ...example, closedAt: "2026-12-04T16:00:00.000Z" },
  },
  "contest.frozen": {
    data: z
      .object({ contestId, sealedAt: z.iso.datetime() })
      .describe("What arrived in time has been written; the entries do not change any more and are counted."),
    example: { ...example, sealedAt: "2026-12-04T16:01:00.000Z" },
  },
  "contest.sealed": {
    data: z.object({
      contestId,
      entries: z.int(),
      tickets: z.int(),
      root: z.string(),
      excluded: z.int().optional().describe("How many entries take no part: withdrawn, or excluded."),
    }),
    example: {
      ...example,
      entries: 200,
      tickets: 260,
      excluded: 2,
      root: "e4eeae66f3a12261c8f884ad647cd840cd15eb9ae47f765c21ba1bce41e0951a",
    },
  },
  "contest.committed": {
    data: z.object({
      contestId,
      commitHash: z.string().describe("SHA-256 of the commitment, hex."),
      round: z.int().describe("The round of the beacon that decides."),
      drawAt: z.iso.datetime(),
    }),
    example: {
      ...example,
      commitHash: "e4eeae66f3a12261c8f884ad647cd840cd15eb9ae47f765c21ba1bce41e0951a",
      round: 1005,
      drawAt: "2026-12-04T16:03:00.000Z",
    },
  },
  "contest.draw_moved": {
    data: z.object({ contestId, from: z.iso.datetime(), to: z.iso.datetime(), reason: z.string() }),
    example: {
      ...example,
      from: "2026-12-04T16:03:00.000Z",
      to: "2026-12-04T17:03:00.000Z",
      reason: "commitment_late",
    },
  },
  "contest.drawn": {
    data: z.object({
      contestId,
      entries: z.int(),
      winners: z.array(z.object({ position: z.int(), entryId: z.string() })),
      reserves: z.array(z.object({ position: z.int(), entryId: z.string() })),
    }),
    example: { ...example, entries: 200, winners: [{ position: 0, entryId }], reserves: [] },
  },
  "contest.judged": {
    data: z
      .object({
        contestId,
        winners: z.array(z.object({ position: z.int(), entryId: z.string() })),
        reserves: z.array(z.object({ position: z.int(), entryId: z.string() })).optional(),
      })
      .describe("A jury chose the winners, in the order of the prizes, and reserves; the reasons are public."),
    example: { ...example, winners: [{ position: 0, entryId }], reserves: [] },
  },
  "contest.announced": {
    data: z.object({ contestId }).describe("The winners have been told, as far as they could be."),
    example,
  },
  "contest.commitment_voided": {
    data: z
      .object({ contestId, commitHash: z.string(), round: z.int() })
      .describe("No relay had the round a week after its time; the contest commits again."),
    example: {
      ...example,
      commitHash: "e4eeae66f3a12261c8f884ad647cd840cd15eb9ae47f765c21ba1bce41e0951a",
      round: 1005,
    },
  },
  "contest.reserves_exhausted": {
    data: z.object({ contestId }).describe("A prize is left that nobody can take any more."),
    example,
  },
  "winner.reminded": { data: z.object({ ...winner }), example: { ...example, ...winnerExample } },
  "winner.claimed": { data: z.object({ ...winner }), example: { ...example, ...winnerExample } },
  "winner.lapsed": {
    data: z.object({ ...winner }).describe("The prize was not claimed in time; the position is struck."),
    example: { ...example, ...winnerExample },
  },
  "winner.forfeited": {
    data: z.object({ ...winner }).describe("The position was struck by hand, or by the winner's own wish."),
    example: { ...example, ...winnerExample },
  },
  "winner.promoted": {
    data: z
      .object({ ...winner, deadline: z.iso.datetime() })
      .describe("A reserve takes the prize of a position that was struck."),
    example: { ...example, ...winnerExample, position: 3, deadline: "2026-12-18T16:03:00.000Z" },
  },
  "contest.ended": {
    data: z.object({
      contestId,
      outcome: z
        .enum(["drawn", "judged", "no_entries"])
        .describe("Nothing changes any more; with no entry, nobody won."),
    }),
    example: { ...example, outcome: "drawn" },
  },
  "entry.excluded": {
    data: z
      .object({ contestId, entryId: z.string(), reason: z.string().describe("As it is committed, in words.") })
      .describe("The organiser excluded an entry; the entrant is told, and may object until the entries are frozen."),
    example: { ...example, entryId, reason: "disposable_address" },
  },
  "entry.readmitted": {
    data: z.object({ contestId, entryId: z.string() }).describe("An exclusion was undone: the entry takes part again."),
    example: { ...example, entryId },
  },
  "entry.withdrawn": {
    data: z.object({ contestId, entryId: z.string() }).describe("An entrant left before the entries were frozen."),
    example: { ...example, entryId },
  },
  "entry.erased": {
    data: z
      .object({ contestId, entryId: z.string() })
      .describe("Who it was is deleted. What was sealed stands; before that, the entry takes no part."),
    example: { ...example, entryId },
  },
  "exclusion.disputed": {
    data: z.object({ contestId, entryId: z.string() }).describe("An entrant objects: decide before the close."),
    example: { ...example, entryId },
  },
  "exclusion.upheld": {
    data: z.object({ contestId, entryId: z.string() }).describe("The objection was looked at; the exclusion stands."),
    example: { ...example, entryId },
  },
  "entry.accepted": {
    data: z.object({
      contestId,
      items: z.array(
        z.object({
          id: z.string().describe("Of this item, the same however often it is delivered: act on it once."),
          entryId: z.string(),
          enteredAt: z.iso.datetime(),
          referred: z.boolean().describe("Whether a friend's personal link brought this entry."),
          consent: z
            .string()
            .optional()
            .describe("There where the newsletter was asked for. Sealed: it says something to this system alone."),
        }),
      ),
    }),
    example: {
      ...example,
      items: [
        { id: "evt_01jd0000000000000000000000", entryId, enteredAt: "2026-12-01T12:00:00.000Z", referred: false },
      ],
    },
    // The row is the event: an id, a time and whether; never who, nor anything made from who.
    batched: {
      kind: "entry",
      subject: (row) => ({ contestId: String(row.contestId) }),
      at: ({ enteredAt }) => new Date(Number(enteredAt)).toISOString(),
      item: (row) => ({
        entryId: row.id,
        enteredAt: new Date(Number(row.enteredAt)).toISOString(),
        referred: row.referrer !== undefined,
        // The stream gives bytes as base64.
        ...(row.consent === undefined
          ? {}
          : { consent: Buffer.from(String(row.consent), "base64").toString("base64url") }),
      }),
    },
  },
});

export const folds: readonly Fold[] = [
  { kind: "entry", counts: countEntry },
  { kind: "view", counts: countView },
];
