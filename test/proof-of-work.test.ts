import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findContest, listEntries } from "../functions/contests/table.ts";
import { functions } from "../functions/manifest.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { writeDocs } from "../infra/openapi.ts";
import { openBrowser, phone } from "./browser.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Proof of work in a real browser: with script it is done while the page is read; without, and where the script cannot be had,
// whoever presses the button enters all the same.

let world: World;
let bakery: Workspace;
let browser: Browser;
beforeAll(async () => {
  world = await openWorld();
  bakery = await world.workspace();
  browser = await openBrowser();
  const folder = process.env.DOCS_FOLDER;
  if (!folder) throw new Error("The runner names no folder.");
  await writeDocs(functions, folder);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

test("with script the solution goes along, also pressed at once; without it, or where it fails, the entry has a mark", async () => {
  const closesAt = later(world.now(), minutes(10));
  const id = idOf(
    await bakery.api("POST", "/v1/contests", {
      slug: "rekensom",
      title: "Win een taart",
      organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
      promotes: "Het desembrood",
      prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
      closesAt,
      drawAt: later(closesAt, minutes(3)),
    }),
  );
  expect((await bakery.api("POST", `/v1/contests/${id}/open`)).status).toBe(200);

  const confirm = async (name: string, options: { javaScriptEnabled?: boolean; waits?: boolean; without?: string }) => {
    await world.http("POST", "/c/rekensom", { body: { email: `${name}@example.nl` } });
    await world.settle();
    const mail = world.mails.findLast(({ to }) => to.includes(`${name}@example.nl`));
    const link = new URL(/https?:\/\/\S+/.exec(mail?.text ?? "")?.[0] ?? "");
    const { javaScriptEnabled = true, waits, without } = options;
    const context = await browser.newContext({ ...phone, javaScriptEnabled });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && without === undefined) problems.push(message.text());
    });
    if (without !== undefined) await page.route(without, (route) => route.abort());
    await page.goto(`${world.url}${link.pathname}${link.search}`);
    if (waits) await page.getByText("De rekensom is klaar").waitFor({ timeout: 30_000 });
    await page.getByRole("button", { name: "Ja, ik doe mee" }).click();
    await page.waitForURL(/\/me\?/, { timeout: 30_000 });
    await context.close();
    expect(problems).toEqual([]);
    const contest = await findContest(bakery.workspaceId, id, world.now());
    if (!contest || contest.status === "draft") throw new Error("The contest is gone.");
    const { items } = await listEntries(contest, { limit: 100, startAfter: undefined }, world.now());
    return items.toSorted((a, b) => (a.id < b.id ? -1 : 1)).at(-1)?.risk ?? [];
  };
  const seen: Record<string, readonly number[]> = {};
  for (const [name, options] of [
    ["wacht", { waits: true }],
    ["meteen", {}],
    ["zonder-script", { javaScriptEnabled: false }],
    ["zonder-module", { without: "**/docs/altcha.js" }],
    ["zonder-werker", { without: "**/docs/altcha-worker.js" }],
  ] as const) {
    seen[name] = await confirm(name, options);
    await world.advance("PT1S");
  }
  expect(seen).toEqual({ wacht: [], meteen: [], "zonder-script": [1], "zonder-module": [1], "zonder-werker": [1] });
});
