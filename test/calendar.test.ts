import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { days, later, minutes } from "../functions/platform/clock.ts";
import { calendarOf, folded } from "../functions/posts/calendar.ts";
import { postsAround } from "../functions/posts/calendar-page.ts";
import { easter, occasionsBetween } from "../functions/posts/occasions.ts";
import { ShareView } from "../functions/posts/share.ts";
import { idOf, openWorld, type World } from "./world.ts";

// The planned posts as a calendar, and the days that people live by.

test("occasions fall on the days that almanacs give", () => {
  // Easter: the tables of the Astronomical Almanac; the rest as in the calendars of those years.
  for (const day of ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2285-03-22"])
    expect(easter(Number(day.slice(0, 4)))).toBe(day);
  const on = (id: string, year: number) =>
    occasionsBetween(`${year}-01-01`, `${year}-12-31`)
      .find((one) => one.id === id)
      ?.date.slice(5);
  expect([2025, 2026, 2031].map((year) => on("kings-day", year))).toEqual(["04-26", "04-27", "04-26"]);
  expect([2025, 2026].map((year) => on("mothers-day", year))).toEqual(["05-11", "05-10"]);
  expect([2025, 2026].map((year) => on("fathers-day", year))).toEqual(["06-15", "06-21"]);
  expect([2025, 2026].map((year) => on("budget-day", year))).toEqual(["09-16", "09-15"]);
  expect([2025, 2026].map((year) => on("black-friday", year))).toEqual(["11-28", "11-27"]);
  expect([2025, 2026].map((year) => on("summer-time", year))).toEqual(["03-30", "03-29"]);
  expect([2025, 2026].map((year) => on("winter-time", year))).toEqual(["10-26", "10-25"]);
  expect([2025, 2026].map((year) => on("sinterklaas-arrives", year))).toEqual(["11-15", "11-14"]);
  expect([2025, 2026].map((year) => on("carnival", year))).toEqual(["03-02", "02-15"]);
  expect([2025, 2026].map((year) => on("ascension", year))).toEqual(["05-29", "05-14"]);
  expect(occasionsBetween("2026-12-25", "2027-01-01").map(({ id }) => id)).toEqual([
    ...["christmas", "boxing-day", "new-years-eve", "new-year"],
  ]);
});

test("a line of a calendar has at most 75 octets, and no letter is cut in two", () => {
  const line = `SUMMARY:${"é🍞".repeat(60)}`;
  const parts = folded(line).split("\r\n").slice(0, -1);
  expect(parts.length).toBeGreaterThan(4);
  for (const part of parts) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(75);
  expect(parts.map((part, i) => (i === 0 ? part : part.slice(1))).join("")).toBe(line);
});

let world: World;
beforeAll(async () => {
  world = await openWorld({ at: "2026-06-01T10:00:00.000Z" });
});
afterAll(() => world?.close());

test("whoever has the link follows the calendar until it is taken back; occasions are listed by window", async () => {
  const { api, workspaceId } = await world.workspace();
  const handle = `agenda-${workspaceId.slice(-8)}`;
  const channel = idOf(await api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle }));
  await api("PATCH", "/v1/planning", { categories: [{ id: "acties", name: "Acties, en meer", colour: "#cc0000" }] });
  const at = later(world.now(), days(2));
  const post = { text: "Vers; brood,\nen koek", channels: [channel], at, category: "acties" };
  const id = idOf(await api("POST", "/v1/posts", post));
  await api("POST", "/v1/posts", { text: "Zonder tijd" });
  const gone = idOf(await api("POST", "/v1/posts", { text: "Toch niet", channels: [channel], at }));
  await api("POST", `/v1/posts/${gone}/cancel`);
  await world.settle();
  const share = (await api("POST", "/v1/shares/calendar", { name: "Mijn telefoon" })).as(ShareView);
  const { pathname, search } = new URL(share.url ?? "");
  const feed = await world.http("GET", `${pathname}${search}`);
  expect(feed.headers).toMatchObject({ "content-type": "text/calendar; charset=utf-8", "cache-control": "no-store" });
  const whole = feed.text.replaceAll("\r\n ", "");
  for (const line of [
    "BEGIN:VCALENDAR",
    `UID:${id}@samenspraak`,
    "DTSTART:20260603T100000Z",
    "SUMMARY:Vers\\; brood\\, en koek",
    "DESCRIPTION:Ingepland · Nieuws\\n\\nVers\\; brood\\,\\nen koek",
    "CATEGORIES:Acties\\, en meer",
    "STATUS:CANCELLED",
    "DTSTART;VALUE=DATE:20261205",
    "SUMMARY:Pakjesavond",
  ])
    expect(whole.split("\r\n")).toContain(line);
  expect(whole).not.toContain("Zonder tijd");
  expect(whole).toContain("X-WR-CALDESC:Berichten van vrijdag 1 mei 2026 om 12:00 tot en met woensdag 2 juni 2027 om");
  expect(whole).not.toContain("Niet alle berichten");
  expect((await world.http("GET", `${pathname}${search}&lang=en`)).text).toContain("SUMMARY:Sinterklaas Eve");

  await api("DELETE", `/v1/shares/${share.id}`);
  expect((await world.http("GET", `${pathname}${search}`)).status).toBe(410);
  expect((await world.http("GET", `${pathname}?t=x`)).status).toBe(410);

  const Occasions = z.object({ items: z.array(z.object({ id: z.string(), name: z.string(), date: z.string() })) });
  const december = await api("GET", "/v1/occasions?from=2026-12-01&to=2026-12-24&lang=en");
  expect(december.as(Occasions).items).toEqual([{ id: "sinterklaas", date: "2026-12-05", name: "Sinterklaas Eve" }]);
  expect((await api("GET", "/v1/occasions?from=2026-12-01&to=2036-12-01")).body).toMatchObject({
    code: "invalid_input",
    errors: [{ pointer: "query:to" }],
  });
});

