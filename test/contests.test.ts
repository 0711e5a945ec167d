import { SESv2Client } from "@aws-sdk/client-sesv2";
import { marshall } from "@aws-sdk/util-dynamodb";
import canonicalize from "canonicalize";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { firstRoundAtOrAfter, QUICKNET, timeOfRound } from "../functions/contests/beacon.ts";
import { closeContest, freezeContest, sealContest, takes } from "../functions/contests/close.ts";
import { ledgerOf } from "../functions/contests/close-ledger.ts";
import { commitContest, commitmentOf, drawTime, isInTime, publishCommitment } from "../functions/contests/commit.ts";
import { rulesHash } from "../functions/contests/commitment.ts";
import { type Committed, type Draft, type Open, prizeOf, rulesOf, type Sealed } from "../functions/contests/contest.ts";
import { weightOf } from "../functions/contests/entering.ts";
import { handler as contestPages } from "../functions/contests/entrant-page.ts";
import {
  type EntryKeys,
  enter,
  identityOf,
  linkTokenOf,
  placeOf,
  readLinkToken,
  refOf,
} from "../functions/contests/entry.ts";
import { cancelContest, openContest } from "../functions/contests/open.ts";
import { announceContest, drawContest, endWithoutEntries } from "../functions/contests/outcome.ts";
import { assess } from "../functions/contests/rules.ts";
import { changeContest, createContest, NewContest, removeContest } from "../functions/contests/setup.ts";
import { winnersMailed } from "../functions/contests/table.ts";
import { checkEntry, verifyBundle } from "../functions/contests/verify.ts";
import { words } from "../functions/contests/words.ts";
import { catalogue } from "../functions/events/catalogue.ts";
import { folds } from "../functions/events/contests.ts";
import { displayName } from "../functions/mail/layout.ts";
import { Operation } from "../functions/platform/aws.ts";
import { clock, days, hours, later, milliseconds, minutes, seconds } from "../functions/platform/clock.ts";
import { PageOf } from "../functions/platform/http.ts";
import { idBytes, newId } from "../functions/platform/ids.ts";
import { Address } from "../functions/platform/input.ts";
import { mailService } from "../infra/local/mail.ts";
import { altered, contesting, type Made, refused, tokenIn } from "./contest.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

const now = "2026-06-01T10:00:00.000Z";
const closesAt = later(now, hours(1));
const drawAt = later(closesAt, minutes(3));

const set = {
  slug: "taart",
  title: "Win een taart",
  organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
  promotes: "Het desembrood van Bakkerij Zon",
  prizes: [
    { description: "Een jaar lang brood", number: 1, valueCents: 23_400 },
    { description: "Een taart naar keuze", number: 2, valueCents: 2_800 },
  ],
  closesAt,
  drawAt,
};
const contestId = newId("contest", now);
/** What a contest has of its workspace, where it says nothing. */
const house = { language: "nl", zone: "Europe/Amsterdam" } as const;
const draft = (more: Partial<z.input<typeof NewContest>> = {}): Draft =>
  createContest({ ...house, ...NewContest.parse({ ...set, ...more }), workspaceId: "ws_1", contestId }, now)[0];

const receiptPublicKey = "11".repeat(32);
const keys = { receiptKey: Buffer.from("sealed"), receiptPublicKey, chainHash: QUICKNET.chainHash, secretVersion: 1 };
const canonical = (rules: object) => canonicalize(rules) ?? "";
const open = (more: Partial<z.input<typeof NewContest>> = {}): Open =>
  openContest(draft(more), keys, canonical, now)[0];
const refusing = (code: string, pointer?: string) =>
  expect.objectContaining({ code, ...(pointer ? { errors: [expect.objectContaining({ pointer })] } : {}) });

describe("the rules of setting up", () => {
  test("a draft may lack what an open contest needs; opening names all of it", () => {
    const bare = createContest(
      { ...house, ...NewContest.parse({ slug: "taart", title: "Taart" }), workspaceId: "ws_1", contestId },
      now,
    )[0];
    expect(bare).not.toHaveProperty("closesAt");
    expect(() => openContest(bare, keys, canonical, now)).toThrow(
      expect.objectContaining({
        code: "contest_not_ready",
        errors: ["#/organiser", "#/promotes", "#/prizes", "#/closesAt", "#/drawAt"].map((pointer) =>
          expect.objectContaining({ pointer }),
        ),
      }),
    );
  });

  test("the draw is at least three minutes after the close", () => {
    const drawAt = later(closesAt, minutes(3) - seconds(1));
    expect(() => open({ drawAt })).toThrow(refusing("rules_broken", "#/drawAt"));
    expect(open().status).toBe("open");
  });

  test("prizes above EUR 100,000 do not open; above EUR 4,500 is a warning", () => {
    const worth = (valueCents: number, number = 1) => ({ prizes: [{ description: "Goud", number, valueCents }] });
    expect(() => open(worth(10_000_000, 2))).toThrow(refusing("rules_broken", "#/prizes"));
    const of = (valueCents: number) => assess(draft(worth(valueCents)), now).find(({ id }) => id === "nl.value-small");
    expect(of(450_000)).toMatchObject({ result: "holds", severity: "warn" });
    expect(of(450_001)).toMatchObject({ result: "broken", error: { pointer: "#/prizes" } });
    expect(open(worth(450_001)).status).toBe("open");
  });

  test("each rule says where it comes from, and what it cannot tell yet", () => {
    const { closesAt: _, drawAt: __, ...unscheduled } = draft();
    const rules = assess(unscheduled, now);
    for (const rule of rules) expect(rule.source && rule.date && rule.text && rule.jurisdiction).toBeTruthy();
    expect(rules.find(({ id }) => id === "fairdraw.draw-after-close")?.result).toBe("unknown");
  });

  test("a closing time lies ahead, a zone exists, and times are whole seconds", () => {
    expect(() => draft({ closesAt: now })).toThrow(refusing("due_in_past", "#/closesAt"));
    expect(() => openContest(draft(), keys, canonical, closesAt)).toThrow(refusing("due_in_past", "#/closesAt"));
    expect(() => draft({ zone: "Europe/Atlantis" })).toThrow(refusing("unknown_zone", "#/zone"));
    expect(draft({ closesAt: "2026-06-01T13:00:00.900+02:00" }).closesAt).toBe("2026-06-01T11:00:00.000Z");
  });

  test("what was opened is changed, removed and opened no more", () => {
    for (const refused of [
      () => changeContest(open(), { title: "Anders" }, now),
      () => removeContest(open(), now),
      () => openContest(open(), keys, canonical, now),
    ])
      expect(refused).toThrow(refusing("contest_not_draft"));
    expect(changeContest(draft(), { title: "Anders" }, now)[0]).toMatchObject({ title: "Anders", slug: "taart" });
    expect(Object.keys(removeContest(draft(), now)[0]).sort()).toEqual([
      "contestId",
      "removedAt",
      "status",
      "workspaceId",
    ]);
  });

  test("the published rules hold all that decides, and their hash is that of the stored bytes", () => {
    const contest = open();
    expect(rulesOf(contest)).toMatchObject({
      contest: contestId,
      winners: 3,
      reserves: 3,
      chances: { base: 1, referralUnit: 1, referralCap: 10 },
      weight: expect.any(String),
      closesAt,
      drawAt,
      receiptKey: receiptPublicKey,
      beacon: QUICKNET.chainHash,
      shards: 16,
    });
    expect(canonical(rulesOf(contest))).toBe(contest.rules);
    const [, events] = openContest(draft(), keys, canonical, now);
    expect(events[0]?.data.rulesHash).toBe(rulesHash(JSON.parse(contest.rules)));
  });

  test("the busiest second decides over how many shards the entries are spread", () => {
    const shards = (peakEntriesPerSecond: number) => open({ peakEntriesPerSecond }).shards;
    expect([shards(8000), shards(8001), shards(32_000), shards(32_001)]).toEqual([16, 64, 64, 256]);
  });

  test("prizes are won in their order, each by its own winner", () => {
    expect([0, 1, 2, 3].map((position) => prizeOf(draft(), position))).toEqual([
      "Een jaar lang brood",
      "Een taart naar keuze",
      "Een taart naar keuze",
      undefined,
    ]);
  });

  test("an open contest is cancelled before it closes, with its reason, and not after", () => {
    expect(cancelContest(open(), "De oven is stuk.", now)[0]).toMatchObject({
      status: "cancelled",
      reason: "De oven is stuk.",
    });
    for (const refused of [() => cancelContest(open(), "?", closesAt), () => cancelContest(draft(), "?", now)])
      expect(refused).toThrow(refusing("contest_not_cancellable"));
  });
});

