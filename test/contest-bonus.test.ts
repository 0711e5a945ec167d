import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { readCode, ticketsOf } from "../functions/contests/bonus.ts";
import { checkDraw } from "../functions/contests/check-draw.ts";
import { ContestView } from "../functions/contests/contest.ts";
import { findContest } from "../functions/contests/table.ts";
import { checkEntry, verifyBundle } from "../functions/contests/verify.ts";
import { mailboxOf } from "../functions/mail/mailbox.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { type Asked, altered, contesting, pathIn, refused, tokenIn, withCodes } from "./contest.ts";
import type { Answer } from "./http.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Chances beside friends: a code, and a response to a poll.

let world: World;
let bakery: Workspace;
beforeAll(async () => {
  world = await openWorld({ at: "2026-06-01T10:00:00.000Z" });
  bakery = await world.workspace();
});
afterAll(() => world?.close());
const json = { accept: "application/json" };

const { asked, drafted, open, opened, entered, own, mailsTo, mailedPath, bundleOf } = contesting(() => ({
  world,
  bakery,
}));

// ── Codes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

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
    expect(await own({ personalUrl })).toMatchObject({ tickets: 7, bonuses: ["markt", "haven"] });
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
    const first = await entered(contest, "een@example.nl", { code: "zomer2026" });
    await entered(contest, "twee@example.nl");
    await world.advance("PT1H4M");
    const bundle = (await world.http("GET", `/c/${contest.slug}/draw.json`)).body;
    expect(verifyBundle(bundle).status).toBe(2);
    const Rules = z.object({ rules: z.looseObject({ chances: z.unknown() }) });
    expect(Rules.parse(bundle).rules.chances).toMatchObject({ bonuses: [{ id: "brief", tickets: 5 }, {}, {}] });
    expect((await own(first)).tickets).toBe(6);
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
    const codes = Array.from({ length: 40 }, (_, i) => `GOK-${i}00`);
    const first = await Promise.all(codes.map(use));
    // Who came off worst among so many is asked to try again, and may have been looked at: the same code again is no other.
    const heard: Answer[] = [];
    for (const [i, code] of codes.entries()) {
      let answer = first[i] ?? (await use(code));
      while (answer.status === 409) answer = await use(code);
      heard.push(answer);
    }
    const told = codes.filter((_, i) => heard[i]?.status === 422);
    const stored = await findContest(bakery.workspaceId, contest.id, world.now());
    if (stored?.status !== "open") throw new Error("It is not open.");
    // Three bytes: once in a while two codes have the same, and the second counts for nothing.
    const marks = await Promise.all(told.map(async (code) => (await readCode(stored, code)).mark.join()));
    expect(new Set(marks).size).toBe(10);
    for (const answer of heard)
      expect([refused(422, "code_unknown"), refused(429, "too_many_codes")]).toContainEqual(answer);
    expect(await use(told[0]?.toLowerCase().replace("-", " ") ?? "")).toEqual(refused(422, "code_unknown"));
    expect(await use("ZOMER-2026")).toEqual(refused(429, "too_many_codes"));
    expect((await own({ personalUrl })).tickets).toBe(1);
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
    expect((await entered(going, "bewaard@example.nl", { code: "geheim77" })).tickets).toBe(5);
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

// ── Polls ───────────────────────────────────────────────────────────────────────────────────────────────────────────

let polls = 0;
type Poll = { id: string; slug: string };
const polled = async (tier: "device" | "email" | "link", { isOpen = true, of = bakery, more = {} } = {}) => {
  const slug = `smaak-${polls++}`;
  const body = { slug, question: "Welke taart?", options: [{ text: "Appel" }, { text: "Peer" }], tier, ...more };
  const id = idOf(await of.api("POST", "/v1/polls", body));
  if (isOpen) expect((await of.api("POST", `/v1/polls/${id}/open`)).status).toBe(200);
  return { id, slug };
};
const bonusOf = ({ id }: Poll, more: { id?: string; tickets?: number } = {}) =>
  ({ kind: "poll", id: "smaak", label: "Uw mening over de smaak", tickets: 4, pollId: id, ...more }) as const;
const withPolls = (...of: ReturnType<typeof bonusOf>[]): Asked => ({ chances: { bonuses: of } });

