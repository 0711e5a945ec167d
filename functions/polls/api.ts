import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { giveUpName, orSlugTaken, takeName } from "../platform/names.ts";
import { publishedImages, shownImages } from "../platform/published-images.ts";
import { secretVersion } from "../platform/secrets.ts";
import { put } from "../platform/table.ts";
import { brandOf, lacksInPublic } from "../workspaces/brand.ts";
import { findWorkspace } from "../workspaces/table.ts";
import { answerRoutes, askedPoll } from "./answers-api.ts";
import { ballotRoutes } from "./ballot-post.ts";
import { ballotsOf } from "./ballot-table.ts";
import { countWithout, Difference, differenceOf, Without } from "./groups.ts";
import { changePoll, createPoll, endPoll, openPoll, removePoll, Stage, type Standing } from "./poll.ts";
import type { Question } from "./question.ts";
import { recount } from "./recount.ts";
import { ResultView, viewResult } from "./result.ts";
import { choiceOf, NewPoll, PollPatch, picturesIn, questionsOf } from "./set-up.ts";
import { findPoll, listPolls, polls, runningCounts } from "./table.ts";
import { PollView, viewPoll } from "./view.ts";

/** To read a hundred thousand responses takes about 2 s of a whole core, and 1,769 MB is a whole core. */
export const limits = { timeoutSeconds: 29, memoryMB: 1769 };

const params = z.strictObject({ pollId: Id("poll") });

const view = async (poll: Standing, now: string) => viewPoll(poll, (await brandOf(poll.workspaceId, now)).url, now);

const pollName = (poll: { slug: string; workspaceId: string; pollId: string }) =>
  takeName({ space: "poll", name: poll.slug, workspaceId: poll.workspaceId, id: poll.pollId });

/** The questions that a change asks for; undefined where it leaves them as they are. */
const questionsIn = ({ questions }: Standing, patch: PollPatch, now: string): Question[] | undefined => {
  const { question, options } = patch;
  if (patch.questions) return questionsOf(patch.questions, now);
  if (question === undefined && options === undefined) return undefined;
  const [first, ...more] = questions;
  if (first?.kind !== "single" || more.length > 0)
    return refuse("invalid_input", "This poll is more than one choice: change its `questions`.", [
      { pointer: question === undefined ? "#/options" : "#/question", detail: "Give `questions`." },
    ]);
  const next = options ? choiceOf(first.text, options, now) : [first];
  return next.map((of) => ({ ...first, ...of, text: question ?? first.text }));
};