const secrets: EntryKeys = {
  contest16: idBytes(contestId),
  pepper: Buffer.alloc(32, 1),
  linkKey: Buffer.alloc(32, 2),
};
const entering = (more: { address?: string; arrived?: string; handled?: string; contest?: Open } = {}) => {
  const { address = "anna@example.nl", arrived = now, handled = arrived, contest = open() } = more;
  const identity = identityOf(address);
  return enter(
    contest,
    {
      place: placeOf(contest, secrets, identity),
      id: newId("entry", now),
      salt: Buffer.alloc(32, 3),
      identity,
      sealedIdentity: Buffer.alloc(29 + identity.length),
      referrer: Buffer.alloc(16, 255).toString("base64url"),
      terms: Buffer.alloc(32, 4),
      language: "nl",
      arrivedMs: milliseconds(arrived),
    },
    handled,
  );
};

describe("the rules of entering", () => {
  test("what arrives before the close counts even if it is handled after it; what arrives at the close does not", () => {
    const arrived = later(closesAt, -1);
    expect(entering({ arrived, handled: later(closesAt, seconds(20)) }).enteredAt).toBe(milliseconds(arrived));
    expect(() => entering({ arrived: closesAt })).toThrow(refusing("contest_not_open"));
    const [closing] = closeContest(open());
    expect(takes(closing, milliseconds(arrived))).toBe(true);
    expect(takes(freezeContest(closing, later(closesAt, minutes(1)))[0], milliseconds(arrived))).toBe(false);
  });

  test("what waited longer than half a minute is not written: the entries are frozen half a minute later", () => {
    expect(() => entering({ handled: later(now, seconds(30) + 1) })).toThrow("waited too long");
    expect(entering({ handled: later(now, seconds(30)) })).toBeTruthy();
  });

  test("capitals and spaces make no other person, and what is no address is refused", () => {
    expect(Address.parse("  Anna@Example.NL ")).toBe("anna@example.nl");
    for (const address of ["", "anna", "anna@", "@example.nl", "anna@@example.nl", `${"a".repeat(250)}@example.nl`])
      expect(Address.safeParse(address).success).toBe(false);
  });

  test("a link proves itself, carries nothing of the person's key, and holds for one contest", () => {
    const { pid } = entering();
    const token = linkTokenOf(secrets, pid);
    expect(readLinkToken(secrets, token)).toBe(refOf(secrets, pid));
    expect(Buffer.from(token, "base64url").includes(Buffer.from(pid))).toBe(false);
    const altered = (token.startsWith("A") ? "B" : "A") + token.slice(1);
    expect(readLinkToken(secrets, altered)).toBeUndefined();
    expect(readLinkToken({ ...secrets, contest16: Buffer.alloc(16, 9) }, token)).toBeUndefined();
  });

  test("the largest entry there can be is one write of at most 1 KB", () => {
    const address = Address.parse(`${"a".repeat(64)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(58)}.nl`);
    expect(address).toHaveLength(254);
    const workspaceId = newId("workspace", now);
    const entry = { ...entering({ address }), workspaceId };
    expect(entry.keptUntil).toBeDefined();
    const item = {
      ...entry,
      // All that may be known besides: bonuses, codes that were wrong, source, newsletter, marks, network; and when it goes.
      bonus: 2 ** 16 - 1,
      wrongCodes: Buffer.alloc(30),
      via: "x".repeat(32),
      consent: Buffer.alloc(64),
      risk: [1, 2, 3],
      network: Buffer.alloc(4),
      expiresAt: entry.keptUntil,
      pk: `WS#${workspaceId}#CONTEST#${contestId}#ff`,
      sk: "x".repeat(22),
      kind: "entry",
      version: 1,
    };
    expect(itemBytes(marshall(item))).toBeLessThanOrEqual(1024);
  });

  test("an entry is counted once, for its contest and for whoever brought it, and off again when it takes no part", () => {
    const row = { ...entering(), version: 1 };
    const count = folds.find(({ kind }) => kind === "entry")?.counts;
    const subjects = (before?: object, after?: object) =>
      count?.({ ...before }, { ...after }).map(({ subject, add }) => [subject, add.entries ?? add.friends]);
    const both = (n: number) => [
      [`${contestId}#entries`, n],
      [`${contestId}#friends#${row.referrer}`, n],
    ];
    expect(count?.(undefined, row)).toMatchObject([
      { subject: `${contestId}#entries`, add: { entries: 1, referred: 1 } },
      { subject: `${contestId}#friends#${row.referrer}`, add: { friends: 1 } },
      { subject: `${contestId}#day#2026-06-01`, add: { e10: 1 } },
    ]);
    expect(count?.(undefined, { ...row, referrer: undefined })[0]?.add).not.toHaveProperty("referred");
    const excluded = { ...row, excluded: 2 };
    expect(subjects(row, excluded)).toEqual(both(-1));
    expect(subjects(excluded, row)).toEqual(both(1));
    const { referrer: _, ...erased } = excluded;
    expect(subjects(row, erased)).toEqual(both(-1));
    for (const [before, after] of [
      [row, row],
      [excluded, erased],
      [row, undefined],
    ] as const)
      expect(count?.(before, after)).toEqual([]);
  });
});

type Stored = { S?: string; N?: string; B?: Uint8Array; L?: readonly Stored[] };
/** DynamoDB's own size: names and values in UTF-8, numbers a byte for two digits and one more, lists 3 and 1 for each value. */
const valueBytes = ({ S, N, B, L }: Stored): number =>
  (S?.length ?? 0) +
  (N ? Math.ceil(N.length / 2) + 1 : 0) +
  (B?.length ?? 0) +
  (L ? L.reduce((sum, value) => sum + 1 + valueBytes(value), 3) : 0);
const itemBytes = (item: Record<string, Stored>): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + name.length + valueBytes(value), 0);

const chances = { base: 1, referralUnit: 2, referralCap: 5 };
const row = (n: number, referrer?: number) => ({
  pid: Buffer.alloc(16, n),
  commit: Buffer.alloc(32, n),
  ...(referrer === undefined ? {} : { referrer: `ref-${referrer}` }),
});
const ref = ({ pid }: { pid: Uint8Array }) => `ref-${pid[0]}`;

const instantOfRound = (contest: Committed) =>
  new Date(timeOfRound(QUICKNET, commitmentOf(contest).round) * 1000).toISOString();

