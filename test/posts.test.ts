import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { ChannelView } from "../functions/channels/channel.ts";
import type { Connector } from "../functions/channels/connector.ts";
import { feed } from "../functions/channels/connectors/feed.ts";
import { catalogue } from "../functions/events/posts.ts";
import { later, milliseconds, minutes, seconds } from "../functions/platform/clock.ts";
import { refuse } from "../functions/platform/errors.ts";
import { put, save } from "../functions/platform/table.ts";
import { deliverWith, handler } from "../functions/posts/deliver.ts";
import {
  claim,
  conclude,
  type Delivery,
  follow,
  isUnsent,
  leaseUntil,
  reconcile,
  retry,
  schedule,
  settle,
  settledAt,
} from "../functions/posts/delivery.ts";
import { type Planned, stateOf, stop, wake, wakeAt, write } from "../functions/posts/post.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { findPost, posts } from "../functions/posts/table.ts";
import { whenOf } from "../functions/posts/when.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

const now = "2026-06-01T10:00:00.000Z";
const endsMs = Date.parse(now) + seconds(20);
const sendBy = later(now, seconds(17));
const sent = { outcome: "sent", externalId: "x1", url: "https://example.org/1" } as const;
const terms = { now, maxLatenessMinutes: 60 };
/** How a network that is looked at settles it. */
const byLooking = { idempotency: "B", whenUnknown: "never-duplicate", deadline: later(now, minutes(60)) } as const;

/** A delivery in the state that is asked for; throws where it is in another. */
const as = <S extends Delivery["state"]>(delivery: Delivery | undefined, state: S): Extract<Delivery, { state: S }> => {
  if (delivery?.state !== state) throw new Error(`It is ${delivery?.state}, not ${state}.`);
  return delivery as Extract<Delivery, { state: S }>;
};
const scheduled = as(schedule("post_1", 1, "ch_1", now), "scheduled");
const owner = { attempt: "a", endsMs, payloadHash: "hash" };
const sending = claim(scheduled, owner);
const unknown = as(conclude(sending, 1, { outcome: "unknown" }, terms), "unknown");

describe("one delivery", () => {
  test("a claim counts the epoch, freezes what is sent, and leaves the due time alone", () => {
    expect(sending).toMatchObject({ epoch: 1, claimedBy: "a", payloadHash: "hash", wakeAt: now, sendBy });
    expect(() =>
      claim(as(conclude(sending, 1, { outcome: "not-sent", detail: "" }, terms), "ready"), {
        ...owner,
        payloadHash: "other",
      }),
    ).toThrow("changed");
  });

  test("the lease outlives the owner's hard kill by five seconds, and the send deadline lies before it", () => {
    expect(Date.parse(leaseUntil(sending))).toBe(endsMs + seconds(5));
    expect(Date.parse(sending.sendBy)).toBeLessThan(endsMs);
    expect(follow(sending, later(now, seconds(24.999)))).toBe(sending);
    expect(follow(sending, leaseUntil(sending)).state).toBe("unknown");
  });

  test("an owner's outcome counts for its own epoch only", () => {
    for (const outcome of [sent, { outcome: "refused", code: "c", detail: "" }, { outcome: "unknown" }] as const)
      expect(conclude(sending, 2, outcome, terms)).toBe(sending);
    expect(conclude(sending, 1, sent, terms)).toMatchObject({ state: "published", externalId: "x1", publishedAt: now });
    expect(conclude(sending, 1, { outcome: "refused", code: "c", detail: "d" }, terms)).toMatchObject({
      state: "rejected",
      code: "c",
    });
  });

  test("what is sent keeps its first external id", () => {
    const published = conclude(sending, 1, sent, terms);
    expect(conclude(published, 1, { ...sent, externalId: "x2" }, terms)).toBe(published);
  });

  test("that it was sent is the truth, also when the owner says so after others gave it up", () => {
    const cases: Delivery[] = [unknown, as(settle(unknown, "not-sent", later(now, minutes(5))), "ready")];
    for (const delivery of cases) expect(conclude(delivery, 1, sent, terms).state).toBe("published");
  });

  test("it goes back to ready only when it was certainly not sent, after a pause that grows", () => {
    const first = as(conclude(sending, 1, { outcome: "not-sent", detail: "refused" }, terms), "ready");
    expect(first.wakeAt).toBe(later(now, seconds(15)));
    const second = as(conclude(claim(first, owner), 2, { outcome: "not-sent", detail: "refused" }, terms), "ready");
    expect(second.wakeAt).toBe(later(now, seconds(30)));
    const told = as(
      conclude(sending, 1, { outcome: "not-sent", detail: "429", retryAfterSeconds: 90 }, terms),
      "ready",
    );
    expect(told.wakeAt).toBe(later(now, seconds(90)));
    expect(conclude(unknown, 1, { outcome: "not-sent", detail: "" }, terms)).toBe(unknown);
  });

  test("a pause that is longer than it may be late ends when it is too late, and then it shows", () => {
    const waits = as(
      conclude(sending, 1, { outcome: "not-sent", detail: "429", retryAfterSeconds: 86_400 }, terms),
      "ready",
    );
    expect(waits.wakeAt).toBe(later(now, minutes(60)));
  });

  test("absence is proven by two looks 30 seconds apart, both 120 seconds after the send deadline", () => {
    const absent = { finding: "absent" } as const;
    const look = (delivery: Delivery, at: string) => {
      const looked = as(delivery, "unknown");
      return reconcile(delivery, looked, absent, at, byLooking);
    };
    const early = look(unknown, later(sendBy, seconds(119)));
    expect(early).toMatchObject({ state: "unknown", wakeAt: later(sendBy, seconds(120)) });
    expect(early).not.toHaveProperty("absentAt");
    const once = look(early, settledAt(unknown));
    expect(once).toMatchObject({ state: "unknown", wakeAt: later(sendBy, seconds(150)) });
    const hasty = look(once, later(sendBy, seconds(149)));
    expect(hasty).toMatchObject({ state: "unknown", wakeAt: later(sendBy, seconds(150)) });
    expect(look(hasty, later(sendBy, seconds(150)))).toMatchObject({
      state: "ready",
      wakeAt: later(sendBy, seconds(151)),
    });
  });

  test("a look that belongs to an earlier state says nothing", () => {
    const moved = { ...unknown, wakeAt: later(now, seconds(1)) };
    expect(reconcile(moved, unknown, { finding: "absent" }, later(now, minutes(5)), byLooking)).toBe(moved);
    expect(reconcile(sending, unknown, { finding: "absent" }, later(now, minutes(5)), byLooking)).toBe(sending);
  });

  test("what cannot be told is asked for a quarter of an hour, and then needs a human", () => {
    const cannot = { finding: "cannot-tell" } as const;
    expect(reconcile(unknown, unknown, cannot, later(sendBy, minutes(14)), byLooking)).toMatchObject({
      state: "unknown",
    });
    const stuck = as(reconcile(unknown, unknown, cannot, later(sendBy, minutes(15)), byLooking), "needs_human");
    expect(settle(stuck, "sent", now)).toMatchObject({ state: "published" });
    expect(settle(stuck, "not-sent", later(now, minutes(20)))).toMatchObject({ state: "ready", key: scheduled.key });
    expect(retry(stuck, "post_1", 2, later(now, minutes(20)))).toMatchObject({
      state: "scheduled",
      key: scheduled.key,
    });
  });

  test("nobody can say that it is absent while it may still appear", () => {
    expect(settle(unknown, "not-sent", later(sendBy, seconds(119)))).toBeUndefined();
    expect(settle(unknown, "not-sent", later(sendBy, seconds(120)))?.state).toBe("ready");
  });

  test("keys sort by planned time, and differ by post, channel and revision", () => {
    const key = (...of: Parameters<typeof schedule>) => schedule(...of).key;
    expect(key("post_1", 1, "ch_1", now)).toBe(scheduled.key);
    expect(key("post_2", 1, "ch_1", later(now, 1)) > scheduled.key).toBe(true);
    expect(
      new Set([
        key("post_1", 1, "ch_1", now),
        key("post_2", 1, "ch_1", now),
        key("post_1", 1, "ch_2", now),
        key("post_1", 2, "ch_1", now),
      ]).size,
    ).toBe(4);
  });
});

