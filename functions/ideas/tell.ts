import * as z from "zod";
import { onEvent } from "../platform/background.ts";
import { type Block, type Letter, post } from "../platform/letter.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Used } from "./board.ts";
import { pathOf, stopBlock } from "./follow.ts";
import { type Answer, isLive, type Standing } from "./idea.ts";
import { addressOf, type Follower } from "./participant.ts";
import { findBoard, findIdeaOn, followersOf } from "./table.ts";
import { type IdeaWords, words } from "./words.ts";

// "You said, we did": what the organiser answers is mailed to whoever proposed, supported or followed the idea and asked to be
// told, also of the ideas that were merged into it; each once, by the answer's number and the follower's own id. An answer that
// another one has followed by now is told by that one.

export const on = ["idea.status_changed", "idea.approved", "idea.rejected"];

/** 100,000 letters take about 100 s to queue, 16 at a time. */
export const limits = { timeoutSeconds: 300 };

const Told = z.object({ boardId: z.string(), ideaId: z.string(), answer: z.int().optional() });

type Rejected = Extract<Standing, { status: "rejected" }>;
/** `isFor`: of those who follow it, whom it is for. */
type News = {
  id: string;
  isFor?: (follower: Follower) => boolean;
  said: (say: IdeaWords, title: string) => { subject: string; blocks: Block[] };
};

const ofAnswer = (answer: Answer, organiser: string): News => ({
  id: `told/${answer.number}`,
  said: (say, title) => ({
    subject: say.mail.subject[answer.stage](title),
    blocks: [say.stands[answer.stage], say.said(organiser), answer.text],
  }),
});

const ofApproval = (version: number): News => ({
  id: `approved/${version}`,
  said: ({ mail }, title) => ({ subject: mail.approved.subject(title), blocks: [mail.approved.text(title)] }),
});

// Why it was taken off is for who wrote it.
const ofRejection = ({ reason, author }: Rejected, version: number): News => ({
  id: `rejected/${version}`,
  isFor: ({ because, hash }) => because === "proposed" || hash === author,
  said: ({ mail }, title) => ({
    subject: mail.rejected.subject(title),
    blocks: [mail.rejected.text(title), mail.rejected.reason(reason)],
  }),
});

/** What there is to tell, as it stands now; undefined where it stands otherwise by now. */
const newsOf = (
  type: string,
  idea: Standing,
  answer: number | undefined,
  version: number,
  organiser: string,
): News | undefined => {
  if (type === "idea.rejected") return idea.status === "rejected" ? ofRejection(idea, version) : undefined;
  if (!isLive(idea)) return undefined;
  if (type === "idea.approved") return ofApproval(version);
  const newest = idea.answers.at(-1);
  return newest && newest.number === answer ? ofAnswer(newest, organiser) : undefined;
};

/** Everybody who follows an idea, or one that was merged into it, once; with the idea that they know. */
async function* everybody(
  board: Used,
  idea: Standing,
  now: string,
  seen = new Set<string>(),
): AsyncGenerator<{ follower: Follower; known: Standing }> {
  for await (const follower of followersOf(idea, now)) {
    if (seen.has(follower.hash)) continue;
    seen.add(follower.hash);
    yield { follower, known: idea };
  }
  for (const id of idea.merged) {
    const merged = await findIdeaOn(board, id, now);
    if (merged && merged.status !== "removed") yield* everybody(board, merged, now, seen);
  }
}

const atOnce = 16;

export const handler = onEvent(async ({ type, detail, now }) => {
  const { workspaceId, version } = detail;
  const { boardId, ideaId, answer } = Told.parse(detail.data);
  const board = await findBoard(workspaceId, boardId, now);
  if (!board || board.status === "draft") return;
  const idea = await findIdeaOn(board, ideaId, now);
  if (!idea || idea.status === "removed") return;
  const brand = await brandOf(workspaceId, now);
  const news = newsOf(type, idea, answer, version, brand.name);
  if (!news) return;
  const tell = async ({ follower, known }: { follower: Follower; known: Standing }) => {
    const { language, because, hash, id } = follower;
    const say = words[language];
    const { subject, blocks } = news.said(say, idea.title);
    const letter: Letter = {
      brand,
      language,
      to: await addressOf(follower),
      subject,
      blocks: [
        say.mail.because[because](known.title),
        ...(known === idea ? [] : [say.mail.merged(idea.title)]),
        ...blocks,
        { button: say.mail.button, url: brand.url + pathOf(board, `/ideas/${ideaId}`, language) },
        await stopBlock(board, { ideaId: known.ideaId, hash, language }, brand.url, now),
      ],
    };
    await post({ id: `${ideaId}/${news.id}/${id}`, letter, now });
  };
  const people = everybody(board, idea, now);
  const work = async () => {
    for (;;) {
      const { value, done } = await people.next();
      if (done) return;
      if (news.isFor?.(value.follower) !== false) await tell(value);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
});
