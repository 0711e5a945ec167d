import { drop } from "../platform/drop.ts";
import { hasAgain, type Letter, type Posted } from "../platform/letter.ts";
import { type Change, put } from "../platform/table.ts";
import { insteadOf } from "../platform/version.ts";
import { mailedHash } from "./address.ts";
import { askedAs } from "./mailbox.ts";
import { type FailedBy, failed, judgeAgain, judgeOnce, sending, sent, throttled, type Verdict } from "./mailing.ts";
import { findMailing, findThrottle, mailings, throttles } from "./table.ts";

type By = { reason: FailedBy; said?: string | undefined };

/** The right to send a letter, which one at a time has. */
export type Claim = {
  verdict: Verdict;
  /** Written before the mail leaves. */
  take: (now: string) => Change[];
  /** Afterwards, once it was taken: it did not leave, it left, or it never will. */
  giveBack: () => Change[];
  sent: (now: string) => Change[];
  failed: (by: By, now: string) => Change[];
};

/** A letter that is mailed once: its own row says how it stands. */
const once = async (posted: Posted, now: string): Promise<Claim> => {
  let row = await findMailing(posted.workspaceId, posted.id, now);
  return {
    verdict: judgeOnce(row, now),
    take: (now) => {
      const change = put(mailings, sending(posted, now));
      row = change.after;
      return [change];
    },
    giveBack: () => (row ? [drop(mailings, row)] : []),
    sent: (now) => [put(mailings, insteadOf(row ?? {}, sent(posted, now)))],
    failed: (by, now) => {
      const [next, events] = failed(posted, by, now);
      return [put(mailings, insteadOf(row ?? {}, next), events)];
    },
  };
};

/** One that may be asked for again: one write a mail, before it. Only a failure has a row of its own. */
const again = async (posted: Posted & { againAfterMs: number }, { to }: Letter, now: string): Promise<Claim> => {
  const hash = await mailedHash(posted.workspaceId, posted.id, askedAs(to));
  let row = await findThrottle(posted.workspaceId, hash, now);
  const failure = { ...posted, id: `${posted.id}/${posted.posting}` };
  const verdict = judgeAgain(row, posted, now);
  const isSaid = verdict === "unknown" && (await findMailing(posted.workspaceId, failure.id, now)) !== undefined;
  return {
    verdict: isSaid ? "done" : verdict,
    take: (now) => {
      const change = put(throttles, insteadOf(row ?? {}, throttled(posted, hash, now)));
      row = change.after;
      return [change];
    },
    giveBack: () => (row ? [drop(throttles, row)] : []),
    sent: () => [],
    failed: (by, now) => [put(mailings, ...failed(failure, by, now))],
  };
};

export const claimOf = (posted: Posted, letter: Letter, now: string): Promise<Claim> =>
  hasAgain(posted) ? again(posted, letter, now) : once(posted, now);
