import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { networks } from "../functions/channels/networks.ts";
import { isTroubleCode, type TroubleCode, troubles } from "../functions/channels/trouble.ts";
import { seconds } from "../functions/platform/clock.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { littleMastodon } from "./little-networks.ts";
import { declare, inTheWay, networkServer, refusedConnection, send, type Told } from "./network-server.ts";
import { openWorld, type World } from "./world.ts";

// What a marketer reads where a network does not do what was asked, and the call that mends it: of every network that is asked
// something when it is connected, and of every code that there is. Both lists come from the code, so a new one without a row here fails.

/** Where names lead to that are not in the world. */
const addresses = new Map<string, string>();
vi.mock("node:dns/promises", async (original) => {
  const real = await original<typeof import("node:dns/promises")>();
  const lookup = async (name: string, how: object) => {
    const address = addresses.get(name);
    return address === undefined ? real.lookup(name, how) : [{ address, family: 4 }];
  };
  return { ...real, lookup };
});

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());
afterEach(() => vi.restoreAllMocks());

// ── Connecting ──────────────────────────────────────────────────────────────────────────────────────────────────────

const signingSecret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const said = (status: number, json: unknown = {}): Told => ({ status, json });

/** How each is connected, at an address, and what it says where it does not let us in. `isYes`: what is a yes all the same. */
const asked: Record<
  string,
  {
    body: (url: string) => { settings: Record<string, unknown>; secrets: Record<string, string> };
    wrong: [Told, TroubleCode];
    expired: [Told, TroubleCode];
    revoked: [Told, TroubleCode];
    isYes?: string[];
    /** What it calls otherwise than the rest. */
    otherwise?: Record<string, TroubleCode>;
  }
> = {
  bluesky: {
    body: (url) => ({
      settings: { service: url, identifier: "zon.example" },
      secrets: { appPassword: "abcd-efgh-2345-wxyz" },
    }),
    wrong: [said(401, { error: "AuthenticationRequired", message: "Invalid password" }), "network_credentials_wrong"],
    expired: [said(400, { error: "ExpiredToken", message: "Token has expired" }), "network_access_expired"],
    // An app password that was taken back is one that it does not know.
    revoked: [said(401, { error: "AuthenticationRequired" }), "network_credentials_wrong"],
  },
  mastodon: {
    body: (url) => ({ settings: { server: url }, secrets: { accessToken: "zonnetje-0123456789" } }),
    wrong: [said(401, { error: "The access token is invalid" }), "network_credentials_wrong"],
    expired: [said(401, { error: "The access token expired" }), "network_access_expired"],
    revoked: [said(401, { error: "The access token was revoked" }), "network_access_revoked"],
  },
  wordpress: {
    body: (url) => ({
      settings: { url },
      secrets: { username: "redactie", applicationPassword: "abcdEFGHijklMNOPqrstUVWX" },
    }),
    wrong: [said(401, { code: "incorrect_password" }), "network_credentials_wrong"],
    // Its passwords do not end; what it says of a session that did is the same to whoever must mend it.
    expired: [said(401, { code: "rest_cookie_expired" }), "network_credentials_wrong"],
    revoked: [said(401, { code: "invalid_application_password" }), "network_credentials_wrong"],
    otherwise: { "a server that has nothing there": "network_is_another" },
  },
  webhook: {
    body: (url) => ({ settings: { url: `${url}/post` }, secrets: { signingSecret } }),
    wrong: [said(401), "network_credentials_wrong"],
    expired: [said(401), "network_credentials_wrong"],
    revoked: [said(410), "network_account_missing"],
    // Every 2xx.
    isYes: ["a page", "JSON of something else"],
  },
};
/** They are ours: connecting asks nobody. */
const askNobody = ["feed", "reminder"];

test("every network is either asked something when it is connected, or ours", () => {
  expect([...Object.keys(asked), ...askNobody].toSorted()).toEqual(Object.keys(networks).toSorted());
});

const problemOf = z.object({
  code: z.string(),
  errors: z.array(z.object({ pointer: z.string() })).default([]),
});

