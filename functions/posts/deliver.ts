import { keepAllowance, lessOf, takePlace } from "../channels/allowance.ts";
import type { Connected } from "../channels/channel.ts";
import type {
  Allowance,
  Call,
  Connection,
  Connector,
  Connectors,
  Finding,
  Guard,
  Outcome,
  Publication,
} from "../channels/connector.ts";
import { connectors } from "../channels/connectors.ts";
import { isMailingKey, mailings } from "../channels/fediverse-table.ts";
import { freshConnection, noteHealth, renewSoon } from "../channels/renew.ts";
import { findChannel } from "../channels/table.ts";
import { tellFollowers } from "../channels/tell-followers.ts";
import { refusalOf, Trouble } from "../channels/trouble.ts";
import { eitherOf, onDue, type Task } from "../platform/background.ts";
import { clock, instant, later, seconds } from "../platform/clock.ts";
import { isLeaving } from "../platform/leaving.ts";
import { log } from "../platform/log.ts";
import { sha256 } from "../platform/secrets.ts";
import { Conflict, put, unchanged } from "../platform/table.ts";
import { pausedWorkspace } from "../workspaces/pause.ts";
import { workspaces } from "../workspaces/table.ts";
import {
  type Delivery,
  deadlineOf,
  isClaimable,
  isKeyHeld,
  type Retracting,
  type Retraction,
  type Sending,
  type Settling,
  timeLeft,
  type Unclear,
  type Unknown,
} from "./delivery.ts";
import { isWatchedKey, watchedDeliveries } from "./figures-table.ts";
import { imports, isImportKey } from "./import.ts";
import { measureWith } from "./measure.ts";
import { hear, isDue, type News, type Planned, type Post, saidOn, type Waiting, wake, wakeWaiting } from "./post.ts";
import { publicationOf } from "./publication.ts";
import { isSeriesKey, series } from "./series.ts";
import { claimsOf, findPost, isClaimedBy, posts } from "./table.ts";

// A post is due: one save claims all its deliveries that are (nothing is written to a socket before that), they are sent side
// by side, and what became of each is saved when it is known. So is what is to be looked up, and taken back.

/** A channel to send to, or why nothing can be sent there, or not now. */
type Way =
  | { connector: Connector; channel: Connected; to: Connection }
  | { closed: string; code: string }
  | { waits: string; until: string };

const disconnected: Way = {
  code: "channel_disconnected",
  closed:
    "The channel was disconnected. Connect it again with POST /v1/channels, and send a new post from there: POST /v1/posts.",
};

/** Of an invocation: who asks, and until when. */
type Asking = { attempt: string; endsMs: number; by: { actor: string; cause: string } };

const callOf = ({ endsMs }: Asking, learn: Call["learn"] = () => undefined): Call => ({
  signal: AbortSignal.timeout(Math.max(0, endsMs - clock.now())),
  endsMs,
  learn,
});

const wayTo = async (
  connectors: Connectors,
  { workspaceId, id: postId }: Post,
  channelId: string,
  asking: Asking,
): Promise<Way> => {
  const channel = await findChannel(workspaceId, channelId, instant(clock.now()));
  if (channel?.status !== "connected") return disconnected;
  const connector = connectors[channel.network];
  if (!connector) throw new Error(`Nobody speaks to the network ${channel.network}.`);
  try {
    const fresh = await freshConnection(connector, channel, asking, callOf(asking), asking.by);
    if ("until" in fresh) return { waits: "The channel's access is being renewed.", until: fresh.until };
    return { connector, ...fresh };
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const { code, detail, kind } = error;
    if (kind.means === "refused") return { code, closed: refusalOf(error, { channelId, postId }) };
    return { waits: detail, until: later(instant(clock.now()), seconds(error.retryAfterSeconds ?? 30)) };
  }
};

/** 128 bits tell one from another, and keep the item small. */
const hashOf = (of: unknown): string => sha256(JSON.stringify(of)).subarray(0, 16).toString("base64url");

/**
 * What is sent is frozen by this: everything of it that a post says. Of a text alone it is as it was in release 0.1.0, whose
 * posts may be on their way.
 */
const payloadHash = ({ id: postId, language, ...post }: Planned, { channelId, key }: Delivery): string =>
  hashOf({ postId, key, ...saidOn(post, channelId), ...(language === undefined ? {} : { language }) });

