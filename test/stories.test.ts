import { Temporal } from "temporal-polyfill";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { ContestView } from "../functions/contests/contest.ts";
import { ContestReport } from "../functions/contests/report.ts";
import { checkEntry, EvidenceShape, verifyBundle } from "../functions/contests/verify.ts";
import { look } from "../functions/media/look.ts";
import { milliseconds, minutes } from "../functions/platform/clock.ts";
import { ResultView } from "../functions/polls/result.ts";
import { PollView } from "../functions/polls/view.ts";
import { ImportView } from "../functions/posts/import.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { ballotServer } from "./ballot-server.ts";
import { joined } from "./members.ts";
import { networkServer } from "./network-server.ts";
import { png, published } from "./pictures-of.ts";
import { idOf, openWorld, type World } from "./world.ts";

// Across capabilities: one user's day a test, through the doors that they use.

let world: World;
beforeAll(async () => {
  // Thursday, noon in Utrecht.
  world = await openWorld({ at: "2026-11-26T11:00:00.000Z" });
});
afterAll(() => world?.close());

const json = { accept: "application/json" };
/** The path of the newest link of a kind in somebody's mail. */
const mailed = async (address: string, page: string): Promise<string> => {
  await world.settle();
  const texts = world.mails.filter(({ to }) => to.includes(address)).map(({ text }) => text);
  const link = texts.flatMap((text) => text.match(/https?:\/\/\S+/g) ?? []).findLast((url) => url.includes(page));
  if (link === undefined) throw new Error(`${address} was mailed no link to ${page}.`);
  const { pathname, search } = new URL(link);
  return `${pathname}${search}`;
};

const phone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1";
const Personal = z.object({
  entryId: z.string(),
  personalUrl: z.string(),
  shareUrl: z.string(),
  position: z.number().optional(),
  receipt: EvidenceShape,
});
const Winner = z.object({
  position: z.number(),
  role: z.string(),
  prize: z.string().optional(),
  entryId: z.string(),
  told: z.string(),
  contact: z.looseObject({ name: z.string().optional() }).optional(),
  strike: z.object({ reason: z.string() }).optional(),
});

