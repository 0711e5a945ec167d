import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { Network } from "../functions/channels/network.ts";
import { checkLimits } from "../functions/channels/network.ts";
import { networks } from "../functions/channels/networks.ts";
import { count } from "../functions/channels/text.ts";
import { ticketsOf } from "../functions/contests/bonus.ts";
import { Contest, ContestView, type Draft } from "../functions/contests/contest.ts";
import { kitOf } from "../functions/contests/kit.ts";
import { assess, rules } from "../functions/contests/rules.ts";
import { createContest, NewContest } from "../functions/contests/setup.ts";
import { verifyBundle } from "../functions/contests/verify.ts";
import { days, hours, later, minutes } from "../functions/platform/clock.ts";
import { newId } from "../functions/platform/ids.ts";
import { sayTime } from "../functions/platform/words.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

const now = "2026-06-01T10:00:00.000Z";
const json = { accept: "application/json" };

const set = {
  title: "Win een taart",
  promotes: "Het desembrood van Bakkerij Zon",
  prizes: [{ description: "Een taart naar keuze", number: 2, valueCents: 2_800 }],
};

let world: World;
let bakery: Workspace;
let slugs = 0;

beforeAll(async () => {
  world = await openWorld({ at: now });
  bakery = await world.workspace();
});
afterAll(() => world.close());

type Asked = Partial<z.input<typeof NewContest>>;
type Made = z.infer<typeof ContestView>;
const asked = (more: Asked = {}) => {
  const closesAt = later(world.now(), hours(1));
  return { ...set, slug: `opzet-${slugs++}`, closesAt, drawAt: later(closesAt, minutes(3)), ...more };
};
const drafted = async (more: Asked = {}, workspace = bakery): Promise<Made> =>
  (await workspace.api("POST", "/v1/contests", asked(more))).as(ContestView);
const open = (contest: Made, workspace = bakery) => workspace.api("POST", `/v1/contests/${contest.id}/open`);
const opened = async (more: Asked = {}, workspace = bakery): Promise<Made> =>
  (await open(await drafted(more, workspace), workspace)).as(ContestView);
const refused = (status: number, code: string, pointer?: string) =>
  expect.objectContaining({
    status,
    body: expect.objectContaining({
      code,
      ...(pointer === undefined ? {} : { errors: expect.arrayContaining([expect.objectContaining({ pointer })]) }),
    }),
  });

const mailedPath = async (address: string): Promise<string> => {
  await world.settle();
  const mail = world.mails.findLast(({ to }) => to.includes(address));
  const found = /https?:\/\/\S+/.exec(mail?.text ?? "")?.[0];
  if (!found) throw new Error(`No link was mailed to ${address}.`);
  const { pathname, search } = new URL(found);
  return `${pathname}${search}`;
};
const tokenIn = (path: string): string => new URL(path, world.url).searchParams.get("t") ?? "";
const Personal = z.object({
  entryId: z.string(),
  personalUrl: z.string(),
  tickets: z.number(),
  bonuses: z.array(z.string()),
});
const entered = async ({ slug }: Made, email: string, code?: string) => {
  const body = { email, ...(code === undefined ? {} : { code }) };
  expect(await world.http("POST", `/c/${slug}`, { body })).toMatchObject({ status: 202 });
  const t = tokenIn(await mailedPath(email));
  return (await world.http("POST", `/c/${slug}/confirm`, { body: { t } })).as(Personal);
};
const own = async (url: string) => {
  const { pathname, search } = new URL(url);
  return (await world.http("GET", `${pathname}${search}`, { headers: json })).as(Personal);
};

// ── Codes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const withCodes: Asked = {
  chances: {
    bonuses: [
      { kind: "code", id: "brief", label: "Onze nieuwsbrief", tickets: 5, code: "Zomer-2026" },
      { kind: "place", id: "markt", label: "De winkel op de Markt", tickets: 3, code: "markt 12" },
      { kind: "place", id: "haven", label: "De winkel aan de haven", tickets: 3, code: "haven 3" },
    ],
  },
};

