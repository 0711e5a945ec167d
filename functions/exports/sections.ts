import { listActivity } from "../activity/table.ts";
import { ChannelView } from "../channels/channel.ts";
import { view as viewChannel } from "../channels/channel-view.ts";
import { channelsOf, feedItemsOf } from "../channels/table.ts";
import { ContestView, viewContest } from "../contests/contest.ts";
import { addressOf as addressIn, type Entry, openIdentity } from "../contests/entry.ts";
import { listContests, listEntries } from "../contests/table.ts";
import { commentsOf, listBoards, listIdeas, runningCounts } from "../ideas/table.ts";
import { BoardView, IdeaView, viewBoard, viewComment, viewIdea } from "../ideas/view.ts";
import { MediaView, viewMedia } from "../media/media.ts";
import { listMedia } from "../media/table.ts";
import { listPeople } from "../people/table.ts";
import { viewPerson } from "../people/view.ts";
import { config } from "../platform/config.ts";
import { found } from "../platform/errors.ts";
import { ballotsOf } from "../polls/ballot-table.ts";
import { optionCountsOf } from "../polls/poll.ts";
import { listPolls, listResponses } from "../polls/table.ts";
import { PollView, viewPoll } from "../polls/view.ts";
import { DeliveryFiguresView, viewFigures } from "../posts/figures.ts";
import { listWatched } from "../posts/figures-table.ts";
import { ImportView, listImports, viewImport } from "../posts/import.ts";
import { findPlanning, PlanningView, viewPlanning } from "../posts/planning.ts";
import { PostView, view as viewPost } from "../posts/post-view.ts";
import { listSeries, SeriesView, viewSeries } from "../posts/series.ts";
import { ShareView, viewShare } from "../posts/share.ts";
import { listShares } from "../posts/share-table.ts";
import { linksOf } from "../posts/short-links.ts";
import { postsBetween } from "../posts/table.ts";
import { findLinkSettings, listMentions } from "../posts/wording-table.ts";
import { LinkSettingsView, MentionView, viewMention, viewSettings } from "../posts/wording-view.ts";
import { webhooksOf } from "../webhooks/table.ts";
import { view as viewWebhook, WebhookView } from "../webhooks/webhook.ts";
import { KeyView, viewKey } from "../workspaces/key.ts";
import { MemberView, viewMember } from "../workspaces/member.ts";
import { addressOf } from "../workspaces/person.ts";
import { findWorkspace, listKeys, listMembers } from "../workspaces/table.ts";
import { viewWorkspace, WorkspaceView } from "../workspaces/workspace.ts";
import { type Asking, through, throughEach, type Walk, wholeOf } from "./walk.ts";

// What an export has, in its order. A row is what the API shows of a thing; keyed hashes and secrets are in none. Only an
// export that was asked to says who people are.

const polls = ({ workspaceId, now }: Asking) =>
  wholeOf((page) => listPolls(workspaceId, { ...page, stage: undefined }, now));
const contests = ({ workspaceId, now }: Asking) =>
  wholeOf((page) => listContests(workspaceId, { ...page, status: undefined }, now));
const channels = ({ workspaceId, now }: Asking) => wholeOf((page) => channelsOf(workspaceId, page, now));

const boards = ({ workspaceId, now }: Asking) =>
  wholeOf((page) => listBoards(workspaceId, { ...page, status: undefined }, now));

const everyPost = { from: undefined, to: undefined, keep: () => true };

const entryRow = async (entry: Entry, personal: boolean) => ({
  id: entry.id,
  contestId: entry.contestId,
  enteredAt: new Date(entry.enteredAt).toISOString(),
  referred: entry.referrer !== undefined,
  ...(personal ? { address: addressIn(await openIdentity(entry)) } : {}),
});

