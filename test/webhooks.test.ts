import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { showSecret, signedHeaders } from "../functions/platform/standard-webhooks.ts";
import { begin } from "../functions/webhooks/delivery.ts";
import { mostTries, pauseAfter } from "../functions/webhooks/schedule.ts";
import { matches } from "../functions/webhooks/webhook.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Receivers are real HTTP servers on loopback, declared as test servers.

let world: World;
const servers: Server[] = [];
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await world?.close();
});

type Heard = { headers: IncomingHttpHeaders; body: string; at: string };
type Payload = { type: string; timestamp: string; data: { id: string; data: Record<string, unknown> } };

/** A receiver; `answers` may be changed while it runs. */
const receiver = async (
  answers: (response: ServerResponse, nth: number) => unknown = (response) => response.end("ok"),
) => {
  const heard: Heard[] = [];
  const self = {
    heard,
    answers,
    url: "",
    get payloads(): Payload[] {
      return heard.map(({ body }) => JSON.parse(body));
    },
    get types(): string[] {
      return this.payloads.map(({ type }) => type);
    },
  };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    heard.push({ headers: request.headers, body, at: world.now() });
    self.answers(response, heard.length);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, host].filter(Boolean).join(",");
  self.url = `http://${host}/hook?token=open-sesame`;
  return self;
};
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    response.writeHead(code, headers).end(`status ${code}`);

const Created = z.object({ id: z.string(), secret: z.string() });
const made: (() => Promise<unknown>)[] = [];
// What is left of a test that fails on purpose would go on for days of the next one's time.
afterEach(async () => {
  for (const remove of made.splice(0)) await remove();
});
const subscribe = async ({ api }: Workspace, url: string, events: string[]) => {
  const answer = await api("POST", "/v1/webhooks", { url, events });
  expect(answer.status, answer.text).toBe(201);
  await world.settle();
  const { id, secret } = answer.as(Created);
  made.push(() => api("DELETE", `/v1/webhooks/${id}`));
  return { id, secret };
};
let polls = 0;
/** Something happens: poll.created. */
const happen = async ({ api }: Workspace): Promise<string> => {
  polls += 1;
  const id = idOf(
    await api("POST", "/v1/polls", { slug: `p-${polls}`, question: "?", options: [{ text: "a" }, { text: "b" }] }),
  );
  await world.settle();
  return id;
};
const Deliveries = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      eventId: z.string(),
      type: z.string(),
      state: z.string(),
      replayId: z.string().optional(),
      nextAttemptAt: z.string().optional(),
      attempts: z.array(
        z.object({
          at: z.string(),
          status: z.number().optional(),
          milliseconds: z.number(),
          problem: z.string().optional(),
          excerpt: z.string().optional(),
        }),
      ),
    }),
  ),
  next: z.string().nullable(),
});
const deliveriesOf = async ({ api }: Workspace, webhookId: string, query = "") =>
  (await api("GET", `/v1/webhooks/${webhookId}/attempts${query}`)).as(Deliveries);
const webhookEvents = ({ workspaceId }: Workspace) =>
  world.eventsOf(workspaceId).filter(({ type }) => type.startsWith("webhook."));
const readWebhook = async ({ api }: Workspace, id: string) => (await api("GET", `/v1/webhooks/${id}`)).body;

/** What the specification's own library makes of a request, at the time that it was sent. Throws where it is not ours. */
const verify = (secret: string, { headers, body }: Heard): unknown => {
  vi.useFakeTimers({ toFake: ["Date"], now: Number(headers["webhook-timestamp"]) * 1000 });
  try {
    return new StandardWebhook(secret).verify(
      body,
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    );
  } finally {
    vi.useRealTimers();
  }
};