const choiceIn = async ({ slug }: Poll) =>
  z
    .object({ questions: z.array(z.object({ options: z.array(z.object({ id: z.string() })) })) })
    .parse((await world.http("GET", `/p/${slug}`, { headers: { accept: "application/json" } })).body).questions[0]!
    .options[0]!.id;
/** Responds to a poll by mailed code. */
const respondByMail = async (poll: Poll, email: string) => {
  const body = { option: await choiceIn(poll), email };
  expect((await world.http("POST", `/p/${poll.slug}`, { body })).body).toEqual({ status: "mailed" });
  await world.settle();
  const code = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(mailsTo(mailboxOf(email)).at(-1)?.text ?? "")?.[0];
  return world.http("POST", `/p/${poll.slug}`, { body: { ...body, code } });
};
/** Responds by the personal link that stands on somebody's own page. */
const respondByLink = async (poll: Poll, url: string) =>
  world.http("POST", `/p/${poll.slug}`, { body: { option: await choiceIn(poll), t: tokenIn(pathIn(url)) } });
const linkOn = async (entry: { personalUrl: string }) => (await own(entry)).toEarn[0]?.url ?? "";

describe("chances by a poll", () => {
  test("by mailed code: whoever responds with the address that entered gets the tickets once, whichever came first", async () => {
    const poll = await polled("email");
    const contest = await opened(withPolls(bonusOf(poll)));
    expect((await respondByMail(poll, "eerst@example.nl")).status).toBe(201);
    const first = await entered(contest, "eerst@example.nl");
    expect(first).toMatchObject({ tickets: 5, bonuses: ["smaak"], toEarn: [] });

    const later = await entered(contest, "later@example.nl");
    expect(later).toMatchObject({ tickets: 1, bonuses: [], toEarn: [{ id: "smaak", address: "later@example.nl" }] });
    const page = await world.visitor().open(pathIn(later.personalUrl));
    expect(page.text).toContain("Uw mening over de smaak: 4 loten erbij");
    expect(page.text).toContain("met het adres later@example.nl");
    for (let i = 0; i < 2; i++) expect((await respondByMail(poll, "later@example.nl")).status).toBe(201);
    expect(await own(later)).toMatchObject({ tickets: 5, bonuses: ["smaak"], toEarn: [] });
    expect((await world.visitor().open(pathIn(later.personalUrl))).text).toContain("4 loten, verdiend");
  });

  test("by mailed code one mailbox is one person, and no response gives tickets to two entries", async () => {
    const poll = await polled("email");
    const contest = await opened(withPolls(bonusOf(poll)));
    expect((await respondByMail(poll, "jan.smit@gmail.com")).status).toBe(201);
    expect(await entered(contest, "jansmit@gmail.com")).toMatchObject({ tickets: 5 });
    // A provider that says nothing of plus signs: to the contest these may be two people, to the poll they are one.
    expect((await respondByMail(poll, "piet+a@example.nl")).status).toBe(201);
    for (const [name, tickets] of Object.entries({ "piet+a": 1, "piet+b": 1, piet: 5 }))
      expect(await entered(contest, `${name}@example.nl`)).toMatchObject({ tickets, toEarn: [] });
  });

  test("by personal link: the link on one's own page carries the entry, and an own link of the workspace's making does not", async () => {
    const poll = await polled("link");
    const contest = await opened(withPolls(bonusOf(poll)));
    const [anna, bram] = [await entered(contest, "anna@example.nl"), await entered(contest, "bram@example.nl")];
    expect(await own(anna)).toMatchObject({ tickets: 1, bonuses: [] });
    const url = await linkOn(anna);
    expect(url).not.toContain(anna.entryId);
    // The same link twice, and an altered one.
    for (let i = 0; i < 2; i++) expect((await respondByLink(poll, url)).status).toBe(201);
    const t = tokenIn(pathIn(url));
    expect(await respondByLink(poll, url.replace(t, altered(t)))).toEqual(refused(410, "link_ended"));
    expect(await own(anna)).toMatchObject({ tickets: 5, bonuses: ["smaak"], toEarn: [] });
    expect(await own(bram)).toMatchObject({ tickets: 1, bonuses: [] });
    // No name that a workspace gives is an entry's.
    for (const person of ["address bram@example.nl", bram.entryId, "bram@example.nl"]) {
      const made = await bakery.api("POST", `/v1/polls/${poll.id}/links`, { people: [{ person }] });
      if (made.status === 400) continue;
      const { items } = z.object({ items: z.array(z.object({ url: z.string() })) }).parse(made.body);
      expect((await respondByLink(poll, items[0]!.url)).status).toBe(201);
    }
    expect(await own(bram)).toMatchObject({ tickets: 1, bonuses: [] });
  });

  test("whoever enters two contests with one poll responds once, and has the tickets in both", async () => {
    const poll = await polled("link");
    const [one, other] = [await opened(withPolls(bonusOf(poll))), await opened(withPolls(bonusOf(poll)))];
    const [here, there] = [await entered(one, "twee@example.nl"), await entered(other, "twee@example.nl")];
    const links = [await linkOn(here), await linkOn(there)];
    const ids = [];
    for (const link of links)
      ids.push((await respondByLink(poll, link)).as(z.object({ responseId: z.string() })).responseId);
    expect(new Set(ids).size).toBe(1);
    expect([(await own(here)).tickets, (await own(there)).tickets]).toEqual([5, 5]);
  });

  test("an entry and a response cost one write unit each, and the tickets none", async () => {
    const poll = await polled("link");
    const contest = await opened(withPolls(bonusOf(poll)));
    const asksUnits = async (what: string, kind: string, run: () => Promise<unknown>) => {
      const writes = (await world.weigh(what, run)).filter((write) => write.applied);
      const puts = writes.filter((write) => write.operation === "PutItem" && write.kind === kind);
      expect(puts).toMatchObject([{ units: 1 }]);
      return writes.map((write) => write.kind);
    };
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "weeg@example.nl" } });
    const t = tokenIn(await mailedPath("weeg@example.nl"));
    const { personalUrl } = await own(
      (await world.http("POST", `/c/${contest.slug}/confirm`, { body: { t } })).as(
        z.object({ personalUrl: z.string() }),
      ),
    );
    const url = await linkOn({ personalUrl });
    const kinds = await asksUnits("a response that gives tickets", "response", () => respondByLink(poll, url));
    expect(kinds).not.toContain("entry");
    await asksUnits("an entry of a contest with a poll", "entry", () => entered(contest, "weeg2@example.nl"));
  });

  test("what responses gave is in the sealed weights; what came at the close or after it is not, and anyone can check", async () => {
    const [byMail, byLink] = [await polled("email"), await polled("link")];
    const closesAt = later(world.now(), minutes(10));
    const contest = await opened({
      ...withPolls(bonusOf(byMail), bonusOf(byLink, { id: "tweede", tickets: 10 })),
      closesAt,
      drawAt: later(closesAt, minutes(3)),
    });
    const people: Record<string, { personalUrl: string }> = {};
    for (const name of ["beide", "mail", "link", "geen", "laat"])
      people[name] = await entered(contest, `${name}@example.nl`);
    await respondByMail(byMail, "beide@example.nl");
    await respondByMail(byMail, "mail@example.nl");
    await respondByMail(byMail, "niemand@example.nl");
    await respondByLink(byLink, await secondOf(people.link!));
    await respondByLink(byLink, await secondOf(people.beide!));
    const late = await secondOf(people.laat!);
    await world.advance("PT10M");
    // The poll is still open; the contest is not.
    expect((await respondByLink(byLink, late)).status).toBe(201);
    await world.advance("PT3M3S");
    await world.advance("PT20S");
    const tickets = { beide: 15, mail: 5, link: 11, geen: 1, laat: 1 };
    const bundle = await bundleOf(contest);
    expect(verifyBundle(bundle).status).toBe(2);
    expect(checkDraw(bundle).checks).toContainEqual(expect.objectContaining({ name: "promises", ok: true }));
    const { commitment } = z.looseObject({ commitment: z.string() }).parse(bundle);
    for (const [name, weight] of Object.entries(tickets)) {
      const mine = await own(people[name]!);
      expect(mine).toMatchObject({ tickets: weight, provisional: false, receipt: { entry: { weight } } });
      expect(checkEntry(commitment, mine.receipt).ok).toBe(true);
    }
    expect((await own(people.laat!)).bonuses).toEqual([]);
    const draw = await bakery.api("GET", `/v1/contests/${contest.id}/draw`);
    expect(draw.body).toMatchObject({ entries: 5, tickets: 15 + 5 + 11 + 1 + 1 });
    expect(bundle).toMatchObject({ rules: { chances: { bonuses: [{ kind: "poll", pollId: byMail.id }, {}] } } });
  });

  test("a contest opens with polls in which somebody can prove who they are and respond: else it says which not", async () => {
    const pointer = "#/chances/bonuses/0/pollId";
    const planet = await world.workspace();
    for (const poll of [await polled("email", { of: planet }), { id: "poll_01h455vb4pex5vsknk084sn02q", slug: "" }])
      expect(await bakery.api("POST", "/v1/contests", asked(withPolls(bonusOf(poll))))).toEqual(
        refused(422, "unknown_poll", pointer),
      );
    const gone = await polled("email", { isOpen: false });
    for (const poll of [await polled("device"), await polled("email", { isOpen: false }), gone]) {
      const contest = await drafted(withPolls(bonusOf(poll)));
      if (poll === gone) expect((await bakery.api("DELETE", `/v1/polls/${poll.id}`)).status).toBe(204);
      expect((await bakery.api("POST", `/v1/contests/${contest.id}/validate`)).body).toMatchObject({
        canOpen: false,
        missing: [{ pointer }],
      });
      expect(await open(contest)).toEqual(refused(409, "contest_not_ready", pointer));
    }
  });

  test("terms name the bonus, the privacy text what is looked up, and neither asks for a code", async () => {
    const contest = await opened(withPolls(bonusOf(await polled("link"))));
    const text = async (page: string) => (await world.visitor().open(`/c/${contest.slug}${page}`)).text;
    expect(await text("/terms")).toContain("Uw mening over de smaak: 4 loten erbij");
    expect(await text("/privacy")).toContain("niet wat u antwoordde");
    expect(await text("")).not.toContain("Hebt u een code?");
  });
});

