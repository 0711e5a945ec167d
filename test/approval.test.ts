import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { days, hours, later, minutes } from "../functions/platform/clock.ts";
import { type Waiting, wakeAt, write } from "../functions/posts/post.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { ShareView } from "../functions/posts/share.ts";
import { joined } from "./members.ts";
import { png, published } from "./pictures-of.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Nothing leaves that nobody approved of, where a workspace asks for that.

describe("a post that waits", () => {
  const now = "2026-06-01T10:00:00.000Z";
  const asking = (at: string): Waiting => {
    const content = { text: "Brood!", channels: ["ch_1"], maxLatenessMinutes: 60, when: { at } };
    const [post] = write("ws_1", "post_01jd0000000000000000000000", content, now);
    if (post.status !== "waiting") throw new Error(`It is ${post.status}.`);
    return post;
  };

  test("has no delivery, so that there is nothing that could be sent", () => {
    expect(asking(later(now, days(3)))).not.toHaveProperty("deliveries");
  });

  test("is looked at a day before its time; what is soon, when half of the time is over; what is at once, at its time", () => {
    expect(wakeAt(asking(later(now, days(3))))).toBe(later(now, days(2)));
    expect(wakeAt(asking(later(now, hours(2))))).toBe(later(now, hours(1)));
    expect(wakeAt(asking(later(now, minutes(5))))).toBe(later(now, minutes(5)));
  });
});

let world: World;
beforeAll(async () => {
  // Monday, noon in Utrecht.
  world = await openWorld({ at: "2026-06-01T10:00:00.000Z" });
});
afterAll(() => world?.close());

let handles = 0;
const careful = async () => {
  const workspace = await world.workspace();
  const { api } = workspace;
  expect((await api("PATCH", "/v1/workspace", { approval: "required" })).body).toMatchObject({ approval: "required" });
  const handle = `zorg-${++handles}`;
  const channel = idOf(await api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle }));
  const inHours = (n: number) => later(world.now(), hours(n));
  return {
    ...workspace,
    channel,
    inHours,
    /** Written by whoever asks. */
    plan: async (text: string, at: string, by: Pick<Workspace, "api"> = workspace) =>
      (await by.api("POST", "/v1/posts", { text, channels: [channel], at })).as(PostView),
    read: async (id: string) => (await api("GET", `/v1/posts/${id}`)).as(PostView),
    onFeed: async () =>
      (await world.http("GET", `/@${handle}`, { headers: { accept: "application/json" } }))
        .as(z.object({ items: z.array(z.object({ text: z.string() })) }))
        .items.map(({ text }) => text),
  };
};
const subjects = (address: string) =>
  world.mails.filter(({ to }) => to.includes(address)).map(({ subject }) => subject);

