import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../../../functions/channels/channel.ts";
import { textOf } from "../../../functions/channels/html.ts";
import { later, seconds } from "../../../functions/platform/clock.ts";
import { PostView } from "../../../functions/posts/post-view.ts";
import { checkLive } from "../../../infra/check-live.ts";
import { declare } from "../../network-server.ts";
import { png, published } from "../../pictures-of.ts";
import { openWorld, type World } from "../../world.ts";
import { type Pds, startPds } from "../bluesky/server.ts";
import { startSnac } from "../mastodon/snac.ts";
import { startWordPress } from "../wordpress/server.ts";

// One post with a picture, asked for once, on four real servers at the same moment in real time: Bluesky's PDS, WordPress, snac2 by
// Mastodon's API, and as a follower on the fediverse sees it. Each is asked afterwards what stands there, the picture's bytes too.

let world: World;
let pds: Pds;
let zon: Awaited<ReturnType<Pds["account"]>>;
let site: Awaited<ReturnType<typeof startWordPress>>;
let snac: Awaited<ReturnType<typeof startSnac>>;
beforeAll(async () => {
  [pds, site, snac] = await Promise.all([startPds(), startWordPress(), startSnac(["zon", "bert"])]);
  for (const host of [new URL(pds.url).host, site.host, new URL(snac.url).host]) declare(host);
  world = await openWorld({ clock: "running" });
  zon = await pds.account("zon.test");
}, 300_000);
afterAll(async () => {
  await world?.close();
  await Promise.all([pds?.close(), site?.stop(), snac?.close()]);
});

