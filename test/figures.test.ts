import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ExportView } from "../functions/exports/export.ts";
import { days, hours, later, minutes } from "../functions/platform/clock.ts";
import { DeliveryFiguresView, fail, measure, sumOf, totalsOf, watch } from "../functions/posts/figures.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { littleBluesky, littleMastodon } from "./little-networks.ts";
import { send } from "./network-server.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// What people did with what was sent, over time.

const WithFigures = PostView.extend({ figures: z.array(DeliveryFiguresView) });

describe("the decisions", () => {
  const at = "2026-06-01T10:00:00.000Z";
  const of = watch({
    ...{ workspaceId: "ws_1", postId: "post_1", channelId: "ch_1", network: "mastodon" },
    ...{ key: "01jd", externalId: "7", publishedAt: at },
  });
  const trouble = { code: "network_busy" as const, detail: "Mastodon takes no more from us for the moment." };

  test("looks fall after an hour, a day, a week and thirty days, and those that left together are spread a little", () => {
    let stands = of;
    const seen: string[] = [];
    for (;;) {
      const due = Date.parse(stands.wakeAt) - Date.parse(at);
      const [next, [event]] = measure(stands, { likes: seen.length }, stands.wakeAt);
      seen.push(String(event?.data.after));
      const span = { PT1H: hours(1), P1D: days(1), P7D: days(7), P30D: days(30) }[String(event?.data.after)] ?? 0;
      expect(due).toBeGreaterThanOrEqual(span);
      expect(due).toBeLessThan(span * 1.02);
      if (next.status === "ended") {
        expect(next.looks.map((one) => "figures" in one && one.figures.likes)).toEqual([0, 1, 2, 3]);
        break;
      }
      stands = next;
    }
    expect(seen).toEqual(["PT1H", "P1D", "P7D", "P30D"]);
    const others = Array.from({ length: 50 }, (_, i) => watch({ ...of, key: `01j${i}` }).wakeAt);
    expect(new Set(others).size).toBeGreaterThan(40);
  });

  test("a look that fails is tried again, ever later; when the next is due it says why there is none, and goes on", () => {
    let stands = of;
    let tries = 0;
    for (;;) {
      const next = fail(stands, trouble, stands.wakeAt);
      if (next.status === "ended") throw new Error("It goes on.");
      if (next.looks.length > 0) {
        expect(next.looks).toEqual([{ after: "PT1H", at: stands.wakeAt, ...trouble }]);
        expect(next).toMatchObject({ next: "P1D", tries: 0 });
        break;
      }
      expect(next.failing).toEqual(trouble);
      expect(next.wakeAt > stands.wakeAt).toBe(true);
      stands = next;
      tries++;
    }
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(20);
    expect(Date.parse(stands.wakeAt) - Date.parse(at)).toBeLessThan(days(1.02));
  });

  test("it waits as long as the network asks for", () => {
    const next = fail(of, { ...trouble, retryAfterSeconds: 900 }, of.wakeAt);
    expect(next).toMatchObject({ wakeAt: later(of.wakeAt, minutes(15)) });
  });

  test("what was slept through is not looked up under its name", () => {
    const [next] = measure(of, { likes: 9 }, later(at, days(8)));
    expect(next.looks).toMatchObject([{ after: "P7D", figures: { likes: 9 } }]);
    expect(next).toMatchObject({ next: "P30D" });
  });

  test("sums leave out what nobody told, and a last try that fails ends it", () => {
    expect(sumOf([{ likes: 1 }, { likes: 2, views: 5 }, {}])).toEqual({ likes: 3, views: 5 });
    const last = { ...of, next: "P30D" as const, wakeAt: later(at, days(31.6)) };
    expect(fail(last, trouble, last.wakeAt)).toMatchObject({ status: "ended", looks: [{ after: "P30D", ...trouble }] });
    const [measured] = measure(of, { likes: 4 }, of.wakeAt);
    expect(totalsOf([measured, of], { from: at, to: at })).toMatchObject({
      ...{ deliveries: 2, measured: 1, figures: { likes: 4 } },
      channels: [{ channelId: "ch_1", network: "mastodon", deliveries: 2, measured: 1 }],
    });
  });
});

