import { onWork, type Task } from "../platform/background.ts";
import { clock, instant, seconds } from "../platform/clock.ts";
import { type Letter, letterOf, Posted, queue } from "../platform/letter.ts";
import { log } from "../platform/log.ts";
import { type Hashes, hashesOf } from "./address.ts";
import { isUsedUp, sayUsedUp } from "./cap.ts";
import { type Claim, claimOf } from "./claim.ts";
import { mailOf } from "./layout.ts";
import { type FailedBy, isLate, waitSeconds } from "./mailing.ts";
import { sendersAtOnce, takeTurn } from "./pace.ts";
import { suppressAddress } from "./suppress.ts";
import { stops } from "./suppression.ts";
import { findBounced, findSuppression } from "./table.ts";
import { MailFailure } from "./transport.ts";
import { transport } from "./transports.ts";
import { unsubscribeUrl } from "./unsubscribe.ts";

// Takes posted letters out of the queue and mails each: once as far as can be known, at the pace that is allowed. What
// could not leave waits in the queue for its next try, for as long as it is of use.

export const takes = "mail" as const;

export const limits = { timeoutSeconds: 180, atOnce: sendersAtOnce };

/** One mail is sent in this, with all that is written of it; what has less time left waits for the next invocation. */
const sendingMs = seconds(60);

const mayBeMailed = async (posted: Posted, letter: Letter, hashes: Hashes, { now, save }: Task): Promise<boolean> => {
  const known = await findSuppression(posted.workspaceId, hashes.address, now);
  if (known?.status === "active" && stops(known, letter)) return false;
  if (!(await findBounced(hashes.everywhere, now))) return true;
  // It bounced for another workspace: this one sees it among its own.
  await suppressAddress(posted.workspaceId, hashes, "bounced", { now, save });
  return false;
};

const putBack = (posted: Posted, delaySeconds: number): Promise<void> =>
  queue({ ...posted, putBack: posted.putBack + 1 }, delaySeconds);

const giveUp = async (
  posted: Posted,
  claim: Claim,
  by: { reason: FailedBy; said?: string },
  { save }: Task,
): Promise<void> => {
  await save(claim.failed(by, instant(clock.now())));
  log.warn("A mail failed", { letterId: posted.id, workspaceId: posted.workspaceId, reason: by.reason, said: by.said });
  log.metric("MailsFailed", "Count", 1);
};

const mail = async (posted: Posted, letter: Letter, hashes: Hashes, claim: Claim, task: Task): Promise<void> => {
  const { save } = task;
  const out = await transport();
  const allowance = await out.allowance();
  if (isUsedUp(allowance)) await sayUsedUp(posted.workspaceId, allowance, task);
  if (!(await takeTurn(allowance, task.endsMs - sendingMs))) return putBack(posted, waitSeconds(posted.putBack));
  const unsubscribe = letter.marketing ? await unsubscribeUrl(letter, hashes, task.now) : undefined;
  const written = mailOf(letter, unsubscribe);
  await save(claim.take(instant(clock.now())));
  try {
    await out.send(written, { workspace: posted.workspaceId, ...hashes });
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    if (error.bounced) await suppressAddress(posted.workspaceId, hashes, "bounced", task);
    if (error.failure !== "unsent") return giveUp(posted, claim, { reason: error.failure, said: error.reason }, task);
    log.info("A mail waits", { letterId: posted.id, workspaceId: posted.workspaceId, said: error.reason });
    // In this order: if this process ends between the two, the queue delivers the letter again.
    await save(claim.giveBack());
    return putBack(posted, waitSeconds(posted.putBack));
  }
  log.metric("MailsSent", "Count", 1);
  await save(claim.sent(instant(clock.now())));
};

export const handler = onWork(takes, Posted, async (posted, task) => {
  const letter = await letterOf(posted);
  const claim = await claimOf(posted, letter, task.now);
  switch (claim.verdict) {
    case "done":
      return;
    case "wait":
      // Another may be at it; by the time that it must have ended, its word or its silence decides.
      return putBack(posted, waitSeconds(posted.putBack));
    case "unknown":
      return giveUp(posted, claim, { reason: "unknown" }, task);
    case "go":
  }
  if (isLate(posted, task.now)) return giveUp(posted, claim, { reason: "late" }, task);
  const hashes = await hashesOf(posted.workspaceId, letter.to, task.now);
  if (await mayBeMailed(posted, letter, hashes, task)) return mail(posted, letter, hashes, claim, task);
  log.metric("MailsSuppressed", "Count", 1);
  // Who asks for a mail to an address must not learn of it; what we mail of ourselves is told to the workspace.
  if (posted.againAfterMs === undefined) await giveUp(posted, claim, { reason: "suppressed" }, task);
});
