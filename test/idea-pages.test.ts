import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { BoardView } from "../functions/ideas/view.ts";
import { openBrowser, phone } from "./browser.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// A board of ideas in a real browser, on a phone's screen.

let world: World;
let browser: Browser;
let brewery: Workspace;
beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld(), openBrowser()]);
  brewery = await world.workspace("Brouwerij Maan");
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** Where somebody wants to look at the pages: SHOTS=<folder>. */
const shots = process.env.SHOTS;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const findingsOn = async (page: Page): Promise<string[]> => {
  await page.addScriptTag({ content: axe });
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; impact: string }[] }> };
    };
    return (await axe.run()).violations.map(({ id, impact }) => `${impact} ${id}`);
  });
  return findings.filter((finding) => /^(serious|critical)/.test(finding));
};
const contextOf = (javaScriptEnabled = true) => browser.newContext({ ...phone, bypassCSP: true, javaScriptEnabled });

let looked = 0;
/** What is to be seen on a page: no serious findings, under 50 KB, as wide as the phone, in both languages. */
const fine = async (path: string, name: string, langs = ["nl", "en"]): Promise<void> => {
  for (const lang of langs) {
    const own = await contextOf();
    const page = await own.newPage();
    const answer = await page.goto(`${world.url}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
    expect((await answer?.body())?.length ?? 0).toBeLessThan(50_000);
    expect(await page.locator("html").getAttribute("lang")).toBe(lang);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(390);
    expect(await findingsOn(page), `${path} ${lang}`).toEqual([]);
    if (shots)
      await page.screenshot({
        path: `${shots}/${String(++looked).padStart(2, "0")}-${name}-${lang}.png`,
        fullPage: true,
      });
    await own.close();
  }
};

type Told = z.infer<typeof BoardView>;
let made = 0;
const opened = async (more: object = {}): Promise<Told> => {
  const slug = `ideeen-${++made}`;
  const asked = {
    slug,
    title: "Wat brouwen we hierna?",
    text: "Elk idee wordt gelezen.\nDe beste drie gaan in de ketel.",
  };
  const { id } = (await brewery.api("POST", "/v1/boards", { ...asked, ...more })).as(BoardView);
  return (await brewery.api("POST", `/v1/boards/${id}/open`)).as(BoardView);
};
const Sent = z.object({ ideaId: z.string() });
const proposed = async ({ slug }: Told, title: string, by: number, more: object = {}) => {
  const body = { title, device: `toestel-van-iemand-${by}`, ...more };
  return (await world.http("POST", `/i/${slug}`, { body })).as(Sent).ideaId;
};

test("an idea is proposed, supported and commented on with the keyboard alone, without script", async () => {
  const board = await opened();
  await fine(`/i/${board.slug}`, "empty");
  const context = await contextOf(false);
  const page = await context.newPage();
  await page.goto(`${world.url}/i/${board.slug}`);
  const type = async (name: string, text: string) => {
    await page.locator(`[name="${name}"]`).first().focus();
    await page.keyboard.type(text);
  };
  await type("title", "Een bockbier met kersen");
  await type("text", "Zoals vroeger.");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("U bent zelf de eerste die het steunt").waitFor();
  // Fails where it stands there more than once.
  await page.getByText("U steunt dit idee").waitFor();
  await type("said", "Wie doet er mee?");
  await page.getByRole("button", { name: "Plaats mijn reactie" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Uw reactie is geplaatst").waitFor();
  expect(await page.getByText("Wie doet er mee?").count()).toBe(1);
  await page.getByRole("button", { name: "Trek mijn steun in" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Uw steun is ingetrokken").waitFor();
  await page.getByRole("button", { name: "Ik steun dit idee" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Uw steun is geteld").waitFor();
  if (shots) await page.screenshot({ path: `${shots}/90-own-idea.png`, fullPage: true });
  await page.getByRole("link", { name: "Verwijder mijn idee" }).click();
  if (shots) await page.screenshot({ path: `${shots}/91-remove.png`, fullPage: true });
  await page.getByRole("link", { name: "Nee, laat het staan" }).click();
  await context.close();
});

test("before an idea like another is taken, one is asked whether it is the other; script says so while one writes", async () => {
  const board = await opened();
  const ideaId = await proposed(board, "Een bockbier met kersen", 1, { text: "Donker, met Limburgse kersen." });
  await world.advance("PT6S");
  const context = await contextOf(false);
  const page = await context.newPage();
  await page.goto(`${world.url}/i/${board.slug}`);
  await page.fill("#title", "Bokbier met kersen");
  await page.fill("#name", "Kim");
  await page.getByRole("button", { name: "Stel mijn idee voor" }).click();
  await page.getByText("Bedoelt u een van deze ideeën?").waitFor();
  if (shots) await page.screenshot({ path: `${shots}/92-similar.png`, fullPage: true });
  await page.getByRole("button", { name: "Nee, stel mijn idee toch voor" }).click();
  await page.getByText("Uw idee staat op het bord").waitFor();
  expect(await page.getByText("Voorgesteld door Kim").count()).toBe(1);
  await page.goto(`${world.url}/i/${board.slug}`);
  await page.fill("#title", "bockbier kersen");
  await page.getByRole("button", { name: "Stel mijn idee voor" }).click();
  await page.getByRole("button", { name: /Steun dit idee: Een bockbier met kersen/ }).click();
  await page.getByText("Uw steun is geteld").waitFor();
  expect(new URL(page.url()).pathname).toBe(`/i/${board.slug}/ideas/${ideaId}`);
  await context.close();

  const scripted = await browser.newContext(phone);
  const live = await scripted.newPage();
  await live.goto(`${world.url}/i/${board.slug}`);
  await live.locator("#title").pressSequentially("bokbier met kers");
  await live.getByText("Lijkt het hierop?").waitFor();
  expect(await live.locator("#similar a").first().textContent()).toContain("kersen");
  if (shots) await live.screenshot({ path: `${shots}/93-live.png`, fullPage: true });
  await scripted.close();
});

test("a full board, its ideas in every state and its other pages have no serious findings", async () => {
  const board = await opened({ title: "Wat brouwen we hierna? Een lange titel die over twee regels loopt" });
  const titles = [
    "Een rookbier",
    "Kriek van het huis",
    "Alcoholvrije tripel",
    "Een bier zonder gluten",
    "Blik in plaats van glas",
  ];
  const ids: string[] = [];
  for (const [n, title] of titles.entries())
    ids.push(await proposed(board, title, n, { text: `${title}: `.repeat(30), name: "Esra" }));
  const more = Array.from({ length: 18 }, (_, n) => `Woord${String.fromCharCode(97 + n).repeat(6)}`);
  await Promise.all(more.map((title, n) => proposed(board, title, 100 + n)));
  for (let n = 0; n < 12; n++)
    await world.http("POST", `/i/${board.slug}/ideas/${ids[n % 3]}/support`, {
      body: { device: `toestel-van-iemand-${200 + n}` },
    });
  for (const [i, status] of ["planned", "doing", "done", "declined"].entries())
    await brewery.api("POST", `/v1/ideas/${ids[i]}/status`, {
      status,
      answer: "Wij hebben het besproken met de brouwer.\nTot in oktober!",
    });
  const said = { said: "Wat een goed idee.", name: "Kim", device: "toestel-van-iemand-1" };
  await world.http("POST", `/i/${board.slug}/ideas/${ids[0]}/comments`, { body: said });
  await brewery.api("POST", `/v1/ideas/${ids[4]}/merge`, { into: ids[0] });
  await world.advance("PT6S");
  await fine(`/i/${board.slug}`, "board");
  await fine(`/i/${board.slug}?sort=newest&page=2`, "second", ["nl"]);
  await fine(`/i/${board.slug}?show=done`, "done-list", ["en"]);
  for (const [i, id] of ids.entries())
    await fine(`/i/${board.slug}/ideas/${id}`, `idea-${i}`, i === 0 ? ["nl", "en"] : ["nl"]);
  await world.http("POST", `/i/${board.slug}/ideas/${ids[0]}/follow`, { body: { email: "volger@example.nl" } });
  await world.settle();
  const link = new URL(/https?:\/\/\S+/.exec(world.mails.at(-1)?.text ?? "")?.[0] ?? "");
  await fine(`${link.pathname}${link.search.replace(/&?lang=\w\w/, "")}`, "follow", ["nl"]);
  await brewery.api("POST", `/v1/boards/${board.id}/close`);
  await world.advance("PT6S");
  await fine(`/i/${board.slug}`, "closed", ["en"]);
  const card = await world.http("GET", `/i/${board.slug}/card.png`);
  expect([card.status, card.headers["content-type"]]).toEqual([200, "image/png"]);
  const html = (await world.http("GET", `/i/${board.slug}`, { headers: { accept: "text/html" } })).text;
  expect(html).toMatch(/og:image" content="[^"]+\/i\/[^"]+card\.png/);
  expect((await world.http("GET", `/i/${board.slug}/qr.svg`)).text).toContain("<svg");
});

test("with a mailed code a person is known once, and wrong input comes back with what was written", async () => {
  const board = await opened({ tier: "email", moderation: "before" });
  await fine(`/i/${board.slug}`, "by-code", ["en"]);
  const context = await contextOf(false);
  const page = await context.newPage();
  await page.goto(`${world.url}/i/${board.slug}`);
  await page.fill("#title", "Een witbier \u202e");
  await page.fill("#text", "Met koriander");
  await page.fill("#email", "kim@example.nl");
  await page.locator("[name=tell]").check();
  await page.getByRole("button", { name: "Stel mijn idee voor" }).click();
  await page.getByText("Schrijf uw idee in één zin").waitFor();
  if (shots) await page.screenshot({ path: `${shots}/94-wrong.png`, fullPage: true });
  expect(await page.locator("#text").inputValue()).toBe("Met koriander");
  await page.fill("#title", "Een witbier");
  await page.getByRole("button", { name: "Stel mijn idee voor" }).click();
  await page.getByText("Vul de code in").waitFor();
  expect(await findingsOnPlain(page)).toBe(1);
  await page.fill("#code", "0000-0000");
  await page.getByRole("button", { name: "Bevestig" }).click();
  await page.getByText("Dat is niet de code uit de mail").waitFor();
  await world.settle();
  const code = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(world.mails.at(-1)?.text ?? "")?.[0] ?? "";
  await page.fill("#code", code);
  if (shots) await page.screenshot({ path: `${shots}/95-code.png`, fullPage: true });
  await page.getByRole("button", { name: "Bevestig" }).click();
  await page.getByText("Het verschijnt zodra het is bekeken").waitFor();
  if (shots) await page.screenshot({ path: `${shots}/96-pending.png`, fullPage: true });
  await context.close();
});

/** Without script axe does not run; that there is one heading is seen all the same. */
const findingsOnPlain = (page: Page): Promise<number> => page.locator("h1").count();