/** The day of issue 4. */
test("a baker in Utrecht gives a cake away, and whoever loses can prove to herself that it was fair", async () => {
  const bakery = await world.workspace("Bakkerij Zon");
  const made = await bakery.api("POST", "/v1/contests", {
    slug: "taart",
    title: "Win een jaar lang taart",
    promotes: "De taarten van Bakkerij Zon",
    prizes: [
      { description: "Een jaar lang taart", number: 1, valueCents: 46_800 },
      { description: "Een mokkataart", number: 1, valueCents: 2_800 },
    ],
    reserves: 2,
    claimDays: 3,
    chances: { base: 1, referralUnit: 1, referralCap: 10 },
    closesAt: "2026-11-27T17:00:00+01:00",
    drawAt: "2026-11-27T17:03:00+01:00",
  });
  const { id } = made.as(ContestView);
  const contest = async () => (await bakery.api("GET", `/v1/contests/${id}`)).as(ContestView);
  expect((await bakery.api("POST", `/v1/contests/${id}/open`)).status).toBe(200);

  // That evening: one by the bakery's own post, the others by links from friends.
  await world.advance("PT8H");
  const enter = async (name: string, path: string): Promise<z.infer<typeof Personal>> => {
    const email = `${name}@example.nl`;
    await world.http("GET", path, { headers: { accept: "text/html", "user-agent": phone } });
    const visitor = world.visitor();
    const shown = await visitor.open(path);
    const entering = shown.forms.find(({ fields }) => "email" in fields);
    expect((await visitor.submit(shown, { email }, entering)).text).toContain("Kijk in uw mail");
    const button = await visitor.open(await mailed(email, "/confirm"));
    const mine = await visitor.submit(button);
    expect(mine.path).toContain("/c/taart/me?t=");
    return (await world.http("GET", mine.path, { headers: json })).as(Personal);
  };
  const people = new Map([["sanne", await enter("sanne", "/c/taart?via=instagram")]]);
  const friendOf = (name: string): string => `${new URL(people.get(name)?.shareUrl ?? "").pathname}?via=whatsapp`;
  const friends = [
    ["bram", "sanne"],
    ["chris", "sanne"],
    ["daan", "bram"],
    ["esra", "bram"],
    ["fatima", "esra"],
    ["gijs", "sanne"],
  ] as const;
  for (const [name, by] of friends) people.set(name, await enter(name, friendOf(by)));
  await world.settle();

  const report = (await bakery.api("GET", `/v1/contests/${id}/report`)).as(ContestReport);
  expect(report).toMatchObject({
    funnel: { views: 7, mails: 7, entries: 7 },
    referred: 6,
    sources: [
      { source: "whatsapp", entries: 6 },
      { source: "instagram", entries: 1 },
    ],
    fromRows: { referrers: [{ entryId: people.get("sanne")?.entryId, friends: 3 }, { friends: 2 }, { friends: 1 }] },
    tax: { isOwed: true, ratePercent: 37.8 },
  });

  // Friday: it closes at five, and at three past five the winners are known, each told.
  const until = (at: string): string => `PT${(milliseconds(at) - milliseconds(world.now())) / 1000}S`;
  await world.advance(until("2026-11-27T16:00:00.000Z"));
  expect((await world.http("POST", "/c/taart", { body: { email: "telaat@example.nl" } })).status).toBe(409);
  await world.advance(until("2026-11-27T16:01:10.000Z"));
  const { commitment } = (await world.http("GET", "/c/taart/draw", { headers: json })).as(
    z.looseObject({ commitment: z.string() }),
  );
  await world.advance(until("2026-11-27T16:03:03.000Z"));
  await world.advance("PT20S");
  expect(milliseconds((await contest()).drawAt ?? "")).toBeLessThan(milliseconds(world.now()) + minutes(1));
  expect((await contest()).status).toBe("announced");
  const winners = async () =>
    (await bakery.api("GET", `/v1/contests/${id}/winners`)).as(z.object({ items: z.array(Winner) })).items;
  const drawn = await winners();
  expect(drawn.map(({ role, told }) => ({ role, told }))).toEqual([
    { role: "winner", told: "yes" },
    { role: "winner", told: "yes" },
    { role: "reserve", told: "no" },
    { role: "reserve", told: "no" },
  ]);
  const nameAt = (position: number): string =>
    [...people].find(([, { entryId }]) => entryId === drawn[position]?.entryId)?.[0] ?? "";

  // The first winner claims. The second stays silent, and the next in line takes the prize.
  const claim = async (position: number): Promise<void> => {
    const visitor = world.visitor();
    const shown = await visitor.open(await mailed(`${nameAt(position)}@example.nl`, "/claim"));
    const details = { name: `De winnares ${position}`, town: "Utrecht", contact: "Voorstraat 3, 3512 AK Utrecht" };
    expect((await visitor.submit(shown, details)).text).toContain("U hebt uw prijs aangenomen");
  };
  await claim(0);
  await world.advance("P3DT1H");
  expect((await winners()).slice(0, 3)).toMatchObject([
    { role: "winner", prize: "Een jaar lang taart", contact: { name: "De winnares 0" } },
    { role: "struck", strike: { reason: expect.stringContaining("Niet gereageerd") } },
    { role: "winner", prize: "Een mokkataart", told: "yes" },
  ]);
  await claim(2);

  // A suspicious loser: what she was given when she entered, held against what was public before the randomness existed.
  const bundle = (await world.http("GET", "/c/taart/draw.json")).body;
  expect(bundle).toMatchObject({ commitment, winners: [0, 2], strikes: [{ position: 1 }] });
  expect(verifyBundle(bundle).status).toBe(2);
  const drawnIds = new Set(drawn.map(({ entryId }) => entryId));
  const [loser = ""] = [...people].find(([, { entryId }]) => !drawnIds.has(entryId)) ?? [];
  const entered = people.get(loser);
  const { pathname, search } = new URL(entered?.personalUrl ?? "");
  expect((await world.visitor().open(`${pathname}${search}`)).status).toBe(200);
  const now = (await world.http("GET", `${pathname}${search}`, { headers: json })).as(Personal);
  // Her receipt is the one of the evening before, and with it her place in the sealed list proves itself.
  expect(now.receipt).toMatchObject({ receipt: entered?.receipt.receipt, salt: entered?.receipt.salt });
  expect(checkEntry(commitment, now.receipt)).toMatchObject({ ok: true });
  expect(now.position).toBeUndefined();
}, 120_000);

