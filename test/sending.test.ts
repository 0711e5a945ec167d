import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { allowanceOf, ask } from "../functions/channels/ask.ts";
import { ChannelView } from "../functions/channels/channel.ts";
import { type Connector, keyOfPart } from "../functions/channels/connector.ts";
import { connectors } from "../functions/channels/connectors.ts";
import { checkLimits } from "../functions/channels/network.ts";
import { networks } from "../functions/channels/networks.ts";
import { freshConnection } from "../functions/channels/renew.ts";
import { channels, findChannel, sealSecrets } from "../functions/channels/table.ts";
import { Trouble, troubles } from "../functions/channels/trouble.ts";
import { later, minutes, seconds } from "../functions/platform/clock.ts";
import { put, save } from "../functions/platform/table.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { png, published } from "./pictures-of.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// What leaves, and how it is stopped, taken back and told. Endpoints are real HTTP servers on loopback, declared as test servers.

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
afterEach(() => vi.restoreAllMocks());

const Problem = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
});
const Payload = z.object({ type: z.string(), timestamp: z.string(), data: z.record(z.string(), z.unknown()) });
type Heard = { headers: IncomingHttpHeaders; body: string; payload: z.infer<typeof Payload> };

/** An endpoint; `answers` may be changed while it runs. */
const endpoint = async () => {
  const heard: Heard[] = [];
  const self = {
    heard,
    answers: (response: ServerResponse): unknown => response.end(),
    url: "",
    of: (type: string) => heard.filter(({ payload }) => payload.type === type),
  };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    heard.push({ headers: request.headers, body, payload: Payload.parse(JSON.parse(body)) });
    self.answers(response);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, host].filter(Boolean).join(",");
  self.url = `http://${host}/post?token=sesame`;
  return self;
};
const status =
  (code: number, headers: Record<string, string> = {}, body = "") =>
  (response: ServerResponse) =>
    response.writeHead(code, headers).end(body);

const signingSecret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
let handles = 0;

const shop = async () => {
  const workspace = await world.workspace();
  const { api, workspaceId } = workspace;
  const connect = async (body: object) =>
    (await api("POST", "/v1/channels", { name: "Kanaal", ...body })).as(ChannelView);
  const onFeed = (handle: string) => world.http("GET", `/@${handle}`, { headers: { accept: "application/json" } });
  return {
    ...workspace,
    connect,
    feed: () => connect({ network: "feed", handle: `zenden-${++handles}` }),
    webhook: (url: string, settings: object = {}) =>
      connect({ network: "webhook", settings: { url, ...settings }, secrets: { signingSecret } }),
    /** By default in a second. */
    schedule: async (channelIds: string[], more: object = {}) =>
      (
        await api("POST", "/v1/posts", {
          text: "Vers brood",
          channels: channelIds,
          at: later(world.now(), seconds(1)),
          allowDuplicate: true,
          ...more,
        })
      ).as(PostView),
    read: async (id: string) => (await api("GET", `/v1/posts/${id}`)).as(PostView),
    texts: async ({ handle }: { handle: string }) =>
      (await onFeed(handle))
        .as(z.object({ items: z.array(z.object({ text: z.string(), url: z.string() })) }))
        .items.map(({ text }) => text),
    eventsOf: (type: string) => world.eventsOf(workspaceId).filter((event) => event.type === type),
    publishing: (how: "running" | "paused") => api("PATCH", "/v1/workspace", { publishing: how }),
  };
};

