import { AsyncLocalStorage } from "node:async_hooks";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Context, SQSEvent } from "aws-lambda";
import * as z from "zod";
import { type Connected, connect } from "../../functions/channels/channel.ts";
import { type Connector, connector, noTime, type Publication } from "../../functions/channels/connector.ts";
import type { Idempotency, Network } from "../../functions/channels/network.ts";
import { networks } from "../../functions/channels/networks.ts";
import { channels } from "../../functions/channels/table.ts";
import { Trouble } from "../../functions/channels/trouble.ts";
import { onDue } from "../../functions/platform/background.ts";
import { type Clock, hours, instant, minutes, replaceClock, seconds } from "../../functions/platform/clock.ts";
import { put, save } from "../../functions/platform/table.ts";
import { deliverWith, due } from "../../functions/posts/deliver.ts";
import type { Delivery } from "../../functions/posts/delivery.ts";
import { Post, takeBack, write } from "../../functions/posts/post.ts";
import { findPost, posts } from "../../functions/posts/table.ts";
import { workspaces } from "../../functions/workspaces/table.ts";
import { memoryTable } from "./memory-table.ts";

// The shipped code of sending on a simulated machine: one thread, one clock that jumps from event to event, a table in memory,
// networks of each class. What goes wrong is decided by a seed, so a run that finds something can be run again. Who uses it
// takes the place of `Operation.send`, of timers and of randomness (simulation.test.ts).

/** Mulberry32. */
export const randomOf = (seed: number) => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (n: number): number => Math.floor(next() * n),
    happens: (chance: number): boolean => next() < chance,
  };
};

/** How often of a hundred, each. */
export const allFaults = {
  /** The process ends at an await. */
  crash: 0.4,
  /** It stops at an await for up to ten minutes, and goes on. */
  freeze: 0.2,
  /** A write is applied and its answer is lost, even to AWS's client that asks again. */
  lostWrite: 0.4,
  /** It was not applied, and nobody says so. */
  failedWrite: 0.4,
  wakeTwice: 10,
  /** A wake-up is lost; what is overdue is sent again. */
  wakeLost: 3,
  /** A wake-up comes up to a minute late, after others. */
  wakeLate: 5,
  /** The whole machine stands still for up to five minutes. */
  jump: 0.05,
  // What a network does with a send.
  refused: 1,
  unreachable: 3,
  busy: 3,
  brokenBefore: 3,
  brokenAfter: 3,
  lostAnswer: 3,
  silentAfter: 2,
  silentBefore: 2,
  /** Applied up to 115 s after the send deadline. */
  late: 2,
  /** A look at it fails. */
  blind: 5,
};
export type Faults = typeof allFaults;
export const noFaults: Faults = Object.assign(
  { ...allFaults },
  Object.fromEntries(Object.keys(allFaults).map((name) => [name, 0])),
);

type Process = { isDead: boolean; frozenUntil: number; endsMs: number };
type Public = { key: string; id: string; at: number };

const startsAt = Date.parse("2026-06-01T10:00:00.000Z");
const invocationMs = seconds(20);
const workspaceId = "ws_01jd0000000000000000000000";
const kinds = ["A", "B", "C"] as const;
const channelOf = (kind: Idempotency): string => `ch_01jd000000000000000000000${kind.toLowerCase()}`;

/** How much a network takes of each account: `most` in each stretch of `perMs`. It says so with every answer, as real ones do. */
export type Rate = { most: number; perMs: number };

/** SQS and Lambda as AWS documents them: batches of ten, five invocations side by side at first, and 300 more each minute. */
const batchSize = 10;
const invocationsAtFirst = 5;
const moreEachMinute = 300;

/**
 * `crashAt`: the process that comes to this await, counted over all, ends there. `forgets`: class A does not keep our keys.
 * `rates`: an account of class A for each, beside the three channels that there are always.
 */
