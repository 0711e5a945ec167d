import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { days, later } from "../functions/platform/clock.ts";
import { nextOf } from "../functions/posts/make-occurrences.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { checkRule, occurrencesAfter } from "../functions/posts/recurrence.ts";
import { SeriesView } from "../functions/posts/series.ts";
import { idOf, openWorld, type World } from "./world.ts";

// What is said again and again: each occurrence is a post of its own, made once.

test("a rule's days have the same hour of the clock on both sides of its changes", () => {
  const start = { wall: "2026-10-19T09:00", zone: "Europe/Amsterdam" };
  const of = (rule: string, after = "2026-10-01T00:00:00.000Z", n = 3) =>
    occurrencesAfter(rule, start, after, n).map(({ at }) => at);
  expect(of("FREQ=WEEKLY")).toEqual([
    "2026-10-19T07:00:00.000Z",
    "2026-10-26T08:00:00.000Z",
    "2026-11-02T08:00:00.000Z",
  ]);
  expect(of("FREQ=WEEKLY", "2026-10-26T08:00:00.000Z", 1)).toEqual(["2026-11-02T08:00:00.000Z"]);
  expect(of("FREQ=MONTHLY;BYDAY=-1FR")[0]).toBe("2026-10-30T08:00:00.000Z");
  expect(of("FREQ=DAILY;COUNT=2")).toHaveLength(2);
  expect(of("FREQ=DAILY;UNTIL=20261020")).toHaveLength(2);
  const night = { wall: "2026-03-28T02:30", zone: "Europe/Amsterdam" };
  expect(occurrencesAfter("FREQ=DAILY", night, "2026-03-28T12:00:00.000Z", 1)).toMatchObject([
    { date: "2026-03-29", at: "2026-03-29T01:00:00.000Z" },
  ]);
  for (const rule of [
    "",
    "FREQ=HOURLY",
    "FREQ=DAILY;BYHOUR=9",
    "FREQ=WEEKLY;BYDAY=XX",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
  ])
    expect(() => of(rule), rule).toThrow("This rule cannot be followed");
});

test.each([
  ["FREQ=YEARLY;BYMONTH=13", "BYMONTH=13 is not a month from 1 to 12."],
  ["FREQ=MONTHLY;BYMONTHDAY=1,32", "BYMONTHDAY=32 is not a day of a month from 1 to 31, or -1 to -31 from the end."],
  ["FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0 is not a day of a month"],
  ["FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY=-367 is not a day of a year from 1 to 366"],
  ["FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO=54 is not a week of a year"],
  ["FREQ=MONTHLY;BYDAY=6MO", "a month has at most 5 of a weekday"],
  ["FREQ=YEARLY;BYDAY=-54MO", "a year has at most 53 of a weekday"],
  ["FREQ=WEEKLY;BYDAY=1MO", "BYDAY=1MO counts the days of a month or year"],
  ["FREQ=WEEKLY;BYDAY=MO,", "BYDAY= is not a day"],
  ["FREQ=DAILY;BYSETPOS=1", "give one of those too"],
  ["FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=3", "BYSETPOS=3 is not a place among the days from 1 to 2"],
  ["FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366", "BYSETPOS=366 is not a place among the days from 1 to 31"],
  ["FREQ=YEARLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS=367 is not a place"],
  ["FREQ=WEEKLY;BYMONTHDAY=5", "BYMONTHDAY goes with FREQ=DAILY or MONTHLY or YEARLY, not with WEEKLY."],
  ["FREQ=DAILY;COUNT=2;UNTIL=20270101", "by COUNT or by UNTIL"],
  ["FREQ=DAILY;COUNT=2;COUNT=3", "COUNT stands there twice"],
  ["FREQ=DAILY;COUNT=0", "COUNT=0 is not"],
  ["FREQ=DAILY;COUNT=1001", "COUNT=1001 is not a whole number from 1 to 1000."],
  ["FREQ=DAILY;UNTIL=soon", "is not a day as 20261231"],
  ["FREQ=WEEKLY;WKST=XX", "WKST=XX is not a day"],
])("%s is refused, with what its part may be", (rule, sentence) => {
  expect(() => checkRule(rule.toUpperCase())).toThrow(sentence.replace("soon", "SOON"));
});