test("an editor's post waits for somebody who may approve, leaves as it was approved, and who missed it is told", async () => {
  const shop = await careful();
  const editor = await joined(world, shop, `editor-${handles}@example.nl`, "editor");
  const approver = await joined(world, shop, `approver-${handles}@example.nl`, "approver");
  const soon = await shop.plan("Vers brood", shop.inHours(30), editor);
  const never = await shop.plan("Niemand keek", shop.inHours(31), editor);
  expect(soon).toMatchObject({ state: "waiting", revision: 1, deliveries: [], approval: { state: "asked" } });
  const said = { revision: 1 };
  expect((await editor.api("POST", `/v1/posts/${soon.id}/approve`, said)).body).toMatchObject({
    code: "scope_missing",
  });
  expect((await approver.api("PATCH", `/v1/posts/${soon.id}`, { text: "Van mij" })).status).toBe(403);

  // What the approver saw is not what stands there any more.
  await editor.api("PATCH", `/v1/posts/${soon.id}`, { text: "Vers brood, nu met rogge" });
  expect((await approver.api("POST", `/v1/posts/${soon.id}/approve`, said)).body).toMatchObject({ code: "stale" });
  const asked = await approver.api("POST", `/v1/posts/${soon.id}/request-changes`, {
    revision: 2,
    words: "Geen rogge",
  });
  expect(asked.body).toMatchObject({ state: "waiting", approval: { state: "changes_asked", words: "Geen rogge" } });
  await world.settle();
  expect(subjects(editor.address)).toContain("Er is een aanpassing van een bericht gevraagd");
  const mended = (await editor.api("PATCH", `/v1/posts/${soon.id}`, { text: "Vers brood" })).as(PostView);
  expect(mended).toMatchObject({ revision: 3, approval: { state: "asked" } });

  // Approved; changed: it asks again, and the yes that was given is over. Approved again; taken back; approved.
  const approve = (revision: number) => approver.api("POST", `/v1/posts/${soon.id}/approve`, { revision });
  expect((await approve(3)).body).toMatchObject({
    state: "scheduled",
    approval: { by: approver.memberId, revision: 3 },
  });
  expect((await approve(3)).body).toMatchObject({ code: "post_not_changeable" });
  await editor.api("PATCH", `/v1/posts/${soon.id}`, { maxLatenessMinutes: 30 });
  expect(await shop.read(soon.id)).toMatchObject({ state: "waiting", revision: 4, deliveries: [] });
  expect((await approve(4)).status).toBe(200);
  expect(
    (await approver.api("POST", `/v1/posts/${soon.id}/request-changes`, { revision: 4, words: "Toch niet" })).body,
  ).toMatchObject({ state: "waiting", deliveries: [] });
  expect((await approve(4)).status).toBe(200);

  await world.advance("PT16H");
  // Half of the time is over; the one that was approved is no news.
  const late = "Een bericht is nog niet goedgekeurd";
  for (const { address } of [editor, approver]) expect(subjects(address).filter((one) => one === late)).toEqual([late]);
  await world.advance("PT16H");
  expect(await shop.read(soon.id)).toMatchObject({ state: "published" });
  expect(await shop.read(never.id)).toMatchObject({
    state: "attention",
    approval: { state: "missed" },
    deliveries: [],
  });
  expect(await shop.onFeed()).toEqual(["Vers brood"]);
  const missed = "Een bericht is niet geplaatst: niemand keurde het goed";
  for (const { address } of [editor, approver]) expect(subjects(address)).toContain(missed);
  expect((await shop.api("POST", `/v1/posts/${never.id}/approve`, said)).body).toMatchObject({
    code: "post_not_changeable",
  });
  // Another time asks again; it can be cancelled, and deleted then.
  const again = await shop.api("PATCH", `/v1/posts/${never.id}`, { at: shop.inHours(2) });
  expect(again.body).toMatchObject({ state: "waiting", revision: 2 });
  expect((await shop.api("POST", `/v1/posts/${never.id}/cancel`)).body).toMatchObject({ state: "cancelled" });
  expect((await shop.api("DELETE", `/v1/posts/${never.id}`)).status).toBe(204);
  // Off again: what is planned from now on waits for nobody.
  await shop.api("PATCH", "/v1/workspace", { approval: "off" });
  expect(await shop.plan("Vrij", shop.inHours(1))).toMatchObject({ state: "scheduled" });
});

test("when approving and editing race, either the edit waits again or it comes too late: never does another text leave", async () => {
  const shop = await careful();
  const at = shop.inHours(1);
  const waiting = await Promise.all([1, 2, 3, 4, 5].map((n) => shop.plan(`Goed ${n}`, at)));
  await Promise.all(
    waiting.flatMap(({ id }, n) => [
      shop.api("POST", `/v1/posts/${id}/approve`, { revision: 1 }),
      shop.api("PATCH", `/v1/posts/${id}`, { text: `Niemand keurde dit goed ${n}` }),
    ]),
  );
  for (const { id } of waiting) {
    const post = await shop.read(id);
    if (post.state === "scheduled") expect(post).toMatchObject({ revision: 1, approval: { revision: 1 } });
    else expect(post).toMatchObject({ state: "waiting", revision: 2 });
  }
  await world.advance("PT61M");
  for (const text of await shop.onFeed()) expect(text).toMatch(/^Goed/);
});

