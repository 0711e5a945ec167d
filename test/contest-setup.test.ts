import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { Network } from "../functions/channels/network.ts";
import { checkLimits } from "../functions/channels/network.ts";
import { networks } from "../functions/channels/networks.ts";
import { count } from "../functions/channels/text.ts";
import { Contest, ContestView, chosenIn, type Draft, hasWinners } from "../functions/contests/contest.ts";
import { kitOf } from "../functions/contests/kit.ts";
import { assess, rules } from "../functions/contests/rules.ts";
import { createContest, NewContest } from "../functions/contests/setup.ts";
import { findContest } from "../functions/contests/table.ts";
import { verifyBundle } from "../functions/contests/verify.ts";
import { days, hours, later } from "../functions/platform/clock.ts";
import { newId } from "../functions/platform/ids.ts";
import { sayTime } from "../functions/platform/words.ts";
import { type Asked, contesting, type Made, refused, withCodes } from "./contest.ts";
import { png, published } from "./pictures-of.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

const now = "2026-06-01T10:00:00.000Z";
const json = { accept: "application/json" };

let world: World;
let bakery: Workspace;

beforeAll(async () => {
  world = await openWorld({ at: now });
  bakery = await world.workspace();
});
afterAll(() => world.close());

// Without an organiser: then it is the workspace's own.
const set = {
  title: "Win een taart",
  promotes: "Het desembrood van Bakkerij Zon",
  prizes: [{ description: "Een taart naar keuze", number: 2, valueCents: 2_800 }],
};
const { asked, drafted, open, opened, entered, mailedPath, newSlug } = contesting(() => ({ world, bakery }), { set });

// ── The rules ───────────────────────────────────────────────────────────────────────────────────────────────────────

const Verdict = z.object({
  canOpen: z.boolean(),
  missing: z.array(z.object({ pointer: z.string() })),
  rules: z.array(
    z.looseObject({
      id: z.string(),
      severity: z.string(),
      result: z.string(),
      error: z.object({ pointer: z.string(), detail: z.string(), mend: z.string() }).optional(),
    }),
  ),
  gamingTax: z.looseObject({ isOwed: z.boolean(), totals: z.object({ organiserPaysCents: z.number() }) }),
});
const validated = async (more: Asked, workspace = bakery) =>
  (await workspace.api("POST", "/v1/contests/validate", asked(more))).as(Verdict);
const brokenIn = ({ rules }: z.infer<typeof Verdict>) =>
  rules.filter(({ result }) => result === "broken").map(({ id }) => id);