describe("the rules of sealing", () => {
  test("the same rows give the same bytes in whatever order they are read, and none give no ledger", () => {
    const rows = [row(1), row(2, 1), row(3, 1), row(4, 2), row(5)];
    const ledger = ledgerOf(rows, chances, ref);
    expect(ledgerOf(rows.toReversed(), chances, ref)).toEqual(ledger);
    expect(ledger).toMatchObject({ n: 5, T: 5 + 4 + 2 });
    expect(ledgerOf([], chances, ref)).toBeUndefined();
  });

  test("friends raise the chances up to the cap, and a friend of nobody raises none", () => {
    expect([0, 1, 2, 3, 9].map((friends) => weightOf(chances, friends))).toEqual([1, 3, 5, 6, 6]);
    expect(ledgerOf([row(1), row(2, 9)], chances, ref)?.T).toBe(2);
  });

  const frozen = freezeContest(closeContest(open())[0], later(closesAt, minutes(1)))[0];
  const sealed: Sealed = sealContest(frozen, { n: 5, T: 11, root: "ab".repeat(32), key: "k" })[0];
  const previous = { round: 1000, signature: "cd".repeat(48), randomness: "" };

  test("the commitment is the same however often it is made, while it is in time", () => {
    const at = (now: string) => commitContest(sealed, { chain: QUICKNET, previous }, now)[0];
    const first = at(later(closesAt, seconds(61)));
    expect(at(later(closesAt, seconds(100))).commitment).toBe(first.commitment);
    expect(first).toMatchObject({ drawAt, moves: [] });
    const { round, sealedAt, closedAt, k, r } = commitmentOf(first);
    expect({ round, sealedAt, closedAt, k, r }).toEqual({
      round: firstRoundAtOrAfter(QUICKNET, milliseconds(drawAt) / 1000),
      sealedAt: milliseconds(closesAt) / 1000 + 60,
      closedAt: milliseconds(closesAt) / 1000,
      k: 3,
      r: 3,
    });
    const [published, events] = publishCommitment(first, QUICKNET, later(closesAt, seconds(62)));
    expect(milliseconds(published.wakesAt)).toBe(timeOfRound(QUICKNET, round) * 1000);
    expect({ ...published, publishedAt: undefined, wakesAt: first.wakesAt }).toEqual(first);
    expect(events).toEqual([]);
  });

  test("it is drawn from only where it is on the record as public a minute before its round; or else the draw moves", () => {
    const [first] = commitContest(sealed, { chain: QUICKNET, previous }, later(closesAt, seconds(61)));
    const lastMoment = later(instantOfRound(first), -seconds(60));
    expect(isInTime(first, QUICKNET)).toBe(false);
    expect(isInTime(publishCommitment(first, QUICKNET, lastMoment)[0], QUICKNET)).toBe(true);
    expect(isInTime({ ...first, publishedAt: later(lastMoment, 1) }, QUICKNET)).toBe(false);

    const late = later(lastMoment, 1);
    const [moved, events] = publishCommitment(first, QUICKNET, late);
    const move = { from: drawAt, to: later(drawAt, hours(1)), reason: "commitment_late" };
    expect(moved).toMatchObject({ drawAt: move.to, moves: [{ ...move, at: late }], committedAt: late });
    expect(moved).not.toHaveProperty("publishedAt");
    expect(events.map(({ type }) => type)).toEqual(["contest.draw_moved", "contest.committed"]);
    const { round, ...content } = commitmentOf(moved);
    expect({ ...content, round: commitmentOf(first).round }).toEqual(commitmentOf(first));
    expect(round).toBe(firstRoundAtOrAfter(QUICKNET, milliseconds(move.to) / 1000));
    expect(publishCommitment(first, QUICKNET, late)).toEqual([moved, events]);

    const [again] = publishCommitment(moved, QUICKNET, later(move.to, minutes(1)));
    expect(again.moves.map(({ to }) => to)).toEqual([move.to, later(drawAt, hours(2))]);
    expect(isInTime(publishCommitment(again, QUICKNET, later(move.to, minutes(2)))[0], QUICKNET)).toBe(true);
  });

  test("a commitment that would not be public a minute before moves the draw by whole hours, on the record", () => {
    const late = later(drawAt, -seconds(69));
    const [moved, events] = commitContest(sealed, { chain: QUICKNET, previous }, late);
    expect(moved.moves).toEqual([{ from: drawAt, to: later(drawAt, hours(1)), reason: "commitment_late", at: late }]);
    expect(events.map(({ type }) => type)).toEqual(["contest.draw_moved", "contest.committed"]);
    expect(drawTime(drawAt, later(drawAt, -seconds(70)))).toBe(drawAt);
    expect(drawTime(drawAt, later(drawAt, hours(5)))).toBe(later(drawAt, hours(6)));
  });

  test("winners who cannot be told are tried for a day, ever less often; then it is announced all the same", () => {
    const [first] = commitContest(sealed, { chain: QUICKNET, previous }, later(closesAt, seconds(61)));
    const inTime = { ...first, publishedAt: later(closesAt, seconds(62)) };
    const nobody = () => ({ entryId: "", row: { shard: 0, pid: Buffer.alloc(16) } });
    const [drawn] = drawContest(inTime, { signature: "ab", positions: [], proofsKey: "k" }, nobody, drawAt);
    const tried = (ms: number, left = 1) => announceContest(drawn, left, later(drawAt, ms));
    expect(tried(0)[0]).toMatchObject({ status: "drawn", wakesAt: later(drawAt, seconds(5)) });
    expect(tried(hours(1))[0]).toMatchObject({ wakesAt: later(drawAt, hours(2) + seconds(5)) });
    expect(tried(hours(20))[0]).toMatchObject({ wakesAt: later(drawAt, days(1)) });
    const [told, events] = tried(days(1));
    expect([told.status, events.map(({ type }) => type)]).toEqual(["announced", ["contest.announced"]]);
    expect(tried(0, 0)[0].status).toBe("announced");
  });

  test("without an entry it ends, without a winner", () => {
    expect(endWithoutEntries(frozen, now)[0]).toMatchObject({ status: "final", outcome: "no_entries" });
  });
});

// ── Over HTTP ───────────────────────────────────────────────────────────────────────────────────────────────────────

let world: World;
let bakery: Workspace;

beforeAll(async () => {
  world = await openWorld({ at: now });
  bakery = await world.workspace();
});
afterAll(() => world.close());

const { drafted, opened, cancelAll, statusOf, eventsAbout, own, ...as } = contesting(() => ({ world, bakery }), {
  set,
  openFor: minutes(10),
});
const { mailsTo, mailedPath, confirmed, entered, enteredBy, bundleOf } = as;
const personal = (personalUrl: string) => own({ personalUrl });
const json = { accept: "application/json" };

/** Who asks to enter and has entered is mailed the link to their own page. */
const askedAgain = async (contest: Made, email: string, link = `/c/${contest.slug}`) => {
  await world.http("POST", new URL(link, world.url).pathname, { body: { email } });
  return personal(new URL(await mailedPath(email.trim().toLowerCase()), world.url).href);
};

