import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { probablyMeant } from "../functions/contests/mistyped.ts";
import { functions } from "../functions/manifest.ts";
import { minutes } from "../functions/platform/clock.ts";
import { writeDocs } from "../infra/openapi.ts";
import { openBrowser, phone } from "./browser.ts";
import { png, published } from "./pictures-of.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// Taking part: from the form to the draw, as an entrant meets it. PICTURES=<folder> keeps a picture of each page on the way.

const pictures = process.env.PICTURES;
if (pictures) mkdirSync(pictures, { recursive: true });

let world: World;
let browser: Browser;
let bakery: Workspace;
beforeAll(async () => {
  [world, browser] = await Promise.all([openWorld({ drawsAhead: true }), openBrowser()]);
  bakery = await world.workspace();
  // What proves work is a file of ours, made when the system is built.
  if (!process.env.DOCS_FOLDER) throw new Error("The runner names no folder.");
  await writeDocs(functions, process.env.DOCS_FOLDER);
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

let number = 0;
type Made = { id: string; slug: string };
/** An open contest; it closes in an hour unless said otherwise. */
const opened = async (more: object = {}, { closesIn = minutes(60), of = bakery } = {}): Promise<Made> => {
  number += 1;
  const slug = `taart-${number}`;
  const closes = Date.parse(world.now()) + closesIn;
  const id = idOf(
    await of.api("POST", "/v1/contests", {
      slug,
      title: "Win een taart",
      description: "Vier met ons dat de bakkerij tien jaar bestaat.",
      organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
      promotes: "De taarten van Bakkerij Zon",
      prizes: [
        { description: "Een jaar lang brood", number: 1, valueCents: 23_400 },
        { description: "Een taart naar keuze", number: 2, valueCents: 2_800 },
      ],
      reserves: 1,
      closesAt: new Date(closes).toISOString(),
      drawAt: new Date(closes + minutes(3)).toISOString(),
      ...more,
    }),
  );
  expect((await of.api("POST", `/v1/contests/${id}/open`)).status).toBe(200);
  return { id, slug };
};

const json = { accept: "application/json" };
const mailsTo = (address: string) => world.mails.filter(({ to }) => to.includes(address));
/** The path of the link in the newest mail to this address. */
const mailedPath = async (address: string): Promise<string> => {
  await world.settle();
  const { pathname, search } = new URL(/https?:\/\/\S+/.exec(mailsTo(address).at(-1)?.text ?? "")?.[0] ?? "");
  return pathname + search;
};
const Personal = z.looseObject({
  entryId: z.string(),
  personalUrl: z.string(),
  shareUrl: z.string(),
  tickets: z.int(),
  standing: z.string(),
});
/** Enters as an app does. */
const entered = async ({ slug }: Made, email: string) => {
  await world.http("POST", `/c/${slug}`, { body: { email } });
  const t = new URL(await mailedPath(email), world.url).searchParams.get("t");
  return (await world.http("POST", `/c/${slug}/confirm`, { body: { t } })).as(Personal);
};
const pathIn = (url: string): string => new URL(url).pathname + new URL(url).search;

describe("a mistyped address", () => {
  test("is asked about where its domain is nearly a usual one, and only there", () => {
    const asks = {
      "gmial.com": "gmail.com",
      "gmail.con": "gmail.com",
      "gamil.com": "gmail.com",
      "gmai.com": "gmail.com",
      "hotmial.com": "hotmail.com",
      "hotmail.nk": "hotmail.nl",
      "outlok.com": "outlook.com",
      "zigo.nl": "ziggo.nl",
      "kpnmail.n": "kpnmail.nl",
      "lvie.nl": "live.nl",
      "iclod.com": "icloud.com",
    };
    for (const [typed, meant] of Object.entries(asks)) expect(probablyMeant(`a@${typed}`)).toBe(`a@${meant}`);
    for (const right of [
      "gmail.com",
      "mail.com",
      "ymail.com",
      "gmx.nl",
      "hotmail.be",
      "bakkerij-zon.nl",
      "uu.nl",
      "kpn.com",
    ])
      expect(probablyMeant(`a@${right}`), right).toBeUndefined();
  });

  test("can be put right or kept with one press, and only then something is mailed", async () => {
    const contest = await opened();
    const visitor = world.visitor();
    const asks = await visitor.submit(await visitor.open(`/c/${contest.slug}?via=flyer`), { email: "sanne@gmial.com" });
    expect(asks.text).toContain("Bedoelde u sanne@gmail.com?");
    await world.settle();
    // As the document says: it waits for an answer.
    expect(asks.status).toBe(202);
    expect(mailsTo("sanne@gmial.com")).toEqual([]);
    const [yes, no] = asks.forms;
    expect(yes?.fields.via).toBe("flyer");
    const byFriend = await visitor.open(pathIn((await entered(contest, "vriend@example.nl")).shareUrl));
    const sent = await visitor.submit(byFriend, { email: "anders@example.nl" });
    expect(sent.text).toContain(`href="${byFriend.path}">Een ander adres invullen`);
    expect((await visitor.submit(asks, {}, yes)).text).toContain("gestuurd naar sanne@gmail.com");
    expect((await visitor.submit(asks, {}, no)).text).toContain("gestuurd naar sanne@gmial.com");
    await world.settle();
    expect([mailsTo("sanne@gmail.com").length, mailsTo("sanne@gmial.com").length]).toEqual([1, 1]);
  });

  test("of an app is mailed, and the app is told", async () => {
    const contest = await opened();
    const answer = await world.http("POST", `/c/${contest.slug}`, { body: { email: "app@hotmial.com" } });
    expect(answer).toMatchObject({ status: 202, body: { status: "mailed", probablyMeant: "app@hotmail.com" } });
  });
});

describe("after the form", () => {
  test("the mail can be sent again after ten minutes, as the page says, and the address of the page tells nobody's", async () => {
    const contest = await opened();
    const visitor = world.visitor();
    const sent = await visitor.submit(await visitor.open(`/c/${contest.slug}`), { email: "nogeens@example.nl" });
    expect(sent.text).toContain("gestuurd naar nogeens@example.nl");
    expect(sent.text).toContain("Druk op die knop vóór");
    expect(sent.text).toMatch(/Vanaf \d\d:\d\d uur kunt u de mail nog eens laten sturen/);
    expect(decodeURIComponent(sent.path)).not.toContain("nogeens");
    const early = await visitor.submit(sent);
    expect([early.status, early.text.includes("Dat is nog te vroeg")]).toEqual([429, true]);
    await world.settle();
    expect(mailsTo("nogeens@example.nl")).toHaveLength(1);
    await world.advance("PT11M");
    expect((await visitor.submit(early)).path).toContain(`/c/${contest.slug}/sent?t=`);
    await world.settle();
    expect(mailsTo("nogeens@example.nl")).toHaveLength(2);
    await world.advance("PT1H");
    expect((await visitor.open(sent.path)).text).toContain("Bevestigen kan niet meer");
  });

  test("who entered already is mailed the link to their own page, and the page says the same to both", async () => {
    const contest = await opened();
    await entered(contest, "bekend@example.nl");
    const said = async (email: string) => {
      const visitor = world.visitor();
      const sent = await visitor.submit(await visitor.open(`/c/${contest.slug}`), { email });
      return sent.text.replaceAll(email, "…").replaceAll(/(value|href)="[^"]*"/g, "");
    };
    expect(await said("bekend@example.nl")).toBe(await said("vreemde@example.nl"));
    expect(await mailedPath("vreemde@example.nl")).toContain("/confirm?t=");
    const mine = await world.visitor().open(await mailedPath("bekend@example.nl"));
    expect(mailsTo("bekend@example.nl").at(-1)?.subject).toContain("U doet al mee");
    expect(mine.text).toContain("U doet mee met");
  });

  test("a mailed link that is over says what one can do", async () => {
    const contest = await opened({}, { closesIn: minutes(5) });
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "telaat@example.nl" } });
    const link = await mailedPath("telaat@example.nl");
    const cut = await world.visitor().open(link.slice(0, -9));
    expect([cut.status, cut.text.includes("Vul uw adres nog eens in")]).toEqual([410, true]);
    await world.advance("PT5M");
    const over = await world.visitor().open(link);
    expect([over.status, over.text.includes("Meedoen en bevestigen kan niet meer")]).toEqual([410, true]);
  });

  test("“check my entry” mails who entered, also after the close, and tells nobody else anything", async () => {
    const contest = await opened({}, { closesIn: minutes(5) });
    await entered(contest, "erbij@example.nl");
    await world.advance("PT20M");
    const before = world.mails.length;
    const said = async (email: string) => {
      const visitor = world.visitor();
      return visitor.submit(await visitor.open(`/c/${contest.slug}/check`), { email });
    };
    const [known, unknown] = [await said("erbij@example.nl"), await said("nooit@example.nl")];
    expect(known.text).toBe(unknown.text);
    await world.settle();
    expect(world.mails.length - before).toBe(1);
    expect((await world.visitor().open(await mailedPath("erbij@example.nl"))).text).toContain("Uw deelname");
    const wrong = await said("geen adres");
    expect([wrong.status, wrong.text.includes("geen e-mailadres")]).toEqual([400, true]);
  });

  test("an entrant withdraws by one button behind a question; the page says so, and a second time changes nothing", async () => {
    const contest = await opened();
    const { personalUrl } = await entered(contest, "weg@example.nl");
    const visitor = world.visitor();
    const mine = await visitor.open(pathIn(personalUrl));
    const asks = await visitor.open(
      /href="(\/c\/[^"]+\/withdraw[^"]+)"/.exec(mine.text)?.[1]?.replaceAll("&amp;", "&") ?? "",
    );
    expect((await visitor.open(pathIn(personalUrl))).text).toContain("U doet mee");
    const out = await visitor.submit(asks);
    expect(out.text).toContain("U hebt uw deelname ingetrokken");
    expect(out.text).not.toContain("wa.me");
    expect((await visitor.submit(asks)).text).toContain("U hebt uw deelname ingetrokken");
    await world.settle();
    const withdrawn = world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "entry.withdrawn");
    expect(withdrawn).toHaveLength(1);
  });
});

