import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { barsAcross, barsOverTime, roundedUp } from "../functions/charts/charts.ts";
import { ContestReport, datesBetween, daysOf, hoursOf, sourcesOf } from "../functions/contests/report.ts";
import { sourceOf, Via } from "../functions/contests/sources.ts";
import { gamingTax } from "../functions/contests/tax.ts";
import { countEntry, countView } from "../functions/events/contest-counts.ts";
import { isLookedAt } from "../functions/links/looked-at.ts";
import { days, later, minutes } from "../functions/platform/clock.ts";
import { csvLine } from "../functions/platform/csv.ts";
import { PageOf } from "../functions/platform/http.ts";
import { contesting, type Made } from "./contest.ts";
import { joined } from "./members.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// What the organiser sees of a contest.

const now = "2026-06-01T10:00:00.000Z";
const phone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const html = { accept: "text/html", "user-agent": phone };

describe("the rules of counting", () => {
  test("a link says where it stands in 32 small letters, or it says nothing; what a contest does not know is one source", () => {
    expect(Via.parse("insta-bio")).toBe("insta-bio");
    for (const strange of ["", "Insta", "a b", "x".repeat(33), "<script>", 7])
      expect(Via.parse(strange)).toBeUndefined();
    expect(sourceOf({}, "whatsapp")).toBe("whatsapp");
    expect(sourceOf({}, "toonbank-3")).toBe("other");
    expect(sourceOf({ sources: ["toonbank-3"] }, "toonbank-3")).toBe("toonbank-3");
    expect(sourceOf({}, undefined)).toBeUndefined();
  });

  test("an entry and a view count once, when they come to be", () => {
    const entry = { contestId: "c", enteredAt: Date.parse(now), via: "x", language: "nl", referrer: "r", risk: [1, 3] };
    const counted = countEntry(undefined, entry);
    expect(counted).toEqual([
      {
        subject: "c#entries",
        add: { entries: 1, referred: 1, "friend:x": 1, "lang:nl": 1, "risk:1": 1, "risk:3": 1 },
      },
      { subject: "c#friends#r", add: { friends: 1 } },
      { subject: "c#day#2026-06-01", add: { e10: 1 } },
    ]);
    const view = { contestId: "c", at: Date.parse(now) };
    expect(countView(undefined, view)).toEqual([
      { subject: "c#views", add: { views: 1, "own:-": 1 } },
      { subject: "c#day#2026-06-01", add: { v10: 1 } },
    ]);
    for (const count of [countEntry, countView]) {
      expect(count(entry, entry)).toEqual([]);
      expect(count(entry, undefined)).toEqual([]);
    }
  });

  test("a person's browser counts; a bot, a preview, a program, HEAD and what is fetched ahead do not", () => {
    const visit = { method: "GET", wantsJson: false, headers: html };
    expect(isLookedAt(visit)).toBe(true);
    for (const agent of [
      "WhatsApp/2.23.20.0 A",
      "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
      "TelegramBot (like TwitterBot)",
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
      "curl/8.5.0",
      "",
      undefined,
    ])
      expect(isLookedAt({ ...visit, headers: { ...html, "user-agent": agent } })).toBe(false);
    expect(isLookedAt({ ...visit, method: "HEAD" })).toBe(false);
    expect(isLookedAt({ ...visit, wantsJson: true })).toBe(false);
    expect(isLookedAt({ ...visit, headers: { ...html, "sec-purpose": "prefetch;prerender" } })).toBe(false);
  });

  test("hours become days in the contest's zone", () => {
    const hourly = [...hoursOf("2026-06-01", { e21: 2, e22: 3, v22: 9 }), ...hoursOf("2026-06-02", { e00: 1 })];
    expect(daysOf(hourly, "Europe/Amsterdam")).toEqual([
      { from: "2026-06-01", views: 0, entries: 2 },
      { from: "2026-06-02", views: 9, entries: 4 },
    ]);
    expect(datesBetween("2026-06-29T23:00:00.000Z", "2026-07-02T00:00:00.000Z")).toEqual([
      "2026-06-29",
      "2026-06-30",
      "2026-07-01",
      "2026-07-02",
    ]);
  });

  test("sources stand in the order of what they brought, friends within them", () => {
    expect(sourcesOf({ entries: 6, "own:x": 1, "friend:x": 4, "own:-": 1 }, { "own:qr": 3 })).toEqual([
      { source: "x", views: 0, entries: 5, byFriends: { views: 0, entries: 4 } },
      { source: "-", views: 0, entries: 1, byFriends: { views: 0, entries: 0 } },
      { source: "qr", views: 3, entries: 0, byFriends: { views: 0, entries: 0 } },
    ]);
  });
});