export const simulator = (options: {
  seed: number;
  faults: Faults;
  crashAt?: number;
  forgets?: boolean;
  rates?: readonly Rate[];
}) => {
  const random = randomOf(options.seed);
  const { faults, crashAt } = options;
  const happens = (chance: number): boolean => random.happens(chance / 100);
  const processes = new AsyncLocalStorage<Process>();
  const violations: string[] = [];
  const counts = { sends: 0, invocations: 0, crashes: 0, frozen: 0, late: 0, tooMany: 0 };

  // ── Time ──
  let nowMs = startsAt;
  let order = 0;
  let steps = 0;
  type Event = { at: number; order: number; run: () => void };
  const heap: Event[] = [];
  const before = (a: Event, b: Event) => a.at - b.at || a.order - b.order;
  const push = (event: Event): void => {
    heap.push(event);
    for (let i = heap.length - 1; i > 0; ) {
      const up = (i - 1) >> 1;
      if (before(heap[up]!, heap[i]!) <= 0) break;
      [heap[up], heap[i]] = [heap[i]!, heap[up]!];
      i = up;
    }
  };
  const pop = (): Event | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    heap[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < heap.length && before(heap[left]!, heap[least]!) < 0) least = left;
      if (right < heap.length && before(heap[right]!, heap[least]!) < 0) least = right;
      if (least === i) return top;
      [heap[i], heap[least]] = [heap[least]!, heap[i]!];
      i = least;
    }
  };
  const after = (ms: number, run: () => void): void => push({ at: nowMs + ms, order: order++, run });
  /** An await at which a process may end or stop: `ms` later it goes on, if it still lives. */
  const step = (ms: number, isPoint = true): Promise<void> => {
    const process = processes.getStore();
    if (process && isPoint) {
      steps += 1;
      if (steps === crashAt || happens(faults.crash)) {
        process.isDead = true;
        counts.crashes += 1;
      } else if (happens(faults.freeze)) {
        process.frozenUntil = nowMs + random.below(minutes(10));
        counts.frozen += 1;
      }
    }
    return new Promise((resolve) => {
      const go = (): void => {
        if (process?.isDead) return;
        if (process && process.frozenUntil > nowMs) after(process.frozenUntil - nowMs, go);
        else resolve();
      };
      after(ms, go);
    });
  };
  const clock: Clock = {
    now: () => nowMs,
    until: async (atMs) => {
      if (atMs > nowMs) await step(atMs - nowMs, false);
    },
  };
  /** Takes the place of AbortSignal.timeout. */
  const timeout = (ms: number): AbortSignal => {
    const controller = new AbortController();
    after(ms, () => controller.abort(new DOMException("It timed out.", "TimeoutError")));
    return controller.signal;
  };

  // ── The table, and what is woken by it ──
  const table = memoryTable((was, is) => {
    const [dueBefore, dueNow] = [was?.dueAt?.S, is?.dueAt?.S];
    if (is?.dueKind?.S !== due || dueNow === undefined || dueNow === dueBefore) return;
    const message = { pk: is.pk!.S!, sk: is.sk!.S!, dueAt: dueNow, dueKind: due };
    const early = Math.max(0, Date.parse(dueNow) - nowMs - random.below(900));
    if (!happens(faults.wakeLost))
      after(early + (happens(faults.wakeLate) ? random.below(60_000) : 5), () => wakeUp(message));
    if (happens(faults.wakeTwice)) after(early + random.below(3_000), () => wakeUp(message));
    overdue(message, minutes(1));
  });
  type Message = { pk: string; sk: string; dueAt: string; dueKind: string };
  /** What is overdue is sent again at 1, 2, 4, 8 … minutes. */
  const overdue = (message: Message, ms: number): void =>
    after(Math.max(0, Date.parse(message.dueAt) + ms - nowMs), () => {
      if (table.read({ pk: { S: message.pk }, sk: { S: message.sk } })?.dueAt?.S !== message.dueAt) return;
      wakeUp(message);
      overdue(message, ms * 2);
    });

  /** Takes the place of Operation.send. */
  const operation = async (target: string, input: object): Promise<object> => {
    // Faults are of the functions, not of who sets the scene.
    const isWrite = !/GetItem|Query/.test(target) && processes.getStore() !== undefined;
    // Answers about the workspace itself are shared by all processes (they are cached), which a crash must not take along.
    const isShared = JSON.stringify(input).includes('"REMOVAL"');
    if (isShared) return table.ask(target, input);
    await step(1 + random.below(4));
    if (isWrite && happens(faults.failedWrite)) throw new Error("The connection broke off.");
    const answer = table.ask(target, input);
    await step(1 + random.below(4));
    if (isWrite && happens(faults.lostWrite)) throw new Error("The connection broke off.");
    return answer;
  };

  // ── The networks ──
  const stands = new Map<string, Public[]>();
  const apply = (kind: Idempotency, key: string): Public => {
    const there = stands.get(key) ?? [];
    const [first] = there;
    if (first && kind === "A" && !options.forgets) return first;
    const one = { key, id: `${kind}${key}.${there.length}`, at: nowMs };
    stands.set(key, [...there, one]);
    return one;
  };

  /** What each account took, by stretch of time. */
  const taken = new Map<string, Map<number, number>>();
  const limited = (options.rates ?? []).map((rate, i) => ({
    rate,
    channelId: `ch_01jd0000000000000000${String(i).padStart(6, "0")}`,
  }));
  const rateOf = new Map(limited.map(({ rate, channelId }) => [channelId, rate]));
  const allowanceOf = (channelId: string) => {
    const rate = rateOf.get(channelId);
    if (!rate) return undefined;
    const { most, perMs } = rate;
    const used = taken.get(channelId) ?? new Map<number, number>();
    taken.set(channelId, used);
    const stretch = Math.floor(nowMs / perMs);
    const left = (): number => most - (used.get(stretch) ?? 0);
    return {
      left,
      take: () => void used.set(stretch, most - left() + 1),
      told: () => ({ remaining: left(), resetAt: instant((stretch + 1) * perMs) }),
    };
  };

  const stored = (postId: string) => {
    const item = table.read(Object.fromEntries(Object.entries(keyOf(postId)).map(([name, S]) => [name, { S }])));
    return item ? Post.parse(unmarshall(item)) : undefined;
  };
  const keyOf = (postId: string) => ({ pk: `WS#${workspaceId}#POST#${postId}`, sk: "POST" });

  /** Nothing is written to a socket unless the delivery durably says that it is being sent, and its deadline is ahead. */
  const mayBeWritten = ({ postId, key }: Publication, isAllowed: boolean): void => {
    counts.sends += 1;
    if (!isAllowed) violations.push(`${key} was written though it might not be`);
    const post = stored(postId);
    const delivery = post?.status === "planned" ? post.deliveries.find((one) => one.key === key) : undefined;
    if (delivery?.state !== "sending") violations.push(`${key} was written while it was ${delivery?.state}`);
    else if (Date.parse(delivery.sendBy) <= nowMs) violations.push(`${key} was written after its deadline`);
  };

  const networkOf = (kind: Idempotency): Network => ({
    ...networks.feed!,
    profile: { ...networks.feed!.profile, name: `sim-${kind}`, title: `Class ${kind}`, idempotency: kind },
    settings: z.object({}),
    secrets: z.object({}),
  });

  const simulated = (kind: Idempotency): Connector =>
    connector(networkOf(kind), {
      test: async () => ({ id: kind, handle: kind }),
      publish: async (to, publication, guard) => {
        const { key } = publication;
        await step(1 + random.below(20));
        if (!guard.mayWrite()) return noTime;
        const draw = random.next() * 100;
        let from = 0;
        const is = (fault: keyof Faults): boolean => {
          from += faults[fault];
          return draw >= from - faults[fault] && draw < from;
        };
        if (is("unreachable")) return { outcome: "not-sent", detail: "Nobody listens." };
        mayBeWritten(publication, guard.mayWrite());
        const allowance = allowanceOf(to.channelId);
        if (allowance?.left() === 0) {
          counts.tooMany += 1;
          const { resetAt } = allowance.told();
          guard.learn({ remaining: 0, resetAt });
          const retryAfterSeconds = Math.ceil((Date.parse(resetAt) - nowMs) / 1000);
          throw new Trouble("network_busy", `Class ${kind}`, { retryAfterSeconds });
        }
        allowance?.take();
        if (is("refused")) return { outcome: "refused", code: "no", detail: "No." };
        if (is("busy")) return { outcome: "not-sent", detail: "Too many.", retryAfterSeconds: 1 + random.below(60) };
        if (is("brokenBefore")) throw new Error("500");
        if (is("silentBefore")) return new Promise(() => undefined);
        if (is("late")) {
          counts.late += 1;
          after(guard.endsMs - nowMs + random.below(seconds(115)), () => apply(kind, key));
          return new Promise(() => undefined);
        }
        // From here on it is the network's: whatever becomes of who sent it, it arrives.
        const one = await new Promise<Public>((resolve) =>
          after(1 + random.below(30), () => resolve(apply(kind, key))),
        );
        if (is("brokenAfter")) throw new Error("500");
        if (is("silentAfter")) return new Promise(() => undefined);
        await step(1 + random.below(50));
        if (is("lostAnswer")) throw new Error("ECONNRESET");
        if (allowance) guard.learn(allowance.told());
        return { outcome: "sent", externalId: one.id };
      },
      find: async (_to, { key }, { isTaken }) => {
        await step(1 + random.below(50));
        if (happens(faults.blind)) throw new Error("503");
        if (kind === "C") return { finding: "cannot-tell" };
        const one = stands.get(key)?.[0];
        if (!one || (await isTaken(one.id))) return { finding: "absent" };
        return { finding: "found", externalId: one.id };
      },
      retract: async (_to, { key }) => {
        await step(1 + random.below(50));
        stands.set(key, []);
      },
    });

  const connectors = Object.fromEntries(kinds.map((kind) => [`sim-${kind}`, simulated(kind)]));
  const handler = onDue(due, posts, deliverWith(connectors));

  // ── Invocations ──
  let invocations = 0;
  let running = 0;
  type Waiting = { message: Message; tries: number };
  const queue: Waiting[] = [];
  /** As many as Lambda has by now; each takes the next ten of the queue. Without rates each message has its own at once. */
  const pump = (): void => {
    const places = invocationsAtFirst + Math.floor(((nowMs - startsAt) / minutes(1)) * moreEachMinute);
    while (queue.length > 0 && running < places) {
      running += 1;
      const batch = queue.splice(0, batchSize);
      let left = batch.length;
      for (const { message, tries } of batch)
        void invoke(message, tries).then(() => {
          left -= 1;
          if (left > 0) return;
          running -= 1;
          pump();
        });
    }
    // Places come with time.
    if (queue.length > 0) after(200, pump);
  };
  const wakeUp = (message: Message, tries = 1): void => {
    if (!options.rates) return void invoke(message, tries);
    queue.push({ message, tries });
    pump();
  };
  const invoke = async (message: Message, tries: number): Promise<void> => {
    const process: Process = { isDead: false, frozenUntil: 0, endsMs: nowMs + invocationMs };
    counts.invocations += 1;
    const awsRequestId = `r${++invocations}`;
    const record = { messageId: `m${invocations}`, body: JSON.stringify(message) };
    const context = {
      functionName: "deliver",
      awsRequestId,
      getRemainingTimeInMillis: () => process.endsMs - nowMs,
    } as unknown as Context;
    // Killed at its end, but where it is frozen: then it may be thawed long after.
    after(invocationMs, () => {
      if (process.frozenUntil <= nowMs) process.isDead = true;
    });
    await processes.run(process, async () => {
      const { batchItemFailures } = await handler({ Records: [record] } as unknown as SQSEvent, context);
      // A queue delivers again what failed, after its visibility timeout.
      if (batchItemFailures.length > 0 && tries < 5) after(minutes(2), () => wakeUp(message, tries + 1));
    });
  };

  const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  /** Goes on until nothing is left to happen, or it is `untilMs`. */
  const run = async (untilMs: number): Promise<void> => {
    await drained();
    for (let next = heap[0]; next && next.at <= untilMs; next = heap[0]) {
      pop();
      nowMs = Math.max(nowMs, next.at);
      if (happens(faults.jump / 100)) nowMs += random.below(minutes(5));
      next.run();
      await drained();
    }
    nowMs = Math.max(nowMs, untilMs);
  };

  const by = () => ({ now: instant(nowMs), actor: "system:test", cause: "test" });
  const ready = async (): Promise<void> => {
    replaceClock(clock);
    const channelNamed = (id: string, kind: Idempotency): Connected => {
      const shared = { workspaceId, network: `sim-${kind}`, name: kind, handle: kind, settings: {}, secretNames: [] };
      return connect({ ...shared, id, connectedAt: instant(nowMs) })[0];
    };
    const made = [
      ...kinds.map((kind) => channelNamed(channelOf(kind), kind)),
      ...limited.map(({ channelId }) => channelNamed(channelId, "A")),
    ];
    const workspace = { workspaceId, name: "Zon", createdAt: instant(nowMs) };
    const saving = Promise.all([
      ...made.map((channel) => save([put(channels, channel)], by())),
      save([put(workspaces, workspace)], by()),
    ]);
    await run(nowMs + seconds(1));
    await saving;
  };

  /** Plans so many posts on channels of these classes, or on the limited accounts in turn, due within `spreadMs`. Gives their ids. */
  const plan = async (
    many: number,
    classes: readonly Idempotency[] | "in turn",
    spreadMs: number,
  ): Promise<string[]> => {
    const ids: string[] = [];
    const from = nowMs + seconds(60);
    for (let i = 0; i < many; i++) {
      const postId = `post_${String(i).padStart(26, "0")}`;
      const at = instant(from + random.below(spreadMs));
      const inTurn = limited[i % limited.length]?.channelId ?? "";
      const channels = classes === "in turn" ? [inTurn] : classes.map(channelOf);
      const content = { text: `Brood ${i}`, channels, when: { at }, maxLatenessMinutes: 60 };
      const [post] = write(workspaceId, postId, content);
      void save([put(posts, post)], by());
      ids.push(postId);
    }
    return ids;
  };

  /** Somebody takes a post back. */
  const takeBackNow = async (postId: string): Promise<void> => {
    const asking = (async () => {
      const post = await findPost(workspaceId, postId, instant(nowMs));
      if (!post) throw new Error("There is no such post.");
      const [next, events] = takeBack(post, undefined, () => true, instant(nowMs));
      await save([put(posts, next, events)], by());
    })();
    await run(nowMs + seconds(1));
    await asking;
  };

  /** How a delivery ended, held against what stands in public. Gives what is wrong with it. */
  const judge = (delivery: Delivery, kind: Idempotency): string | undefined => {
    const there = stands.get(delivery.key)?.length ?? 0;
    const wrong = (what: string) => `class ${kind}: ${delivery.key} is ${delivery.state} and ${what}`;
    if (there > 1) return wrong(`stands there ${there} times`);
    switch (delivery.state) {
      case "published":
        if (there !== 1) return wrong("does not stand there");
        return delivery.externalId === stands.get(delivery.key)?.[0]?.id ? undefined : wrong("has another's id");
      case "rejected":
      case "expired":
      case "retracted":
        return there === 0 ? undefined : wrong("stands there");
      case "needs_human":
        return kind === "A" ? wrong("could have been settled") : undefined;
      default:
        return wrong("is not done");
    }
  };

  return {
    ready,
    plan,
    run,
    takeBack: takeBackNow,
    operation,
    timeout,
    /** A pause in the code under test: of node:timers/promises. */
    pause: (ms: number): Promise<void> => step(ms),
    random,
    now: () => nowMs,
    steps: () => steps,
    counts,
    stored,
    /** The most that an account took of what its rate allows in a stretch of time, from 0 to 1. */
    fullest: (): number =>
      Math.max(
        ...limited.map(({ channelId, rate }) => Math.max(0, ...(taken.get(channelId)?.values() ?? [])) / rate.most),
      ),
    /** What is wrong, after all is done. */
    verdict: (ids: readonly string[]) => {
      const states: Record<string, number> = {};
      for (const id of ids) {
        const post = stored(id);
        if (post?.status !== "planned") {
          violations.push(`${id} is lost`);
          continue;
        }
        for (const delivery of post.deliveries) {
          const kind = rateOf.has(delivery.channelId)
            ? "A"
            : (kinds.find((one) => channelOf(one) === delivery.channelId) ?? "C");
          const name = `${kind} ${delivery.state}`;
          states[name] = (states[name] ?? 0) + 1;
          const wrong = judge(delivery, kind);
          if (wrong) violations.push(wrong);
        }
      }
      return { violations, states };
    },
  };
};
export type Simulator = ReturnType<typeof simulator>;
export const longEnough = hours(4);
