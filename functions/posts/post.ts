import * as z from "zod";
import type { Finding, Kept, Outcome } from "../channels/connector.ts";
import type { Ballot as BallotThere } from "../channels/network.ts";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/posts.ts";
import { Smaller } from "../media/smaller-shape.ts";
import { days, hours, later, milliseconds, minutes } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import {
  cancel,
  claim,
  conclude,
  concludeRetraction,
  Delivery,
  deadlineOf,
  expire,
  follow,
  giveUp,
  hold,
  isClaimable,
  isUnsent,
  note,
  type Owner,
  postpone,
  type Retracting,
  type Retraction,
  reconcile,
  reject,
  release,
  retract,
  retry,
  type Settling,
  schedule,
  settle,
  settledAt,
  type Unclear,
  type Unknown,
  wakeAtOf,
} from "./delivery.ts";
import type { When } from "./when.ts";
import { asWorded, Wording } from "./wording.ts";

// A post: what is said, on which channels, and when. Without a time it is a draft. It is one item with its deliveries, so
// that whoever changes it and whoever sends it cannot both win.

/** A file that is shown, as it was when the post was written: what is sent does not change by itself. */
export const Shown = z.object({
  mediaId: z.string(),
  type: z.string(),
  bytes: z.number(),
  width: z.number(),
  height: z.number(),
  /** Of a film. */
  seconds: z.number().optional(),
  sha256: z.string(),
  alt: z.string().optional(),
  /** The same made smaller; a channel that shows that one has it in `size`. */
  smaller: Smaller.optional(),
  size: z.literal("smaller").optional(),
});
export type Shown = z.infer<typeof Shown>;

const PartSaid = z.object({ text: z.string(), media: z.array(Shown).optional() });
/**
 * A question that a network asks and counts itself, where it asks any. It is open until `closesAt`, or so many minutes from
 * when it leaves. What it was made of is opaque here.
 */
const Ballot = z.object({
  options: z.array(z.string()),
  multiple: z.boolean(),
  closesAt: z.string().optional(),
  minutes: z.number().optional(),
  secret: z.boolean().optional(),
  pollId: z.string().optional(),
  questionId: z.string().optional(),
});
export type Ballot = z.infer<typeof Ballot>;
/** What is said: the first part, and those that follow it. */
const Said = PartSaid.extend({ thread: z.array(PartSaid).optional(), ballot: Ballot.optional() });
export type Said = z.infer<typeof Said>;
/** What is said otherwise on one channel; null: the question is not asked there. */
const Otherwise = Said.partial().extend({ ballot: Ballot.nullable().optional() });
export type Otherwise = z.infer<typeof Otherwise>;

const common = {
  workspaceId: z.string(),
  id: z.string(),
  ...Said.shape,
  /** BCP 47. */
  language: z.string().optional(),
  /** A label of the workspace's. */
  category: z.string().optional(),
  /** It is an occurrence of this series: that the same is said again is meant. */
  seriesId: z.string().optional(),
  /** What is said otherwise on a channel, by its id. */
  variants: z.record(z.string(), Otherwise).optional(),
  /** What it belongs to, as its addresses say (utm_campaign). */
  campaign: z.string().optional(),
  /** What of it is said otherwise on a channel, by its id: names, tags and short links. */
  wording: Wording.optional(),
  maxLatenessMinutes: z.number(),
  /** Rises with what is sent or when. */
  revision: z.number(),
};

const timed = { at: z.string(), local: z.object({ wall: z.string(), zone: z.string() }).optional() };

