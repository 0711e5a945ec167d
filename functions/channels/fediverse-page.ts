import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { whose } from "../platform/names.ts";
import { html, page, pages } from "../platform/page.ts";
import {
  accountOf,
  activityType,
  actorOf,
  actorUrl,
  followersOf,
  inContext,
  noteOf,
  outboxOf,
  webFingerOf,
} from "./actor.ts";
import { fediverseOf, type OnFediverse, saidIn, selfOf } from "./fediverse.ts";
import { countFollowers, whoseActor } from "./fediverse-table.ts";
import { ItemId } from "./public-feed.ts";
import { feedItemsOf, findFeedItem } from "./table.ts";

// What servers of the fediverse read of a channel on the feed: who it is, and what it says. What they send is in
// fediverse-inbox-api.ts.

const ActorPath = z.strictObject({ channelId: Id("channel") });

const nothing = (): never => refuse("not_found", "There is no such actor.");

const actorAt = async (channelId: string, now: string): Promise<OnFediverse> => {
  const workspaceId = await whoseActor(channelId, now);
  return (workspaceId && (await fediverseOf(workspaceId, channelId, now))) || nothing();
};

const document = (value: object, type: string = activityType) => ({
  language: "en" as const,
  title: "",
  body: html``,
  document: {
    type: `${type}; charset=utf-8`,
    text: JSON.stringify(value),
    // Anyone's script may look somebody up (RFC 7033, section 5).
    headers: { "access-control-allow-origin": "*" },
  },
});

const recent = 20;

/** The handle of acct:handle@host, of an actor's address, or of a page of ours. */
const account = /^acct:([a-z0-9-]{1,100})@/;
const pageOfHandle = /^https?:\/\/[^/]+\/@([a-z0-9-]{1,100})$/;
const addressOfActor = /\/fediverse\/(ch_[0-9a-z]{26})$/;

export const routes = {
  findActor: page({
    method: "GET",
    path: "/.well-known/webfinger",
    summary: "WebFinger: the actor of `acct:<handle>@<host>`.",
    query: z.strictObject({ resource: z.string().max(500) }),
    refuses: ["not_found"],
    run: async ({ query: { resource }, now }) => {
      const [, handle] = account.exec(resource) ?? pageOfHandle.exec(resource) ?? [];
      const [, channelId] = addressOfActor.exec(resource) ?? [];
      const named = handle === undefined ? undefined : await whose("channel", handle, milliseconds(now));
      const feed = named
        ? await fediverseOf(named.workspaceId, named.id, now)
        : channelId === undefined
          ? undefined
          : await actorAt(channelId, now);
      if (!feed) return nothing();
      const self = await selfOf(feed, now);
      const isIt = [accountOf(self), self.url, actorUrl(self)].includes(
        resource.replace(/^(acct:[^@]+@.*)$/, (one) => one.toLowerCase()),
      );
      return isIt ? document(webFingerOf(self), "application/jrd+json") : nothing();
    },
  }),

  showActor: page({
    method: "GET",
    path: "/fediverse/{channelId}",
    summary: "A channel as an actor of ActivityPub.",
    params: ActorPath,
    run: async ({ params, now }) => document(actorOf(await selfOf(await actorAt(params.channelId, now), now))),
  }),

  showNote: page({
    method: "GET",
    path: "/fediverse/{channelId}/posts/{itemId}",
    summary: "A post as a note of ActivityPub.",
    params: ActorPath.extend({ itemId: ItemId }),
    run: async ({ params, now }) => {
      const feed = await actorAt(params.channelId, now);
      const item = await findFeedItem(feed.channel.workspaceId, feed.channel.id, params.itemId, now);
      return item ? document(inContext(noteOf(await selfOf(feed, now), saidIn(feed, item)))) : nothing();
    },
  }),

  showOutbox: page({
    method: "GET",
    path: "/fediverse/{channelId}/outbox",
    summary: "A channel's latest posts, newest first, as a collection of ActivityPub.",
    params: ActorPath,
    run: async ({ params, now }) => {
      const feed = await actorAt(params.channelId, now);
      const { items } = await feedItemsOf(feed.channel, { limit: recent }, now);
      const said = items.map((item) => saidIn(feed, item));
      return document(inContext(outboxOf(await selfOf(feed, now), said)));
    },
  }),

  showFollowers: page({
    method: "GET",
    path: "/fediverse/{channelId}/followers",
    summary: "How many follow a channel on the fediverse.",
    params: ActorPath,
    run: async ({ params, now }) => {
      const feed = await actorAt(params.channelId, now);
      const { workspaceId, id: channelId } = feed.channel;
      const number = await countFollowers({ workspaceId, channelId }, now);
      return document(inContext(followersOf(await selfOf(feed, now), number)));
    },
  }),
};

export const handler = pages(routes);