describe("the rules of law and networks", () => {
  test("each says in both languages what it asks, where that comes from, of when, and how sure it is", () => {
    for (const rule of rules) {
      expect(rule.text.nl && rule.text.en && rule.source).toBeTruthy();
      expect(rule.date).toMatch(/^\d{4}/);
      expect(["P", "S", "U"]).toContain(rule.sure);
      expect(rule.jurisdiction === "network" || rule.network === undefined).toBe(true);
    }
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  test("what is not made yet is validated as what is, and nothing is kept of it", async () => {
    const slug = newSlug();
    expect(await validated({ slug })).toMatchObject({ canOpen: true, missing: [] });
    expect(await validated({ slug, prizes: [] })).toMatchObject({ canOpen: false, missing: [{ pointer: "#/prizes" }] });
    expect((await bakery.api("GET", "/v1/contests?limit=100")).text).not.toContain(slug);
  });

  test("texts that ask for sharing, liking, tagging or following block; asking for friends does not", async () => {
    const forbidden = [
      "Like onze pagina en win!",
      "Deel dit bericht op je tijdlijn.",
      "Tag drie vrienden in de reacties",
      "Volg ons en maak kans",
      "Wie het meest retweet, wint",
      "Follow @bakkerij to enter",
      "Share this post on your timeline",
    ];
    for (const description of forbidden) {
      const verdict = await validated({ description });
      expect({ description, canOpen: verdict.canOpen }).toEqual({ description, canOpen: false });
      expect(brokenIn(verdict)).toContain("facebook.no-timelines");
      const { error } = verdict.rules.find(({ id }) => id === "facebook.no-timelines") ?? {};
      expect(error).toMatchObject({ pointer: "#/description", mend: expect.stringContaining("enter") });
    }
    const allowed = "Deel uw persoonlijke link met vrienden. Wij bezorgen in de volgende week. Prizes you will like.";
    expect(await validated({ description: allowed })).toMatchObject({ canOpen: true });
    const contest = await drafted({ title: "Volg ons en win" });
    expect(await open(contest)).toEqual(refused(422, "rules_broken", "#/title"));
  });

  test("LinkedIn takes no contests, Tumblr adults only, and of what was not verified is warned", () => {
    const draft = (more: Asked): Draft =>
      createContest(
        {
          ...NewContest.parse({ ...asked(more) }),
          language: "nl",
          zone: "Europe/Amsterdam",
          workspaceId: "ws_1",
          contestId: newId("contest", now),
        },
        now,
      )[0];
    const broken = (networks: string[], more: Asked = {}) =>
      assess(draft(more), now, { networks, others: [] })
        .filter(({ result, jurisdiction }) => result === "broken" && jurisdiction === "network")
        .map(({ id, severity, error }) => [id, severity, error?.pointer]);
    expect(broken(["feed", "linkedin"])).toEqual([["linkedin.no-contests", "block", "#/channels/1"]]);
    expect(broken(["tumblr"])).toEqual([["tumblr.adults", "block", "#/eligibility/minimumAge"]]);
    expect(broken(["tumblr"], { eligibility: { minimumAge: 18 } })).toEqual([]);
    expect(broken(["mastodon"])).toEqual([["mastodon.unverified", "warn", "#/channels/0"]]);
    expect(broken(["feed"])).toEqual([]);
  });

  test("a large game is there once a year for the same product; small ones as often as one likes", async () => {
    const shop = await world.workspace("Grote winkel");
    const large = { prizes: [{ description: "Een reis", number: 1, valueCents: 450_001 }], promotes: "Onze winkel" };
    await opened(large, shop);
    const again = await validated({ ...large, promotes: "onze  WINKEL." }, shop);
    expect(again.canOpen).toBe(false);
    expect(brokenIn(again)).toEqual(
      expect.arrayContaining(["nl.value-small", "nl.once-a-year", "nl.minors", "nl.gaming-tax"]),
    );
    expect(await open(await drafted({ ...large }, shop), shop)).toEqual(refused(422, "rules_broken", "#/promotes"));
    const other = await validated({ ...large, promotes: "Ons nieuwe brood" }, shop);
    expect(other.canOpen).toBe(true);
    expect(brokenIn(other)).toContain("nl.once-a-year-alike");
    expect(brokenIn(await validated({ promotes: "Onze winkel" }, shop))).toEqual([]);
    const afterAYear = await validated({ ...large, closesAt: later(world.now(), days(366)) }, shop);
    expect(brokenIn(afterAYear)).toContain("nl.period");
  });

  test("gaming tax is computed and said, by whom it is paid as well", async () => {
    const taxed = await validated({ prizes: [{ description: "Fiets", number: 1, valueCents: 62_200 }] });
    expect(taxed.gamingTax).toMatchObject({ isOwed: true, ratePercent: 37.8, totals: { organiserPaysCents: 37_800 } });
    expect((await validated({})).gamingTax).toMatchObject({ isOwed: false });
  });
});

// ── Terms ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const Terms = z.object({
  text: z.string(),
  hash: z.string(),
  version: z.number(),
  versions: z.array(z.object({ hash: z.string(), rulesHash: z.string(), changes: z.array(z.string()) })),
});
const termsOf = async ({ slug }: Made, query = "") =>
  (await world.http("GET", `/c/${slug}/terms${query}`, { headers: json })).as(Terms);
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("terms", () => {
  test("they say all that the code and the networks ask for, in both languages, from the set-up", async () => {
    const contest = await opened({
      ...withCodes,
      prizes: [
        { description: "Een fiets", number: 1, valueCents: 80_000 },
        { description: "Een taart", number: 2, valueCents: 2_800 },
      ],
      eligibility: { minimumAge: 18, countries: ["NL", "BE"] },
      zone: "Europe/Amsterdam",
    });
    const { text } = await termsOf(contest);
    for (const part of [
      "Bakkerij Zon B.V., Voorstraat 12, 3512 AK Utrecht",
      "Het desembrood van Bakkerij Zon",
      ...[contest.openedAt, contest.closesAt, contest.drawAt].map((at) => sayTime(at ?? "", "nl", "Europe/Amsterdam")),
      "Het is gratis",
      "1 × Een fiets, ter waarde van €\u00a0800",
      "Samen zijn de prijzen €\u00a0856 waard. Alle toegezegde prijzen worden uitgereikt.",
      "37,8 %",
      "De organisator betaalt die.",
      "Meedoen kan wie 18 jaar of ouder is en in Nederland of België woont.",
      "Onze nieuwsbrief: 5 loten erbij",
      "3 winnaars",
      "#winactie",
      "Facebook, Instagram, X, YouTube, TikTok, Tumblr, Pinterest",
      "vrijwaart",
      `/c/${contest.slug}/terms`,
      "actie@bakkerij-zon.example",
      "Gedragscode Promotionele Kansspelen 2014",
    ])
      expect(text).toContain(part);
    const english = await termsOf(contest, "?lang=en");
    for (const part of ["is 18 or older and lives in the Netherlands or Belgium", "37.8 %", "#contest", "release each"])
      expect(english.text).toContain(part);
    expect(english.text).not.toMatch(/\b(uw|meedoen|prijzen|trekking|loten)\b/i);
    for (const [lang, word] of [
      ["nl", "Autoriteit Persoonsgegevens"],
      ["en", "withdraw your entry"],
    ]) {
      const privacy = (await world.http("GET", `/c/${contest.slug}/privacy?lang=${lang}`, { headers: json })).as(Terms);
      expect(privacy.text).toContain(word);
      expect(privacy.hash).toBe(sha256(privacy.text));
    }
    for (const page of ["terms", "privacy"]) {
      const shown = await world.visitor().open(`/c/${contest.slug}/${page}`);
      expect(shown.status).toBe(200);
      expect(Buffer.byteLength(shown.text)).toBeLessThan(50_000);
    }
    const form = await world.visitor().open(`/c/${contest.slug}`);
    expect(form.text).toContain("Meedoen kan wie 18 jaar of ouder is");
    expect(form.text).toContain(`href="/c/${contest.slug}/privacy"`);
  });

  test("the hash is of the very text, stands in the committed rules, and is kept with what was entered under it", async () => {
    const contest = await opened();
    const { text, hash, versions } = await termsOf(contest);
    expect(hash).toBe(sha256(text));
    expect(versions).toMatchObject([{ hash, rulesHash: contest.rulesHash, changes: [] }]);
    await entered(contest, "akkoord@example.nl");
    await world.advance("PT1H4M");
    const bundle = (await world.http("GET", `/c/${contest.slug}/draw.json`)).body;
    expect(bundle).toMatchObject({ rules: { terms: { nl: hash } } });
  });

  test("after opening prizes become more, as a version with its date and change; the draw counts the newest", async () => {
    const contest = await opened();
    const first = await termsOf(contest);
    const change = (body: object) => bakery.api("PATCH", `/v1/contests/${contest.id}`, body);
    const [taart] = set.prizes;
    const more = [
      { ...taart, number: 3 },
      { description: "Een brood", number: 1, valueCents: 400 },
    ];
    const improved = (await change({ prizes: more })).as(ContestView);
    expect(improved).toMatchObject({ winners: 4, status: "open" });
    await world.advance("PT6S");
    const second = await termsOf(contest);
    expect(second).toMatchObject({
      version: 2,
      versions: [
        { hash: first.hash },
        {
          rulesHash: improved.rulesHash,
          changes: [
            "Van de prijs “Een taart naar keuze” zijn er nu 3; het waren er 2.",
            "Een prijs erbij: 1 × Een brood, ter waarde van €\u00a04.",
          ],
        },
      ],
    });
    expect((await termsOf(contest, "?v=1")).text).toBe(first.text);
    expect((await world.visitor().open(`/c/${contest.slug}/terms`)).text).toContain("Een prijs erbij");
    for (let i = 0; i < 5; i++) await entered(contest, `meer-${i}@example.nl`);
    await world.advance("PT1H4M");
    const bundle = (await world.http("GET", `/c/${contest.slug}/draw.json`)).body;
    expect(verifyBundle(bundle).status).toBe(2);
    expect(bundle).toMatchObject({ winners: { length: 4 }, rules: { winners: 4, terms: { nl: second.hash } } });
    expect(await change({ prizes: [...more, ...more] })).toEqual(refused(409, "contest_not_draft"));
  });

  test("can change so often that all versions and the draw fit one item, and no oftener", async () => {
    const contest = await opened();
    const worth = (valueCents: number) =>
      bakery.api("PATCH", `/v1/contests/${contest.id}`, { prizes: [{ ...set.prizes[0], valueCents }] });
    let [versions, last] = [0, await worth(2_801)];
    while (last.status === 200 && versions < 60) last = await worth(2_802 + versions++);
    expect(last).toEqual(refused(409, "terms_full", "#/prizes"));
    expect(versions).toBeGreaterThan(8);
    const stored = await findContest(bakery.workspaceId, contest.id, world.now());
    // 200 positions and their strikes are to come.
    expect(Buffer.byteLength(JSON.stringify(stored))).toBeLessThan(200_000);
    expect((await termsOf(contest)).version).toBe(versions + 1);
  });

  test("anything else that was promised stays, and the refusal names it", async () => {
    const contest = await opened();
    const [taart] = set.prizes;
    const change = (body: object) => bakery.api("PATCH", `/v1/contests/${contest.id}`, body);
    const promised: [object, string][] = [
      [{ title: "Anders" }, "#/title"],
      [{ closesAt: later(world.now(), hours(9)) }, "#/closesAt"],
      [{ drawAt: later(world.now(), hours(9)) }, "#/drawAt"],
      [{ chances: { base: 2 } }, "#/chances"],
      [{ eligibility: { minimumAge: 18 } }, "#/eligibility"],
      [{ claimDays: 3 }, "#/claimDays"],
      [{ prizes: [] }, "#/prizes/0"],
      [{ prizes: [{ ...taart, number: 1 }] }, "#/prizes/0/number"],
      [{ prizes: [{ ...taart, valueCents: 2_799 }] }, "#/prizes/0/valueCents"],
      [{ prizes: [{ ...taart, description: "Een taart" }] }, "#/prizes/0/description"],
      [{ prizes: [{ description: "Brood", number: 1, valueCents: 1 }, taart] }, "#/prizes/0/description"],
    ];
    for (const [body, pointer] of promised)
      expect(await change(body)).toEqual(refused(409, "contest_promised", pointer));
    // What would make it too large a game is refused too.
    const large = [taart, { description: "Een huis", number: 1, valueCents: 10_000_000 }];
    expect(await change({ prizes: large })).toEqual(refused(422, "rules_broken", "#/prizes"));
    expect((await termsOf(contest)).version).toBe(1);
  });

  test("what an open contest becomes is held against the rules as what opens is: one large game a year, and no LinkedIn", async () => {
    const mine = await world.workspace();
    const large = [{ description: "Een bakfiets", number: 1, valueCents: 500_000 }];
    await opened({ prizes: large }, mine);
    const small = await opened({}, mine);
    const change = (body: object) => mine.api("PATCH", `/v1/contests/${small.id}`, body);
    expect(await open(await drafted({ prizes: large }, mine), mine)).toEqual(
      refused(422, "rules_broken", "#/promotes"),
    );
    expect(await change({ prizes: [...set.prizes, ...large] })).toEqual(refused(422, "rules_broken", "#/promotes"));

    // LinkedIn may not be used for contests, also where a person posts there by hand.
    const byHand = async (settings: object) =>
      idOf(
        await mine.api("POST", "/v1/channels", {
          ...{ network: "reminder", name: "De zaak" },
          settings: { to: "zon@example.nl", ...settings },
        }),
      );
    const instagram = await byHand({ where: "Instagram", countsAs: "instagram" });
    for (const linkedin of [{ where: "De zaak", countsAs: "linkedin" }, { where: "onze LinkedIn-pagina" }]) {
      const channels = [instagram, await byHand(linkedin)];
      expect(await open(await drafted({ channels }, mine), mine)).toEqual(refused(422, "rules_broken", "#/channels/1"));
      expect(await change({ channels })).toEqual(refused(422, "rules_broken", "#/channels/1"));
    }
    expect((await change({ channels: [instagram] })).as(ContestView).channels).toEqual([instagram]);
  });

  test("a cancelled contest stays visible with its reason, and says that the prizes are owed", async () => {
    const contest = await opened();
    await bakery.api("POST", `/v1/contests/${contest.id}/cancel`, { reason: "De oven is stuk." });
    await world.advance("PT6S");
    const page = await world.visitor().open(`/c/${contest.slug}`);
    expect(page.text).toContain("De oven is stuk.");
    expect(page.text).toContain("De toegezegde prijzen blijft Bakkerij Zon B.V. verschuldigd.");
    expect((await world.visitor().open(`/c/${contest.slug}?lang=en`)).text).toContain(
      "still owed by Bakkerij Zon B.V.",
    );
    expect((await world.visitor().open(`/c/${contest.slug}/terms`)).status).toBe(200);
  });
});