const Draft = z.object({ status: z.literal("draft"), ...common, channels: z.array(z.string()) });
/** Nothing of it can be sent: it has no deliveries, and gets them by somebody's yes alone. */
const Waiting = z.object({
  status: z.literal("waiting"),
  ...common,
  ...timed,
  channels: z.array(z.string()),
  /** When it is told that its time comes close. */
  remindAt: z.string().optional(),
  approval: z.discriminatedUnion("state", [
    z.object({ state: z.literal("asked"), at: z.string() }),
    z.object({ state: z.literal("changes_asked"), at: z.string(), by: z.string(), words: z.string() }),
    /** Its time came, and nobody had said yes. */
    z.object({ state: z.literal("missed"), at: z.string() }),
  ]),
});
const Planned = z.object({
  status: z.literal("planned"),
  ...common,
  ...timed,
  deliveries: z.array(Delivery),
  /** Whose yes it has, and to which revision; absent where none was needed. */
  approval: z.object({ state: z.literal("approved"), at: z.string(), by: z.string(), revision: z.number() }).optional(),
});
const Removed = z.object({
  status: z.literal("removed"),
  workspaceId: z.string(),
  id: z.string(),
  expires: z.string(),
});

export const Post = z.discriminatedUnion("status", [Draft, Waiting, Planned, Removed]);
export type Post = z.infer<typeof Post>;
export type Draft = z.infer<typeof Draft>;
export type Waiting = z.infer<typeof Waiting>;
export type Planned = z.infer<typeof Planned>;
export type Standing = Draft | Waiting | Planned;
export type Removed = z.infer<typeof Removed>;

type Decision<P extends Post> = [P, DomainEvent[]];

/** What a marketer says of a post. Without `when` it is a draft. */
export type Content = Said & {
  language?: string | undefined;
  category?: string | undefined;
  seriesId?: string | undefined;
  variants?: Record<string, Otherwise> | undefined;
  campaign?: string | undefined;
  wording?: Wording | undefined;
  channels: readonly string[];
  when: When | undefined;
  maxLatenessMinutes: number;
};

/** How a post fares, from how its deliveries do. */
export const postStates = [
  "draft",
  "waiting",
  "scheduled",
  "sending",
  "published",
  "attention",
  "retracted",
  "cancelled",
] as const;
export type PostState = (typeof postStates)[number];

export const stateOf = (post: Standing): PostState => {
  if (post.status === "draft") return "draft";
  if (post.status === "waiting") return post.approval.state === "missed" ? "attention" : "waiting";
  const states = new Set(post.deliveries.map(({ state }) => state));
  const has = (...some: Delivery["state"][]) => some.some((state) => states.has(state));
  if (has("rejected", "expired", "needs_human", "handed")) return "attention";
  const isOut = has("published", "retracting", "retracted");
  if (has("sending", "unknown", "ready") || (has("scheduled") && isOut)) return "sending";
  if (has("scheduled")) return "scheduled";
  if (has("published", "retracting")) return "published";
  return isOut ? "retracted" : "cancelled";
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
        return was?.state === "retracting"
          ? [event("delivery.not_retracted", { postId, channelId })]
          : [event("delivery.published", { postId, channelId, externalId: delivery.externalId })];
      case "handed":
        return [event("delivery.handed", { postId, channelId })];
      case "retracted":
        return [event("delivery.retracted", { postId, channelId })];
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
        return []; // Being sent is nobody's news; cancelled and taken back are told of the post.
    }
  });
  const isPublished = stateOf(after) === "published" && !["published", "retracted"].includes(stateOf(before));
  return isPublished ? [...events, event("post.published", { postId })] : events;
};

const withDeliveries = (post: Planned, next: (delivery: Delivery) => Delivery): Decision<Planned> => {
  const after = { ...post, deliveries: post.deliveries.map(next) };
  return [after, tell(post, after)];
};

const plan = (
  { workspaceId, id }: Pick<Draft, "workspaceId" | "id">,
  revision: number,
  content: Content,
  asked: string | undefined,
): Standing => {
  const { channels, when, maxLatenessMinutes } = content;
  const shared = { workspaceId, id, ...wordsOf(content), maxLatenessMinutes, revision };
  if (!when) return { status: "draft", ...shared, channels: [...channels] };
  const { at, local } = when;
  if (channels.length === 0)
    return refuse("invalid_input", "A post with a time needs a channel to be sent to.", [
      { pointer: "#/channels", detail: "Name at least one channel." },
    ]);
  const time = { at, ...(local ? { local } : {}) };
  if (asked !== undefined) {
    const approval = { state: "asked", at: asked } as const;
    return { status: "waiting", ...shared, ...time, channels: [...channels], ...remindedOf(at, asked), approval };
  }
  return { status: "planned", ...shared, ...time, deliveries: deliveriesOf(id, revision, channels, at) };
};

