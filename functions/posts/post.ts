import * as z from "zod";
import type { Check, Finding, Outcome } from "../channels/network.ts";
import { units } from "../channels/text.ts";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/posts.ts";
import { days, instant, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { idBytes } from "../platform/ids.ts";
import { versionOf } from "../platform/table.ts";
import {
  cancel,
  claim,
  conclude,
  Delivery,
  deadlineOf,
  expire,
  follow,
  isUnsent,
  type Owner,
  reconcile,
  reject,
  retry,
  schedule,
  settle,
  settledAt,
  type Unknown,
  wakeAtOf,
} from "./delivery.ts";
import type { When } from "./when.ts";

// A post: what is said, on which channels, and when. Without a time it is a draft. It is one item with its deliveries, so
// that whoever changes it and whoever sends it cannot both win.

const common = {
  workspaceId: z.string(),
  id: z.string(),
  text: z.string(),
  maxLatenessMinutes: z.number(),
  /** Rises with what is sent or when. */
  revision: z.number(),
};

const Draft = z.object({ status: z.literal("draft"), ...common, channels: z.array(z.string()) });
const Planned = z.object({
  status: z.literal("planned"),
  ...common,
  at: z.string(),
  local: z.object({ wall: z.string(), zone: z.string() }).optional(),
  deliveries: z.array(Delivery),
});
const Removed = z.object({
  status: z.literal("removed"),
  workspaceId: z.string(),
  id: z.string(),
  expires: z.string(),
});

export const Post = z.discriminatedUnion("status", [Draft, Planned, Removed]);
export type Post = z.infer<typeof Post>;
export type Draft = z.infer<typeof Draft>;
export type Planned = z.infer<typeof Planned>;
export type Removed = z.infer<typeof Removed>;

type Decision<P extends Post> = [P, DomainEvent[]];

/** What a marketer says of a post. Without `when` it is a draft. */
export type Content = {
  text: string;
  channels: readonly string[];
  when: When | undefined;
  maxLatenessMinutes: number;
};

/** How a post fares, from how its deliveries do. */
export const postStates = ["draft", "scheduled", "sending", "published", "attention", "cancelled"] as const;
export type PostState = (typeof postStates)[number];

export const stateOf = (post: Draft | Planned): PostState => {
  if (post.status === "draft") return "draft";
  const states = new Set(post.deliveries.map(({ state }) => state));
  const has = (...some: Delivery["state"][]) => some.some((state) => states.has(state));
  if (has("rejected", "expired", "needs_human")) return "attention";
  if (has("sending", "unknown", "ready") || (has("scheduled") && has("published"))) return "sending";
  if (has("scheduled")) return "scheduled";
  return has("published") ? "published" : "cancelled";
};

/** What the changed states of deliveries mean to others. Whatever decides, nothing happens without its event. */
const tell = (before: Planned, after: Planned): DomainEvent[] => {
  const postId = after.id;
  const events = after.deliveries.flatMap((delivery): DomainEvent[] => {
    const was = before.deliveries.find(({ channelId }) => channelId === delivery.channelId);
    if (was?.state === delivery.state) return [];
    const { channelId } = delivery;
    switch (delivery.state) {
      case "published":
        return [event("delivery.published", { postId, channelId, externalId: delivery.externalId })];
      case "ready":
        return [event("delivery.postponed", { postId, channelId, until: delivery.wakeAt })];
      case "rejected":
        return [event("delivery.rejected", { postId, channelId, code: delivery.code })];
      case "unknown":
        return [event("delivery.unknown", { postId, channelId })];
      case "expired":
        return [event("delivery.expired", { postId, channelId })];
      case "needs_human":
        return [event("delivery.needs_human", { postId, channelId })];
      case "scheduled":
        return [event("delivery.retried", { postId, channelId })];
      default:
        return []; // Being sent is nobody's news; cancelled is told of the post.
    }
  });
  const isPublished = stateOf(after) === "published" && stateOf(before) !== "published";
  return isPublished ? [...events, event("post.published", { postId })] : events;
};

const withDeliveries = (post: Planned, next: (delivery: Delivery) => Delivery): Decision<Planned> => {
  const after = { ...post, deliveries: post.deliveries.map(next) };
  return [after, tell(post, after)];
};

const plan = (
  { workspaceId, id }: Pick<Draft, "workspaceId" | "id">,
  revision: number,
  { text, channels, when, maxLatenessMinutes }: Content,
): Draft | Planned => {
  const shared = { workspaceId, id, text, maxLatenessMinutes, revision };
  if (!when) return { status: "draft", ...shared, channels: [...channels] };
  const { at, local } = when;
  if (channels.length === 0)
    return refuse("invalid_input", "A post with a time needs a channel to be sent to.", [
      { pointer: "#/channels", detail: "Name at least one channel." },
    ]);
  const deliveries = channels.map((channelId) => schedule(id, revision, channelId, at));
  return { status: "planned", ...shared, at, ...(local ? { local } : {}), deliveries };
};

const planned = (post: Draft | Planned): DomainEvent =>
  post.status === "draft"
    ? event("post.drafted", { postId: post.id })
    : event("post.scheduled", { postId: post.id, at: post.at });

export const channelsOf = (post: Draft | Planned): string[] =>
  post.status === "draft" ? post.channels : post.deliveries.map(({ channelId }) => channelId);

export const write = (workspaceId: string, id: string, content: Content): Decision<Draft | Planned> => {
  const post = plan({ workspaceId, id }, 1, content);
  return [post, [planned(post)]];
};

/** What stands of a post, to be changed. */
export const contentOf = (post: Draft | Planned): Content => ({
  text: post.text,
  channels: channelsOf(post),
  maxLatenessMinutes: post.maxLatenessMinutes,
  when: post.status === "planned" ? { at: post.at, local: post.local } : undefined,
});

/** Changes a post that no network has been asked to take yet. Refuses `post_not_changeable`. */
export const change = (post: Draft | Planned, content: Content, fields: string[]): Decision<Draft | Planned> => {
  if (post.status === "planned" && !post.deliveries.every(({ state, epoch }) => state === "scheduled" && epoch === 0))
    return refuse("post_not_changeable", `${says[stateOf(post)]} Write a new post instead.`);
  const next = plan(post, post.revision + 1, content);
  const isMoved = next.status === "planned" && !(post.status === "planned" && post.at === next.at);
  return [
    become(post, next),
    [event("post.changed", { postId: post.id, fields }), ...(isMoved ? [planned(next)] : [])],
  ];
};

/** Another shape of the same post: of what was read it keeps the version that `save` asks for, and nothing else. */
const become = <P extends Post>(post: Post, next: P): P => ({
  ...post,
  ...Object.fromEntries(Object.keys(post).map((name) => [name, undefined])),
  ...next,
});

const says: Record<PostState, string> = {
  draft: "The post is a draft.",
  scheduled: "The post is scheduled.",
  sending: "The post is being sent.",
  published: "The post has been published.",
  attention: "The post has been sent, or was tried.",
  cancelled: "The post was cancelled.",
};

/** Stops what has not been sent yet. What is out, or on its way, stays. Refuses `post_not_changeable`. */
export const stop = (post: Draft | Planned): Decision<Planned> => {
  const unsent = post.status === "planned" ? post.deliveries.filter(isUnsent) : [];
  if (post.status === "draft" || unsent.length === 0)
    return refuse("post_not_changeable", `${says[stateOf(post)]} There is nothing to cancel.`);
  const [after, events] = withDeliveries(post, (delivery) => (isUnsent(delivery) ? cancel(delivery) : delivery));
  const channels = unsent.map(({ channelId }) => channelId);
  return [after, [event("post.cancelled", { postId: post.id, channels }), ...events]];
};

/** What is out in public cannot be removed here. Refuses `post_not_changeable`. */
export const remove = (post: Draft | Planned, now: string): Decision<Removed> => {
  const state = stateOf(post);
  if (state !== "draft" && state !== "cancelled")
    return refuse("post_not_changeable", `${says[state]} Only a draft or a cancelled post can be deleted.`);
  const { workspaceId, id } = post;
  return [
    become(post, { status: "removed", workspaceId, id, expires: later(now, days(30)) }),
    [event("post.removed", { postId: id })],
  ];
};

const deliveryOf = (post: Draft | Planned, channelId: string): [Planned, Delivery] => {
  const delivery =
    post.status === "planned" ? post.deliveries.find((delivery) => delivery.channelId === channelId) : undefined;
  return post.status === "planned" && delivery
    ? [post, delivery]
    : refuse("unknown_channel", "The post is not scheduled on this channel.", [
        { pointer: "#/channelId", detail: "This post has no delivery to this channel." },
      ]);
};

const replace = (post: Planned, next: Delivery): Decision<Planned> =>
  withDeliveries(post, (delivery) => (delivery.channelId === next.channelId ? next : delivery));

/** A person looked whether it stands there. Refuses `post_not_changeable` where that is known, or cannot be known yet. */
export const resolve = (
  post: Draft | Planned,
  channelId: string,
  outcome: "sent" | "not-sent",
  now: string,
): Decision<Planned> => {
  const [of, delivery] = deliveryOf(post, channelId);
  const settled = settle(delivery, outcome, now);
  if (settled) return replace(of, settled);
  return "sendBy" in delivery && delivery.state !== "sending"
    ? refuse("post_not_changeable", `It may still appear there until ${settledAt(delivery)}. Look again then.`)
    : refuse("post_not_changeable", `Whether it was sent is known: ${delivery.state}.`);
};

/** Sends again, now, what was refused, came too late or is in doubt. Refuses `post_not_changeable`. */
export const sendAgain = (post: Draft | Planned, channelId: string, now: string): Decision<Planned> => {
  const [of, delivery] = deliveryOf(post, channelId);
  const revision = of.revision + 1;
  const again = retry(delivery, of.id, revision, now);
  if (!again)
    return refuse(
      "post_not_changeable",
      `The delivery is ${delivery.state}: only one that was rejected, expired or needs a human can be sent again.`,
    );
  return replace({ ...of, revision }, again);
};

/** When time must look at it: the earliest that any delivery waits for. */
export const wakeAt = (post: Post): string | undefined =>
  post.status === "planned"
    ? post.deliveries
        .map(wakeAtOf)
        .filter((at) => at !== undefined)
        .toSorted()[0]
    : undefined;

/** Who would send to a channel: the owner of the send, or why it cannot be. */
export type Sender = Owner | { closed: string };

/**
 * Time woke the post: what is due and unsent is claimed (or too late, or cannot be sent), and an owner whose lease is over
 * is followed. `sender` says who would send it.
 */
export const wake = (post: Planned, sender: (delivery: Delivery) => Sender, now: string): Decision<Planned> =>
  withDeliveries(post, (delivery) => {
    if (!isDue(delivery, now)) return delivery;
    if (delivery.state === "sending") return follow(delivery, now);
    if (!isUnsent(delivery)) return delivery;
    if (now >= deadlineOf(delivery, post.maxLatenessMinutes)) return expire(delivery);
    const by = sender(delivery);
    return "closed" in by ? reject(delivery, "channel_disconnected", by.closed) : claim(delivery, by);
  });

export const isDue = (delivery: Delivery, now: string): boolean => {
  const at = wakeAtOf(delivery);
  return at !== undefined && at <= now;
};

/** What a send or a look brought. */
export type News =
  | { channelId: string; epoch: number; outcome: Outcome | { outcome: "unknown" } }
  | { channelId: string; looked: Unknown; lookedAt: string; finding: Finding };

/** Takes the news into the post as it stands by now. */
export const hear = (post: Planned, all: readonly News[], now: string): Decision<Planned> =>
  withDeliveries(post, (delivery) => {
    const news = all.find(({ channelId }) => channelId === delivery.channelId);
    if (!news) return delivery;
    const { maxLatenessMinutes } = post;
    return "outcome" in news
      ? conclude(delivery, news.epoch, news.outcome, { now, maxLatenessMinutes })
      : reconcile(delivery, news.looked, news.finding, news.lookedAt);
  });

const sent = { channelId: z.string(), at: z.iso.datetime() };
const DeliveryView = z
  .discriminatedUnion("state", [
    z.object({ state: z.literal("scheduled"), ...sent }),
    z.object({ state: z.literal("ready"), ...sent, detail: z.string(), nextAt: z.iso.datetime() }),
    z.object({ state: z.literal("sending"), ...sent }),
    z.object({ state: z.literal("unknown"), ...sent, detail: z.string(), nextAt: z.iso.datetime() }),
    z.object({ state: z.literal("needs_human"), ...sent, detail: z.string() }),
    z.object({
      state: z.literal("published"),
      ...sent,
      publishedAt: z.iso.datetime(),
      externalId: z.string().optional().describe("What the network calls it."),
      url: z.string().optional().describe("Where it stands."),
    }),
    z.object({ state: z.literal("rejected"), ...sent, code: z.string(), detail: z.string() }),
    z.object({ state: z.literal("expired"), ...sent, detail: z.string() }),
    z.object({ state: z.literal("cancelled"), ...sent }),
  ])
  .meta({ id: "Delivery" });

/** What a network counts in a post, what it would refuse, and how to mend it. */
export const CheckView = z
  .object({
    channelId: z.string(),
    network: z.string(),
    counts: z.array(z.object({ unit: z.enum(units), counted: z.number().int(), most: z.number().int() })),
    problems: z.array(z.object({ code: z.string(), detail: z.string(), mend: z.string() })),
  })
  .meta({ id: "Check" });
export type ChannelCheck = Check & { channelId: string; network: string };

export const LocalView = z.object({ wall: z.string(), zone: z.string() });

/** A post as the API shows it. */
export const PostView = z
  .object({
    id: z.string(),
    version: z.number().int(),
    state: z.enum(postStates).describe("`attention`: some delivery was rejected, came too late or needs a human."),
    text: z.string(),
    channels: z.array(z.string()),
    at: z.iso.datetime().optional().describe("The instant at which it leaves; absent of a draft."),
    local: LocalView.optional().describe("The wall time and zone that were asked for."),
    maxLatenessMinutes: z.number().int(),
    deliveries: z.array(DeliveryView),
    createdAt: z.iso.datetime(),
    checks: z.array(CheckView).optional().describe("In the answer to a save: what each channel's network counts."),
  })
  .meta({ id: "Post" });
export type PostView = z.infer<typeof PostView>;

const details = {
  unknown: "No answer came. Whether it stands there is being looked up.",
  needs_human:
    "Whether it was sent could not be found out. Look there, and say what you saw with POST …/resolve; or send it again with POST …/retry.",
  expired: "It could not leave in time and was not sent late. Send it now with POST …/retry.",
};

const viewOf = (delivery: Delivery): z.infer<typeof DeliveryView> => {
  switch (delivery.state) {
    case "ready":
      return { ...delivery, detail: delivery.reason, nextAt: delivery.wakeAt };
    case "unknown":
      return { ...delivery, detail: details.unknown, nextAt: delivery.wakeAt };
    case "needs_human":
      return { ...delivery, detail: details.needs_human };
    case "expired":
      return { ...delivery, detail: details.expired };
    default:
      return delivery;
  }
};

export const view = (post: Draft | Planned, checks?: readonly ChannelCheck[]): PostView => ({
  ...post,
  version: versionOf(post),
  state: stateOf(post),
  channels: channelsOf(post),
  deliveries: post.status === "planned" ? post.deliveries.map(viewOf) : [],
  // Its id begins with the time at which it was made.
  createdAt: instant(Buffer.from(idBytes(post.id)).readUIntBE(0, 6)),
  ...(checks ? { checks: [...checks] } : {}),
});
