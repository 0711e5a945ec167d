import * as z from "zod";
import { onEvent, type Task } from "../platform/background.ts";
import { later, seconds } from "../platform/clock.ts";
import { sendMail } from "../platform/mail.ts";
import { html } from "../platform/page.ts";
import { drop, put } from "../platform/table.ts";
import { type Drawn, prizeOf } from "./contest.ts";
import { addressOf, openIdentity } from "./entry.ts";
import { personalUrl } from "./links.ts";
import { announceContest, winningPositions } from "./outcome.ts";
import { contests, findContest, findEntry, listNotices, type Notice, notices } from "./table.ts";
import { words } from "./words.ts";

// drawn → announced: each winner gets one mail. That it is being sent is written before, that it was sent after; a mail of
// which only the first is known may have left and is not sent again, but stays visible at /v1/contests/{id}/winners.

export const on = ["contest.drawn"] as const;

export const limits = { timeoutSeconds: 60 };

/** Whoever began to tell a winner longer ago than this has ended by now. */
const mostTellingMs = seconds(90);

const About = z.object({ contestId: z.string() });

/** The service said no, so that no mail left. After a time-out or an error of its own nobody knows. */
const wasRefused = (error: unknown): boolean =>
  error instanceof Error && "$fault" in error && error.$fault === "client";

const tell = async (contest: Drawn, position: number, prize: string, { now, attempt, save }: Task): Promise<void> => {
  const row = contest.positions[position]?.row;
  const { workspaceId, contestId } = contest;
  const entry = row && (await findEntry({ workspaceId, contestId, ...row }, now));
  if (!entry) return; // Erased since: there is nobody to write to.
  const identity = await openIdentity(entry);
  const { language, title, organiser } = contest;
  const say = words[language].winnerMail;
  const lines = say.lines(title, prize, organiser.name);
  const link = await personalUrl(contest, identity, language);

  const telling = put(notices, { status: "telling", workspaceId, contestId, position, attempt, since: now } as const);
  await save([telling]);
  try {
    await sendMail({
      to: addressOf(identity),
      from: organiser.name,
      subject: say.subject(title),
      text: [...lines, link].join("\n\n"),
      html: html`<html lang="${language}"><body>${lines.map((line) => html`<p>${line}</p>`)}<p><a href="${link}">${say.link}</a></p></body></html>`
        .markup,
    });
  } catch (error) {
    if (wasRefused(error)) await save([drop<Notice>(notices, telling.after)]);
    throw error;
  }
  const { attempt: _, since: __, ...told } = telling.after;
  await save([put(notices, { ...told, status: "told", toldAt: now } as const)]);
};

export const handler = onEvent(async (task) => {
  const { detail, now, save } = task;
  const contest = await findContest(detail.workspaceId, About.parse(detail.data).contestId, now);
  if (contest?.status !== "drawn") return;
  const known = new Map((await listNotices(contest, now)).map((notice) => [notice.position, notice]));
  for (const [place, position] of winningPositions(contest).entries()) {
    const notice = known.get(position);
    if (notice?.status === "telling" && later(notice.since, mostTellingMs) > now)
      throw new Error(
        `The winner of position ${position} is being told by another attempt, or by one that just ended.`,
      );
    if (!notice) await tell(contest, position, prizeOf(contest, place) ?? "", task);
  }
  await save([put(contests, ...announceContest(contest, now))]);
});
