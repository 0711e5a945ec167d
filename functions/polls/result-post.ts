import { addMedia, judge, type Published } from "../media/media.ts";
import { findObject, publicKey, putPublic } from "../media/objects.ts";
import { findMedia, media } from "../media/table.ts";
import { milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { derivedId, newId } from "../platform/ids.ts";
import { takeName } from "../platform/names.ts";
import { sha256 } from "../platform/secrets.ts";
import { type Change, get, put } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import { stateOf, write } from "../posts/post.ts";
import { posts } from "../posts/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { MadePost } from "./answers-api.ts";
import { ballotsOf } from "./ballot-table.ts";
import { chartOf, decimalsOf } from "./chart.ts";
import { pictureOf } from "./chart-page.ts";
import { chartWords } from "./chart-words.ts";
import { pathOf } from "./links.ts";
import { type Closed, titleOf } from "./poll.ts";
import type { Question } from "./question.ts";
import { type QuestionResult, viewResult } from "./result.ts";
import { words } from "./words.ts";

// The result of a question as a draft post, with its chart as a published picture. Their ids are made from the poll's, so that
// asked twice is made once; a truth that is told later makes another, and so do votes that networks tell later.

/** What came of it, in a sentence. */
const sentenceOf = (result: QuestionResult, question: Question, language: Language): string => {
  const say = words[language];
  const { post } = chartWords[language];
  const { options = [], ranking = [], mean, estimate } = result;
  const most = Math.max(0, ...options.map(({ count }) => count));
  const [first, ...level] = options.filter(({ count }) => count === most && count > 0);
  if (first && level.length === 0) return post.winner(first.text, say.percent(first.share));
  if (estimate && question.kind === "estimate") {
    const decimals = decimalsOf(question, estimate);
    const amount = (n: number, places = decimals) => `${say.decimal(n, places)} ${estimate.unit}`;
    const { truth } = estimate;
    const known = truth ? ` ${post.truth(amount(truth.value, question.decimals), say.percent(truth.closerShare))}` : "";
    return `${post.crowd(amount(estimate.median))}${known}`;
  }
  if (typeof mean === "number") return post.mean(say.decimal(mean, 1));
  const [best, next] = ranking;
  return best && next && best.points > next.points ? post.first(best.text) : "";
};

/** The picture, published; what stands there already is taken as it is. */
const publish = async (
  asked: { workspaceId: string; mediaId: string; name: string; alt: string; bytes: Uint8Array },
  now: string,
): Promise<{ file: Published; changes: Change[] }> => {
  const { bytes: drawn, ...named } = asked;
  const { workspaceId, mediaId } = named;
  const before = await findMedia(workspaceId, mediaId, now);
  if (before?.status === "published") return { file: before, changes: [] };
  if (before)
    return refuse("media_deleted", "The picture of this chart was deleted. Write a new post: POST /v1/posts.");
  const type = "image/png";
  const isNew = await putPublic(mediaId, drawn, type);
  const bytes = isNew ? drawn : ((await findObject(publicKey(mediaId))) ?? drawn);
  const [added, first] = addMedia({ ...named, type, bytes: bytes.length, tags: [] }, now);
  const [file, second] = judge(added, bytes, now);
  if (file.status === "refused") throw new Error(`A chart was refused: ${file.reason}`);
  const name = takeName({ space: "media", name: mediaId, workspaceId, id: mediaId, type });
  return { file, changes: [put(media, file, [...first, ...second]), name] };
};

/** What is to be saved, and what it makes. `at`: the place of a question that can be drawn. */
export const resultPost = async (
  poll: Closed,
  at: number,
  language: Language,
  now: string,
): Promise<{ changes: Change[]; made: MadePost }> => {
  const { workspaceId, pollId } = poll;
  const brand = await brandOf(workspaceId, now);
  const result = viewResult(poll, poll.result, "rows", now, await ballotsOf(poll, now));
  const question = poll.questions[at]!;
  const of = result.questions[at]!;
  const { svg, alt } = chartOf(poll, result, at, { language, brand });
  const truth = question.kind === "estimate" ? (question.truth ?? "") : "";
  const { channels = [] } = of;
  const told =
    channels.length === 0
      ? ""
      : ` ${JSON.stringify([of.options, channels.map(({ answered, isFinal }) => [answered, isFinal])])}`;
  const hash = sha256(`${pollId} result ${question.id} ${language} ${truth}${told}`);
  const mediaId = derivedId("media", hash);
  // Begins with a time, as that of any post, and with the same one however often it is made.
  const postId = newId("post", poll.countedAt, hash.subarray(0, 16));
  const chart = { mediaId, url: `${brand.url}/m/${mediaId}`, alt };

  const { post } = chartWords[language];
  const title = poll.questions.length === 1 ? titleOf(poll) : question.text;
  const answers = words[language].total(of.answered);
  const home = `${brand.url}${pathOf(poll, "/results", language)}`;
  const where = poll.results === "hidden" ? `${answers}.` : post.result(answers, home);
  // While some network still counts, nobody has won.
  const sentence = channels.every(({ isFinal }) => isFinal) ? sentenceOf(of, question, language) : "";
  const text = [title, sentence, where].filter(Boolean).join("\n\n");

  const content = { text, language, channels: [], when: undefined, maxLatenessMinutes: 60 };
  const stands = await get(posts, posts.key(write(workspaceId, postId, content)[0]), milliseconds(now));
  if (stands)
    return {
      changes: [],
      made: {
        postId,
        state: stands.status === "removed" ? "removed" : stateOf(stands),
        text: stands.status === "removed" ? "" : stands.text,
        chart,
      },
    };
  const name = titleOf(poll).slice(0, 200);
  const { file, changes } = await publish({ workspaceId, mediaId, name, alt, bytes: await pictureOf(svg) }, now);
  const { type, bytes, width, height, sha256: digest } = file;
  const shown = { mediaId, type, bytes, width, height, sha256: digest, alt };
  const draft = write(workspaceId, postId, { ...content, media: [shown] });
  return { changes: [...changes, put(posts, ...draft)], made: { postId, state: "draft", text, chart } };
};
