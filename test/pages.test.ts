import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { openBrowser, phone } from "./browser.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// A participant's day, in a real browser on a phone's screen.

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const Opened = z.object({ id: z.string() });

const openContest = async ({ api }: Workspace, slug: string) => {
  const made = await api("POST", "/v1/contests", {
    slug,
    title: "Win een taart",
    organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
    promotes: "De taarten van Bakkerij Zon",
    prizes: [{ description: "Een mokkataart", number: 1, valueCents: 2_800 }],
    reserves: 1,
    closesAt: new Date(Date.parse(world.now()) + 600_000).toISOString(),
    drawAt: new Date(Date.parse(world.now()) + 780_000).toISOString(),
  });
  const { id } = made.as(Opened);
  expect((await api("POST", `/v1/contests/${id}/open`)).status).toBe(200);
  return id;
};

const openPoll = async ({ api }: Workspace, slug: string) => {
  const options = ["Rozijnenbrood", "Krentenbrood"].map((text) => ({ text }));
  const { id } = (await api("POST", "/v1/polls", { slug, question: "Welk brood?", options })).as(Opened);
  expect((await api("POST", `/v1/polls/${id}/open`)).status).toBe(200);
};

const visit = async (path: string, options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({ ...phone, ...options });
  const page = await context.newPage();
  await page.goto(`${world.url}${path}`);
  return page;
};

/** The link in the newest mail to this address. */
const mailedLink = async (address: string): Promise<string> => {
  await world.settle();
  const mail = world.mails.findLast(({ to }) => to.includes(address));
  const link = /https?:\/\/\S+/.exec(mail?.text ?? "")?.[0];
  if (!link) throw new Error(`No link was mailed to ${address}.`);
  return link;
};

/** Enters on the page that is open, by mail and button; gives the address of the personal page that it ends on. */
const enter = async (page: Page, address: string): Promise<string> => {
  await page.getByLabel("Uw e-mailadres").fill(address);
  await page.getByRole("button", { name: "Doe mee" }).click();
  await expect.poll(() => page.getByRole("heading", { level: 1 }).textContent()).toBe("Kijk in uw mail");
  await page.goto(await mailedLink(address));
  await page.getByRole("button", { name: "Ja, ik doe mee" }).click();
  await expect.poll(() => page.getByRole("heading", { level: 1 }).textContent()).toBe("Uw deelname");
  return page.url();
};

const sharedLink = async (page: Page): Promise<string> => {
  const text = await page.getByLabel("De tekst met uw link, om zelf te kopiëren").inputValue();
  expect(text).toContain("#winactie");
  return /https?:\/\/[^\s?]+/.exec(text)?.[0] ?? "";
};

describe.each([
  { name: "with script", options: {} },
  { name: "without script", options: { javaScriptEnabled: false } },
])("on a phone, $name", ({ name, options }) => {
  const slug = name.replace(" ", "-");

  test("someone enters, confirms, shares; a friend enters; the winner is drawn and the draw verifies", async () => {
    const workspace = await world.workspace();
    const contest = await openContest(workspace, slug);

    const anna = await visit(`/c/${slug}`, options);
    const annas = await enter(anna, `anna@${slug}.example`);
    expect(await anna.getByText("U hebt 1 lot.").count()).toBe(1);

    const bram = await visit(new URL(await sharedLink(anna)).pathname, options);
    const brams = await enter(bram, `bram@${slug}.example`);
    await world.advance("PT10S");
    await anna.reload();
    expect(await anna.getByText("U hebt 2 loten, mede door 1 vriend die meedoet.").count()).toBe(1);

    await world.advance("PT10M");
    await bram.goto(`${world.url}/c/${slug}`);
    expect(await bram.getByLabel("Uw e-mailadres").count()).toBe(0);
    await world.advance("PT3M");
    expect((await workspace.api("GET", `/v1/contests/${contest}/winners`)).status).toBe(200);
    await bram.goto(`${world.url}/c/${slug}/draw`);
    expect(await bram.getByRole("table").first().getByText("Een mokkataart").count()).toBe(1);
    // One of the two won; the other is the reserve. Each reads it on their own page.
    await Promise.all([anna.goto(annas), bram.goto(brams)]);
    const told = await Promise.all([anna, bram].map((page) => page.locator("main").innerText()));
    expect(told.filter((text) => text.includes("Gefeliciteerd, u hebt gewonnen: Een mokkataart"))).toHaveLength(1);
    expect(told.filter((text) => text.includes("U staat op reserveplaats 1"))).toHaveLength(1);

    const folder = mkdtempSync(join(tmpdir(), "samenspraak-draw-"));
    const file = join(folder, "draw.json");
    writeFileSync(file, (await world.http("GET", `/c/${slug}/draw.json`)).text);
    const verdict = spawnSync(process.execPath, ["infra/verify.ts", file], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(verdict.status, verdict.stdout).toBe(2);
  });

  test("someone responds to a poll and sees the result, and a second answer changes nothing", async () => {
    await openPoll(await world.workspace(), `brood-${slug}`);
    const page = await visit(`/p/brood-${slug}`, options);
    await page.getByLabel("Krentenbrood").check();
    await page.getByRole("button", { name: "Verstuur mijn antwoord" }).click();
    await expect.poll(() => page.getByText("Dank u wel. Uw antwoord: Krentenbrood").count()).toBe(1);
    await world.settle();
    await world.advance("PT10S");
    await page.reload();
    expect(await page.getByText("1 antwoord").count()).toBeGreaterThan(0);
    await page.goto(`${world.url}/p/brood-${slug}`);
    expect(await page.getByRole("radio").count()).toBe(0);
    expect(await page.getByText("Krentenbrood").count()).toBe(1);
  });
});

test("the contest and poll pages have no serious accessibility findings, in both languages, and stay small", async () => {
  const workspace = await world.workspace();
  await openContest(workspace, "axe");
  await openPoll(workspace, "axe");
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  for (const path of ["/c/axe", "/c/axe/draw", "/p/axe", "/p/axe/results"])
    for (const lang of ["nl", "en"]) {
      const context = await browser.newContext({ ...phone, bypassCSP: true });
      const page = await context.newPage();
      const answer = await page.goto(`${world.url}${path}?lang=${lang}`);
      expect((await answer?.body())?.length ?? 0).toBeLessThan(50_000);
      expect(await page.locator("html").getAttribute("lang")).toBe(lang);
      await page.addScriptTag({ content: axe });
      const findings = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run: () => Promise<{ violations: { id: string; impact: string }[] }> };
        };
        return (await axe.run()).violations.map(({ id, impact }) => `${impact} ${id}`);
      });
      expect(
        findings.filter((finding) => /^(serious|critical)/.test(finding)),
        `${path} ${lang}`,
      ).toEqual([]);
      await context.close();
    }
});