test("somebody without an account approves on a phone by a link, of what they saw; opening it changes nothing; it ends", async () => {
  const shop = await careful();
  const media = await published(shop, png(40, 30));
  const texts = ["Maandag taart", "Dinsdag brood", "Woensdag koek"];
  expect((await shop.api("POST", "/v1/shares/approval", { name: "Niemand" })).body).toMatchObject({
    code: "nothing_waits",
  });
  const all: PostView[] = [];
  for (const [n, text] of texts.entries()) all.push(await shop.plan(text, shop.inHours(24 * (n + 1))));
  await shop.api("PATCH", `/v1/posts/${all[0]?.id}`, { media: [{ mediaId: media, alt: "Een taart" }] });
  const editor = await joined(world, shop, `deelt-${handles}@example.nl`, "editor");
  const asked = { name: "Mevrouw Jansen" };
  expect((await editor.api("POST", "/v1/shares/approval", asked)).body).toMatchObject({ code: "scope_missing" });
  const share = (await shop.api("POST", "/v1/shares/approval", asked)).as(ShareView);
  expect(share).toMatchObject({ kind: "approval", posts: all.map(({ id }) => id) });
  expect((await shop.api("GET", "/v1/shares")).text).not.toContain("?t=");
  const { pathname, search } = new URL(share.url ?? "");
  const path = `${pathname}${search}`;

  const phone = world.visitor();
  const page = await phone.open(path);
  expect(page.status).toBe(200);
  for (const text of [...texts, "Een taart", "Nieuws", "Ja, alle 3 mogen weg"]) expect(page.text).toContain(text);
  expect(Buffer.byteLength(page.text)).toBeLessThan(50_000);
  expect(await shop.read(all[0]?.id ?? "")).toMatchObject({ state: "waiting" });
  expect((await world.visitor({ language: "en" }).open(`${path}&lang=en`)).text).toContain("May this leave?");

  // One is changed while the page is open: all are pressed, and that one stays.
  await shop.api("PATCH", `/v1/posts/${all[1]?.id}`, { text: "Dinsdag iets anders" });
  const everything = page.forms.at(-1);
  const done = await phone.submit(page, {}, everything);
  expect(done.text).toContain("U hebt 2 berichten goedgekeurd.");
  expect(done.text).toContain("1 bericht is intussen gewijzigd");
  expect(done.text).toContain("Dinsdag iets anders");
  expect(await shop.read(all[0]?.id ?? "")).toMatchObject({ state: "scheduled", approval: { by: share.id } });
  // What a browser shows again on going back is asked for again, and decides nothing.
  expect(done.path).toContain("&done=2.0.1");
  expect((await phone.open(done.path)).text).toContain("Dinsdag iets anders");
  // Once more is the same.
  expect((await phone.submit(page, {}, everything)).text).toContain("U hebt 2 berichten goedgekeurd.");
  const change = done.forms.find(({ fields }) => "posts" in fields);
  const wished = await phone.submit(done, { words: "Liever over brood" }, change);
  expect(wished.text).toContain("Uw vraag om een aanpassing is doorgegeven.");
  expect(await shop.read(all[1]?.id ?? "")).toMatchObject({
    approval: { state: "changes_asked", by: share.id, words: "Liever over brood" },
  });
  // Another's post is none of its business.
  const other = await careful();
  const theirs = await other.plan("Van een ander", other.inHours(2));
  await world.http("POST", path, { form: { posts: `${theirs.id}.1` } });
  expect(await other.read(theirs.id)).toMatchObject({ state: "waiting" });

  expect((await shop.api("DELETE", `/v1/shares/${share.id}`)).status).toBe(204);
  expect((await phone.open(path)).status).toBe(410);
  expect((await phone.submit(done, {}, change)).status).toBe(410);
  expect((await phone.open(`${pathname}?t=nonsense`)).status).toBe(410);
});

test("a yes to all is none to a post that a change was asked of", async () => {
  const shop = await careful();
  const [first, second, third] = [
    await shop.plan("Taart", shop.inHours(3)),
    await shop.plan("Brood", shop.inHours(4)),
    await shop.plan("Koek", shop.inHours(5)),
  ];
  const asked = { name: "Mevrouw Jansen", posts: [first.id, second.id, third.id] };
  const share = (await shop.api("POST", "/v1/shares/approval", asked)).as(ShareView);
  const { pathname, search } = new URL(share.url ?? "");
  const phone = world.visitor();
  await world.http("POST", `${pathname}${search}`, { form: { posts: `${second.id}.1`, words: "Liever wit" } });
  const page = await phone.open(`${pathname}${search}`);
  expect(page.text).toContain("Ja, alle 2 mogen weg");
  await phone.submit(page, {}, page.forms.at(-1));
  const states = await Promise.all([first, second, third].map(async ({ id }) => (await shop.read(id)).state));
  expect(states).toEqual(["scheduled", "waiting", "scheduled"]);
});