const sections: Record<string, Walk> = {
  workspace: async ({ workspaceId, now }) => {
    const workspace = found(await findWorkspace(workspaceId, now), "workspace");
    return { rows: [WorkspaceView.parse(viewWorkspace(workspace))], next: undefined };
  },
  keys: through(
    ({ workspaceId, now }, page) => listKeys(workspaceId, page, now),
    (key, { now }) => KeyView.parse(viewKey(key, undefined, now)),
  ),
  members: through(
    ({ workspaceId, now }, page) => listMembers(workspaceId, page, now),
    async (member, { personal }) => {
      if (personal) return MemberView.parse(viewMember(member, await addressOf(member)));
      return MemberView.omit({ address: true }).parse(viewMember(member, ""));
    },
  ),
  media: through(
    ({ workspaceId, now }, page) => listMedia(workspaceId, page, now),
    (file) => MediaView.parse(viewMedia(file, config.publicUrl())),
  ),
  channels: through(
    ({ workspaceId, now }, page) => channelsOf(workspaceId, page, now),
    (channel) => ChannelView.parse(viewChannel(channel, config.publicUrl())),
  ),
  "feed-items": throughEach(
    channels,
    ({ id }) => id,
    (channel, { now }, { limit, startAfter }) => feedItemsOf(channel, { limit, before: startAfter?.sk }, now),
    ({ id, channelId, postId, text, publishedAt }) => ({ id, channelId, postId, text, publishedAt }),
  ),
  posts: through(
    ({ workspaceId, now }, page) => postsBetween(workspaceId, everyPost, page, now),
    async (post, { now }) => ({ ...PostView.parse(viewPost(post)), links: await linksOf(post, now) }),
  ),
  figures: through(
    ({ workspaceId, now }, page) => listWatched(workspaceId, page, now),
    (watched) => ({ postId: watched.postId, ...DeliveryFiguresView.parse(viewFigures(watched)) }),
  ),
  mentions: through(
    ({ workspaceId, now }, page) => listMentions(workspaceId, page, now),
    (mention) => MentionView.parse(viewMention(mention)),
  ),
  "link-settings": async ({ workspaceId, now }) => {
    const settings = await findLinkSettings(workspaceId, now);
    return { rows: settings ? [LinkSettingsView.parse(viewSettings(settings))] : [], next: undefined };
  },
  imports: through(
    ({ workspaceId, now }, page) => listImports(workspaceId, page, now),
    (one) => ImportView.parse(viewImport(one)),
  ),
  shares: through(
    ({ workspaceId, now }, page) => listShares(workspaceId, page, now),
    (share, { personal }) => (personal ? ShareView : ShareView.omit({ name: true })).parse(viewShare(share)),
  ),
  series: through(
    ({ workspaceId, now }, page) => listSeries(workspaceId, page, now),
    (one) => SeriesView.parse(viewSeries(one)),
  ),
  planning: async ({ workspaceId, now }) => {
    const row = PlanningView.parse(await viewPlanning(await findPlanning(workspaceId, now), now));
    return { rows: [row], next: undefined };
  },
  people: through(
    ({ workspaceId, now }, page) => listPeople(workspaceId, { ...page, consent: undefined }, now),
    (person, { personal, now }) => {
      const { personId: id, newsletter } = person;
      if (personal) return viewPerson(person, now);
      return { id, ...(newsletter ? { newsletter: { status: newsletter.status, at: newsletter.at } } : {}) };
    },
  ),
  polls: through(
    ({ workspaceId, now }, page) => listPolls(workspaceId, { ...page, stage: undefined }, now),
    async (poll, { now }) => ({
      ...PollView.parse(viewPoll(poll, config.publicUrl(), now)),
      networks: (await ballotsOf(poll, now)).map(({ workspaceId: _, key: __, ...ballot }) => ballot),
      ...(poll.status === "closed" ? { counts: optionCountsOf(poll), result: poll.result } : {}),
    }),
  ),
  responses: throughEach(
    async (asking) => (await polls(asking)).flatMap((poll) => (poll.status === "draft" ? [] : [poll])),
    ({ pollId }) => pollId,
    (poll, { now }, page) => listResponses(poll, page, now),
    ({ id, pollId, optionId, answers, at }) => ({ id, pollId, optionId, answers, at }),
  ),
  boards: through(
    ({ workspaceId, now }, page) => listBoards(workspaceId, { ...page, status: undefined }, now),
    (board) => BoardView.parse(viewBoard(board, config.publicUrl())),
  ),
  ideas: throughEach(
    boards,
    ({ boardId }) => boardId,
    async (board, { now }, page) => {
      const [{ items, next }, counted] = await Promise.all([listIdeas(board, page, now), runningCounts(board, now)]);
      return { items: items.map((idea) => ({ idea, board, counted })), next };
    },
    async ({ idea, board, counted }, { now }) => ({
      ...IdeaView.parse(viewIdea(idea, board, counted, config.publicUrl())),
      discussion: (await commentsOf(idea, now)).map(viewComment),
    }),
  ),
  contests: through(
    ({ workspaceId, now }, page) => listContests(workspaceId, { ...page, status: undefined }, now),
    (contest) => ContestView.parse(viewContest(contest, config.publicUrl())),
  ),
  entries: throughEach(
    async (asking) => (await contests(asking)).flatMap((contest) => (contest.status === "draft" ? [] : [contest])),
    ({ contestId }) => contestId,
    (contest, { now }, page) => listEntries(contest, page, now),
    (entry, { personal }) => entryRow(entry, personal),
  ),
  webhooks: through(
    ({ workspaceId, now }, page) => webhooksOf(workspaceId, page, now),
    (webhook) => WebhookView.parse(viewWebhook(webhook)),
  ),
  activity: through(
    ({ workspaceId, now }, page) => listActivity(workspaceId, {}, page, now),
    ({ workspaceId: _, ...activity }) => activity,
  ),
};

const names = Object.keys(sections);
export const firstSection = "workspace";
export const walkOf = (section: string): Walk => {
  const walk = sections[section];
  if (!walk) throw new Error(`An export has no section ${section}.`);
  return walk;
};
/** The section that follows; undefined after the last. */
export const sectionAfter = (section: string): string | undefined => names[names.indexOf(section) + 1];
