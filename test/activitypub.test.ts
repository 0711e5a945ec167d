import { createHash, createSign, createVerify, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../functions/channels/channel.ts";
import { connectors } from "../functions/channels/connectors.ts";
import { later, seconds } from "../functions/platform/clock.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { png, published } from "./pictures-of.ts";
import { openWorld, type World } from "./world.ts";

// A feed on the fediverse, as servers of it speak to it: here small ones, with keys and signatures of their own making. A real
// one (snac2) is in test/networks/activitypub.

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

const everyone = "https://www.w3.org/ns/activitystreams#Public";
const Received = z.looseObject({ id: z.string(), type: z.string(), actor: z.string(), object: z.unknown() });
type Received = z.infer<typeof Received>;
const Actor = z.object({
  id: z.string(),
  inbox: z.string(),
  preferredUsername: z.string(),
  publicKey: z.object({ id: z.string(), owner: z.string(), publicKeyPem: z.string() }),
});
const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

/** Signs as Mastodon does (docs.joinmastodon.org/spec/security). */
const signed = (
  url: string,
  body: string,
  keyId: string,
  at: string,
  key = keys.privateKey,
): Record<string, string> => {
  const { host, pathname } = new URL(url);
  const date = new Date(at).toUTCString();
  const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
  const text = `(request-target): post ${pathname}\nhost: ${host}\ndate: ${date}\ndigest: ${digest}`;
  const signature = createSign("sha256").update(text).sign(key, "base64");
  return {
    date,
    digest,
    signature: `keyId="${keyId}",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="${signature}"`,
  };
};

/** Whether a request to us here was signed with this key. */
const isSigned = (path: string, headers: IncomingHttpHeaders, body: string, publicKey: string): boolean => {
  const fields = Object.fromEntries(
    [...String(headers.signature).matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  const text = String(fields.headers)
    .split(" ")
    .map((name) => `${name}: ${name === "(request-target)" ? `post ${path}` : headers[name]}`)
    .join("\n");
  const digest = `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
  const isWhole = headers.digest === digest && /target.* host .*digest/.test(String(fields.headers));
  return isWhole && createVerify("sha256").update(text).verify(publicKey, String(fields.signature), "base64");
};

/** A server with as many people as are asked for: /users/<name>; all share an inbox unless `shares` is false. */
const fediverse = async ({ shares = true } = {}) => {
  const self = {
    url: "",
    received: [] as { path: string; activity: Received; isSigned: boolean }[],
    /** What it answers to what it is told. */
    status: 202,
    gone: [] as string[],
    publicKey: keys.publicKey,
    ours: "",
    asked: 0,
    of: (type: string) => self.received.filter(({ activity }) => activity.type === type),
  };
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    if (request.method === "GET") {
      self.asked++;
      const id = `${self.url}${path}`;
      if (self.gone.includes(id)) return response.writeHead(410).end();
      return response.writeHead(200, { "content-type": "application/activity+json" }).end(
        JSON.stringify({
          ...{
            id,
            type: "Person",
            preferredUsername: path.slice(7),
            name: `Naam ${path.slice(7)}`,
            inbox: `${id}/inbox`,
          },
          ...(shares ? { endpoints: { sharedInbox: `${self.url}/inbox` } } : {}),
          publicKey: { id: `${id}#main-key`, owner: id, publicKeyPem: self.publicKey },
        }),
      );
    }
    const body = Buffer.concat(await request.toArray()).toString();
    const activity = Received.parse(JSON.parse(body));
    self.received.push({ path, activity, isSigned: isSigned(path, request.headers, body, self.ours) });
    return response.writeHead(self.status).end();
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, host].filter(Boolean).join(",");
  self.url = `http://${host}`;
  return self;
};
type Fediverse = Awaited<ReturnType<typeof fediverse>>;