export const routes = {
  createPoll: route({
    method: "POST",
    path: "/v1/polls",
    access: "polls:write",
    summary: "Writes a poll as a draft: `questions`, or short for one choice, a `question` with `options`.",
    status: 201,
    body: NewPoll,
    returns: PollView,
    refuses: ["slug_taken", "due_in_past", "unknown_media"],
    run: async ({ workspaceId, body, now, save }) => {
      const { question, options, questions, ...rest } = body;
      const { languages } = await brandOf(workspaceId, now);
      const draft = {
        ...rest,
        language: body.language ?? languages[0],
        ...{ workspaceId, pollId: newId("poll", now) },
        questions: questions ? questionsOf(questions, now) : choiceOf(question ?? "", options ?? [], now),
      };
      const images = await publishedImages(workspaceId, picturesIn(draft.questions), now);
      const change = put(polls, ...createPoll(draft, now));
      return orSlugTaken(save([change, pollName(draft), ...images], await view(change.after, now)));
    },
  }),
  listPolls: list({
    method: "GET",
    path: "/v1/polls",
    access: "polls:read",
    summary: "The polls, newest first.",
    filter: { status: Stage.optional() },
    item: PollView,
    run: async ({ workspaceId, query, list, now }) => {
      const { items, next } = await listPolls(workspaceId, { ...list, stage: query.status }, now);
      return { items: await Promise.all(items.map((poll) => view(poll, now))), next };
    },
  }),
  readPoll: route({
    method: "GET",
    path: "/v1/polls/{pollId}",
    access: "polls:read",
    summary: "One poll.",
    params,
    returns: PollView,
    run: async ({ workspaceId, params, now }) =>
      view(found(await findPoll(workspaceId, params.pollId, now), "poll"), now),
  }),
  changePoll: route({
    method: "PATCH",
    path: "/v1/polls/{pollId}",
    access: "polls:write",
    summary: "Changes a draft. New questions or options replace the old ones; null takes a title or a time away.",
    params,
    body: PollPatch,
    returns: PollView,
    refuses: ["poll_not_draft", "slug_taken", "due_in_past", "unknown_media", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const { question: _, options: __, questions: ___, ...rest } = body;
      const questions = questionsIn(poll, body, now);
      const images = await publishedImages(workspaceId, picturesIn(questions ?? []), now);
      const [draft, events] = changePoll(poll, { ...rest, questions }, now);
      if (events.length === 0) return view(poll, now);
      const change = put(polls, draft, events);
      const renamed =
        draft.slug === poll.slug ? [] : [...(await giveUpName("poll", poll.slug, milliseconds(now))), pollName(draft)];
      return orSlugTaken(save([change, ...renamed, ...images], await view(change.after, now)));
    },
  }),
  removePoll: route({
    method: "DELETE",
    path: "/v1/polls/{pollId}",
    access: "polls:write",
    summary: "Removes a draft; its slug is free again.",
    status: 204,
    params,
    refuses: ["poll_not_draft", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const [removed, events] = removePoll(poll, now);
      const freed = await giveUpName("poll", poll.slug, milliseconds(now));
      return save([put(polls, removed, events), ...freed], undefined);
    },
  }),
  openPoll: route({
    method: "POST",
    path: "/v1/polls/{pollId}/open",
    access: "polls:write",
    summary: "Opens a draft: from now on people respond, and the question stays as it is.",
    params,
    returns: PollView,
    refuses: ["poll_not_draft", "poll_not_ready", "due_in_past", "unknown_media", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      const [open, events] = openPoll(poll, await secretVersion(workspaceId), now, lacksInPublic(workspace));
      const change = put(polls, open, events);
      const images = await shownImages(workspaceId, picturesIn(poll.questions), poll.pollId, now);
      return save([change, ...images], await view(change.after, now));
    },
  }),
  closePoll: route({
    method: "POST",
    path: "/v1/polls/{pollId}/close",
    access: "polls:write",
    summary: "Closes an open poll half a minute from now; its exact result follows a minute later.",
    params,
    returns: PollView,
    refuses: ["poll_not_open", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const [ending, events] = endPoll(poll, now);
      if (events.length === 0) return view(poll, now);
      const change = put(polls, ending, events);
      return save([change], await view(change.after, now));
    },
  }),
  readPollResult: route({
    method: "GET",
    path: "/v1/polls/{pollId}/results",
    access: "polls:read",
    summary: "What people answered: of an open poll by now, of a closed one at its closing time.",
    params,
    query: z.strictObject({
      recount: z.stringbool().default(false).describe("Counts the responses themselves: exact, and slower."),
      without: Without.optional().describe(
        "A group to leave out, as source:instagram or network:<mark>; the answer says what that changes. Of what was answered here: networks tell nothing of who voted there.",
      ),
    }),
    returns: ResultView.extend({ difference: Difference.optional() }),
    refuses: ["poll_not_open", "group_too_small"],
    run: async ({ workspaceId, params, query, now }) => {
      const poll = await askedPoll(workspaceId, params.pollId, now);
      if (query.without !== undefined) {
        const counted = await countWithout(poll, query.without, now);
        const difference = differenceOf(poll, query.without, counted);
        return { ...viewResult(poll, counted.rest, "rows", now), difference };
      }
      const ballots = await ballotsOf(poll, now);
      if (query.recount) return viewResult(poll, await recount(poll, now), "rows", now, ballots);
      if (poll.status === "closed") return viewResult(poll, poll.result, "rows", now, ballots);
      // A long poll is not counted whole while it is open.
      if (poll.live) return viewResult(poll, await recount(poll, now), "rows", now, ballots);
      return viewResult(poll, { counts: await runningCounts(poll, now) }, "tally", now, ballots);
    },
  }),
  ...answerRoutes,
  ...ballotRoutes,
};

export const handler = api(routes);
