import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { exclusionsOf, ledgerOf } from "../functions/contests/close-ledger.ts";
import { commitmentOf } from "../functions/contests/commit.ts";
import { ContestView } from "../functions/contests/contest.ts";
import { ExclusionView } from "../functions/contests/exclude.ts";
import { sealExclusions } from "../functions/contests/exclusions.ts";
import { PublicExclusions } from "../functions/contests/fair-page.ts";
import { busyOf, isDisposable, marks, marksAtEntry, marksOf, networkOf, sayMark } from "../functions/contests/guard.ts";
import { isTagged, mailboxOf } from "../functions/contests/mailbox.ts";
import { eachEntry, findContest } from "../functions/contests/table.ts";
import { EvidenceShape, verifyBundle } from "../functions/contests/verify.ts";
import { Operation } from "../functions/platform/aws.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { joined } from "./members.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Fair play: what makes an entry doubtful, who is excluded and may object, who leaves and who is erased; and that the draw can
// be checked all the same.

// ── Rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────

describe("what makes an entry doubtful", () => {
  test("addresses of which their provider says that they are one mailbox are one person; others stay two", () => {
    for (const [written, mailbox] of [
      ["an.na+win@gmail.com", "anna@gmail.com"],
      ["anna@googlemail.com", "anna@gmail.com"],
      ["an.na+1@hotmail.com", "an.na@hotmail.com"],
      ["anna+x@proton.me", "anna@proton.me"],
      ["an.na+win@example.nl", "an.na+win@example.nl"],
      ["+@gmail.com", "+@gmail.com"],
    ] as const)
      expect(mailboxOf(written)).toBe(mailbox);
    expect([isTagged("anna+win@example.nl"), isTagged("anna+win@gmail.com"), isTagged("anna@example.nl")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("throwaway domains, also below a known one, and tags are marked; each mark has its reason in both languages", async () => {
    const known = new Set(["weg.example", "com.example"]);
    expect(
      ["weg.example", "a.b.weg.example", "example", "wegnet.example"].map((of) => isDisposable(of, known)),
    ).toEqual([true, true, false, false]);
    const of = async (address: string, proven = true) =>
      marksOf({ risk: await marksAtEntry({ identity: `email:${address}`, proven }) });
    expect(await of("anna@mailinator.com")).toEqual(["disposable_address"]);
    expect(await of("anna+1@example.nl", false)).toEqual(["no_proof", "tagged_address"]);
    expect(await of("anna@gmail.com")).toEqual([]);
    // A mark that a later release made is left out, not misread.
    expect(marksOf({ risk: [1, 99] })).toEqual(["no_proof"]);
    for (const mark of marks) expect(sayMark(mark, "nl")).not.toBe(sayMark(mark, "en"));
  });

  test("of an address only its network counts: the /24, or the /48", () => {
    expect(networkOf("192.0.2.7")).toBe("192.0.2");
    expect(networkOf("::ffff:192.0.2.250")).toBe("192.0.2");
    expect(networkOf("2001:db8:1:2::3")).toBe("2001:db8:1");
    expect(networkOf("2001:db8::1")).toBe("2001:db8:0");
    expect(networkOf("unknown")).toBeUndefined();
  });

  test("a network is busy by what came from it on one day, not over all days", () => {
    const day = 86_400_000;
    const of = (name: string, enteredAt: number) => ({ enteredAt, network: Buffer.from(name) });
    const oneDay = Array.from({ length: 4 }, () => of("aaaa", day));
    const manyDays = Array.from({ length: 4 }, (_, i) => of("bbbb", i * day));
    const busy = busyOf([...oneDay, ...manyDays, { enteredAt: day }], 3);
    expect(marksOf({ network: Buffer.from("aaaa") }, busy)).toEqual(["busy_network"]);
    expect(marksOf({ network: Buffer.from("bbbb") }, busy)).toEqual([]);
  });
});

const chances = { base: 1, referralUnit: 2, referralCap: 10 };
const row = (n: number, more: { referrer?: number; excluded?: number } = {}) => ({
  pid: Buffer.alloc(16, n),
  commit: Buffer.alloc(32, n),
  ...(more.referrer === undefined ? {} : { referrer: `ref-${more.referrer}` }),
  ...(more.excluded === undefined ? {} : { excluded: more.excluded }),
});
const ref = ({ pid }: { pid: Uint8Array }) => `ref-${pid[0]}`;
const ticketsIn = (rows: ReturnType<typeof row>[]) => ledgerOf(rows, chances, ref)?.T;

describe("what is counted", () => {
  test("a withdrawn or excluded friend gives nothing, and a friend of an excluded friend gives nothing to anyone", () => {
    const anna = row(1);
    expect(ticketsIn([anna, row(2, { referrer: 1 })])).toBe(3 + 1);
    // Withdrawn (1), excluded (2): neither counts, nor has tickets.
    expect(ticketsIn([anna, row(2, { referrer: 1, excluded: 1 })])).toBe(1);
    expect(ticketsIn([anna, row(2, { referrer: 1, excluded: 2 })])).toBe(1);
    // 3 came by 2, who came by 1 and is excluded: 3 takes part, 2 is gone, 1 has nobody.
    expect(ticketsIn([anna, row(2, { referrer: 1, excluded: 2 }), row(3, { referrer: 2 })])).toBe(1 + 1);
    expect(ticketsIn([row(1, { excluded: 9 })])).toBeUndefined();
  });

  test("the same rows give the same two trees in whatever order they are read", () => {
    const rows = [row(5), row(4, { excluded: 2 }), row(3, { referrer: 5 }), row(2, { excluded: 1 }), row(1)];
    const { listed, ...tree } = exclusionsOf(rows);
    expect(exclusionsOf(rows.toReversed())).toEqual({ listed, ...tree });
    expect(listed.map(({ reason }) => reason)).toEqual([1, 2]);
    expect(ledgerOf(rows.toReversed(), chances, ref)).toEqual(ledgerOf(rows, chances, ref));
    expect(exclusionsOf([row(1)])).toMatchObject({ count: 0, listed: [] });
  });
});

// ── Over HTTP ───────────────────────────────────────────────────────────────────────────────────────────────────────

let world: World;
let bakery: Workspace;
let slugs = 0;
beforeAll(async () => {
  world = await openWorld();
  bakery = await world.workspace();
});
afterAll(() => world.close());
afterEach(() => {
  vi.restoreAllMocks();
});

const set = {
  title: "Win een taart",
  organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
  promotes: "Het desembrood",
  prizes: [{ description: "Een taart", number: 2, valueCents: 2_800 }],
  reserves: 2,
};
type Made = z.infer<typeof ContestView>;
const opened = async (workspace = bakery): Promise<Made> => {
  const closesAt = later(world.now(), minutes(10));
  const asked = { ...set, slug: `eerlijk-${slugs++}`, closesAt, drawAt: later(closesAt, minutes(3)) };
  const id = idOf(await workspace.api("POST", "/v1/contests", asked));
  return (await workspace.api("POST", `/v1/contests/${id}/open`)).as(ContestView);
};
const refused = (status: number, code: string) =>
  expect.objectContaining({ status, body: expect.objectContaining({ code }) });

const mailsTo = (address: string) => world.mails.filter(({ to }) => to.includes(address));
const mailedPath = async (address: string): Promise<string> => {
  await world.settle();
  const found = /https?:\/\/\S+/.exec(mailsTo(address).at(-1)?.text ?? "")?.[0];
  if (!found) throw new Error(`No link was mailed to ${address}.`);
  const { pathname, search } = new URL(found);
  return `${pathname}${search}`;
};
const tokenIn = (path: string): string => new URLSearchParams(path.split("?")[1]).get("t") ?? "";

const Bundle = z.record(z.string(), z.unknown());
const Personal = z.object({
  entryId: z.string(),
  personalUrl: z.string(),
  shareUrl: z.string(),
  tickets: z.number(),
  receipt: EvidenceShape,
});
type Mine = z.infer<typeof Personal> & { t: string; address: string };
const entered = async (
  { slug }: Made,
  address: string,
  more: { link?: string; proof?: (challenge: unknown) => Promise<string> } = {},
): Promise<Mine> => {
  await world.http("POST", new URL(more.link ?? `/c/${slug}`, world.url).pathname, { body: { email: address } });
  const path = await mailedPath(address);
  const shown = await world.http("GET", path, { headers: { accept: "application/json" } });
  const { challenge } = shown.as(z.looseObject({ challenge: z.unknown() }));
  const altcha = more.proof ? { altcha: await more.proof(challenge) } : {};
  const mine = (await world.http("POST", `/c/${slug}/confirm`, { body: { t: tokenIn(path), ...altcha } })).as(Personal);
  return { ...mine, t: tokenIn(mine.personalUrl), address };
};
const exclude = (contest: Made, entryIds: string[], more: object = {}) =>
  bakery.api("POST", `/v1/contests/${contest.id}/exclusions`, { entryIds, reason: "automated", ...more });
const status = async ({ id }: Made) => (await bakery.api("GET", `/v1/contests/${id}`)).as(ContestView).status;
const bundleOf = async ({ slug }: Made) => (await world.http("GET", `/c/${slug}/draw.json`)).body;
const commitOf = ({ receipt }: Mine, contest: Made) => commitByEntry(contest, receipt);
const commitByEntry = async (contest: Made, { salt }: Mine["receipt"]): Promise<string> => {
  const stored = await findContest(bakery.workspaceId, contest.id, world.now());
  if (!stored || stored.status === "draft") throw new Error("The contest has not opened.");
  let found = "";
  await eachEntry(stored, world.now(), (row) => {
    if ("salt" in row && Buffer.from(row.salt).toString("hex") === salt)
      found = Buffer.from(row.commit).toString("hex");
  });
  return found;
};

// First: a month goes by, in which what other examples left open would be drawn.
describe("a cancelled contest", () => {
  test("the entries of a cancelled contest are gone a month later, and the contest stays to be seen", async () => {
    const shop = await world.workspace("Winkel");
    const contest = await opened(shop);
    const { t } = await entered(contest, "voorbij@example.nl");
    await shop.api("POST", `/v1/contests/${contest.id}/cancel`, { reason: "De oven is stuk." });
    await world.advance("P30D");
    await world.advance("PT5M");
    const stored = await findContest(shop.workspaceId, contest.id, world.now());
    expect(stored).toMatchObject({ status: "cancelled", clearedAt: expect.any(String) });
    expect(stored).not.toHaveProperty("networkSalt");
    expect((await shop.api("GET", `/v1/contests/${contest.id}/entries`)).body).toEqual({ items: [], next: null });
    expect(
      await world.http("GET", `/c/${contest.slug}/me?t=${t}`, { headers: { accept: "application/json" } }),
    ).toEqual(refused(410, "link_ended"));
    expect((await world.visitor().open(`/c/${contest.slug}`)).text).toContain("De oven is stuk.");
  });
});

describe("being excluded", () => {
  test("an entrant is told why, objects by a button, and hears what became of it; what stands is committed", async () => {
    const contest = await opened();
    const owner = await joined(world, bakery, "baas@bakkerij-zon.example", "owner");
    const anna = await entered(contest, "anna@example.nl");
    const bram = await entered(contest, "bram@example.nl", { link: anna.shareUrl });
    const chris = await entered(contest, "chris@example.nl");
    const daan = await entered(contest, "daan@example.nl");
    const commits = { bram: await commitOf(bram, contest), chris: await commitOf(chris, contest) };
    const made = await exclude(contest, [bram.entryId, chris.entryId, daan.entryId], {
      sentence: "Te snel achter elkaar.",
    });
    expect(made).toMatchObject({ status: 201, body: { items: [{ reason: "automated", code: 4 }, {}, {}] } });
    await world.settle();
    for (const { address } of [bram, chris, daan]) {
      const mail = mailsTo(address).at(-1);
      expect(mail?.subject).toContain("Uw deelname telt niet mee");
      expect(mail?.text).toContain("Te snel achter elkaar.");
    }

    const visitor = world.visitor();
    const page = await visitor.open(await mailedPath(bram.address));
    expect(page.path).toContain(`/c/${contest.slug}/objection?t=`);
    expect(page.text).toContain("de deelname lijkt door een programma gedaan");
    const writes = await world.weigh("looking at the reason", () => visitor.open(page.path));
    expect(writes).toEqual([]);
    expect((await visitor.submit(page)).text).toContain("U hebt bezwaar gemaakt");
    // Twice is once.
    expect((await visitor.submit(page)).text).toContain("U hebt bezwaar gemaakt");
    await visitor.submit(await visitor.open(await mailedPath(chris.address)));
    await world.settle();
    const told = mailsTo(owner.address).filter(({ subject }) => subject.includes("maakt bezwaar"));
    expect(told).toHaveLength(2);
    expect(told[0]?.text).toMatch(/“Win een taart”, maakt bezwaar\. Beslissen kan tot de sluiting, \w+dag /);
    expect(told[0]?.text).not.toMatch(/\b(bram|chris)\b/);

    const path = `/v1/contests/${contest.id}/exclusions`;
    const disputed = (await bakery.api("GET", `${path}?status=disputed`)).as(
      z.object({ items: z.array(ExclusionView) }),
    );
    expect(new Set(disputed.items.map(({ entryId }) => entryId))).toEqual(new Set([bram.entryId, chris.entryId]));
    expect(await bakery.api("POST", `${path}/${daan.entryId}/uphold`)).toEqual(refused(409, "exclusion_not_disputed"));
    expect(await bakery.api("POST", `${path}/${bram.entryId}/uphold`)).toMatchObject({ body: { status: "upheld" } });
    expect((await bakery.api("DELETE", `${path}/${daan.entryId}`)).status).toBe(204);
    await world.settle();
    expect(mailsTo(bram.address).at(-1)?.subject).toContain("Uw bezwaar");
    expect(mailsTo(daan.address).at(-1)?.subject).toContain("U doet weer mee");
    expect((await visitor.open(page.path)).text).toContain("blijft erbij");
    expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({
      counts: { entries: 2, referred: 0 },
    });

    await world.advance("PT11M");
    expect(await status(contest)).toBe("committed");
    expect(await exclude(contest, [daan.entryId])).toEqual(refused(409, "contest_sealed"));
    expect(await bakery.api("DELETE", `${path}/${chris.entryId}`)).toEqual(refused(409, "contest_sealed"));
    // Chris objected, and nobody decided: it stands.
    const late = await visitor.open(await mailedPath(chris.address));
    expect(late.text).toContain("blijft de uitsluiting staan");

    const listed = (await world.http("GET", `/c/${contest.slug}/exclusions.json`)).as(PublicExclusions);
    expect(listed.exclusions).toEqual(
      Object.values(commits)
        .sort()
        .map((commit) => ({ commit, reason: 4 })),
    );
    const { commitment } = (
      await world.http("GET", `/c/${contest.slug}/draw`, { headers: { accept: "application/json" } })
    ).as(z.looseObject({ commitment: z.string() }));
    const stored = await findContest(bakery.workspaceId, contest.id, world.now());
    if (stored?.status !== "committed") throw new Error("It is not committed.");
    expect(stored.commitment).toBe(commitment);
    const { n, T, exCount, exRoot } = commitmentOf(stored);
    // Anna has nothing for Bram, who is excluded.
    expect({ n, T, exCount }).toEqual({ n: 2, T: 2, exCount: 2 });
    const again = listed.exclusions.map(({ commit, reason }) => ({ commit: Buffer.from(commit, "hex"), reason }));
    expect(sealExclusions(again)).toEqual({ exCount, exRoot });

    await world.advance("PT3M");
    expect(verifyBundle(await bundleOf(contest)).status).toBe(2);
    expect(JSON.stringify(world.eventsOf(bakery.workspaceId))).not.toMatch(/@example\.nl|Te snel/);
  });

  test("excluded again after it was undone, the entrant is told again", async () => {
    const contest = await opened();
    const esra = await entered(contest, "esra@example.nl");
    const told = () => mailsTo(esra.address).filter(({ subject }) => subject.includes("telt niet mee")).length;
    for (const times of [1, 2]) {
      expect((await exclude(contest, [esra.entryId])).status).toBe(201);
      expect(await exclude(contest, [esra.entryId])).toEqual(refused(409, "entry_excluded"));
      await world.settle();
      expect(told()).toBe(times);
      expect((await bakery.api("DELETE", `/v1/contests/${contest.id}/exclusions/${esra.entryId}`)).status).toBe(204);
      await world.settle();
    }
  });

  test("another reason needs a sentence, and entries that are not there are refused by name", async () => {
    const contest = await opened();
    const { entryId } = await entered(contest, "femke@example.nl");
    expect(await exclude(contest, [entryId], { reason: "other" })).toEqual(refused(400, "invalid_input"));
    expect(await exclude(contest, [entryId], { reason: "withdrawn" })).toEqual(refused(400, "invalid_input"));
    const unknown = "entry_01jd0000000000000000000000";
    expect(await exclude(contest, [entryId, unknown])).toMatchObject({
      status: 422,
      body: { code: "unknown_entry", errors: [{ pointer: "#/entryIds/1" }] },
    });
    const rival = await world.workspace("Bakkerij Maan");
    for (const [method, path] of [
      ["GET", ""],
      ["POST", ""],
      ["DELETE", `/${entryId}`],
      ["POST", `/${entryId}/uphold`],
    ] as const) {
      const body = method === "POST" && path === "" ? { entryIds: [entryId], reason: "automated" } : undefined;
      expect(await rival.api(method, `/v1/contests/${contest.id}/exclusions${path}`, body)).toEqual(
        refused(404, "not_found"),
      );
    }
    expect(await rival.api("DELETE", `/v1/contests/${contest.id}/entries/${entryId}`)).toEqual(
      refused(404, "not_found"),
    );
  });
});

describe("leaving", () => {
  test("who withdraws before the close takes no part, brings nobody chances, and stands among the exclusions", async () => {
    const contest = await opened();
    const anna = await entered(contest, "anna-w@example.nl");
    const bram = await entered(contest, "bram-w@example.nl", { link: anna.shareUrl });
    const commit = await commitOf(bram, contest);
    const post = () => world.http("POST", `/c/${contest.slug}/withdraw`, { body: { t: bram.t } });
    expect((await post()).status).toBeLessThan(400);
    expect((await post()).status).toBeLessThan(400);
    await world.settle();
    expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({ counts: { entries: 1 } });
    // Confirming again gives the same entry, which stays withdrawn.
    const confirmation = tokenIn(/https?:\/\/\S+/.exec(mailsTo(bram.address)[0]?.text ?? "")?.[0] ?? "");
    const again = await world.http("POST", `/c/${contest.slug}/confirm`, { body: { t: confirmation } });
    expect(again.body).toMatchObject({ entryId: bram.entryId, standing: "withdrawn" });
    await world.advance("PT11M");
    const { exclusions } = (await world.http("GET", `/c/${contest.slug}/exclusions.json`)).as(PublicExclusions);
    expect(exclusions).toEqual([{ commit, reason: 1 }]);
    expect(await post()).toEqual(refused(409, "contest_sealed"));
    await world.advance("PT3M");
    expect(verifyBundle(await bundleOf(contest)).status).toBe(2);
  });

  test("erased before and after the seal, winners and losers, nothing tells who it was, and the draw still verifies", async () => {
    const contest = await opened();
    const everyone: Mine[] = [];
    for (let i = 0; i < 7; i++) everyone.push(await entered(contest, `wis-${i}@example.nl`));
    const erase = ({ t }: Mine) => world.http("POST", `/c/${contest.slug}/erase`, { body: { t } });
    const early = everyone[0]!;
    const shown = await world.visitor().open(`/c/${contest.slug}/erase?t=${early.t}`);
    expect(shown.text).toContain("U doet dan ook niet meer mee");
    expect((await world.visitor().submit(shown)).text).toContain("Uw gegevens zijn gewist");
    // Its links have ended: the page, the confirmation that was mailed, and erasing again.
    const confirmation = tokenIn(new URL(/https?:\/\/\S+/.exec(mailsTo(early.address)[0]?.text ?? "")?.[0] ?? "").href);
    for (const ended of [
      await world.http("GET", `/c/${contest.slug}/me?t=${early.t}`, { headers: { accept: "application/json" } }),
      await world.http("POST", `/c/${contest.slug}/confirm`, { body: { t: confirmation } }),
      await erase(early),
    ])
      expect(ended).toEqual(refused(410, "link_ended"));

    await world.advance("PT13M10S");
    const before = await bundleOf(contest);
    const winners = z
      .object({ items: z.array(z.looseObject({ entryId: z.string(), role: z.string() })) })
      .parse((await bakery.api("GET", `/v1/contests/${contest.id}/winners`)).body).items;
    const roleOf = ({ entryId }: Mine) => winners.find((of) => of.entryId === entryId)?.role;
    const [winner, loser] = ["winner", undefined].map((role) => everyone.slice(1).find((of) => roleOf(of) === role));
    if (!winner || !loser) throw new Error("Somebody wins, and somebody does not.");
    expect(await erase(winner)).toMatchObject({ status: 200, body: { status: "erased" } });
    expect(await bakery.api("DELETE", `/v1/contests/${contest.id}/entries/${loser.entryId}`)).toMatchObject({
      status: 202,
      body: { status: "erased" },
    });
    expect(await bakery.api("DELETE", `/v1/contests/${contest.id}/entries/${loser.entryId}`)).toEqual(
      refused(404, "not_found"),
    );
    const stored = await findContest(bakery.workspaceId, contest.id, world.now());
    if (!stored || stored.status === "draft") throw new Error("The contest is gone.");
    const left: Record<string, string[]> = {};
    await eachEntry(stored, world.now(), (row) => {
      left[row.id] = Object.keys(row).sort();
    });
    for (const { entryId } of [early, winner, loser]) {
      expect(left[entryId]).toEqual(expect.arrayContaining(["commit", "erasedAt", "pid"]));
      for (const gone of ["identity", "salt", "referrer", "terms", "network", "risk"])
        expect(left[entryId]).not.toContain(gone);
    }
    // The winner had not claimed: the prize goes to the next, on the record. What was drawn stays as it was.
    const after = await bundleOf(contest);
    expect(after).toMatchObject({ strikes: [{ position: expect.any(Number) }] });
    expect({ ...Bundle.parse(after), strikes: [], winners: [] }).toEqual({
      ...Bundle.parse(before),
      strikes: [],
      winners: [],
    });
    expect(verifyBundle(after).status).toBe(2);
    const folder = mkdtempSync(join(tmpdir(), "samenspraak-verify-"));
    writeFileSync(join(folder, "draw.json"), JSON.stringify(after));
    const exit = await new Promise<number>((resolve) => {
      const child = execFile(process.execPath, ["infra/verify.ts", join(folder, "draw.json")]);
      child.on("exit", (code) => resolve(code ?? -1));
    });
    rmSync(folder, { recursive: true });
    // Valid, on the local beacon.
    expect(exit).toBe(2);
    await world.settle();
    expect(world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "entry.erased")).toHaveLength(3);
  });

  test("an erasure that is asked for while the entries are counted waits, changes nothing of what is sealed, and is done", async () => {
    const contest = await opened();
    const mine = await entered(contest, "wacht@example.nl");
    const other = await entered(contest, "blijft@example.nl");
    let isHeld = true;
    const { send } = Operation.prototype;
    const Put = z.object({
      Item: z.looseObject({
        kind: z.object({ S: z.literal("contest") }),
        status: z.object({ S: z.literal("sealed") }),
      }),
    });
    vi.spyOn(Operation.prototype, "send").mockImplementation(async function (this: object, input) {
      if (isHeld && Put.safeParse(input).success) throw new Error("The counting takes long.");
      return Reflect.apply(send, this, [input]);
    });
    await world.advance("PT11M1S");
    expect(await status(contest)).toBe("counting");
    const page = await world.visitor().open(`/c/${contest.slug}/erase?t=${mine.t}`);
    expect((await world.visitor().submit(page)).text).toContain("De deelnemers worden juist geteld");
    expect(await bakery.api("DELETE", `/v1/contests/${contest.id}/entries/${other.entryId}`)).toMatchObject({
      status: 202,
      body: { status: "erasing" },
    });
    await world.advance("PT6M");
    expect(await status(contest)).toBe("counting");
    isHeld = false;
    await world.advance("PT20M");
    expect(
      world
        .eventsOf(bakery.workspaceId)
        .filter(({ detail }) => detail.data.contestId === contest.id && detail.data.entryId !== undefined),
    ).toHaveLength(2);
    const stored = await findContest(bakery.workspaceId, contest.id, world.now());
    expect(stored).toMatchObject({ entries: 2, exclusions: { count: 0 } });
    expect(
      await world.http("GET", `/c/${contest.slug}/me?t=${mine.t}`, { headers: { accept: "application/json" } }),
    ).toEqual(refused(410, "link_ended"));
    await world.advance("PT2H");
    expect(verifyBundle(await bundleOf(contest)).status).toBe(2);
  });
});

describe("proof of work", () => {
  const Challenge = z.custom<Parameters<typeof solveChallenge>[0]["challenge"]>();
  const solved = async (challenge: unknown): Promise<string> => {
    const of = Challenge.parse(challenge);
    const solution = await solveChallenge({ challenge: of, deriveKey });
    return Buffer.from(JSON.stringify({ challenge: of, solution })).toString("base64");
  };
  const riskOf = async (contest: Made): Promise<Record<string, readonly number[]>> => {
    const stored = await findContest(bakery.workspaceId, contest.id, world.now());
    if (!stored || stored.status === "draft") throw new Error("The contest is gone.");
    const risks: Record<string, readonly number[]> = {};
    await eachEntry(stored, world.now(), (row) => {
      if ("salt" in row) risks[row.id] = row.risk ?? [];
    });
    return risks;
  };

  test("a solved challenge leaves no mark; none, a foreign one and a broken one leave one, and all of them enter", async () => {
    const contest = await opened();
    let first = "";
    const proven = await entered(contest, "bewijs@example.nl", {
      proof: async (challenge) => {
        first = await solved(challenge);
        return first;
      },
    });
    const without = await entered(contest, "zonder@example.nl");
    const replayed = await entered(contest, "andermans@example.nl", { proof: async () => first });
    const broken = await entered(contest, "stuk@example.nl", { proof: async () => "bm90IGpzb24=" });
    const risks = await riskOf(contest);
    expect([proven, without, replayed, broken].map(({ entryId }) => risks[entryId])).toEqual([[], [1], [1], [1]]);
  });

  test("one mailbox is one entry, whichever way its address is written", async () => {
    const contest = await opened();
    await entered(contest, "an.na+taart@gmail.com").catch(() => undefined);
    await world.settle();
    const link = await mailedPath("anna@gmail.com");
    await world.http("POST", `/c/${contest.slug}/confirm`, { body: { t: tokenIn(link) } });
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "a.n.n.a@googlemail.com" } });
    await world.settle();
    expect(await riskOf(contest)).toMatchObject({});
    expect(Object.keys(await riskOf(contest))).toHaveLength(1);
  });
});