describe("chances by a code", () => {
  test("a code that rides in the confirmation counts, and costs no write besides", async () => {
    const contest = await opened(withCodes);
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "code@example.nl", code: " zomer 2026 " } });
    const path = await mailedPath("code@example.nl");
    expect(path.length + world.url.length).toBeLessThanOrEqual(1024);
    expect((await world.visitor().open(path)).text).toContain("Uw code klopt: 5 loten erbij (Onze nieuwsbrief).");
    const writes = await world.weigh("a confirmed entry with a code", () =>
      world.http("POST", `/c/${contest.slug}/confirm`, { body: { t: tokenIn(path) } }),
    );
    const rows = writes.filter(({ kind }) => kind === "entry");
    expect(rows).toMatchObject([{ operation: "PutItem", units: 1 }]);
  });

  test("a code that is given later counts once, for one write unit, and each place has its own", async () => {
    const contest = await opened(withCodes);
    const { personalUrl, tickets } = await entered(contest, "later@example.nl");
    expect(tickets).toBe(1);
    const t = tokenIn(personalUrl);
    const use = (code: string) => world.http("POST", `/c/${contest.slug}/code`, { body: { t, code } });
    const writes = await world.weigh("a code that is given later", () => use("MARKT12"));
    expect(writes.filter(({ kind }) => kind === "entry")).toMatchObject([{ operation: "PutItem", units: 1 }]);
    expect((await use("markt-12")).body).toMatchObject({ outcome: "had", bonus: { id: "markt", tickets: 3 } });
    expect((await use("Haven 3")).body).toMatchObject({ outcome: "earned" });
    expect(await own(personalUrl)).toMatchObject({ tickets: 7, bonuses: ["markt", "haven"] });
    // It is a change of the entry, not another one.
    await world.settle();
    expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({ counts: { entries: 1 } });
    const accepted = world.events.filter(
      ({ type, detail }) => type === "entry.accepted" && detail.data.contestId === contest.id,
    );
    expect(accepted).toHaveLength(1);
  });

  test("what codes gave is in the sealed ledger, and anyone can check the draw", async () => {
    const contest = await opened(withCodes);
    const first = await entered(contest, "een@example.nl", "zomer2026");
    await entered(contest, "twee@example.nl");
    await world.advance("PT1H4M");
    const bundle = (await world.http("GET", `/c/${contest.slug}/draw.json`)).body;
    expect(verifyBundle(bundle).status).toBe(2);
    const Rules = z.object({ rules: z.looseObject({ chances: z.unknown() }) });
    expect(Rules.parse(bundle).rules.chances).toMatchObject({ bonuses: [{ id: "brief", tickets: 5 }, {}, {}] });
    expect((await own(first.personalUrl)).tickets).toBe(6);
    expect((await world.http("GET", `/c/${contest.slug}/draw`, { headers: json })).body).toMatchObject({ tickets: 7 });
  });

  test("a wrong code gets a friendly sentence where it was filled in, and the entry stands", async () => {
    const contest = await opened(withCodes);
    const visitor = world.visitor();
    const shown = await visitor.open(`/c/${contest.slug}`);
    expect(shown.text).toContain("Hebt u een code?");
    await visitor.submit(shown, { email: "fout@example.nl", code: "zomer 2025" });
    const button = await visitor.open(await mailedPath("fout@example.nl"));
    expect(button.text).toContain("De code die u invulde, kennen we niet. U doet wel mee.");
    const mine = await visitor.submit(button);
    const form = mine.forms.find(({ action }) => action.includes("/code"));
    expect(form).toBeDefined();
    const back = await visitor.submit(mine, { code: "zomer 2025" }, form);
    expect(back.status).toBe(422);
    expect(back.text).toContain("Deze code kennen we niet.");
    expect(back.forms[0]?.fields.code).toBe("zomer 2025");
    const right = await visitor.submit(back, { code: "zomer 2026" });
    expect(right.path).toContain("/me?t=");
    expect(right.text).toContain("Onze nieuwsbrief: 5 loten, verdiend");
  });

  test("ten wrong codes and no more are looked at, however many come at once", async () => {
    const contest = await opened(withCodes);
    const { personalUrl } = await entered(contest, "raadt@example.nl");
    const use = (code: string) =>
      world.http("POST", `/c/${contest.slug}/code`, { body: { t: tokenIn(personalUrl), code } });
    const many = await Promise.all(Array.from({ length: 40 }, (_, i) => use(`GOK-${i}00`)));
    const told = many.filter(({ status }) => status === 422).length;
    expect(told).toBeLessThanOrEqual(10);
    for (let i = told; i < 10; i++) expect(await use(`GOK-${i}99`)).toEqual(refused(422, "code_unknown"));
    // The same one again is no other.
    const [again] = many.flatMap(({ status }, i) => (status === 422 ? [`gok ${i} 00`] : []));
    if (again !== undefined) expect(await use(again)).toEqual(refused(422, "code_unknown"));
    expect(await use("ZOMER-2026")).toEqual(refused(429, "too_many_codes"));
    expect((await own(personalUrl)).tickets).toBe(1);
  });

  test("a code is in no answer, no event and no log, and a change that does not name it keeps it", async () => {
    const contest = await drafted({
      chances: { bonuses: [{ kind: "code", id: "brief", label: "Nieuwsbrief", tickets: 5, code: "GEHEIM-77" }] },
    });
    const changed = await bakery.api("PATCH", `/v1/contests/${contest.id}`, {
      chances: {
        bonuses: [
          { kind: "code", id: "brief", label: "De nieuwsbrief", tickets: 4 },
          { kind: "code", id: "kassa", label: "De kassabon", tickets: 1 },
        ],
      },
    });
    expect(changed.status).toBe(200);
    expect((await bakery.api("POST", `/v1/contests/${contest.id}/validate`)).body).toMatchObject({
      canOpen: false,
      missing: [{ pointer: "#/chances/bonuses/1/code" }],
    });
    await bakery.api("PATCH", `/v1/contests/${contest.id}`, {
      chances: { bonuses: [{ kind: "code", id: "brief", label: "De nieuwsbrief", tickets: 4 }] },
    });
    const going = (await open(contest)).as(ContestView);
    expect((await entered(going, "bewaard@example.nl", "geheim77")).tickets).toBe(5);
    await world.settle();
    const seen = [changed.text, JSON.stringify(world.eventsOf(bakery.workspaceId)), world.logs.join("")].join();
    expect(seen).not.toMatch(/geheim/i);
  });

  test("two bonuses with one code, with one id, and a code of too few letters are refused", async () => {
    const bonus = (id: string, code: string) => ({ kind: "code" as const, id, label: "Code", tickets: 1, code });
    const create = (...bonuses: ReturnType<typeof bonus>[]) =>
      bakery.api("POST", "/v1/contests", asked({ chances: { bonuses } }));
    expect(await create(bonus("a", "ABCD"), bonus("b", "a-b-c-d"))).toEqual(
      refused(400, "invalid_input", "#/chances/bonuses/1/code"),
    );
    expect(await create(bonus("a", "ABCD"), bonus("a", "EFGH"))).toEqual(refused(400, "invalid_input"));
    expect(await create(bonus("a", "A-B"))).toEqual(refused(400, "invalid_input", "#/chances/bonuses/0/code"));
  });

  test("a weight is base, friends up to the cap, and each bonus that was earned", () => {
    const chances = { base: 2, referralUnit: 3, referralCap: 7, bonuses: [{ tickets: 10 }, { tickets: 100 }] };
    const weights = [0, 1, 2, 9].map((friends) => ticketsOf(chances, friends, 0b10));
    expect(weights).toEqual([102, 105, 108, 109]);
    expect([undefined, 0b01, 0b11].map((bits) => ticketsOf(chances, 0, bits))).toEqual([2, 12, 112]);
  });
});

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
    const slug = `niet-gemaakt-${slugs++}`;
    expect(await validated({ slug })).toMatchObject({ canOpen: true, missing: [] });
    expect(await validated({ slug, prizes: [] })).toMatchObject({ canOpen: false, missing: [{ pointer: "#/prizes" }] });
    expect(await bakery.api("GET", "/v1/contests?limit=100")).not.toContain(slug);
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
      winners: [{ position: 0, prize: "Een taart naar keuze", entryId: bram?.entryId }, { position: 1 }],
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
    expect(await page(chris)).toContain("De jury heeft deze keer een ander gekozen.");
    expect((await world.http("GET", `/c/${contest.slug}/draw`, { headers: json })).body).toMatchObject({
      verdicts: [{ shownAs: "Bram, Utrecht" }, { reason: "Zo blauw zagen we er nog geen." }],
    });
    expect((await world.visitor().open(`/c/${contest.slug}/draw?lang=en`)).text).toContain("Nothing is drawn by lot");
    expect((await world.http("GET", `/c/${contest.slug}/draw.json`, { headers: json })).status).toBe(409);

    await world.advance("P14DT1M");
    expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({ status: "final" });
    const told = world.events.filter(({ detail }) => detail.data.contestId === contest.id).map(({ type }) => type);
    expect(told.filter((type) => type.startsWith("contest."))).toEqual([
      ...["contest.created", "contest.opened", "contest.closed", "contest.frozen"],
      ...["contest.judged", "contest.announced", "contest.ended"],
    ]);
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
    idOf(await bakery.api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle: `nieuws-${slugs++}` }));
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
    const channel = { network: "feed", name: "Van een ander", handle: `rivaal-${slugs++}` };
    const theirs = idOf(await rival.api("POST", "/v1/channels", channel));
    const create = (more: Asked) => bakery.api("POST", "/v1/contests", asked(more));
    expect(await create({ channels: [theirs] })).toEqual(refused(422, "unknown_channel", "#/channels/0"));
    const prizes = [{ ...set.prizes[0], description: "x", number: 1, valueCents: 1, picture: newId("media", now) }];
    expect(await create({ prizes })).toEqual(refused(422, "unknown_media", "#/prizes/0/picture"));
    expect(await create({ eligibility: { countries: ["Nederland"] } })).toEqual(
      refused(400, "invalid_input", "#/eligibility/countries/0"),
    );
  });
});
