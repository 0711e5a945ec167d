import { found, refuse } from "../platform/errors.ts";
import { shownAt, type Visit } from "../platform/page.ts";
import { type Change, unchanged } from "../platform/table.ts";
import type { Published } from "./contest.ts";
import { isUndecided } from "./exclude.ts";
import { contests, findContest, findContestBySlug } from "./table.ts";

// Who takes part changes until the entries are frozen, and not after: each such change is saved together with the question
// whether the contest is still as it was read.

type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "owner">;

/** The contest as it stands: what changes an entry is not decided by an old copy. */
export const contestNow = async (visit: Here): Promise<Published> => {
  const { now, params } = visit;
  const { workspaceId, contestId } = found(shownAt(visit, await findContestBySlug(params.slug, now)), "contest");
  const contest = found(await findContest(workspaceId, contestId, now), "contest");
  return contest.status === "draft" ? refuse("not_found", "There is no such contest.") : contest;
};

/** What goes with a change of who takes part. Once the entries are frozen there is nothing to hold it against. */
export const whileUndecided = (contest: Published): Change[] =>
  isUndecided(contest) ? [unchanged(contests, contest)] : [];
