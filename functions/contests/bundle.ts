import { bundleOfContest, rulesOf, type WithDraw } from "./contest.ts";
import { beaconOf, chainToPublish } from "./randomness.ts";
import { readPositions } from "./table.ts";

/** All that a checker needs, as it is published. (fairdraw.md §5) */
export const publishedBundle = async (contest: WithDraw): Promise<ReturnType<typeof bundleOfContest>> => {
  const { chain } = beaconOf(rulesOf(contest));
  return bundleOfContest(contest, contest.signature, await readPositions(contest), chainToPublish(chain));
};