describe("one post", () => {
  const content = { text: "Brood!", channels: ["ch_1", "ch_2"], maxLatenessMinutes: 60 };
  const plan = (at = now): Planned => {
    const [post] = write("ws_1", "post_01jd0000000000000000000000", { ...content, when: { at } });
    if (post.status !== "planned") throw new Error("It is a draft.");
    return post;
  };
  const wakes = (post: Planned, at: string) =>
    wake(post, () => ({ attempt: "a", endsMs: Date.parse(at) + seconds(20), payloadHash: "h" }), at);

  test("its due time is the earliest of its deliveries'", () => {
    const [post] = wakes(plan(), now);
    expect(wakeAt(post)).toBe(now);
    const [first, second] = post.deliveries;
    const one = {
      ...post,
      deliveries: [conclude(first!, 1, sent, terms), conclude(second!, 1, { outcome: "not-sent", detail: "" }, terms)],
    };
    expect(wakeAt(one)).toBe(later(now, seconds(15)));
    expect(wakeAt({ ...one, deliveries: [one.deliveries[0]!] })).toBeUndefined();
  });

  test("later than it may be it expires on every channel, and says so", () => {
    const [post, events] = wakes(plan(), later(now, minutes(60)));
    expect(post.deliveries.map(({ state }) => state)).toEqual(["expired", "expired"]);
    expect(events.map(({ type }) => type)).toEqual(["delivery.expired", "delivery.expired"]);
    expect(wakes(plan(), later(now, minutes(59)))[0].deliveries.map(({ state }) => state)).toEqual([
      "sending",
      "sending",
    ]);
  });

  test("what is cancelled when one channel is out stays out there, and is cancelled on the rest", () => {
    const post = plan();
    const half = {
      ...post,
      deliveries: [conclude(claim(as(post.deliveries[0], "scheduled"), owner), 1, sent, terms), post.deliveries[1]!],
    };
    const [after, events] = stop(half);
    expect(after.deliveries.map(({ state }) => state)).toEqual(["published", "cancelled"]);
    expect(events).toEqual([
      { type: "post.cancelled", data: { postId: post.id, channels: ["ch_2"] } },
      { type: "post.published", data: { postId: post.id } },
    ]);
    expect(() => stop(after)).toThrow("nothing to cancel");
  });

  test("a cancel never reaches a delivery that is being sent", () => {
    const [post] = wakes(plan(), now);
    expect(post.deliveries.some(isUnsent)).toBe(false);
    expect(() => stop(post)).toThrow("being sent");
  });

  test("its state says how its deliveries fare", () => {
    const of = (...states: Delivery["state"][]) =>
      stateOf({ ...plan(), deliveries: states.map((state) => ({ ...scheduled, state }) as Delivery) });
    expect(of("scheduled", "scheduled")).toBe("scheduled");
    expect(of("published", "scheduled")).toBe("sending");
    expect(of("sending", "cancelled")).toBe("sending");
    expect(of("unknown")).toBe("sending");
    expect(of("published", "cancelled")).toBe("published");
    expect(of("cancelled")).toBe("cancelled");
    for (const bad of ["rejected", "expired", "needs_human"] as const) expect(of("published", bad)).toBe("attention");
  });

  test("each event's example fits its schema", () => {
    for (const { data, example } of Object.values(catalogue)) expect(data.parse(example)).toEqual(example);
  });
});

