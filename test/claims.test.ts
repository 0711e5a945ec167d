import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { shownAs } from "../functions/contests/claim.ts";
import { holdersOf } from "../functions/contests/outcome.ts";
import { verifyBundle } from "../functions/contests/verify.ts";
import { Operation } from "../functions/platform/aws.ts";
import { days, milliseconds, minutes } from "../functions/platform/clock.ts";
import { type Asked, contesting, type Made, pathIn, refused } from "./contest.ts";
import { joined } from "./members.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// A prize is claimed by a mailed link, or goes to the next in line, and everyone can see why.

const json = { accept: "application/json" };
let world: World;
let bakery: Workspace;
const { opened, enteredBy, statusOf, eventsAbout, mailsTo, bundleOf } = contesting(() => ({ world, bakery }), {
  set: {
    title: "Win een taart",
    organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
    promotes: "Desembrood",
    prizes: [
      { description: "Taart", number: 1, valueCents: 2_800 },
      { description: "Brood", number: 2, valueCents: 400 },
    ],
    reserves: 2,
    claimDays: 4,
  },
  openFor: minutes(10),
});

type Setup = { reserves?: number; claimDays?: number; entries?: number; eligibility?: Asked["eligibility"] };
/** Contests of a cake and two loaves, drawn at the same time, whose winners have their mail. */
const drawnTogether = async (setups: readonly Setup[]): Promise<Made[]> => {
  const made = await Promise.all(setups.map(({ entries: _, ...more }) => opened(more)));
  for (const [i, contest] of made.entries()) {
    const names = Array.from({ length: setups[i]?.entries ?? 6 }, (_, n) => `${contest.slug}-${n}@example.nl`);
    await enteredBy(contest, names);
  }
  await world.advance("PT13M3S");
  await world.advance("PT20S");
  for (const contest of made) expect(await statusOf(contest)).toBe("announced");
  return made;
};
const drawn = async (setup: Setup = {}): Promise<Made> => (await drawnTogether([setup]))[0]!;

/** For examples that move no days: they share one draw. */
let shared: readonly Made[];
let ready: Made[];
beforeAll(async () => {
  world = await openWorld({ at: "2026-06-01T10:00:00.000Z" });
  bakery = await world.workspace();
  shared = await drawnTogether(Array.from({ length: 6 }, () => ({})));
  ready = [...shared];
});
afterAll(() => world?.close());
const another = (): Made => {
  const contest = ready.pop();
  if (!contest) throw new Error("Draw one more.");
  return contest;
};

const Winners = z.object({
  items: z.array(
    z.object({
      position: z.number(),
      role: z.string(),
      prize: z.string().optional(),
      entryId: z.string(),
      told: z.string(),
      claim: z.looseObject({ status: z.string(), deadline: z.string() }).optional(),
      strike: z.object({ reason: z.string(), at: z.string() }).optional(),
      contact: z.looseObject({ address: z.string().optional(), name: z.string().optional() }).optional(),
    }),
  ),
});
const winnersOf = async ({ id }: Made, key = bakery.apiKey) =>
  (await world.http("GET", `/v1/contests/${id}/winners`, { key })).as(Winners).items;
const typesOf = (contest: Made) => eventsAbout(contest).map(({ type }) => type);
const linkTo = (address: string): string => /https?:\/\/\S+/.exec(mailsTo(address).at(-1)?.text ?? "")?.[0] ?? "";
const pathTo = (address: string): string => pathIn(linkTo(address));
const addressOf = async (contest: Made, position: number): Promise<string> =>
  (await winnersOf(contest))[position]?.contact?.address ??
  (await eachAddress(contest)).find((address) => linkTo(address).includes("/claim")) ??
  "";
const eachAddress = async (contest: Made) =>
  [...new Set(world.mails.flatMap(({ to }) => to))].filter((address) => address.startsWith(`${contest.slug}-`));