describe("a screen that many people use", () => {
  test("goes back to the empty form by itself, and shows no address and no personal link", async () => {
    const contest = await opened();
    const visitor = world.visitor();
    const form = await visitor.open(`/c/${contest.slug}?kiosk`);
    expect(form.text).toContain('autocomplete="off"');
    const sent = await visitor.submit(form, { email: "tablet@example.nl" });
    expect(sent.path).toBe(`/c/${contest.slug}/sent?kiosk`);
    expect(sent.text).not.toContain("tablet@example.nl");
    expect(sent.text).not.toMatch(/\/me|\?t=/);
    expect(sent.text).toContain(`<meta http-equiv="refresh" content="20; url=/c/${contest.slug}?kiosk">`);
    const left = await visitor.submit(form, { email: "geen adres" });
    expect(left.text).toContain('content="60; url=');
    const { entries } = (await world.http("GET", `/c/${contest.slug}`, { headers: json })).as(
      z.looseObject({ entries: z.int() }),
    );
    expect(entries).toBe(0);
    await world.settle();
    expect(mailsTo("tablet@example.nl")).toHaveLength(1);
  });
});

describe("on the brand's own site", () => {
  const site = "https://www.bakkerij-zon.nl";

  test("the form stands in a frame there, and in nobody else's", async () => {
    const contest = await opened({ embedOrigins: [site] });
    const other = await opened();
    const frame = await world.visitor().open(`/c/${contest.slug}/embed`);
    expect(frame.headers["content-security-policy"]).toContain(`frame-ancestors ${site}`);
    const sent = await world.visitor().submit(frame, { email: "kader@example.nl" });
    expect(sent.text).toContain("gestuurd naar kader@example.nl");
    expect(sent.headers["content-security-policy"]).toContain(`frame-ancestors ${site}`);
    for (const path of [`/c/${contest.slug}`, `/c/${other.slug}/embed`])
      expect((await world.visitor().open(path)).headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  });

  test("its scripts may enter people, those of another site may not read the answer", async () => {
    const contest = await opened({ embedOrigins: [site] });
    const ask = (origin: string, method: string, body?: object) =>
      world.http(method, `/c/${contest.slug}`, { headers: { origin, ...json }, ...(body ? { body } : {}) });
    const before = await ask(site, "OPTIONS");
    expect(before).toMatchObject({
      status: 204,
      headers: { "access-control-allow-origin": site, "access-control-allow-headers": "content-type", vary: "origin" },
    });
    const answer = await ask(site, "POST", { email: "script@example.nl" });
    expect(answer).toMatchObject({ status: 202, headers: { "access-control-allow-origin": site } });
    const wrong = await ask(site, "POST", { email: "niets" });
    expect(wrong).toMatchObject({ status: 400, headers: { "access-control-allow-origin": site } });
    for (const method of ["OPTIONS", "GET"])
      expect((await ask("https://elders.example", method)).headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("a site is named as browsers say it", async () => {
    for (const origin of [
      "https://www.zon.nl/",
      "http://www.zon.nl",
      "https://zon.nl:443",
      "*",
      "zon.nl",
      "https://ZON.nl",
    ])
      expect(
        await bakery.api("POST", "/v1/contests", { slug: "kader", title: "x", embedOrigins: [origin] }),
        origin,
      ).toMatchObject({ status: 400, body: { errors: [{ pointer: "#/embedOrigins/0" }] } });
  });
});

describe("the preview of a link", () => {
  const pictureIn = (markup: string): string =>
    pathIn(/property="og:image" content="([^"]+)"/.exec(markup)?.[1]?.replaceAll("&amp;", "&") ?? "");

  test("has a picture in the page's language, small enough for every network, that may be kept", async () => {
    const contest = await opened();
    const pictures = await Promise.all(
      ["nl", "en"].map(async (lang) => {
        const { text } = await world.visitor().open(`/c/${contest.slug}?lang=${lang}`);
        expect(text).toContain('name="twitter:card" content="summary_large_image"');
        expect(text).toMatch(/property="og:description" content="#(winactie|contest) /);
        const path = pictureIn(text);
        const answer = await fetch(world.url + path);
        expect(answer.headers.get("content-type")).toBe("image/png");
        expect(answer.headers.get("cache-control")).toBe("public, max-age=86400");
        expect(answer.headers.get("etag")).toContain(new URL(path, world.url).searchParams.get("v"));
        return Buffer.from(await answer.arrayBuffer());
      }),
    );
    for (const png of pictures) {
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
      expect(png.length).toBeLessThan(300_000);
    }
    expect(pictures[0]!.equals(pictures[1]!)).toBe(false);
    expect((await world.http("GET", "/c/bestaat-niet/card.png")).status).toBe(404);
  });

  test("is drawn when there is something to share, so that nobody waits for it", async () => {
    const contest = await opened();
    await world.settle();
    const path = pictureIn((await world.visitor().open(`/c/${contest.slug}`)).text);
    const version = new URL(path, world.url).searchParams.get("v");
    const kept = await fetch(
      `${process.env.AWS_ENDPOINT_URL_S3}/samenspraak/cards/${bakery.workspaceId}/${version}.png`,
    );
    expect(kept.status).toBe(200);
    const shown = await fetch(world.url + path);
    expect(Buffer.from(await shown.arrayBuffer()).equals(Buffer.from(await kept.arrayBuffer()))).toBe(true);
  });

  test("has the brand's colour and logo", async () => {
    const shop = await world.workspace("Fietsen Fré");
    const file = png(60, 20, [240, 180, 0]);
    const logo = await published(shop, file);
    const contest = await opened({ title: "Win een bakfiets" }, { of: shop });
    const draw = async () => {
      const { text } = await world.visitor().open(`/c/${contest.slug}`);
      return Buffer.from(await (await fetch(world.url + pictureIn(text))).arrayBuffer());
    };
    const before = await draw();
    expect((await shop.api("PATCH", "/v1/workspace", { logo, accent: "#1b5e20" })).status).toBe(200);
    await world.advance("PT6S");
    const after = await draw();
    expect(after.equals(before)).toBe(false);
    if (pictures) writeFileSync(join(pictures, "card.png"), after);
  });

  test("of a poll has one too, once its question is public", async () => {
    const questions = [
      { kind: "single", text: "Welk brood bakken we zaterdag?", options: [{ text: "Desem" }, { text: "Spelt" }] },
    ];
    const id = idOf(await bakery.api("POST", "/v1/polls", { slug: "brood", questions }));
    expect((await world.http("GET", "/p/brood/card.png")).status).toBe(404);
    expect((await bakery.api("POST", `/v1/polls/${id}/open`)).status).toBe(200);
    await world.advance("PT6S");
    const answer = await fetch(world.url + pictureIn((await world.visitor().open("/p/brood")).text));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "image/png"]);
  });

  test("says that a contest is over, at another address than before", async () => {
    const contest = await opened({}, { closesIn: minutes(5) });
    const before = pictureIn((await world.visitor().open(`/c/${contest.slug}`)).text);
    await world.advance("PT6M");
    expect(pictureIn((await world.visitor().open(`/c/${contest.slug}`)).text)).not.toBe(before);
  });
});

test("the page for the link in a bio has what is open, its links and its posts, and the feeds stay where they were", async () => {
  const shop = await world.workspace("Bloemen Bo");
  const links = [{ label: "Onze winkel", url: "https://bloemen-bo.example/winkel" }];
  const channelId = idOf(
    await shop.api("POST", "/v1/channels", {
      network: "feed",
      name: "Bloemen Bo",
      handle: "bloemen-bo",
      settings: { links },
    }),
  );
  expect((await world.visitor().open("/@bloemen-bo")).text).toContain("Onze winkel");
  const contest = await opened({ title: "Win een boeket" }, { of: shop, closesIn: minutes(30) });
  await shop.api("POST", "/v1/contests", { slug: "nog-niet", title: "Nog niet open" });
  expect(
    (
      await shop.api("POST", "/v1/posts", {
        text: "De tulpen zijn er",
        channels: [channelId],
        at: new Date(Date.parse(world.now()) + 1000).toISOString(),
      })
    ).status,
  ).toBe(201);
  await world.advance("PT10S");
  const page = await world.visitor().open("/@bloemen-bo");
  expect(page.text).toContain(`href="/c/${contest.slug}?via=bio">Win een boeket`);
  expect(page.text).toContain("De tulpen zijn er");
  expect(page.text).not.toContain("Nog niet open");
  expect(page.headers["cache-control"]).toBe("public, max-age=5");
  expect((await world.http("GET", "/@bloemen-bo", { headers: json })).body).toMatchObject({
    contests: [{ title: "Win een boeket" }],
    links,
    items: [{ text: "De tulpen zijn er" }],
  });
  for (const feed of ["feed.atom", "feed.json"])
    expect((await world.http("GET", `/@bloemen-bo/${feed}`)).text).toContain("De tulpen zijn er");
  await world.advance("PT31M");
  expect((await world.visitor().open("/@bloemen-bo")).text).not.toContain("Win een boeket");
});

// ── In a browser ────────────────────────────────────────────────────────────────────────────────────────────────────

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Nothing serious for axe, under 50 KB, and where pictures are kept one of it. */
const look = async (page: Page, name: string, withScript: boolean, besides?: string): Promise<void> => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  expect((await page.content()).length, name).toBeLessThan(50_000);
  const isWide = await page
    .evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    .catch(() => false);
  expect(isWide, `${name} is wider than the screen`).toBe(false);
  if (!withScript) return;
  await page.evaluate(axe);
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0]?.html}`);
  });
  const serious = findings.filter((finding) => /^(serious|critical)/.test(finding));
  expect(
    serious.filter((finding) => besides === undefined || !finding.startsWith(besides)),
    name,
  ).toEqual([]);
};

describe.each([
  { lang: "nl", script: true },
  { lang: "en", script: true },
  { lang: "nl", script: false },
] as const)("on a phone in $lang, script: $script", ({ lang, script }) => {
  const say = {
    nl: {
      address: "Uw e-mailadres",
      enter: "Doe mee",
      look: "Kijk in uw mail",
      confirm: "Ja, ik doe mee",
      copy: "Kopieer tekst en link",
    },
    en: {
      address: "Your e-mail address",
      enter: "Enter",
      look: "Look in your mail",
      confirm: "Yes, I enter",
      copy: "Copy the text and link",
    },
  }[lang];

  test("somebody enters, confirms, shares, sees how it stands, and reads the draw", async () => {
    const name = `${lang}${script ? "" : "-no-script"}`;
    const contest = await opened({}, { closesIn: minutes(20) });
    const options: BrowserContextOptions = { ...phone, javaScriptEnabled: script };
    const context = await browser.newContext(
      script ? { ...options, permissions: ["clipboard-read", "clipboard-write"] } : options,
    );
    const page = await context.newPage();
    const refused: string[] = [];
    page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
    const at = (path: string) => page.goto(`${world.url}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
    const see = (part: string) => look(page, `${name}-${part}`, script);
    const fill = async (address: string) => {
      await page.getByLabel(say.address).fill(address);
      await page.getByRole("button", { name: say.enter, exact: true }).click();
    };

    await at(`/c/${contest.slug}`);
    await see("1-form");
    await fill(`sanne-${name}@gmial.com`);
    await page.getByText("gmail.com?").waitFor();
    await see("2-meant");
    await page.goBack();
    await fill(`sanne-${name}@example.nl`);
    await page.getByRole("heading", { name: say.look }).waitFor();
    await see("3-sent");
    await page.goto(world.url + (await mailedPath(`sanne-${name}@example.nl`)));
    await see("4-confirm");
    await page.getByRole("button", { name: say.confirm }).click();
    await page.waitForURL(/\/me\?t=/);
    const mine = page.url();
    await world.advance("PT10S");
    await page.reload();
    await see("5-me");
    expect(
      await page
        .locator("img.code-to-scan")
        .evaluate((image: { naturalWidth: number }) => image.naturalWidth)
        .catch(() => 176),
    ).toBeGreaterThan(0);
    const text = await page.locator("#share-text").inputValue();
    expect(text).toMatch(/#(winactie|contest) https?:/);
    if (script) {
      await page.getByRole("button", { name: say.copy }).click();
      await expect.poll(() => page.locator("#share-said").textContent()).not.toBe("");
    } else expect(await page.getByRole("button", { name: say.copy }).isVisible()).toBe(false);

    const shared = new URL(/https?:\/\/[^\s?]+/.exec(text)?.[0] ?? "").pathname;
    await at(shared);
    await see("6-by-friend");
    await fill(`bram-${name}@example.nl`);
    await page.getByRole("heading", { name: say.look }).waitFor();
    await page.goto(world.url + (await mailedPath(`bram-${name}@example.nl`)));
    await page.getByRole("button", { name: say.confirm }).click();
    await page.waitForURL(/\/me\?t=/);
    await world.settle();
    await world.advance("PT10S");
    await page.goto(mine);
    await see("7-standing");
    await at(new URL(mine).pathname.replace("/me", "/withdraw") + new URL(mine).search.replace(/&lang=\w+/, ""));
    await see("8-withdraw");
    await at(`/c/${contest.slug}/check`);
    await see("9-check");
    await at(`/c/${contest.slug}/check?asked`);
    await see("10-asked");
    await at(`/c/${contest.slug}/embed`);
    await see("11-embed");
    await at(`/c/${contest.slug}/sent?kiosk`);
    // A screen that the next person will use goes back by itself: asked-page.ts says why.
    await look(page, `${name}-12-kiosk`, script, "critical meta-refresh");

    await world.advance("PT20M30S");
    await at(`/c/${contest.slug}`);
    await see("13-closed");
    await page.goto(mine);
    await see("14-waiting");
    await at(`/c/${contest.slug}/confirm?t=over`);
    await see("15-link-ended");
    await world.advance("PT5M");
    await at(`/c/${contest.slug}/draw`);
    await see("16-draw");
    await page.goto(mine);
    await see("17-result");
    // The page of a link that ended is a 410, which the console notes.
    expect(refused.filter((line) => !/410/.test(line))).toEqual([]);
    await context.close();
  }, 120_000);
});