let handles = 0;
const brand = async (more: object = {}) => {
  const workspace = await world.workspace();
  const { api, workspaceId } = workspace;
  const handle = `fedi-${++handles}`;
  const channel = (await api("POST", "/v1/channels", { network: "feed", name: "Bakkerij Zon", handle, ...more })).as(
    ChannelView,
  );
  const { host } = new URL(world.url);
  const finger = (resource = `acct:${handle}@${host}`) =>
    world.http("GET", `/.well-known/webfinger?resource=${encodeURIComponent(resource)}`);
  const actor = async () => {
    const { links } = (await finger()).as(
      z.object({ links: z.array(z.looseObject({ rel: z.string(), href: z.string() })) }),
    );
    const href = links.find(({ rel }) => rel === "self")?.href ?? "";
    return (await world.http("GET", new URL(href).pathname)).as(Actor);
  };
  const collected = (externalId: string, cursor?: string) => {
    const to = { workspaceId, channelId: channel.id, handle, settings: channel.settings, secrets: {} };
    const call = { signal: AbortSignal.timeout(5000), endsMs: Date.parse(world.now()) + 5000, learn: () => {} };
    return connectors.feed?.collect?.(to, { key: externalId, externalId }, cursor, call);
  };
  return {
    ...workspace,
    channel,
    handle,
    finger,
    actor,
    collected,
    /** Somebody there tells this actor something. */
    say: async (
      there: Fediverse,
      name: string,
      activity: object,
      how: { key?: string; at?: string; body?: string } = {},
    ) => {
      const us = await actor();
      there.ours = us.publicKey.publicKeyPem;
      const id = `${there.url}/users/${name}`;
      const body = JSON.stringify({ "@context": "https://www.w3.org/ns/activitystreams", actor: id, ...activity });
      const headers = signed(us.inbox, body, `${id}#main-key`, how.at ?? world.now(), how.key);
      return world.http("POST", new URL(us.inbox).pathname, {
        body: how.body ?? body,
        headers: { "content-type": "application/activity+json", ...headers },
      });
    },
    publish: async (text: string, also: object = {}) => {
      const at = later(world.now(), seconds(1));
      const { id } = (await api("POST", "/v1/posts", { text, channels: [channel.id], at, ...also })).as(PostView);
      await world.advance("PT2S");
      const [delivery] = (await api("GET", `/v1/posts/${id}`)).as(PostView).deliveries;
      if (delivery?.state !== "published" || delivery.externalId === undefined)
        throw new Error(JSON.stringify(delivery));
      return { id, itemId: delivery.externalId };
    },
  };
};
const follow = async (of: Awaited<ReturnType<typeof brand>>, there: Fediverse, ...names: string[]) => {
  const { id: object } = await of.actor();
  for (const name of names)
    expect((await of.say(there, name, { id: `${there.url}/follows/${name}`, type: "Follow", object })).status).toBe(
      202,
    );
  await world.advance("PT1S");
};