test("of more posts than fit, a calendar shows those around now, and says where it ends", async () => {
  const { api, workspaceId } = await world.workspace();
  const handle = `vol-${workspaceId.slice(-8)}`;
  const channel = idOf(await api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle }));
  const plan = (n: number) => later(world.now(), minutes(n));
  const soon = [1, 2, 3].map(plan);
  const far = [4, 5, 6, 7].map((n) => plan(n * 1440));
  for (const [n, at] of [...soon, ...far].entries())
    await api("POST", "/v1/posts", { text: `Bericht ${n}`, channels: [channel], at });
  await world.advance("PT5M");
  const now = world.now();
  const all = { from: later(now, -days(31)), to: later(now, days(366)) };
  const around = async (past: number, coming: number) => {
    const { posts, window } = await postsAround(workspaceId, all, { past, coming }, now);
    return { texts: posts.map(({ text }) => text.slice(-1)).join(""), window };
  };
  expect(await around(3, 4)).toEqual({
    texts: "0123456",
    window: { ...all, moreBefore: false, moreAfter: false },
  });
  const { texts, window } = await around(2, 2);
  expect([texts, window]).toEqual(["1234", { from: soon[1], to: far[1], moreBefore: true, moreAfter: true }]);
  const shown = {
    name: "Zon",
    language: "nl",
    channels: new Map(),
    categories: new Map(),
    window,
    zone: "UTC",
  } as const;
  const text = calendarOf([], [], shown, now).replaceAll("\r\n ", "");
  expect(text.match(/SUMMARY:Niet alle berichten staan in deze agenda/g)).toHaveLength(2);
  expect(text).toContain(`DTSTART:${far[1]?.replaceAll(/[-:]|\.000/g, "")}`);

  // A long text does not make it large.
  const { id } = (await api("POST", "/v1/posts", { text: "a".repeat(4900), channels: [channel], at: plan(30) })).as(
    z.object({ id: z.string() }),
  );
  const share = (await api("POST", "/v1/shares/calendar", { name: "Ik" })).as(ShareView);
  const { pathname, search } = new URL(share.url ?? "");
  await world.settle();
  const feed = await world.http("GET", `${pathname}${search}`);
  expect(feed.text).toContain(`UID:${id}@`);
  expect(feed.text.replaceAll("\r\n ", "")).toMatch(/[^a]a{599}…\r\n/);
});
