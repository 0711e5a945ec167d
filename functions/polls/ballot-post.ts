import * as z from "zod";
import { findChannel } from "../channels/table.ts";
import { found, refuse } from "../platform/errors.ts";
import { refuseFields, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { put } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { Channels, checksOf, Text } from "../posts/compose.ts";
import { type Ballot, type Content, write } from "../posts/post.ts";
import { CheckView } from "../posts/post-view.ts";
import { posts } from "../posts/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { asBallot } from "./ballot.ts";
import { chartWords } from "./chart-words.ts";
import { pathOf } from "./links.ts";
import { type Open, stageOf } from "./poll.ts";
import type { Choice, Question } from "./question.ts";
import { findPoll } from "./table.ts";

// A question of a poll as a draft post: asked by the network itself where it asks questions such as this one; elsewhere with
// the address of the poll. Which of both it is on each channel stands in the draft, to be read and changed before it leaves.

const usualMinutes = 7 * 24 * 60;

const Asked = z
  .object({
    postId: Id("post"),
    state: z.literal("draft"),
    text: z.string(),
    channels: z.array(
      z.object({
        channelId: Id("channel"),
        network: z.string(),
        asks: z.enum(["ballot", "link"]).describe("`ballot`: the network asks and counts it itself."),
        text: z.string(),
        because: z.string().optional().describe("Why the network does not ask it itself."),
      }),
    ),
    checks: z.array(CheckView),
  })
  .meta({ id: "PollPost" });

/** Why no network can ask a question as the poll asks it; undefined where it can. */
const unfit = ({ results }: Open, question: Question): string | undefined => {
  if (results === "hidden") return "This poll hides its results, and a network shows them in the end.";
  if (asBallot(question)) return undefined;
  if (question.kind !== "single" && question.kind !== "multiple")
    return "Networks ask questions with answers to choose from only.";
  return question.other
    ? "Networks ask no answers in one's own words."
    : "Networks let people choose as many answers as they like: leave `min` and `max` out.";
};

const ballotOf = (poll: Open, question: Choice, minutes: number | undefined): Ballot => ({
  options: question.options.map(({ text }) => text),
  multiple: question.kind === "multiple",
  ...(minutes === undefined && poll.closesAt !== undefined
    ? { closesAt: poll.closesAt }
    : { minutes: minutes ?? usualMinutes }),
  // Who has not answered is not shown what others did.
  ...(poll.results === "after" ? { secret: true } : {}),
  pollId: poll.pollId,
  questionId: question.id,
});

const questionIn = (poll: Open, id: string | undefined): Question => {
  const asked = poll.questions.find((of) => (id === undefined ? asBallot(of) : of.id === id));
  if (asked) return asked;
  if (id === undefined && poll.questions[0]) return poll.questions[0];
  return refuseFields("body", [{ pointer: "#/question", detail: "There is no such question in this poll." }]);
};

export const ballotRoutes = {
  draftPollPost: route({
    method: "POST",
    path: "/v1/polls/{pollId}/post",
    access: "posts:write",
    summary:
      "Writes a draft post that asks a question of an open poll: by the network itself where it asks such questions and counts them, elsewhere with the poll's address. Its votes are added to the result, channel by channel.",
    status: 201,
    params: z.strictObject({ pollId: Id("poll") }),
    body: z.strictObject({
      channels: Channels.min(1),
      question: z.string().max(10).optional().describe("By default the first that networks can ask themselves."),
      text: Text.optional().describe("What is said; by default the question."),
      minutes: z
        .int()
        .min(1)
        .max(366 * 24 * 60)
        .optional()
        .describe("How long networks ask it; by default until the poll closes, or a week."),
      otherwise: z
        .enum(["link", "refuse"])
        .default("link")
        .describe("Where a network does not ask it: link to the poll, or refuse."),
      language: Language.optional().describe("Without it, the poll's."),
    }),
    returns: Asked,
    refuses: ["poll_not_open", "unsendable", "unknown_channel", "channel_disconnected"],
    run: async ({ workspaceId, params, body, now, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      const stage = stageOf(poll, now);
      if (poll.status !== "open" || stage === "closing")
        return refuse("poll_not_open", "Open the poll before it is asked: its question then stays as it is.");
      const question = questionIn(poll, body.question);
      const language = body.language ?? poll.language;
      const { text = question.text, channels } = body;
      const never = unfit(poll, question);
      const choice = never === undefined ? asBallot(question) : undefined;
      const ballot = choice && ballotOf(poll, choice, body.minutes);
      // Each channel's network is asked what it thinks of the question alone.
      const content: Content = { text, channels, language, when: undefined, maxLatenessMinutes: 60 };
      const tried = await checksOf(workspaceId, { ...content, ...(ballot ? { ballot } : {}) }, now);
      const refused = tried.map(({ channelId, problems }) => {
        const because = never ?? problems.find(({ pointer }) => pointer === "/ballot")?.detail;
        return { channelId, ...(because === undefined ? {} : { because }) };
      });
      const misfits = refused.flatMap(({ because }, i) =>
        because === undefined ? [] : [{ pointer: `#/channels/${i}`, detail: because }],
      );
      if (body.otherwise === "refuse" && misfits[0])
        return refuse("unsendable", `${misfits[0].detail} Or link to the poll there: "otherwise": "link".`, misfits);
      const { url } = await brandOf(workspaceId, now);
      const linked = async (channelId: string): Promise<string> => {
        const via = (await findChannel(workspaceId, channelId, now))?.network;
        return `${text}\n\n${chartWords[language].answerHere(`${url}${pathOf(poll, "", language, { via })}`)}`;
      };
      const variants = Object.fromEntries(
        await Promise.all(
          refused.flatMap(({ channelId, because }) =>
            because === undefined
              ? []
              : [linked(channelId).then((text): [string, object] => [channelId, { text, ballot: null }])],
          ),
        ),
      );
      const whole: Content = {
        ...content,
        ...(ballot ? { ballot } : {}),
        ...(Object.keys(variants).length > 0 ? { variants } : {}),
      };
      const checks = await checksOf(workspaceId, whole, now);
      const postId = newId("post", now);
      const answer: z.infer<typeof Asked> = {
        ...{ postId, state: "draft", text, checks },
        channels: checks.map(({ channelId, network }, i) => ({
          channelId,
          network,
          asks: refused[i]?.because === undefined ? "ballot" : "link",
          text: whole.variants?.[channelId]?.text ?? text,
          ...(refused[i]?.because === undefined ? {} : { because: refused[i].because }),
        })),
      };
      return save([put(posts, ...write(workspaceId, postId, whole))], answer);
    },
  }),
};
