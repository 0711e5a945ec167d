import { listContests } from "../contests/table.ts";
import { wholeOf } from "../exports/walk.ts";
import { onDue } from "../platform/background.ts";
import { clock, instant, seconds } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import { erase } from "../platform/erase.ts";
import { findKeyring, keyrings } from "../platform/keyring.ts";
import { removalKey, removals } from "../platform/leaving.ts";
import { ownerOf, put } from "../platform/table.ts";
import { stretchOfAll, type Traces } from "../platform/whole-table.ts";
import { findWorkspace, workspaceKey, workspaces } from "../workspaces/table.ts";
import { deleteObjectsBeside, deleteObjectsOf } from "./objects.ts";
import { beginRemoval, endRemoval, goOn, isClean, lookAgain, looked, owesPrizes, postponeRemoval } from "./removal.ts";

// The week is over: everything of a workspace is erased, a stretch of the table at a time, the objects of an item before the
// item. Whoever follows a crash looks through the same stretch again. Last go its keys: what anyone kept of it (a log, a copy)
// can be opened no more.

export const due = "workspace.remove";

export const limits = { timeoutSeconds: 300, memoryMB: 1024 };

/** A stretch takes no longer. */
const stretchMs = seconds(60);

/** What stays to the end: without it nobody would know what is under way, or could open what is. */
const isLast = (workspaceId: string, { pk, sk }: Traces): boolean =>
  pk === `WS#${workspaceId}` && [removalKey(workspaceId).sk, workspaceKey(workspaceId).sk, "KEYRING"].includes(sk);

const eraseIn = async (workspaceId: string, items: readonly Traces[]): Promise<number> => {
  const theirs = items.filter(
    (item) =>
      (item.workspaceId === workspaceId || (item.pk.startsWith("WS#") && ownerOf(item) === workspaceId)) &&
      !isLast(workspaceId, item),
  );
  for (const item of theirs) await deleteObjectsOf(item);
  await erase(theirs);
  return theirs.length;
};

export const handler = onDue(due, removals, async ({ state, now, endsMs, save }) => {
  const { workspaceId } = state;
  if (state.status === "removed") return;
  if (state.status === "announced") {
    const contests = await wholeOf((page) => listContests(workspaceId, { ...page, status: undefined }, now));
    const isOwing = contests.some(owesPrizes);
    return save([put(removals, isOwing ? postponeRemoval(state, now) : beginRemoval(state, now))]);
  }
  let removing = state;
  // A look from the beginning, of which nothing was found yet.
  if (removing.after === undefined && removing.found > 0) removing = lookAgain(removing);
  for (;;) {
    if (clock.now() + stretchMs > endsMs) return save([put(removals, goOn(removing, instant(clock.now())))]);
    const { items, next } = await stretchOfAll(removing.after);
    const found = await eraseIn(workspaceId, items);
    removing = looked(removing, found, next, instant(clock.now()));
    if (isClean(removing)) break;
    const change = put(removals, removing);
    await save([change]);
    removing = change.after;
    if (removing.after === undefined) return;
  }
  await deleteObjectsBeside(workspaceId);
  const workspace = await findWorkspace(workspaceId, now);
  await save([
    put(removals, ...endRemoval(removing, instant(clock.now()))),
    drop(keyrings, await findKeyring(workspaceId, clock.now())),
    ...(workspace ? [drop(workspaces, workspace)] : []),
  ]);
});