describe("a contest from draft to winners", () => {
  test("people enter by their mail, bring friends, it closes and draws by itself, and anyone can check it", async () => {
    const contest = await opened();
    const anna = world.visitor();
    const shown = await anna.open(`/c/${contest.slug}`);
    expect(shown.text).toContain("Een jaar lang brood");
    expect(shown.text).not.toMatch(/<input[^>]+name="(?!form|email)/);

    const sent = await anna.submit(shown, { email: "Anna@Example.nl " });
    expect(sent.path).toContain(`/c/${contest.slug}/sent?t=`);
    expect(sent.text).toContain("Kijk in uw mail");
    const link = await mailedPath("anna@example.nl");
    expect(new URL(link, world.url).href.length).toBeLessThanOrEqual(1024);

    const button = await anna.open(link);
    expect(button.status).toBe(200);
    const mine = await anna.submit(button);
    expect(mine.path).toContain(`/c/${contest.slug}/me?t=`);
    expect(mine.text).toContain("U hebt 1 lot.");
    const { shareUrl } = await personal(new URL(mine.path, world.url).href);
    expect(mine.text).toContain(shareUrl);
    for (const [, href] of mine.text.matchAll(/href="((?:https:\/\/wa\.me|https:\/\/t\.me|mailto:\?)[^"]+)"/g))
      expect(decodeURIComponent(href!)).toContain("#winactie");

    const bram = world.visitor();
    const byFriend = await bram.open(new URL(shareUrl).pathname);
    expect(byFriend.text).toContain("persoonlijke link van een vriend");
    await bram.submit(byFriend, { email: "bram@example.nl" });
    const hisButton = await bram.open(await mailedPath("bram@example.nl"));
    await bram.submit(hisButton);
    await enteredBy(contest, ["chris@example.nl", "daan@example.nl", "esra@example.nl"]);
    await world.settle();
    expect((await anna.open(mine.path)).text).toContain("U hebt 2 loten, mede door 1 vriend die meedoet.");
    expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({
      counts: { entries: 5, referred: 1 },
    });

    await world.advance("PT10M");
    expect(await statusOf(contest)).toBe("closing");
    expect((await anna.open(`/c/${contest.slug}`)).text).toContain("Meedoen kan niet meer");
    expect(await world.http("GET", `/c/${contest.slug}/draw.json`, { headers: json })).toEqual(
      refused(409, "contest_not_drawn"),
    );
    await world.advance("PT1M");
    expect(await statusOf(contest)).toBe("committed");
    const before = (await world.http("GET", `/c/${contest.slug}/draw`, { headers: json })).body;
    expect(before).toMatchObject({ status: "committed", entries: 5, tickets: 6, commitment: expect.any(String) });
    expect((await anna.open(mine.path)).text).toMatch(/bent u nummer \d van 5/);

    await world.advance("PT2M3S");
    expect(await statusOf(contest)).toBe("drawn");
    // Once the winners' mails have left.
    await world.advance("PT10S");
    expect(await statusOf(contest)).toBe("announced");
    const bundle = (await world.http("GET", `/c/${contest.slug}/draw.json`)).body;
    expect(verifyBundle(bundle)).toMatchObject({ status: 2 });
    expect(bundle).toMatchObject({ commitment: z.looseObject({ commitment: z.string() }).parse(before).commitment });
    expect((await bakery.api("GET", `/v1/contests/${contest.id}/draw`)).body).toMatchObject({ bundle });

    const mineNow = await personal(new URL(mine.path, world.url).href);
    const { commitment } = z.looseObject({ commitment: z.string() }).parse(bundle);
    expect(checkEntry(commitment, mineNow.receipt)).toMatchObject({ ok: true });
    expect(mineNow).toMatchObject({ tickets: 2, provisional: false });
    expect((await anna.open(`/c/${contest.slug}/draw`)).text).toContain("De winnaars");

    const types = eventsAbout(contest);
    expect(types.map(({ type }) => type).filter((type) => type !== "entry.accepted")).toEqual([
      "contest.created",
      "contest.opened",
      "contest.closed",
      "contest.frozen",
      "contest.sealed",
      "contest.committed",
      "contest.drawn",
      "contest.announced",
    ]);
    for (const { type, detail } of types) catalogue[type]?.data.parse(detail.data);
    expect(JSON.stringify(types)).not.toMatch(/example\.nl/);
    expect(JSON.stringify(bundle)).not.toMatch(/\b(anna|bram)\b/);
    expect(world.logs.join("")).not.toMatch(/anna@|bram@/);

    // Nobody claims: a week for the winners, a week for the reserves.
    await world.advance("P14DT1H");
    expect(await statusOf(contest)).toBe("final");
    expect((await anna.open(`/c/${contest.slug}/draw`)).text).toContain("De uitslag is definitief");
  });

  test("each winner is told by one mail, also where it is woken twice", async () => {
    const contest = await opened({ reserves: 1 });
    const addresses = Array.from({ length: 6 }, (_, i) => `winner-${i}@example.nl`);
    await enteredBy(contest, addresses);
    await world.advance("PT13M3S");
    const told = () =>
      addresses.flatMap((address) => mailsTo(address)).filter(({ subject }) => subject.includes("gewonnen"));
    expect(told()).toHaveLength(3);
    const [drawn] = eventsAbout(contest, "contest.drawn");
    const key = { pk: `WS#${bakery.workspaceId}#CONTESTS`, sk: contest.id };
    const body = JSON.stringify({ ...key, dueAt: drawn?.detail.at, dueKind: "contest.announce" });
    const again = await world.invoke("samenspraak-contests-announce", { Records: [{ messageId: "again", body }] });
    expect(again).toEqual({ batchItemFailures: [] });
    expect(told()).toHaveLength(3);

    const winners = await bakery.api("GET", `/v1/contests/${contest.id}/winners`);
    expect(winners.body).toMatchObject({
      items: [
        { position: 0, role: "winner", prize: "Een jaar lang brood", told: "yes" },
        { position: 1, role: "winner", prize: "Een taart naar keuze", told: "yes" },
        { position: 2, role: "winner", prize: "Een taart naar keuze", told: "yes" },
        { position: 3, role: "reserve", told: "no" },
      ],
      next: null,
    });
    const [first] = told();
    const page = await world.visitor().open(await mailedPath(first?.to[0] ?? ""));
    expect(page.text).toContain("Gefeliciteerd, u hebt gewonnen");
  });

  test("the draw woken twice gives one result", async () => {
    const contest = await opened();
    await entered(contest, "solo@example.nl");
    await world.advance("PT13M3S");
    const first = (await world.http("GET", `/c/${contest.slug}/draw.json`)).body;
    const key = { pk: `WS#${bakery.workspaceId}#CONTESTS`, sk: contest.id };
    const [committed] = eventsAbout(contest, "contest.committed");
    const body = JSON.stringify({ ...key, dueAt: committed?.detail.data.drawAt, dueKind: "contest.draw" });
    await world.invoke("samenspraak-contests-draw-winners", { Records: [{ messageId: "again", body }] });
    await world.settle();
    expect((await world.http("GET", `/c/${contest.slug}/draw.json`)).body).toEqual(first);
    expect(eventsAbout(contest, "contest.drawn")).toHaveLength(1);
  });

  test("woken four times at the same moment it seals once, and commits to one ledger", async () => {
    const contest = await opened();
    await entered(contest, "wekker@example.nl");
    await world.advance("PT10M59S");
    const key = { pk: `WS#${bakery.workspaceId}#CONTESTS`, sk: contest.id };
    const body = JSON.stringify({ ...key, dueAt: later(world.now(), seconds(1)), dueKind: "contest.close" });
    const again = Array.from({ length: 3 }, (_, i) =>
      world.invoke("samenspraak-contests-close-ledger", { Records: [{ messageId: `${i}`, body }] }),
    );
    await world.advance("PT1S");
    for (const answer of await Promise.all(again)) expect(answer).toEqual({ batchItemFailures: [] });
    expect(await statusOf(contest)).toBe("committed");
    for (const type of ["contest.frozen", "contest.sealed", "contest.committed"])
      expect(eventsAbout(contest, type)).toHaveLength(1);
    await world.advance("PT2M3S");
    expect(verifyBundle((await world.http("GET", `/c/${contest.slug}/draw.json`)).body).status).toBe(2);
  });

  test("with fewer entries than prizes everyone wins once, and the bundle verifies", async () => {
    const contest = await opened();
    await enteredBy(contest, ["een@example.nl", "twee@example.nl"]);
    await world.advance("PT13M3S");
    const bundle = (await world.http("GET", `/c/${contest.slug}/draw.json`)).body;
    expect(bundle).toMatchObject({ winners: [0, 1] });
    expect(verifyBundle(bundle).status).toBe(2);
  });

  test("without an entry it ends, and says that nobody won", async () => {
    const contest = await opened();
    await world.advance("PT13M3S");
    expect(await statusOf(contest)).toBe("final");
    expect(eventsAbout(contest, "contest.ended")).toMatchObject([{ detail: { data: { outcome: "no_entries" } } }]);
    expect((await world.visitor().open(`/c/${contest.slug}/draw`)).text).toContain("Niemand heeft meegedaan");
    const page = await world.visitor().open(`/c/${contest.slug}`);
    expect(page.text).toContain("Niemand heeft meegedaan");
    expect(page.text).not.toContain("De winnaars zijn getrokken");
    expect(await bakery.api("GET", `/v1/contests/${contest.id}/winners`)).toEqual(refused(409, "contest_not_drawn"));
  });

  test("cancelled with a reason, it stays visible, takes nothing and draws nothing", async () => {
    const contest = await opened();
    await entered(contest, "jammer@example.nl");
    const cancelled = await bakery.api("POST", `/v1/contests/${contest.id}/cancel`, { reason: "De oven is stuk." });
    expect(cancelled.body).toMatchObject({ status: "cancelled", cancelled: { reason: "De oven is stuk." } });
    expect((await world.visitor().open(`/c/${contest.slug}`)).text).toContain("De oven is stuk.");
    expect(await world.http("POST", `/c/${contest.slug}`, { body: { email: "laat@example.nl" } })).toEqual(
      refused(409, "contest_not_open"),
    );
    await world.advance("PT14M");
    expect(await statusOf(contest)).toBe("cancelled");
    expect(await bakery.api("POST", `/v1/contests/${contest.id}/cancel`, { reason: "?" })).toEqual(
      refused(409, "contest_not_cancellable"),
    );
  });
});

// ── What goes wrong ─────────────────────────────────────────────────────────────────────────────────────────────────

afterEach(() => {
  vi.restoreAllMocks();
});

/** Before each put of an item that matches (its values as text): what throws takes the place of the put. */
const beforePut = (matches: (item: Record<string, string | undefined>) => boolean, run: () => void): void => {
  const { send } = Operation.prototype;
  const Put = z.object({ Item: z.record(z.string(), z.looseObject({ S: z.string().optional() })) });
  vi.spyOn(Operation.prototype, "send").mockImplementation(async function (this: object, input) {
    const put = Put.safeParse(input);
    const item = Object.entries(put.data?.Item ?? {}).map(([name, { S }]) => [name, S] as const);
    if (put.success && matches(Object.fromEntries(item))) run();
    return Reflect.apply(send, this, [input]);
  });
};

/** How SES says no, where `problem` gives something for this address; otherwise the mail is sent. Counts what was asked. */
const sesSays = (problem: (to: string) => object | undefined): { asked: string[] } => {
  const asked: string[] = [];
  const { send } = SESv2Client.prototype;
  const Send = z.object({
    input: z.object({ Destination: z.object({ ToAddresses: z.tuple([z.string()]) }) }),
  });
  vi.spyOn(SESv2Client.prototype, "send").mockImplementation(async function (this: SESv2Client, command) {
    const sent = Send.safeParse(command).data;
    if (!sent) return Reflect.apply(send, this, [command]);
    const [to] = sent.input.Destination.ToAddresses;
    asked.push(to);
    const said = problem(to);
    if (said) throw Object.assign(new Error(`No, not to ${to}.`), said);
    return Reflect.apply(send, this, [command]);
  });
  return { asked };
};
const messageRejected = { name: "MessageRejected", $fault: "client", $metadata: { httpStatusCode: 400 } };
const throttled = { name: "TooManyRequestsException", $fault: "client", $metadata: { httpStatusCode: 429 } };
const brokenInside = { name: "InternalFailure", $fault: "server", $metadata: { httpStatusCode: 500 } };

const Draw = z.object({
  status: z.string(),
  drawAt: z.string(),
  moves: z.array(z.object({ from: z.string(), to: z.string(), reason: z.string(), at: z.string() })),
  commitHash: z.string(),
});
const drawOf = async ({ id }: Made) => (await bakery.api("GET", `/v1/contests/${id}/draw`)).as(Draw);

describe("a commitment that is late", () => {
  const isCommitment = (contest: Made) => (item: Record<string, string | undefined>) =>
    item.sk === contest.id && item.status === "committed";

  test("a commitment whose write stalls until its round is public is not drawn from: the draw moves, on the record", async () => {
    const contest = await opened();
    await enteredBy(contest, ["een@example.nl", "twee@example.nl", "drie@example.nl"]);
    let aheadMs = 0;
    beforePut(isCommitment(contest), () => {
      aheadMs ||= minutes(4);
    });
    const ahead = vi.spyOn(clock, "now").mockImplementation(() => milliseconds(world.now()) + aheadMs);
    await world.advance("PT11M");
    ahead.mockRestore();
    await world.advance("PT30M");
    const { drawAt } = contest;
    const move = { from: drawAt, to: later(drawAt ?? "", hours(1)), reason: "commitment_late" };
    const draw = await drawOf(contest);
    expect(draw).toMatchObject({ status: "committed", drawAt: move.to, moves: [move] });
    expect(eventsAbout(contest, "contest.draw_moved")).toMatchObject([{ detail: { data: move } }]);
    await world.advance("PT35M");
    expect(await drawOf(contest)).toMatchObject({ status: "announced", commitHash: draw.commitHash, moves: [move] });
    expect(verifyBundle(await bundleOf(contest)).status).toBe(2);
  });

  test("killed before it is on the record as public, it is put there in time, and nothing moves", async () => {
    const contest = await opened();
    await entered(contest, "geveld@example.nl");
    let kills = 0;
    beforePut(
      (item) => isCommitment(contest)(item) && item.publishedAt !== undefined,
      () => {
        if (kills++ === 0) throw new Error("Killed.");
      },
    );
    await world.advance("PT14M");
    expect(kills).toBeGreaterThan(1);
    expect(await drawOf(contest)).toMatchObject({ status: "announced", drawAt: contest.drawAt, moves: [] });
    await world.advance("PT1H");
    expect(eventsAbout(contest, "contest.committed")).toHaveLength(1);
  });

  test("kept off the record until after its round, it is replaced by one for a later round", async () => {
    const contest = await opened();
    await entered(contest, "duurt@example.nl");
    let down = true;
    beforePut(
      (item) => isCommitment(contest)(item) && item.publishedAt !== undefined,
      () => {
        if (down) throw new Error("The table is down.");
      },
    );
    await world.advance("PT11M30S");
    const first = await drawOf(contest);
    expect(first).toMatchObject({ status: "committed", moves: [] });
    await world.advance("PT4M");
    expect((await drawOf(contest)).status).toBe("committed");
    down = false;
    await world.advance("PT1H");
    const draw = await drawOf(contest);
    expect(draw).toMatchObject({ status: "announced", moves: [{ from: contest.drawAt, reason: "commitment_late" }] });
    expect(draw.commitHash).not.toBe(first.commitHash);
    expect(verifyBundle(await bundleOf(contest)).status).toBe(2);
    await world.advance("PT1H");
  });
});

describe("a winner who cannot be told", () => {
  // Days go by, in which what other examples left open would be drawn.
  beforeAll(() => cancelAll());

  /** One more enters than there are prizes. `told`: of the winners in their order. */
  const drawnContest = async (name: string, number = 3) => {
    const contest = await opened({ prizes: [{ description: "Taart", number, valueCents: 100 }], reserves: 0 });
    await enteredBy(
      contest,
      Array.from({ length: number + 1 }, (_, i) => `${name}-${i}@example.nl`),
    );
    const Winners = z.object({ items: z.array(z.object({ told: z.string() })) });
    const told = async () =>
      (await bakery.api("GET", `/v1/contests/${contest.id}/winners`)).as(Winners).items.map(({ told }) => told);
    return { contest, told };
  };
  const lettersOf = async ({ id: contestId }: Made) => {
    const mailed = await winnersMailed({ workspaceId: bakery.workspaceId, contestId }, world.now());
    return [...mailed.values()];
  };

  test("one refused mail does not keep the others from being told, nor the contest from being announced", async () => {
    const { contest, told } = await drawnContest("geweigerd");
    let refusedTo: string | undefined;
    const { asked } = sesSays((to) => {
      refusedTo ??= to;
      return to === refusedTo ? messageRejected : undefined;
    });
    await world.advance("PT14M");
    expect((await told()).toSorted()).toEqual(["refused", "yes", "yes"]);
    expect((await lettersOf(contest)).filter(({ status }) => status === "failed")).toMatchObject([
      { reason: "refused", said: "MessageRejected" },
    ]);
    expect(await statusOf(contest)).toBe("announced");
    await world.advance("P2D");
    expect(asked.filter((to) => to === refusedTo)).toHaveLength(1);
    expect(world.logs.join("")).not.toContain(refusedTo);
  });

  test("what did not leave is tried again until it does, and nobody is mailed twice", async () => {
    const { contest, told } = await drawnContest("druk");
    const busyUntil = later(contest.drawAt ?? "", minutes(5));
    let busyTo: string | undefined;
    sesSays((to) => {
      busyTo ??= to;
      return to === busyTo && world.now() < busyUntil ? throttled : undefined;
    });
    await world.advance("PT14M");
    expect(await statusOf(contest)).toBe("drawn");
    expect((await told()).toSorted()).toEqual(["no", "yes", "yes"]);
    await world.advance("PT10M");
    expect(await statusOf(contest)).toBe("announced");
    expect(await told()).toEqual(["yes", "yes", "yes"]);
    const winning = world.mails.filter(({ to, subject }) => /^druk-/.test(to[0] ?? "") && subject.includes("gewonnen"));
    expect(new Set(winning.flatMap(({ to }) => to)).size).toBe(3);
    expect(winning).toHaveLength(3);
  });

  test("a mail of which nobody knows whether it left is not sent again, and stays visible", async () => {
    const { contest, told } = await drawnContest("onbekend");
    const { asked } = sesSays(() => brokenInside);
    await world.advance("PT14M");
    expect(await statusOf(contest)).toBe("announced");
    expect(await told()).toEqual(Array(3).fill("telling"));
    await world.advance("P1D");
    expect(asked.filter((to) => to.startsWith("onbekend-"))).toHaveLength(3);
  });
});

describe("mail", () => {
  test("an address that SES names in its refusal reaches no log", async () => {
    const contest = await opened();
    sesSays(() => messageRejected);
    const { status } = await world.http("POST", `/c/${contest.slug}`, { body: { email: "geheim@example.nl" } });
    expect(status).toBe(202);
    await world.settle();
    expect(world.logs.join("")).toContain("MessageRejected");
    expect(world.logs.join("")).not.toContain("geheim@");
  });

  test("a display name is encoded words of at most 75 characters, none of which splits a letter", () => {
    const name = `Bakkerij De Zonnebloem ${"🍞".repeat(30)} in de Voorstraat`;
    const encoded = displayName(name).split(" ");
    expect(encoded.length).toBeGreaterThan(1);
    for (const word of encoded) {
      expect(word).toMatch(/^=\?UTF-8\?B\?[A-Za-z0-9+/]+=*\?=$/);
      expect(word.length).toBeLessThanOrEqual(75);
    }
    const decoded = encoded.map((word) => Buffer.from(word.slice(10, -2), "base64").toString());
    expect(decoded.join("")).toBe([...name].slice(0, 60).join(""));
    expect(decoded.join("")).not.toContain("\ufffd");
  });

  test("the local mail service refuses control characters in headers, as SES does", () => {
    const mail = mailService({ now: () => 0, from: "a@example.nl" });
    const sent = (subject: string, from: string, to: string) =>
      mail.send({
        FromEmailAddress: from,
        Destination: { ToAddresses: [to] },
        Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: "x" } } } },
      });
    expect(sent("Taart", "Zon <a@example.nl>", "b@example.nl")).toHaveProperty("MessageId");
    for (const strange of [
      () => sent("Taart\r\nBcc: c@example.nl", "a@example.nl", "b@example.nl"),
      () => sent("Taart", "Zon\u0000 <a@example.nl>", "b@example.nl"),
      () => sent("Taart", "a@example.nl", "B\t <b@example.nl>"),
    ])
      expect(strange).toThrow(expect.objectContaining({ code: "BadRequestException" }));
    expect(mail.list()).toHaveLength(1);
  });
});

