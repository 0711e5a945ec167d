import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { PollView } from "../functions/polls/view.ts";
import { openBrowser, phone } from "./browser.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// Every kind of question, in a real browser on a phone's screen.

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

const texts = (...all: string[]) => all.map((text) => ({ text }));
const questions = [
  { kind: "single", text: "Welk etiket?", options: texts("De zon", "De maan", "De ster"), other: true },
  { kind: "multiple", text: "Wat eet u erbij?", options: texts("Kaas", "Noten", "Niets"), max: 2 },
  { kind: "rating", text: "Hoe smaakt het?" },
  { kind: "rating", text: "Raadt u ons aan?", scale: "nps" },
  { kind: "ranking", text: "Welke stijl eerst?", options: texts("Bock", "Tripel", "IPA") },
  { kind: "estimate", text: "Hoeveel flessen verkopen we dit jaar?", unit: "flessen", min: 0, max: 100_000 },
  { kind: "open", text: "Wat moeten we brouwen?", required: false },
  {
    kind: "statements",
    text: "Eens of oneens?",
    statements: texts("Bier hoort in een glas", "Blik is beter dan glas"),
  },
];

type Told = z.infer<typeof PollView>;
let made = 0;
const opened = async (more: object): Promise<Told> => {
  const slug = `peiling-${++made}`;
  const { id } = (await brewery.api("POST", "/v1/polls", { slug, ...more })).as(PollView);
  return (await brewery.api("POST", `/v1/polls/${id}/open`)).as(PollView);
};

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const findingsOn = async (page: Page): Promise<string[]> => {
  await page.addScriptTag({ content: axe });
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; impact: string }[] }> };
    };
    return (await axe.run()).violations.map(({ id, impact }) => `${impact} ${id}`);
  });
  // A kiosk's screen goes on by itself, for the next one (WCAG 2.2, 2.2.1: essential); it has a button as well.
  return findings.filter((finding) => /^(serious|critical)/.test(finding) && !finding.endsWith("meta-refresh"));
};
/** A page answers, and a chart is drawn, when the machine comes to it; by itself `expect.poll` waits a second. */
const patiently = { timeout: 30_000 };
const pageOf = async (javaScriptEnabled = true): Promise<Page> =>
  (
    await browser.newContext({
      ...phone,
      bypassCSP: true,
      javaScriptEnabled,
    })
  ).newPage();

