import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { checkEntry, EvidenceShape, verifyBundle } from "../functions/contests/verify.ts";
import { scopes } from "../functions/platform/route.ts";
import { parseItem } from "../functions/platform/table.ts";
import { layDown, readRelease, type Story } from "./release.ts";
import { declaredKinds, itemOf, keptShapes, statesOf, storedKinds } from "./shapes.ts";
import { openWorld, type World } from "./world.ts";

// Code of today on what an earlier release has stored.

describe("what is stored", () => {
  const kinds = storedKinds();
  const kept = keptShapes();

  test("is known here, every kind of it", async () => {
    expect([...(await kinds).keys()].sort()).toEqual([...new Set(declaredKinds())].sort());
  });

  test("has a fixture of every kind in its shape of today, and in every state", async () => {
    const lacking = [...(await kinds).values()].flatMap((kind) => {
      const now = kept.filter((one) => one.kind === kind.kind && one.shape === (kind.shape ?? 1));
      const states = statesOf(kind).filter((state) => !now.some((one) => one.state.split(" ")[0] === state));
      return now.length === 0 ? [kind.kind] : states.map((state) => `${kind.kind} ${state}`);
    });
    expect(lacking, "Run the tests that write it once with KEEP_SHAPES=<release>.").toEqual([]);
  });

  test("is read by the code of today, each shape that was ever kept, and lies where it says", async () => {
    for (const { kind: name, item, state } of kept) {
      const kind = (await kinds).get(name);
      if (!kind) throw new Error(`Nobody reads the kind ${name} any more.`);
      const stored = itemOf(item);
      const read = parseItem(kind, stored);
      expect({ name, state, ...kind.key(read) }).toEqual({ name, state, pk: stored.pk, sk: stored.sk });
    }
  });
});

describe("a data folder of release 0.1.0, started with the code of today", () => {
  let world: World;
  let folder: string;
  let story: Story;
  const api = (method: string, path: string, body?: unknown) =>
    world.http(method, path, { key: story.apiKey, ...(body === undefined ? {} : { body }) });
  const json = { accept: "application/json" };

  beforeAll(async () => {
    const release = readRelease("0.1.0");
    story = release.story;
    folder = await layDown(release);
    world = await openWorld({ data: folder, at: story.now });
    await world.settle();
  });
  afterAll(async () => {
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("tells nothing again that was told", () => {
    expect(world.events.map(({ type }) => type).filter((type) => !type.startsWith("delivery."))).toEqual([]);
    expect(world.mails).toEqual([]);
  });

  test("everything is listed and read as before", async () => {
    for (const path of ["/v1/workspace", "/v1/keys", "/v1/channels", "/v1/posts", "/v1/polls", "/v1/contests"])
      expect({ path, status: (await api("GET", path)).status }).toEqual({ path, status: 200 });
    expect((await api("GET", "/v1/posts?limit=100")).body).toMatchObject({ items: { length: 8 } });
    expect((await world.http("GET", "/@zon/feed.json")).body).toMatchObject({ items: { length: 2 } });
    const bundle = await world.http("GET", `/c/${story.drawn.slug}/draw.json`);
    expect(verifyBundle(bundle.body).status).toBe(2);
    expect((await api("GET", `/v1/contests/${story.drawn.id}/winners`)).body).toMatchObject({
      items: [{ told: "yes" }, { told: "yes" }, { told: "no" }],
    });
    expect((await world.http("GET", story.drawn.personal, { headers: json })).status).toBe(200);
  });

  test("the key that could do everything still can, and others can do what they could", async () => {
    expect((await api("GET", "/v1/activity")).status).toBe(200);
    const { items } = (await api("GET", "/v1/keys")).as(
      z.object({ items: z.array(z.object({ name: z.string(), scopes: z.array(z.string()) })) }),
    );
    expect(new Set(items.find(({ name }) => name === "First key")?.scopes)).toEqual(new Set(scopes));
    expect(items.find(({ name }) => name === "Winkel")?.scopes).toEqual(["posts:read", "posts:write"]);
  });

  test("the post that was being sent is followed and sent once, the planned one leaves at its time", async () => {
    await world.advance("PT10M");
    const { died, soon, unsure } = story.posts;
    for (const id of [died, unsure])
      expect((await api("GET", `/v1/posts/${id}`)).body).toMatchObject({ state: "published" });
    await world.advance("PT51M");
    expect((await api("GET", `/v1/posts/${soon}`)).body).toMatchObject({ state: "published" });
    const { items } = (await world.http("GET", "/@zon/feed.json")).as(
      z.object({ items: z.array(z.object({ content_text: z.string() })) }),
    );
    const texts = items.map(({ content_text }) => content_text);
    for (const text of ["Gestorven", "Onzeker", "Over een uur"])
      expect(texts.filter((one) => one === text)).toEqual([text]);
  });

  test("an open poll goes on, knows who answered, closes by itself and counts all of it", async () => {
    const { id, slug, options } = story.poll;
    const respond = (device: string) => world.http("POST", `/p/${slug}`, { body: { option: options[1], device } });
    expect((await respond(`${slug}-toestel-0-0000`)).body).toMatchObject({ optionId: options[0] });
    expect((await respond("een-nieuw-toestel-van-daarna")).body).toMatchObject({ optionId: options[1] });
    await world.settle();
    expect((await api("GET", `/v1/polls/${id}/results`)).body).toMatchObject({ total: 8, counted: "tally" });
    await world.advance("PT2H5M");
    expect((await api("GET", `/v1/polls/${id}/results`)).body).toMatchObject({ total: 8, counted: "rows" });
  });

  test("an open contest goes on, closes, draws and tells its winners; what was promised before is kept", async () => {
    const { id, slug, pending, share, personal, receipt } = story.contest;
    const t = new URL(pending, world.url).searchParams.get("t");
    expect((await world.http("POST", `/c/${slug}/confirm`, { body: { t } })).status).toBeLessThan(300);
    await world.http("POST", share, { body: { email: "esra@example.nl" } });
    await world.settle();
    const mail = world.mails.findLast(({ to }) => to.includes("esra@example.nl"));
    const token = new URL(/https?:\/\/\S+/.exec(mail?.text ?? "")?.[0] ?? "").searchParams.get("t");
    await world.http("POST", `/c/${slug}/confirm`, { body: { t: token } });
    await world.settle();
    const mine = (await world.http("GET", personal, { headers: json })).as(
      z.looseObject({ tickets: z.number(), receipt: z.unknown() }),
    );
    expect(mine.tickets).toBe(3);
    expect(mine.receipt).toEqual(receipt);

    await world.advance("PT2H");
    const bundle = (await world.http("GET", `/c/${slug}/draw.json`)).body;
    expect(verifyBundle(bundle).status).toBe(2);
    const { commitment } = z.object({ commitment: z.string() }).parse(bundle);
    const { receipt: sealed } = (await world.http("GET", personal, { headers: json })).as(
      z.looseObject({ receipt: EvidenceShape }),
    );
    expect(checkEntry(commitment, sealed)).toMatchObject({ ok: true });
    expect((await api("GET", `/v1/contests/${id}`)).body).toMatchObject({ counts: { entries: 5, referred: 2 } });
    expect((await api("GET", `/v1/contests/${id}/winners`)).body).toMatchObject({
      items: [{ told: "yes" }, { told: "yes" }, { role: "reserve", told: "no" }],
    });
  });
});