test("a cancelled contest, one that nobody entered, an empty bio page and its full one: each says how it stands", async () => {
  const context = await browser.newContext(phone);
  const page = await context.newPage();
  const cancelled = await opened();
  await bakery.api("POST", `/v1/contests/${cancelled.id}/cancel`, {
    reason: "De oven is stuk; de prijzen gaan naar de voedselbank.",
  });
  const nobody = await opened({}, { closesIn: minutes(5) });
  const shop = await world.workspace("Fietsen Fré");
  const settings = {
    description: "Fietsen en wie ervan houdt.",
    links: [{ label: "Onze werkplaats", url: "https://fietsen-fre.example" }],
  };
  const channel = idOf(
    await shop.api("POST", "/v1/channels", { network: "feed", name: "Fietsen Fré", handle: "fietsen-fre" }),
  );
  await page.goto(`${world.url}/@fietsen-fre`);
  await look(page, "nl-bio-empty", true);
  await shop.api("PATCH", `/v1/channels/${channel}`, { settings });
  await opened({ title: "Win een bakfiets" }, { of: shop });
  const at = new Date(Date.parse(world.now()) + 1000).toISOString();
  const text = "De lente begint op twee wielen: https://fietsen-fre.example/lente";
  await shop.api("POST", "/v1/posts", { text, channels: [channel], at });
  await world.advance("PT10M");
  for (const [name, path] of [
    ["cancelled", `/c/${cancelled.slug}`],
    ["nobody", `/c/${nobody.slug}`],
    ["nobody-draw", `/c/${nobody.slug}/draw`],
    ["bio", "/@fietsen-fre"],
  ] as const)
    for (const lang of ["nl", "en"]) {
      await page.goto(`${world.url}${path}?lang=${lang}`);
      await look(page, `${lang}-${name}`, true);
    }
  await context.close();
});