describe("rules", () => {
  test("the signature is the one of the specification's reference vector", () => {
    const secret = Buffer.from("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "base64");
    expect(showSecret(secret)).toBe("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    const message = {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestampSeconds: 1_614_265_330,
      body: '{"test": 2432232314}',
    };
    expect(signedHeaders(message, [secret])).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });

  test("a pattern takes a name, all of a thing, or everything", () => {
    expect(matches(["contest.drawn"], "contest.drawn")).toBe(true);
    expect(matches(["contest.drawn"], "contest.closed")).toBe(false);
    expect(matches(["contest.*"], "contest.closed")).toBe(true);
    expect(matches(["poll.*", "contest.*"], "contest.closed")).toBe(true);
    expect(matches(["contest.*"], "contestant.closed")).toBe(false);
    expect(matches(["*"], "anything.happened")).toBe(true);
  });

  test("ten attempts take three days, apart for each delivery, and Retry-After only makes them later", () => {
    const sum = (id: string) => Array.from({ length: 9 }, (_, i) => pauseAfter(id, i + 1) ?? 0).reduce((a, b) => a + b);
    for (const id of ["a", "b", "c", "d"]) {
      expect(sum(id)).toBeGreaterThan(75.5 * 3_600_000);
      expect(sum(id)).toBeLessThan(1.1 * 75.6 * 3_600_000);
    }
    expect(new Set(["a", "b", "c", "d"].map(sum)).size).toBe(4);
    expect(pauseAfter("a", mostTries)).toBeUndefined();
    expect(pauseAfter("a", 1, 90)).toBe(90_000);
    expect(pauseAfter("a", 2, 1)).toBe(pauseAfter("a", 2));
    expect(pauseAfter("a", 1, 10_000_000)).toBe(24 * 3_600_000);
  });

  test("a delivery is kept for 30 days, and is the same however often its event comes", () => {
    const detail = {
      id: "evt_1",
      version: 1,
      workspaceId: "ws_1",
      at: "2026-06-01T10:00:00.000Z",
      actor: "a",
      cause: "c",
      data: {},
    };
    const to = { workspaceId: "ws_1", webhookId: "wh_1" };
    const first = begin(to, { type: "poll.created", detail }, "2026-06-01T10:00:01.000Z");
    expect(first.expires).toBe("2026-07-01T10:00:01.000Z");
    expect(begin(to, { type: "poll.created", detail }, "2026-06-01T11:00:00.000Z").id).toBe(first.id);
    const others = [
      begin({ ...to, webhookId: "wh_2" }, { type: "poll.created", detail }, first.since),
      begin({ ...to, replayId: "rpl_1" }, { type: "poll.created", detail }, first.since),
      begin(to, { type: "poll.created", detail: { ...detail, id: "evt_2" } }, first.since),
    ];
    expect(new Set([first, ...others].map(({ id }) => id)).size).toBe(4);
  });
});

describe("an event", () => {
  test("reaches those who listen, signed so that the specification's library verifies it", async () => {
    const shop = await world.workspace();
    const other = await world.workspace();
    const one = await receiver();
    const { secret } = await subscribe(shop, one.url, ["poll.*"]);
    const pollId = await happen(shop);
    await happen(other);
    await shop.api("POST", "/v1/posts", { text: "Not for them" });
    await world.settle();

    expect(one.types).toEqual(["poll.created"]);
    const [heard] = one.heard;
    const published = world.eventsOf(shop.workspaceId).find(({ type }) => type === "poll.created");
    expect(verify(secret, heard!)).toEqual({
      type: "poll.created",
      timestamp: published?.detail.at,
      data: published?.detail,
    });
    expect(one.payloads[0]?.data.data).toMatchObject({ pollId });
    expect(heard?.headers).toMatchObject({ "content-type": "application/json", "webhook-id": published?.detail.id });
    expect(() => verify(`whsec_${Buffer.alloc(32).toString("base64")}`, heard!)).toThrow();
    expect(() => verify(secret, { ...heard!, body: `${heard!.body} ` })).toThrow();
  });

  test("that comes twice from the bus is sent once", async () => {
    const shop = await world.workspace();
    const one = await receiver();
    await subscribe(shop, one.url, ["*"]);
    await happen(shop);
    const ids = one.heard.map(({ headers }) => headers["webhook-id"]);
    expect(ids.length).toBeGreaterThan(0);
    for (const event of world.eventsOf(shop.workspaceId).filter(({ detail }) => ids.includes(detail.id)))
      await world.invoke("samenspraak-webhooks-deliver", event);
    await world.settle();
    expect(one.heard.map(({ headers }) => headers["webhook-id"])).toEqual(ids);
  });

  test("of which a crowd makes many travels with all its items", async () => {
    const shop = await world.workspace();
    const one = await receiver();
    await subscribe(shop, one.url, ["response.*"]);
    const pollId = await happen(shop);
    const poll = await shop.api("POST", `/v1/polls/${pollId}/open`);
    const { slug, options } = poll.as(z.object({ slug: z.string(), options: z.array(z.object({ id: z.string() })) }));
    await Promise.all(
      ["one", "two", "three"].map((device) =>
        world.http("POST", `/p/${slug}`, {
          body: { option: options[0]?.id, device: `device-of-number-${device}` },
          headers: { accept: "application/json" },
        }),
      ),
    );
    await world.settle();
    expect(one.types).toContain("response.given");
    const items = one.payloads.flatMap(({ data }) => z.array(z.object({ id: z.string() })).parse(data.data.items));
    expect(new Set(items.map(({ id }) => id)).size).toBe(3);
  });

  test("costs one write where it is received, and two more for each attempt that fails", async () => {
    const shop = await world.workspace();
    const one = await receiver();
    await subscribe(shop, one.url, ["poll.created"]);
    const weigh = async (what: string) =>
      (await world.weigh(what, () => happen(shop))).filter(({ kind }) => kind?.startsWith("webhook"));
    const received = await weigh("A delivery that is received");
    expect(received.map(({ kind, units }) => ({ kind, units }))).toEqual([{ kind: "webhook-delivery", units: 1 }]);
    one.answers = status(500);
    const failed = await weigh("A first attempt that fails");
    // The delivery with its body and due time; and that the webhook fails, once.
    expect(
      failed.filter(({ kind }) => kind === "webhook-delivery").reduce((sum, { units }) => sum + units, 0),
    ).toBeLessThanOrEqual(3);
    expect(failed.filter(({ kind }) => kind === "webhook")).toHaveLength(1);
    one.answers = (response) => response.end();
    const again = await world.weigh("The attempt after it", () => world.advance("PT10S"));
    expect(
      again.filter(({ kind }) => kind === "webhook-delivery").reduce((sum, { units }) => sum + units, 0),
    ).toBeLessThanOrEqual(3);
  });
});

describe("a receiver that fails", () => {
  test("hears the event again, as the same message with a new time, until it takes it", async () => {
    const shop = await world.workspace();
    const one = await receiver((response, nth) => (nth < 3 ? status(503)(response) : response.end()));
    const { id, secret } = await subscribe(shop, one.url, ["poll.created"]);
    await happen(shop);
    await world.advance("PT6S");
    await world.advance("PT6M");
    expect(one.heard).toHaveLength(3);
    expect(new Set(one.heard.map(({ body }) => body)).size).toBe(1);
    expect(new Set(one.heard.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(one.heard.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(3);
    for (const heard of one.heard) verify(secret, heard);
    const { items } = await deliveriesOf(shop, id);
    expect(items).toMatchObject([
      {
        type: "poll.created",
        state: "delivered",
        attempts: [
          { status: 503, problem: "The receiver answered 503.", excerpt: "status 503" },
          { status: 503 },
          { status: 200 },
        ],
      },
    ]);
    expect(items[0]?.attempts[2]).not.toHaveProperty("excerpt");
    // It is healthy again: what happens is sent at once.
    expect(await readWebhook(shop, id)).not.toHaveProperty("failingSince");
    await happen(shop);
    expect(one.heard).toHaveLength(4);
    expect(webhookEvents(shop).map(({ type }) => type)).toEqual(["webhook.created"]);
  });

  test("is told of after six attempts, and disabled after ten in three days; then it can be enabled and gets what it missed", async () => {
    const shop = await world.workspace();
    const one = await receiver(status(500));
    const { id } = await subscribe(shop, one.url, ["poll.created"]);
    await happen(shop);
    const began = Date.parse(world.now());
    await world.advance("PT9H");
    expect(one.heard).toHaveLength(6);
    const [, failing] = webhookEvents(shop);
    expect(failing).toMatchObject({
      type: "webhook.failing",
      detail: { data: { webhookId: id, since: one.heard[0]?.at } },
    });
    const { disablesAt } = z.object({ disablesAt: z.string() }).parse(failing?.detail.data);

    await world.advance("P3DT3H");
    const hoursUntil = one.heard.map(({ at }) => (Date.parse(at) - began) / 3_600_000);
    const expected = [0, 5 / 3600, 305 / 3600, 2105 / 3600, 2.585, 7.585, 17.585, 31.585, 51.585, 75.585];
    expect(hoursUntil).toHaveLength(10);
    hoursUntil.forEach((hours, i) => {
      expect(hours).toBeGreaterThanOrEqual(expected[i]! - 0.001);
      expect(hours).toBeLessThanOrEqual(expected[i]! * 1.1 + 0.01);
    });
    expect(webhookEvents(shop).map(({ type }) => type)).toEqual([
      "webhook.created",
      "webhook.failing",
      "webhook.disabled",
    ]);
    expect(webhookEvents(shop)[2]?.detail.data).toEqual({ webhookId: id, reason: "failures" });
    expect(Math.abs(Date.parse(one.heard[9]!.at) - Date.parse(disablesAt))).toBeLessThan(8 * 3_600_000);
    expect(await readWebhook(shop, id)).toMatchObject({ status: "disabled", reason: "failures" });

    // Nothing is sent any more, not even what happens.
    await world.advance("PT6S");
    await happen(shop);
    expect(one.heard).toHaveLength(10);
    const redrive = () => shop.api("POST", `/v1/webhooks/${id}/redrive`, {});
    expect((await redrive()).body).toMatchObject({ status: 409, code: "webhook_disabled" });
    one.answers = (response) => response.end();
    await shop.api("PATCH", `/v1/webhooks/${id}`, { status: "enabled" });
    expect((await redrive()).body).toEqual({ deliveries: 1, more: false });
    expect((await redrive()).body).toEqual({ deliveries: 0, more: false });
    await world.advance("PT1S");
    expect(one.heard).toHaveLength(11);
    expect(one.heard[10]?.body).toBe(one.heard[0]?.body);
    const { items } = await deliveriesOf(shop, id);
    expect(items.map(({ state, attempts }) => ({ state, attempts: attempts.length }))).toEqual([
      { state: "delivered", attempts: 11 },
    ]);
    expect(
      webhookEvents(shop)
        .slice(3)
        .map(({ type }) => type),
    ).toEqual(["webhook.enabled", "webhook.redriven"]);
  });

  test("is not disabled while anything else reaches it", async () => {
    const shop = await world.workspace();
    const one = await receiver(status(500));
    const { id } = await subscribe(shop, one.url, ["poll.created"]);
    const poison = await happen(shop);
    one.answers = (response) => status(one.payloads.at(-1)?.data.data.pollId === poison ? 500 : 200)(response);
    for (const hours of [1, 24, 24, 36]) {
      await world.advance(`PT${hours}H`);
      await happen(shop);
    }
    expect(await readWebhook(shop, id)).toMatchObject({ status: "enabled" });
    expect((await deliveriesOf(shop, id, "?state=failed")).items).toMatchObject([{ state: "failed" }]);
    expect(webhookEvents(shop).map(({ type }) => type)).toEqual(["webhook.created"]);
  });

  test("is heard when it asks to wait, and followed nowhere else", async () => {
    const shop = await world.workspace();
    const elsewhere = await receiver();
    const one = await receiver(status(429, { "retry-after": "3600" }));
    const two = await receiver(status(307, { location: elsewhere.url }));
    const waiting = await subscribe(shop, one.url, ["poll.created"]);
    const moved = await subscribe(shop, two.url, ["poll.created"]);
    await happen(shop);
    await world.advance("PT59M");
    expect(one.heard).toHaveLength(1);
    await world.advance("PT2M");
    expect(one.heard).toHaveLength(2);
    expect((await deliveriesOf(shop, waiting.id)).items[0]?.attempts).toMatchObject([{ status: 429 }, { status: 429 }]);
    expect((await deliveriesOf(shop, moved.id)).items[0]?.attempts[0]).toMatchObject({
      status: 307,
      problem: "Redirects are not followed. Change the webhook's address instead.",
    });
    expect(elsewhere.heard).toEqual([]);
  });

  test("that answers 410 is disabled at once", async () => {
    const shop = await world.workspace();
    const one = await receiver(status(410));
    const { id } = await subscribe(shop, one.url, ["poll.created"]);
    await happen(shop);
    expect(await readWebhook(shop, id)).toMatchObject({ status: "disabled", reason: "gone" });
    expect(webhookEvents(shop).at(-1)).toMatchObject({
      type: "webhook.disabled",
      detail: { data: { reason: "gone" } },
    });
    await world.advance("P1D");
    expect(one.heard).toHaveLength(1);
  });

  test("by hanging holds up nobody else", async () => {
    const shop = await world.workspace();
    const held: ServerResponse[] = [];
    const hanging = await receiver((response) => held.push(response));
    const healthy = await receiver();
    const stuck = await subscribe(shop, hanging.url, ["poll.created"]);
    await subscribe(shop, healthy.url, ["poll.created"]);
    const happens = happen(shop);
    /** The healthy one has heard so much while the other still holds on to what it was asked last. */
    const isHeard = (times: number) =>
      vi.waitFor(() => {
        expect({ hanging: held.length, healthy: healthy.heard.length }).toEqual({ hanging: times, healthy: times });
        expect(held.at(-1)?.destroyed).toBe(false);
      }, 60_000);
    await isHeard(1);
    held[0]?.destroy();
    await happens;
    // From now on what is for it waits in a queue of its own.
    const { body } = await shop.api("GET", `/v1/webhooks/${stuck.id}`);
    expect(body).toMatchObject({ failingSince: expect.any(String) });
    const goesOn = happen(shop);
    await isHeard(2);
    held[1]?.end("ok");
    await goesOn;
    expect((await deliveriesOf(shop, stuck.id)).items.map(({ state }) => state)).toEqual(
      expect.arrayContaining(["delivered", "pending"]),
    );
  });
});

describe("a webhook", () => {
  test("is kept with its secret, which is shown once", async () => {
    const shop = await world.workspace();
    const one = await receiver();
    const { id, secret } = await subscribe(shop, one.url, ["poll.*", "contest.drawn"]);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const read = await shop.api("GET", `/v1/webhooks/${id}`);
    expect(read.body).toEqual({
      id,
      version: 1,
      url: one.url,
      events: ["poll.*", "contest.drawn"],
      description: "",
      status: "enabled",
      createdAt: expect.any(String),
    });
    const changed = await shop.api(
      "PATCH",
      `/v1/webhooks/${id}`,
      { events: ["*"], description: "Ours" },
      { "if-match": '"1"' },
    );
    expect(changed.body).toMatchObject({ events: ["*"], description: "Ours", version: 2 });
    expect((await shop.api("PATCH", `/v1/webhooks/${id}`, {}, { "if-match": '"1"' })).body).toMatchObject({
      code: "stale",
    });
    expect((await shop.api("GET", "/v1/webhooks")).body).toMatchObject({ items: [{ id }], next: null });
    expect((await shop.api("DELETE", `/v1/webhooks/${id}`)).status).toBe(204);
    expect((await shop.api("GET", `/v1/webhooks/${id}`)).body).toMatchObject({ code: "not_found" });
    expect((await shop.api("GET", "/v1/webhooks")).body).toMatchObject({ items: [] });
    await world.settle();
    const heard = one.heard.length;
    await happen(shop);
    expect(one.heard).toHaveLength(heard);
    expect(webhookEvents(shop).map(({ type }) => type)).toEqual([
      "webhook.created",
      "webhook.changed",
      "webhook.deleted",
    ]);
  });

  test("neither its secret nor its address is in an event or a log", async () => {
    const shop = await world.workspace();
    const one = await receiver((response) => response.writeHead(500).end(JSON.stringify(one.heard.at(-1)?.headers)));
    const { id, secret } = await subscribe(shop, one.url, ["*"]);
    await happen(shop);
    await shop.api("POST", `/v1/webhooks/${id}/test`);
    await world.advance("PT10S");
    const everything = JSON.stringify([world.eventsOf(shop.workspaceId), world.logs]);
    const signature = String(one.heard.at(-1)?.headers["webhook-signature"]).slice(3);
    for (const word of [secret, secret.slice(6), one.url, "open-sesame", signature])
      expect(everything).not.toContain(word);
    const log = JSON.stringify(await deliveriesOf(shop, id));
    expect(log).toContain("webhook-signature");
    expect(log).not.toContain(signature);
  });

  test.each([
    [{ url: "http://example.org/" }, "#/url", "Only https is spoken."],
    [{ url: "https://127.0.0.1/" }, "#/url", "The address is not on the public internet."],
    [{ url: "https://[::ffff:10.0.0.1]/" }, "#/url", "The address is not on the public internet."],
    [{ url: "https://me:pass@example.org/" }, "#/url", "A URL with a user name or password in it is not used."],
    [{ url: "example.org" }, "#/url", "It is not a URL."],
    [{ events: ["contest.won"] }, "#/events/0", "No event has this name. Give a name, `<thing>.*`, or `*` for all."],
    [{ events: ["cont*"] }, "#/events/0", expect.any(String)],
    [{ events: [] }, "#/events", expect.any(String)],
    [{ secret: "mine" }, "#/secret", "This field is not known. Also taken here: description."],
  ])("with %j is refused", async (wrong, pointer, detail) => {
    const shop = await world.workspace();
    const body = { url: "https://example.org/", events: ["*"], ...wrong };
    const answer = await shop.api("POST", "/v1/webhooks", body);
    expect(answer.body).toMatchObject({ status: 400, code: "invalid_input", errors: [{ pointer, detail }] });
  });

  test("is one of at most twenty", async () => {
    const shop = await world.workspace();
    const make = () => shop.api("POST", "/v1/webhooks", { url: "https://hooks.invalid/", events: ["contest.drawn"] });
    for (let i = 0; i < 20; i += 1) expect((await make()).status).toBe(201);
    expect((await make()).body).toMatchObject({ status: 409, code: "too_many_webhooks" });
    expect((await shop.api("GET", "/v1/webhooks?limit=15")).body).toMatchObject({ next: expect.any(String) });
  });

  test("that is rotated signs with both secrets for a while, then with the new one alone", async () => {
    const shop = await world.workspace();
    const one = await receiver();
    const { id, secret } = await subscribe(shop, one.url, ["poll.created"]);
    const rotate = async (body: object) => (await shop.api("POST", `/v1/webhooks/${id}/rotate`, body)).as(Created);
    const second = await rotate({});
    expect(second.secret).not.toBe(secret);
    expect(await readWebhook(shop, id)).toMatchObject({
      oldSecretUntil: new Date(Date.parse(world.now()) + 86_400_000).toISOString(),
    });
    await happen(shop);
    const overlap = one.heard.at(-1)!;
    expect(String(overlap.headers["webhook-signature"]).split(" ")).toHaveLength(2);
    for (const either of [secret, second.secret]) verify(either, overlap);
    await world.advance("PT25H");
    await happen(shop);
    const alone = one.heard.at(-1)!;
    verify(second.secret, alone);
    expect(() => verify(secret, alone)).toThrow();
    // One that leaked ends at once.
    const third = await rotate({ overlapHours: 0 });
    await happen(shop);
    verify(third.secret, one.heard.at(-1)!);
    expect(() => verify(second.secret, one.heard.at(-1)!)).toThrow();
  });

  test("is tried with a signed event, also while it is disabled, and the answer says how it went", async () => {
    const shop = await world.workspace();
    const one = await receiver();
    const { id, secret } = await subscribe(shop, one.url, ["contest.drawn"]);
    await shop.api("PATCH", `/v1/webhooks/${id}`, { status: "disabled" });
    const tried = async () => (await shop.api("POST", `/v1/webhooks/${id}/test`)).body;
    expect(await tried()).toEqual({ delivered: true, at: world.now(), status: 200, milliseconds: expect.any(Number) });
    expect(verify(secret, one.heard[0]!)).toMatchObject({ type: "webhook.test", data: { data: { webhookId: id } } });
    one.answers = status(410);
    expect(await tried()).toMatchObject({
      delivered: false,
      status: 410,
      problem: "The receiver answered 410.",
      excerpt: "status 410",
    });
    await shop.api("PATCH", `/v1/webhooks/${id}`, { status: "enabled" });
    one.answers = (response) => response.destroy();
    expect(await tried()).toMatchObject({ delivered: false, problem: "The connection failed: ECONNRESET." });
    expect(await readWebhook(shop, id)).toMatchObject({ status: "enabled" });
  });

  test("lists what was sent, the newest first, in pages", async () => {
    const shop = await world.workspace();
    const one = await receiver();
    const { id } = await subscribe(shop, one.url, ["poll.created"]);
    for (let i = 0; i < 5; i += 1) {
      await happen(shop);
      await world.advance("PT1S");
    }
    const all = await deliveriesOf(shop, id);
    expect(all.items.map(({ eventId }) => eventId)).toEqual(
      one.heard.map(({ headers }) => headers["webhook-id"]).reverse(),
    );
    const first = await deliveriesOf(shop, id, "?limit=3");
    const second = await deliveriesOf(shop, id, `?limit=3&cursor=${first.next}`);
    expect([...first.items, ...second.items]).toEqual(all.items);
    expect(second.next).toBeNull();
  });

  test("is redriven one delivery, or those since a time", async () => {
    const shop = await world.workspace();
    const one = await receiver(status(500));
    const { id } = await subscribe(shop, one.url, ["poll.created"]);
    await happen(shop);
    await world.advance("PT10M");
    const since = world.now();
    await happen(shop);
    // Disabled, what waits is given up.
    await shop.api("PATCH", `/v1/webhooks/${id}`, { status: "disabled" });
    await world.advance("P1D");
    await shop.api("PATCH", `/v1/webhooks/${id}`, { status: "enabled" });
    const { items } = await deliveriesOf(shop, id);
    expect(items.map(({ state }) => state)).toEqual(["failed", "failed"]);
    one.answers = (response) => response.end();
    const redrive = (body: object) => shop.api("POST", `/v1/webhooks/${id}/redrive`, body);
    expect((await redrive({ since })).body).toEqual({ deliveries: 1, more: false });
    await world.advance("PT1S");
    expect((await deliveriesOf(shop, id)).items.map(({ state }) => state)).toEqual(["delivered", "failed"]);
    expect((await redrive({ deliveryId: items[0]?.id })).body).toMatchObject({ code: "delivery_not_failed" });
    expect((await redrive({ deliveryId: items[1]?.id })).body).toEqual({ deliveries: 1, more: false });
    await world.advance("PT1S");
    expect((await deliveriesOf(shop, id)).items.map(({ state }) => state)).toEqual(["delivered", "delivered"]);
  });
});

describe("a replay", () => {
  test("sends archived events of a time to the one webhook that asked, and does nothing else", async () => {
    const shop = await world.workspace();
    const other = await world.workspace();
    const bystander = await receiver();
    await subscribe(shop, bystander.url, ["*"]);
    const tooEarly = await happen(shop);
    await world.advance("PT1M");
    const from = world.now();
    const wanted = [await happen(shop), await happen(shop)];
    await happen(other);
    await shop.api("POST", "/v1/posts", { text: "Not asked for" });
    await world.advance("PT1M");
    const to = world.now();
    await happen(shop);
    await world.advance("PT1M");

    const late = await receiver();
    const { id, secret } = await subscribe(shop, late.url, ["poll.created", "post.drafted"]);
    await world.settle();
    const before = { events: world.events.length, mails: world.mails.length, bystander: bystander.heard.length };
    const asked = await shop.api("POST", `/v1/webhooks/${id}/replay`, { from, to, events: ["poll.created"] });
    expect(asked.status).toBe(202);
    await world.advance("PT5S");

    expect(late.payloads.map(({ data }) => data.data.pollId).sort()).toEqual([...wanted].sort());
    expect(late.payloads.map(({ data }) => data.data.pollId)).not.toContain(tooEarly);
    for (const heard of late.heard) verify(secret, heard);
    // To all others there was only the news of the request.
    expect(world.events.length).toBe(before.events + 1);
    expect(bystander.types.slice(before.bystander)).toEqual(["webhook.replay_requested"]);
    expect(world.mails.length).toBe(before.mails);
    const { items } = await deliveriesOf(shop, id);
    expect(items).toMatchObject([
      { state: "delivered", replayId: idOf(asked) },
      { state: "delivered", replayId: idOf(asked) },
    ]);

    // Without a choice of events it is what the webhook listens to; the ids are those of the first time.
    await shop.api("POST", `/v1/webhooks/${id}/replay`, { from, to });
    await world.advance("PT5S");
    expect(late.types.slice(2).sort()).toEqual(["poll.created", "poll.created", "post.drafted"]);
    expect(new Set(late.heard.map(({ headers }) => headers["webhook-id"])).size).toBe(3);
  });

  test("is asked for once, though the answer to its write was lost and it had started by then", async () => {
    const shop = await world.workspace();
    const from = world.now();
    await happen(shop);
    await world.advance("PT1M");
    const { id } = await subscribe(shop, (await receiver()).url, ["poll.created"]);
    const written = () => world.units().filter(({ kind }) => kind === "webhook-replay").length;
    const before = written();
    world.loseNext("webhook-replay", () => expect.poll(written).toBe(before + 2));
    expect((await shop.api("POST", `/v1/webhooks/${id}/replay`, { from, to: world.now() })).status).toBe(202);
    await world.advance("PT5S");
    expect((await deliveriesOf(shop, id)).items).toHaveLength(1);
  });

  test("is of a time that is past, and of a webhook that is enabled", async () => {
    const shop = await world.workspace();
    const { id } = await subscribe(shop, "https://hooks.invalid/", ["contest.drawn"]);
    const replay = async (body: object) => (await shop.api("POST", `/v1/webhooks/${id}/replay`, body)).body;
    const [past, later, future] = ["2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", "2099-01-01T00:00:00Z"];
    expect(await replay({ from: later, to: past })).toMatchObject({
      code: "invalid_input",
      errors: [{ pointer: "#/to" }],
    });
    expect(await replay({ from: past, to: future })).toMatchObject({
      code: "invalid_input",
      errors: [{ pointer: "#/to" }],
    });
    expect(await replay({ from: "2020-01-01T00:00:00Z", to: past })).toMatchObject({ errors: [{ pointer: "#/from" }] });
    await shop.api("PATCH", `/v1/webhooks/${id}`, { status: "disabled" });
    expect(await replay({ from: past, to: later })).toMatchObject({ code: "webhook_disabled" });
  });
});
