import { createHash, generateKeyPairSync, hash } from "node:crypto";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { timeOfRound } from "../functions/contests/beacon.ts";
import { compareBytes } from "../functions/contests/bytes.ts";
import { checkDraw, checkReceipt, markOf } from "../functions/contests/check-draw.ts";
import { awaitRound, commitHashOf, commitmentOf, isVoid, voidCommitment } from "../functions/contests/commit.ts";
import { checkCounts } from "../functions/contests/count-check.ts";
import { proveLeaf, seal } from "../functions/contests/ledger.ts";
import { countOnce, type PublicCounts, startCounting } from "../functions/contests/public-counts.ts";
import { chainInUse } from "../functions/contests/randomness.ts";
import { findContest } from "../functions/contests/table.ts";
import { ledgerBytes, proveCommit, tilesOf } from "../functions/contests/tiles.ts";
import { days, hours, instant, later, milliseconds, minutes, seconds } from "../functions/platform/clock.ts";
import { newId } from "../functions/platform/ids.ts";
import { drawing, type Made, relaysSay } from "./drawing.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// What the draw shows of itself: counts each hour, a commitment on channels that are not ours, proofs for whoever asks, and
// what happens when the beacon stays silent.

const json = { accept: "application/json" };
let world: World;
let bakery: Workspace;
const { opened, entered, bundleOf, shown, page, eventsOf } = drawing(() => ({ world, bakery }));
beforeAll(async () => {
  world = await openWorld({ at: "2026-06-01T10:20:00.000Z" });
  bakery = await world.workspace();
});
afterAll(() => world.close());
afterEach(() => {
  vi.restoreAllMocks();
});

describe("the public counts", () => {
  const Counts = z.object({
    counts: z.array(z.object({ at: z.string(), entries: z.number(), signature: z.string() })),
  });
  const countsOf = async ({ slug }: Made) => (await world.http("GET", `/c/${slug}/counts.json`)).as(Counts);

  test("say each whole hour, and at the close, how many have entered, signed; the draw is held against the last", async () => {
    const contest = await opened({ openFor: hours(2) });
    await entered(contest, "een@tel.example");
    await world.advance("PT41M");
    await entered(contest, "twee@tel.example");
    await entered(contest, "drie@tel.example");
    await world.advance("PT1H20M");
    const { counts } = await countsOf(contest);
    expect(counts.map(({ at, entries }) => [at.slice(11, 19), entries])).toEqual([
      ["11:00:00", 1],
      ["12:00:00", 3],
      ["12:20:00", 3],
    ]);
    expect(await page(contest)).toContain("Hoeveel mensen er meededen");
    await world.advance("PT3M30S");
    const bundle = await bundleOf(contest);
    const file = (await world.http("GET", `/c/${contest.slug}/counts.json`)).body;
    expect(checkCounts(bundle, file)).toMatchObject([
      { ok: true, detail: expect.stringContaining("says 3, and 0 entries more were sealed") },
    ]);
    const [last, ...before] = counts.toReversed();
    const forged = { ...z.looseObject({}).parse(file), counts: [...before.toReversed(), { ...last, entries: 2 }] };
    expect(checkCounts(bundle, forged)).toMatchObject([{ ok: false }]);
    expect(await page(contest)).toContain("was 3. Vastgelegd zijn er 3.");
  });

  test("of a cancelled contest stop", async () => {
    const contest = await opened({ openFor: hours(5) });
    await bakery.api("POST", `/v1/contests/${contest.id}/cancel`, { reason: "De oven is stuk." });
    await world.advance("PT6H");
    expect((await countsOf(contest)).counts.length).toBeLessThanOrEqual(1);
  });

  test("of a whole year fit their row: each hour of the last week, and one of each day before", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const from = "2026-01-01T00:30:00.000Z";
    const asked = { workspaceId: "ws_1", contestId: newId("contest", from), closesAt: "2027-01-01T00:00:00.000Z" };
    let counts: PublicCounts = startCounting(asked, from);
    while (counts.wakesAt !== undefined) counts = countOnce(counts, 1_000_000, privateKey, counts.wakesAt);
    expect(counts.counts.length).toBeLessThan(540);
    expect(counts.counts.at(-1)?.at).toBe(milliseconds(asked.closesAt));
    expect(counts.counts.length * 130).toBeLessThan(100_000);
  });
});

