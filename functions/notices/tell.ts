import { findChannel } from "../channels/table.ts";
import { findContest } from "../contests/table.ts";
import { findBoard } from "../ideas/table.ts";
import type { Task } from "../platform/background.ts";
import type { Brand } from "../platform/brand.ts";
import { type Block, post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { type Language, sayTime } from "../platform/words.ts";
import { findPost } from "../posts/table.ts";
import { findWebhook } from "../webhooks/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Active } from "../workspaces/member.ts";
import { pausedWorkspace } from "../workspaces/pause.ts";
import { addressOf } from "../workspaces/person.ts";
import { scopesOf } from "../workspaces/role.ts";
import { activeMembers } from "../workspaces/table.ts";
import { choiceOf, letterId, type News, nextMorning, pausedOf, type Topic, told, topics, withNews } from "./notice.ts";
import { digests, findDigest, findSettings } from "./table.ts";
import { type Names, words } from "./words.ts";

const mostExcerpt = 80;
const excerpt = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= mostExcerpt ? line : `${line.slice(0, mostExcerpt - 1).trimEnd()}…`;
};

const namesOf = async (workspaceId: string, { about }: News, zone: string, now: string): Promise<Names> => {
  const find = async <T>(id: string | undefined, one: (id: string) => Promise<T | undefined>) =>
    id === undefined ? undefined : one(id);
  const [channel, contest, webhook, written, board] = await Promise.all([
    find(about.channelId, (id) => findChannel(workspaceId, id, now)),
    find(about.contestId, (id) => findContest(workspaceId, id, now)),
    find(about.webhookId, (id) => findWebhook(workspaceId, id, now)),
    find(about.postId, (id) => findPost(workspaceId, id, now)),
    find(about.boardId, (id) => findBoard(workspaceId, id, now)),
  ]);
  return {
    post: written && excerpt(written.text),
    channel: channel?.name,
    contest: contest?.title,
    board: board?.title,
    webhook: webhook && new URL(webhook.url).host,
    at: about.disablesAt ?? about.closesAt ?? about.removesAt ?? about.at ?? contest?.closesAt,
    zone,
  };
};

/** What there is to tell, as a letter says it. */
const blocksOf = (news: News, names: Names, language: Language): Block[] => {
  const say = words[language];
  const { text, todo } = say.news[news.type];
  return [`${text(names)} ${todo}`, { facts: [[say.labels.when, sayTime(news.at, language, names.zone)]] }];
};

/** Who may do something about it. */
const audience = async (workspaceId: string, topic: Topic, now: string): Promise<Active[]> => {
  const { scope } = topics[topic];
  const members = await activeMembers(workspaceId, now);
  return members.filter(({ role }) => scopesOf[role].some((one) => one === scope));
};

const mailNow = async (member: Active, brand: Brand, news: News, now: string): Promise<void> => {
  const { language, memberId } = member;
  const names = await namesOf(brand.workspaceId, news, brand.zone, now);
  const say = words[language];
  const letter = {
    brand,
    language,
    to: await addressOf(member),
    subject: say.news[news.type].subject,
    blocks: [...blocksOf(news, names, language), say.why(brand.name)],
  };
  await post({ id: letterId(memberId, news.id), letter, now });
};

/** Tells each member whom it concerns: at once, or with the day's other news. Told twice, it is mailed once. */
export const tell = async (
  workspaceId: string,
  news: News,
  { now, save }: Pick<Task, "now" | "save">,
): Promise<void> => {
  const brand = await brandOf(workspaceId, now);
  const topic = told[news.type];
  const isPaused = news.type === "delivery.expired" && (await pausedWorkspace(workspaceId, now)) !== undefined;
  for (const member of await audience(workspaceId, topic, now)) {
    const { memberId } = member;
    // Whoever joined knows.
    if (news.type === "member.joined" && news.about.memberId === memberId) continue;
    const choice = choiceOf(await findSettings(workspaceId, memberId, now), topic);
    if (choice === "at_once") await mailNow(member, brand, isPaused ? pausedOf(news, workspaceId) : news, now);
    switch (choice === "at_once" && isPaused ? "daily" : choice) {
      case "daily": {
        const digest = (await findDigest(workspaceId, memberId, now)) ?? { workspaceId, memberId, news: [], more: 0 };
        const next = withNews(digest, news, nextMorning(now, brand.zone));
        if (next !== digest) await save([put(digests, next)]);
        break;
      }
      case "at_once":
      case "off":
    }
  }
};

/** Whether it is still so that it was told of: what waited for a yes may have got one since. */
const isStillSo = async (workspaceId: string, { type, about }: News, now: string): Promise<boolean> => {
  if (type !== "post.approval_asked" || about.postId === undefined) return true;
  const post = await findPost(workspaceId, about.postId, now);
  return post?.status === "waiting" && post.approval.state === "asked";
};

/** The day's news of one member, as one letter; undefined where there is none any more. */
export const digestLetter = async (
  member: Active,
  { news: all, more }: { news: readonly News[]; more: number },
  now: string,
) => {
  const { workspaceId, language } = member;
  const isSo = await Promise.all(all.map((one) => isStillSo(workspaceId, one, now)));
  const news = all.filter((_, i) => isSo[i]);
  if (news.length + more === 0) return undefined;
  const brand = await brandOf(workspaceId, now);
  const say = words[language];
  const blocks: Block[] = [say.digest.text(news.length)];
  for (const one of news) blocks.push(...blocksOf(one, await namesOf(workspaceId, one, brand.zone, now), language));
  if (more > 0) blocks.push(say.digest.more(more));
  blocks.push(say.why(brand.name));
  return { brand, language, to: await addressOf(member), subject: say.digest.subject(news.length + more), blocks };
};