/** How a due post is delivered by these connectors. */
export const deliverWith =
  (connectors: Connectors) =>
  async (task: Task & { state: Post }): Promise<void> => {
    const { state: post, now, endsMs } = task;
    const asking = { attempt: hashOf(task.attempt), endsMs, by: { actor: task.actor, cause: `due:${now}` } };
    if (post.status === "waiting") return onWaiting(task, post);
    if (post.status !== "planned") return;
    // It waits: whoever restores the workspace sees what went out, and what is too late by then.
    if (await isLeaving(post.workspaceId, clock.now())) return;
    const asked = post.deliveries.filter((delivery) => isDue(delivery, now) && delivery.state !== "sending");
    const claimable = asked.filter(isClaimable);
    const paused = claimable.length > 0 ? await pausedWorkspace(post.workspaceId, now) : undefined;
    const ways = new Map<string, Way>();
    for (const delivery of asked) {
      if (paused && isClaimable(delivery)) continue;
      const open = await wayTo(connectors, post, delivery.channelId, asking);
      const way = isForgotten(open, delivery, post) ? forgotten : open;
      const isSent = isClaimable(delivery) && now < deadlineOf(delivery, post.maxLatenessMinutes);
      const until = isSent && "to" in way ? await takePlace(way.channel, asking.attempt, asking.by) : undefined;
      ways.set(delivery.channelId, until === undefined ? way : { waits: "The network's own limit is reached.", until });
    }
    const wayOf = ({ channelId }: Delivery): Way => ways.get(channelId) ?? disconnected;

    const [woken, events] = wake(
      post,
      (delivery) => {
        if (paused) return "paused";
        const way = wayOf(delivery);
        return "to" in way ? { ...asking, payloadHash: payloadHash(post, delivery) } : way;
      },
      now,
    );
    const claimed = woken.deliveries.filter(
      (delivery): delivery is Sending => delivery.state === "sending" && delivery.claimedBy === asking.attempt,
    );
    if (claimed.some((delivery) => timeLeft(delivery, clock.now()) <= 0))
      throw new Error("Too little time is left of this invocation to send anything.");
    const isChanged = woken.deliveries.some((delivery, i) => delivery !== post.deliveries[i]);
    const write = put(posts, woken, events);
    // What is held waits for the resumption, which must not come between: it then finds all that waits.
    if (isChanged) await task.save(paused ? [write, unchanged(workspaces, paused)] : [write]);

    const ledger = keep(isChanged ? write.after : post, task);
    const lookedUp = asked.filter((one): one is Unknown => one.state === "unknown" && one.next !== "send");
    const takenBack = asked.filter((one): one is Retracting => one.state === "retracting");
    await Promise.all([
      ...claimed.map(async (delivery) => {
        const { channelId, epoch } = delivery;
        const outcome = await send(wayOf(delivery), delivery, await publicationOf(post, delivery), ledger, asking);
        await ledger.tell({ channelId, epoch, outcome }, hasNoKey(wayOf(delivery)));
      }),
      ...lookedUp.map(async (looked) => {
        const { channelId } = looked;
        const lookedAt = instant(clock.now());
        const way = wayOf(looked);
        const publication = await publicationOf(post, looked);
        const finding = await look(way, publication, asking);
        const settling = settlingOf(way, looked, post);
        await ledger.tell({ channelId, looked, lookedAt, finding, settling }, hasNoKey(way));
      }),
      ...takenBack.map(async (tried) => {
        const { channelId } = tried;
        await ledger.tell({ channelId, tried, went: await takeBack(wayOf(tried), tried, asking) });
      }),
    ]);
  };

/** Nothing is sent of what nobody approved: its time only tells of it. */
const onWaiting = async ({ now, save }: Task, post: Waiting): Promise<void> => {
  if (await isLeaving(post.workspaceId, clock.now())) return;
  const [next, events] = wakeWaiting(post, now);
  if (next !== post) await save([put(posts, next, events)]);
};

const idempotencyOf = ({ connector: { network }, channel }: Extract<Way, { to: object }>) =>
  network.idempotencyOf?.(channel.settings, channel.account) ?? network.profile.idempotency;

/** Two equal texts there could be taken for one: what the network calls a post is then one delivery's alone. */
const hasNoKey = (way: Way): boolean => "to" in way && idempotencyOf(way) === "B";

