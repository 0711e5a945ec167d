import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { hours, later, minutes } from "../functions/platform/clock.ts";
import { ShareView } from "../functions/posts/share.ts";
import { openBrowser, phone } from "./browser.ts";
import { littleBluesky } from "./little-networks.ts";
import { png, published } from "./pictures-of.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// What somebody sees of posts on a phone: who approves of them, who looks how they will stand there, who posts them by hand.

/** PICTURES=<folder> keeps a picture of each page. */
const pictures = process.env.PICTURES;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let world: World;
let browser: Browser;
let shop: Workspace & { pages: Record<"approve" | "preview" | "todo", string> };
beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld({ at: "2026-06-01T10:00:00.000Z" }), openBrowser()]);
  const workspace = await world.workspace();
  const { api } = workspace;
  const feed = idOf(
    await api("POST", "/v1/channels", { network: "feed", name: "Nieuws van Zon", handle: "zon-telefoon" }),
  );
  const { id: bluesky } = await (await littleBluesky()).connect(workspace);
  const hand = idOf(
    await api("POST", "/v1/channels", {
      ...{ network: "reminder", name: "LinkedIn van de zaak" },
      settings: { to: "anna@example.nl", where: "LinkedIn" },
    }),
  );
  const media = await published(workspace, png(640, 400));
  const shown = [{ mediaId: media, alt: "Een mokkataart op een schaal van blauw glas" }];
  const text =
    "Zaterdag is de mokkataart terug!\n\nBestel hem op https://www.bakkerij-zon.example/taarten/mokkataart-van-de-week-met-een-heel-lang-adres #taart @zon";
  const thread = [{ text: "En zondag zijn we om negen uur open." }];
  const by = { text, media: shown, thread, channels: [feed, bluesky, hand] };
  const soon = idOf(await api("POST", "/v1/posts", { ...by, channels: [hand], at: later(world.now(), minutes(1)) }));
  await world.advance("PT2M");
  const mail = world.mails.findLast(({ to }) => to.includes("anna@example.nl"));
  const todo = /https?:\/\/\S+\/todo\/\S+/.exec(mail?.text ?? "")?.[0] ?? "";
  expect(soon).toBeTruthy();
  const long = idOf(await api("POST", "/v1/posts", { ...by, text: `${text} ${"Brood ".repeat(60)}` }));
  const preview = (await api("GET", `/v1/posts/${long}/preview`)).as(z.object({ url: z.string() })).url;
  await api("PATCH", "/v1/workspace", { approval: "required" });
  const variants = [
    { channelId: bluesky, text: "De mokkataart is terug." },
    { channelId: feed, thread: [] },
  ];
  const posts: string[] = [];
  for (const n of [24, 48])
    posts.push(
      idOf(await api("POST", "/v1/posts", { ...by, variants, allowDuplicate: true, at: later(world.now(), hours(n)) })),
    );
  const approve = (await api("POST", "/v1/shares/approval", { name: "Mevrouw Jansen", posts })).as(ShareView).url ?? "";
  shop = { ...workspace, pages: { approve, preview, todo } };
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** Nothing serious for axe, under 50 KB, no wider than the screen. */
const look = async (page: Page, name: string): Promise<void> => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  expect(Buffer.byteLength(await page.content()), name).toBeLessThan(50_000);
  const isWide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
  expect(isWide, `${name} is wider than the screen`).toBe(false);
  await page.evaluate(axe);
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
  });
  expect(
    findings.filter((finding) => /^(serious|critical)/.test(finding)),
    name,
  ).toEqual([]);
};

describe.each(["nl", "en"] as const)("on a phone, in %s", (lang) => {
  const opened = async (which: keyof typeof shop.pages): Promise<Page> => {
    const page = await (await browser.newContext(phone)).newPage();
    const { pathname, search } = new URL(shop.pages[which]);
    await page.goto(`${world.url}${pathname}${search}&lang=${lang}`);
    expect(await page.getAttribute("html", "lang")).toBe(lang);
    expect(await page.locator("h1").count()).toBe(1);
    return page;
  };

  test("a post is looked at as it will stand on each channel, and what is too much is told in words", async () => {
    const page = await opened("preview");
    await look(page, `post-preview-${lang}`);
    expect(await page.locator("h2").allTextContents()).toHaveLength(3);
    expect(await page.locator("mark").count()).toBeGreaterThan(0);
    await page.context().close();
  });

  test("what somebody posts by hand is ready to be pasted", async () => {
    const page = await opened("todo");
    await look(page, `post-todo-${lang}`);
    expect(await page.locator("textarea").first().inputValue()).toContain("mokkataart");
    await page.context().close();
  });

  test("somebody approves of one post and asks for a change of another", async () => {
    const page = await opened("approve");
    await look(page, `post-approve-${lang}`);
    const say = {
      nl: { change: "Er moet iets anders", what: "Wat moet er anders?", ask: "Vraag om deze aanpassing" },
      en: { change: "Something must be changed", what: "What must be changed?", ask: "Ask for this change" },
    }[lang];
    await page.getByText(say.change).last().click();
    await page.getByLabel(say.what).last().fill("Liever zonder adres.");
    await look(page, `post-change-${lang}`);
    await page.getByRole("button", { name: say.ask }).last().click();
    await page.getByRole("status").waitFor();
    await look(page, `post-asked-${lang}`);
    if (lang === "en") {
      await page.getByRole("button", { name: "Yes, this may leave" }).first().click();
      await page.getByText("You approved 1 post.").waitFor();
      await page.getByRole("button", { name: "Yes, this may leave" }).first().click();
      await page.getByRole("heading", { name: "Done" }).waitFor();
      await look(page, "post-done-en");
    }
    await page.context().close();
  });
});