describe("entering", () => {
  test("opening the mailed link changes nothing, however often", async () => {
    const contest = await opened();
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "kijker@example.nl" } });
    const path = await mailedPath("kijker@example.nl");
    const writes = await world.weigh("opening the mailed link", async () => {
      for (let i = 0; i < 3; i++) expect((await world.http("GET", path)).status).toBe(200);
      expect((await world.http("HEAD", path)).status).toBe(200);
    });
    expect(writes).toEqual([]);
    expect((await bakery.api("GET", `/v1/contests/${contest.id}/entries`)).body).toEqual({ items: [], next: null });
  });

  test("confirming twice, and entering again, give the first receipt", async () => {
    const contest = await opened({ closesAt: later(world.now(), hours(2)), drawAt: later(world.now(), hours(3)) });
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "dubbel@example.nl" } });
    const t = tokenIn(await mailedPath("dubbel@example.nl"));
    const first = await confirmed(contest, t);
    await world.advance("PT11M");
    const second = await confirmed(contest, t);
    expect(second.receipt).toEqual(first.receipt);
    const third = await askedAgain(contest, "Dubbel@example.nl ");
    expect(third.receipt).toEqual(first.receipt);
    const racing = await Promise.all(Array.from({ length: 20 }, () => confirmed(contest, t)));
    expect(new Set(racing.map(({ receipt }) => receipt.receipt.signature)).size).toBe(1);
    await world.settle();
    expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({ counts: { entries: 1 } });
  });

  test("twenty confirmations at once of one person are one entry", async () => {
    const contest = await opened();
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "race@example.nl" } });
    const t = tokenIn(await mailedPath("race@example.nl"));
    const answers = await Promise.all(Array.from({ length: 20 }, () => confirmed(contest, t)));
    expect(new Set(answers.map(({ entryId }) => entryId)).size).toBe(1);
  });

  test("one's own link brings oneself nothing", async () => {
    const contest = await opened({ closesAt: later(world.now(), hours(1)), drawAt: later(world.now(), hours(2)) });
    const { shareUrl, receipt } = await entered(contest, "zelf@example.nl");
    await world.advance("PT11M");
    const again = await askedAgain(contest, "zelf@example.nl", shareUrl);
    expect(again).toMatchObject({ receipt, tickets: 1 });
  });

  test("the answer is the same whether the address is known, was just mailed, or is new", async () => {
    const contest = await opened();
    await entered(contest, "bekend@example.nl");
    const ask = (email: string) => world.http("POST", `/c/${contest.slug}`, { body: { email } });
    const answers = [await ask("bekend@example.nl"), await ask("nieuw@example.nl"), await ask("nieuw@example.nl")];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  });

  test("an address is mailed once in ten minutes, and again after them", async () => {
    const contest = await opened({ closesAt: later(world.now(), hours(1)), drawAt: later(world.now(), hours(2)) });
    const ask = () => world.http("POST", `/c/${contest.slug}`, { body: { email: "vaak@example.nl" } });
    await Promise.all(Array.from({ length: 8 }, ask));
    await world.settle();
    expect(mailsTo("vaak@example.nl")).toHaveLength(1);
    await world.advance("PT9M59S");
    await ask();
    await world.settle();
    expect(mailsTo("vaak@example.nl")).toHaveLength(1);
    await world.advance("PT2S");
    await ask();
    await world.settle();
    expect(mailsTo("vaak@example.nl")).toHaveLength(2);
  });

  test("a confirmed entry costs one write unit, an unconfirmed one at most one, and a friend's link none besides", async () => {
    const contest = await opened();
    const asking = await world.weigh("an unconfirmed entry", () =>
      world.http("POST", `/c/${contest.slug}`, { body: { email: "kost@example.nl" } }),
    );
    // Counts and activity are written a batch at a time, whatever is in it.
    const isOwn = ({ kind, applied }: (typeof asking)[number]) => !["tally", "activity"].includes(kind) && applied;
    expect(asking.filter(isOwn)).toMatchObject([{ kind: "throttle", units: 1 }]);
    const again = await world.weigh("an address asked for again", () =>
      world.http("POST", `/c/${contest.slug}`, { body: { email: "kost@example.nl" } }),
    );
    expect(again).toEqual([]);
    const { shareUrl } = await confirmed(contest, tokenIn(await mailedPath("kost@example.nl")));
    await world.http("POST", new URL(shareUrl).pathname, { body: { email: "vriend@example.nl" } });
    const t = tokenIn(await mailedPath("vriend@example.nl"));
    const confirming = await world.weigh("a confirmed entry by a friend's link", () => confirmed(contest, t));
    expect(confirming.filter(isOwn)).toMatchObject([{ kind: "entry", operation: "PutItem", units: 1 }]);
  });

  test("what arrived before the close and is handled after it counts; what arrives after it is refused", async () => {
    const contest = await opened();
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "nipt@example.nl" } });
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "telaat@example.nl" } });
    const t = tokenIn(await mailedPath("nipt@example.nl"));
    await world.advance("PT10M");
    const late = tokenIn(await mailedPath("telaat@example.nl"));
    expect(await world.http("POST", `/c/${contest.slug}/confirm`, { body: { t: late } })).toEqual(
      refused(409, "contest_not_open"),
    );
    await world.advance("PT20S");
    const arrivedMs = milliseconds(contest.closesAt ?? "") - 1;
    expect(await arriving(contest, t, arrivedMs)).toMatchObject({ statusCode: 200 });
    expect(await arriving(contest, late, arrivedMs + 1)).toMatchObject({ statusCode: 409 });
    await world.advance("PT11S");
    expect(await arriving(contest, late, arrivedMs)).toMatchObject({ statusCode: 500 });
    await world.advance("PT29S");
    expect(await arriving(contest, late, arrivedMs)).toMatchObject({ statusCode: 409 });
    await world.advance("PT2M3S");
    expect(verifyBundle((await world.http("GET", `/c/${contest.slug}/draw.json`)).body).status).toBe(2);
    expect((await bakery.api("GET", `/v1/contests/${contest.id}/entries`)).body).toMatchObject({
      items: [{ enteredAt: new Date(arrivedMs).toISOString() }],
    });
  });
});