describe("a public feed", () => {
  test("is found by its name, and says who it is, what it said, and how many follow it", async () => {
    const of = await brand({ settings: { description: "Brood & taart" } });
    const found = await of.finger();
    const { host } = new URL(world.url);
    expect(found.headers["content-type"]).toContain("application/jrd+json");
    expect(found.body).toMatchObject({ subject: `acct:${of.handle}@${host}` });
    const { id, preferredUsername, publicKey } = await of.actor();
    expect([preferredUsername, publicKey.owner]).toEqual([of.handle, id]);
    expect((await of.finger(id)).body).toEqual(found.body);
    expect((await of.finger(`${world.url}/@${of.handle}`)).body).toEqual(found.body);
    expect((await of.finger(`acct:${of.handle}@elsewhere.example`)).status).toBe(404);
    expect((await of.finger("acct:niemand@elsewhere.example")).status).toBe(404);

    const picture = await published(of, png(8, 6));
    const { itemId } = await of.publish("Vers <brood>\nzie https://zon.example/x.", {
      language: "nl",
      media: [{ mediaId: picture, alt: "Een brood" }],
    });
    const path = new URL(id).pathname;
    const note = await world.http("GET", `${path}/posts/${itemId}`);
    expect(note.headers["content-type"]).toContain("application/activity+json");
    expect(note.body).toMatchObject({
      type: "Note",
      attributedTo: id,
      to: [everyone],
      url: `${world.url}/@${of.handle}/post/${itemId}`,
      contentMap: { nl: '<p>Vers &lt;brood&gt;<br>zie <a href="https://zon.example/x">https://zon.example/x</a>.</p>' },
      attachment: [
        { mediaType: "image/png", name: "Een brood", width: 8, height: 6, url: `${world.url}/m/${picture}` },
      ],
    });
    expect((await world.http("GET", `${path}/outbox`)).body).toMatchObject({
      orderedItems: [{ type: "Create", object: { id: `${id}/posts/${itemId}` } }],
    });
    expect((await world.http("GET", `${path}/followers`)).body).toMatchObject({ totalItems: 0 });
    // The picture is on the page and in the feeds too.
    const page = (await world.http("GET", `/@${of.handle}/post/${itemId}`, { headers: { accept: "text/html" } })).text;
    expect(page).toContain(`<img class="picture" src="/m/${picture}"`);
    expect((await world.http("GET", `/@${of.handle}/feed.json`)).text).toContain(`/m/${picture}`);
  });

  test.each([
    ["a private one", { secrets: { accessKey: "a".repeat(20) } }],
    ["one whose owner does not want it", { settings: { fediverse: false } }],
  ])("is not there for the fediverse: %s", async (_, more) => {
    const of = await brand(more);
    expect((await of.finger()).status).toBe(404);
  });

  test("is gone for the fediverse when it is disconnected", async () => {
    const of = await brand();
    const { id } = await of.actor();
    await of.api("DELETE", `/v1/channels/${of.channel.id}`);
    await world.advance("PT6S");
    expect((await world.http("GET", new URL(id).pathname)).status).toBe(404);
  });
});

describe("who follows", () => {
  test("is accepted, gets each post signed and once a server, and what is taken back; who no longer follows gets nothing", async () => {
    const of = await brand();
    const there = await fediverse();
    await follow(of, there, "anna", "bert");
    const { id } = await of.actor();
    // What is said to two inboxes at the same moment arrives in any order.
    const accepts = there.of("Accept").toSorted((a, b) => a.path.localeCompare(b.path));
    expect(accepts.map(({ path, activity, isSigned }) => [path, activity.object, isSigned])).toEqual(
      ["anna", "bert"].map((name) => [
        `/users/${name}/inbox`,
        { id: `${there.url}/follows/${name}`, type: "Follow", actor: `${there.url}/users/${name}`, object: id },
        true,
      ]),
    );
    await follow(of, there, "anna"); // Asked twice.
    expect((await world.http("GET", `${new URL(id).pathname}/followers`)).body).toMatchObject({ totalItems: 2 });
    expect(world.eventsOf(of.workspaceId).filter(({ type }) => type === "channel.followed")).toHaveLength(2);

    const post = await of.publish("Vers brood");
    expect(there.of("Create")).toMatchObject([
      { path: "/inbox", isSigned: true, activity: { actor: id, object: { id: `${id}/posts/${post.itemId}` } } },
    ]);
    await of.api("POST", `/v1/posts/${post.id}/retract`, {});
    await world.advance("PT3S");
    expect(there.of("Delete")).toMatchObject([
      { isSigned: true, activity: { object: { id: `${id}/posts/${post.itemId}`, type: "Tombstone" } } },
    ]);

    for (const name of ["anna", "bert"]) {
      const object = { id: `${there.url}/follows/${name}`, type: "Follow", object: id };
      expect((await of.say(there, name, { type: "Undo", object })).status).toBe(202);
    }
    await world.settle();
    expect(world.eventsOf(of.workspaceId).filter(({ type }) => type === "channel.unfollowed")).toHaveLength(2);
    await of.publish("Voor niemand");
    expect(there.of("Create")).toHaveLength(1);
  });

  test("is accepted once where their server, which does not take the answer, asks again meanwhile", async () => {
    const of = await brand();
    const there = await fediverse();
    there.status = 503;
    const { id } = await of.actor();
    const asks = () => of.say(there, "anna", { id: `${there.url}/follows/anna`, type: "Follow", object: id });
    expect((await asks()).status).toBe(202);
    await world.advance("PT5S");
    expect((await asks()).status).toBe(202);
    there.status = 202;
    await world.advance("PT2M");
    expect(there.of("Accept")).toHaveLength(2);
    expect((await asks()).status).toBe(202);
    await world.advance("PT5S");
    expect(there.of("Accept")).toHaveLength(3);
  });

  test("on a server that fails gets it later, and nobody else hears it twice", async () => {
    const of = await brand();
    const [works, fails, hangsUp] = [await fediverse(), await fediverse(), await fediverse()];
    for (const there of [works, fails, hangsUp]) await follow(of, there, "anna");
    fails.status = 503;
    hangsUp.status = 404;
    await of.publish("Vers brood");
    expect([works, fails, hangsUp].map((there) => there.of("Create").length)).toEqual([1, 1, 1]);
    fails.status = 202;
    await world.advance("PT2M");
    expect([works, fails, hangsUp].map((there) => there.of("Create").length)).toEqual([1, 2, 1]);
    expect(new Set(fails.of("Create").map(({ activity }) => activity.id)).size).toBe(1);
    await world.advance("PT10M");
    expect(fails.of("Create")).toHaveLength(2);
  });

  test("on a server that is no more gets nothing from then on", async () => {
    const of = await brand();
    const there = await fediverse();
    await follow(of, there, "anna");
    there.status = 410;
    await of.publish("Een");
    there.status = 202;
    await of.publish("Twee");
    expect(there.of("Create")).toHaveLength(1);
  });

  test("is left alone when their own server says that they are no more", async () => {
    const of = await brand();
    const there = await fediverse();
    await follow(of, there, "anna");
    const anna = `${there.url}/users/anna`;
    there.gone.push(anna);
    // What is known of her is forgotten after a while.
    await world.advance("PT6M");
    expect((await of.say(there, "anna", { type: "Delete", object: anna })).status).toBe(202);
    await of.publish("Voor niemand");
    expect(there.of("Create")).toEqual([]);
  });
});