describe("the commitment", () => {
  test("is posted on the contest's own channels once, before the draw, and the page says where", async () => {
    const channel = (
      await bakery.api("POST", "/v1/channels", { network: "feed", name: "Nieuws van Zon", handle: "zon-trekking" })
    ).as(z.object({ id: z.string() }));
    const contest = await opened({ channels: [channel.id] });
    await entered(contest, "een@kanaal.example");
    await world.advance("PT11M10S");
    const { commitHash } = await shown(contest);
    const Feed = z.object({ items: z.array(z.object({ content_text: z.string() })) });
    const feed = async () => (await world.http("GET", "/@zon-trekking/feed.json")).as(Feed).items;
    const [post, ...more] = await feed();
    // The marketer sees it among the posts, from when it was made.
    const Posts = z.object({ items: z.array(z.object({ createdAt: z.iso.datetime() })) });
    const listed = (await bakery.api("GET", "/v1/posts")).as(Posts).items.map(({ createdAt }) => createdAt);
    expect(listed).toEqual([contest.closesAt]);
    expect(more).toEqual([]);
    expect(post?.content_text).toContain(commitHash);
    expect(post?.content_text).toContain(`/c/${contest.slug}/draw`);
    expect([...(post?.content_text ?? "")].length).toBeLessThanOrEqual(300);
    expect(await page(contest)).toContain("ook geplaatst op: Nieuws van Zon");
    const [event] = eventsOf(contest, "contest.committed");
    await world.invoke("samenspraak-contests-publish-commitment", {
      "detail-type": "contest.committed",
      detail: event?.detail,
    });
    await world.settle();
    expect(await feed()).toHaveLength(1);
    await world.advance("PT3M");
    expect(checkDraw(await bundleOf(contest), undefined, commitHash).status).toBe(2);
  });

  test("of a contest without channels stands on its page only, and that is said; so is what the local beacon is worth", async () => {
    const contest = await opened();
    await entered(contest, "een@geen-kanaal.example");
    await world.advance("PT11M10S");
    expect(await page(contest)).toContain("heeft geen kanalen");
    const english = await page(contest, "en");
    expect(english).toContain("has no channels");
    expect(english).toContain("a beacon of its own and not the public one");
    for (const sentence of [
      "no invented entrants before the close",
      "several e-mail addresses",
      "nobody saw the fingerprint",
    ])
      expect(english).toContain(sentence);
    await world.advance("PT3M");
  });
});

describe("a beacon that is late", () => {
  test("is waited for, whether its relays say not yet or cannot be asked, and decides the same", async () => {
    const contest = await opened();
    await entered(contest, "een@laat.example");
    await world.advance("PT11M10S");
    const { commitHash, round = 0 } = await shown(contest);
    let down = true;
    const spied = relaysSay(round, () => {
      if (down) throw new TypeError("fetch failed");
      return new Response("not yet", { status: 425 });
    });
    await world.advance("PT10M");
    down = false;
    await world.advance("PT10M");
    expect(await shown(contest)).toMatchObject({ status: "committed", commitHash });
    spied.mockRestore();
    await world.advance("PT5M");
    expect(await shown(contest)).toMatchObject({ status: "announced", commitHash, round });
    expect(eventsOf(contest, "contest.drawn")).toHaveLength(1);
  });

  test("for seven days voids the commitment, on the record: the same list is committed to a later round, as draw 2", async () => {
    const contest = await opened();
    await entered(contest, "een@stil.example");
    await world.advance("PT11M10S");
    const found = await findContest(bakery.workspaceId, contest.id, world.now());
    if (found?.status !== "committed") throw new Error("It is not committed.");
    const first = commitmentOf(found);
    const chain = chainInUse();
    const roundAt = instant(timeOfRound(chain, first.round) * 1000);
    const [waits, week] = [awaitRound(found, chain, later(roundAt, minutes(10))), later(roundAt, days(7))];
    expect(waits.wakesAt).toBe(later(roundAt, minutes(11)));
    expect(awaitRound(found, chain, later(week, -seconds(90))).wakesAt).toBe(week);
    expect(isVoid(found, chain, later(week, -1))).toBe(false);
    expect(isVoid(found, chain, week)).toBe(true);

    const [second, events] = voidCommitment(found, chain, week);
    const { prevRound, prevSig, root, n, T, rulesHash, sealedAt } = first;
    expect(commitmentOf(second)).toMatchObject({ drawNo: 2, prevRound, prevSig, root, n, T, rulesHash, sealedAt });
    expect(timeOfRound(chain, commitmentOf(second).round) * 1000).toBeGreaterThan(milliseconds(week) + minutes(1));
    expect(second).toMatchObject({
      voided: [{ commitHash: commitHashOf(found), round: first.round, at: week }],
      moves: [{ reason: "round_missing" }],
    });
    expect(second).not.toHaveProperty("publishedAt");
    expect(events.map(({ type }) => type)).toEqual([
      "contest.commitment_voided",
      "contest.draw_moved",
      "contest.committed",
    ]);
    await world.advance("PT3M");
  });
});

