import { found } from "../platform/errors.ts";
import { shownAt, type Visit } from "../platform/page.ts";
import type { Published } from "./contest.ts";
import { findContestBySlug } from "./table.ts";

/** The contest of an address, for whoever visits it there. `beside`: what else to begin with. Refuses `not_found`. */
export const contestHere = async (
  visit: Pick<Visit<{ slug: string }>, "params" | "now" | "owner">,
  beside?: (workspaceId: string) => void,
): Promise<Published> =>
  found(shownAt(visit, await findContestBySlug(visit.params.slug, visit.now, beside)), "contest");