describe("gaming tax", () => {
  const prize = (valueCents: number, number = 1) => ({ description: "Taart", number, valueCents });

  test("up to EUR 449 of one game nothing is owed; a cent more and all of it is taxed", () => {
    expect(gamingTax([prize(44_900)], now)).toMatchObject({ isOwed: false, totals: { winnersPayCents: 0 } });
    expect(gamingTax([prize(22_450, 2)], now)).toMatchObject({ isOwed: false });
    expect(gamingTax([prize(22_450, 2), prize(1)], now)).toMatchObject({ isOwed: true, totalCents: 44_901 });
  });

  test("37.8 % from 2026, paid by the winner, or by the organiser over prize and tax together", () => {
    const [of] = gamingTax([prize(100_000)], now).prizes;
    expect(of).toMatchObject({
      winnerPays: { taxCents: 37_800, winnerKeepsCents: 62_200 },
      organiserPays: { taxCents: 60_772, costCents: 160_772 },
    });
    // Who gets prize and tax together, and pays the tax, keeps the prize.
    expect(Math.round(160_772 * 0.622)).toBe(100_000);
    expect(gamingTax([prize(100_000)], "2025-12-31T12:00:00.000Z").ratePercent).toBe(34.2);
  });
});

describe("charts and tables", () => {
  const number = String;

  test("are read without colour, and carry no markup from outside", () => {
    const across = barsAcross([{ label: '<b>"x"&', value: 3 }], { number }).markup;
    expect(across).toContain("&lt;b&gt;&quot;x&quot;&amp;");
    expect(across).toContain(">3</text>");
    const over = barsOverTime([{ label: "1 jun", value: 3, behind: 9 }], { number }).markup;
    expect(over).toContain("1 jun: 3");
    expect(over).toContain("stroke=");
    for (const drawn of [across, over, barsOverTime([], { number }).markup]) expect(drawn).not.toMatch(/NaN|undefined/);
    expect([0, 1, 3, 7, 10, 12, 230].map(roundedUp)).toEqual([1, 1, 5, 10, 10, 20, 500]);
  });

  test("a cell that a spreadsheet would take for a formula stays text", () => {
    expect(csvLine(["=1+1", "@x", "-2", 'a"b', "c,d", "gewoon"])).toBe(`'=1+1,'@x,'-2,"a""b","c,d",gewoon\r\n`);
    // A Dutch spreadsheet begins a new cell at a semicolon; a Japanese one reads wide signs.
    expect(csvLine(["bier;=1+1", 'x; "@y', "＝1+1", "\n=1", "ja; nee", "1 = 1"])).toBe(
      `bier;'=1+1,"x; ""'@y",'＝1+1,"\n'=1",ja; nee,1 = 1\r\n`,
    );
  });
});

// ── Over HTTP ───────────────────────────────────────────────────────────────────────────────────────────────────────

let world: World;
let bakery: Workspace;

beforeAll(async () => {
  world = await openWorld({ at: now });
  bakery = await world.workspace();
});
afterAll(() => world?.close());

const {
  drafted,
  opened: open,
  entered: enter,
} = contesting(() => ({ world, bakery }), {
  set: {
    title: "Win een taart",
    promotes: "Taarten",
    prizes: [{ description: "Een jaar taart", number: 1, valueCents: 60_000 }],
  },
  openFor: days(1),
});
const report = async ({ id }: Made, query = "") =>
  (await bakery.api("GET", `/v1/contests/${id}/report${query}`)).as(ContestReport);