const details = { name: "Sanne de Vries", town: "Utrecht", contact: "Lange Nieuwstraat 3, 3512 PA Utrecht" };

describe("who has which prize", () => {
  test("at first the order of the draw; a struck winner's prize goes to the next reserve, and everyone else keeps theirs", () => {
    expect(holdersOf(5, 3, [])).toEqual({ holders: [0, 1, 2], reserves: 2 });
    const struck = (...positions: number[]) =>
      holdersOf(
        5,
        3,
        positions.map((position) => ({ position })),
      );
    expect(struck(0)).toEqual({ holders: [3, 1, 2], reserves: 1 });
    expect(struck(0, 3)).toEqual({ holders: [4, 1, 2], reserves: 0 });
    expect(struck(0, 3, 2)).toEqual({ holders: [4, 1, undefined], reserves: 0 });
    expect(holdersOf(2, 3, [])).toEqual({ holders: [0, 1, undefined], reserves: 0 });
  });

  test("the public reads initials and town, and the name only where the winner agreed", () => {
    const shown = (name: string, showName = false) => shownAs({ name, town: "Zeist", contact: "?", showName });
    expect(shown("Sanne de Vries")).toBe("S.V., Zeist");
    expect(shown("anna jansen")).toBe("A.J., Zeist");
    expect(shown("Jan-Willem Bos")).toBe("J.W.B., Zeist");
    expect(shown("Sanne de Vries", true)).toBe("Sanne de Vries, Zeist");
  });
});

describe("a prize", () => {
  test("is claimed by one button behind the mailed link; twice is the same; only who may reads how to reach the winner", async () => {
    const contest = another();
    const address = await addressOf(contest, 0);
    const visitor = world.visitor();
    const path = pathTo(address);
    expect(path).toContain("/claim?");
    const shown = await visitor.open(path);
    expect(shown.text).toContain("Gefeliciteerd, u hebt gewonnen: Taart.");
    await visitor.open(path);
    expect((await winnersOf(contest))[0]).toMatchObject({ claim: { status: "waiting" } });

    const lacking = await visitor.submit(shown, { name: "Sanne", town: "", contact: "x" });
    expect(lacking.status).toBe(400);
    expect(lacking.text).toContain("Vul uw naam");
    expect(lacking.text).toContain('value="Sanne"');

    const done = await visitor.submit(shown, details);
    expect(done.text).toContain("U hebt uw prijs aangenomen: Taart.");
    const again = await visitor.submit(shown, { ...details, name: "Iemand Anders" });
    expect(again.text).toBe(done.text);
    await world.settle();
    expect(typesOf(contest).filter((type) => type === "winner.claimed")).toHaveLength(1);

    expect((await winnersOf(contest))[0]).toMatchObject({
      role: "winner",
      prize: "Taart",
      claim: { status: "claimed" },
      contact: { address, ...details, showName: false },
    });
    const viewer = (await bakery.api("POST", "/v1/keys", { name: "Kijker", scopes: ["contests:read"] })).as(
      z.object({ apiKey: z.string() }),
    );
    expect(JSON.stringify(await winnersOf(contest, viewer.apiKey))).not.toMatch(/Sanne|Nieuwstraat|@/);

    await world.advance("PT6S");
    const page = await visitor.open(`/c/${contest.slug}/draw`);
    expect(page.text).toContain("S.V., Utrecht");
    expect(page.text).not.toMatch(/Sanne|Nieuwstraat/);
    expect(JSON.stringify(world.events)).not.toMatch(/Sanne|Nieuwstraat/);
    expect(world.logs.join("")).not.toMatch(/Sanne|Nieuwstraat/);
  });

  test("is claimed by an app that sends JSON, in English too", async () => {
    const contest = another();
    const path = pathTo(await addressOf(contest, 1));
    expect((await world.visitor().open(`${path}&lang=en`)).text).toContain("Accept your prize");
    const t = new URL(path, world.url).searchParams.get("t");
    const body = { t, ...details, showName: true };
    const claimed = await world.http("POST", `/c/${contest.slug}/claim`, { body });
    expect(claimed).toMatchObject({ status: 200, body: { status: "claimed", prize: "Brood", position: 1 } });
    expect((await world.http("POST", `/c/${contest.slug}/claim`, { body })).body).toEqual(claimed.body);
    await world.advance("PT6S");
    expect((await world.http("GET", `/c/${contest.slug}/draw`, { headers: json })).body).toMatchObject({
      winners: [{ position: 0 }, { position: 1, shownAs: "Sanne de Vries, Utrecht" }, { position: 2 }],
    });
  });

  test("of a contest that is not for everybody is claimed by who says to be one of those it is for", async () => {
    const contest = await drawn({ eligibility: { minimumAge: 18, countries: ["NL", "BE"] } });
    const path = pathTo(await addressOf(contest, 0));
    expect((await world.visitor().open(`${path}&lang=en`)).text).toContain(
      "I am 18 or older and live in the Netherlands or Belgium.",
    );
    const visitor = world.visitor();
    const shown = await visitor.open(path);
    expect(shown.text).toContain("Ik ben 18 jaar of ouder en woon in Nederland of België.");
    const lacking = await visitor.submit(shown, { ...details, showName: "yes" });
    expect(lacking.status).toBe(400);
    expect(lacking.text).toContain("Kruis aan dat u aan de voorwaarden voldoet");
    expect(lacking.text).toContain(`value="${details.name}"`);
    const t = new URL(path, world.url).searchParams.get("t");
    const byApp = (body: object) =>
      world.http("POST", `/c/${contest.slug}/claim`, { body: { t, ...details, ...body } });
    expect(await byApp({})).toEqual(refused(400, "invalid_input", "#/eligible"));
    expect((await winnersOf(contest))[0]).toMatchObject({ claim: { status: "waiting" } });

    const done = await visitor.submit(lacking, { ...details, eligible: "yes" });
    expect(done.text).toContain("U hebt uw prijs aangenomen: Taart.");
    // Twice is the same claim, whatever it says.
    expect(await byApp({})).toMatchObject({
      status: 200,
      body: { status: "claimed", eligibility: { minimumAge: 18, countries: ["NL", "BE"] } },
    });
  });
});

