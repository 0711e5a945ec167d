import { afterAll, beforeAll, expect, test } from "vitest";
import { verifyBundle } from "../../functions/contests/verify.ts";
import { drawing, relaysSay } from "../drawing.ts";
import { openWorld, type Workspace, type World } from "../world.ts";

// A week in which no relay has the round that decides, minute by minute: that takes minutes, so it runs with the slow suites.

const _json = { accept: "application/json" };
let world: World;
let bakery: Workspace;
const { opened, entered, bundleOf, shown, page, eventsOf } = drawing(() => ({ world, bakery }));
beforeAll(async () => {
  world = await openWorld({ at: "2026-06-01T10:20:00.000Z" });
  bakery = await world.workspace();
});
afterAll(() => world.close());

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