/** The day of issue 5. */
test("a marketer plans a week from a sheet, a colleague approves it on a phone, each leaves once; one pause stops all", async () => {
  const shop = await world.workspace("Bakkerij De Ster");
  const { api } = shop;
  await api("PATCH", "/v1/workspace", { approval: "required" });
  const marketer = await joined(world, shop, "marketing@bakkerij-ster.example", "editor");
  const feed = async (name: string) =>
    idOf(await api("POST", "/v1/channels", { network: "feed", name, handle: `ster-${name.toLowerCase()}` }));
  for (const name of ["Nieuws", "Acties", "Vacatures"]) await feed(name);
  const by = { to: marketer.address, where: "Instagram" };
  await api("POST", "/v1/channels", { network: "reminder", name: "Instagram", settings: by });
  const site = await networkServer(({ body }) => ({ status: String(body).includes("Te gek") ? 422 : 200 }));
  const signed = { settings: { url: site.url }, secrets: { signingSecret: `whsec_${"A".repeat(43)}=` } };
  expect((await api("POST", "/v1/channels", { network: "webhook", name: "Website", ...signed })).status).toBe(201);
  const picture = await published(shop, png(64, 48));
  await api("PATCH", `/v1/media/${picture}`, { name: "taart.png", alt: "Een taart met kersen" });

  // The next Monday, in Utrecht. Most have a time; one takes the next slot.
  const today = Temporal.Instant.from(world.now()).toZonedDateTimeISO("Europe/Amsterdam").toPlainDate();
  const monday = today.add({ days: 8 - today.dayOfWeek });
  const on = (day: number, time: string) => {
    const { year, month, day: n } = monday.add({ days: day });
    return `${n}-${month}-${year} ${time}`;
  };
  await api("PATCH", "/v1/planning", { slots: [{ days: ["tu", "th"], times: ["16:00"] }] });
  const sheet = (fourth: string) =>
    [
      "Tekst;Moment;Kanalen;Beeld;Eerste reactie",
      `"Een nieuwe week; verse broodjes";${on(0, "9:00")};Nieuws, Website;;`,
      `Taart van de maand;${on(0, "16:00")};Instagram;taart.png;Bestellen kan in de winkel`,
      `Te gek: vandaag drie voor twee;${on(1, "9:00")};Acties, Website;;`,
      `Wij zoeken een bakker;${on(1, "16:00")};${fourth};;`,
      `Woensdag gehaktdag;${on(2, "9:00")};Nieuws;;`,
      `Woensdagmiddag: kinderen bakken;${on(2, "14:00")};Nieuws, Acties;;`,
      `Koffie en koek;${on(3, "9:00")};Acties;;`,
      `Wij zoeken een verkoper;slot;Vacatures;;`,
      `Weekend!;${on(4, "16:00")};Nieuws, Website;;`,
    ].join("\r\n");
  const upload = async (csv: string, query = "") => {
    const asCsv = { "content-type": "text/csv" };
    return (await marketer.api("POST", `/v1/posts/import${query}`, csv, asCsv)).as(ImportView);
  };
  expect(await upload(sheet("Vacature"), "?dryRun=true")).toMatchObject({
    done: 8,
    problems: [{ row: 5, column: "Kanalen", code: "unknown_channel" }],
  });
  const { id } = await upload(sheet("Vacatures"));
  await world.settle();
  await world.advance("PT2S");
  expect((await api("GET", `/v1/imports/${id}`)).body).toMatchObject({ status: "finished", made: { length: 9 } });

  // A colleague without an account, on a phone: one is to be said otherwise, the others may leave.
  const share = (await api("POST", "/v1/shares/approval", { name: "Noor" })).as(z.object({ url: z.string() }));
  const { pathname, search } = new URL(share.url);
  const phoneOfNoor = world.visitor();
  const asked = await phoneOfNoor.open(`${pathname}${search}`);
  expect(asked.text).toContain("Een taart met kersen");
  const about = (text: string) => asked.text.slice(asked.text.indexOf(text)).match(/value="(post_\w+\.1)"/)?.[1] ?? "";
  const gehaktdag = about("Woensdag gehaktdag");
  const answered = await phoneOfNoor.submit(asked, { posts: gehaktdag, words: "Wij zijn geen slager" });
  await world.settle();
  expect(world.mails.at(-1)).toMatchObject({ subject: "Er is een aanpassing van een bericht gevraagd" });
  const path = `/v1/posts/${gehaktdag.slice(0, -2)}`;
  expect((await marketer.api("PATCH", path, { text: "Woensdag: kaneelbroodjes" })).body).toMatchObject({
    state: "waiting",
  });
  const again = await phoneOfNoor.open(answered.path);
  const all = await phoneOfNoor.submit(again, {}, again.forms.at(-1));
  expect(all.text).toContain("U hebt 9 berichten goedgekeurd.");

  // Wednesday, noon: something is wrong. One call, and nothing leaves.
  const noon = monday.add({ days: 2 }).toZonedDateTime({ timeZone: "Europe/Amsterdam", plainTime: "12:00" });
  await world.advance(`PT${(noon.epochMilliseconds - milliseconds(world.now())) / 1000}S`);
  expect((await api("PATCH", "/v1/workspace", { publishing: "paused" })).status).toBe(200);
  const texts = async (handle: string) =>
    (await world.http("GET", `/@ster-${handle}`, { headers: json }))
      .as(z.object({ items: z.array(z.object({ text: z.string() })) }))
      .items.map(({ text }) => text);
  await world.advance("PT20H");
  expect(await texts("nieuws")).toEqual(["Woensdag: kaneelbroodjes", "Een nieuwe week; verse broodjes"]);
  expect(await texts("acties")).toEqual(["Te gek: vandaag drie voor twee"]);
  const onSite = (text: string) => site.heard.filter(({ body }) => String(body).includes(text)).length;
  expect([onSite("Een nieuwe week"), onSite("Te gek")]).toEqual([1, 1]);
  const subjects = world.mails.filter(({ to }) => to.includes(marketer.address)).map(({ subject }) => subject);
  expect(subjects.filter((subject) => subject === "Een bericht is geweigerd")).toHaveLength(1);
  // What was due while it was paused came too late, and is told: at once that it does, and in the morning what did.
  expect(subjects.filter((subject) => subject.startsWith("Het plaatsen staat stil"))).toHaveLength(1);
  const mails = world.mails.filter(({ to, subject }) => to.includes(marketer.address) && subject.includes("melding"));
  expect(mails.flatMap(({ text }) => text.match(/kon niet op tijd/g) ?? [])).toHaveLength(2);
  await api("PATCH", "/v1/workspace", { publishing: "running" });
  await world.advance("P2D");
  expect((await texts("nieuws"))[0]).toBe("Weekend!");
  expect(await texts("acties")).toEqual(["Koffie en koek", "Te gek: vandaag drie voor twee"]);
  expect((await texts("vacatures")).sort()).toEqual(["Wij zoeken een bakker", "Wij zoeken een verkoper"]);
  const { items } = (await api("GET", "/v1/posts?limit=100")).as(z.object({ items: z.array(PostView) }));
  for (const { deliveries } of items)
    for (const delivery of deliveries)
      if (delivery.state === "published")
        expect(milliseconds(delivery.publishedAt) - milliseconds(delivery.at)).toBeLessThan(minutes(1));
  expect(items.map(({ state }) => state).filter((state) => state === "attention")).toHaveLength(3);
}, 120_000);