describe("the report", () => {
  test("counts from click to confirmed, by source, by friend and by the hour, each once", async () => {
    const contest = await open();
    await bakery.api("PUT", `/v1/contests/${contest.id}/sources`, { sources: ["toonbank"] });
    const look = (query: string, headers: Record<string, string> = html) =>
      world.http("GET", `/c/${contest.slug}${query}`, { headers });
    const shown = await look("?via=toonbank");
    expect(shown.text).toContain('name="via" value="toonbank"');
    await look("?via=toonbank&utm_source=x");
    await look("?via=nergens");
    await look("");
    await look("?via=toonbank", { ...html, "user-agent": "WhatsApp/2.23.20.0 A" });
    await look("?via=toonbank", { accept: "application/json", "user-agent": phone });
    await world.http("HEAD", `/c/${contest.slug}?via=toonbank`, { headers: html });

    const anna = await enter(contest, "anna@example.nl", { via: "toonbank" });
    const link = anna.shareUrl;
    await world.http("GET", `${new URL(link).pathname}?via=whatsapp`, { headers: html });
    await enter(contest, "bram@example.nl", { via: "whatsapp", link });
    await enter(contest, "chris@example.nl", { via: "Zomaar Iets", link });
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "nooit@example.nl" } });
    await world.settle();

    const made = await report(contest);
    expect(made).toMatchObject({
      funnel: { views: 5, mails: 4, entries: 3 },
      referred: 2,
      step: "hour",
      over: [{ from: "2026-06-01T10:00:00.000Z", views: 5, entries: 3 }],
      languages: [{ language: "nl", entries: 3 }],
      fromRows: { referrers: [{ entryId: anna.entryId, friends: 2 }], withdrawn: 0, excluded: 0, newsletter: 0 },
      tax: { isOwed: true, totalCents: 60_000 },
    });
    expect(made.sources).toEqual([
      { source: "toonbank", views: 2, entries: 1, byFriends: { views: 0, entries: 0 } },
      { source: "-", views: 1, entries: 1, byFriends: { views: 0, entries: 1 } },
      { source: "whatsapp", views: 1, entries: 1, byFriends: { views: 1, entries: 1 } },
      { source: "other", views: 1, entries: 0, byFriends: { views: 0, entries: 0 } },
    ]);
    expect(await report(contest, "?step=day")).toMatchObject({ over: [{ from: "2026-06-01", views: 5, entries: 3 }] });
    expect(JSON.stringify(made)).not.toContain("example.nl");
  });

  test("a click costs one write unit, and a page shown after the close none", async () => {
    const closesAt = later(world.now(), minutes(10));
    const contest = await open({ closesAt, drawAt: later(closesAt, minutes(3)) });
    const click = () => world.http("GET", `/c/${contest.slug}?via=qr`, { headers: html });
    const own = async (what: string) =>
      (await world.weigh(what, click)).filter(({ kind }) => kind !== "tally" && kind !== "activity");
    expect(await own("a click")).toMatchObject([{ kind: "view", operation: "PutItem", units: 1 }]);
    await world.advance("PT11M");
    expect(await own("a look at what is over")).toEqual([]);
  });

  test("an empty contest has an empty report, and a draft too", async () => {
    const { id } = await drafted({ prizes: [] });
    expect((await bakery.api("GET", `/v1/contests/${id}/report`)).body).toMatchObject({
      funnel: { views: 0 },
      over: [],
    });
    expect(await report(await open())).toMatchObject({
      funnel: { views: 0, mails: 0, entries: 0 },
      over: [],
      sources: [],
    });
  });
});

