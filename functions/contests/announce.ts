import { onDue, type Task } from "../platform/background.ts";
import { clock, instant, later, seconds } from "../platform/clock.ts";
import { log } from "../platform/log.ts";
import { MailFailure, sendMail } from "../platform/mail.ts";
import { html } from "../platform/page.ts";
import { drop, put } from "../platform/table.ts";
import { type Drawn, prizeOf } from "./contest.ts";
import { addressOf, type Entry, openIdentity } from "./entry.ts";
import { personalUrl } from "./links.ts";
import { announceContest, winningPositions } from "./outcome.ts";
import { contests, findEntry, listNotices, type Notice, notices } from "./table.ts";
import { words } from "./words.ts";

// drawn → announced: each winner gets one mail, whatever becomes of the others'. That it is being sent is written before,
// what became of it after. A mail of which only the first is known may have left and is not sent again; it stays visible at
// /v1/contests/{id}/winners, as does one that was refused. One that certainly did not leave is tried again later.

export const due = "contest.announce";

export const limits = { timeoutSeconds: 300 };

/** Whoever began to tell a winner longer ago than this has ended by now. */
const mostTellingMs = seconds(330);
/** One winner is told in this. */
const tellingMs = seconds(40);

const winnerMail = async (contest: Drawn, entry: Entry, prize: string) => {
  const { language, title, organiser } = contest;
  const identity = await openIdentity(entry);
  const link = await personalUrl(contest, identity, language);
  const say = words[language].winnerMail;
  const lines = say.lines(title, prize, organiser.name);
  return {
    to: addressOf(identity),
    from: organiser.name,
    subject: say.subject(title),
    text: [...lines, link].join("\n\n"),
    html: html`<html lang="${language}"><body>${lines.map((line) => html`<p>${line}</p>`)}<p><a href="${link}">${say.link}</a></p></body></html>`
      .markup,
  };
};

/** Tells one winner. Gives whether that is settled, one way or the other. @throws where it is not, and why */
const tell = async (contest: Drawn, position: number, prize: string, { attempt, save }: Task): Promise<boolean> => {
  const now = instant(clock.now());
  const row = contest.positions[position]?.row;
  const { workspaceId, contestId } = contest;
  const entry = row && (await findEntry({ workspaceId, contestId, ...row }, now));
  if (!entry) return true; // Erased since: there is nobody to write to.
  const mail = await winnerMail(contest, entry, prize);

  const of = { workspaceId, contestId, position };
  const telling = put(notices, { ...of, status: "telling", attempt, since: now } as const);
  await save([telling]);
  const { attempt: _, since: __, ...notice } = telling.after;
  try {
    await sendMail(mail);
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    log.warn("A winner was not told", { contestId, position, error: error.message });
    if (error.failure === "refused")
      await save([put(notices, { ...notice, status: "refused", refusedAt: now, reason: error.reason } as const)]);
    if (error.failure === "unsent") await save([drop<Notice>(notices, telling.after)]);
    return error.failure !== "unsent";
  }
  await save([put(notices, { ...notice, status: "told", toldAt: now } as const)]);
  return true;
};

/** By another attempt, which may not have ended yet. */
const isBeingTold = (notice: Notice, now: string): boolean =>
  notice.status === "telling" && later(notice.since, mostTellingMs) > now;

export const handler = onDue(due, contests, async (task) => {
  const { state: contest, now, endsMs, save } = task;
  if (contest.status !== "drawn") return;
  const known = new Map((await listNotices(contest, now)).map((notice) => [notice.position, notice]));
  const settle = async (place: number, position: number): Promise<boolean> => {
    const notice = known.get(position);
    if (notice) return !isBeingTold(notice, now);
    if (clock.now() + tellingMs > endsMs) return false;
    try {
      return await tell(contest, position, prizeOf(contest, place) ?? "", task);
    } catch (error) {
      log.error("A winner could not be told", error, { contestId: contest.contestId, position });
      return false;
    }
  };
  let left = 0;
  for (const [place, position] of winningPositions(contest).entries()) if (!(await settle(place, position))) left++;
  await save([put(contests, ...announceContest(contest, left, instant(clock.now())))]);
});
