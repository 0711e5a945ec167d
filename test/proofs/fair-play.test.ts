import { createPublicKey, randomBytes, verify } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as z from "zod";
import { ContestView, type Published } from "../../functions/contests/contest.ts";
import { entryCommit, pid, receiptMessage, shardOf } from "../../functions/contests/entering.ts";
import { handler as contestPages } from "../../functions/contests/entrant-page.ts";
import { identityOf } from "../../functions/contests/entry.ts";
import { nodeSha256 } from "../../functions/contests/hash.ts";
import { confirmationUrl } from "../../functions/contests/links.ts";
import { eachEntry, findContest, readEntryProof } from "../../functions/contests/table.ts";
import { EvidenceShape } from "../../functions/contests/verify.ts";
import { later, milliseconds, minutes, seconds } from "../../functions/platform/clock.ts";
import { idBytes, newId } from "../../functions/platform/ids.ts";
import { idOf, openWorld, type Workspace, type World } from "../world.ts";

// What a contest promises of its entries, with many at once: one person is one entry, what counts is when it arrived, and no
// partition is much busier than another. SHARE=0.1 does a tenth of it.

vi.setConfig({ testTimeout: 7_200_000 });

const share = Number(process.env.SHARE ?? 1);

test("the hottest of 64 shards has at most 1.15 times the mean of 100,000 entries", () => {
  const contest16 = idBytes(newId("contest", "2026-06-01T10:00:00.000Z"));
  for (const pepper of [Buffer.alloc(32, 1), randomBytes(32)]) {
    const counts = new Array<number>(64).fill(0);
    for (let i = 0; i < 100_000; i++) {
      const hash = pid(pepper, contest16, identityOf(`deelnemer-${i}@example.nl`), nodeSha256);
      counts[shardOf(hash, 64)]!++;
    }
    const hottest = Math.max(...counts) / (100_000 / 64);
    console.log(`the hottest shard: ${hottest.toFixed(3)} times the mean`);
    expect(hottest).toBeLessThanOrEqual(1.15);
  }
});

let world: World;
let bakery: Workspace;
beforeAll(async () => {
  // A line for each request would be most of the work.
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  world = await openWorld();
  bakery = await world.workspace();
});
afterAll(() => world.close());

const opened = async (slug: string): Promise<{ made: z.infer<typeof ContestView>; contest: Published }> => {
  const closesAt = later(world.now(), minutes(10));
  const asked = {
    slug,
    title: "Win een taart",
    organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
    promotes: "Het desembrood",
    prizes: [{ description: "Een taart", number: 2, valueCents: 2_800 }],
    closesAt,
    drawAt: later(closesAt, minutes(3)),
    peakEntriesPerSecond: 10_000,
  };
  const id = idOf(await bakery.api("POST", "/v1/contests", asked));
  const made = (await bakery.api("POST", `/v1/contests/${id}/open`)).as(ContestView);
  return { made, contest: await published(id) };
};
const published = async (id: string): Promise<Published> => {
  const contest = await findContest(bakery.workspaceId, id, world.now());
  if (!contest || contest.status === "draft") throw new Error("It has not opened.");
  return contest;
};

/** The confirmation as the gateway hands it to the function, with the time at which it was received. */
const confirming = (contest: Published, t: string, timeEpoch: number) =>
  contestPages(
    {
      version: "2.0",
      routeKey: "POST /c/{slug}/confirm",
      rawPath: `/c/${contest.slug}/confirm`,
      rawQueryString: "",
      headers: { "content-type": "application/json" },
      pathParameters: { slug: contest.slug },
      body: JSON.stringify({ t }),
      isBase64Encoded: false,
      requestContext: { requestId: "r", timeEpoch, http: { method: "POST", sourceIp: "192.0.2.1" } },
    } as unknown as Parameters<typeof contestPages>[0],
    { awsRequestId: "r" } as unknown as Parameters<typeof contestPages>[1],
  );