describe("the page for organisers", () => {
  const Entries = PageOf(z.looseObject({ id: z.string() }));

  test("shows the numbers to a member who is signed in, in Dutch and English, and to nobody else", async () => {
    const contest = await open({ title: "Win <een> taart" });
    const member = await joined(world, bakery, "lezer@example.nl", "viewer");
    const page = (lang = "", session = member.session) =>
      world.http("GET", `/contests/${contest.id}${lang}`, {
        headers: { accept: "text/html" },
        cookies: { session },
      });
    expect((await page()).text).toContain("Er is nog niets te tellen");
    await enter(contest, "een@example.nl", { via: "qr" });
    await world.http("GET", `/c/${contest.slug}?via=qr`, { headers: html });
    await world.settle();

    const shown = await page();
    expect(shown.status).toBe(200);
    for (const text of ["Win &lt;een&gt; taart", "Van klik tot deelname", "Kansspelbelasting", "<svg", "<td>1</td>"])
      expect(shown.text).toContain(text);
    expect(shown.text).not.toMatch(/<script|een@example|style="/);
    expect(Buffer.byteLength(shown.text)).toBeLessThan(50_000);
    expect((await page("?lang=en")).text).toContain("From click to entry");
    const list = await world.http("GET", "/contests", {
      headers: { accept: "text/html" },
      cookies: { session: member.session },
    });
    expect(list.text).toContain(`/contests/${contest.id}`);

    for (const answer of [await page("", ""), await page("", `sss_${"x".repeat(64)}`)])
      expect(answer).toMatchObject({ status: 303, headers: { location: "/sign-in" } });
    const stranger = await joined(world, await world.workspace("Elders"), "vreemd@example.nl", "owner");
    expect((await page("", stranger.session)).status).toBe(404);
  });

  test("entries are listed by source, mark and state; their addresses only to who may, and asks", async () => {
    const contest = await open();
    const { entryId } = await enter(contest, "lijst@example.nl", { via: "qr" });
    await enter(contest, "ander@example.nl");
    const list = async (query: string, key = bakery.apiKey) => {
      const answer = await world.http("GET", `/v1/contests/${contest.id}/entries${query}`, { key });
      return answer;
    };
    expect((await list("?via=qr")).body).toMatchObject({
      items: [{ id: entryId, via: "qr", language: "nl", newsletter: false, state: "takes-part" }],
      next: null,
    });
    expect((await list("?state=withdrawn")).body).toEqual({ items: [], next: null });
    expect((await list("")).text).not.toContain("example.nl");
    expect((await list("?personal=true&via=qr")).body).toMatchObject({ items: [{ address: "lijst@example.nl" }] });
    const { apiKey } = (await bakery.api("POST", "/v1/keys", { name: "Lezer", scopes: ["contests:read"] })).as(
      z.object({ apiKey: z.string() }),
    );
    expect((await list("?personal=true", apiKey)).body).toMatchObject({ status: 403, code: "scope_missing" });
    const first = (await list("?limit=1")).as(Entries);
    const rest = (await list(`?limit=1&cursor=${encodeURIComponent(first.next ?? "")}`)).as(Entries);
    expect(new Set([...first.items, ...rest.items].map(({ id }) => id)).size).toBe(2);
    expect(rest.next).toBeNull();
  });

  test("are exported as CSV by a job, without addresses", async () => {
    const contest = await open();
    const { entryId } = await enter(contest, "csv@example.nl", { via: "qr" });
    const asked = await bakery.api("POST", "/v1/exports", { csv: { table: "entries", contestId: contest.id } });
    expect(asked.status).toBe(202);
    await world.advance("PT1M");
    const Export = z.object({ parts: z.array(z.object({ name: z.string(), url: z.string() })) });
    const { id } = asked.as(z.object({ id: z.string() }));
    const { parts } = (await bakery.api("GET", `/v1/exports/${id}`)).as(Export);
    expect(parts.map(({ name }) => name)).toEqual(["0001-entries.csv"]);
    const text = await (await fetch(parts[0]?.url ?? "")).text();
    const [head, row, end] = text.replace("\ufeff", "").split("\r\n");
    expect(head).toBe("entry,entered_at,language,source,by_friend,newsletter,marks,state");
    expect(row).toMatch(new RegExp(`^${entryId},2026-06-\\d\\dT[^,]+,nl,qr,no,no,[a-z_ ]*,takes part$`));
    expect(end).toBe("");
    expect(text).not.toContain("example.nl");
    expect(
      (await bakery.api("POST", "/v1/exports", { personal: true, csv: { table: "entries", contestId: contest.id } }))
        .body,
    ).toMatchObject({ status: 400, code: "invalid_input" });
  });
});
