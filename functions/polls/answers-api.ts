import * as z from "zod";
import { event } from "../events/polls.ts";
import { found, refuse } from "../platform/errors.ts";
import { list, route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { Amount, Line } from "../platform/input.ts";
import { put } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { givenBy } from "./answer.ts";
import { By, GroupsView, groupsOf } from "./groups.ts";
import { kioskToken, linkToken, pathOf } from "./links.ts";
import { folded, frequentWords, taggingOf, taggings, tagsOf, textIn, wordedQuestion } from "./open-answers.ts";
import { type Asked, tellTruth } from "./poll.ts";
import { isDrawn } from "./question.ts";
import { answersOf, type Response } from "./response.ts";
import { closerThan } from "./statistics.ts";
import { eachResponse, findPoll, listResponses, polls } from "./table.ts";
import { PollView, viewPoll } from "./view.ts";
import { linkEnd } from "./visitor.ts";

// Who is asked by what link, and what they answered: one by one, in words, and by group.

const params = z.strictObject({ pollId: Id("poll") });

/** A poll that has been open. Refuses `poll_not_open`. */
export const askedPoll = async (workspaceId: string, pollId: string, now: string): Promise<Asked> => {
  const poll = found(await findPoll(workspaceId, pollId, now), "poll");
  return poll.status === "draft" ? refuse("poll_not_open", "This poll has not been opened yet.") : poll;
};

const ResponseRow = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    changedAt: z.iso.datetime().optional(),
    source: z.string().optional(),
    place: z.string().optional(),
    segment: z.string().optional(),
    network: z.string().optional().describe("A mark that says which responses came from the same network."),
    kiosk: z.boolean(),
    answers: z.record(z.string(), z.unknown()).describe("By question, as they are given."),
  })
  .meta({ id: "PollResponseRow" });

const viewRow = (poll: Asked, response: Response): z.infer<typeof ResponseRow> => {
  const { id, at, changedAt, source, place, segment, network, kiosk = false } = response;
  const answers = answersOf(poll, response);
  return {
    ...{ id, at, kiosk },
    ...(changedAt === undefined ? {} : { changedAt }),
    ...(source === undefined ? {} : { source }),
    ...(place === undefined ? {} : { place }),
    ...(segment === undefined ? {} : { segment }),
    ...(network === undefined ? {} : { network }),
    answers: Object.fromEntries(
      poll.questions.flatMap((question, i) => {
        const given = givenBy(question, answers[i]);
        return given === undefined ? [] : [[question.id, given]];
      }),
    ),
  };
};

const OpenAnswer = z
  .object({
    responseId: z.string(),
    questionId: z.string(),
    text: z.string(),
    at: z.iso.datetime(),
    tags: z.array(z.string()),
  })
  .meta({ id: "OpenAnswer" });

const MadePost = z
  .object({
    postId: z.string(),
    state: z.string().describe("How the post fares; `removed` where its draft was deleted."),
    text: z.string(),
    chart: z.object({ mediaId: z.string(), url: z.url(), alt: z.string() }),
  })
  .meta({ id: "PollResultPost" });
export type MadePost = z.infer<typeof MadePost>;

const Tags = z
  .array(Line(40))
  .max(10)
  .refine((tags) => new Set(tags).size === tags.length, "A tag is there twice.");

const mostLinks = 100;