test("the link is mailed to whom it is for, in the brand's name and their language, once in ten minutes; looking changes nothing", async () => {
  const shop = await careful();
  const { api, plan, inHours, read } = shop;
  const one = await plan("Zaterdag taart", inHours(24));
  const email = `jansen-${handles}@example.nl`;
  const mailed = () => world.mails.filter(({ to }) => to.includes(email));
  const ask = (more: object = {}) =>
    api("POST", "/v1/shares/approval", {
      ...{ name: "Mevrouw Jansen", email: ` ${email.toUpperCase()}`, posts: [one.id] },
      ...more,
    });
  const share = (await ask()).as(ShareView);
  await world.settle();
  expect(mailed()).toMatchObject([{ subject: expect.stringMatching(/^Mag dit bericht van .+ weg\?$/) }]);
  const letter = mailed()[0];
  expect(letter?.text).toContain(share.url);
  expect(letter?.text).toContain("Zonder uw goedkeuring gaat het niet weg.");
  const { pathname, search } = new URL(/https?:\/\/\S+approve\S+/.exec(letter?.text ?? "")?.[0] ?? "");
  const phone = world.visitor();
  const page = await phone.open(`${pathname}${search}`);
  for (const method of ["GET", "HEAD"] as const) await world.http(method, `${pathname}${search}`);
  expect(await read(one.id)).toMatchObject({ state: "waiting", revision: 1 });

  // Not twice in ten minutes, and that is said: nobody waits for a mail that does not come.
  const again = await ask();
  expect(again).toMatchObject({ status: 429, body: { code: "too_many_requests", errors: [{ pointer: "#/email" }] } });
  expect(Number(again.headers["retry-after"])).toBeGreaterThan(500);
  expect((await ask({ email: "geen adres" })).body).toMatchObject({ errors: [{ pointer: "#/email" }] });
  await world.settle();
  expect(mailed()).toHaveLength(1);
  const other = await plan("Zondag brood", inHours(48));
  await world.advance("PT10M");
  expect((await ask({ language: "en", posts: [one.id, other.id] })).status).toBe(201);
  await world.settle();
  expect(mailed().map(({ subject }) => subject)[1]).toMatch(/^May these posts of .+ leave\?$/);
  expect((await phone.submit(page, {}, page.forms[0])).text).toContain("U hebt 1 bericht goedgekeurd.");
  expect(await read(one.id)).toMatchObject({ state: "scheduled", approval: { by: share.id } });
  // The address is kept nowhere.
  for (const path of ["/v1/shares", "/v1/activity"]) expect((await api("GET", path)).text).not.toContain("jansen-");
});

test("a link for all that waits takes the fifty that leave first", async () => {
  const shop = await world.workspace();
  const { id: channel } = (
    await shop.api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle: "vijftig-berichten" })
  ).as(z.object({ id: z.string() }));
  await shop.api("PATCH", "/v1/workspace", { approval: "required" });
  const all = await Promise.all(
    Array.from({ length: 52 }, async (_, i) =>
      (
        await shop.api("POST", "/v1/posts", {
          text: `Bericht ${i}`,
          channels: [channel],
          at: later(world.now(), days(2) + minutes(i)),
        })
      ).as(z.object({ id: z.string() })),
    ),
  );
  // The index may be a moment behind.
  await world.advance("PT10S");
  const share = (await shop.api("POST", "/v1/shares/approval", { name: "Mevrouw Jansen" })).as(ShareView);
  expect(share).toMatchObject({ posts: all.slice(0, 50).map(({ id }) => id) });
});