test.each([
  ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-06-30"],
  ["FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366", "2028-12-31"],
  ["FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "2026-10-25"],
  ["FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "2026-12-28"],
  ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2044-02-29"],
  ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29", "2028-02-29"],
  ["FREQ=DAILY;COUNT=1000", "2026-06-02"],
  ["FREQ=MONTHLY;BYMONTHDAY=-31,+1", "2026-07-01"],
])("%s is a rule", (rule, first) => {
  checkRule(rule);
  const start = { wall: "2026-06-01T09:00", zone: "Europe/Amsterdam" };
  expect(occurrencesAfter(rule, start, "2026-06-01T10:00:00.000Z", 1)[0]?.date).toBe(first);
});

test("a rule that names no day is given up soon; one with its days skipped is gone through once", () => {
  const start = { wall: "2020-06-01T09:00", zone: "Europe/Amsterdam" };
  const now = "2026-06-01T10:00:00.000Z";
  const began = process.cpuUsage();
  for (const rule of [
    "FREQ=YEARLY;BYDAY=MO;BYSETPOS=366",
    "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYMONTHDAY=1,2,3,4,5,6,7,8,9,10,11,12;BYSETPOS=366",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=31",
    "FREQ=DAILY;BYDAY=MO;BYMONTH=2;BYMONTHDAY=30",
  ])
    expect(() => occurrencesAfter(rule, start, now, 1), rule).toThrow("For years on end");
  const skip = Array.from({ length: 366 }, (_, n) => later(now, days(n)).slice(0, 10));
  expect(nextOf({ rule: "FREQ=DAILY", start, skip, made: [] }, now)?.date).toBe("2027-06-02");
  expect(process.cpuUsage(began).user / 1e6).toBeLessThan(2.5);
});

let world: World;
beforeAll(async () => {
  // Monday, noon in Utrecht.
  world = await openWorld({ at: "2026-06-01T10:00:00.000Z" });
});
afterAll(() => world?.close());

const shop = async () => {
  const workspace = await world.workspace();
  const { api, workspaceId } = workspace;
  const handle = `reeks-${workspaceId.slice(-8)}`;
  const channel = idOf(await api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle }));
  const Posts = z.object({ items: z.array(PostView) });
  return {
    ...workspace,
    channel,
    posts: async () =>
      (await api("GET", "/v1/posts?limit=100"))
        .as(Posts)
        .items.map(({ local, state, text }) => `${local?.wall} ${state} ${text}`)
        .sort(),
    onFeed: async () =>
      (await world.http("GET", `/@${handle}`, { headers: { accept: "application/json" } }))
        .as(z.object({ items: z.array(z.object({ text: z.string() })) }))
        .items.map(({ text }) => text),
  };
};

test("each occurrence becomes a post a week before its time, once; days are skipped, the text is changed, it is stopped", async () => {
  const { api, channel, posts, onFeed, workspaceId } = await shop();
  const asked = {
    ...{ text: "Dagverse soep", channels: [channel], rule: "RRULE:FREQ=WEEKLY;BYDAY=TU,TH" },
    ...{ start: { wall: "2026-06-02T11:30", zone: "Europe/Amsterdam" }, skip: ["2026-06-04"] },
  };
  const made = (await api("POST", "/v1/series", asked)).as(SeriesView);
  const { id } = made;
  const read = async () => (await api("GET", `/v1/series/${id}`)).as(SeriesView);
  expect(made).toMatchObject({ status: "active", rule: "FREQ=WEEKLY;BYDAY=TU,TH", nextAt: "2026-06-02T09:30:00.000Z" });
  await world.settle();
  await world.advance("PT10S");
  expect(await posts()).toEqual(["2026-06-02T11:30 scheduled Dagverse soep"]);
  await world.advance("P2D");
  expect(await onFeed()).toEqual(["Dagverse soep"]);
  expect(await read()).toMatchObject({
    nextAt: "2026-06-11T09:30:00.000Z",
    posts: [{ date: "2026-06-02" }, { date: "2026-06-09" }],
  });

  // Another text: the post that has not left is made anew. A day more to be skipped: its post is cancelled.
  expect((await api("PATCH", `/v1/series/${id}`, { text: "Verse soep" })).status).toBe(200);
  await world.advance("PT10S");
  expect(await posts()).toEqual([
    "2026-06-02T11:30 published Dagverse soep",
    "2026-06-09T11:30 cancelled Dagverse soep",
    "2026-06-09T11:30 scheduled Verse soep",
  ]);
  await api("PATCH", `/v1/series/${id}`, { skip: ["2026-06-04", "2026-06-09"] });
  await world.advance("P2D");
  expect((await posts()).filter((post) => !post.includes("cancelled"))).toEqual([
    "2026-06-02T11:30 published Dagverse soep",
    "2026-06-11T11:30 scheduled Verse soep",
  ]);
  // Stopped: nothing of it leaves. Going on again it is made again, and once.
  expect((await api("PATCH", `/v1/series/${id}`, { status: "stopped" })).body).toMatchObject({
    status: "stopped",
    posts: [],
  });
  await world.advance("PT10S");
  expect((await posts()).filter((post) => post.includes("scheduled"))).toEqual([]);
  await api("PATCH", `/v1/series/${id}`, { status: "active" });
  await world.advance("P7D");
  expect(await onFeed()).toEqual(["Verse soep", "Dagverse soep"]);
  expect((await api("DELETE", `/v1/series/${id}`)).status).toBe(204);
  expect((await posts()).filter((post) => post.includes("scheduled"))).toEqual([]);
  const told = world
    .eventsOf(workspaceId)
    .map(({ type }) => type)
    .filter((type) => type.startsWith("series."));
  expect(told).toEqual([
    ...["series.created", "series.changed", "series.changed", "series.stopped", "series.resumed", "series.removed"],
  ]);
});

