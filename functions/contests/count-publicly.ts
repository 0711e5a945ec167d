import type { Task } from "../platform/background.ts";
import { put } from "../platform/table.ts";
import { openReceiptKey } from "./entry.ts";
import { countOnce, type PublicCounts, stopCounting } from "./public-counts.ts";
import { entryCounts, findContest, publicCounts } from "./table.ts";

// Each hour while a contest is open, and at its close: how many have entered, signed.

export const countPublicly = async ({ state: counts, now, save }: Task & { state: PublicCounts }): Promise<void> => {
  const contest = await findContest(counts.workspaceId, counts.contestId, now);
  const isCounting = contest && contest.status !== "draft" && contest.status !== "cancelled";
  if (!isCounting) return save([put(publicCounts, stopCounting(counts))]);
  const { entries } = await entryCounts(contest, now);
  await save([put(publicCounts, countOnce(counts, entries, await openReceiptKey(contest), now))]);
};
