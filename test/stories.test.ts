import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { ContestView } from "../functions/contests/contest.ts";
import { ContestReport } from "../functions/contests/report.ts";
import { checkEntry, EvidenceShape, verifyBundle } from "../functions/contests/verify.ts";
import { milliseconds, minutes } from "../functions/platform/clock.ts";
import { openWorld, type World } from "./world.ts";

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