const forfeit = ({ id }: Made, position: number, body: object, dry = "") =>
  bakery.api("POST", `/v1/contests/${id}/winners/${position}/forfeit${dry}`, body);
const reason = "Woont niet in Nederland.";

const claim = async (contest: Made, position: number): Promise<void> => {
  const t = new URL(pathTo(await addressOf(contest, position)), world.url).searchParams.get("t");
  expect((await world.http("POST", `/c/${contest.slug}/claim`, { body: { t, ...details } })).status).toBe(200);
};

describe("a prize that is taken back by hand", () => {
  test("goes to the next reserve, with its reason in public; a dry run says so first and changes nothing; twice is once", async () => {
    const contest = another();
    const dry = await forfeit(contest, 1, { reason }, "/validate");
    expect(dry).toMatchObject({
      status: 200,
      body: { position: 1, prize: "Brood", reason, promoted: { position: 3 }, reservesLeft: 1 },
    });
    expect(await bundleOf(contest)).toMatchObject({ strikes: [] });
    const done = await forfeit(contest, 1, { reason });
    expect(done.body).toMatchObject({ position: 1, promoted: { position: 3 }, reservesLeft: 1 });
    expect((await forfeit(contest, 1, { reason })).body).toEqual(done.body);
    await world.settle();
    expect(mailsTo(await addressOf(contest, 3), "U hebt gewonnen")).toHaveLength(1);
    expect(typesOf(contest).filter((type) => type === "winner.forfeited" || type === "winner.promoted")).toEqual([
      "winner.forfeited",
      "winner.promoted",
    ]);
    const bundle = await bundleOf(contest);
    expect(bundle).toMatchObject({ winners: [0, 2, 3], strikes: [{ position: 1, reason }] });
    expect(verifyBundle(bundle).status).toBe(2);
    expect((await winnersOf(contest)).map(({ prize }) => prize)).toEqual([
      "Taart",
      undefined,
      "Brood",
      "Brood",
      undefined,
    ]);
  });

  test("takes nobody's prize twice: a claim and a forfeit at the same moment end in one of the two", async () => {
    const contest = another();
    const t = new URL(pathTo(await addressOf(contest, 0)), world.url).searchParams.get("t");
    const [claimed, forfeited] = await Promise.all([
      world.http("POST", `/c/${contest.slug}/claim`, { body: { t, ...details } }),
      forfeit(contest, 0, { reason }),
    ]);
    await world.settle();
    const [winner] = await winnersOf(contest);
    if (winner?.role === "struck") expect(forfeited.status).toBe(200);
    else
      expect({ claimed: claimed.status, winner: winner?.claim?.status }).toEqual({ claimed: 200, winner: "claimed" });
    expect([200, 409, 410]).toContain(claimed.status);
    expect([200, 409]).toContain(forfeited.status);
  });

  test("is claimed once by a button that is pressed twenty times at once, and every press says that it is", async () => {
    const contest = another();
    const t = new URL(pathTo(await addressOf(contest, 0)), world.url).searchParams.get("t");
    const press = () => world.http("POST", `/c/${contest.slug}/claim`, { body: { t, ...details } });
    const pressed = await Promise.all(Array.from({ length: 20 }, press));
    expect(pressed.map(({ status }) => status)).toEqual(Array(20).fill(200));
    await world.settle();
    expect(typesOf(contest).filter((type) => type === "winner.claimed")).toHaveLength(1);
  });
});

