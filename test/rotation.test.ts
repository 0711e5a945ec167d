import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { verifyBundle } from "../functions/contests/verify.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { derive, open, seal, secretVersion } from "../functions/platform/secrets.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// A key is rotated on a Friday afternoon, in the middle of a contest and a poll: for what is open nothing changes, and what
// opens afterwards has the new secrets.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const Rotated = z.object({ keyVersion: z.number(), usedFrom: z.string() });
const rotate = async ({ api }: Workspace) => {
  const answer = await api("POST", "/v1/workspace/rotate-keys");
  expect(answer.status).toBe(200);
  return answer.as(Rotated);
};

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
};
const mailedPath = (address: string): string => {
  const mail = world.mails.findLast(({ to }) => to.includes(address));
  return pathOf(/https?:\/\/\S+/.exec(mail?.text ?? "")?.[0] ?? "no link");
};

const openContest = async ({ api }: Workspace, slug: string) => {
  const made = await api("POST", "/v1/contests", {
    slug,
    title: "Win een taart",
    organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
    promotes: "Het desembrood van Bakkerij Zon",
    prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
    closesAt: later(world.now(), minutes(60)),
    drawAt: later(world.now(), minutes(63)),
  });
  const id = idOf(made);
  expect((await api("POST", `/v1/contests/${id}/open`)).status).toBe(200);
  return { id, slug };
};
const Entered = z.object({ entryId: z.string(), personalUrl: z.string(), shareUrl: z.string(), tickets: z.number() });
const ask = async (path: string, email: string): Promise<string> => {
  expect((await world.http("POST", path, { body: { email } })).status).toBe(202);
  await world.settle();
  return new URLSearchParams(mailedPath(email).split("?")[1]).get("t") ?? "";
};
const confirm = async (slug: string, t: string) =>
  (await world.http("POST", `/c/${slug}/confirm`, { body: { t } })).as(Entered);
const personal = async (url: string) =>
  (await world.http("GET", pathOf(url), { headers: { accept: "application/json" } })).as(Entered);

test("a rotation in the middle of a contest changes nothing for it, up to the draw", async () => {
  const bakery = await world.workspace();
  const contest = await openContest(bakery, "draait");
  const anna = await confirm(contest.slug, await ask(`/c/${contest.slug}`, "anna@example.nl"));
  const mailedBefore = await ask(`/c/${contest.slug}`, "bram@example.nl");

  const { keyVersion, usedFrom } = await rotate(bakery);
  expect(keyVersion).toBe(2);
  await world.advance("PT11M");
  expect(world.now() > usedFrom).toBe(true);
  expect(await secretVersion(bakery.workspaceId)).toBe(2);

  // What was mailed before still confirms; whoever entered before is known again; a link of before brings a friend.
  await confirm(contest.slug, mailedBefore);
  await ask(`/c/${contest.slug}`, "anna@example.nl");
  const again = await personal(new URL(mailedPath("anna@example.nl"), anna.personalUrl).href);
  expect(again.entryId).toBe(anna.entryId);
  expect(again.shareUrl).toBe(anna.shareUrl);
  await confirm(contest.slug, await ask(new URL(anna.shareUrl).pathname, "carla@example.nl"));
  await world.settle();
  expect((await personal(anna.personalUrl)).tickets).toBe(2);

  const next = await openContest(bakery, "nieuw");
  const other = await confirm(next.slug, await ask(`/c/${next.slug}`, "anna@example.nl"));
  expect(other.entryId).not.toBe(anna.entryId);
  await rotate(bakery);

  await world.advance("PT2H");
  for (const { id, slug } of [contest, next]) {
    const bundle = await world.http("GET", `/c/${slug}/draw.json`);
    expect(verifyBundle(bundle.body).status).toBe(2);
    const winners = await bakery.api("GET", `/v1/contests/${id}/winners`);
    expect(winners.body).toMatchObject({ items: [{ position: 0, role: "winner", told: "yes" }, ...anything(slug)] });
  }
  expect((await bakery.api("GET", `/v1/contests/${contest.id}`)).body).toMatchObject({ counts: { entries: 3 } });
  expect((await personal(anna.personalUrl)).entryId).toBe(anna.entryId);
});
/** The reserves. */
const anything = (slug: string) => (slug === "draait" ? [expect.anything(), expect.anything()] : []);

test("a rotation in the middle of a poll lets no device answer twice", async () => {
  const bakery = await world.workspace();
  const options = [{ text: "Wit" }, { text: "Bruin" }];
  const made = await bakery.api("POST", "/v1/polls", { slug: "draaipoll", question: "Welk brood?", options });
  await bakery.api("POST", `/v1/polls/${idOf(made)}/open`);
  const [white, brown] = made.as(z.object({ options: z.array(z.object({ id: z.string() })) })).options;
  const respond = async (option: string | undefined, device: string) =>
    (await world.http("POST", "/p/draaipoll", { body: { option, device } })).body;
  const first = await respond(white?.id, "het-toestel-van-anna");
  await rotate(bakery);
  await world.advance("PT11M");
  expect(await respond(brown?.id, "het-toestel-van-anna")).toEqual(first);
  await respond(brown?.id, "het-toestel-van-bram");
  await bakery.api("POST", `/v1/polls/${idOf(made)}/close`);
  await world.advance("PT3M");
  expect((await bakery.api("GET", `/v1/polls/${idOf(made)}/results`)).body).toMatchObject({
    total: 2,
    options: [{ count: 1 }, { count: 1 }],
    counted: "rows",
  });
});

describe("a data key", () => {
  test("seals only once every container knows it, and what older ones sealed opens as before", async () => {
    const { workspaceId, ...bakery } = await world.workspace();
    const before = await seal(workspaceId, "here", "oud");
    const pepper = await derive(workspaceId, "pepper/1");
    await rotate({ workspaceId, ...bakery });
    const between = await seal(workspaceId, "here", "tussen");
    expect([before[0], between[0]]).toEqual([1, 1]);
    await world.advance("PT11M");
    const after = await seal(workspaceId, "here", "nieuw");
    expect(after[0]).toBe(2);
    const texts = await Promise.all([before, between, after].map((sealed) => open(workspaceId, "here", sealed)));
    expect(texts.map(String)).toEqual(["oud", "tussen", "nieuw"]);
    expect(await derive(workspaceId, "pepper/1")).toEqual(pepper);
    expect(await derive(workspaceId, "pepper/1", 2)).not.toEqual(pepper);
  });

  test("is asked for twice at once and made once; one that waits for its use is given again", async () => {
    const bakery = await world.workspace();
    const answers = await Promise.all([0, 1].map(() => bakery.api("POST", "/v1/workspace/rotate-keys")));
    expect(answers.map(({ status }) => status).sort()[0]).toBe(200);
    expect((await rotate(bakery)).keyVersion).toBe(2);
    await world.settle();
    const told = world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "workspace.keys_rotated");
    expect(told).toHaveLength(1);
  });
});