describe.each(Object.entries(asked))("connecting %s", (network, { body, isYes = [], otherwise = {}, ...how }) => {
  const title = networks[network]?.profile.title ?? "";
  const refusedAt = async (url: string) => refusedConnection(await world.workspace(), { network, ...body(url) });
  /** What is read: the sentence of that code, and what to do. */
  const expectSentence = (refused: { code: string; detail: string }, code: string, situation: string) => {
    expect([situation, refused.code]).toEqual([situation, code]);
    if (!isTroubleCode(code)) throw new Error(code);
    expect(refused.detail).toContain(troubles[code].says(title));
    expect(refused.detail).toMatch(/Nothing was kept\. (Correct it|Wait a little), and send this request again\.$/);
  };

  test("is refused in words for whatever is in the way, keeps nothing and tells no secret", async () => {
    const situations: [string, Told, string][] = [
      ["wrong credentials", ...how.wrong],
      ["an expired token", ...how.expired],
      ["a revoked app", ...how.revoked],
      ...inTheWay.map(([name, told, code]): [string, Told, string] => [name, told, otherwise[name] ?? code]),
    ];
    await Promise.all(
      situations
        .filter(([name]) => !isYes.includes(name))
        .map(async ([name, told, code]) => {
          const there = await networkServer(() => told);
          expectSentence(await refusedAt(there.url), code, name);
        }),
    );
    expectSentence(await refusedAt("https://nobody.invalid"), "network_unreachable", "no such name");
    for (const inside of ["https://10.0.0.1", "https://[::1]", "http://example.com", "https://localhost"]) {
      const { api } = await world.workspace();
      const answer = await api("POST", "/v1/channels", { network, name: "Van ons", ...body(inside) });
      const { code, errors } = answer.as(problemOf);
      expect([inside, answer.status, code]).toEqual([inside, 400, "invalid_input"]);
      expect(errors[0]?.pointer).toMatch(/^#\/settings\//);
    }
    const logs = world.logs.join("\n");
    for (const secret of Object.values(body("https://x.example").secrets)) expect(logs).not.toContain(secret);
  });

  test("to a server that hangs is given up when its time is over", async () => {
    // Ten seconds, as if they were over at once.
    const real = AbortSignal.timeout.bind(AbortSignal);
    vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => real(ms === seconds(10) ? 200 : ms));
    const there = await networkServer(() => "say nothing");
    expectSentence(await refusedAt(there.url), "network_silent", "a server that hangs");
  });
});

// ── Sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const isStatus = ({ method, path }: { method: string; path: string }) =>
  method === "POST" && path === "/api/v1/statuses";

/** What a server of Mastodon does with a post, by the code that it is to be met with. */
const met: Record<TroubleCode, Told | "nobody listens" | "not ours to speak to"> = {
  network_credentials_wrong: said(401, { error: "The access token is invalid" }),
  network_access_expired: said(401, { error: "The access token expired" }),
  network_access_revoked: said(401, { error: "The access token was revoked" }),
  network_forbidden: said(403, { error: "This action is not allowed" }),
  network_account_missing: said(404, { error: "Record not found" }),
  network_is_another: { headers: { "content-type": "text/html" }, text: "<h1>Onderhoud</h1>" },
  network_redirects: { status: 302, headers: { location: "http://169.254.169.254/" } },
  network_address_refused: "not ours to speak to",
  network_unreachable: "nobody listens",
  network_silent: "hang up",
  network_broken: said(502),
  network_busy: { status: 429, json: {}, headers: { "retry-after": "30" } },
  network_refused: said(422, { error: "Validation failed: Text is spam" }),
};

/** A call as a sentence says it: method, path and body. */
const callsIn = (sentence: string) =>
  [...sentence.matchAll(/\b(POST|PATCH) (\/v1\/[\w/]+)(?: (\{.*?\}+))?/g)].map(([, method = "", path = "", body]) => ({
    method,
    path,
    body,
  }));

test("every code is met by a send", () => {
  expect(Object.keys(met).toSorted()).toEqual(Object.keys(troubles).toSorted());
});

