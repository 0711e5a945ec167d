import { listActivity } from "../activity/table.ts";
import { ChannelView, view as viewChannel } from "../channels/channel.ts";
import { channelsOf, feedItemsOf } from "../channels/table.ts";
import { ContestView, viewContest } from "../contests/contest.ts";
import { addressOf as addressIn, type Entry, openIdentity } from "../contests/entry.ts";
import { listContests, listEntries } from "../contests/table.ts";
import { MediaView, viewMedia } from "../media/media.ts";
import { listMedia } from "../media/table.ts";
import { listPeople } from "../people/table.ts";
import { viewPerson } from "../people/view.ts";
import { config } from "../platform/config.ts";
import { found } from "../platform/errors.ts";
import { optionCountsOf } from "../polls/poll.ts";
import { listPolls, listResponses } from "../polls/table.ts";
import { PollView, viewPoll } from "../polls/view.ts";
import { PostView, view as viewPost } from "../posts/post.ts";
import { postsBetween } from "../posts/table.ts";
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
    (post) => PostView.parse(viewPost(post)),
  ),
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
    (poll, { now }) => ({
      ...PollView.parse(viewPoll(poll, config.publicUrl(), now)),
      ...(poll.status === "closed" ? { counts: optionCountsOf(poll), result: poll.result } : {}),
    }),
  ),
  responses: throughEach(
    async (asking) => (await polls(asking)).flatMap((poll) => (poll.status === "draft" ? [] : [poll])),
    ({ pollId }) => pollId,
    (poll, { now }, page) => listResponses(poll, page, now),
    ({ id, pollId, optionId, answers, at }) => ({ id, pollId, optionId, answers, at }),
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