const deliveriesOf = (id: string, revision: number, channels: readonly string[], at: string): Delivery[] =>
  channels.map((channelId) => schedule(id, revision, channelId, at));

/** That its time comes close is told a day before; of what is soon, when half of the time is over. */
const remindedOf = (at: string, now: string): { remindAt?: string } => {
  const leftMs = milliseconds(at) - milliseconds(now);
  if (leftMs < minutes(10)) return {};
  return { remindAt: later(at, -Math.min(hours(24), Math.floor(leftMs / 2))) };
};

/** What is said, without what is empty: a short post is a small item. */
const wordsOf = ({
  text,
  media,
  thread,
  ballot,
  language,
  category,
  seriesId,
  variants,
  campaign,
  wording,
}: Content) => ({
  text,
  ...(media?.length ? { media } : {}),
  ...(thread?.length ? { thread } : {}),
  ...(ballot ? { ballot } : {}),
  ...(language === undefined ? {} : { language }),
  ...(category === undefined ? {} : { category }),
  ...(seriesId === undefined ? {} : { seriesId }),
  ...(variants && Object.keys(variants).length > 0 ? { variants } : {}),
  ...(campaign === undefined ? {} : { campaign }),
  ...(wording && Object.keys(wording).length > 0 ? { wording } : {}),
});

/** What is said on a channel. */
export const saidOn = (of: Said & Pick<Content, "variants" | "wording">, channelId: string): Said => {
  const { text, media, thread, ballot } = { ...of, ...of.variants?.[channelId] };
  const said = {
    text,
    ...(media?.length ? { media } : {}),
    ...(thread?.length ? { thread } : {}),
    ...(ballot ? { ballot } : {}),
  };
  return asWorded(said, of.wording?.[channelId]);
};

/** How long a question that leaves at `at` is open is for networks to know. */
export const ballotAt = ({ options, multiple, closesAt, minutes: open, secret }: Ballot, at: string): BallotThere => {
  const openMs = closesAt === undefined ? minutes(open ?? usualMinutes) : milliseconds(closesAt) - milliseconds(at);
  return { options, multiple, seconds: Math.floor(openMs / 1000), ...(secret ? { secret } : {}) };
};
const usualMinutes = 24 * 60;

const planned = (post: Standing): DomainEvent => {
  const { id: postId } = post;
  if (post.status === "draft") return event("post.drafted", { postId });
  if (post.status === "planned") return event("post.scheduled", { postId, at: post.at });
  return event("post.approval_asked", { postId, at: post.at, revision: post.revision });
};

export const channelsOf = (post: Standing): string[] =>
  post.status === "planned" ? post.deliveries.map(({ channelId }) => channelId) : post.channels;

/** `asked`: now, where somebody must approve of it before it leaves. */
export const write = (workspaceId: string, id: string, content: Content, asked?: string): Decision<Standing> => {
  const post = plan({ workspaceId, id }, 1, content, asked);
  return [post, [planned(post)]];
};

/** What stands of a post, to be changed. */
export const contentOf = (post: Standing): Content => ({
  text: post.text,
  media: post.media,
  thread: post.thread,
  ballot: post.ballot,
  language: post.language,
  category: post.category,
  seriesId: post.seriesId,
  variants: post.variants,
  campaign: post.campaign,
  wording: post.wording,
  channels: channelsOf(post),
  maxLatenessMinutes: post.maxLatenessMinutes,
  when: post.status === "draft" ? undefined : { at: post.at, local: post.local },
});

/** No network has been asked to take it, on any channel; a pause may hold it. */
export const isUntouched = (post: Standing): boolean =>
  post.status !== "planned" || post.deliveries.every((delivery) => isUnsent(delivery) && delivery.epoch === 0);