/** What is to be seen on it, without serious findings, under 50 KB, as wide as the phone, in both languages. */
const fine = async (path: string): Promise<void> => {
  for (const lang of ["nl", "en"]) {
    const page = await pageOf();
    const answer = await page.goto(`${world.url}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
    expect((await answer?.body())?.length ?? 0).toBeLessThan(50_000);
    expect(await page.locator("html").getAttribute("lang")).toBe(lang);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(await findingsOn(page), `${path} ${lang}`).toEqual([]);
    await page.context().close();
  }
};

test("a poll of every kind is filled in with the keyboard alone, without script, and its pages have no serious findings", async () => {
  const poll = await opened({ title: "Peiling van de week", questions });
  await fine(`/p/${poll.slug}`);
  const page = await pageOf(false);
  await page.goto(`${world.url}/p/${poll.slug}`);
  const press = (...keys: string[]) =>
    keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  const to = (name: string) => page.locator(`[name="${name}"]`).first().focus();
  await to("q1");
  await press("Space", "ArrowDown");
  await to("q2.0");
  await press("Space");
  await to("q3");
  await press("Space", "ArrowRight", "ArrowRight", "ArrowRight");
  await to("q4");
  await press("Space", ...Array.from({ length: 9 }, () => "ArrowRight"));
  for (const [field, key] of [
    ["q5.0", "2"],
    ["q5.1", "1"],
    ["q5.2", "3"],
  ] as const) {
    await to(field);
    await page.keyboard.type(key);
  }
  await to("q6");
  await page.keyboard.type("12.500");
  await to("q8.0");
  await press("Space");
  await to("q8.1");
  await press("Space", "ArrowRight", "Enter");
  await expect.poll(() => page.getByText("Uw antwoorden zijn ontvangen").count(), patiently).toBe(1);
  await page.context().close();
  const List = z.object({ items: z.array(z.object({ answers: z.record(z.string(), z.unknown()) })) });
  const { items } = (await brewery.api("GET", `/v1/polls/${poll.id}/responses`)).as(List);
  expect(items[0]?.answers).toMatchObject({ q3: 4, q4: 9, q6: 12500 });

  const ids = (q: number) => (poll.questions[q]?.options ?? poll.questions[q]?.statements ?? []).map(({ id }) => id);
  for (let n = 0; n < 24; n++) {
    const order = n % 3 ? ids(4) : ids(4).toReversed();
    const [glass = "", can = ""] = ids(7);
    const answers = {
      q1: n % 6 ? ids(0)[n % 2] : { other: "De komeet" },
      q2: ids(1).slice(0, 1 + (n % 2)),
      ...{ q3: 3 + (n % 3), q4: n % 11, q5: order, q6: 9000 + n * 700 },
      q8: { [glass]: n % 8 ? "agree" : "pass", [can]: n % 2 ? "agree" : "disagree" },
    };
    const device = `toestel-van-iemand-${n}`;
    expect((await world.http("POST", `/p/${poll.slug}`, { body: { answers, device } })).status).toBe(201);
  }
  await brewery.api("POST", `/v1/polls/${poll.id}/close`);
  await world.advance("PT2M");
  await brewery.api("PUT", `/v1/polls/${poll.id}/truth`, { questionId: "q6", value: 17_200 });
  await fine(`/p/${poll.slug}/results`);
  await fine(`/p/${poll.slug}`);
  // The charts of what cannot be a bar in a table are there, and as wide as the phone.
  const results = await pageOf(false);
  await results.goto(`${world.url}/p/${poll.slug}/results`);
  const charts = results.locator("img.picture");
  expect(await charts.count()).toBe(5);
  for (const chart of await charts.all()) {
    await chart.scrollIntoViewIfNeeded();
    await expect.poll(() => chart.evaluate((image) => Reflect.get(image, "naturalWidth")), patiently).toBe(1080);
  }
  if (process.env.PICTURES) await results.screenshot({ path: `${process.env.PICTURES}/results.png`, fullPage: true });
  await results.context().close();
});

test("the other pages of polls have no serious findings", async () => {
  const options = texts("De zon", "De maan");
  const simple = await opened({ question: "Welk etiket?", options });
  await fine(`/p/${simple.slug}?answer=${simple.options[0]?.id}`);
  const Kiosk = z.object({ url: z.string() });
  const { url } = (await brewery.api("POST", `/v1/polls/${simple.id}/kiosk`, {})).as(Kiosk);
  await fine(`${url.slice(world.url.length)}&done=1`);
  const email = await opened({ question: "Welk etiket?", options, tier: "email" });
  await fine(`/p/${email.slug}`);
  const link = await opened({ question: "Welk etiket?", options, tier: "link", results: "hidden" });
  await fine(`/p/${link.slug}`);
  await fine(`/p/${link.slug}/results`);
  // Words that are wider than a phone.
  const wide = "Hottentottententententoonstellingsbezoekerskaartjesverkoopster".repeat(3);
  const long = await opened({
    title: "Lange woorden",
    questions: [
      { kind: "single", text: `Welk ${wide}?`, options: texts(wide, `De ${wide}`), other: true },
      { kind: "ranking", text: "Wat eerst?", options: texts(wide, "Kort") },
      { kind: "statements", text: "Eens?", statements: texts(wide, "Kort") },
    ],
  });
  const first = (q: number) => (long.questions[q]?.options ?? long.questions[q]?.statements ?? []).map(({ id }) => id);
  const answers = { q1: first(0)[0], q2: first(1), q3: Object.fromEntries(first(2).map((id) => [id, "agree"])) };
  await world.http("POST", `/p/${long.slug}`, { body: { answers, device: "toestel-van-iemand" } });
  await fine(`/p/${long.slug}`);
  await fine(`/p/${long.slug}/results`);

  // A form that comes back, and the page that asks for the code.
  for (const lang of ["nl", "en"]) {
    const page = await pageOf(false);
    await page.goto(`${world.url}/p/${email.slug}?lang=${lang}`);
    await page.getByRole("radio").first().check();
    await page.locator("#email").fill("anna@example.nl");
    await page.locator("main button").click();
    await expect.poll(() => page.locator("#code").count(), patiently).toBe(1);
    await page.locator("#code").fill("0000-0000");
    await page.locator("main button").click();
    await expect.poll(() => page.getByRole("alert").count(), patiently).toBe(1);
    await page.context().close();
  }
  const again = await opened({ title: "Peiling", questions: [questions[1], questions[4], questions[5]] });
  const page = await pageOf();
  await page.goto(`${world.url}/p/${again.slug}`);
  await page.evaluate('document.querySelector("form").noValidate = true');
  await page.locator("main button").click();
  await expect.poll(() => page.getByRole("alert").count(), patiently).toBe(2);
  expect(await findingsOn(page)).toEqual([]);
  await page.context().close();
});

test("results at every limit come page by page, without script: each under 50 KB, with every question and statement on one of them", async () => {
  // What takes most room in a page: each of these letters is six there.
  const long = (length: number, name: string) => `${name} `.padEnd(length, '"');
  const texted = (most: number, length: number, name: string) =>
    texts(...Array.from({ length: most }, (_, i) => long(length, `${name}${i}`)));
  const asked = (n: number) => [
    { kind: "statements", text: long(300, `Stellingen ${n}`), statements: texted(20, 200, `s${n}-`) },
    { kind: "single", text: long(300, `Keuze ${n}`), options: texted(16, 200, `k${n}-`), other: true },
    { kind: "ranking", text: long(300, `Volgorde ${n}`), options: texted(8, 200, `v${n}-`) },
  ];
  const many = [0, 1, 2, 3].flatMap(asked).slice(0, 10);
  const poll = await opened({ title: long(200, "Alles"), questions: many });
  const ids = (q: number) => (poll.questions[q]?.options ?? poll.questions[q]?.statements ?? []).map(({ id }) => id);
  for (let n = 0; n < 12; n++) {
    const votes = (q: number) =>
      Object.fromEntries(ids(q).map((id, i) => [id, (n % 2 === 0) === i < 10 ? "agree" : "disagree"]));
    const answers = Object.fromEntries(
      poll.questions.map(({ id, kind }, q) => {
        if (kind === "statements") return [id, votes(q)];
        return [id, kind === "single" ? ids(q)[n] : ids(q)];
      }),
    );
    const sent = await world.http("POST", `/p/${poll.slug}`, { body: { answers, device: `toestel-van-iemand-${n}` } });
    expect(sent.status).toBe(201);
  }
  await brewery.api("POST", `/v1/polls/${poll.id}/close`);
  await world.advance("PT2M");

  const page = await pageOf(false);
  await page.goto(`${world.url}/p/${poll.slug}/results?lang=en&embed=1`);
  const seen: { url: string; text: string }[] = [];
  const next = page.locator('a[rel="next"]');
  for (;;) {
    seen.push({ url: page.url(), text: await page.locator("main").innerText() });
    const { pathname, search } = new URL(page.url());
    expect(Buffer.byteLength((await world.http("GET", pathname + search)).text)).toBeLessThan(50_000);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    if (process.env.PICTURES)
      await page.screenshot({ path: `${process.env.PICTURES}/results-${seen.length}.png`, fullPage: true });
    if ((await next.count()) === 0) break;
    await next.click();
  }
  expect(seen.length).toBeGreaterThan(5);
  expect(new Set(seen.map(({ url }) => url)).size).toBe(seen.length);
  expect(seen.every(({ url }) => url.includes("lang=en") && url.includes("embed=1"))).toBe(true);
  const all = seen.map(({ text }) => text).join("\n");
  for (const { text } of many) expect(all).toContain(text.slice(0, 12));
  for (const q of [0, 3, 6, 9]) expect(all.split(`s${q / 3}-19 `).length - 1).toBe(4 - 1);
  expect(seen[1]?.text).toMatch(new RegExp(`Part 2 of ${seen.length}`));
  await page.goBack();
  expect(page.url()).toBe(seen.at(-2)?.url);
  await page.locator('a[rel="prev"]').click();
  expect(await page.locator("main").innerText()).toBe(seen.at(-3)?.text);
  await page.context().close();
  await fine(`/p/${poll.slug}/results?from=q1-2`);
  // A part that there is not begins at the beginning.
  const nowhere = await world.http("GET", `/p/${poll.slug}/results?from=q99`);
  expect(nowhere.text).toContain(`Deel 1 van ${seen.length}`);
});