describe("a pause", () => {
  test("holds what comes due, and on resuming sends what is still in time; the rest says that it came too late", async () => {
    const of = await shop();
    const channel = await of.feed();
    const brief = await of.schedule([channel.id], { text: "Kort houdbaar", maxLatenessMinutes: 5 });
    const lasting = await of.schedule([channel.id], { text: "Lang houdbaar" });
    expect((await of.publishing("paused")).body).toMatchObject({ publishing: "paused" });
    await world.advance("PT2S");
    for (const { id } of [brief, lasting])
      expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "ready", detail: "Publishing is paused." });
    await world.advance("PT10M");
    expect((await of.read(brief.id)).deliveries[0]).toMatchObject({ state: "expired" });
    expect(await of.texts(channel)).toEqual([]);
    const again = await of.api("POST", `/v1/posts/${brief.id}/retry`, { channelId: channel.id });
    expect([again.status, again.as(Problem).code]).toEqual([409, "publishing_paused"]);

    expect((await of.publishing("running")).body).toMatchObject({ publishing: "running" });
    await world.settle();
    await world.advance("PT3S");
    expect((await of.read(lasting.id)).deliveries[0]).toMatchObject({ state: "published" });
    expect(await of.texts(channel)).toEqual(["Lang houdbaar"]);
    expect(of.eventsOf("workspace.publishing_paused")).toHaveLength(1);
    expect(of.eventsOf("workspace.publishing_resumed")).toHaveLength(1);
  });

  test("said twice is said once, and leaves the rest of the workspace alone", async () => {
    const of = await shop();
    const { body } = await of.publishing("paused");
    expect((await of.publishing("paused")).body).toEqual(body);
    expect((await of.api("PATCH", "/v1/workspace", { name: "Nieuw", publishing: "running" })).body).toMatchObject({
      name: "Nieuw",
      publishing: "running",
    });
    await world.settle();
    expect(of.eventsOf("workspace.publishing_paused")).toHaveLength(1);
  });
});

describe("taking back", () => {
  test("removes a post where its network allows it, tells so, and is done once", async () => {
    const of = await shop();
    const there = await endpoint();
    const [channel, hook] = [await of.feed(), await of.webhook(there.url)];
    const { id } = await of.schedule([channel.id, hook.id]);
    await world.advance("PT1S");
    expect((await of.read(id)).state).toBe("published");
    const asked = (await of.api("POST", `/v1/posts/${id}/retract`, {})).as(PostView);
    expect(asked.deliveries.map(({ state }) => state)).toEqual(["retracting", "retracting"]);
    await world.advance("PT2S");
    const after = await of.read(id);
    expect([after.state, ...after.deliveries.map(({ state }) => state)]).toEqual([
      "retracted",
      "retracted",
      "retracted",
    ]);
    expect(await of.texts(channel)).toEqual([]);
    expect(there.of("post.retracted").map(({ payload }) => payload.data)).toEqual([
      expect.objectContaining({ key: there.of("post.due")[0]?.headers["webhook-id"] }),
    ]);
    expect(of.eventsOf("delivery.retracted")).toHaveLength(2);
    const twice = await of.api("POST", `/v1/posts/${id}/retract`, {});
    expect([twice.status, twice.as(Problem).code]).toEqual([409, "not_retractable"]);
    expect((await of.api("DELETE", `/v1/posts/${id}`)).status).toBe(204);
  });

  test("a network that refuses it leaves it where it stands, and says why", async () => {
    const of = await shop();
    const there = await endpoint();
    const hook = await of.webhook(there.url);
    const { id } = await of.schedule([hook.id]);
    await world.advance("PT1S");
    there.answers = status(403);
    await of.api("POST", `/v1/posts/${id}/retract`, { channelId: hook.id });
    await world.advance("PT2S");
    expect((await of.read(id)).deliveries[0]).toMatchObject({
      state: "published",
      problem: expect.stringContaining("could not be taken back"),
    });
    expect(of.eventsOf("delivery.not_retracted")).toHaveLength(1);
  });

  test("what is not out is not taken back", async () => {
    const of = await shop();
    const channel = await of.feed();
    const { id } = await of.schedule([channel.id], { at: later(world.now(), minutes(5)) });
    const answer = await of.api("POST", `/v1/posts/${id}/retract`, {});
    expect([answer.status, answer.as(Problem).code]).toEqual([409, "not_retractable"]);
    await of.api("POST", `/v1/posts/${id}/cancel`);
  });
});