/**
 * Changes a post that no network has been asked to take yet. `asked`: now, where somebody must approve of it (again) before
 * it leaves. Refuses `post_not_changeable`.
 */
export const change = (post: Standing, content: Content, fields: string[], asked?: string): Decision<Standing> => {
  if (!isUntouched(post)) return refuse("post_not_changeable", `${says[stateOf(post)]} Write a new post instead.`);
  const next = plan(post, post.revision + 1, content, asked);
  const isMoved =
    next.status === "waiting" || (next.status === "planned" && !(post.status === "planned" && post.at === next.at));
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
  waiting: "The post waits for approval.",
  scheduled: "The post is scheduled.",
  sending: "The post is being sent.",
  published: "The post has been published.",
  attention: "The post has been sent, or was tried.",
  retracted: "The post was taken back.",
  cancelled: "The post was cancelled.",
};

/** Stops what has not been sent yet. What is out, or on its way, stays. Refuses `post_not_changeable`. */
export const stop = (post: Standing): Decision<Planned> => {
  if (post.status === "waiting") {
    const { id: postId, channels, revision, at } = post;
    const { approval: _, remindAt: __, channels: ___, ...kept } = post;
    const deliveries = deliveriesOf(postId, revision, channels, at).map(cancel);
    return [become(post, { ...kept, status: "planned", deliveries }), [event("post.cancelled", { postId, channels })]];
  }
  const unsent = post.status === "planned" ? post.deliveries.filter(isUnsent) : [];
  if (post.status === "draft" || unsent.length === 0)
    return refuse("post_not_changeable", `${says[stateOf(post)]} There is nothing to cancel.`);
  const [after, events] = withDeliveries(post, (delivery) => (isUnsent(delivery) ? cancel(delivery) : delivery));
  const channels = unsent.map(({ channelId }) => channelId);
  return [after, [event("post.cancelled", { postId: post.id, channels }), ...events]];
};

/** What is out in public cannot be removed here. Refuses `post_not_changeable`. */
export const remove = (post: Standing, now: string): Decision<Removed> => {
  const state = stateOf(post);
  if (state !== "draft" && state !== "cancelled" && state !== "retracted")
    return refuse(
      "post_not_changeable",
      `${says[state]} Only a draft, a cancelled post or one that was taken back can be deleted.`,
    );
  const { workspaceId, id } = post;
  return [
    become(post, { status: "removed", workspaceId, id, expires: later(now, days(30)) }),
    [event("post.removed", { postId: id })],
  ];
};

const deliveryOf = (post: Standing, channelId: string): [Planned, Delivery] => {
  const delivery =
    post.status === "planned" ? post.deliveries.find((delivery) => delivery.channelId === channelId) : undefined;
  return post.status === "planned" && delivery
    ? [post, delivery]
    : refuse("unknown_channel", "The post is not scheduled on this channel.", [
        { pointer: "#/channelId", detail: "This post has no delivery to this channel." },
      ]);
};

/** Refuses what has no deliveries: nothing of it was ever to be sent. */
const plannedOnly = (post: Standing): void => {
  if (post.status !== "planned")
    refuse("post_not_changeable", `${says[stateOf(post)]} Nothing of it was sent, so there is nothing to send again.`);
};

const replace = (post: Planned, next: Delivery): Decision<Planned> =>
  withDeliveries(post, (delivery) => (delivery.channelId === next.channelId ? next : delivery));

/** A person looked whether it stands there. Refuses `post_not_changeable` where that is known, or cannot be known yet. */
export const resolve = (
  post: Standing,
  channelId: string,
  outcome: "sent" | "not-sent",
  now: string,
): Decision<Planned> => {
  plannedOnly(post);
  const [of, delivery] = deliveryOf(post, channelId);
  const settled = settle(delivery, outcome, now);
  if (settled) return replace(of, settled);
  return "sendBy" in delivery && delivery.state !== "sending"
    ? refuse("post_not_changeable", `It may still appear there until ${settledAt(delivery)}. Look again then.`)
    : refuse("post_not_changeable", `Whether it was sent is known: ${delivery.state}.`);
};