const settlingOf = (way: Way, delivery: Unknown, { maxLatenessMinutes }: Planned): Settling => {
  const deadline = deadlineOf(delivery, maxLatenessMinutes);
  // Nobody can be asked, and nothing is sent.
  if (!("to" in way)) return { idempotency: "B", whenUnknown: "never-duplicate", deadline };
  return {
    idempotency: idempotencyOf(way),
    keyHeldMs: way.connector.network.profile.keyHeldMs,
    whenUnknown: way.channel.whenUnknown ?? "never-duplicate",
    deadline,
  };
};

/** It was to be sent again under its key, and waited (for the network's leave) longer than the key protects. */
const isForgotten = (way: Way, delivery: Delivery, post: Planned): boolean =>
  "to" in way &&
  delivery.state === "unknown" &&
  delivery.next === "send" &&
  !isKeyHeld(delivery, settlingOf(way, delivery, post), instant(clock.now()));
/** Then it is looked for only: `wake` rejects nothing of what may stand there. */
const forgotten: Way = { code: "network_silent", closed: "The network does not know our key of it any more." };

/** Sends, and stops waiting at the send deadline. No definite answer is an answer too: unknown. */
const send = async (
  way: Way,
  { channelId, epoch, sendBy }: Sending,
  publication: Publication,
  ledger: Ledger,
  asking: Asking,
): Promise<Outcome | Unclear> => {
  if (!("to" in way)) throw new Error("It was claimed without a way to send it.");
  const { connector, channel, to } = way;
  const signal = AbortSignal.timeout(Math.max(0, timeLeft({ sendBy }, clock.now())));
  let allowance: Allowance | undefined;
  const guard: Guard = {
    signal,
    endsMs: Date.parse(sendBy),
    learn: (learned) => {
      allowance = lessOf(allowance, learned);
    },
    // A function that was frozen and thawed after its time must not write: the clock tells, and what we know of the epoch.
    mayWrite: () => {
      const stands = ledger.standing(channelId);
      return stands?.state === "sending" && stands.epoch === epoch && timeLeft({ sendBy }, clock.now()) > 0;
    },
    keep: async (kept) => {
      await ledger.tell({ channelId, epoch, kept });
      const stands = ledger.standing(channelId);
      if (stands?.state !== "sending" || stands.epoch !== epoch) throw new Error("It is another's to send by now.");
    },
  };
  const met = await outcomeOf(
    Promise.race([connector.publish(to, publication, guard), ended(signal)]),
    way,
    publication,
  );
  // What else it showed. None of it may take the outcome away.
  await quietly("What a send showed was not kept", async () => {
    if (allowance) await keepAllowance(channel, allowance, asking.by);
    if (met.outcome === "sent") await noteHealth(channel, undefined, asking.by);
    if (met.trouble?.code === "network_access_expired" && connector.renew) await renewSoon(channel, asking.by);
    else if (met.trouble?.kind.fails) await noteHealth(channel, met.trouble, asking.by);
  });
  const { trouble: _, ...outcome } = met;
  return outcome;
};

type Met = (Outcome | Unclear) & { trouble?: Trouble };

const outcomeOf = async (
  sending: Promise<Outcome>,
  { connector, to: { channelId } }: Extract<Way, { to: object }>,
  { postId }: Publication,
): Promise<Met> => {
  try {
    return await sending;
  } catch (error) {
    const trouble = error instanceof Trouble ? error : undefined;
    if (!trouble || trouble.kind.means === "unknown") {
      log.warn("A send has no outcome", { postId, error: nameOf(error) });
      return { outcome: "unknown", ...(trouble ? { trouble, answer: trouble.answered ?? trouble.detail } : {}) };
    }
    const { code, detail, kind, retryAfterSeconds } = trouble;
    // Its access is renewed, and then it is sent.
    if (kind.means === "not-sent" || (code === "network_access_expired" && connector.renew))
      return { outcome: "not-sent", detail, retryAfterSeconds: retryAfterSeconds ?? (connector.renew && 5), trouble };
    return { outcome: "refused", code, detail: refusalOf(trouble, { channelId, postId }), trouble };
  }
};

const quietly = async (what: string, run: () => Promise<unknown>): Promise<void> => {
  try {
    await run();
  } catch (error) {
    log.warn(what, { error: nameOf(error) });
  }
};

/** A trouble's code, or its name only: messages about requests may hold addresses, and addresses may hold tokens. */
const nameOf = (error: unknown): string =>
  error instanceof Trouble ? error.code : error instanceof Error ? error.name : typeof error;

const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

