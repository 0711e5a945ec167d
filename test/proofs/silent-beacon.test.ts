import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as z from "zod";
import { ContestView } from "../../functions/contests/contest.ts";
import { EvidenceShape, verifyBundle } from "../../functions/contests/verify.ts";
import { later, minutes } from "../../functions/platform/clock.ts";
import { openWorld, type Workspace, type World } from "../world.ts";

// A week in which no relay has the round that decides, minute by minute: that takes minutes, so it runs with the slow suites.

const json = { accept: "application/json" };
let world: World;
let bakery: Workspace;
let slugs = 0;
beforeAll(async () => {
  world = await openWorld({ at: "2026-06-01T10:20:00.000Z" });
  bakery = await world.workspace();
});
afterAll(() => world.close());

type Made = z.infer<typeof ContestView>;
const opened = async (more: { channels?: string[]; openFor?: number } = {}): Promise<Made> => {
  const closesAt = later(world.now(), more.openFor ?? minutes(10));
  const made = await bakery.api("POST", "/v1/contests", {
    slug: `trekking-${slugs++}`,
    title: "Win een taart",
    organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
    promotes: "Desembrood",
    prizes: [{ description: "Taart", number: 1, valueCents: 2_800 }],
    reserves: 1,
    channels: more.channels ?? [],
    closesAt,
    drawAt: later(closesAt, minutes(3)),
  });
  const contest = made.as(ContestView);
  expect((await bakery.api("POST", `/v1/contests/${contest.id}/open`)).status).toBe(200);
  return contest;
};
const Personal = z.looseObject({ personalUrl: z.string(), receipt: EvidenceShape });
const entered = async ({ slug }: Made, email: string) => {
  await world.http("POST", `/c/${slug}`, { body: { email } });
  await world.settle();
  const link = /https?:\/\/\S+/.exec(world.mails.findLast(({ to }) => to.includes(email))?.text ?? "")?.[0] ?? "";
  const t = new URL(link).searchParams.get("t");
  return (await world.http("POST", `/c/${slug}/confirm`, { body: { t } })).as(Personal);
};
const bundleOf = async ({ slug }: Made) => (await world.http("GET", `/c/${slug}/draw.json`)).body;
const Shown = z.looseObject({
  status: z.string(),
  commitHash: z.string().optional(),
  round: z.number().optional(),
  voided: z.array(z.object({ commitHash: z.string(), round: z.number() })).optional(),
});
const shown = async ({ slug }: Made) => (await world.http("GET", `/c/${slug}/draw`, { headers: json })).as(Shown);
const page = async ({ slug }: Made, language = "nl") =>
  (await world.visitor().open(`/c/${slug}/draw?lang=${language}`)).text;
const eventsOf = ({ id }: Made, type: string) =>
  world.events.filter(({ type: of, detail }) => of === type && detail.data.contestId === id);

/** The beacon's relays as they are while `answer` gives something else for this round. */
const relaysSay = (round: number, answer: () => Response | Promise<Response>) => {
  const { fetch } = globalThis;
  return vi.spyOn(globalThis, "fetch").mockImplementation(async (asked, init) => {
    const url = asked instanceof Request ? asked.url : String(asked);
    return new RegExp(`/(?:public|rounds)/${round}$`).test(url) ? answer() : fetch(asked, init);
  });
};

test("for seven days voids the commitment, on the record: the same list is committed to a later round, as draw 2", {
  timeout: 240_000,
}, async () => {
  const contest = await opened();
  await entered(contest, "een@stil.example");
  await entered(contest, "twee@stil.example");
  await world.advance("PT11M10S");
  const first = await shown(contest);
  const spied = relaysSay(first.round ?? 0, () => new Response("Not found", { status: 404 }));
  await world.advance("P6DT23H");
  expect(await shown(contest)).toMatchObject({ status: "committed", commitHash: first.commitHash });
  await world.advance("PT1H13M");
  const second = await shown(contest);
  expect(second).toMatchObject({
    status: "committed",
    voided: [{ commitHash: first.commitHash, round: first.round }],
  });
  expect(second.commitHash).not.toBe(first.commitHash);
  expect(second.round).toBeGreaterThan(first.round ?? 0);
  // It turns up after all: it decides nothing any more.
  spied.mockRestore();
  await world.advance("PT1H");
  const bundle = await bundleOf(contest);
  expect(verifyBundle(bundle).checks.find(({ name }) => name === "contest")?.detail).toContain("draw 2");
  expect(verifyBundle(bundle).status).toBe(2);
  expect(await shown(contest)).toMatchObject({ commitHash: second.commitHash, round: second.round });
  expect(eventsOf(contest, "contest.commitment_voided")).toHaveLength(1);
  expect(eventsOf(contest, "contest.draw_moved")).toMatchObject([{ detail: { data: { reason: "round_missing" } } }]);
  expect(await page(contest)).toContain("was een week na haar tijd nergens te krijgen");
  expect(await page(contest)).toContain("omdat het baken geen uitkomst gaf");
});
