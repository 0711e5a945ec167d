import * as z from "zod";
import { findContest } from "../contests/table.ts";
import { onEvent } from "../platform/background.ts";
import { Conflict, put } from "../platform/table.ts";
import { closingOf, type News, Told } from "./notice.ts";
import { closings } from "./table.ts";
import { tell } from "./tell.ts";

// What happens that someone should know of. Of a contest that opens it is remembered to tell before its close.

export const on = [
  "workspace.removal_announced",
  "member.joined",
  "post.approval_asked",
  "post.approval_due",
  "post.missed",
  "post.changes_asked",
  "series.missed",
  "delivery.rejected",
  "delivery.expired",
  "delivery.needs_human",
  "channel.failing",
  "channel.disconnected",
  "webhook.failing",
  "webhook.disabled",
  "mail.cap_reached",
  "mail.failed",
  "idea.proposed",
  "idea.commented",
  "contest.opened",
  "contest.reserves_exhausted",
  "exclusion.disputed",
  "winner.reminded",
  "winner.lapsed",
];

const Asked = z.looseObject({ reason: z.string().optional() });
const Joined = z.object({ role: z.string() });
const Failed = z.object({ letterId: z.string() });
/** Of ideas and comments: `pending` waits for somebody to look at it. */
const Waiting = z.object({ boardId: z.string(), status: z.string().optional() });
const Opened = z.object({ contestId: z.string(), closesAt: z.string() });
const texts = (data: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(data).filter((pair): pair is [string, string] => typeof pair[1] === "string"));

/** The news in an event, if there is any. */
const newsOf = (type: string, id: string, at: string, data: Record<string, unknown>): News | undefined => {
  if (type === "mail.failed") {
    const contestId = /^(contest_\w+)\/winner\/\d+$/.exec(Failed.parse(data).letterId)?.[1];
    return contestId === undefined ? undefined : { id, type: "winner.unreached", at, about: { contestId } };
  }
  // A crowd may say a lot: of one board it is told once a day.
  if (type === "idea.proposed" || type === "idea.commented") {
    const { boardId, status } = Waiting.parse(data);
    if (status !== "pending") return undefined;
    return { id: `${boardId} waits ${at.slice(0, 10)}`, type: "ideas.waiting", at, about: { boardId } };
  }
  // Whoever turned it off knows.
  if (type === "webhook.disabled" && Asked.parse(data).reason === "asked") return undefined;
  // Of those who may do everything the others hear.
  if (type === "member.joined" && Joined.parse(data).role !== "owner") return undefined;
  const known = Told.safeParse(type).data;
  return known && { id, type: known, at, about: texts(data) };
};

export const handler = onEvent(async ({ type, detail, ...task }) => {
  const { workspaceId, id, at, data } = detail;
  if (type === "contest.opened") {
    const { contestId, closesAt } = Opened.parse(data);
    const closing = closingOf({ workspaceId, contestId, closesAt }, task.now);
    if (!closing || !(await findContest(workspaceId, contestId, task.now))) return;
    try {
      await task.save([put(closings, closing)]);
    } catch (error) {
      // It is remembered already.
      if (!(error instanceof Conflict)) throw error;
    }
    return;
  }
  const news = newsOf(type, id, at, data);
  if (news) await tell(workspaceId, news, task);
});