test("a pause lets nothing leave that nobody approved of and loses nothing that somebody did; nor does sending it again", async () => {
  const shop = await careful();
  const { api } = shop;
  await api("PATCH", "/v1/workspace", { approval: "off" });
  const before = await shop.plan("Van voor die tijd", shop.inHours(0.5));
  await api("PATCH", "/v1/workspace", { approval: "required" });
  const early = await shop.plan("Goed, maar te laat", shop.inHours(0.5));
  const at = shop.inHours(2);
  const [good, wrong, never] = await Promise.all(
    ["Goed", "Toch niet goed", "Niemand keek"].map((text) => shop.plan(text, at)),
  );
  const approve = (post: PostView | undefined) =>
    api("POST", `/v1/posts/${post?.id}/approve`, { revision: post?.revision });
  for (const post of [early, good, wrong]) expect((await approve(post)).status).toBe(200);
  await api("PATCH", "/v1/workspace", { publishing: "paused" });
  await world.advance("PT2H5M");
  const state = async (post: PostView | undefined) => (await shop.read(post?.id ?? "")).deliveries[0]?.state;
  expect([await state(before), await state(early), await state(good), await state(wrong)]).toEqual([
    ...["expired", "expired", "ready", "ready"],
  ]);
  // What is held has not left: its approver may still take the yes back, and its writer may change it.
  const back = await api("POST", `/v1/posts/${wrong?.id}/request-changes`, { revision: 1, words: "Wacht" });
  expect(back.body).toMatchObject({ state: "waiting", deliveries: [] });
  const of = { channelId: shop.channel };
  for (const post of [never, wrong]) {
    expect((await api("POST", `/v1/posts/${post?.id}/resolve`, { ...of, outcome: "not-sent" })).body).toMatchObject({
      code: "post_not_changeable",
    });
    expect((await api("POST", `/v1/posts/${post?.id}/retry`, of)).status).toBe(409);
  }
  await api("PATCH", "/v1/workspace", { publishing: "running" });
  await world.advance("PT1M");
  expect(await shop.onFeed()).toEqual(["Goed"]);
  expect(await shop.read(wrong?.id ?? "")).toMatchObject({ approval: { state: "missed" }, deliveries: [] });

  // Sent again leaves what somebody approved of, as it was approved; of what nobody did it says what to do.
  const again = (post: PostView | undefined) => api("POST", `/v1/posts/${post?.id}/retry`, of);
  expect((await again(before)).body).toMatchObject({
    code: "post_not_changeable",
    detail: expect.stringContaining("Write it anew"),
  });
  for (const post of [never, wrong]) expect((await again(post)).body).toMatchObject({ code: "post_not_changeable" });
  expect((await again(early)).status).toBe(200);
  await api("PATCH", `/v1/posts/${wrong?.id}`, { text: "Nu wel goed", at: shop.inHours(1) });
  expect((await approve(await shop.read(wrong?.id ?? ""))).status).toBe(200);
  await world.advance("PT2H");
  expect((await shop.onFeed()).toSorted()).toEqual(["Goed", "Goed, maar te laat", "Nu wel goed"]);
});

test("what a pause holds can be changed before it leaves, and leaves as it was changed", async () => {
  const { api, channel, inHours, plan, read, onFeed } = await careful();
  await api("PATCH", "/v1/workspace", { approval: "off", publishing: "paused" });
  const { id } = await plan("Feest!", inHours(0.1));
  await world.advance("PT10M");
  expect((await read(id)).deliveries).toMatchObject([{ channelId: channel, state: "ready" }]);
  expect((await api("PATCH", `/v1/posts/${id}`, { text: "Wij leven mee." })).status).toBe(200);
  await world.advance("PT1M");
  expect(await onFeed()).toEqual([]);
  await api("PATCH", "/v1/workspace", { publishing: "running" });
  await world.advance("PT1M");
  expect(await onFeed()).toEqual(["Wij leven mee."]);
});

test("a contest's own posts wait for approval as any; cancelled with it, they do not leave though somebody says yes", async () => {
  const shop = await careful();
  const { api } = shop;
  const contest = await api("POST", "/v1/contests", {
    ...{ slug: `zorg-actie-${handles}`, title: "Win een taart", promotes: "Ons brood", channels: [shop.channel] },
    prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
    closesAt: later(world.now(), days(20)),
    drawAt: later(world.now(), days(20) + minutes(10)),
  });
  const path = `/v1/contests/${idOf(contest)}`;
  expect((await api("POST", `${path}/open`)).status).toBe(200);
  const Made = z.object({ posts: z.array(z.object({ postId: z.string(), state: z.string(), at: z.string() })) });
  const { posts } = (await api("POST", `${path}/kit/posts`, {})).as(Made);
  expect(new Set(posts.map(({ state }) => state))).toEqual(new Set(["waiting"]));
  const [first, second, third] = posts;
  const approve = (post: typeof first) => api("POST", `/v1/posts/${post?.postId}/approve`, { revision: 1 });
  for (const post of [first, second]) expect((await approve(post)).status).toBe(200);
  await world.advance("PT1H");
  expect(await shop.onFeed()).toEqual([expect.stringContaining("Win een taart")]);
  expect((await api("POST", `${path}/cancel`, { reason: "De oven is stuk." })).status).toBe(200);
  expect((await approve(third)).body).toMatchObject({ code: "post_not_changeable" });
  expect((await api("POST", `${path}/kit/posts`, {})).body).toMatchObject({ code: "contest_not_open" });
  const states = await Promise.all(posts.map(async ({ postId }) => (await shop.read(postId)).state));
  expect(states).toEqual(["published", ...Array(posts.length - 1).fill("cancelled")]);
});
