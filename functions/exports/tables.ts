import { findChannel } from "../channels/table.ts";
import type { Entry } from "../contests/entry.ts";
import { marksOf } from "../contests/guard.ts";
import { findContest, listEntries } from "../contests/table.ts";
import { listPeople } from "../people/table.ts";
import { PersonView, viewPerson } from "../people/view.ts";
import { found } from "../platform/errors.ts";
import { responseRow } from "../polls/csv.ts";
import { findPoll, listResponses } from "../polls/table.ts";
import { latestOf } from "../posts/figures.ts";
import { findWatched } from "../posts/figures-table.ts";
import { channelsOf, type Standing as Post, stateOf as postStateOf, saidOn } from "../posts/post.ts";
import { linksOf } from "../posts/short-links.ts";
import { postsBetween } from "../posts/table.ts";
import type { columns, Table } from "./csv.ts";
import { type Asking, through, type Walk } from "./walk.ts";

// How an export goes through one table.

type Row<T extends Table["table"]> = Record<(typeof columns)[T][number], string>;

const yes = (is: boolean): string => (is ? "yes" : "no");

const stateOf = ({ withdrawnAt, excluded }: Entry): string => {
  if (withdrawnAt !== undefined) return "withdrawn";
  return excluded === undefined ? "takes part" : `excluded (${excluded})`;
};

const entryRow = (entry: Entry): Row<"entries"> => ({
  entry: entry.id,
  entered_at: new Date(entry.enteredAt).toISOString(),
  language: entry.language ?? "",
  source: entry.via ?? "",
  by_friend: yes(entry.referrer !== undefined),
  newsletter: yes(entry.consent !== undefined),
  marks: marksOf(entry).join(" "),
  state: stateOf(entry),
});

const contestOf = async ({ workspaceId, now }: Asking, contestId: string) =>
  found(await findContest(workspaceId, contestId, now), "contest");

const pollOf = async ({ workspaceId, now }: Asking, pollId: string) =>
  found(await findPoll(workspaceId, pollId, now), "poll");

const postsAtOnce = 200;

/** A row for each channel; of a draft that goes to none, one. */
const postRows = async (post: Post, { workspaceId, now }: Asking): Promise<Row<"posts">[]> => {
  const links = await linksOf(post, now);
  const names = await Promise.all(
    channelsOf(post).map(async (id) => (await findChannel(workspaceId, id, now))?.name ?? id),
  );
  const row = async (channelId: string | undefined, channel: string): Promise<Row<"posts">> => {
    const delivery = post.status === "planned" ? post.deliveries.find((one) => one.channelId === channelId) : undefined;
    const out = delivery && "publishedAt" in delivery ? delivery : undefined;
    const watched =
      out && (await findWatched({ workspaceId, postId: post.id, ...out, publishedAt: out.publishedAt }, now));
    const figures = (watched && latestOf(watched)) ?? {};
    const theirs = links.filter((one) => one.channelId === channelId);
    const said = (n: number | undefined): string => (n === undefined ? "" : String(n));
    return {
      post: post.id,
      channel,
      planned_at: post.status === "draft" ? "" : post.at,
      state: delivery?.state ?? postStateOf(post),
      text: channelId === undefined ? post.text : saidOn(post, channelId).text,
      category: post.category ?? "",
      campaign: post.campaign ?? "",
      published_at: out?.publishedAt ?? "",
      url: out?.url ?? "",
      likes: said(figures.likes),
      replies: said(figures.replies),
      reposts: said(figures.reposts),
      views: said(figures.views),
      clicks: theirs.length === 0 ? "" : said(theirs.reduce((sum, one) => sum + one.clicks, 0)),
    };
  };
  const channels = channelsOf(post);
  return channels.length === 0
    ? [await row(undefined, "")]
    : Promise.all(channels.map((channelId, i) => row(channelId, names[i] ?? channelId)));
};

/** How to go through a table. */
export const walkOfTable = (asked: Table): Walk => {
  switch (asked.table) {
    case "entries":
      return through(async (asking, page) => {
        const contest = await contestOf(asking, asked.contestId);
        return contest.status === "draft" ? { items: [], next: undefined } : listEntries(contest, page, asking.now);
      }, entryRow);
    case "responses":
      return through(
        async (asking, page) => {
          const poll = await pollOf(asking, asked.pollId);
          if (poll.status === "draft") return { items: [], next: undefined };
          const { items, next } = await listResponses(poll, page, asking.now);
          return { items: items.map((response) => ({ poll, response })), next };
        },
        ({ poll, response }): Row<"responses"> => responseRow(poll, response),
      );
    case "posts":
      return async (asking, position) => {
        const { workspaceId, now } = asking;
        const { items, next } = await postsBetween(
          workspaceId,
          { from: undefined, to: undefined, keep: () => true },
          { limit: postsAtOnce, startAfter: position?.after },
          now,
        );
        const rows = await Promise.all(items.map((post) => postRows(post, asking)));
        return { rows: rows.flat(), next: next && { after: next } };
      };
    case "newsletter":
      return async (asking, position) => {
        const { rows, next } = await throughPeople(asking, position);
        return { rows: rows.flatMap((row) => readerRow(PersonView.parse(row)) ?? []), next };
      };
  }
};

const throughPeople = through(
  ({ workspaceId, now }, page) => listPeople(workspaceId, { ...page, consent: "newsletter" }, now),
  (person, { now }) => viewPerson(person, now),
);

/** Undefined of who wants it no more. */
const readerRow = ({ address, newsletter }: PersonView): Row<"newsletter"> | undefined => {
  if (newsletter?.status !== "given" || !newsletter.agreed) return undefined;
  const { locale, at, textVersion, text } = newsletter.agreed;
  return {
    address,
    language: locale,
    agreed_at: at,
    text_version: String(textVersion),
    text,
    unsubscribe_url: newsletter.stopUrl ?? "",
  };
};