test("an occurrence waits for approval as any post; one that cannot be made is told; what is no rule is refused", async () => {
  const { api, channel, posts, workspaceId } = await shop();
  await api("PATCH", "/v1/workspace", { approval: "required" });
  const day = later(world.now(), days(8)).slice(0, 10);
  const start = { wall: `${day}T09:00`, zone: "Europe/Amsterdam" };
  const asked = { text: "Zaterdag", channels: [channel], rule: "FREQ=WEEKLY;COUNT=2", start };
  const { id } = (await api("POST", "/v1/series", asked)).as(SeriesView);
  await world.advance("P2D");
  expect(await posts()).toEqual([`${day}T09:00 waiting Zaterdag`]);
  await api("DELETE", `/v1/channels/${channel}`);
  await world.advance("P8D");
  await world.settle();
  expect(world.eventsOf(workspaceId).map(({ type }) => type)).toContain("series.missed");
  const after = (await api("GET", `/v1/series/${id}`)).as(SeriesView);
  expect(after.posts.at(-1)).not.toHaveProperty("postId");
  expect(after).not.toHaveProperty("nextAt");
  const refused = await api("POST", "/v1/series", { ...asked, channels: [channel] });
  expect(refused.body).toMatchObject({ code: "channel_disconnected" });
  const { api: other, channel: theirs } = await shop();
  for (const rule of [
    "FREQ=HOURLY",
    "FREQ=DAILY;UNTIL=20200101",
    "FREQ=DAILY;UNTIL=20261301",
    "FREQ=DAILY;INTERVAL=999999999999",
    "FREQ=YEARLY;BYMONTH=13",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366",
  ])
    expect((await other("POST", "/v1/series", { ...asked, channels: [theirs], rule })).body).toMatchObject({
      code: "invalid_input",
      errors: [{ pointer: "#/rule" }],
    });
  const astray = async (more: object) =>
    (await other("POST", "/v1/series", { ...asked, channels: [theirs], ...more })).as(
      z.object({ code: z.string(), errors: z.array(z.object({ pointer: z.string() })) }),
    );
  for (const wall of ["8995-74-66T11:25:27", "9266-01-01T09:00"])
    expect(await astray({ start: { ...start, wall } })).toMatchObject({
      code: "invalid_input",
      errors: [{ pointer: "#/start/wall" }],
    });
  expect(await astray({ start: { ...start, zone: "Mars/Olympus" } })).toMatchObject({
    errors: [{ pointer: "#/start/zone" }],
  });
  const twice = { channelId: theirs, text: "Anders" };
  expect(await astray({ variants: [twice, twice] })).toMatchObject({
    code: "invalid_input",
    errors: [{ pointer: "#/variants" }],
  });
});