describe("a winner who is erased", () => {
  const erase = async (contest: Made, position: number) => {
    const { entryId } = (await winnersOf(contest))[position] ?? { entryId: "" };
    expect((await bakery.api("DELETE", `/v1/contests/${contest.id}/entries/${entryId}`)).status).toBe(202);
    await world.settle();
  };

  test("gives an unclaimed prize to the next in line, and takes along what a claim said", async () => {
    const contest = another();
    await erase(contest, 0);
    expect((await winnersOf(contest))[0]).toMatchObject({
      role: "struck",
      strike: { reason: "Heeft zich teruggetrokken." },
    });
    expect((await winnersOf(contest))[3]).toMatchObject({ role: "winner", prize: "Taart" });
    await claim(contest, 1);
    await erase(contest, 1);
    expect((await winnersOf(contest))[1]).toMatchObject({ role: "winner", claim: { status: "claimed" } });
    expect((await winnersOf(contest))[1]?.contact).not.toHaveProperty("name");
    await erase(contest, 4);
    expect(await bundleOf(contest)).toMatchObject({ strikes: [{ position: 0 }], winners: [1, 2, 3] });
  });
});

describe("a prize, days later", () => {
  /** What the others left waiting would be reminded of, and lapse, while these move the time. */
  beforeAll(async () => {
    for (const contest of shared)
      for (const { position, claim: waits } of await winnersOf(contest))
        if (waits?.status === "waiting") await claim(contest, position);
  });

  test("that nobody answers for is reminded of once, half-way, and goes to the next reserve at its deadline by itself", async () => {
    const contest = await drawn();
    const first = await addressOf(contest, 0);
    const firstPath = pathTo(first);
    const prompt = await addressOf(contest, 1);
    await claim(contest, 1);
    await world.advance("P1DT23H");
    expect(mailsTo(first, "wacht nog")).toHaveLength(0);
    await world.advance("PT2H");
    expect(mailsTo(first, "wacht nog")).toHaveLength(1);
    expect(mailsTo(prompt, "wacht nog")).toHaveLength(0);
    await claim(contest, 2);
    await world.advance("P1DT22H");
    expect(mailsTo(first, "wacht nog")).toHaveLength(1);
    expect(await bundleOf(contest)).toMatchObject({ winners: [0, 1, 2], strikes: [] });

    await world.advance("PT2H");
    const winners = await winnersOf(contest);
    expect(winners[0]).toMatchObject({ role: "struck", strike: { reason: "Niet gereageerd binnen 4 dagen." } });
    expect(winners[3]).toMatchObject({ role: "winner", prize: "Taart", told: "yes", claim: { status: "waiting" } });
    expect(milliseconds(winners[3]?.claim?.deadline ?? "")).toBeGreaterThan(milliseconds(world.now()) + days(3.9));
    const bundle = await bundleOf(contest);
    expect(bundle).toMatchObject({ winners: [1, 2, 3], strikes: [{ position: 0 }] });
    expect(verifyBundle(bundle).status).toBe(2);

    const reserve = await addressOf(contest, 3);
    expect(mailsTo(reserve, "U hebt gewonnen")).toHaveLength(1);
    expect(mailsTo(reserve, "U hebt gewonnen")[0]?.text).toContain("Een winnaar is afgevallen");
    const over = await world.visitor().open(firstPath);
    expect(over.status).toBe(410);
    expect(over.text).toContain("Niet gereageerd binnen 4 dagen.");
    expect(await world.http("GET", firstPath, { headers: json })).toEqual(refused(410, "claim_ended"));
    const t = new URL(firstPath, world.url).searchParams.get("t");
    expect(await world.http("POST", `/c/${contest.slug}/claim`, { body: { t, ...details } })).toEqual(
      refused(410, "claim_ended"),
    );
    const page = await world.visitor().open(`/c/${contest.slug}/draw`);
    expect(page.text).toContain("Afgevallen");
    expect(page.text).toContain("Niet gereageerd binnen 4 dagen.");

    // The reserve is silent too, and so is the next; then nobody is left. It is final only after the last could claim.
    await world.advance("P4DT1H");
    expect((await winnersOf(contest))[4]).toMatchObject({ role: "winner", prize: "Taart" });
    expect(await statusOf(contest)).toBe("announced");
    await world.advance("P4DT1H");
    expect(typesOf(contest).filter((type) => type === "contest.reserves_exhausted")).toHaveLength(1);
    expect((await world.visitor().open(`/c/${contest.slug}/draw`)).text).toContain("niemand meer");
    const end = await bundleOf(contest);
    expect(end).toMatchObject({ winners: [1, 2], strikes: [{ position: 0 }, { position: 3 }, { position: 4 }] });
    expect(verifyBundle(end).status).toBe(2);
    await world.advance("P3D");
    expect(await statusOf(contest)).toBe("final");
  });

  test("that is claimed in the very second before the deadline counts, and one in the second after does not", async () => {
    const contest = await drawn();
    const deadline = (await winnersOf(contest))[0]?.claim?.deadline ?? "";
    const [first, second] = [await addressOf(contest, 0), await addressOf(contest, 1)].map(pathTo);
    await world.advance(`PT${(milliseconds(deadline) - milliseconds(world.now()) - 1000) / 1000}S`);
    const press = (path = "") =>
      world.http("POST", `/c/${contest.slug}/claim`, {
        body: { t: new URL(path, world.url).searchParams.get("t"), ...details },
      });
    expect((await press(first)).status).toBe(200);
    await world.advance("PT2S");
    expect(await press(second)).toEqual(refused(410, "claim_ended"));
    const winners = await winnersOf(contest);
    expect(winners.map(({ role }) => role)).toEqual(["winner", "struck", "struck", "winner", "winner"]);
  });

  test("is offered to nobody who was struck while the winners were being told", async () => {
    const contest = await opened();
    const names = Array.from({ length: 6 }, (_, n) => `${contest.slug}-${n}@example.nl`);
    await enteredBy(contest, names);
    const { send } = Operation.prototype;
    let forfeited: { status: number } | undefined;
    // Whoever hears contest.drawn may strike at once: here just before the last winner is offered the prize.
    const sending = vi.spyOn(Operation.prototype, "send").mockImplementation(async function (this: object, input) {
      const said = JSON.stringify(input);
      const isOffer = said.includes('"kind":{"S":"claim"}') && said.includes('"position":{"N":"2"}');
      if (isOffer && !forfeited) {
        forfeited = { status: 0 };
        forfeited = await forfeit(contest, 2, { reason });
      }
      return Reflect.apply(send, this, [input]);
    });
    await world.advance("PT13M3S");
    await world.advance("PT20S");
    sending.mockRestore();
    expect(forfeited?.status).toBe(200);
    const winners = await winnersOf(contest);
    expect(winners[2]).toMatchObject({ role: "struck", told: "no" });
    expect(winners[2]).not.toHaveProperty("claim");
    expect(winners[3]).toMatchObject({ role: "winner", told: "yes", claim: { status: "waiting" } });
    const told = await Promise.all(names.map((name) => mailsTo(name, "U hebt gewonnen").length));
    expect(told.reduce((sum, n) => sum + n)).toBe(3);
  });

  test("needs a reason, a winner, and saying so where it was claimed; after the end it is refused", async () => {
    const contest = await drawn({ reserves: 1 });
    for (const body of [{}, { reason: "" }, { reason: "   " }])
      expect(await forfeit(contest, 0, body)).toEqual(refused(400, "invalid_input"));
    expect(await forfeit(contest, 3, { reason })).toEqual(refused(409, "not_a_winner"));
    expect(await forfeit(contest, 99, { reason })).toEqual(refused(404, "not_found"));
    await claim(contest, 0);
    expect(await forfeit(contest, 0, { reason })).toEqual(refused(409, "prize_claimed"));
    expect(await forfeit(contest, 0, { reason }, "/validate")).toEqual(refused(409, "prize_claimed"));
    const taken = await forfeit(contest, 0, { reason, evenIfClaimed: true });
    expect(taken.body).toMatchObject({ promoted: { position: 3 }, reservesLeft: 0 });
    expect((await winnersOf(contest))[0]).not.toHaveProperty("contact");

    const last = await forfeit(contest, 1, { reason });
    expect(last.body).not.toHaveProperty("promoted");
    await world.settle();
    expect(typesOf(contest)).toContain("contest.reserves_exhausted");
    for (const position of [2, 3]) await claim(contest, position);
    await world.advance("P15D");
    expect(await statusOf(contest)).toBe("final");
    expect(await forfeit(contest, 2, { reason, evenIfClaimed: true })).toEqual(refused(409, "contest_final"));
  });
});

describe("who else hears of it", () => {
  test("members hear once, at once, that a winner is silent, that one dropped out, and that a prize is left", async () => {
    const workspace = await world.workspace("Bakkerij Maan");
    await joined(world, workspace, "olga@maan.example", "owner");
    const mine = bakery;
    bakery = workspace;
    const contest = await drawn({ reserves: 0, claimDays: 2, entries: 1 });
    bakery = mine;
    const heard = () => world.mails.filter(({ to }) => to.includes("olga@maan.example")).map(({ subject }) => subject);
    const before = heard().length;
    await world.advance("P1DT1H");
    expect(heard().slice(before)).toEqual(["Een winnaar heeft nog niets laten horen"]);
    await world.advance("P1DT1H");
    expect(
      heard()
        .slice(before + 1)
        .toSorted(),
    ).toEqual(["Een winnaar is afgevallen", "Er is een prijs over"]);
    expect(typesOf(contest)).toContain("winner.lapsed");
  });
});
