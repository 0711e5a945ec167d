import { expect, test } from "vitest";
import { instant, later, minutes, seconds } from "../../functions/platform/clock.ts";
import {
  claim,
  conclude,
  type Delivery,
  follow,
  isUnsent,
  reconcile,
  schedule,
  settledAt,
  wakeAtOf,
} from "../../functions/posts/delivery.ts";

// Every way that one delivery can go where a network keeps no key of ours (class B): two workers that may die at any moment,
// requests that are lost, or applied late, or applied with their answer lost. The steps are the shipped decisions. None of it
// makes two posts; and each of three weakened machines makes them, so the check would find it.

type Machine = {
  /** What a lost send becomes. */
  lost: (delivery: Delivery, now: string) => Delivery;
  /** What a look makes of it. */
  looked: (delivery: Delivery, finding: "found" | "absent", now: string) => Delivery;
  /** How long an invocation really lives, while its lease says 20 s. */
  livesMs: number;
};

const leaseMs = seconds(20);
const settling = { idempotency: "B", whenUnknown: "never-duplicate", deadline: instant(minutes(60)) } as const;
const shipped: Machine = {
  lost: (delivery) => delivery,
  looked: (delivery, finding, now) => {
    if (delivery.state !== "unknown") return delivery;
    return reconcile(
      delivery,
      delivery,
      finding === "found" ? { finding, externalId: "x" } : { finding },
      now,
      settling,
    );
  },
  livesMs: leaseMs,
};
const readyNow = (delivery: Delivery, now: string): Delivery => {
  const { channelId, at, key, epoch } = delivery;
  return { state: "ready", channelId, at, key, epoch, wakeAt: now, reason: "" };
};

/** A process: of which epoch, until when it may write, and whether it has. */
type Worker = { epoch: number; writesUntilMs: number; hasWritten: boolean };
/** A request on its way, which the network applies by then or not at all. */
type Request = { appliesByMs: number };
type State = { nowMs: number; delivery: Delivery; workers: Worker[]; requests: Request[]; there: number };

const mostEpochs = 3;

/** Everything that can happen next. */
const nexts = (state: State, machine: Machine): State[] => {
  const { nowMs, delivery, workers, requests, there } = state;
  const now = instant(nowMs);
  const out: State[] = [];
  const dueNow = (wakeAtOf(delivery) ?? "9") <= now;
  const without = <T>(all: T[], i: number): T[] => all.filter((_, at) => at !== i);

  if (dueNow && isUnsent(delivery) && workers.length < 2 && delivery.epoch < mostEpochs) {
    const claimed = claim(delivery, { attempt: `${delivery.epoch}`, endsMs: nowMs + leaseMs, payloadHash: "h" });
    // What a process knows of its deadline: what it wrote, or for one that outlives its lease, its own end.
    const writesUntilMs = machine.livesMs === leaseMs ? Date.parse(claimed.sendBy) : nowMs + machine.livesMs;
    out.push({
      ...state,
      delivery: claimed,
      workers: [...workers, { epoch: claimed.epoch, writesUntilMs, hasWritten: false }],
    });
  }
  if (delivery.state === "sending") {
    const followed = follow(delivery, now);
    if (followed !== delivery) out.push({ ...state, delivery: machine.lost(followed, now) });
  }
  if (dueNow && delivery.state === "unknown")
    out.push({ ...state, delivery: machine.looked(delivery, there > 0 ? "found" : "absent", now) });
  workers.forEach((worker, i) => {
    const rest = without(workers, i);
    const concluded = (outcome: Parameters<typeof conclude>[2]): Delivery => {
      const next = conclude(delivery, worker.epoch, outcome, { now, maxLatenessMinutes: 60 });
      return next.state === "unknown" && delivery.state === "sending" ? machine.lost(next, now) : next;
    };
    // It dies.
    out.push({ ...state, workers: rest });
    if (!worker.hasWritten && nowMs < worker.writesUntilMs) {
      const written = workers.map((one) => (one === worker ? { ...worker, hasWritten: true } : one));
      out.push({
        ...state,
        workers: written,
        requests: [...requests, { appliesByMs: Math.max(worker.writesUntilMs, nowMs) + seconds(120) }],
      });
      // Nobody listened.
      out.push({ ...state, workers: rest, delivery: concluded({ outcome: "not-sent", detail: "" }) });
    }
    if (worker.hasWritten) {
      out.push({ ...state, workers: rest, delivery: concluded({ outcome: "unknown" }) });
      if (there > 0) out.push({ ...state, workers: rest, delivery: concluded({ outcome: "sent", externalId: "x" }) });
    }
  });
  requests.forEach((_, i) => {
    out.push({ ...state, requests: without(requests, i), there: there + 1 });
    out.push({ ...state, requests: without(requests, i) });
  });
  // Time goes on to the next moment at which anything changes; no request is applied later than it may be.
  const moments = [
    wakeAtOf(delivery),
    "sendBy" in delivery ? later(delivery.sendBy, seconds(8)) : undefined,
    "sendBy" in delivery ? settledAt(delivery) : undefined,
  ]
    .filter((at) => at !== undefined)
    .map((at) => Date.parse(at))
    .concat(workers.map(({ writesUntilMs }) => writesUntilMs))
    .filter((at) => at > nowMs);
  const bound = Math.min(...requests.map(({ appliesByMs }) => appliesByMs));
  const next = Math.min(...moments);
  if (Number.isFinite(next) && next <= bound) out.push({ ...state, nowMs: next });
  return out;
};

/** Follows all ways. Gives how many states there are, and the first with two posts. */
const explore = (machine: Machine): { states: number; duplicate: State | undefined } => {
  const first = { nowMs: 0, delivery: schedule("post_1", 1, "ch_1", instant(0)), workers: [], requests: [], there: 0 };
  const seen = new Set<string>([JSON.stringify(first)]);
  const open: State[] = [first];
  for (let state = open.pop(); state; state = open.pop()) {
    if (state.there > 1) return { states: seen.size, duplicate: state };
    for (const next of nexts(state, machine)) {
      const name = JSON.stringify(next);
      if (seen.has(name)) continue;
      seen.add(name);
      open.push(next);
    }
  }
  return { states: seen.size, duplicate: undefined };
};

test("no way leads to two posts", () => {
  const { states, duplicate } = explore(shipped);
  expect(duplicate).toBeUndefined();
  expect(states).toBeGreaterThan(1_000);
  process.stderr.write(`${states} states\n`);
});

test.each<[string, Machine]>([
  [
    "without an unknown outcome, what is lost being sent again",
    { ...shipped, lost: (delivery, now) => (delivery.state === "unknown" ? readyNow(delivery, now) : delivery) },
  ],
  [
    "without waiting until what is under way has arrived",
    {
      ...shipped,
      looked: (delivery, finding, now) =>
        delivery.state === "unknown" && finding === "absent"
          ? readyNow(delivery, now)
          : shipped.looked(delivery, finding, now),
    },
  ],
  ["with a lease that is shorter than the invocation", { ...shipped, livesMs: minutes(5) }],
])("a machine %s makes two, and is caught", (_, machine) => {
  expect(explore(machine).duplicate?.there).toBe(2);
});