describe("the time that is chosen", () => {
  const winter = "2026-01-01T00:00:00.000Z";
  test.each([
    ["2026-03-29T01:59", "Europe/Amsterdam", "2026-03-29T00:59:00.000Z", "the last before the clocks go forward"],
    ["2026-03-29T02:30", "Europe/Amsterdam", "2026-03-29T01:00:00.000Z", "skipped: the first that exists, 03:00"],
    ["2026-03-29T03:00", "Europe/Amsterdam", "2026-03-29T01:00:00.000Z", "the first after it"],
    ["2026-10-25T02:30", "Europe/Amsterdam", "2026-10-25T00:30:00.000Z", "twice: the first, in summer time"],
    ["2026-10-25T03:00:30", "Europe/Amsterdam", "2026-10-25T02:00:30.000Z", "once again"],
    ["2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30:00.000Z", "half an hour skipped"],
    ["2026-06-01T12:00", "UTC", "2026-06-01T12:00:00.000Z", "no summer time"],
  ])("%s in %s is %s (%s)", async (wall, zone, at) => {
    expect(await whenOf({ local: { wall, zone } }, winter)).toEqual({ at, local: { wall, zone } });
  });

  test("an instant with an offset is the same instant in UTC", async () => {
    expect(await whenOf({ at: "2026-06-01T12:00:00+02:00" }, winter)).toEqual({ at: "2026-06-01T10:00:00.000Z" });
  });
});