describe("a hub", () => {
  test("is named in the feeds, and told of each post and of what is taken back (WebSub)", async () => {
    const heard: string[] = [];
    const hub = createServer(async (request, response) => {
      heard.push(Buffer.concat(await request.toArray()).toString());
      response.writeHead(heard.length === 1 ? 503 : 204).end();
    });
    servers.push(hub);
    hub.listen(0, "127.0.0.1");
    await once(hub, "listening");
    const host = `127.0.0.1:${(hub.address() as AddressInfo).port}`;
    process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, host].filter(Boolean).join(",");
    const of = await brand({ settings: { hub: `http://${host}/` } });
    const home = `${world.url}/@${of.handle}`;
    const atom = await world.http("GET", `/@${of.handle}/feed.atom`);
    expect(atom.text).toContain(`<link rel="hub" href="http://${host}/"/>`);
    expect(atom.headers.link).toBe(`<http://${host}/>; rel="hub", <${home}/feed.atom>; rel="self"`);
    expect((await world.http("GET", `/@${of.handle}/feed.json`)).text).toContain('"hubs":[{"type":"WebSub"');

    const { id } = await of.publish("Vers brood");
    await world.advance("PT2M");
    // It failed once.
    expect(heard).toHaveLength(2);
    const told = new URLSearchParams(heard[1]);
    expect([told.get("hub.mode"), told.getAll("hub.url")]).toEqual([
      "publish",
      [`${home}/feed.atom`, `${home}/feed.json`],
    ]);
    await of.api("POST", `/v1/posts/${id}/retract`, {});
    await world.advance("PT3S");
    expect(heard).toHaveLength(3);
    const refused = await of.api("PATCH", `/v1/channels/${of.channel.id}`, {
      settings: { hub: "http://hub.example/" },
    });
    expect(refused.body).toMatchObject({ code: "invalid_input", errors: [{ pointer: "#/settings/hub" }] });
  });
});