/** Opens pages one after the other on a phone, each looked at. */
const walk = async (lang: "nl" | "en", name: string) => {
  const context = await browser.newContext(phone);
  const page = await context.newPage();
  let number = 0;
  const see = (part: string) => look(page, `${lang}-${name}-${++number}-${part}`, true);
  return {
    page,
    see,
    open: async (path: string, part: string): Promise<void> => {
      await page.goto(`${world.url}${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
      await see(part);
    },
    press: async (part: string): Promise<void> => {
      await Promise.all([
        page.waitForEvent("framenavigated"),
        page.locator("main button, body button").first().click(),
      ]);
      await page.waitForLoadState("load");
      await see(part);
    },
    close: () => context.close(),
  };
};

test.each(["nl", "en"] as const)(
  "objecting to being excluded, and being erased, on a phone in %s: each page says what it does, then what was done",
  async (lang) => {
    const contest = await opened();
    const email = `weg-${lang}@example.nl`;
    const { entryId, personalUrl } = await entered(contest, email);
    const exclusion = { entryIds: [entryId], reason: "other", sentence: "Dit adres is van een medewerker." };
    expect((await bakery.api("POST", `/v1/contests/${contest.id}/exclusions`, exclusion)).status).toBe(201);
    const at = await walk(lang, "leaving");
    await at.open(await mailedPath(email), "objection");
    await at.press("objected");
    expect(await at.page.textContent("main, body")).toMatch(lang === "nl" ? /bezwaar gemaakt/ : /objected/);
    await at.open(pathIn(personalUrl), "excluded");
    await at.open(pathIn(personalUrl).replace("/me", "/erase"), "erase");
    await at.press("erased");
    await at.open(pathIn(personalUrl), "link-ended");
    await at.close();
  },
  60_000,
);

test.each(["nl", "en"] as const)(
  "chances by a poll and an idea, and a prize that a jury gave, on a phone in %s",
  async (lang) => {
    const name = `extra-${lang}`;
    const poll = { slug: `peiling-${lang}`, question: "Welke taart?", options: [{ text: "Appel" }, { text: "Peer" }] };
    const pollId = idOf(await bakery.api("POST", "/v1/polls", { ...poll, tier: "email" }));
    await bakery.api("POST", `/v1/polls/${pollId}/open`);
    const board = { slug: `ideeen-${lang}`, title: "Wat bakken we?", tier: "email" };
    const boardId = idOf(await bakery.api("POST", "/v1/boards", board));
    await bakery.api("POST", `/v1/boards/${boardId}/open`);
    const bonuses = [
      { kind: "poll", id: "smaak", label: "Uw mening over de smaak", tickets: 4, pollId },
      { kind: "idea", id: "idee", label: "Uw idee voor een taart", tickets: 2, boardId },
      { kind: "code", id: "brief", label: "Onze nieuwsbrief", tickets: 1, code: "ZOMER26" },
    ];
    const contest = await opened({ chances: { bonuses } });
    const at = await walk(lang, "extra");
    await at.open(pathIn((await entered(contest, `${name}@example.nl`)).personalUrl), "me");

    const judged = await opened(
      {
        method: "jury",
        jury: { task: "Bak een taart.", criteria: ["Smaak"], judges: [{ name: "Mina de Bakker" }] },
        prizes: [{ description: "Een schort", number: 1, valueCents: 2_800 }],
      },
      { closesIn: minutes(5) },
    );
    const [winner, reserve] = [
      await entered(judged, `jury-${name}@example.nl`),
      await entered(judged, `res-${name}@example.nl`),
    ];
    await world.advance("PT6M");
    const winners = [winner, reserve].map(({ entryId }) => ({ entryId, reason: "Luchtig en niet te zoet." }));
    expect((await bakery.api("POST", `/v1/contests/${judged.id}/winners`, { winners })).status).toBe(200);
    await world.advance("PT10S");
    await at.open(pathIn(winner.personalUrl), "won");
    await at.open(pathIn(reserve.personalUrl), "reserve");
    await at.open(await mailedPath(`jury-${name}@example.nl`), "claim");
    for (const [field, value] of Object.entries({ name: "Sanne Bos", town: "Zeist", contact: "Dorpsstraat 1" }))
      await at.page.locator(`#${field}`).fill(value);
    await at.press("claimed");
    await world.advance("PT6S");
    await at.open(`/c/${judged.slug}/draw`, "result");
    expect(await at.page.textContent("body")).toContain("S.B., Zeist");
    await at.close();
  },
  90_000,
);