const Status = z.object({
  id: z.string(),
  content: z.string(),
  media_attachments: z.array(z.object({ url: z.string(), description: z.string().nullable() })),
});
const onSnac = async (token: string | undefined, method: string, path: string): Promise<unknown> =>
  (await fetch(`${snac.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } })).json();

/** Servers work through their queues every few seconds. */
const until = async <T>(what: string, find: () => Promise<T | undefined | false>): Promise<T> => {
  for (let tries = 1; tries <= 200; tries++) {
    const found = await find();
    if (found) return found;
    await setTimeout(300);
  }
  throw new Error(`It did not come: ${what}.`);
};
const bytesAt = async (url: string): Promise<string> => hashOf(new Uint8Array(await (await fetch(url)).arrayBuffer()));
const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("the same post with a picture stands on Bluesky, WordPress, snac2 and with a follower, is read back from each, and is taken back", {
  timeout: 240_000,
}, async () => {
  const of = await world.workspace();
  const [zonOnSnac, bert] = snac.tokens;
  const connect = async (body: object) =>
    (await of.api("POST", "/v1/channels", { name: "Bakkerij Zon", ...body })).as(ChannelView);
  const channels = [
    await connect({
      network: "bluesky",
      settings: { service: pds.url, identifier: zon.handle },
      secrets: { appPassword: zon.appPassword },
    }),
    await connect({
      network: "wordpress",
      settings: { url: site.url },
      secrets: { username: site.user, applicationPassword: site.password },
    }),
    await connect({ network: "mastodon", settings: { server: snac.url }, secrets: { accessToken: zonOnSnac } }),
    await connect({ network: "feed", handle: "overal" }),
  ];
  expect(channels.map(({ status }) => status)).toEqual(Array(4).fill("connected"));

  const feed = channels[3]?.id;
  const search = `/api/v2/search?resolve=true&type=accounts&q=${encodeURIComponent(`@overal@${new URL(world.url).host}`)}`;
  const Found = z.object({ accounts: z.array(z.object({ id: z.string() })) });
  const account = await until("the brand", async () => Found.parse(await onSnac(bert, "GET", search)).accounts[0]);
  await onSnac(bert, "POST", `/api/v1/accounts/${account.id}/follow`);
  await until("a follower", async () => {
    const { body } = await world.http("GET", `/fediverse/${feed}/followers`);
    return z.object({ totalItems: z.number() }).parse(body).totalItems === 1;
  });

  const picture = png(64, 48);
  const mediaId = await published(of, picture);
  const text = "Vers brood & taart, zie https://zon.example/x";
  const { id } = (
    await of.api("POST", "/v1/posts", {
      ...{ text, channels: channels.map((channel) => channel.id), media: [{ mediaId, alt: "Een brood" }] },
      at: later(world.now(), seconds(5)),
    })
  ).as(PostView);
  const post = await until("the post", async () => {
    const read = (await of.api("GET", `/v1/posts/${id}`)).as(PostView);
    return read.state === "published" && read;
  });
  const at = (n: number): string => {
    const delivery = post.deliveries[n];
    if (delivery?.state !== "published" || delivery.externalId === undefined) throw new Error(JSON.stringify(delivery));
    return delivery.externalId;
  };

  // Bluesky.
  const Record = z.object({
    value: z.object({
      text: z.string(),
      embed: z.object({
        images: z.array(z.object({ alt: z.string(), image: z.object({ ref: z.object({ $link: z.string() }) }) })),
      }),
    }),
  });
  const [, , did = "", , rkey = ""] = at(0).split("/");
  const stored = async () =>
    pds.xrpc("com.atproto.repo.getRecord", { query: { repo: did, collection: "app.bsky.feed.post", rkey } });
  const { value } = Record.parse((await stored()).body);
  expect([value.text, value.embed.images[0]?.alt]).toEqual([text, "Een brood"]);
  const cid = value.embed.images[0]?.image.ref.$link ?? "";
  expect(await bytesAt(`${pds.url}/xrpc/com.atproto.sync.getBlob?did=${did}&cid=${cid}`)).toBe(hashOf(picture));

  // WordPress: what everyone sees, without a password.
  const onSite = (path: string) => fetch(`${site.url}/?rest_route=/wp/v2/${path}`);
  const Page = z.object({ content: z.object({ rendered: z.string() }), featured_media: z.number() });
  const page = Page.parse(await (await onSite(`posts/${at(1)}`)).json());
  expect(page.content.rendered).toContain('href="https://zon.example/x"');
  const Shown = z.object({ alt_text: z.string(), source_url: z.string() });
  const shown = Shown.parse(await (await onSite(`media/${page.featured_media}`)).json());
  expect([shown.alt_text, await bytesAt(shown.source_url)]).toEqual(["Een brood", hashOf(picture)]);

  // snac2, by Mastodon's API.
  const status = Status.parse(await onSnac(zonOnSnac, "GET", `/api/v1/statuses/${at(2)}`));
  const [attachment] = status.media_attachments;
  expect(textOf(status.content)).toContain("Vers brood & taart");
  expect([attachment?.description, await bytesAt(attachment?.url ?? "")]).toEqual(["Een brood", hashOf(picture)]);

  // A follower.
  const timeline = async () => z.array(Status).parse(await onSnac(bert, "GET", "/api/v1/timelines/home"));
  const seen = await until("the post for the follower", async () =>
    (await timeline()).find(({ content }) => content.includes("Vers brood &amp; taart")),
  );
  const [told] = seen.media_attachments;
  expect([told?.description, await bytesAt(told?.url ?? "")]).toEqual(["Een brood", hashOf(picture)]);

  // Taken back everywhere, but where the server lets nobody delete, which is said.
  await of.api("POST", `/v1/posts/${id}/retract`, {});
  const after = await until("the end of it", async () => {
    const { deliveries } = (await of.api("GET", `/v1/posts/${id}`)).as(PostView);
    return deliveries.every(({ state }) => state !== "retracting") && deliveries;
  });
  expect(after.map(({ state }) => state)).toEqual(["retracted", "retracted", "published", "retracted"]);
  expect(after[2]).toMatchObject({ problem: expect.stringContaining("lets nobody remove a post") });
  expect((await stored()).status).toBe(400);
  expect((await onSite(`posts/${at(1)}`)).status).toBe(401);
  await until("its end for the follower", async () =>
    (await timeline()).every(({ content }) => !content.includes("Vers brood")),
  );
});

test.each(["bluesky", "wordpress", "mastodon"])(
  "check-live tries %s, step by step, and leaves nothing behind",
  async (name) => {
    const [zonOnSnac = ""] = snac.tokens;
    const environment = {
      BLUESKY_SERVICE: pds.url,
      BLUESKY_IDENTIFIER: zon.handle,
      BLUESKY_APP_PASSWORD: zon.appPassword,
      WORDPRESS_URL: site.url,
      WORDPRESS_USERNAME: site.user,
      WORDPRESS_APPLICATION_PASSWORD: site.password,
      MASTODON_SERVER: snac.url,
      MASTODON_ACCESS_TOKEN: zonOnSnac,
    };
    const lines: string[] = [];
    const status = await checkLive(name, environment, (line) => lines.push(line));
    const text = lines.join("\n");
    for (const secret of [zon.appPassword, site.password, zonOnSnac]) expect(text).not.toContain(secret);
    const went = (what: string) => lines.filter((line) => line.includes(what)).map((line) => line.slice(0, 5).trim());
    expect(went("connecting")).toEqual(["ok"]);
    // snac2 keeps no keys, so there it is not tried.
    expect(went("publishing a text")).toEqual(name === "mastodon" ? ["ok"] : ["ok", "ok"]);
    expect(went("publishing a picture")).toEqual(name === "mastodon" ? ["ok"] : ["ok", "ok"]);
    expect(went("looking up")).toEqual(["ok", "ok"]);
    // What these servers cannot do: the PDS has no app behind it that counts; snac2 lets nobody delete.
    expect(went("reading the figures")).toEqual(Array(2).fill(name === "bluesky" ? "WRONG" : "ok"));
    expect(went("taking it back")).toEqual(Array(2).fill(name === "mastodon" ? "WRONG" : "ok"));
    expect(went("Remove it yourself")).toHaveLength(name === "mastodon" ? 2 : 0);
    expect(status).toBe(name === "wordpress" ? 0 : 1);
  },
);
