import type { Task } from "../platform/background.ts";
import { Conflict, put, unchanged } from "../platform/table.ts";
import { type Claim, offer } from "./claim.ts";
import type { Chosen, WithWinners } from "./contest.ts";
import { claims, contests, findClaim } from "./table.ts";

/**
 * A prize is offered once: it counts from `at`, the draw or the verdict, also where it is offered a second time. Throws
 * `Conflict` where the contest is not as it was read any more: who has this prize may have been struck since.
 */
export const offerPrize = async (
  contest: WithWinners,
  { position, status, at }: { position: Chosen; status: "new" | "offered"; at: string },
  { now, save }: Pick<Task, "now" | "save">,
): Promise<Claim> => {
  const claim = offer(contest, position, status, at);
  try {
    await save([unchanged(contests, contest), put(claims, claim)]);
    return claim;
  } catch (error) {
    if (!(error instanceof Conflict) || error.what !== claims.kind) throw error;
    // It was offered before, unless the table was only busy.
    const stands = await findClaim(contest, position.position, now);
    return stands ?? Promise.reject(error);
  }
};