/** The day of issue 6. */
test("a brewery asks the crowd here and on Mastodon, counts exactly, and brews the best idea", async () => {
  const brewery = await world.workspace("Brouwerij Maan");
  const texts = (...all: string[]) => all.map((text) => ({ text }));
  const made = await brewery.api("POST", "/v1/polls", {
    slug: "herfst",
    title: "De herfst van Brouwerij Maan",
    results: "after",
    places: [{ code: "proeflokaal", name: "Het proeflokaal" }],
    questions: [
      { kind: "single", text: "Welk etiket?", options: texts("De zon", "De maan", "De ster", "De komeet") },
      { kind: "estimate", text: "Hoeveel flessen verkopen we?", unit: "flessen", min: 0, max: 50_000 },
      { kind: "open", text: "Wat brouwen we daarna?", required: false },
    ],
  });
  const { id, questions } = made.as(PollView);
  const path = `/v1/polls/${id}`;
  await brewery.api("POST", `${path}/open`);
  const labels = (questions[0]?.options ?? []).map((option) => option.id);

  // On Mastodon the label is asked as a poll of its own; the brewery's own page gets a link.
  const there = await ballotServer(world);
  const mastodon = await there.connect(brewery);
  const feed = idOf(
    await brewery.api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle: "brouwerij-maan" }),
  );
  const inMinutes = (n: number) => new Date(milliseconds(world.now()) + minutes(n)).toISOString();
  const Asked = z.object({
    postId: z.string(),
    channels: z.array(z.object({ asks: z.string(), text: z.string(), because: z.string().optional() })),
  });
  const asked = (await brewery.api("POST", `${path}/post`, { channels: [mastodon, feed], minutes: 30 })).as(Asked);
  expect(asked.channels).toMatchObject([
    { asks: "ballot", text: "Welk etiket?" },
    { asks: "link", text: expect.stringContaining("/p/herfst?via=feed") },
  ]);
  await brewery.api("PATCH", `/v1/posts/${asked.postId}`, { at: inMinutes(1) });
  await world.advance("PT1M2S");
  there.vote([10, 60, 20, 10]);

  // By a link on Instagram, on a phone; and by the QR code on a coaster, which says where it lies.
  const qr = await world.http("GET", "/p/herfst/qr.svg?place=proeflokaal");
  expect(qr.headers["content-type"]).toContain("image/svg+xml");
  const respond = async (from: string, [label, bottles, wish]: [number, string, string]) => {
    const visitor = world.visitor();
    const shown = await visitor.open(`/p/herfst?${from}`);
    const done = await visitor.submit(shown, { q1: labels[label]!, q2: bottles, q3: wish });
    expect(done.text).toContain("Dank u wel");
    return { visitor, shown };
  };
  const first = await respond("via=instagram", [1, "21.000", "Een bock met honing"]);
  for (let n = 0; n < 5; n++)
    await respond("via=instagram", [1, String(18_000 + n * 500), n ? "" : "Tripel met honing"]);
  for (let n = 0; n < 6; n++) await respond("place=proeflokaal", [n % 2, String(24_000 + n * 250), "Een bock"]);
  // Two in a rush: the back button, and once more.
  await first.visitor.submit(first.shown, { q1: labels[3]!, q2: "1", q3: "" });
  // An app answers by itself; a stranger does not see what came of it before the close.
  const answers = { q1: labels[2], q2: 30_000 };
  for (let n = 0; n < 2; n++) await world.http("POST", "/p/herfst", { body: { answers, device: "app-van-een-klant" } });
  expect((await world.visitor().open("/p/herfst/results")).status).toBe(403);
  expect((await world.http("GET", "/p/herfst/results/q1.png")).status).toBe(403);
  await world.settle();
  const result = async (query = "") => (await brewery.api("GET", `${path}/results${query}`)).as(ResultView);
  expect(await result()).toMatchObject({ total: 13, here: 13 });
  const Groups = z.object({
    groups: z.array(z.object({ name: z.string().nullable(), total: z.number() })),
    withheld: z.number(),
  });
  const groups = async (by: string) => (await brewery.api("GET", `${path}/groups?by=${by}`)).as(Groups);
  expect(await groups("source")).toMatchObject({
    groups: [
      { name: null, total: 7 },
      { name: "instagram", total: 6 },
    ],
  });
  expect(await groups("place")).toMatchObject({
    groups: [
      { name: null, total: 7 },
      { name: "proeflokaal", total: 6 },
    ],
  });
  const wanted = await brewery.api("GET", `${path}/words?question=q3`);
  expect(wanted.body).toMatchObject({
    words: [
      { word: "bock", answers: 7 },
      { word: "honing", answers: 2 },
    ],
  });

  // It closes; exact now. In December it is known how many bottles were sold.
  await brewery.api("POST", `${path}/close`);
  await world.advance("PT32M");
  const final = await result();
  expect(final).toMatchObject({ status: "closed", counted: "rows", total: 113, here: 13, tier: "device" });
  expect(final.questions[0]?.options?.map(({ count }) => count)).toEqual([13, 69, 21, 10]);
  expect(final.questions[0]?.channels).toMatchObject([
    { tier: "device", answered: 13, options: [{ count: 3 }, { count: 9 }, { count: 1 }, { count: 0 }] },
    { tier: "network", answered: 100, isFinal: true },
  ]);
  expect(final.questions[1]?.estimate).toMatchObject({ exact: true, median: 24_000, least: 18_000, most: 30_000 });
  const before = await brewery.api("POST", `${path}/results/post`, { question: "q2" });
  await brewery.api("PUT", `${path}/truth`, { questionId: "q2", value: 24_180 });
  const MadePost = z.object({
    postId: z.string(),
    text: z.string(),
    chart: z.object({ url: z.string(), alt: z.string() }),
  });
  const post = (await brewery.api("POST", `${path}/results/post`, { question: "q2" })).as(MadePost);
  expect(post.postId).not.toBe(before.as(MadePost).postId);
  expect(post.text).toContain("De werkelijke waarde: 24.180 flessen.");
  expect(post.chart.alt).toContain("Werkelijke waarde: 24.180 flessen");
  const chart = new Uint8Array(await (await fetch(post.chart.url)).arrayBuffer());
  expect(look(chart)).toMatchObject({ type: "image/png", width: 1080 });
  expect(chart.length).toBeLessThan(300_000);

  // The draft leaves on the brewery's own page, which takes no pictures: its readers follow the link to the results.
  const leaves = { channels: [feed], at: inMinutes(1), media: [] };
  expect((await brewery.api("PATCH", `/v1/posts/${post.postId}`, leaves)).status).toBe(200);
  await world.advance("PT1M2S");
  expect((await world.visitor().open("/@brouwerij-maan")).text).toContain("De middelste schatting: 24.000 flessen.");
  const page = await world.visitor().open("/p/herfst/results");
  expect(page.text).toContain("Einduitslag");
  expect((await world.http("GET", "/p/herfst/results/q1.svg?lang=en")).text).toContain("113 answers");

  // What to brew next: everybody proposes and supports; the five best become the next poll.
  const board = await brewery.api("POST", "/v1/boards", { slug: "brouwen", title: "Wat brouwen we daarna?" });
  const boardId = idOf(board);
  await brewery.api("POST", `/v1/boards/${boardId}/open`);
  const wishes = ["Bock met honing", "Tripel van appels", "Stout met koffie", "Witbier met vlier", "Rook uit Bamberg"];
  const Proposed = z.object({ ideaId: z.string() });
  const ideaIds: string[] = [];
  for (const [n, title] of [...wishes, "Alcoholvrij zonder suiker"].entries()) {
    const body = { title, device: `toestel-van-bedenker-${n}`, ...(n === 0 ? { email: "bedenker@example.nl" } : {}) };
    ideaIds.push((await world.http("POST", "/i/brouwen", { body })).as(Proposed).ideaId);
  }
  const [honey = ""] = ideaIds;
  const support = (ideaId: string, by: string) =>
    world.http("POST", `/i/brouwen/ideas/${ideaId}/support`, { body: { device: `toestel-van-iemand-${by}` } });
  for (const [n, ideaId] of ideaIds.slice(0, 5).entries())
    for (let by = n; by < 5; by++) await support(ideaId, `${n}-${by}`);
  const fan = world.visitor();
  const idea = `/i/brouwen/ideas/${honey}`;
  const supports = (await fan.open(idea)).forms.find(({ action }) => action.includes("/support"));
  const supported = await fan.submit(await fan.open(idea), {}, supports);
  const follows = supported.forms.find(({ action }) => action.includes("/follow"));
  await fan.submit(supported, { email: "fan@example.nl" }, follows);
  for (const address of ["bedenker@example.nl", "fan@example.nl"]) {
    const visitor = world.visitor();
    await visitor.submit(await visitor.open(await mailed(address, "/follow")));
  }

  const best = (await brewery.api("POST", `/v1/boards/${boardId}/poll`, { slug: "keuze", question: "Welk bier?" })).as(
    z.object({ pollId: z.string(), options: z.array(z.object({ optionId: z.string(), ideaId: z.string() })) }),
  );
  expect(best.options.map(({ ideaId }) => ideaId)).toEqual(ideaIds.slice(0, 5));
  await brewery.api("POST", `/v1/polls/${best.pollId}/open`);
  // Five are more than Mastodon asks: it says so, and links.
  const next = (await brewery.api("POST", `/v1/polls/${best.pollId}/post`, { channels: [mastodon] })).as(Asked);
  expect(next.channels[0]).toMatchObject({
    asks: "link",
    text: expect.stringContaining("/p/keuze?via=mastodon"),
    because: expect.stringContaining("takes 2 to 4 answers; there are 5"),
  });
  for (const [n, { optionId }] of [0, 0, 0, 1, 4].map((place) => best.options[place]!).entries()) {
    const visitor = world.visitor();
    const shown = await visitor.open(`/p/keuze?via=mastodon&answer=${n}`);
    await visitor.submit(shown, { option: optionId });
  }
  await brewery.api("POST", `/v1/polls/${best.pollId}/close`);
  await world.advance("PT2M");
  const chosen = (await brewery.api("POST", `/v1/polls/${best.pollId}/results/post`, {})).as(MadePost);
  expect(chosen.text).toContain("Bock met honing wint, met 60% van de stemmen.");

  // And it is brewed: whoever proposed or supported it hears so.
  const answer = "De bock met honing staat vanaf vrijdag op de tap.";
  await brewery.api("POST", `/v1/ideas/${honey}/status`, { status: "done", answer });
  await world.settle();
  const told = world.mails.filter(({ subject }) => subject.startsWith("U zei het, wij deden het: “Bock met honing”"));
  expect(told.flatMap(({ to }) => to).toSorted()).toEqual(["bedenker@example.nl", "fan@example.nl"]);
  expect(told[0]?.text).toContain(answer);
}, 120_000);