/** A confirmation that the gateway received at another moment than this one. */
const arriving = ({ slug }: Made, t: string, timeEpoch: number) =>
  contestPages(
    {
      version: "2.0",
      routeKey: "POST /c/{slug}/confirm",
      rawPath: `/c/${slug}/confirm`,
      rawQueryString: "",
      headers: { "content-type": "application/json" },
      pathParameters: { slug },
      body: JSON.stringify({ t }),
      isBase64Encoded: false,
      requestContext: { requestId: "r", timeEpoch, http: { method: "POST" } },
    } as unknown as Parameters<typeof contestPages>[0],
    { awsRequestId: "r" } as unknown as Parameters<typeof contestPages>[1],
  );

describe("what a contest refuses", () => {
  test("a form that was altered, is of another form or another contest, or is missing", async () => {
    const contest = await opened();
    const other = await opened();
    const visitor = world.visitor();
    const shown = await visitor.open(`/c/${contest.slug}`);
    const otherShown = await visitor.open(`/c/${other.slug}`);
    await visitor.submit(shown, { email: "vorm@example.nl" });
    const button = await visitor.open(await mailedPath("vorm@example.nl"));
    const token = shown.forms[0]?.fields.form ?? "";
    const bad = [altered(token), "", otherShown.forms[0]?.fields.form ?? "", button.forms[0]?.fields.form ?? ""];
    for (const form of bad) {
      const back = await visitor.submit(shown, { email: "vorm2@example.nl", form });
      expect(back.status).toBe(400);
      expect(back.text).toContain("Probeer het nog eens");
      expect(back.forms[0]?.fields.email).toBe("vorm2@example.nl");
    }
    expect(mailsTo("vorm2@example.nl")).toEqual([]);
    expect((await visitor.submit(button, { form: token })).status).toBe(400);
    const again = await visitor.submit(button, { form: token });
    expect((await visitor.submit(again)).path).toContain("/me?t=");
  });

  test("a form that is older than a day", async () => {
    // Of a cancelled contest: an open one is counted each hour of it.
    const contest = await opened();
    await cancelAll();
    const visitor = world.visitor();
    const shown = await visitor.open(`/c/${contest.slug}/check`);
    await world.advance("PT24H1S");
    const back = await visitor.submit(shown, { email: "oud@example.nl" });
    expect(back.status).toBe(410);
    expect((await visitor.submit(back)).path).toContain(`/c/${contest.slug}/check?asked`);
  });

  test("a link that was altered, is of another contest or another use, or is over", async () => {
    const contest = await opened();
    const other = await opened();
    const { personalUrl } = await entered(contest, "link@example.nl");
    await world.http("POST", `/c/${other.slug}`, { body: { email: "link@example.nl" } });
    const foreign = tokenIn(await mailedPath("link@example.nl"));
    const me = tokenIn(personalUrl);
    for (const t of ["", "AAAA", foreign, me, altered(foreign)]) {
      expect(await world.http("POST", `/c/${contest.slug}/confirm`, { body: { t } })).toEqual(
        refused(410, "link_ended"),
      );
      expect(await world.http("GET", `/c/${contest.slug}/confirm?t=${t}`, { headers: json })).toEqual(
        refused(410, "link_ended"),
      );
    }
    expect(await world.http("GET", `/c/${contest.slug}/me?t=${foreign}`, { headers: json })).toEqual(
      refused(410, "link_ended"),
    );
    await world.advance("PT10M");
    const page = await world.visitor().open(`/c/${other.slug}/confirm?t=${foreign}`);
    expect(page.status).toBe(410);
    expect(page.text).toContain("Deze link werkt niet meer");
  });

  test("a friend's link that was altered shows the contest all the same, says so, and counts for nobody", async () => {
    const contest = await opened();
    const { shareUrl, personalUrl } = await entered(contest, "vrijgevig@example.nl");
    const altered = `${new URL(shareUrl).pathname.slice(0, -1)}${shareUrl.endsWith("A") ? "B" : "A"}`;
    const page = await world.visitor().open(altered);
    expect(page.status).toBe(200);
    expect(page.text).toContain("klopt niet helemaal");
    expect(page.forms[0]?.action).toBe(`/c/${contest.slug}`);
    await entered(contest, "gewoon@example.nl", { link: new URL(altered, world.url).href });
    await world.settle();
    expect(await personal(personalUrl)).toMatchObject({ tickets: 1 });
  });

  test("what is not an address; the form comes back with it and says so", async () => {
    const contest = await opened();
    const visitor = world.visitor();
    const back = await visitor.submit(await visitor.open(`/c/${contest.slug}`), { email: "anna@" });
    expect(back.status).toBe(400);
    expect(back.text).toContain("Dit is geen e-mailadres");
    expect(back.forms[0]?.fields.email).toBe("anna@");
    expect(await world.http("POST", `/c/${contest.slug}`, { body: { email: "anna@" } })).toEqual(
      refused(400, "invalid_input"),
    );
  });

  test("wrong JSON, wrong types, unknown fields, a past closing time, an unknown zone, an unready and a broken contest", async () => {
    const post = (body: unknown) => bakery.api("POST", "/v1/contests", body);
    expect(await post("{")).toEqual(refused(400, "invalid_json"));
    expect(await post({ ...set, slug: "Nee!" })).toEqual(refused(400, "invalid_input"));
    expect(await post({ ...set, friends: ["a@example.nl"] })).toEqual(refused(400, "invalid_input"));
    expect(await post({ ...set, closesAt: world.now() })).toEqual(refused(422, "due_in_past"));
    expect(await post({ slug: "zone", title: "Z", zone: "Mars/Olympus" })).toEqual(refused(422, "unknown_zone"));
    const bare = idOf(await post({ slug: "kaal", title: "Kaal" }));
    expect(await bakery.api("POST", `/v1/contests/${bare}/open`)).toEqual(refused(409, "contest_not_ready"));
    expect((await bakery.api("POST", `/v1/contests/${bare}/validate`)).body).toMatchObject({
      canOpen: false,
      missing: [{ pointer: "#/promotes" }, {}, {}, {}],
    });
    const hasty = await drafted({ drawAt: later(world.now(), minutes(11)) });
    expect(await bakery.api("POST", `/v1/contests/${hasty.id}/open`)).toMatchObject({
      status: 422,
      body: { code: "rules_broken", errors: [{ pointer: "#/drawAt" }] },
    });
  });

  test("another workspace's contest, an unknown one, and another's slug", async () => {
    const contest = await opened();
    const rival = await world.workspace("Bakkerij Maan");
    for (const path of ["", "/draw", "/entries", "/winners"])
      expect(await rival.api("GET", `/v1/contests/${contest.id}${path}`)).toEqual(refused(404, "not_found"));
    expect(await rival.api("POST", `/v1/contests/${contest.id}/cancel`, { reason: "?" })).toEqual(
      refused(404, "not_found"),
    );
    expect(await bakery.api("GET", `/v1/contests/${newId("contest", now)}`)).toEqual(refused(404, "not_found"));
    expect(await rival.api("POST", "/v1/contests", { slug: contest.slug, title: "Mijn" })).toEqual(
      refused(409, "slug_taken"),
    );
    expect((await world.visitor().open("/c/bestaat-niet")).status).toBe(404);
  });

  test("a change on a version that is no longer there", async () => {
    const contest = await drafted();
    const change = (etag: string) =>
      bakery.api("PATCH", `/v1/contests/${contest.id}`, { title: "Nieuw" }, { "if-match": etag });
    const first = await change('"1"');
    expect(first).toMatchObject({ status: 200, headers: { etag: '"2"' }, body: { title: "Nieuw", version: 2 } });
    expect(await change('"1"')).toEqual(refused(412, "stale"));
  });
});

