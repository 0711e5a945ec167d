import { once } from "node:events";
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../../../functions/channels/channel.ts";
import { wordpress as connector } from "../../../functions/channels/connectors/wordpress.ts";
import { later, seconds } from "../../../functions/platform/clock.ts";
import { PostView } from "../../../functions/posts/post-view.ts";
import { mp4, png, published } from "../../pictures-of.ts";
import { openWorld, type Workspace, type World } from "../../world.ts";
import { startWordPress } from "./server.ts";

// A real WordPress, through the whole system. Before it stands a wire that can cut an answer off after WordPress acted.

const site = await startWordPress();

describe("a real WordPress", () => {
  const secrets = { username: site.user, applicationPassword: site.password };
  let world: World;
  let of: Workspace;
  /** Whether the answer to this request is lost. */
  let cuts = (_request: IncomingMessage): boolean => false;
  const wire = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { method, url: path, headers } = request;
    const onward = ask(
      new URL(path ?? "/", site.url),
      { method, headers: { ...headers, host: site.host } },
      (answer) => {
        if (cuts(request)) {
          cuts = () => false;
          answer.resume().once("end", () => response.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  let wireUrl = "";

  beforeAll(async () => {
    wire.listen(0, "127.0.0.1");
    await once(wire, "listening");
    const host = `127.0.0.1:${(wire.address() as AddressInfo).port}`;
    wireUrl = `http://${host}`;
    process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, site.host, host].filter(Boolean).join(",");
    world = await openWorld();
    of = await world.workspace();
  }, 120_000);
  afterAll(async () => {
    wire.closeAllConnections();
    wire.close();
    await world?.close();
    await site.stop();
  });

  const connecting = (url: string, given: object = secrets) =>
    of.api("POST", "/v1/channels", { network: "wordpress", name: "Site", settings: { url }, secrets: given });
  const publish = async (channelId: string, text: string, more: object = {}, wait = "PT2S") => {
    const at = later(world.now(), seconds(1));
    const { id } = (await of.api("POST", "/v1/posts", { text, channels: [channelId], at, ...more })).as(PostView);
    await world.advance(wait);
    const [delivery] = (await of.api("GET", `/v1/posts/${id}`)).as(PostView).deliveries;
    if (delivery?.state !== "published" || delivery.externalId === undefined) throw new Error(JSON.stringify(delivery));
    return { id, externalId: delivery.externalId, url: delivery.url ?? "" };
  };
  /** As its owner sees it. */
  const there = async <T>(route: string, schema: z.ZodType<T>): Promise<T> => {
    const authorization = `Basic ${Buffer.from(`${site.user}:${site.password}`).toString("base64")}`;
    return schema.parse(
      await (await fetch(`${site.url}/?rest_route=/wp/v2/${route}`, { headers: { authorization } })).json(),
    );
  };
  const Stands = z.object({ id: z.number(), status: z.string(), slug: z.string(), featured_media: z.number() });
  const Rendered = z.object({ rendered: z.string() });
  const Shown = z.object({ title: Rendered, content: Rendered });
  const call = () => ({ signal: AbortSignal.timeout(5000), endsMs: Date.parse(world.now()) + 5000, learn: () => {} });

  test("shows a post with its pictures to everyone, takes comments, and puts it in the bin", async () => {
    const channel = (await connecting(site.url)).as(ChannelView);
    const media = [await published(of, png(64, 48)), await published(of, png(32, 48))];
    const post = await publish(channel.id, "Vers brood & taart\n\nElke dag.\nZie https://zon.example/x. [gallery]", {
      media: media.map((mediaId, i) => ({ mediaId, alt: `Brood "${i + 1}"` })),
    });
    expect(post.url).toBe(`${site.url}/vers-brood-taart/`);
    // Without a theme a page is empty; what it would show is what everyone can read.
    const shown = await (await fetch(`${site.url}/?rest_route=/wp/v2/posts/${post.externalId}`)).json();
    const { title, content } = Shown.parse(shown);
    expect(title.rendered).toBe("Vers brood &amp; taart");
    expect(content.rendered).toContain('Elke dag.<br>Zie <a href="https://zon.example/x"');
    expect(content.rendered).toContain("&#91;gallery]");
    expect(content.rendered).toContain('alt="Brood &quot;2&quot;"');
    const { featured_media } = await there(`posts/${post.externalId}`, Stands);
    expect(await there(`media/${featured_media}`, z.object({ alt_text: z.string() }))).toEqual({
      alt_text: 'Brood "1"',
    });

    const comment = async (text: string) => {
      const form = { comment_post_ID: post.externalId, author: "Anna", email: "anna@example.nl", comment: text };
      const said = await fetch(`${site.url}/wp-comments-post.php`, {
        method: "POST",
        redirect: "manual",
        body: new URLSearchParams(form),
      });
      expect(said.status).toBe(302);
    };
    await comment("Lekker & vers");
    const to = { workspaceId: of.workspaceId, channelId: channel.id, handle: "", settings: { url: site.url }, secrets };
    const sent = { key: "", externalId: post.externalId };
    const first = await connector.collect?.(to, sent, undefined, call());
    expect(first).toMatchObject({
      figures: { replies: 1 },
      replies: [{ text: "Lekker & vers", author: { name: "Anna" } }],
    });
    await new Promise((resolve) => setTimeout(resolve, 16_000)); // WordPress takes one comment of a visitor in 15 s.
    await comment("Nog een");
    const second = await connector.collect?.(to, sent, first?.cursor, call());
    expect(second).toMatchObject({ figures: { replies: 2 }, replies: [{ text: "Nog een" }] });

    await of.api("POST", `/v1/posts/${post.id}/retract`, {});
    await world.advance("PT3S");
    expect((await fetch(post.url)).status).toBe(404);
    expect(await there(`posts/${post.externalId}`, Stands)).toMatchObject({ status: "trash" });
    // Twice is once.
    await connector.retract?.(to, sent, call());
    await connector.retract?.(to, { key: "", externalId: "99999" }, call());
  });

  test("plays a film under its text, with what is to be seen in it", async () => {
    const channel = (await connecting(site.url)).as(ChannelView);
    const mediaId = await published(of, mp4(640, 360, 5000, { seconds: 4 }), "video/mp4");
    const { externalId } = await publish(channel.id, "Zo bakken we\n\nKijk maar.", {
      media: [{ mediaId, alt: 'De oven "aan"' }],
    });
    const shown = await (await fetch(`${site.url}/?rest_route=/wp/v2/posts/${externalId}`)).json();
    const { rendered } = Shown.parse(shown).content;
    const src = /<video controls src="([^"]+)"><\/video>/.exec(rendered)?.[1];
    expect(rendered).toContain("De oven &quot;aan&quot;</figcaption>");
    expect((await there(`posts/${externalId}`, Stands)).featured_media).toBe(0);
    const film = await fetch(src ?? "");
    expect(film.headers.get("content-type")).toBe("video/mp4");
    expect(Buffer.from(await film.arrayBuffer())).toEqual(Buffer.from(mp4(640, 360, 5000, { seconds: 4 })));
  });

  test.each([
    ["POST", "/media", "a picture"],
    ["POST", "/posts", "the draft"],
    ["POST", "/posts/", "making it public"],
  ])("has one post where the answer to %s %s (%s) is lost after it acted", async (method, route, what) => {
    const channel = (await connecting(wireUrl)).as(ChannelView);
    const before = (await there("posts&status=any&per_page=100", z.array(Stands))).length;
    const pictures = (await there("media&per_page=100", z.array(z.object({ id: z.number() })))).length;
    let lost = 0;
    cuts = (request) => {
      const asked = new URL(request.url ?? "", wireUrl).searchParams.get("rest_route")?.replace("/wp/v2", "") ?? "";
      const isIt = request.method === method && (route.endsWith("/") ? asked.startsWith(route) : asked === route);
      if (isIt) lost++;
      return isIt;
    };
    const mediaId = await published(of, png(16, 16));
    const { url } = await publish(channel.id, `Eens en vooral: ${what}`, { media: [{ mediaId, alt: "x" }] }, "PT3M");
    expect(lost).toBe(1);
    expect((await fetch(url)).status).toBe(200);
    const after = await there("posts&status=any&per_page=100", z.array(Stands));
    expect(after.length - before).toBe(1);
    expect(after.filter(({ status }) => status === "draft")).toEqual([]);
    expect((await there("media&per_page=100", z.array(z.object({ id: z.number() })))).length - pictures).toBe(1);
  });

  test("is not connected with a wrong password, or by who may only read", async () => {
    const code = async (url: string, given?: object) =>
      (await connecting(url, given)).as(z.object({ code: z.string() })).code;
    expect(await code(site.url, { ...secrets, applicationPassword: "abcdEFGHijklMNOPqrstUVWX" })).toBe(
      "network_credentials_wrong",
    );
    expect(await code(site.url, { username: "lezer", applicationPassword: site.reader })).toBe("network_forbidden");
  });
});