/**
 * Sends again, now, what was refused, came too late or is in doubt. `needsApproval`: only what somebody approved of. Refuses
 * `post_not_changeable`.
 */
export const sendAgain = (
  post: Standing,
  channelId: string,
  needsApproval: boolean,
  now: string,
): Decision<Planned> => {
  plannedOnly(post);
  const [of, delivery] = deliveryOf(post, channelId);
  if (needsApproval && !of.approval)
    refuse(
      "post_not_changeable",
      "Nobody approved of it, and since it was planned somebody must. Write it anew: POST /v1/posts.",
    );
  const revision = of.revision + 1;
  const again = retry(delivery, of.id, revision, now);
  if (!again)
    return refuse(
      "post_not_changeable",
      `The delivery is ${delivery.state}: only one that was rejected, expired or needs a human can be sent again.`,
    );
  return replace({ ...of, revision }, again);
};

/**
 * Takes it back where it stands. `allows`: whether a channel's network lets us; `channelId`: there only. Refuses
 * `not_retractable`.
 */
export const takeBack = (
  post: Standing,
  channelId: string | undefined,
  allows: (channelId: string) => boolean,
  now: string,
): Decision<Planned> => {
  if (channelId !== undefined) deliveryOf(post, channelId);
  const chosen =
    post.status === "planned"
      ? post.deliveries.filter((one) => channelId === undefined || one.channelId === channelId)
      : [];
  const able = chosen.filter((one) => allows(one.channelId) && retract(one, now));
  if (post.status !== "planned" || able.length === 0)
    return refuse(
      "not_retractable",
      chosen.some(({ state }) => state === "published")
        ? "Its network lets nobody take a post back through us. Remove it there yourself."
        : `${says[stateOf(post)]} There is nothing out to be taken back. What has not left yet is cancelled: POST …/cancel.`,
    );
  const [after, events] = withDeliveries(post, (one) => (able.includes(one) ? (retract(one, now) ?? one) : one));
  const channels = able.map((one) => one.channelId);
  return [after, [event("post.retracted", { postId: post.id, channels }), ...events]];
};

/** Publishing goes on: what was held leaves now. */
export const goOn = (post: Planned, now: string): Decision<Planned> =>
  withDeliveries(post, (delivery) => release(delivery, now));

const until = ({ approval, at }: Waiting, now: string): void => {
  if (approval.state === "missed" || now >= at)
    refuse("post_not_changeable", "Its time came before it was approved. Give it another time: PATCH /v1/posts/{id}.");
};
const thisRevision = (post: Standing, revision: number): void => {
  if (post.revision !== revision)
    refuse(
      "stale",
      `Revision ${revision} was changed since: what stands there now is revision ${post.revision}. Look at that.`,
    );
};

/**
 * Somebody says yes to what they saw, and only to that: it gets its deliveries. `by`: a member, a key, or a share. Refuses
 * `stale` of another revision, and `post_not_changeable` of what does not wait.
 */
export const approve = (
  post: Standing,
  { revision, by }: { revision: number; by: string },
  now: string,
): Decision<Planned> => {
  thisRevision(post, revision);
  if (post.status !== "waiting")
    return refuse("post_not_changeable", `${says[stateOf(post)]} It does not wait for approval.`);
  until(post, now);
  const { id: postId, channels, at } = post;
  const { remindAt: _, channels: __, ...kept } = post;
  const approval = { state: "approved", at: now, by, revision } as const;
  const deliveries = deliveriesOf(postId, revision, channels, at);
  return [
    become(post, { ...kept, status: "planned", approval, deliveries }),
    [event("post.approved", { postId, revision, by }), event("post.scheduled", { postId, at })],
  ];
};