// ── A jury ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const judging: Asked = {
  method: "jury",
  jury: {
    task: "Teken de taart van uw dromen en stuur haar naar taart@bakkerij-zon.example.",
    criteria: ["Fantasie", "Of wij haar kunnen bakken"],
    judges: [{ name: "Mina de Bakker", role: "meesterbakker" }, { name: "Joep Zoet" }],
  },
};

describe("a contest that a jury judges", () => {
  test("task, criteria and judges are public, it closes, and whom the jury chose is told, each with a public reason", async () => {
    const contest = await opened({ ...judging, newsletter: false });
    const shown = await world.visitor().open(`/c/${contest.slug}`);
    expect(shown.text).toContain("Teken de taart van uw dromen");
    expect(shown.text).not.toContain("getrokken");
    const { text } = await termsOf(contest);
    for (const part of ["Fantasie", "Mina de Bakker, meesterbakker", "Joep Zoet", "het lot speelt geen rol"])
      expect(text).toContain(part);
    expect(text).not.toMatch(/\bloten\b|Gedragscode|kansspelbelasting/);

    const entries = [];
    for (const name of ["anna", "bram", "chris"]) entries.push(await entered(contest, `jury-${name}@example.nl`));
    const [anna, bram, chris] = entries;
    const page = async (of = anna) => {
      const { pathname, search } = new URL(of?.personalUrl ?? "");
      return (await world.visitor().open(`${pathname}${search}`)).text;
    };
    expect(await page()).toContain(anna?.entryId);
    const record = (winners: object[]) => bakery.api("POST", `/v1/contests/${contest.id}/winners`, { winners });
    const winner = (of: { entryId: string } | undefined, reason: string, shownAs?: string) => ({
      entryId: of?.entryId,
      reason,
      ...(shownAs === undefined ? {} : { shownAs }),
    });
    const chosen = [
      winner(bram, "Een taart met een dak.", "Bram, Utrecht"),
      winner(anna, "Zo blauw zagen we er nog geen."),
      winner(chris, "Lekker was zij ook."),
    ];
    expect(await record(chosen)).toEqual(refused(409, "contest_not_judging"));

    await world.advance("PT1H1M");
    expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({ status: "judging" });
    expect(await page()).toContain("De jury is aan het werk");
    const stranger = { entryId: newId("entry", now) };
    expect(await record([winner(bram, "Ja."), winner(stranger, "?")])).toEqual(
      refused(422, "unknown_entry", "#/winners/1/entryId"),
    );
    expect(await record([winner(bram, "Eén is te weinig.")])).toEqual(refused(400, "invalid_input", "#/winners"));
    expect((await record(chosen)).body).toMatchObject({
      winners: [
        { position: 0, prize: "Een taart naar keuze", entryId: bram?.entryId },
        { position: 1 },
        { position: 2 },
      ],
    });
    expect(await record(chosen)).toEqual(refused(409, "contest_not_judging"));
    await world.advance("PT10S");
    const mailsTo = (name: string) =>
      world.mails.filter(({ to, subject }) => to.includes(`jury-${name}@example.nl`) && subject.includes("gewonnen"));
    expect(mailsTo("bram")).toMatchObject([{ text: expect.stringContaining("Een taart met een dak.") }]);
    expect([mailsTo("anna").length, mailsTo("chris").length]).toEqual([1, 0]);

    expect((await bakery.api("GET", `/v1/contests/${contest.id}/winners?limit=1`)).body).toMatchObject({
      items: [{ reason: "Een taart met een dak.", told: "yes", contact: { address: "jury-bram@example.nl" } }],
      next: expect.any(String),
    });

    const result = await world.visitor().open(`/c/${contest.slug}/draw`);
    for (const part of [
      "Een taart met een dak.",
      "Bram, Utrecht",
      "Zo blauw zagen we er nog geen.",
      "Er wordt niet geloot",
    ])
      expect(result.text).toContain(part);
    expect(result.text).not.toContain("jury-anna");
    expect(await page(anna)).toContain("Gefeliciteerd, u hebt gewonnen: Een taart naar keuze.");
    expect(await page(chris)).toContain("U staat op reserveplaats 1.");
    expect((await world.http("GET", `/c/${contest.slug}/draw`, { headers: json })).body).toMatchObject({
      verdicts: [{ shownAs: "Bram, Utrecht" }, { reason: "Zo blauw zagen we er nog geen." }],
    });
    expect((await world.visitor().open(`/c/${contest.slug}/draw?lang=en`)).text).toContain("Nothing is drawn by lot");
    expect((await world.http("GET", `/c/${contest.slug}/draw.json`, { headers: json })).status).toBe(409);

    // Bram claims by the link in his mail; Anna is silent, and the prize goes to the jury's reserve.
    const visitor = world.visitor();
    const claim = async (name: string, details: Record<string, string>) =>
      visitor.submit(await visitor.open(await mailedPath(`jury-${name}@example.nl`)), details);
    const done = await claim("bram", { name: "Bram Bos", town: "Zeist", contact: "Dorpsstraat 1" });
    expect(done.text).toContain("B.B., Zeist");
    await world.advance("P7DT1M");
    expect(mailsTo("anna").length).toBe(1);
    expect(mailsTo("chris")).toMatchObject([{ text: expect.stringContaining("koos u als reserve") }]);
    await claim("chris", { name: "Chris Smit", town: "Ede", contact: "0318 000 000", showName: "yes" });
    const shownNow = await world.visitor().open(`/c/${contest.slug}/draw`);
    for (const part of ["B.B., Zeist", "Chris Smit, Ede", "Lekker was zij ook.", "Niet gereageerd binnen 7 dagen."])
      expect(shownNow.text).toContain(part);
    expect(shownNow.text).not.toContain("Zo blauw");
    expect(await page(anna)).toContain("U had gewonnen, maar bent afgevallen.");
    expect((await bakery.api("GET", `/v1/contests/${contest.id}/winners`)).body).toMatchObject({
      items: [
        { role: "winner", claim: { status: "claimed" }, contact: { name: "Bram Bos" } },
        { role: "struck", strike: { reason: "Niet gereageerd binnen 7 dagen." } },
        { role: "winner", prize: "Een taart naar keuze", reason: "Lekker was zij ook.", claim: { status: "claimed" } },
      ],
    });

    await world.advance("P7DT10M");
    expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({ status: "final" });
    const told = world.events.filter(({ detail }) => detail.data.contestId === contest.id).map(({ type }) => type);
    expect(told.filter((type) => /^(contest|winner)\./.test(type))).toEqual([
      ...["contest.created", "contest.opened", "contest.closed", "contest.frozen"],
      ...["contest.judged", "contest.announced", "winner.claimed"],
      ...["winner.reminded", "winner.lapsed", "winner.promoted", "winner.claimed", "contest.ended"],
    ]);
  });

  test("who is erased is named no more, also where the organiser said who won; and nobody is once the entries are cleared", async () => {
    const prizes = [{ description: "Een taart", number: 3, valueCents: 2_800 }];
    const contest = await opened({ ...judging, newsletter: false, prizes });
    const drawn = await opened();
    await entered(drawn, "naam-gerda@example.nl");
    const names = ["dora", "emil", "finn"];
    const entries = [];
    for (const name of names) entries.push(await entered(contest, `naam-${name}@example.nl`));
    await world.advance("PT1H1M");
    const winners = entries.map(({ entryId }, i) => ({ entryId, reason: "Mooi.", shownAs: `${names[i]}, Utrecht` }));
    await bakery.api("POST", `/v1/contests/${contest.id}/winners`, { winners });
    await world.advance("PT10S");
    const visitor = world.visitor();
    const details = { name: "Dora Dijk", town: "Zeist", contact: "Dorpsstraat 1" };
    await visitor.submit(await visitor.open(await mailedPath("naam-dora@example.nl")), details);
    const shown = async () => {
      await world.advance("PT6S");
      return `${(await world.visitor().open(`/c/${contest.slug}/draw`)).text} ${JSON.stringify((await world.http("GET", `/c/${contest.slug}/draw`, { headers: json })).body)}`;
    };
    expect(await shown()).toMatch(/D\.D\., Zeist.*emil, Utrecht.*finn, Utrecht/s);
    // One who claimed, and one who had not.
    for (const entry of entries.slice(0, 2)) {
      const t = new URL(entry.personalUrl).searchParams.get("t");
      expect((await world.http("POST", `/c/${contest.slug}/erase`, { body: { t } })).body).toMatchObject({
        status: "erased",
      });
    }
    const after = await shown();
    expect(after).not.toMatch(/D\.D\.|Zeist|dora|emil/);
    expect(after).toContain("finn, Utrecht");
    const rowOf = async ({ id }: Made) => {
      const stored = await findContest(bakery.workspaceId, id, world.now());
      if (!stored || !hasWinners(stored) || !("clearedAt" in stored)) return stored?.status;
      return Buffer.from(chosenIn(stored)[0]!.row.pid).toString("hex");
    };
    await world.advance("P400D");
    expect(await shown()).not.toContain("finn");
    // Nor is there anything by which an address could be tried on who won: the hash that a row lay under.
    expect([await rowOf(contest), await rowOf(drawn)]).toEqual(Array(2).fill("0".repeat(32)));
    expect((await bakery.api("GET", `/v1/contests/${drawn.id}/winners`)).body).toMatchObject({
      items: [{ position: 0, role: "struck" }],
    });
  });

  test("without task, criteria and judges it does not open; where nobody entered, nobody is chosen", async () => {
    const bare = await drafted({ method: "jury" });
    expect(await open(bare)).toEqual(refused(422, "rules_broken", "#/jury"));
    const verdict = await validated({
      ...judging,
      prizes: [{ description: "Een huis", number: 1, valueCents: 10_000_000 }],
    });
    expect(verdict).toMatchObject({ canOpen: true, gamingTax: { isOwed: false } });
    const contest = await opened(judging);
    await world.advance("PT1H2M");
    expect(await bakery.api("POST", `/v1/contests/${contest.id}/winners`, { winners: [] })).toMatchObject({
      status: 200,
      body: { winners: [] },
    });
    await world.advance("PT10S");
    expect((await world.visitor().open(`/c/${contest.slug}/draw`)).text).toContain("Niemand heeft meegedaan");
  });
});