describe("keeping contests", () => {
  test("a draft is removed, its slug is free again, and its page was never there", async () => {
    const contest = await drafted();
    expect((await world.visitor().open(`/c/${contest.slug}`)).status).toBe(404);
    expect((await bakery.api("DELETE", `/v1/contests/${contest.id}`)).status).toBe(204);
    expect(await bakery.api("GET", `/v1/contests/${contest.id}`)).toEqual(refused(404, "not_found"));
    expect((await drafted({ slug: contest.slug })).slug).toBe(contest.slug);
  });

  test("a slug that changes leaves the old one free", async () => {
    const contest = await drafted();
    const slug = `${contest.slug}-b`;
    expect((await bakery.api("PATCH", `/v1/contests/${contest.id}`, { slug })).body).toMatchObject({ slug });
    expect((await drafted({ slug: contest.slug })).slug).toBe(contest.slug);
  });

  test("lists go on where the last page ended, one by one", async () => {
    const shop = await world.workspace("Winkel");
    const contest = await opened({}, shop);
    await drafted({}, shop);
    await drafted({}, shop);
    const addresses = Array.from({ length: 5 }, (_, i) => `lijst-${i}@example.nl`);
    await enteredBy(contest, addresses);
    const walk = async (path: string) => {
      const found: string[] = [];
      const Page = PageOf(z.looseObject({ id: z.string().optional(), entryId: z.string().optional() }));
      for (let cursor = ""; ; ) {
        const { items, next } = (await shop.api("GET", `${path}?limit=1${cursor}`)).as(Page);
        found.push(...items.map(({ id, entryId }) => id ?? entryId ?? ""));
        if (next === null) return found;
        expect(items).toHaveLength(1);
        cursor = `&cursor=${encodeURIComponent(next)}`;
      }
    };
    expect(new Set(await walk("/v1/contests")).size).toBe(3);
    const entries = await walk(`/v1/contests/${contest.id}/entries`);
    expect(new Set(entries).size).toBe(5);
    expect(entries).toHaveLength(5);
    await world.advance("PT13M3S");
    const winners = await walk(`/v1/contests/${contest.id}/winners`);
    expect(winners).toHaveLength(5);
    expect(new Set(winners)).toEqual(new Set(entries));
  });

  test("every page speaks English when asked to", async () => {
    const contest = await opened();
    const { personalUrl } = await entered(contest, "english@example.nl");
    const { pathname, search } = new URL(personalUrl);
    const visitor = world.visitor();
    for (const path of [
      `/c/${contest.slug}?lang=en`,
      `/c/${contest.slug}/sent?lang=en`,
      `/c/${contest.slug}/draw?lang=en`,
      `${pathname}${search}&lang=en`,
    ]) {
      const page = await visitor.open(path);
      expect(page.status).toBe(200);
      expect(page.headers["content-language"]).toBe("en");
      // A token may have any short word in it.
      const withoutTokens = page.text.replaceAll(/[\w-]{20,}/g, "");
      expect(withoutTokens).not.toMatch(/\b(uw|meedoen|trekking|loten)\b/i);
    }
    const asked = await visitor.submit(await visitor.open(`/c/${contest.slug}?lang=en`), {
      email: "english2@example.nl",
    });
    expect(asked.path).toContain("lang=en");
    await world.settle();
    expect(mailsTo("english2@example.nl")[0]?.subject).toContain("Confirm your entry");
    const button = await visitor.open(await mailedPath("english2@example.nl"));
    expect(button.text).toContain(words.en.confirm.button);
  });
});
