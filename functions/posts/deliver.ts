import type { Connection, Finding, Network, Networks, Outcome, Publication } from "../channels/network.ts";
import { networks } from "../channels/networks.ts";
import { connectionOf, findChannel } from "../channels/table.ts";
import { onDue, type Task } from "../platform/background.ts";
import { clock, instant } from "../platform/clock.ts";
import { isLeaving } from "../platform/leaving.ts";
import { log } from "../platform/log.ts";
import { sha256 } from "../platform/secrets.ts";
import { Conflict, put } from "../platform/table.ts";
import { type Delivery, type Sending, timeLeft } from "./delivery.ts";
import { hear, isDue, type News, type Planned, type Post, wake } from "./post.ts";
import { findPost, posts } from "./table.ts";

// A post is due: one save claims all its deliveries that are (nothing is written to a socket before that), they are sent side
// by side, and what became of each is saved when it is known.

/** A channel to send to, or why nothing can be sent there. */
type Way = { network: Network; to: Connection } | { closed: string };

const wayTo = async (networks: Networks, workspaceId: string, channelId: string, now: string): Promise<Way> => {
  const channel = await findChannel(workspaceId, channelId, now);
  if (channel?.status !== "connected") return closed;
  const network = networks[channel.network];
  if (!network) throw new Error(`There is no network ${channel.network}.`);
  return { network, to: await connectionOf(channel) };
};

const publicationOf = (post: Planned, { key }: Delivery): Publication => ({ postId: post.id, key, text: post.text });
/** 128 bits tell one from another, and keep the item small. */
const hashOf = (of: unknown): string => sha256(JSON.stringify(of)).subarray(0, 16).toString("base64url");

/** How a due post is delivered over these networks. */
export const deliverWith =
  (networks: Networks) =>
  async (task: Task & { state: Post }): Promise<void> => {
    const { state: post, now, endsMs } = task;
    const attempt = hashOf(task.attempt);
    if (post.status !== "planned") return;
    // It waits: whoever restores the workspace sees what went out, and what is too late by then.
    if (await isLeaving(post.workspaceId, clock.now())) return;
    const asked = post.deliveries.filter((delivery) => isDue(delivery, now) && delivery.state !== "sending");
    const ways = new Map<string, Way>();
    for (const { channelId } of asked) ways.set(channelId, await wayTo(networks, post.workspaceId, channelId, now));
    const wayOf = ({ channelId }: Delivery): Way => ways.get(channelId) ?? closed;

    const [woken, events] = wake(
      post,
      (delivery) => {
        const way = wayOf(delivery);
        return "to" in way ? { attempt, endsMs, payloadHash: hashOf(publicationOf(post, delivery)) } : way;
      },
      now,
    );
    const claimed = woken.deliveries.filter(
      (delivery): delivery is Sending => delivery.state === "sending" && delivery.claimedBy === attempt,
    );
    if (claimed.some((delivery) => timeLeft(delivery, clock.now()) <= 0))
      throw new Error("Too little time is left of this invocation to send anything.");
    const isChanged = woken.deliveries.some((delivery, i) => delivery !== post.deliveries[i]);
    const write = put(posts, woken, events);
    if (isChanged) await task.save([write]);

    const ledger = keep(isChanged ? write.after : post, task);
    await Promise.all([
      ...claimed.map(async (delivery) => {
        const outcome = await send(wayOf(delivery), delivery, publicationOf(post, delivery), ledger.standing);
        await ledger.tell({ channelId: delivery.channelId, epoch: delivery.epoch, outcome });
      }),
      ...asked
        .filter((delivery) => delivery.state === "unknown")
        .map(async (looked) => {
          const lookedAt = instant(clock.now());
          const finding = await look(wayOf(looked), publicationOf(post, looked));
          await ledger.tell({ channelId: looked.channelId, looked, lookedAt, finding });
        }),
    ]);
  };

const closed: Way = {
  closed: "The channel was disconnected. Connect it again, and send the post from the new channel.",
};

/** Sends, and stops waiting at the send deadline. No definite answer is an answer too: unknown. */
const send = async (
  way: Way,
  { channelId, epoch, sendBy }: Sending,
  publication: Publication,
  standing: (channelId: string) => Delivery | undefined,
): Promise<Outcome | { outcome: "unknown" }> => {
  if ("closed" in way) return { outcome: "refused", code: "channel_disconnected", detail: way.closed };
  const signal = AbortSignal.timeout(Math.max(0, timeLeft({ sendBy }, clock.now())));
  // A function that was frozen and thawed after its time must not write: the clock tells, and what we know of the epoch.
  const mayWrite = (): boolean => {
    const stands = standing(channelId);
    return stands?.state === "sending" && stands.epoch === epoch && timeLeft({ sendBy }, clock.now()) > 0;
  };
  try {
    return await Promise.race([way.network.publish(way.to, publication, { signal, mayWrite }), ended(signal)]);
  } catch (error) {
    log.warn("A send has no outcome", { postId: publication.postId, channelId, error: nameOf(error) });
    return { outcome: "unknown" };
  }
};

/** Its name only: messages about requests may hold addresses, and addresses may hold tokens. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

const ended = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

const look = async (way: Way, publication: Publication): Promise<Finding> => {
  if ("closed" in way) return { finding: "cannot-tell" };
  try {
    return await way.network.find(way.to, publication);
  } catch (error) {
    log.warn("A look at a network failed", { postId: publication.postId, error: nameOf(error) });
    return { finding: "cannot-tell" };
  }
};

/** Keeps what becomes of a post's deliveries, one save at a time; news that comes meanwhile goes with the next. */
const keep = (claimed: Planned, { save }: Task) => {
  let current = claimed;
  let waiting: News[] = [];
  let saving: Promise<void> = Promise.resolve();

  const saveAll = async (): Promise<void> => {
    const all = waiting;
    waiting = [];
    for (let attempt = 1; ; attempt++) {
      const now = instant(clock.now());
      const [next, events] = hear(current, all, now);
      if (next.deliveries.every((delivery, i) => delivery === current.deliveries[i])) return;
      const write = put(posts, next, events);
      try {
        await save([write]);
        current = write.after;
        return;
      } catch (error) {
        if (!(error instanceof Conflict) || attempt === mostAttempts) throw error;
        const standing = await findPost(current.workspaceId, current.id, now);
        if (standing?.status !== "planned") throw error;
        current = standing;
      }
    }
  };

  return {
    /** The delivery as this process last knew it. */
    standing: (channelId: string) => current.deliveries.find((delivery) => delivery.channelId === channelId),
    tell: (news: News): Promise<void> => {
      waiting.push(news);
      // Whoever told it hears of a save that failed; the next one is tried all the same.
      saving = saving.catch(() => undefined).then(saveAll);
      return saving;
    },
  };
};
/** Others write while we send: who cancels the rest, or looks at another delivery. */
const mostAttempts = 5;

export const due = "post.deliver";
export const handler = onDue(due, posts, deliverWith(networks));