describe("an inclusion proof", () => {
  const sha = (text: string) => new Uint8Array(hash("sha256", text, "buffer"));
  const ledgerOf = (n: number) => {
    const commits = new Uint8Array(32 * n);
    for (let i = 0; i < n; i++) commits.set(sha(`entry ${i}`), 32 * i);
    return seal({ commits, weights: Array.from({ length: n }, (_, i) => (i % 9) + 1) });
  };

  test.each([
    [1, 1],
    [256, 1],
    [257, 2],
    [65_536, 2],
    [65_537, 3],
    [150_000, 3],
  ])(
    "of a list of %i takes at most %i reads of the stored tiles, and one less once the head is known",
    async (n, most) => {
      const ledger = ledgerOf(n);
      const stored = ledgerBytes(ledger);
      let reads = 0;
      const read = async (_: string, from: number, length: number) => {
        reads++;
        const part = stored.subarray(from, from + length);
        expect(part).toHaveLength(length);
        return part;
      };
      const ledgerKey = createHash("sha256").update(stored).digest("hex");
      for (const [i, index] of [0, n - 1, n >> 1, Math.min(256, n - 1), Math.max(0, n - 257)].entries()) {
        const expected = proveLeaf(ledger, index);
        reads = 0;
        const found = await proveCommit(tilesOf({ ledgerKey, entries: n }, read), Buffer.from(expected.commit, "hex"));
        expect(found).toEqual({ index, weight: expected.weight, proof: expected.proof });
        expect(reads).toBeLessThanOrEqual(i === 0 ? most : Math.max(0, most - 1));
      }
      expect(await proveCommit(tilesOf({ ledgerKey, entries: n }, read), sha("nobody"))).toBeUndefined();
      expect(await proveCommit(tilesOf({ ledgerKey, entries: n }, read), new Uint8Array(32))).toBeUndefined();
      expect(await proveCommit(tilesOf({ ledgerKey, entries: n }, read), new Uint8Array(32).fill(255))).toBeUndefined();
    },
  );

  test("is given to whoever asks by the entry's commit, and fits the receipt from the day of entering", async () => {
    const contest = await opened();
    const mine = await entered(contest, "anna@bewijs.example");
    await entered(contest, "bram@bewijs.example");
    expect(await world.http("GET", `/c/${contest.slug}/proof/${"0".repeat(64)}`, { headers: json })).toMatchObject({
      status: 409,
      body: { code: "contest_not_sealed" },
    });
    await world.advance("PT13M10S");
    const bundle = await bundleOf(contest);
    const mark = markOf(bundle, mine.receipt);
    const asked: string[] = [];
    const { send } = S3Client.prototype;
    vi.spyOn(S3Client.prototype, "send").mockImplementation(async function (this: S3Client, command) {
      if (command instanceof GetObjectCommand) asked.push(String(command.input.Range));
      return Reflect.apply(send, this, [command]);
    });
    const proof = await world.http("GET", `/c/${contest.slug}/proof/${mark}`, { headers: json });
    expect(asked.length).toBeLessThanOrEqual(3);
    for (const range of asked) expect(range).toMatch(/^bytes=\d+-\d+$/);
    expect(mine.receipt.entry).toBeUndefined();
    expect(checkReceipt(bundle, mine.receipt, proof.body)).toMatchObject({ ok: true });
    expect(checkReceipt(bundle, mine.receipt)).toMatchObject({ ok: false });
    expect(await world.http("GET", `/c/${contest.slug}/proof/${"0".repeat(64)}`, { headers: json })).toMatchObject({
      status: 404,
    });
    expect(compareBytes(Buffer.from(mark ?? "", "hex"), Buffer.alloc(32))).toBeGreaterThan(0);
  });
});

test("the draw invoked twice, and at the same moment, gives one result", async () => {
  const contest = await opened();
  for (const name of ["een", "twee", "drie"]) await entered(contest, `${name}@dubbel.example`);
  await world.advance("PT12M59S");
  const key = { pk: `WS#${bakery.workspaceId}#CONTESTS`, sk: contest.id };
  const body = JSON.stringify({ ...key, dueAt: instant(milliseconds(contest.drawAt ?? "")), dueKind: "contest.draw" });
  const invoke = (id: number) =>
    world.invoke("samenspraak-contests-draw-winners", { Records: [{ messageId: `${id}`, body }] });
  const together = [0, 1, 2].map(invoke);
  await world.advance("PT1S");
  await Promise.all(together);
  await world.advance("PT30S");
  const first = await bundleOf(contest);
  expect(first).toMatchObject({ version: "fairdraw/1" });
  await invoke(3);
  await world.advance("PT30S");
  expect(await bundleOf(contest)).toEqual(first);
  expect(eventsOf(contest, "contest.drawn")).toHaveLength(1);
});
