import * as z from "zod";
import { cardOfContest } from "../contests/card.ts";
import { findContest } from "../contests/table.ts";
import { cardOfBoard } from "../ideas/card.ts";
import { isLive } from "../ideas/idea.ts";
import { findBoard, ideasOf } from "../ideas/table.ts";
import { onEvent } from "../platform/background.ts";
import type { Brand } from "../platform/brand.ts";
import type { Card } from "../platform/card.ts";
import type { Language } from "../platform/words.ts";
import { cardOfPoll } from "../polls/card.ts";
import { stageOf } from "../polls/poll.ts";
import { findPoll } from "../polls/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { drawAndKeep } from "./draw-card.ts";

// Draws the pictures of link previews when there is something to share, so that whoever asks for one first does not wait.

export const on = ["contest.opened", "poll.opened", "board.opened"];

export const limits = { memoryMB: 1024 };

const Subject = z.object({
  contestId: z.string().optional(),
  pollId: z.string().optional(),
  boardId: z.string().optional(),
});

type ToCard = (language: Language, brand: Brand) => Card;

const cardIn = async (
  workspaceId: string,
  { contestId, pollId, boardId }: z.infer<typeof Subject>,
  now: string,
): Promise<ToCard | undefined> => {
  const contest = contestId && (await findContest(workspaceId, contestId, now));
  if (contest && contest.status !== "draft") return (language, brand) => cardOfContest(contest, language, brand);
  const poll = pollId && (await findPoll(workspaceId, pollId, now));
  if (poll && poll.status !== "draft" && stageOf(poll, now) !== "planned")
    return (language, brand) => cardOfPoll(poll, language, brand);
  const board = boardId && (await findBoard(workspaceId, boardId, now));
  if (board && board.status !== "draft") {
    const ideas = (await ideasOf(board, now)).filter(isLive).length;
    return (language, brand) => cardOfBoard(board, ideas, language, brand);
  }
  return undefined;
};

export const handler = onEvent(async ({ detail: { workspaceId, data }, now }) => {
  const card = await cardIn(workspaceId, Subject.parse(data), now);
  if (!card) return;
  const brand = await brandOf(workspaceId, now);
  for (const language of ["nl", "en"] as const) await drawAndKeep(workspaceId, card(language, brand), now);
});
