import type { Chain } from "./beacon.ts";
import { commitmentOf } from "./commit.ts";
import { rulesOf, type WithCommitment, type WithDraw } from "./contest.ts";
import { type Bundle, bundleOf, type Position, type Strike } from "./draw.ts";
import { chainOf, chainToPublish } from "./randomness.ts";
import { readPositions } from "./table.ts";

/** `positions`: with their proofs. `chain`: where it is not the public one. (fairdraw.md §5) */
export const bundleOfContest = (
  contest: WithCommitment,
  signature: string,
  positions: readonly Position[],
  chain: Chain | undefined,
  strikes: readonly Strike[] = [],
): Bundle => bundleOf(commitmentOf(contest), rulesOf(contest), signature, positions, strikes, chain);

/** All that a checker needs, as it is published. */
export const publishedBundle = async (contest: WithDraw): Promise<Bundle> => {
  const chain = chainOf(rulesOf(contest));
  const positions = await readPositions(contest);
  return bundleOfContest(contest, contest.signature, positions, chainToPublish(chain), contest.strikes);
};