// ── The kit ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const Kit = z.object({
  url: z.string(),
  shareText: z.object({ nl: z.string(), en: z.string() }),
  posts: z.array(
    z.object({
      occasion: z.string(),
      at: z.string(),
      fits: z.boolean(),
      text: z.object({ nl: z.string(), en: z.string() }),
    }),
  ),
  qr: z.object({ svg: z.string(), png: z.string() }),
});
const Posts = z.object({
  posts: z.array(z.object({ occasion: z.string(), postId: z.string().optional(), state: z.string() })),
});

describe("the marketer's kit", () => {
  const channel = async (): Promise<string> =>
    idOf(await bakery.api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle: newSlug() }));
  const longContest = async (more: Asked = {}) => {
    const closesAt = later(world.now(), days(6));
    return opened({ closesAt, drawAt: later(closesAt, hours(1)), channels: [await channel()], ...more });
  };

  test("every text carries its disclosure and its link, in both languages, and fits the contest's channels", async () => {
    const contest = await longContest({ title: "Win een taart, ".repeat(8).trim() });
    const kit = (await bakery.api("GET", `/v1/contests/${contest.id}/kit`)).as(Kit);
    expect(kit.posts.map(({ occasion }) => occasion)).toEqual(["announcement", "halfway", "lastDay", "result"]);
    for (const text of [kit.shareText, ...kit.posts.map(({ text }) => text)]) {
      expect(text.nl).toContain(`#winactie ${kit.url}`);
      expect(text.en).toContain(`#contest ${kit.url}`);
    }
    expect(kit.posts.every(({ fits }) => fits)).toBe(true);
    const [announcement] = kit.posts;
    expect(announcement?.text.nl).toContain("Een taart naar keuze, en nog een prijs");
  });

  test("what is too long for a network is said shorter, and never without its disclosure and link", async () => {
    const contest = Contest.parse({
      ...(await longContest({ title: "Een heel lange titel die op geen enkel klein netwerk past, echt niet" })),
      status: "open",
      workspaceId: "ws_1",
      contestId: newId("contest", now),
      rules: "{}",
      pepper: 1,
      linkKey: 1,
      shards: 16,
      receiptKey: new Uint8Array(),
    });
    if (contest.status !== "open") throw new Error("It is open.");
    const home = "https://zon.example/c/taart";
    for (const most of [300, 160, 120, 90]) {
      const small: Network = {
        ...networks.feed!,
        check: (text) =>
          checkLimits(
            { ...networks.feed!.profile, limits: [{ unit: "graphemes", most, source: "test", checkedAt: now }] },
            text,
          ),
      };
      const kit = kitOf(contest, home, [small]);
      for (const { text } of kit.posts)
        for (const [language, tag] of [
          ["nl", "#winactie"],
          ["en", "#contest"],
        ] as const) {
          expect(count(text[language], "graphemes")).toBeLessThanOrEqual(most);
          expect(text[language]).toContain(`${tag} ${home}`);
        }
    }
  });

  test("the set becomes posts on the contest's channels, once however often it is asked for", async () => {
    const contest = await longContest();
    const make = (body: object = {}) => bakery.api("POST", `/v1/contests/${contest.id}/kit/posts`, body);
    const [first, second] = await Promise.all([make(), make()]);
    const made = [first, second].find(({ status }) => status === 200)!.as(Posts);
    expect(made.posts.map(({ state }) => state)).toEqual(Array(4).fill("scheduled"));
    expect((await make()).as(Posts)).toEqual(made);
    const [announcement, , lastDay] = made.posts;
    const read = async (id = "") => (await bakery.api("GET", `/v1/posts/${id}`)).body;
    expect(await read(announcement?.postId)).toMatchObject({ state: "scheduled", channels: contest.channels });
    await world.advance("PT20M");
    expect(await read(announcement?.postId)).toMatchObject({
      state: "published",
      text: expect.stringContaining("#winactie"),
    });
    // Another language is another set; what was removed stays so.
    expect((await make({ language: "en", occasions: ["lastDay"], as: "draft" })).as(Posts).posts).toMatchObject([
      { state: "draft" },
    ]);
    await bakery.api("POST", `/v1/posts/${lastDay?.postId}/cancel`);
    await bakery.api("DELETE", `/v1/posts/${lastDay?.postId}`);
    expect((await make()).as(Posts).posts.map(({ state }) => state)).toEqual([
      "published",
      "scheduled",
      "removed",
      "scheduled",
    ]);
  });

  test("a cancelled contest says nothing more: what was not sent is cancelled with it", async () => {
    const contest = await longContest();
    const { posts } = (await bakery.api("POST", `/v1/contests/${contest.id}/kit/posts`, {})).as(Posts);
    await world.advance("PT20M");
    await bakery.api("POST", `/v1/contests/${contest.id}/cancel`, { reason: "De oven is stuk." });
    const states = await Promise.all(
      posts.map(async ({ postId }) => (await bakery.api("GET", `/v1/posts/${postId}`)).body),
    );
    expect(states).toMatchObject([
      { state: "published" },
      { state: "cancelled" },
      { state: "cancelled" },
      { state: "cancelled" },
    ]);
    expect(await bakery.api("POST", `/v1/contests/${contest.id}/kit/posts`, {})).toEqual(
      refused(409, "contest_not_open"),
    );
  });

  test("the address is a QR code, drawn and as pixels, and a draft has no kit", async () => {
    const contest = await longContest();
    const { qr } = (await bakery.api("GET", `/v1/contests/${contest.id}/kit`)).as(Kit);
    const svg = await world.http("GET", new URL(qr.svg).pathname);
    expect(svg.text).toContain("<svg");
    const png = await fetch(`${world.url}${new URL(qr.png).pathname}`);
    expect(png.headers.get("content-type")).toBe("image/png");
    const bytes = Buffer.from(await png.arrayBuffer());
    expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(bytes.readUInt32BE(16)).toBeGreaterThan(600);
    expect(bytes.length).toBeLessThan(20_000);
    const modules = Buffer.from(inflateSync(bytes.subarray(41, bytes.indexOf("IEND") - 8)));
    expect(modules.length).toBe(bytes.readUInt32BE(20) * (1 + Math.ceil(bytes.readUInt32BE(16) / 8)));
    const draft = await drafted();
    expect(await bakery.api("GET", `/v1/contests/${draft.id}/kit`)).toEqual(refused(409, "contest_not_open"));
  });
});