const tokenFor = async (contest: Published, address: string): Promise<string> => {
  const asked = { identity: identityOf(address), referrer: undefined, language: "nl" as const };
  return new URL(await confirmationUrl(contest, asked)).searchParams.get("t") ?? "";
};
const Confirmed = z.object({ entryId: z.string(), receipt: EvidenceShape });
const receiptIn = (answer: Awaited<ReturnType<typeof confirming>>) => Confirmed.parse(JSON.parse(answer.body ?? ""));

const rowsOf = async (contest: Published): Promise<string[]> => {
  const ids: string[] = [];
  await eachEntry(contest, world.now(), ({ id }) => {
    ids.push(id);
  });
  return ids;
};

test("a thousand simultaneous entries of one person, a hundred times: one row, one receipt", async () => {
  const { contest } = await opened("duizend");
  const times = Math.ceil(100 * share);
  for (let i = 0; i < times; i++) {
    const t = await tokenFor(contest, `dezelfde-${i}@example.nl`);
    const arrivedMs = milliseconds(world.now());
    const answers = await Promise.all(Array.from({ length: 1000 }, () => confirming(contest, t, arrivedMs)));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => JSON.stringify(receiptIn(answer)))).size).toBe(1);
  }
  expect(await rowsOf(contest)).toHaveLength(times);
  await world.settle();
  expect((await bakery.api("GET", `/v1/contests/${contest.contestId}`)).body).toMatchObject({
    counts: { entries: times },
  });
});

test("ten thousand entries around the close, handled up to ten seconds late: receipts and list agree, none early, none late", async () => {
  const { made, contest } = await opened("sluiting");
  const closesAtMs = milliseconds(contest.closesAt);
  const n = Math.ceil(10_000 * share);
  // From a second before the close to a second after it, one of them at the very moment; handled when the clock gets there.
  const all = await Promise.all(
    Array.from({ length: n }, async (_, i) => {
      const arrivedMs = closesAtMs - seconds(1) + Math.round((i * seconds(2)) / n);
      const handledMs = arrivedMs + ((i * 7919) % seconds(10));
      return { arrivedMs, handledMs, t: await tokenFor(contest, `net-${i}@example.nl`) };
    }),
  );
  const answers = new Map<(typeof all)[number], Awaited<ReturnType<typeof confirming>>>();
  await world.advance("PT9M59S");
  const waiting = new Set(all);
  while (waiting.size > 0) {
    const nowMs = milliseconds(world.now());
    const due = [...waiting].filter(({ handledMs }) => handledMs <= nowMs);
    for (let from = 0; from < due.length; from += 200)
      await Promise.all(
        due.slice(from, from + 200).map(async (one) => {
          answers.set(one, await confirming(contest, one.t, one.arrivedMs));
          waiting.delete(one);
        }),
      );
    await world.advance("PT0.5S");
  }
  const receipts = new Map<string, z.infer<typeof EvidenceShape>>();
  let counted = 0;
  for (const [{ arrivedMs }, answer] of answers) {
    expect(answer.statusCode).toBe(arrivedMs < closesAtMs ? 200 : 409);
    if (answer.statusCode !== 200) continue;
    counted++;
    const { receipt } = receiptIn(answer);
    expect(receipt.receipt.enteredAt).toBe(arrivedMs);
    const commit = entryCommit(Buffer.from(receipt.salt, "hex"), idBytes(made.id), receipt.identity, nodeSha256);
    const key = createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(receipt.receiptKey, "hex").toString("base64url") },
      format: "jwk",
    });
    const message = receiptMessage(idBytes(made.id), commit, receipt.receipt.enteredAt);
    expect(verify(null, message, key, Buffer.from(receipt.receipt.signature, "hex"))).toBe(true);
    receipts.set(Buffer.from(commit).toString("hex"), receipt);
  }
  expect(receipts.size).toBe(counted);
  await world.advance("PT1M");
  const sealed = await published(made.id);
  if (!("ledgerKey" in sealed)) throw new Error(`It is ${sealed.status}.`);
  expect(sealed.entries).toBe(counted);
  for (const commit of receipts.keys()) expect(await readEntryProof(sealed, Buffer.from(commit, "hex"))).toBeDefined();
  console.log(`${counted} of ${n} arrived in time; all of them, and no others, are in the list`);
});
