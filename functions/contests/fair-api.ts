import * as z from "zod";
import { found, refuse } from "../platform/errors.ts";
import { list, route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { put, unchanged } from "../platform/table.ts";
import type { Published, Standing } from "./contest.ts";
import { type Entry, isErased } from "./entry.ts";
import {
  ExclusionView,
  exclude,
  isUndecided,
  NewExclusions,
  undecided,
  undo,
  uphold,
  viewExclusion,
} from "./exclude.ts";
import { eraseWinner } from "./replace.ts";
import {
  contests,
  entries,
  exclusions,
  findContest,
  findEntriesById,
  findEntry,
  findExclusion,
  listExclusions,
} from "./table.ts";
import { eraseEntry } from "./withdraw.ts";

// How the organiser keeps a contest fair: excludes before the entries are frozen, decides about objections, and erases who asks.

const params = z.strictObject({ contestId: Id("contest") });
const entryParams = z.strictObject({ contestId: Id("contest"), entryId: Id("entry") });

const published = (contest: Standing): Published =>
  contest.status === "draft" ? refuse("not_found", "There is no such entry: this contest has not opened.") : contest;

const contestOf = async (workspaceId: string, contestId: string, now: string): Promise<Published> =>
  published(found(await findContest(workspaceId, contestId, now), "contest"));

const EntryErasing = z
  .object({ entryId: Id("entry"), status: z.enum(["erased", "erasing"]).describe("`erasing`: within the hour.") })
  .meta({ id: "ContestEntryErasure" });

/** Every entry that was asked for, in that order; else what is missing. */
const allOf = async (contest: Published, ids: readonly string[], now: string): Promise<Entry[]> => {
  const byId = new Map((await findEntriesById(contest, ids, now)).map((entry) => [entry.id, entry]));
  return ids.map((id, i) => {
    const pointer = { pointer: `#/entryIds/${i}`, detail: "There is no such entry in this contest, or it was erased." };
    return byId.get(id) ?? refuse("unknown_entry", "One of these entries does not exist, or was erased.", [pointer]);
  });
};

const exclusionOf = async (contest: Published, entryId: string, now: string) =>
  found(await findExclusion(contest, entryId, now), "exclusion");

export const fairApiRoutes = {
  listContestExclusions: list({
    method: "GET",
    path: "/v1/contests/{contestId}/exclusions",
    access: "contests:read",
    summary: "Who was excluded and why, and who objects. Entries that were withdrawn or erased are not among them.",
    params,
    filter: { status: z.enum(["excluded", "disputed", "upheld", "undone"]).optional() },
    item: ExclusionView,
    run: async ({ workspaceId, params, query, list, now }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      const { items, next } = await listExclusions(contest, { ...list, status: query.status }, now);
      return { items: items.map(viewExclusion), next };
    },
  }),
  excludeContestEntries: route({
    method: "POST",
    path: "/v1/contests/{contestId}/exclusions",
    access: "contests:write",
    summary:
      "Excludes entries, until the entries are frozen a minute after the close. Each entrant is told and may object; whoever brought them loses what they gave.",
    status: 201,
    params,
    body: NewExclusions,
    returns: z.object({ items: z.array(ExclusionView) }).meta({ id: "ContestExclusions" }),
    refuses: ["unknown_entry", "contest_sealed", "entry_excluded"],
    run: async ({ workspaceId, params, body, now, save }) => {
      const contest = undecided(await contestOf(workspaceId, params.contestId, now));
      const asked = await allOf(contest, body.entryIds, now);
      const made = await Promise.all(
        asked.map(async (entry) =>
          exclude(contest, { entry, before: await findExclusion(contest, entry.id, now) }, body, now),
        ),
      );
      const changes = made.flatMap(({ entry, exclusion, events }) => [
        put(entries, entry),
        put(exclusions, exclusion, events),
      ]);
      const items = made.map(({ exclusion }) => viewExclusion(exclusion));
      return save([...changes, unchanged(contests, contest)], { items });
    },
  }),
  upholdContestExclusion: route({
    method: "POST",
    path: "/v1/contests/{contestId}/exclusions/{entryId}/uphold",
    access: "contests:write",
    summary: "Dismisses an objection: the exclusion stands, and the entrant is told.",
    params: entryParams,
    returns: ExclusionView,
    refuses: ["contest_sealed", "exclusion_not_disputed"],
    run: async ({ workspaceId, params, now, save }) => {
      const contest = await contestOf(workspaceId, params.contestId, now);
      const [upheld, events] = uphold(contest, await exclusionOf(contest, params.entryId, now), now);
      return save([put(exclusions, upheld, events), unchanged(contests, contest)], viewExclusion(upheld));
    },
  }),
  undoContestExclusion: route({
    method: "DELETE",
    path: "/v1/contests/{contestId}/exclusions/{entryId}",
    access: "contests:write",
    summary: "Undoes an exclusion, until the entries are frozen: the entry takes part again, and the entrant is told.",
    status: 204,
    params: entryParams,
    refuses: ["contest_sealed", "entry_withdrawn"],
    run: async ({ workspaceId, params, now, save }) => {
      const contest = await contestOf(workspaceId, params.contestId, now);
      const exclusion = await exclusionOf(contest, params.entryId, now);
      const { workspaceId: of, contestId, row } = exclusion;
      const entry = found(await findEntry({ workspaceId: of, contestId, ...row }, now), "entry");
      const undone = undo(contest, { entry, exclusion }, now);
      return save(
        [put(entries, undone.entry), put(exclusions, undone.exclusion, undone.events), unchanged(contests, contest)],
        undefined,
      );
    },
  }),
  eraseContestEntry: route({
    method: "DELETE",
    path: "/v1/contests/{contestId}/entries/{entryId}",
    access: "contests:write",
    summary:
      "Erases who an entry is of, for somebody who asks you to. Before the entries are frozen it takes no part any more; while they are counted it waits; afterwards the sealed list stands.",
    status: 202,
    params: entryParams,
    returns: EntryErasing,
    run: async ({ workspaceId, params, now, save }) => {
      const contest = await contestOf(workspaceId, params.contestId, now);
      const entry = found((await findEntriesById(contest, [params.entryId], now)).at(0), "entry");
      const [left, events] = eraseEntry(contest, entry, now);
      const held = isUndecided(contest) ? [unchanged(contests, contest)] : [];
      const won = isErased(left) ? await eraseWinner(entry, now) : [];
      const status = isErased(left) ? ("erased" as const) : ("erasing" as const);
      return save([put(entries, left, events), ...held, ...won], { entryId: entry.id, status });
    },
  }),
};