describe("over HTTP", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ at: now });
  });
  afterAll(() => world.close());
  afterEach(() => {
    vi.restoreAllMocks();
    Object.assign(feed.network, { idempotencyOf: undefined });
  });
  /** As if our pages kept no key: what became of a send is only seen by looking. */
  const withoutKeys = () => Object.assign(feed.network, { idempotencyOf: () => "B" });

  const Problem = z.object({
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  });
  const Posts = z.object({ items: z.array(PostView), next: z.string().nullable() });
  const Feed = z.object({ items: z.array(z.object({ text: z.string(), url: z.string() })) });

  let handles = 0;
  const connect = async (workspace: Workspace): Promise<ChannelView> =>
    (await workspace.api("POST", "/v1/channels", { network: "feed", name: "Zon", handle: `zon-${++handles}` })).as(
      ChannelView,
    );
  type ChannelView = z.infer<typeof ChannelView>;

  const bakery = async () => {
    const workspace = await world.workspace();
    const channel = await connect(workspace);
    const inSeconds = (n: number) => later(world.now(), seconds(n));
    const read = async (id: string) => (await workspace.api("GET", `/v1/posts/${id}`)).as(PostView);
    return {
      ...workspace,
      channel,
      inSeconds,
      read,
      /** Schedules a text, by default in a second. */
      schedule: async (more: Record<string, unknown> = {}) =>
        (
          await workspace.api("POST", "/v1/posts", {
            text: "Vers brood",
            channels: [channel.id],
            at: inSeconds(1),
            allowDuplicate: true,
            ...more,
          })
        ).as(PostView),
      onFeed: async (of = channel) =>
        (await world.http("GET", `/@${of.handle}`, { headers: { accept: "application/json" } })).as(Feed).items,
      deliveryOf: async (id: string, channelId = channel.id) =>
        (await read(id)).deliveries.find((delivery) => delivery.channelId === channelId),
      eventsOf: (id: string) =>
        world
          .eventsOf(workspace.workspaceId)
          .filter(({ detail }) => detail.data.postId === id)
          .map(({ type }) => type),
    };
  };

  /** What time would wake the handler with, for one post. */
  const dueMessage = async (workspaceId: string, postId: string) => {
    const post = await findPost(workspaceId, postId, world.now());
    if (!post) throw new Error("There is no such post.");
    return { ...posts.key(post), dueAt: posts.due?.(post)?.at, dueKind: "post.deliver" };
  };
  const wakeNow = async (message: Awaited<ReturnType<typeof dueMessage>>, leftMs = 20_000) => {
    const record = { messageId: crypto.randomUUID(), body: JSON.stringify(message) };
    const event = { Records: [record] } as unknown as Parameters<typeof handler>[0];
    const context = {
      awsRequestId: crypto.randomUUID(),
      getRemainingTimeInMillis: () => leftMs,
    } as unknown as Parameters<typeof handler>[1];
    return handler(event, context);
  };
  /** The delivery is claimed, and then its owner is gone: what a crash leaves behind. */
  const claimAndDie = async (workspaceId: string, postId: string): Promise<Planned> => {
    const post = await findPost(workspaceId, postId, world.now());
    if (post?.status !== "planned") throw new Error("It is not planned.");
    const at = post.at;
    const dead = { attempt: "dead", endsMs: Date.parse(at) + seconds(20) };
    const [next] = wake(post, () => ({ ...dead, payloadHash: post.deliveries[0]?.payloadHash ?? "" }), at);
    const write = put(posts, {
      ...next,
      deliveries: next.deliveries.map(({ payloadHash: _, ...delivery }) => delivery as Delivery),
    });
    await save([write], { now: at, actor: "system:test", cause: "test" });
    return write.after;
  };
  const saying = (postId: string, key: string, text: string) => ({
    postId,
    key,
    at: now,
    text,
    media: [],
    thread: [],
    kept: {},
  });
  const guarded = (mayWrite: boolean) => ({
    signal: AbortSignal.timeout(60_000),
    endsMs: Date.parse(now) + 60_000,
    learn: () => undefined,
    mayWrite: () => mayWrite,
    keep: async () => undefined,
  });
  const connectionOf = ({ workspaceId }: Workspace, channel: ChannelView) => ({
    workspaceId,
    channelId: channel.id,
    handle: channel.handle,
    settings: {},
    secrets: {},
  });

  test("a post leaves at its time, once, and is an event at every step", async () => {
    const { schedule, read, onFeed, eventsOf } = await bakery();
    const post = await schedule();
    expect(post).toMatchObject({ state: "scheduled", version: 1, createdAt: world.now() });
    await world.advance("PT0.999S");
    expect((await read(post.id)).state).toBe("scheduled");
    await world.advance("PT0.001S");
    const after = await read(post.id);
    expect(after).toMatchObject({ state: "published", deliveries: [{ state: "published", publishedAt: post.at }] });
    expect((await onFeed()).map(({ text }) => text)).toEqual(["Vers brood"]);
    expect(after.deliveries[0]).toHaveProperty("url", (await onFeed())[0]?.url);
    expect(eventsOf(post.id)).toEqual(["post.scheduled", "delivery.published", "post.published"]);
    await world.advance("PT10M");
    expect(await read(post.id)).toEqual(after);
  });

  test("a post that is planned for days leaves at its time as well", async () => {
    const { schedule, deliveryOf } = await bakery();
    const at = later(world.now(), minutes(60 * 50));
    const { id } = await schedule({ at });
    await world.advance("PT50H");
    expect(await deliveryOf(id)).toMatchObject({ state: "published", publishedAt: at });
  });

  // With faults, writes are repeated.
  test.skipIf(process.env.FAULTS)(
    "a short post to one channel takes at most 8 write units from scheduled to published",
    async () => {
      const { schedule, read } = await bakery();
      for (const length of [100, 280]) {
        let id = "";
        const writes = await world.weigh(`a post of ${length} bytes`, async () => {
          ({ id } = await schedule({ text: "a".repeat(length) }));
          await world.advance("PT1S");
        });
        expect((await read(id)).state).toBe("published");
        const own = writes.filter(({ kind }) => kind === "post" || kind === "feed-item");
        expect(own.map(({ kind }) => kind)).toEqual(["post", "post", "feed-item", "post"]);
        expect(own.reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(8);
      }
    },
  );

  test("one post goes to several channels side by side", async () => {
    const of = await bakery();
    const second = await connect(of);
    const { id } = await of.schedule({ channels: [of.channel.id, second.id] });
    await world.advance("PT1S");
    expect((await of.read(id)).deliveries.map(({ state }) => state)).toEqual(["published", "published"]);
    expect(await of.onFeed()).toHaveLength(1);
    expect(await of.onFeed(second)).toHaveLength(1);
    expect(of.eventsOf(id).toSorted()).toEqual([
      "delivery.published",
      "delivery.published",
      "post.published",
      "post.scheduled",
    ]);
  });

  test("two wake-ups at once make one publication", async () => {
    const { schedule, onFeed, deliveryOf, workspaceId, eventsOf } = await bakery();
    const publish = vi.spyOn(feed, "publish");
    const { id } = await schedule();
    const message = await dueMessage(workspaceId, id);
    const both = Promise.all([wakeNow(message), wakeNow(message), wakeNow(message)]);
    await world.advance("PT1S");
    expect((await both).map(({ batchItemFailures }) => batchItemFailures)).toEqual([[], [], []]);
    expect(publish).toHaveBeenCalledTimes(1);
    expect(await deliveryOf(id)).toMatchObject({ state: "published" });
    expect(await onFeed()).toHaveLength(1);
    await world.settle();
    expect(eventsOf(id).filter((type) => type === "delivery.published")).toHaveLength(1);
  });

  test("nothing is sent when too little of the invocation is left", async () => {
    const { schedule, workspaceId } = await bakery();
    const publish = vi.spyOn(feed, "publish");
    const { id } = await schedule({ at: later(world.now(), minutes(30)) });
    const message = await dueMessage(workspaceId, id);
    await world.advance("PT29M59S");
    const short = wakeNow(message, 2_999);
    await world.advance("PT1S");
    // It asks to be woken again, unless the other that was woken was first: then nothing is left to do.
    expect((await short).batchItemFailures.length).toBeLessThanOrEqual(1);
    const calls = publish.mock.calls.map((of) => of[2]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.endsMs).toBeGreaterThan(milliseconds(world.now()) + 2_999);
  });

  test("a cancel at the due time wins or is refused, and never both happens", async () => {
    const { schedule, api, onFeed, deliveryOf } = await bakery();
    const races = await Promise.all(Array.from({ length: 5 }, () => schedule()));
    const cancels = races.map(async ({ id }) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      return (await api("POST", `/v1/posts/${id}/cancel`)).status;
    });
    await world.advance("PT1S");
    const statuses = await Promise.all(cancels);
    await world.settle();
    const outcomes = await Promise.all(races.map(async ({ id }) => (await deliveryOf(id))?.state));
    expect(outcomes).toEqual(statuses.map((status) => (status === 200 ? "cancelled" : "published")));
    expect(await onFeed()).toHaveLength(outcomes.filter((state) => state === "published").length);
  });

  test("an edit that comes after the claim is refused, and what was frozen is sent", async () => {
    const { schedule, api, onFeed } = await bakery();
    const original = feed.publish;
    const { id } = await schedule();
    const edits: unknown[] = [];
    vi.spyOn(feed, "publish").mockImplementationOnce(async (...sending) => {
      const path = `/v1/posts/${id}`;
      edits.push(
        (await api("PATCH", path, { text: "Oud brood" })).body,
        (await api("POST", `${path}/cancel`)).body,
        (await api("DELETE", path)).body,
      );
      return original(...sending);
    });
    await world.advance("PT1S");
    expect(edits.map((body) => Problem.parse(body).code)).toEqual([
      "post_not_changeable",
      "post_not_changeable",
      "post_not_changeable",
    ]);
    expect((await onFeed()).map(({ text }) => text)).toEqual(["Vers brood"]);
  });

  test("an edit before the claim is what is sent", async () => {
    const { schedule, api, onFeed, inSeconds, deliveryOf, eventsOf } = await bakery();
    const { id } = await schedule();
    const later = inSeconds(90);
    const changed = (await api("PATCH", `/v1/posts/${id}`, { text: "Warm brood", at: later })).as(PostView);
    expect(changed).toMatchObject({ version: 2, text: "Warm brood", at: later });
    await world.advance("PT89S");
    expect(await onFeed()).toEqual([]);
    await world.advance("PT1S");
    expect((await onFeed()).map(({ text }) => text)).toEqual(["Warm brood"]);
    expect(await deliveryOf(id)).toMatchObject({ state: "published", publishedAt: later });
    expect(eventsOf(id)).toEqual([
      "post.scheduled",
      "post.changed",
      "post.scheduled",
      "delivery.published",
      "post.published",
    ]);
  });

  test("an answer that is lost after the post was applied: it is found, and stands there once", async () => {
    const { schedule, onFeed, deliveryOf, eventsOf } = await bakery();
    const original = feed.publish;
    const publish = vi.spyOn(feed, "publish").mockImplementationOnce(async (...sending) => {
      await original(...sending);
      throw new Error("socket hang up");
    });
    const { id } = await schedule();
    await world.advance("PT1S");
    expect(await deliveryOf(id)).toMatchObject({ state: "unknown", detail: expect.stringContaining("looked up") });
    await world.advance("PT5S");
    expect(await deliveryOf(id)).toMatchObject({ state: "published" });
    expect(publish).toHaveBeenCalledTimes(1);
    expect(await onFeed()).toHaveLength(1);
    expect(eventsOf(id)).toEqual(["post.scheduled", "delivery.unknown", "delivery.published", "post.published"]);
  });

  test("an answer that is lost before the post was applied: where the network keeps no key it is sent again, but not before absence is proven", async () => {
    withoutKeys();
    const { schedule, onFeed, deliveryOf, eventsOf } = await bakery();
    const publish = vi.spyOn(feed, "publish").mockImplementationOnce(async () => {
      throw new Error("connection reset");
    });
    const find = vi.spyOn(feed, "find");
    const { id } = await schedule();
    await world.advance("PT6S");
    expect(find).toHaveBeenCalledTimes(1);
    // The send deadline is about 17 s after the claim; then 120 s and 30 s.
    await world.advance("PT135S");
    expect(find).toHaveBeenCalledTimes(2);
    expect([publish.mock.calls.length, await onFeed()]).toEqual([1, []]);
    await world.advance("PT31S");
    expect(await deliveryOf(id)).toMatchObject({ state: "published" });
    expect([publish.mock.calls.length, (await onFeed()).length]).toEqual([2, 1]);
    expect(publish.mock.calls[0]?.[1]).toEqual(publish.mock.calls[1]?.[1]);
    expect(eventsOf(id)).toEqual([
      "post.scheduled",
      "delivery.unknown",
      "delivery.postponed",
      "delivery.published",
      "post.published",
    ]);
  });

  test("an answer that is lost before the post was applied: under a key that the network keeps it is sent again at once", async () => {
    const { schedule, onFeed, deliveryOf, eventsOf } = await bakery();
    const publish = vi.spyOn(feed, "publish").mockImplementationOnce(async () => {
      throw new Error("connection reset");
    });
    const { id } = await schedule();
    await world.advance("PT10S");
    expect(await deliveryOf(id)).toMatchObject({ state: "published" });
    expect([publish.mock.calls.length, (await onFeed()).length]).toEqual([2, 1]);
    expect(publish.mock.calls[0]?.[1]).toEqual(publish.mock.calls[1]?.[1]);
    expect(eventsOf(id)).toEqual(["post.scheduled", "delivery.unknown", "delivery.published", "post.published"]);
  });

  test("a key that the network forgot while we waited for its leave is not sent under again: it is looked for", async () => {
    const { profile } = feed.network;
    Object.assign(feed.network, { profile: { ...profile, keyHeldMs: minutes(50) } });
    try {
      const { schedule, onFeed, deliveryOf } = await bakery();
      const real = feed.publish.bind(feed);
      const publish = vi
        .spyOn(feed, "publish")
        .mockImplementationOnce(async (...asked) => {
          await real(...asked);
          throw new Error("connection reset");
        })
        .mockImplementationOnce(async () => ({ outcome: "not-sent", detail: "Too many.", retryAfterSeconds: 3900 }));
      vi.spyOn(feed, "find").mockImplementationOnce(async () => ({ finding: "cannot-tell" }));
      const { id } = await schedule({ maxLatenessMinutes: 240 });
      await world.advance("PT1H");
      expect(await deliveryOf(id)).toMatchObject({ state: "unknown" });
      await world.advance("PT30M");
      expect(await deliveryOf(id)).toMatchObject({ state: "published" });
      expect([publish.mock.calls.length, (await onFeed()).length]).toEqual([2, 1]);
    } finally {
      Object.assign(feed.network, { profile });
    }
  });

  test("a crash after the claim and before the send: followed when the lease is over, and sent once", async () => {
    const { schedule, onFeed, deliveryOf, workspaceId } = await bakery();
    const { id } = await schedule();
    await claimAndDie(workspaceId, id);
    await world.advance("PT21S");
    expect(await deliveryOf(id)).toMatchObject({ state: "sending" });
    await world.advance("PT3M");
    expect(await deliveryOf(id)).toMatchObject({ state: "published" });
    expect(await onFeed()).toHaveLength(1);
  });

  test("a crash after the send and before it was saved: it is found there, and not sent again", async () => {
    const of = await bakery();
    const { id } = await of.schedule();
    const post = await claimAndDie(of.workspaceId, id);
    const { key } = post.deliveries[0]!;
    await feed.publish(connectionOf(of, of.channel), saying(id, key, post.text), guarded(true));
    const publish = vi.spyOn(feed, "publish");
    await world.advance("PT3M");
    expect(await of.deliveryOf(id)).toMatchObject({ state: "published", externalId: key });
    expect([publish.mock.calls.length, (await of.onFeed()).length]).toEqual([0, 1]);
  });

  test("a network that never answers is given up at the send deadline", async () => {
    withoutKeys();
    const { schedule, deliveryOf, workspaceId } = await bakery();
    let asked: AbortSignal | undefined;
    const silent: Connector = {
      ...feed,
      publish: (_to, _publication, { signal }) => {
        asked = signal;
        return new Promise(() => undefined);
      },
    };
    const { id } = await schedule();
    const state = await findPost(workspaceId, id, world.now());
    if (!state) throw new Error("There is no such post.");
    const by = { now: world.now(), actor: "system:test", cause: "test" };
    await deliverWith({ feed: silent })({
      state,
      now: later(world.now(), seconds(1)),
      actor: by.actor,
      attempt: "silent",
      // Three seconds are kept to save what became of it, so there are 50 ms to send.
      endsMs: Date.parse(world.now()) + 3_050,
      save: (changes) => save(changes, by),
    });
    expect(asked?.aborted).toBe(true);
    expect((await deliveryOf(id))?.state).toBe("unknown");
    vi.spyOn(feed, "find").mockImplementation(async () => ({ finding: "cannot-tell" }));
    await world.advance("PT16M");
    expect(await deliveryOf(id)).toMatchObject({ state: "needs_human", detail: expect.stringContaining("resolve") });
  });

  test("a frozen owner that is thawed after its time writes nothing", async () => {
    const of = await bakery();
    const outcome = await feed.publish(
      connectionOf(of, of.channel),
      saying("post_1", "0".repeat(26), "x"),
      guarded(false),
    );
    expect(outcome.outcome).toBe("not-sent");
    expect(await of.onFeed()).toEqual([]);
  });

  test("what was certainly not sent is sent after the pause that the network asks for", async () => {
    const { schedule, deliveryOf, inSeconds } = await bakery();
    vi.spyOn(feed, "publish").mockImplementationOnce(async () => ({
      outcome: "not-sent",
      detail: "Too many.",
      retryAfterSeconds: 40,
    }));
    const { id, at } = await schedule({ at: inSeconds(5) });
    await world.advance("PT5S");
    expect(await deliveryOf(id)).toMatchObject({ state: "ready", detail: "Too many.", nextAt: inSeconds(40) });
    await world.advance("PT39S");
    expect((await deliveryOf(id))?.state).toBe("ready");
    await world.advance("PT1S");
    expect(await deliveryOf(id)).toMatchObject({ state: "published", publishedAt: later(at ?? "", seconds(40)) });
  });

  test("a post that cannot leave in time expires, and can be sent again by hand", async () => {
    const { schedule, api, channel, deliveryOf, onFeed, eventsOf } = await bakery();
    vi.spyOn(feed, "publish").mockImplementation(async () => ({ outcome: "not-sent", detail: "Down." }));
    const { id } = await schedule({ maxLatenessMinutes: 5 });
    await world.advance("PT5M1S");
    expect(await deliveryOf(id)).toMatchObject({ state: "expired", detail: expect.stringContaining("retry") });
    expect(eventsOf(id).at(-1)).toBe("delivery.expired");
    vi.restoreAllMocks();
    await world.advance("PT1H");
    expect(await onFeed()).toEqual([]);
    expect((await api("POST", `/v1/posts/${id}/retry`, { channelId: channel.id })).status).toBe(200);
    await world.settle();
    expect(await deliveryOf(id)).toMatchObject({ state: "published", publishedAt: world.now() });
    expect(await onFeed()).toHaveLength(1);
    expect(eventsOf(id).slice(-3)).toEqual(["delivery.retried", "delivery.published", "post.published"]);
  });

  test("a refusal of the network is final, says why, and can be sent again", async () => {
    const { schedule, api, channel, deliveryOf, read } = await bakery();
    vi.spyOn(feed, "publish").mockImplementationOnce(async () => ({
      outcome: "refused",
      code: "too_rude",
      detail: "Mind your words.",
    }));
    const { id } = await schedule();
    await world.advance("PT1S");
    expect(await deliveryOf(id)).toMatchObject({ state: "rejected", code: "too_rude", detail: "Mind your words." });
    expect((await read(id)).state).toBe("attention");
    await api("POST", `/v1/posts/${id}/retry`, { channelId: channel.id });
    await world.settle();
    expect((await read(id)).state).toBe("published");
  });

  test("a person settles what nobody could tell: sent, or not sent and then sent", async () => {
    withoutKeys();
    const { schedule, api, channel, deliveryOf, onFeed, eventsOf } = await bakery();
    const publish = vi.spyOn(feed, "publish").mockImplementation(async () => refuse("internal", "lost"));
    vi.spyOn(feed, "find").mockImplementation(async () => refuse("internal", "down"));
    const [seen, unseen] = [await schedule(), await schedule({ maxLatenessMinutes: 1440 })];
    await world.advance("PT1S");
    const resolve = (id: string, outcome: string) =>
      api("POST", `/v1/posts/${id}/resolve`, { channelId: channel.id, outcome });
    const early = await resolve(unseen.id, "not-sent");
    expect([early.status, early.as(Problem).code]).toEqual([409, "post_not_changeable"]);
    await world.advance("PT20M");
    expect(await deliveryOf(seen.id)).toMatchObject({ state: "needs_human" });
    expect(eventsOf(seen.id).at(-1)).toBe("delivery.needs_human");

    expect((await resolve(seen.id, "sent")).as(PostView).state).toBe("published");
    expect(publish).toHaveBeenCalledTimes(2);
    publish.mockRestore();
    expect((await resolve(unseen.id, "not-sent")).status).toBe(200);
    await world.advance("PT1S");
    expect(await deliveryOf(unseen.id)).toMatchObject({ state: "published" });
    expect(await onFeed()).toHaveLength(1);
    expect((await resolve(seen.id, "sent")).as(Problem).code).toBe("post_not_changeable");
  });

  test("a channel that was disconnected gets nothing, and the delivery says so", async () => {
    const of = await bakery();
    const second = await connect(of);
    const { id } = await of.schedule({ channels: [of.channel.id, second.id] });
    await of.api("DELETE", `/v1/channels/${of.channel.id}`);
    await world.advance("PT1S");
    expect(await of.deliveryOf(id)).toMatchObject({ state: "rejected", code: "channel_disconnected" });
    expect(await of.deliveryOf(id, second.id)).toMatchObject({ state: "published" });
    expect((await of.read(id)).state).toBe("attention");
    const answer = await of.api("POST", "/v1/posts", { text: "x", channels: [of.channel.id], at: of.inSeconds(5) });
    expect([answer.status, answer.as(Problem).code, answer.as(Problem).errors?.[0]?.pointer]).toEqual([
      409,
      "channel_disconnected",
      "#/channels/0",
    ]);
  });

  test("a draft waits for a time, can lose it again, and can be deleted", async () => {
    const { api, channel, inSeconds, onFeed, read, eventsOf } = await bakery();
    const draft = (await api("POST", "/v1/posts", { text: "a".repeat(6000), channels: [channel.id] })).as(PostView);
    expect(draft).toMatchObject({
      state: "draft",
      deliveries: [],
      checks: [{ problems: [{ code: "too_long", mend: "Shorten it by 1000 characters." }] }],
    });
    const path = `/v1/posts/${draft.id}`;
    const tooLong = await api("PATCH", path, { at: inSeconds(60) });
    expect([tooLong.status, tooLong.as(Problem).code, tooLong.as(Problem).errors?.[0]?.pointer]).toEqual([
      422,
      "unsendable",
      "#/text",
    ]);
    expect((await api("PATCH", path, { text: "Kort", at: inSeconds(60) })).as(PostView).state).toBe("scheduled");
    const back = (await api("PATCH", path, { at: null })).as(PostView);
    expect(back).toMatchObject({ state: "draft", text: "Kort", channels: [channel.id] });
    expect(back).not.toHaveProperty("at");
    await world.advance("PT61S");
    expect(await onFeed()).toEqual([]);
    expect((await api("DELETE", path, undefined, { "if-match": '"1"' })).as(Problem).code).toBe("stale");
    expect((await api("DELETE", path)).status).toBe(204);
    expect((await api("GET", path)).status).toBe(404);
    expect((await api("DELETE", path)).status).toBe(404);
    await world.settle();
    expect(eventsOf(draft.id)).toEqual([
      "post.drafted",
      "post.changed",
      "post.scheduled",
      "post.changed",
      "post.removed",
    ]);
    await expect(read(draft.id)).rejects.toThrow("404");
  });

  test("a cancelled post is not sent, stays cancelled, and can be deleted", async () => {
    const { api, schedule, onFeed } = await bakery();
    const { id } = await schedule();
    const path = `/v1/posts/${id}`;
    expect((await api("POST", `${path}/cancel`, undefined, { "if-match": '"9"' })).as(Problem).code).toBe("stale");
    expect((await api("POST", `${path}/cancel`)).as(PostView)).toMatchObject({
      state: "cancelled",
      deliveries: [{ state: "cancelled" }],
    });
    await world.advance("PT2M");
    expect(await onFeed()).toEqual([]);
    for (const answer of [await api("POST", `${path}/cancel`), await api("PATCH", path, { text: "x" })])
      expect([answer.status, answer.as(Problem).code]).toEqual([409, "post_not_changeable"]);
    expect((await api("DELETE", path)).status).toBe(204);
  });

  test("a published post cannot be changed, cancelled, deleted, retried or resolved", async () => {
    const { api, schedule, channel, read } = await bakery();
    const { id } = await schedule();
    await world.advance("PT1S");
    const before = await read(id);
    const path = `/v1/posts/${id}`;
    const answers = [
      await api("PATCH", path, { text: "x" }),
      await api("POST", `${path}/cancel`),
      await api("DELETE", path),
      await api("POST", `${path}/retry`, { channelId: channel.id }),
      await api("POST", `${path}/resolve`, { channelId: channel.id, outcome: "sent" }),
    ];
    expect(answers.map((answer) => answer.as(Problem).code)).toEqual(Array(5).fill("post_not_changeable"));
    expect(await read(id)).toEqual(before);
  });

  const unknownChannel = "ch_01jd0000000000000000000000";
  test.each<[string, Record<string, unknown>, number, string, string]>([
    ["a past time", { at: "2026-05-31T10:00:00Z" }, 422, "due_in_past", "#/at"],
    [
      "a past wall time",
      { at: undefined, local: { wall: "2026-05-31T10:00", zone: "Europe/Amsterdam" } },
      422,
      "due_in_past",
      "#/local/wall",
    ],
    ["more than five years ahead", { at: "2036-01-01T00:00:00Z" }, 400, "invalid_input", "#/at"],
    ["a time that is none", { at: "tomorrow" }, 400, "invalid_input", "#/at"],
    ["a time without an offset", { at: "2027-01-01T00:00:00" }, 400, "invalid_input", "#/at"],
    [
      "a zone that does not exist",
      { at: undefined, local: { wall: "2027-01-01T10:00", zone: "Europe/Utrecht" } },
      422,
      "unknown_zone",
      "#/local/zone",
    ],
    [
      "an offset for a zone",
      { at: undefined, local: { wall: "2027-01-01T10:00", zone: "+01:00" } },
      422,
      "unknown_zone",
      "#/local/zone",
    ],
    [
      "a date that is none",
      { at: undefined, local: { wall: "2027-02-30T10:00", zone: "UTC" } },
      400,
      "invalid_input",
      "#/local/wall",
    ],
    ["two times", { local: { wall: "2027-01-01T10:00", zone: "UTC" } }, 400, "invalid_input", "#/local"],
    ["an unknown channel", { channels: [unknownChannel] }, 422, "unknown_channel", "#/channels/0"],
    ["an id of another kind", { channels: ["post_01jd0000000000000000000000"] }, 400, "invalid_input", "#/channels/0"],
    ["a channel twice", { channels: [unknownChannel, unknownChannel] }, 400, "invalid_input", "#/channels"],
    ["a time and no channel", { channels: [] }, 400, "invalid_input", "#/channels"],
    ["an unknown field", { texts: "x" }, 400, "invalid_input", "#/texts"],
    ["no text", { text: " \n " }, 400, "invalid_input", "#/text"],
    ["a text of another type", { text: 7 }, 400, "invalid_input", "#/text"],
    ["control characters", { text: "a\u0000b" }, 400, "invalid_input", "#/text"],
    ["half an emoji", { text: "a\ud83d" }, 400, "invalid_input", "#/text"],
    ["a text that is too long", { text: "a".repeat(5001) }, 422, "unsendable", "#/text"],
  ])("%s is refused, and nothing is kept", async (_, wrong, status, code, pointer) => {
    const { api, channel, inSeconds } = await bakery();
    const answer = await api("POST", "/v1/posts", { text: "x", channels: [channel.id], at: inSeconds(60), ...wrong });
    expect([answer.status, answer.as(Problem).code]).toEqual([status, code]);
    expect(answer.as(Problem).errors?.map(({ pointer }) => pointer)).toContain(pointer);
    await world.settle();
    expect((await api("GET", "/v1/posts")).as(Posts).items).toEqual([]);
  });

  test("another workspace's post and channel are not there", async () => {
    const [mine, other] = [await bakery(), await bakery()];
    const post = await other.schedule({ at: other.inSeconds(60) });
    const path = `/v1/posts/${post.id}`;
    for (const [method, at, body] of [
      ["GET", path, undefined],
      ["PATCH", path, { text: "x" }],
      ["DELETE", path, undefined],
      ["POST", `${path}/cancel`, undefined],
      ["POST", `${path}/retry`, { channelId: other.channel.id }],
      ["POST", `${path}/resolve`, { channelId: other.channel.id, outcome: "sent" }],
    ] as const) {
      const answer = await mine.api(method, at, body);
      expect([answer.status, answer.as(Problem).code]).toEqual([404, "not_found"]);
    }
    const theirs = await mine.api("POST", "/v1/posts", {
      text: "x",
      channels: [other.channel.id],
      at: mine.inSeconds(60),
    });
    expect(theirs.as(Problem).code).toBe("unknown_channel");
    expect(await other.read(post.id)).toEqual({ ...post, checks: undefined });
  });

  test("a stale ETag is refused, and so is a delivery that the post does not have", async () => {
    const { api, schedule, inSeconds } = await bakery();
    const { id } = await schedule({ at: inSeconds(60) });
    const path = `/v1/posts/${id}`;
    expect((await api("GET", path)).headers.etag).toBe('"1"');
    expect((await api("PATCH", path, { text: "Nieuw" }, { "if-match": '"1"' })).headers.etag).toBe('"2"');
    const stale = await api("PATCH", path, { text: "Oud" }, { "if-match": '"1"' });
    expect([stale.status, stale.as(Problem).code]).toEqual([412, "stale"]);
    const none = await api("POST", `${path}/retry`, { channelId: unknownChannel });
    expect([none.status, none.as(Problem).code]).toEqual([422, "unknown_channel"]);
  });

  test("two identical requests with one Idempotency-Key make one post", async () => {
    const { api, channel, inSeconds } = await bakery();
    const body = { text: "x", channels: [channel.id], at: inSeconds(600) };
    const key = { "idempotency-key": "once" };
    const [first, again] = [await api("POST", "/v1/posts", body, key), await api("POST", "/v1/posts", body, key)];
    expect(again.body).toEqual(first.body);
    expect((await api("POST", "/v1/posts", { ...body, text: "y" }, key)).as(Problem).code).toBe(
      "idempotency_key_reused",
    );
    await world.settle();
    expect((await api("GET", "/v1/posts")).as(Posts).items).toHaveLength(1);
  });

  test("a wall time is answered with the instant that was chosen", async () => {
    const { schedule } = await bakery();
    const local = { wall: "2027-03-28T02:30", zone: "Europe/Amsterdam" };
    expect(await schedule({ at: undefined, local })).toMatchObject({ at: "2027-03-28T01:00:00.000Z", local });
  });

  test("validating counts, says how to mend it, and keeps nothing", async () => {
    const { api, channel } = await bakery();
    const local = { wall: "2027-06-01T09:00", zone: "Europe/Amsterdam" };
    const answer = await api("POST", "/v1/posts/validate", { text: "é".repeat(5001), channels: [channel.id], local });
    expect(answer.body).toEqual({
      sendable: false,
      at: "2027-06-01T07:00:00.000Z",
      local,
      checks: [
        {
          channelId: channel.id,
          network: "feed",
          counts: [
            { unit: "graphemes", counted: 5001, most: 5000, left: -1 },
            { unit: "bytes", counted: 10_002, most: 20_000, left: 9998 },
          ],
          cost: { usd: 0, says: "The feed asks nothing for it." },
          problems: [
            {
              code: "too_long",
              detail: "The feed takes 5000 characters; this text has 5001.",
              mend: "Shorten it by 1 characters.",
              pointer: "/text",
            },
          ],
        },
      ],
      warnings: [],
    });
    expect((await api("POST", "/v1/posts/validate", { text: "x", channels: [channel.id] })).body).toMatchObject({
      sendable: true,
    });
    await world.settle();
    expect((await api("GET", "/v1/posts")).as(Posts).items).toEqual([]);
  });

  test("posts are listed latest first, drafts before all, by window, state and channel, and page by page", async () => {
    const of = await bakery();
    const { api, channel, inSeconds, schedule } = of;
    const second = await connect(of);
    const draft = idOf(await api("POST", "/v1/posts", { text: "Concept", channels: [second.id] }));
    const soon = await schedule({ at: inSeconds(100) });
    const late = await schedule({ at: inSeconds(300), channels: [second.id] });
    const middle = await schedule({ at: inSeconds(200) });
    await api("POST", `/v1/posts/${middle.id}/cancel`);
    await world.settle();

    const ids = async (query = "") => (await api("GET", `/v1/posts?${query}`)).as(Posts).items.map(({ id }) => id);
    const time = (n: number) => encodeURIComponent(inSeconds(n));
    expect(await ids()).toEqual([draft, late.id, middle.id, soon.id]);
    expect(await ids(`from=${time(200)}`)).toEqual([late.id, middle.id]);
    expect(await ids(`to=${time(200)}`)).toEqual([middle.id, soon.id]);
    expect(await ids(`from=${time(150)}&to=${time(250)}`)).toEqual([middle.id]);
    expect(await ids("state=draft")).toEqual([draft]);
    expect(await ids("state=cancelled")).toEqual([middle.id]);
    expect(await ids(`channel=${second.id}`)).toEqual([draft, late.id]);
    expect(await ids(`channel=${channel.id}&state=scheduled`)).toEqual([soon.id]);

    const walked: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: z.infer<typeof Posts> = (await api("GET", `/v1/posts?limit=1${cursor && `&cursor=${cursor}`}`)).as(
        Posts,
      );
      expect(page.items).toHaveLength(1);
      walked.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    expect(walked).toEqual([draft, late.id, middle.id, soon.id]);

    const { next } = (await api("GET", "/v1/posts?limit=1")).as(Posts);
    for (const query of [`state=draft&cursor=${next}`, "cursor=abc"])
      expect((await api("GET", `/v1/posts?${query}`)).as(Problem).code).toBe("invalid_cursor");
    expect((await api("GET", `/v1/channels?cursor=${next}`)).as(Problem).code).toBe("invalid_cursor");
    for (const query of ["limit=0", "limit=101", "from=yesterday", "state=lost", "surprise=1"])
      expect((await api("GET", `/v1/posts?${query}`)).as(Problem).code).toBe("invalid_input");
  });
});