export const answerRoutes = {
  makePollLinks: route({
    method: "POST",
    path: "/v1/polls/{pollId}/links",
    access: "polls:write",
    summary:
      "Makes personal links: who responds by one is that person, once. Asked again, they are others and work the same.",
    params,
    body: z.strictObject({
      people: z
        .array(
          z.strictObject({
            person: z
              .string()
              .regex(/^[\x21-\x7e]{1,100}$/)
              .describe("What you call them: a number of yours, not a name. It is kept only as a keyed hash."),
            segment: z
              .string()
              .regex(/^[a-z0-9-]{1,32}$/)
              .optional()
              .describe("What results can be grouped by."),
          }),
        )
        .min(1)
        .max(mostLinks),
    }),
    returns: z.object({ items: z.array(z.object({ person: z.string(), url: z.url() })), worksUntil: z.iso.datetime() }),
    refuses: ["poll_not_open"],
    run: async ({ workspaceId, params, body, now }) => {
      const poll = await askedPoll(workspaceId, params.pollId, now);
      if (poll.tier !== "link")
        return refuse("invalid_input", "This poll is not by personal links.", [
          { pointer: "#/people", detail: 'Make a poll with "tier": "link".' },
        ]);
      const { url } = await brandOf(workspaceId, now);
      const worksUntil = linkEnd(poll, now);
      const items = body.people.map(async ({ person, segment }) => {
        const t = await linkToken(poll, { person, segment }, worksUntil);
        return { person, url: `${url}${pathOf(poll, "", poll.language, { t })}` };
      });
      return { items: await Promise.all(items), worksUntil };
    },
  }),
  makePollKiosk: route({
    method: "POST",
    path: "/v1/polls/{pollId}/kiosk",
    access: "polls:write",
    summary: "Makes the address of a screen that many people use one after the other: each time it is another person.",
    params,
    body: z.strictObject({ place: z.string().max(32).optional().describe("The code of one of the poll's places.") }),
    returns: z.object({ url: z.url(), worksUntil: z.iso.datetime() }),
    refuses: ["poll_not_open"],
    run: async ({ workspaceId, params, body, now }) => {
      const poll = await askedPoll(workspaceId, params.pollId, now);
      if (poll.tier !== "device")
        return refuse("invalid_input", "People at a kiosk cannot prove who they are.", [
          { pointer: "#/place", detail: 'Make a poll with "tier": "device".' },
        ]);
      if (body.place !== undefined && !poll.places.some(({ code }) => code === body.place))
        return refuse("invalid_input", "The poll has no such place.", [
          { pointer: "#/place", detail: "Give the code of one of its places." },
        ]);
      const { url } = await brandOf(workspaceId, now);
      const worksUntil = linkEnd(poll, now);
      const kiosk = await kioskToken(poll, body.place, worksUntil);
      return { url: `${url}${pathOf(poll, "", poll.language, { kiosk })}`, worksUntil };
    },
  }),
  tellPollTruth: route({
    method: "PUT",
    path: "/v1/polls/{pollId}/truth",
    access: "polls:write",
    summary: "Tells the true value of what was estimated: results show it beside the median, and how many were closer.",
    params,
    body: z.strictObject({ questionId: z.string().max(10), value: Amount }),
    returns: PollView,
    refuses: ["poll_not_closed", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const closer = poll.status === "closed" ? await closerIn(poll, body, now) : 0;
      const [next, events] = tellTruth(poll, { ...body, closer });
      const { url } = await brandOf(workspaceId, now);
      if (events.length === 0) return viewPoll(next, url, now);
      const change = put(polls, next, events);
      return save([change], viewPoll(change.after, url, now));
    },
  }),
  draftResultPost: route({
    method: "POST",
    path: "/v1/polls/{pollId}/results/post",
    access: "posts:write",
    summary:
      "Writes a draft post about the result of a question, with its chart attached as a published picture. Asked again, it is the same draft.",
    params,
    body: z.strictObject({
      question: z
        .string()
        .max(10)
        .optional()
        .describe("The id of a question; without it the first that is not answered in words."),
      language: Language.optional().describe("Without it, the poll's."),
    }),
    returns: MadePost,
    refuses: ["poll_not_closed", "media_deleted"],
    run: async ({ workspaceId, params, body, now, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      if (poll.status !== "closed") return refuse("poll_not_closed", "Write about a result once the poll is counted.");
      const at = poll.questions.findIndex((of) => isDrawn(of) && (body.question ?? of.id) === of.id);
      if (at < 0)
        return refuse("invalid_input", "There is no such chart in this poll.", [
          { pointer: "#/question", detail: "Give the id of a question that is not answered in words." },
        ]);
      // What draws is heavy: it is loaded when it is asked for.
      const { resultPost } = await import("./result-post.ts");
      const { changes, made } = await resultPost(poll, at, body.language ?? poll.language, now);
      return changes.length === 0 ? made : save(changes, made);
    },
  }),
  readPollGroups: route({
    method: "GET",
    path: "/v1/polls/{pollId}/groups",
    access: "polls:read",
    summary: "The results by group, counted from the responses. Groups of fewer than five are withheld.",
    params,
    query: z.strictObject({ by: By.default("source").describe("source, place, segment, network, or a question: q1.") }),
    returns: GroupsView,
    refuses: ["poll_not_open"],
    run: async ({ workspaceId, params, query, now }) =>
      groupsOf(await askedPoll(workspaceId, params.pollId, now), query.by, now),
  }),
  listPollResponses: list({
    method: "GET",
    path: "/v1/polls/{pollId}/responses",
    access: "polls:read",
    summary: "The responses, in an order that tells nothing. As CSV: POST /v1/exports.",
    params,
    item: ResponseRow,
    refuses: ["poll_not_open"],
    run: async ({ workspaceId, params, list, now }) => {
      const poll = await askedPoll(workspaceId, params.pollId, now);
      const { items, next } = await listResponses(poll, list, now);
      return { items: items.map((response) => viewRow(poll, response)), next };
    },
  }),
  listOpenAnswers: list({
    method: "GET",
    path: "/v1/polls/{pollId}/answers",
    access: "polls:read",
    summary: "What people answered in their own words, by what is in it and by tag.",
    params,
    filter: {
      question: z
        .string()
        .max(10)
        .optional()
        .describe('An open question, or one with "other"; without it the first of these.'),
      search: z.string().min(1).max(100).optional().describe("Text that is in it; capitals and accents are all one."),
      tag: z.string().max(40).optional(),
    },
    item: OpenAnswer,
    refuses: ["poll_not_open"],
    run: async ({ workspaceId, params, query, list, now }) => {
      const poll = await askedPoll(workspaceId, params.pollId, now);
      const at = wordedQuestion(poll, query.question);
      const questionId = poll.questions[at]!.id;
      const tags = await tagsOf(poll, questionId, now);
      const search = query.search === undefined ? undefined : folded(query.search);
      const keep = (response: Response): boolean => {
        const text = textIn(response, at);
        if (text === undefined) return false;
        if (query.tag !== undefined && !tags.get(response.id)?.includes(query.tag)) return false;
        return search === undefined || folded(text).includes(search);
      };
      const { items, next } = await listResponses(poll, { ...list, keep }, now);
      const view = (response: Response) => ({
        responseId: response.id,
        questionId,
        text: textIn(response, at) ?? "",
        at: response.at,
        tags: tags.get(response.id) ?? [],
      });
      return { items: items.map(view), next };
    },
  }),
  tagOpenAnswer: route({
    method: "PUT",
    path: "/v1/polls/{pollId}/tags",
    access: "polls:write",
    summary: "Gives an answer in words its tags, in place of those that it has.",
    params,
    body: z.strictObject({ responseId: z.string().max(40), questionId: z.string().max(10), tags: Tags }),
    returns: z.object({ responseId: z.string(), questionId: z.string(), tags: z.array(z.string()) }),
    refuses: ["poll_not_open"],
    run: async ({ workspaceId, params, body, now, save }) => {
      const poll = await askedPoll(workspaceId, params.pollId, now);
      wordedQuestion(poll, body.questionId);
      const { responseId, questionId, tags } = body;
      const before = await taggingOf({ workspaceId, pollId: poll.pollId, questionId, responseId }, now);
      const told = event("answer.tagged", { pollId: poll.pollId, questionId, responseId, tags: tags.length });
      return save([put(taggings, { ...before, tags }, [told])], { responseId, questionId, tags });
    },
  }),
  readFrequentWords: route({
    method: "GET",
    path: "/v1/polls/{pollId}/words",
    access: "polls:read",
    summary: "The words that most answers have, without those that say nothing in Dutch and English.",
    params,
    query: z.strictObject({
      question: z.string().max(10).optional().describe("As of the answers."),
      language: Language.optional().describe("Whose words say nothing; both without it."),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    returns: z.object({
      answers: z.int(),
      words: z.array(z.object({ word: z.string(), answers: z.int().describe("In how many; two or more.") })),
    }),
    refuses: ["poll_not_open"],
    run: async ({ workspaceId, params, query, now }) => {
      const poll = await askedPoll(workspaceId, params.pollId, now);
      const at = wordedQuestion(poll, query.question);
      const languages = query.language === undefined ? (["nl", "en"] as const) : [query.language];
      return frequentWords(poll, at, { languages, most: query.limit }, now);
    },
  }),
};

/** How many estimated closer to this value than the crowd's median. */
const closerIn = async (
  poll: Extract<Asked, { status: "closed" }>,
  { questionId, value }: { questionId: string; value: number },
  now: string,
): Promise<number> => {
  const at = poll.questions.findIndex(({ id }) => id === questionId);
  const median = poll.result.summaries[at]?.median;
  if (median === undefined) return 0;
  const estimates: number[] = [];
  await eachResponse(poll, now, ({ answers }) => {
    const answer = answers?.[at];
    if (answer && "number" in answer) estimates.push(answer.number);
  });
  return closerThan(estimates, median, value);
};