describe("what people do with a post", () => {
  test("is counted once each, and taken back when they take it back; answers come with who and what, once", async () => {
    const of = await brand();
    const there = await fediverse();
    const { id: postId, itemId } = await of.publish("Vers brood");
    const note = `${(await of.actor()).id}/posts/${itemId}`;
    for (const name of ["anna", "anna", "bert"])
      expect((await of.say(there, name, { id: `${there.url}/likes/${name}`, type: "Like", object: note })).status).toBe(
        202,
      );
    await of.say(there, "bert", { type: "Announce", object: note });
    const reply = {
      id: `${there.url}/notes/1`,
      type: "Note",
      inReplyTo: note,
      content: "<p>Lekker &amp; <b>vers</b></p>",
    };
    for (const _ of [1, 2]) await of.say(there, "cor", { type: "Create", object: reply });
    const { host } = new URL(there.url);
    const first = await of.collected(itemId);
    expect(first).toMatchObject({
      figures: { likes: 2, reposts: 1, replies: 1 },
      replies: [{ externalId: reply.id, text: "Lekker & vers", author: { handle: `@cor@${host}`, name: "Naam cor" } }],
    });
    expect((await of.collected(itemId, first?.cursor))?.replies).toEqual([]);
    await world.settle();
    expect(world.eventsOf(of.workspaceId).filter(({ type }) => type === "channel.answered")).toMatchObject([
      { detail: { data: { postId } } },
    ]);

    await of.say(there, "bert", { type: "Undo", object: { type: "Like", object: note } });
    await of.say(there, "bert", { type: "Undo", object: { type: "Announce", object: note } });
    // Nobody else deletes what cor said.
    await of.say(there, "bert", { type: "Delete", object: reply.id });
    expect((await of.collected(itemId))?.figures).toEqual({ likes: 1, reposts: 0, replies: 1 });
    await of.say(there, "cor", { type: "Delete", object: { id: reply.id, type: "Tombstone" } });
    expect((await of.collected(itemId))?.figures).toEqual({ likes: 1, reposts: 0, replies: 0 });
  });

  test("counts for nothing where it is not signed by who it says, is old, altered, or said in another's name", async () => {
    const of = await brand();
    const there = await fediverse();
    const { itemId } = await of.publish("Vers brood");
    const us = await of.actor();
    const like = { type: "Like", object: `${us.id}/posts/${itemId}` };
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    const refused = [
      await of.say(there, "anna", like, { key: String(other) }),
      await of.say(there, "anna", like, { at: later(world.now(), -seconds(2 * 3600)) }),
      await of.say(there, "anna", like, { body: JSON.stringify({ ...like, actor: `${there.url}/users/bert` }) }),
      // Bert's key for what Anna says.
      await of.say(there, "bert", { ...like, actor: `${there.url}/users/anna` }),
      await world.http("POST", new URL(us.inbox).pathname, { body: { ...like, actor: `${there.url}/users/anna` } }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(refused.map((answer) => answer.as(z.object({ code: z.string() })).code)).toEqual(
      Array(5).fill("signature_wrong"),
    );
    // A key of an address that only we can reach is not asked for.
    const inside = "http://169.254.169.254/users/x";
    const body = JSON.stringify({ ...like, actor: inside });
    const headers = signed(us.inbox, body, `${inside}#main-key`, world.now());
    expect((await world.http("POST", new URL(us.inbox).pathname, { body, headers })).status).toBe(401);
    expect((await of.collected(itemId))?.figures).toEqual({ likes: 0, reposts: 0, replies: 0 });
  });

  test("that is not about us is taken and forgotten, and nobody is asked for a key", async () => {
    const of = await brand();
    const there = await fediverse();
    const elsewhere = "https://elsewhere.example/notes/1";
    for (const activity of [
      { type: "Like", object: elsewhere },
      { type: "Create", object: { id: `${there.url}/n/1`, type: "Note", content: "Hallo" } },
      { type: "Delete", object: `${there.url}/users/anna` },
      { type: "Dance", object: elsewhere },
    ])
      expect((await of.say(there, "anna", activity)).status).toBe(202);
    expect(there.asked).toBe(0);
    const { inbox } = await of.actor();
    expect((await world.http("POST", new URL(inbox).pathname, { body: "geen JSON" })).status).toBe(400);
    expect((await world.http("POST", "/fediverse/ch_01jd0000000000000000000000/inbox", { body: {} })).status).toBe(404);
  });
});