const look = async (way: Way, publication: Publication, asking: Asking): Promise<Finding> => {
  if (!("to" in way)) return { finding: "cannot-tell" };
  const { workspaceId, channelId } = way.to;
  const { key } = publication;
  const isTaken = async (externalId: string) =>
    !(await isClaimedBy({ workspaceId, channelId, externalId, key }, instant(clock.now())));
  try {
    return await way.connector.find(way.to, publication, { ...callOf(asking), isTaken });
  } catch (error) {
    log.warn("A look at a network failed", { postId: publication.postId, error: nameOf(error) });
    return { finding: "cannot-tell" };
  }
};

const takeBack = async (way: Way, delivery: Retracting, asking: Asking): Promise<Retraction> => {
  const { key, externalId, url } = delivery;
  if ("closed" in way) return { retraction: "refused", detail: way.closed };
  if ("waits" in way) return { retraction: "failed", detail: way.waits };
  const { retract } = way.connector;
  if (!retract || externalId === undefined)
    return { retraction: "refused", detail: "Its network lets nobody take a post back through us." };
  try {
    await retract(way.to, { key, externalId, url }, callOf(asking));
    return { retraction: "done" };
  } catch (error) {
    log.warn("Taking back failed", { channelId: delivery.channelId, error: nameOf(error) });
    const trouble = error instanceof Trouble ? error : undefined;
    return {
      retraction: trouble?.kind.means === "refused" ? "refused" : "failed",
      detail: trouble?.detail ?? "Something went wrong.",
    };
  }
};

type Ledger = ReturnType<typeof keep>;

/** Keeps what becomes of a post's deliveries, one save at a time; news that comes meanwhile goes with the next. */
const keep = (claimed: Planned, { save }: Task) => {
  let current = claimed;
  let waiting: { news: News; hasNoKey: boolean }[] = [];
  let saving: Promise<void> = Promise.resolve();

  const saveAll = async (): Promise<void> => {
    let all = waiting;
    waiting = [];
    for (let attempt = 1; ; attempt++) {
      const now = instant(clock.now());
      const [next, events] = hear(
        current,
        all.map(({ news }) => news),
        now,
      );
      if (next.deliveries.every((delivery, i) => delivery === current.deliveries[i])) return;
      const write = put(posts, next, events);
      const keyless = all.filter(({ hasNoKey }) => hasNoKey).map(({ news }) => news.channelId);
      try {
        await save([write, ...claimsOf(current, next, keyless)]);
        current = write.after;
        return;
      } catch (error) {
        if (!(error instanceof Conflict) || attempt === mostAttempts) throw error;
        // What we found there was just taken by another delivery; what was sent is ours, whoever took it for theirs.
        if (error.what === "external-post")
          all = all.map(({ news }) => ({
            news: "finding" in news ? { ...news, finding: { finding: "cannot-tell" } } : news,
            hasNoKey: false,
          }));
        const standing = await findPost(current.workspaceId, current.id, now);
        if (standing?.status !== "planned") throw error;
        current = standing;
      }
    }
  };

  return {
    /** The delivery as this process last knew it. */
    standing: (channelId: string) => current.deliveries.find((delivery) => delivery.channelId === channelId),
    /** `hasNoKey`: what it is called there must be no other delivery's. */
    tell: (news: News, hasNoKey = false): Promise<void> => {
      waiting.push({ news, hasNoKey });
      // Whoever told it hears of a save that failed; the next one is tried all the same.
      saving = saving.catch(() => undefined).then(saveAll);
      return saving;
    },
  };
};
/** Others write while we send: who cancels the rest, or looks at another delivery. */
const mostAttempts = 5;

export const due = "post.deliver";

const onPost = onDue(due, posts, deliverWith(connectors));
const onMailing = onDue(due, mailings, tellFollowers);
const onWatched = onDue(due, watchedDeliveries, measureWith(connectors));

const onImport = onDue(due, imports, async (task) => (await import("./import-rows.ts")).importRows(task));
const onSeries = onDue(due, series, async (task) => (await import("./make-occurrences.ts")).makeOccurrences(task));

const onPostOrPlan = eitherOf(isImportKey, onImport, eitherOf(isSeriesKey, onSeries, onPost));

/** Posts, sheets and series that become posts, what followers on the fediverse are told, and the figures of what was sent. */
export const handler = eitherOf(isMailingKey, onMailing, eitherOf(isWatchedKey, onWatched, onPostOrPlan));