/** The link to the second poll. */
const secondOf = async (entry: { personalUrl: string }) =>
  (await own(entry)).toEarn.find(({ id }) => id === "tweede")?.url ?? "";

// ── Ideas ───────────────────────────────────────────────────────────────────────────────────────────────────────────

describe("chances by an idea", () => {
  const boarded = async (more: object = {}, isOpen = true) => {
    const slug = `ideeen-${polls++}`;
    const id = idOf(await bakery.api("POST", "/v1/boards", { slug, title: "Wat bakken we?", tier: "email", ...more }));
    if (isOpen) expect((await bakery.api("POST", `/v1/boards/${id}/open`)).status).toBe(200);
    return { id, slug };
  };
  const withIdea = ({ id }: Poll): Asked => ({
    chances: { bonuses: [{ kind: "idea", id: "idee", label: "Uw idee", tickets: 2, boardId: id }] },
  });
  /** Proposes by mailed code. */
  const propose = async ({ slug }: Poll, email: string, title: string): Promise<string> => {
    const body = { title, email };
    await world.http("POST", `/i/${slug}`, { body });
    await world.settle();
    const code = /\b[0-9a-z]{4}-[0-9a-z]{4}\b/.exec(mailsTo(mailboxOf(email)).at(-1)?.text ?? "")?.[0];
    return (await world.http("POST", `/i/${slug}`, { body: { ...body, code } })).as(z.object({ ideaId: z.string() }))
      .ideaId;
  };

  test("whoever proposed one with the address that entered gets the tickets once, while everybody sees it", async () => {
    const board = await boarded();
    const closesAt = later(world.now(), minutes(10));
    const contest = await opened({ ...withIdea(board), closesAt, drawAt: later(closesAt, minutes(3)) });
    const [ada, bob, cas] = [
      await entered(contest, "ada@example.nl"),
      await entered(contest, "bob@example.nl"),
      await entered(contest, "cas@example.nl"),
    ];
    expect(ada).toMatchObject({ tickets: 1, toEarn: [{ id: "idee", address: "ada@example.nl" }] });
    expect((await world.visitor().open(pathIn(ada.personalUrl))).text).toContain("Stuur een idee in");
    for (const title of ["Roggebrood", "Een broodje zonder korst"]) await propose(board, "ada@example.nl", title);
    const gone = await propose(board, "bob@example.nl", "Reclame");
    expect(await own(bob)).toMatchObject({ tickets: 3, bonuses: ["idee"], toEarn: [] });
    const reason = { reason: "Dit is reclame." };
    expect((await bakery.api("POST", `/v1/ideas/${gone}/reject`, reason)).status).toBe(200);
    expect(await own(bob)).toMatchObject({ tickets: 1, bonuses: [] });
    expect(await own(ada)).toMatchObject({ tickets: 3, bonuses: ["idee"] });
    await world.advance("PT10M");
    // The board is still open; the contest is not.
    await propose(board, "cas@example.nl", "Te laat");
    await world.advance("PT3M10S");
    const weights = [];
    for (const mine of [ada, bob, cas]) weights.push((await own(mine)).receipt.entry?.weight);
    expect(weights).toEqual([3, 1, 1]);
    expect(verifyBundle(await bundleOf(contest)).status).toBe(2);
  });

  test("what is decided of an idea after the close, and before the entries are counted, changes nobody's tickets", async () => {
    const board = await boarded();
    const waiting = await boarded({ moderation: "before" });
    const closesAt = later(world.now(), minutes(10));
    const bonus = { kind: "idea", label: "Uw idee" } as const;
    const bonuses = [
      { ...bonus, id: "idee", tickets: 2, boardId: board.id },
      { ...bonus, id: "wacht", tickets: 10, boardId: waiting.id },
    ];
    const contest = await opened({ chances: { bonuses }, closesAt, drawAt: later(closesAt, minutes(3)) });
    const names = ["afgewezen", "verwijderd", "heen-en-weer", "eerder-afgewezen", "eerder-verwijderd", "wacht"];
    const ideas: { [name: string]: string } = {};
    const entries: { [name: string]: Awaited<ReturnType<typeof entered>> } = {};
    for (const name of names) {
      entries[name] = await entered(contest, `${name}@example.nl`);
      ideas[name] = await propose(name === "wacht" ? waiting : board, `${name}@example.nl`, `Brood ${name}`);
    }
    const reason = { reason: "Dit is reclame." };
    const reject = (name: string) => bakery.api("POST", `/v1/ideas/${ideas[name]}/reject`, reason);
    const approve = (name: string) => bakery.api("POST", `/v1/ideas/${ideas[name]}/approve`);
    const remove = (name: string) => bakery.api("DELETE", `/v1/ideas/${ideas[name]}`);
    await reject("eerder-afgewezen");
    await remove("eerder-verwijderd");
    await world.advance("PT10M1S");
    for (const answer of [
      await reject("afgewezen"),
      await remove("verwijderd"),
      ...[await reject("heen-en-weer"), await approve("heen-en-weer")],
      ...[await approve("eerder-afgewezen"), await reject("eerder-afgewezen"), await approve("eerder-afgewezen")],
      await approve("wacht"),
    ])
      expect(answer.status).toBeLessThan(300);
    await world.advance("PT3M10S");
    const weights: { [name: string]: unknown } = {};
    for (const name of names) weights[name] = (await own(entries[name]!)).receipt.entry?.weight;
    expect(weights).toEqual({
      ...{ afgewezen: 3, verwijderd: 3, "heen-en-weer": 3 },
      ...{ "eerder-afgewezen": 1, "eerder-verwijderd": 1, wacht: 1 },
    });
    expect(verifyBundle(await bundleOf(contest)).status).toBe(2);
  });

  test("a contest opens with a board that takes ideas", async () => {
    const pointer = "#/chances/bonuses/0/boardId";
    expect(await open(await drafted(withIdea(await boarded({}, false))))).toEqual(
      refused(409, "contest_not_ready", pointer),
    );
    const nowhere = { id: "board_01h455vb4pex5vsknk084sn02q", slug: "" };
    expect(await bakery.api("POST", "/v1/contests", asked(withIdea(nowhere)))).toEqual(
      refused(422, "unknown_board", pointer),
    );
  });
});
