import { newId } from "../platform/ids.ts";
import { log } from "../platform/log.ts";
import { type Change, put } from "../platform/table.ts";
import { insteadOf } from "../platform/version.ts";
import type { Hashes } from "./address.ts";
import { type Bounced, type Reason, suppress } from "./suppression.ts";
import { bounced, findBounced, findSuppression, suppressions } from "./table.ts";

const metrics: Partial<Record<Reason, string>> = { bounced: "Bounces", complained: "Complaints" };

type Save = (changes: readonly Change[]) => Promise<void>;

/** Mails an address no more: in this workspace, and where it bounced in no other either. Done twice, it is done once. */
export const suppressAddress = async (
  workspaceId: string,
  { address, everywhere }: Hashes,
  reason: Reason,
  { now, save }: { now: string; save: Save },
): Promise<void> => {
  const known = await findSuppression(workspaceId, address, now);
  const asked = { workspaceId, suppressionId: newId("suppression", now), hash: address, everywhere, reason };
  const [next, events] = suppress(known, asked, now);
  const isNew = reason === "bounced" && !(await findBounced(everywhere, now));
  const changes: Change[] = [
    ...(events.length > 0 ? [put(suppressions, insteadOf(known ?? {}, next), events)] : []),
    ...(isNew ? [put<Bounced, Bounced>(bounced, { hash: everywhere, since: now })] : []),
  ];
  await save(changes);
  const metric = metrics[reason];
  if (metric !== undefined && events.length > 0) log.metric(metric, "Count", 1);
};