// ── What a set-up names ─────────────────────────────────────────────────────────────────────────────────────────────

describe("what a set-up names", () => {
  test("a channel that is not there or is another's, and a picture that is none, are refused", async () => {
    const rival = await world.workspace("Rivaal");
    const channel = { network: "feed", name: "Van een ander", handle: newSlug() };
    const theirs = idOf(await rival.api("POST", "/v1/channels", channel));
    const create = (more: Asked) => bakery.api("POST", "/v1/contests", asked(more));
    expect(await create({ channels: [theirs] })).toEqual(refused(422, "unknown_channel", "#/channels/0"));
    const prizes = [{ ...set.prizes[0], description: "x", number: 1, valueCents: 1, picture: newId("media", now) }];
    expect(await create({ prizes })).toEqual(refused(422, "unknown_media", "#/prizes/0/picture"));
    expect(await create({ eligibility: { countries: ["Nederland"] } })).toEqual(
      refused(400, "invalid_input", "#/eligibility/countries/0"),
    );
  });

  test("a picture that a contest or poll shows to the public is deleted only where that is said", async () => {
    const [shown, gone] = [await published(bakery, png(60, 40)), await published(bakery, png(60, 40))];
    const remove = (id: string, how = "") => bakery.api("DELETE", `/v1/media/${id}${how}`);
    const withPicture = (picture: string): Asked => ({ prizes: [{ ...set.prizes[0]!, picture }] });
    await opened(withPicture(shown));
    expect(await remove(shown)).toEqual(refused(409, "media_in_use"));
    expect((await remove(shown, "?evenIfShown=true")).status).toBe(204);

    const draft = await drafted(withPicture(gone));
    expect((await remove(gone)).status).toBe(204);
    expect(await open(draft)).toEqual(refused(422, "unknown_media", "#/prizes/0/picture"));

    const asked = await published(bakery, png(60, 40));
    const option = (text: string) => ({ text, image: { mediaId: asked, alt: "Een taart." } });
    const poll = idOf(
      await bakery.api("POST", "/v1/polls", { slug: newSlug(), question: "Welke?", options: ["a", "b"].map(option) }),
    );
    expect((await bakery.api("POST", `/v1/polls/${poll}/open`)).status).toBe(200);
    expect(await remove(asked)).toEqual(refused(409, "media_in_use"));
  });
});