describe("a webhook channel", () => {
  test("gets the post with its files, its thread and its own text, signed as Standard Webhooks has it", async () => {
    const of = await shop();
    const there = await endpoint();
    const mediaId = await published(of, png(8, 6));
    const [channel, hook] = [await of.feed(), await of.webhook(there.url)];
    expect(hook).toMatchObject({ status: "connected", handle: new URL(there.url).host, secrets: ["signingSecret"] });
    there.answers = status(200, { "content-type": "application/json" }, '{"id":"42","url":"https://example.org/42"}');
    const { id } = await of.schedule([channel.id, hook.id], {
      language: "nl",
      variants: [
        {
          channelId: hook.id,
          text: "Brood, hier anders",
          media: [{ mediaId, alt: "Een brood" }],
          thread: [{ text: "En taart" }],
        },
      ],
    });
    await world.advance("PT1S");
    const [first, second] = (await of.read(id)).deliveries;
    expect(first).toMatchObject({ state: "published" });
    expect(second).toMatchObject({ state: "published", externalId: "42", url: "https://example.org/42" });
    expect(await of.texts(channel)).toEqual(["Vers brood"]);
    const [sent] = there.of("post.due");
    expect(sent?.payload.data).toMatchObject({
      postId: id,
      channelId: hook.id,
      text: "Brood, hier anders",
      language: "nl",
      media: [
        { url: expect.stringContaining(`/m/${mediaId}`), type: "image/png", width: 8, height: 6, alt: "Een brood" },
      ],
      thread: [{ text: "En taart", media: [] }],
    });
    vi.useFakeTimers({ toFake: ["Date"], now: Number(sent?.headers["webhook-timestamp"]) * 1000 });
    new StandardWebhook(signingSecret).verify(sent?.body ?? "", {
      "webhook-id": String(sent?.headers["webhook-id"]),
      "webhook-timestamp": String(sent?.headers["webhook-timestamp"]),
      "webhook-signature": String(sent?.headers["webhook-signature"]),
    });
    vi.useRealTimers();
  });

  test("that knows a repeated webhook-id is sent again what got no answer; of another a person must look", async () => {
    const of = await shop();
    const [careful, careless] = [await endpoint(), await endpoint()];
    const a = await of.webhook(careful.url, { ignoresRepeats: true });
    const c = await of.webhook(careless.url);
    for (const there of [careful, careless]) {
      there.answers = (response) => {
        there.answers = (next) => next.end();
        response.destroy();
      };
    }
    const { id } = await of.schedule([a.id, c.id]);
    await world.advance("PT8S");
    expect((await of.read(id)).deliveries).toMatchObject([{ state: "published" }, { state: "needs_human" }]);
    expect(new Set(careful.of("post.due").map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect([careful.of("post.due").length, careless.of("post.due").length]).toEqual([2, 1]);
  });

  test("says of what is in doubt what was answered, as one short line", async () => {
    const of = await shop();
    const how: [(response: ServerResponse) => unknown, string][] = [
      [status(502, { "content-type": "text/plain" }, "\n queue\tfull\r\nof many lines"), "answered 502: “queue full”."],
      [
        status(500, {}, JSON.stringify({ message: `a\u0007b${"x".repeat(5000)}` })),
        `answered 500: “a b${"x".repeat(197)}”.`,
      ],
      [status(504, { "content-type": "text/html" }, "<h1>token=sesame</h1>"), "answered 504."],
      [(response) => response.destroy(), "gave no answer in time."],
    ];
    const channels = await Promise.all(
      how.map(async ([answers]) => {
        const there = await endpoint();
        const { id } = await of.webhook(there.url);
        there.answers = answers;
        return id;
      }),
    );
    const { id } = await of.schedule(channels);
    await world.advance("PT2S");
    await world.advance("PT8S");
    const { deliveries } = await of.read(id);
    expect(deliveries).toHaveLength(how.length);
    for (const [i, [, says]] of how.entries()) {
      expect(deliveries[i]?.state).toBe("needs_human");
      expect(deliveries[i]).toMatchObject({
        detail: expect.stringContaining(` could not be found out. The webhook ${says} Look there`),
      });
    }
  });

  test("whose owner would rather say it twice is sent it again once nothing of it can be under way any more", async () => {
    const of = await shop();
    const there = await endpoint();
    const channel = await of.webhook(there.url);
    await of.api("PATCH", `/v1/channels/${channel.id}`, { whenUnknown: "never-miss" });
    there.answers = (response) => {
      there.answers = (next) => next.end();
      response.destroy();
    };
    const { id } = await of.schedule([channel.id]);
    await world.advance("PT2M");
    expect((await of.read(id)).deliveries[0]?.state).toBe("unknown");
    await world.advance("PT1M");
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect(there.of("post.due")).toHaveLength(2);
  });

  test("that says how much it takes is sent no more than that: the next post waits for the reset", async () => {
    const of = await shop();
    const there = await endpoint();
    const channel = await of.webhook(there.url);
    const resetsAt = later(world.now(), seconds(90));
    there.answers = status(200, { "ratelimit-remaining": "1", "ratelimit-reset": String(Date.parse(resetsAt) / 1000) });
    await of.schedule([channel.id]);
    await world.advance("PT1S");
    there.answers = status(200);
    const two = [await of.schedule([channel.id]), await of.schedule([channel.id])];
    await world.advance("PT1S");
    const states = async () =>
      (await Promise.all(two.map(({ id }) => of.read(id)))).map(({ deliveries }) => deliveries[0]);
    expect((await states()).map((delivery) => delivery?.state).toSorted()).toEqual(["published", "ready"]);
    expect((await states()).find((delivery) => delivery?.state === "ready")).toMatchObject({ nextAt: resetsAt });
    await world.advance("PT90S");
    expect((await states()).map((delivery) => delivery?.state)).toEqual(["published", "published"]);
    expect(there.of("post.due")).toHaveLength(3);
  });

  test("that says too many is asked again when it says, and the next post waits as long without asking", async () => {
    const of = await shop();
    const there = await endpoint();
    const channel = await of.webhook(there.url);
    there.answers = (response) => {
      there.answers = (next) => next.end();
      status(429, { "retry-after": "40" })(response);
    };
    const { id, at = "" } = await of.schedule([channel.id]);
    await world.advance("PT1S");
    const next = await of.schedule([channel.id], { at: later(at, seconds(10)) });
    await world.advance("PT10S");
    const waits = { state: "ready", nextAt: later(at, seconds(40)) };
    for (const post of [id, next.id]) expect((await of.read(post)).deliveries[0]).toMatchObject(waits);
    expect(there.of("post.due")).toHaveLength(1);
    await world.advance("PT32S");
    for (const post of [id, next.id]) expect((await of.read(post)).deliveries[0]?.state).toBe("published");
  });

  test("that is broken for a while gets each post under its own key, ever less often, and each once when it works", async () => {
    const of = await shop();
    const there = await endpoint();
    const channel = await of.webhook(there.url, { ignoresRepeats: true });
    there.answers = status(502);
    const ids = [(await of.schedule([channel.id])).id, (await of.schedule([channel.id])).id];
    await world.advance("PT4M");
    for (const id of ids) expect((await of.read(id)).deliveries[0]?.state).toBe("unknown");
    const asked = there.of("post.due").map(({ headers }) => headers["webhook-id"]);
    expect(new Set(asked).size).toBe(2);
    expect(asked.length).toBeLessThan(2 * 12);
    there.answers = status(200);
    await world.advance("PT5M");
    for (const id of ids) expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect(of.eventsOf("delivery.published")).toHaveLength(2);
    expect((await of.api("GET", `/v1/channels/${channel.id}`)).body).toMatchObject({ status: "connected" });
  });

  test("that does not let us in any more is failing, says what to do, and works again when that is done", async () => {
    const of = await shop();
    const there = await endpoint();
    const channel = await of.webhook(there.url);
    there.answers = status(401);
    const { id } = await of.schedule([channel.id]);
    await world.advance("PT1S");
    expect((await of.read(id)).deliveries[0]).toMatchObject({ state: "rejected", code: "network_credentials_wrong" });
    const path = `/v1/channels/${channel.id}`;
    expect((await of.api("GET", path)).body).toMatchObject({
      status: "failing",
      trouble: { code: "network_credentials_wrong", mend: expect.stringContaining(`PATCH ${path}`) },
    });
    expect((await of.api("POST", `${path}/test`)).body).toMatchObject({
      works: false,
      code: "network_credentials_wrong",
    });
    there.answers = status(204);
    const other = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
    const mended = await of.api("PATCH", path, { secrets: { signingSecret: other } });
    expect(mended.as(ChannelView)).toMatchObject({ status: "connected" });
    await of.api("POST", `/v1/posts/${id}/retry`, { channelId: channel.id });
    await world.settle();
    expect((await of.read(id)).deliveries[0]?.state).toBe("published");
    expect(of.eventsOf("channel.failing")).toHaveLength(1);
  });
});

describe("connecting", () => {
  test("without the secret that it needs is refused", async () => {
    const of = await shop();
    const bare = await of.api("POST", "/v1/channels", {
      network: "webhook",
      name: "x",
      settings: { url: "https://a.invalid" },
    });
    expect(bare.as(Problem).errors[0]?.pointer).toBe("#/secrets/signingSecret");
  });

  test("to a server that answers with a page, or hangs, is told apart", async () => {
    const there = await endpoint();
    const asking = async (endsInMs: number) => {
      const call = {
        signal: AbortSignal.timeout(5000),
        endsMs: Date.parse(world.now()) + endsInMs,
        learn: () => undefined,
      };
      return ask(call, {
        title: "Het net",
        method: "POST",
        url: there.url,
        json: { type: "x", timestamp: "", data: {} },
      }).then(
        () => "an answer",
        (error: unknown) => (error instanceof Trouble ? error.code : String(error)),
      );
    };
    there.answers = status(200, { "content-type": "text/html" }, "<h1>Welkom</h1>");
    expect(await asking(5000)).toBe("network_is_another");
    there.answers = () => undefined;
    // Long enough to connect also where the machine is busy: before that it would be unreachable.
    expect(await asking(2000)).toBe("network_silent");
    expect(await asking(0)).toBe("network_unreachable");
  });
});

test("each trouble has a sentence and the call that mends it", () => {
  for (const [code, { says, mend }] of Object.entries(troubles)) {
    expect(says("Het net"), code).toMatch(/Het net.*\.$/);
    expect(mend, code).toMatch(/(POST|PATCH) \/v1\/(channels|posts)\/\{/);
  }
});

test("what may still be sent is read from the headers that networks use", () => {
  const now = "2026-06-01T10:00:00.000Z";
  const resetAt = "2026-06-01T10:05:00.000Z";
  const unix = String(Date.parse(resetAt) / 1000);
  const headersOf: Record<string, string>[] = [
    { "ratelimit-remaining": "3", "ratelimit-reset": unix },
    { "ratelimit-remaining": "3", "ratelimit-reset": "300" },
    { "x-ratelimit-remaining": "3", "x-ratelimit-reset": resetAt },
    { "x-rate-limit-remaining": "3", "x-rate-limit-reset": unix },
  ];
  for (const headers of headersOf) expect(allowanceOf(headers, now)).toEqual({ remaining: 3, resetAt });
  expect(allowanceOf({ "ratelimit-remaining": "3" }, now)).toBeUndefined();
  expect(allowanceOf({ "ratelimit-remaining": "3", "ratelimit-reset": "soon" }, now)).toBeUndefined();
});

test("every network has a connector, and says where and when its limits were read", () => {
  expect(Object.keys(connectors)).toEqual(Object.keys(networks));
  for (const [name, { profile }] of Object.entries(networks)) {
    expect(profile.name).toBe(name);
    expect(connectors[name]?.network.profile).toBe(profile);
    expect(connectors[name]?.retract !== undefined).toBe(profile.can.retract);
    for (const { source, checkedAt } of [...profile.limits, ...profile.media, ...profile.rates])
      expect([source.length > 10, checkedAt]).toEqual([true, expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
  }
  expect(keyOfPart("k", 0)).toBe("k");
});

test("what is said is held against a network's files and parts, and each problem says where it is", () => {
  const profile = networks.webhook!.profile;
  const picture = (type: string, bytes = 1) => ({ mediaId: "m", type, bytes, width: 1, height: 1 });
  const narrow = {
    ...profile,
    mostParts: 0,
    media: [{ ...profile.media[0]!, types: ["image/png"], most: 1, mostBytes: 10, mostAlt: 3 }],
  };
  const codes = (said: Parameters<typeof checkLimits>[1]) =>
    checkLimits(narrow, said).problems.map(({ code, pointer }) => [code, pointer]);
  expect(codes({ text: "x", media: [picture("image/png")] })).toEqual([]);
  expect(codes({ text: "x", media: [picture("video/mp4")] })).toEqual([["media_not_taken", "/media/0"]]);
  expect(codes({ text: "x", media: [picture("image/png"), picture("image/gif")] })).toEqual([
    ["media_mixed", "/media/1"],
    ["too_many_media", "/media/1"],
  ]);
  expect(codes({ text: "x", media: [{ ...picture("image/png", 11), alt: "brood" }] })).toEqual([
    ["media_too_large", "/media/0"],
    ["alt_too_long", "/media/0"],
  ]);
  expect(codes({ text: "x", thread: [{ text: "a".repeat(40_001) }] })).toEqual([
    ["too_long", "/thread/0/text"],
    ["too_many_parts", "/thread"],
  ]);
});

describe("a reminder", () => {
  const linkIn = (text: string) => new URL(/https?:\/\/\S+\/todo\/\S+/.exec(text)?.[0] ?? "");

  test("is mailed at its time, ready to paste, and is done by the button behind its link; opening that changes nothing", async () => {
    const of = await shop();
    const mediaId = await published(of, png(8, 6));
    const channel = await of.connect({
      network: "reminder",
      name: "LinkedIn van Zon",
      settings: { to: "Marketeer@zon.example", where: "LinkedIn" },
    });
    expect(channel).toMatchObject({ status: "connected", handle: "LinkedIn" });
    const { id } = await of.schedule([channel.id], { media: [{ mediaId, alt: "Een brood" }] });
    await world.advance("PT1S");
    await world.settle();
    const mail = world.mails.findLast(({ to }) => to.includes("marketeer@zon.example"));
    expect(mail?.subject).toBe("Nu te plaatsen op LinkedIn");
    for (const part of ["Vers brood", `/m/${mediaId}`, "Een brood"]) expect(mail?.text).toContain(part);
    expect(await of.read(id)).toMatchObject({ state: "attention", deliveries: [{ state: "handed" }] });

    const link = linkIn(mail?.text ?? "");
    const path = `${link.pathname}${link.search}`;
    const open = () => world.http("GET", path, { headers: { accept: "text/html" } });
    const shown = await open();
    expect([shown.status, shown.text.includes("Vers brood")]).toEqual([200, true]);
    await open();
    expect((await of.read(id)).deliveries[0]?.state).toBe("handed");
    const done = await world.http("POST", path, { form: {}, headers: { accept: "text/html" } });
    expect(done.text).toContain("Het is geplaatst");
    expect(await of.read(id)).toMatchObject({ state: "published" });
    expect((await world.http("POST", path, { form: {} })).status).toBe(200);
    await world.advance("PT10M");
    expect(world.mails.filter(({ subject }) => subject === "Nu te plaatsen op LinkedIn")).toHaveLength(1);
    expect(of.eventsOf("delivery.handed")).toHaveLength(1);
  });

  test("that was altered opens nothing, and neither does another workspace's", async () => {
    const [mine, other] = [await shop(), await shop()];
    const settings = { to: "ander@zon.example", where: "Instagram", language: "en" };
    const channel = await mine.connect({ network: "reminder", name: "Insta", settings });
    await mine.schedule([channel.id]);
    await world.advance("PT1S");
    await world.settle();
    const link = linkIn(world.mails.findLast(({ to }) => to.includes("ander@zon.example"))?.text ?? "");
    const opened = async (path: string) => (await world.http("GET", path)).status;
    expect(await opened(`${link.pathname}?t=x${link.searchParams.get("t")}`)).toBe(410);
    expect(await opened(`/todo/${other.workspaceId}${link.search}`)).toBe(410);
    expect(await opened(`${link.pathname}${link.search}`)).toBe(200);
  });
});

test("secrets that end are renewed before they are used, by one at a time", async () => {
  const of: Workspace = await world.workspace();
  const { workspaceId } = of;
  const id = "ch_01jd0000000000000000000000";
  const by = { actor: "system:test", cause: "test" };
  const channel = {
    status: "connected" as const,
    ...{ workspaceId, id, network: "webhook", name: "x", handle: "x", settings: {}, connectedAt: world.now() },
    renewAt: world.now(),
    ...(await sealSecrets(workspaceId, id, { token: "0" })),
  };
  await save([put(channels, channel)], { ...by, now: world.now() });
  const used: unknown[] = [];
  const renewing: Pick<Connector, "renew"> = {
    renew: async ({ secrets }) => {
      used.push(secrets.token);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { secrets: { token: `${Number(secrets.token) + 1}` }, renewAt: later(world.now(), minutes(60)) };
    },
  };
  const connector: Connector = { ...connectors.webhook!, ...renewing };
  const call = { signal: AbortSignal.timeout(5000), endsMs: Date.parse(world.now()) + 5000, learn: () => undefined };
  const standing = async () => {
    const stands = await findChannel(workspaceId, id, world.now());
    if (stands?.status !== "connected") throw new Error("It is not connected.");
    return stands;
  };
  const fresh = (attempt: string, stands: Awaited<ReturnType<typeof standing>>) =>
    freshConnection(connector, stands, { attempt, endsMs: call.endsMs }, call, by);
  // All three have read it before any of them renews: who reads it afterwards finds it renewed.
  const stood = await standing();
  const all = await Promise.all(["a", "b", "c"].map((attempt) => fresh(attempt, stood)));
  expect(used).toEqual(["0"]);
  expect(all.filter((one) => "to" in one)).toHaveLength(1);
  expect(await fresh("d", await standing())).toMatchObject({ to: { secrets: { token: "1" } } });
});