/** Somebody asks for another text; a yes that was given before ends by it, as long as nothing is sent. Refuses as `approve` does. */
export const askForChanges = (
  post: Standing,
  { revision, by, words }: { revision: number; by: string; words: string },
  now: string,
): Decision<Waiting> => {
  thisRevision(post, revision);
  if (post.status === "draft" || !isUntouched(post) || (post.status === "planned" && !post.approval))
    return refuse("post_not_changeable", `${says[stateOf(post)]} It does not wait for approval.`);
  const channels = channelsOf(post);
  const { id: postId, at, status: _, approval: __, ...kept } = post;
  if (post.status === "waiting") until(post, now);
  const approval = { state: "changes_asked", at: now, by, words } as const;
  const { deliveries: ___, ...shared } = { deliveries: undefined, ...kept };
  const next: Waiting = { ...shared, id: postId, at, status: "waiting", channels, ...remindedOf(at, now), approval };
  return [become(post, next), [event("post.changes_asked", { postId, revision, by })]];
};

/** Time woke what waits for approval: it is told that its time comes close; or its time came, and it does not leave. */
export const wakeWaiting = (post: Waiting, now: string): Decision<Waiting> => {
  const { id: postId, at, remindAt } = post;
  if (now >= at && post.approval.state !== "missed")
    return [
      { ...post, remindAt: undefined, approval: { state: "missed", at: now } },
      [event("post.missed", { postId, at })],
    ];
  if (remindAt === undefined || now < remindAt) return [post, []];
  return [{ ...post, remindAt: undefined }, [event("post.approval_due", { postId, at })]];
};

/** When time must look at it: the earliest that any delivery waits for. */
export const wakeAt = (post: Post): string | undefined => {
  if (post.status === "waiting") return post.approval.state === "missed" ? undefined : (post.remindAt ?? post.at);
  return post.status === "planned"
    ? post.deliveries
        .map(wakeAtOf)
        .filter((at) => at !== undefined)
        .toSorted()[0]
    : undefined;
};

/** Who would send to a channel: the owner of the send; or why it cannot be, or not yet. */
export type Sender = Owner | { closed: string; code: string } | { waits: string; until: string } | "paused";

/**
 * Time woke the post: what is due and unsent is claimed (or too late, or cannot be sent), and an owner whose lease is over
 * is followed. `sender` says who would send it.
 */
export const wake = (post: Planned, sender: (delivery: Delivery) => Sender, now: string): Decision<Planned> =>
  withDeliveries(post, (delivery) => {
    if (!isDue(delivery, now)) return delivery;
    if (delivery.state === "sending") return follow(delivery, now);
    if (!isClaimable(delivery)) return delivery;
    const deadline = deadlineOf(delivery, post.maxLatenessMinutes);
    if (now >= deadline) return isUnsent(delivery) ? expire(delivery) : giveUp(delivery);
    const by = sender(delivery);
    if (by === "paused") return hold(delivery, deadline);
    if ("waits" in by) return postpone(delivery, by.until, by.waits, deadline);
    if (!("closed" in by)) return claim(delivery, by);
    return isUnsent(delivery) ? reject(delivery, by.code, by.closed) : giveUp(delivery);
  });

export const isDue = (delivery: Delivery, now: string): boolean => {
  const at = wakeAtOf(delivery);
  return at !== undefined && at <= now;
};

/** What a send or a look brought. */
export type News =
  | { channelId: string; epoch: number; outcome: Outcome | Unclear }
  | { channelId: string; epoch: number; kept: Kept }
  | { channelId: string; looked: Unknown; lookedAt: string; finding: Finding; settling: Settling }
  | { channelId: string; tried: Retracting; went: Retraction };

/** Takes the news into the post as it stands by now. */
export const hear = (post: Planned, all: readonly News[], now: string): Decision<Planned> =>
  withDeliveries(post, (delivery) => {
    const news = all.find(({ channelId }) => channelId === delivery.channelId);
    if (!news) return delivery;
    const { maxLatenessMinutes } = post;
    if ("outcome" in news) return conclude(delivery, news.epoch, news.outcome, { now, maxLatenessMinutes });
    if ("kept" in news) return note(delivery, news.epoch, news.kept);
    if ("tried" in news) return concludeRetraction(delivery, news.tried, news.went, now);
    return reconcile(delivery, news.looked, news.finding, news.lookedAt, news.settling);
  });
