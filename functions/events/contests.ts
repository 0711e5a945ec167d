import * as z from "zod";
import { announces, type Fold } from "./event.ts";

const contestId = z.string();
const example = { contestId: "contest_01jd0000000000000000000000" };
const entryId = "entry_01jd0000000000000000000000";

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
    data: z.object({ contestId, entries: z.int(), tickets: z.int(), root: z.string() }),
    example: {
      ...example,
      entries: 200,
      tickets: 260,
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
  "contest.announced": {
    data: z.object({ contestId }).describe("The winners have been told, as far as they could be."),
    example,
  },
  "contest.ended": {
    data: z.object({
      contestId,
      outcome: z.enum(["drawn", "no_entries"]).describe("Nothing changes any more; with no entry, nobody won."),
    }),
    example: { ...example, outcome: "drawn" },
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
      }),
    },
  },
});

/** What is counted of a contest: `entries`, and how many of them were `referred`. */
export const entriesSubject = (contestId: string): string => `${contestId}#entries`;
/** What is counted of a personal link: the `friends` that it brought. `ref`: what the link carries, which tells nobody who. */
export const friendsSubject = (contestId: string, ref: string): string => `${contestId}#friends#${ref}`;

const adding = (subject: string, add: Record<string, number>) => ({ subject, add });

/** An entry counts once, when it is made: for its contest, and for whoever brought it. */
const countEntry: Fold["counts"] = (before, after) => {
  if (before || !after) return [];
  const contest = String(after.contestId);
  if (typeof after.referrer !== "string") return [adding(entriesSubject(contest), { entries: 1 })];
  return [
    adding(entriesSubject(contest), { entries: 1, referred: 1 }),
    adding(friendsSubject(contest, after.referrer), { friends: 1 }),
  ];
};

export const folds: readonly Fold[] = [{ kind: "entry", counts: countEntry }];
