import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { writeChecker } from "../infra/checker.ts";
import { openBrowser, phone } from "./browser.ts";
import { idOf, openWorld, type World } from "./world.ts";

// On a phone, after the draw: whoever doubts does the sum again on their own device, and whoever won claims the prize.

let world: World;
let browser: Browser;
let folder: string;
const slug = "twijfel";
let receipt: unknown;
let personalUrl: string;

beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld(), openBrowser()]);
  folder = mkdtempSync(join(tmpdir(), "samenspraak-draw-page-"));
  await writeChecker(z.string().parse(process.env.DOCS_FOLDER));
  const bakery = await world.workspace();
  const at = (ms: number) => new Date(Date.parse(world.now()) + ms).toISOString();
  const channel = idOf(
    await bakery.api("POST", "/v1/channels", { network: "feed", name: "Nieuws van Zon", handle: "zon-nieuws" }),
  );
  const id = idOf(
    await bakery.api("POST", "/v1/contests", {
      slug,
      title: "Win een taart",
      organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
      promotes: "De taarten van Bakkerij Zon",
      prizes: [
        { description: "Een mokkataart", number: 1, valueCents: 2_800 },
        { description: "Een brood", number: 1, valueCents: 400 },
      ],
      reserves: 2,
      channels: [channel],
      closesAt: at(7_800_000),
      drawAt: at(7_980_000),
    }),
  );
  expect((await bakery.api("POST", `/v1/contests/${id}/open`)).status).toBe(200);
  for (let i = 0; i < 5; i++) {
    const email = `${slug}-${i}@example.nl`;
    await world.http("POST", `/c/${slug}`, { body: { email } });
    await world.settle();
    const link = /https?:\/\/\S+/.exec(world.mails.findLast(({ to }) => to.includes(email))?.text ?? "")?.[0] ?? "";
    const body = { t: new URL(link).searchParams.get("t") };
    const mine = await world.http("POST", `/c/${slug}/confirm`, { body });
    ({ receipt, personalUrl } = mine.as(z.looseObject({ receipt: z.unknown(), personalUrl: z.string() })));
    await world.advance("PT20M");
  }
  await world.advance("PT34M");
  await world.advance("PT30S");
  const forfeited = await bakery.api("POST", `/v1/contests/${id}/winners/1/forfeit`, {
    reason: "Werkt bij de organisator.",
  });
  expect(forfeited.status).toBe(200);
  await world.settle();
  // The pages are at most five seconds old.
  await world.advance("PT6S");
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const Found = z.array(z.object({ id: z.string(), impact: z.string().nullable(), nodes: z.array(z.unknown()) }));
const serious = async (page: Page) => {
  await page.evaluate(axe);
  const found = Found.parse(
    await page.evaluate("axe.run().then(({ violations }) => JSON.parse(JSON.stringify(violations)))"),
  );
  return found.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id);
};
const pictures = process.env.PICTURES;
const picture = async (page: Page, name: string): Promise<void> => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
};
const visit = async (path: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({ ...phone, bypassCSP: false, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.goto(`${world.url}${path}`);
  return page;
};

describe.each([
  {
    language: "nl",
    checks: "Reken de trekking na",
    right: "Het klopt, maar niet op het openbare baken.",
    found: "Ja, u staat op de vastgelegde lijst.",
    find: "Zoek mij op",
    wrong: "Het klopt niet.",
  },
  {
    language: "en",
    checks: "Check the draw",
    right: "It is right, but not on the public beacon.",
    found: "Yes, you are in the fixed list.",
    find: "Look me up",
    wrong: "It is not right.",
  },
])("the page of a draw in $language", ({ language, checks, right, found, find, wrong }) => {
  test("does the draw again in the browser, check by check, from what is public and from what was kept, offline", async () => {
    const page = await visit(`/c/${slug}/draw?lang=${language}`);
    await picture(page, `draw-${language}`);
    const open = page.locator("summary", { hasText: checks });
    await open.click();
    await page.getByRole("button", { name: checks }).click();
    await expect.poll(() => page.locator("#outcome").textContent(), { timeout: 20_000 }).toContain(right);
    expect(await page.locator("#outcome li").count()).toBeGreaterThanOrEqual(14);
    expect(await page.locator("#outcome").textContent()).not.toContain("✗");
    await picture(page, `draw-checked-${language}`);

    const file = join(folder, "draw.json");
    const bundle = (await world.http("GET", `/c/${slug}/draw.json`)).text;
    await page.context().setOffline(true);
    writeFileSync(file, bundle);
    await page.locator("#bundle").setInputFiles(file);
    await expect.poll(() => page.locator("#outcome").textContent()).toContain(right);
    const altered = z.looseObject({ winners: z.array(z.number()) }).parse(JSON.parse(bundle));
    writeFileSync(file, JSON.stringify({ ...altered, winners: [0, 1] }));
    await page.locator("#bundle").setInputFiles([]);
    await page.locator("#bundle").setInputFiles(file);
    await expect.poll(() => page.locator("#outcome").textContent()).toContain(wrong);
    await page.locator("#seen").fill("0".repeat(64));
    writeFileSync(file, bundle);
    await page.locator("#bundle").setInputFiles([]);
    await page.locator("#bundle").setInputFiles(file);
    await expect.poll(() => page.locator("#outcome").textContent()).toContain(wrong);
    await page.context().setOffline(false);
    expect(await serious(page)).toEqual([]);
  });

  test("finds an entrant by the receipt of the day of entering, or by the personal link, and checks the proof itself", async () => {
    const page = await visit(`/c/${slug}/draw?lang=${language}`);
    await page.locator("summary", { hasText: checks }).click();
    await page.locator("#mine").fill(personalUrl);
    await page.getByRole("button", { name: find }).click();
    await expect.poll(() => page.locator("#found").textContent(), { timeout: 20_000 }).toContain(found);
    const file = join(folder, "receipt.json");
    writeFileSync(file, JSON.stringify(receipt));
    await page.locator("#receipt").setInputFiles(file);
    await page.getByRole("button", { name: find }).click();
    await expect.poll(() => page.locator("#found").textContent()).toContain(found);
    await picture(page, `draw-mine-${language}`);
    const other = z.looseObject({ salt: z.string() }).parse(receipt);
    writeFileSync(file, JSON.stringify({ ...other, salt: "0".repeat(64) }));
    await page.locator("#receipt").setInputFiles([]);
    await page.locator("#receipt").setInputFiles(file);
    await page.getByRole("button", { name: find }).click();
    await expect.poll(() => page.locator("#found").textContent()).toContain("✗");
  });

  test("without script says how to check, and shows nothing that does not work", async () => {
    const page = await visit(`/c/${slug}/draw?lang=${language}`, { javaScriptEnabled: false });
    expect(await page.getByText("npm run verify -- draw.json counts.json").count()).toBe(1);
    expect(await page.locator("summary", { hasText: checks }).isVisible()).toBe(false);
    expect(Buffer.byteLength(await page.content())).toBeLessThan(50_000);
    await picture(page, `draw-without-script-${language}`);
  });

  test("leads a winner to the claim: filled in wrong, filled in, done", async () => {
    // The first prize's, and that of the reserve who has the second one now: mails of one moment leave in any order.
    const prize = language === "nl" ? "Een mokkataart" : "Een brood";
    const mail = world.mails.findLast(({ text }) => text.includes("/claim?") && text.includes(prize));
    const link = /https?:\/\/\S+\/claim\?\S+/.exec(mail?.text ?? "")?.[0] ?? "";
    const { pathname, search } = new URL(link);
    const page = await visit(`${pathname}${search}&lang=${language}`);
    await picture(page, `claim-${language}`);
    expect(await serious(page)).toEqual([]);
    await page.locator("#name").fill("Sanne de Vries");
    await page.locator("#town").fill("   ");
    await page.locator("#contact").fill("Lange Nieuwstraat 3");
    await page.locator("main button").click();
    await page.locator(".error").waitFor();
    await picture(page, `claim-wrong-${language}`);
    await page.locator("#town").fill("Utrecht");
    await page.locator("main button").click();
    await page.locator("p.good").waitFor();
    expect(await page.locator("main").textContent()).toContain("S.V., Utrecht");
    await picture(page, `claim-done-${language}`);
    expect(await serious(page)).toEqual([]);
  });
});