test.each(Object.entries(met))("a send that meets %s says so, and what it says to do mends it", async (name, told) => {
  if (!isTroubleCode(name)) throw new Error(name);
  const kind = troubles[name];
  const of = await world.workspace();
  const there = await littleMastodon(world);
  const { port } = new URL(there.server.url);
  addresses.set("sociaal.example", "127.0.0.1");
  there.server.url = `http://sociaal.example:${port}`;
  declare(`sociaal.example:${port}`);
  const channel = await there.connect(of);
  const read = async (id: string) => (await of.api("GET", `/v1/posts/${id}`)).as(PostView).deliveries[0];
  const again: (() => void)[] = [];
  if (told === "not ours to speak to") {
    addresses.set("sociaal.example", "10.0.0.1");
    again.push(() => addresses.set("sociaal.example", "127.0.0.1"));
  } else if (told === "nobody listens") again.push(await there.server.pause());
  else {
    there.server.instead = (heard) => (isStatus(heard) ? told : undefined);
    again.push(() => {
      there.server.instead = undefined;
    });
  }
  const id = await send(world, of, channel.id, { text: "Vers brood" });
  const delivery = await read(id);
  const mended = async () => {
    for (const back of again) back();
    // Class A: under its key it is sent again by itself, or as soon as the call was made that the sentence names.
    await world.advance("PT2M");
    expect(await read(id)).toMatchObject({ state: "published" });
    expect(there.texts()).toEqual(["Vers brood"]);
  };

  if (kind.means !== "refused") {
    // Nothing is to be done: it is tried again. What may stand there is looked up before a word is said of it.
    const waits = delivery?.state === "ready" || delivery?.state === "unknown" ? delivery.detail : "";
    const answered = { network_is_another: "Mastodon answered 200.", network_broken: "Mastodon answered 502" };
    expect(waits).toContain({ ...answered }[name as string] ?? kind.says("Mastodon"));
    return mended();
  }
  if (delivery?.state !== "rejected") throw new Error(JSON.stringify(delivery));
  expect(delivery.code).toBe(name);
  expect(delivery.detail).toContain(kind.says("Mastodon"));
  expect(delivery.detail).not.toMatch(/[{…][a-z]+Id\}/);
  expect(delivery.detail).not.toContain("zonnetje");
  const shown = z.object({ status: z.string(), trouble: z.object({ mend: z.string() }).optional() });
  const { status, trouble } = (await of.api("GET", `/v1/channels/${channel.id}`)).as(shown);
  expect(status).toBe(kind.fails ? "failing" : "connected");
  if (trouble) expect(delivery.detail).toContain(trouble.mend);

  for (const back of again) back();
  const connection: Record<string, unknown> = {
    secrets: { accessToken: "zonnetje-0123456789" },
    settings: { server: there.server.url },
  };
  const calls = callsIn(delivery.detail);
  expect(calls.at(-1)?.path).toBe(`/v1/posts/${id}/retry`);
  for (const { method, path, body } of calls) {
    if (path === "/v1/posts") continue;
    // Where the sentence leaves something out, it is what the marketer has.
    const field = /"(secrets|settings)"/.exec(body ?? "")?.[1];
    const filled = field ? { [field]: connection[field] } : body === undefined ? undefined : JSON.parse(body);
    // With a key, as a careful client has it: what is retried leaves at once and changes, so that a write whose answer was lost
    // would meet another state when it is repeated, and say that somebody else had changed it.
    const answer = await of.api(method, path, filled, {
      "idempotency-key": `${name} ${path}`.replaceAll(/[ /]/g, "-"),
    });
    expect([path, answer.status]).toEqual([path, 200]);
  }
  await mended();
  expect((await of.api("GET", `/v1/channels/${channel.id}`)).body).toMatchObject({ status: "connected" });
});

test("a post to a channel that was disconnected says so, and goes out from the new one as a new post", async () => {
  const of = await world.workspace();
  const there = await littleMastodon(world);
  const channel = await there.connect(of);
  const at = new Date(Date.parse(world.now()) + seconds(5)).toISOString();
  const { id } = (await of.api("POST", "/v1/posts", { text: "Taart", channels: [channel.id], at })).as(PostView);
  await of.api("DELETE", `/v1/channels/${channel.id}`);
  await world.advance("PT6S");
  const [delivery] = (await of.api("GET", `/v1/posts/${id}`)).as(PostView).deliveries;
  if (delivery?.state !== "rejected") throw new Error(JSON.stringify(delivery));
  expect(delivery.code).toBe("channel_disconnected");
  expect(callsIn(delivery.detail).map(({ path }) => path)).toEqual(["/v1/channels", "/v1/posts"]);
  await send(world, of, (await there.connect(of)).id, { text: "Taart" });
  expect(there.texts()).toEqual(["Taart"]);
});