describe("through the front door", () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world?.close());
  const readOf = (workspace: Workspace) => async (id: string) =>
    (await workspace.api("GET", `/v1/posts/${id}`)).as(WithFigures);

  test("a post shows what people did with it on each network, later more; the workspace adds up, and each look is an event", async () => {
    const workspace = await world.workspace();
    const read = readOf(workspace);
    const there = await littleMastodon(world);
    const { id: mastodon } = await there.connect(workspace);
    const { id: bluesky } = await (await littleBluesky()).connect(workspace);
    const { id: reminder } = (
      await workspace.api("POST", "/v1/channels", {
        ...{ network: "reminder", name: "Met de hand" },
        settings: { to: "anna@example.nl", where: "LinkedIn" },
      })
    ).as(z.object({ id: z.string() }));
    const id = await send(world, workspace, mastodon, { text: "Vers brood", channels: [mastodon, bluesky, reminder] });
    // A reminder is a person's, and tells nothing.
    const fresh = (await read(id)).figures;
    expect(fresh.map(({ network, looks }) => ({ network, looks }))).toEqual([
      { network: "mastodon", looks: [] },
      { network: "bluesky", looks: [] },
    ]);
    expect(fresh[0]?.nextAt && fresh[0].nextAt > later(world.now(), minutes(59))).toBe(true);

    // A server may tell anything; what counts nobody is left out.
    there.figures = { favourites_count: 2, reblogs_count: -5, replies_count: 1e300 };
    await world.advance("PT65M");
    there.figures = { favourites_count: 7, reblogs_count: 3, replies_count: 1 };
    await world.advance("PT24H30M");
    const [onMastodon, onBluesky] = (await read(id)).figures;
    expect(onMastodon?.looks.map(({ after, figures }) => ({ after, figures }))).toEqual([
      { after: "PT1H", figures: { likes: 2 } },
      { after: "P1D", figures: { likes: 7, reposts: 3, replies: 1 } },
    ]);
    expect(onMastodon?.latest).toEqual({ likes: 7, reposts: 3, replies: 1 });
    expect(onBluesky?.latest).toEqual({ likes: 3, reposts: 1, replies: 2 });

    const total = await workspace.api("GET", "/v1/figures");
    expect(total.body).toMatchObject({
      ...{ deliveries: 2, measured: 2, figures: { likes: 10, reposts: 4, replies: 3 } },
      channels: expect.arrayContaining([
        expect.objectContaining({
          channelId: mastodon,
          network: "mastodon",
          figures: { likes: 7, reposts: 3, replies: 1 },
        }),
      ]),
    });
    expect((await workspace.api("GET", `/v1/figures?from=${world.now()}`)).body).toMatchObject({ deliveries: 0 });
    const backwards = `/v1/figures?from=${world.now()}&to=2026-01-01T00:00:00Z`;
    expect((await workspace.api("GET", backwards)).body).toMatchObject({ errors: [{ pointer: "query:to" }] });
    const told = world.eventsOf(workspace.workspaceId).filter(({ type }) => type === "delivery.measured");
    expect(told.map(({ detail }) => detail.data)).toContainEqual({
      ...{ postId: id, channelId: mastodon, after: "P1D" },
      figures: { likes: 7, reposts: 3, replies: 1 },
    });
    expect(told).toHaveLength(4);
    // All of it is in the workspace's export, and in its table, where what looks like a formula stays text.
    const { api } = workspace;
    await api("PUT", "/v1/mentions", { name: "jan", says: "Jan Bakker", handles: { bluesky: "jan.bsky.social" } });
    await api("PUT", "/v1/links/settings", { hosts: ["bakkerij-zon.example"] });
    for (const text of ['=1+1\n"=2"', "@brood; =3", "-4", "+5"]) await api("POST", "/v1/posts", { text });
    const exported = async (body: object) => {
      const { id } = (await api("POST", "/v1/exports", body)).as(ExportView);
      await world.settle();
      const { parts } = (await api("GET", `/v1/exports/${id}`)).as(ExportView);
      const texts = await Promise.all(parts.map(async ({ url }) => (await fetch(url ?? "")).text()));
      return (section: string) => texts.filter((_, i) => parts[i]?.section === section).join("");
    };
    const all = await exported({});
    expect(all("figures")).toContain(`{"postId":"${id}","channelId":"${mastodon}","network":"mastodon"`);
    expect(all("figures")).toContain('"latest":{"likes":7,"replies":1,"reposts":3}');
    expect(all("mentions")).toContain('"handles":{"bluesky":"jan.bsky.social"}');
    expect(all("link-settings")).toContain('"hosts":["bakkerij-zon.example"]');
    expect(all("posts")).toContain('"links":[]');
    const table = (await exported({ csv: { table: "posts" } }))("posts");
    const row = table.split("\r\n").find((line) => line.startsWith(`${id},`) && line.includes(",7,1,3,,"));
    expect(row).toMatch(/,published,Vers brood,/);
    for (const text of [`"'=1+1\n""'=2"""`, "'@brood; '=3", "'-4", "'+5"]) expect(table).toContain(`,draft,${text},`);
    // Another workspace sees nothing of it.
    const other = await world.workspace();
    expect((await other.api("GET", "/v1/figures")).body).toMatchObject({ deliveries: 0 });
  });

  test("a network that fails is asked again, in plain words; the channel is not said to fail, and what is sent is in nobody's way", async () => {
    const workspace = await world.workspace();
    const read = readOf(workspace);
    const there = await littleMastodon(world);
    const { id: channel } = await there.connect(workspace);
    const id = await send(world, workspace, channel, { text: "Krentenbollen" });
    there.server.instead = ({ method, path }) =>
      method === "GET" && path.startsWith("/api/v1/statuses/") ? { status: 403, json: {} } : undefined;
    await world.advance("PT65M");
    expect((await read(id)).figures).toMatchObject([
      { looks: [], problem: { code: "network_forbidden", detail: "Mastodon does not allow this to the account." } },
    ]);
    expect((await workspace.api("GET", `/v1/channels/${channel}`)).body).toMatchObject({ status: "connected" });
    there.server.instead = undefined;
    await world.advance("PT20M");
    const [figures] = (await read(id)).figures;
    expect(figures?.looks).toMatchObject([{ after: "PT1H", figures: { likes: 0 } }]);
    expect(figures?.problem).toBeUndefined();
  });

  test("while little is left of the network's allowance, a look waits and a send does not", async () => {
    const workspace = await world.workspace();
    const read = readOf(workspace);
    const there = await littleMastodon(world);
    const { id: channel } = await there.connect(workspace);
    const id = await send(world, workspace, channel, { text: "Roggebrood" });
    await world.advance("PT55M");
    // The next send learns that there are three left, for half an hour.
    there.headers = {
      "x-ratelimit-remaining": "3",
      "x-ratelimit-reset": later(world.now(), minutes(30)),
    };
    await send(world, workspace, channel, { text: "Volkoren" });
    const asked = there.server.heard.filter(({ method, path }) => method === "GET" && path.endsWith("/101")).length;
    await world.advance("PT15M");
    expect(there.server.heard.filter(({ method, path }) => method === "GET" && path.endsWith("/101"))).toHaveLength(
      asked,
    );
    const third = await send(world, workspace, channel, { text: "Spelt" });
    expect((await read(third)).deliveries[0]).toMatchObject({ state: "published" });
    there.headers = {};
    await world.advance("PT25M");
    expect((await read(id)).figures[0]?.looks).toMatchObject([{ after: "PT1H" }]);
  });

  test("what was taken back, or whose channel is gone, is not looked up any more", async () => {
    const workspace = await world.workspace();
    const read = readOf(workspace);
    const there = await littleBluesky();
    const { id: channel } = await there.connect(workspace);
    const id = await send(world, workspace, channel, { text: "Weg ermee" });
    expect((await workspace.api("DELETE", `/v1/channels/${channel}`)).status).toBe(200);
    await world.advance("PT65M");
    const [figures] = (await read(id)).figures;
    expect(figures).toMatchObject({ looks: [], ended: "The channel was disconnected." });
    expect(figures?.nextAt).toBeUndefined();
  });
});
