import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { qrCode } from "../functions/platform/qr.ts";
import { parseItem } from "../functions/platform/table.ts";
import { contrastWithWhite, readable } from "../functions/workspaces/accent.ts";
import { workspaces } from "../functions/workspaces/table.ts";
import { openBrowser, phone } from "./browser.ts";
import { startDns } from "./dns.ts";
import { png, published } from "./pictures-of.ts";
import { idOf, legal, openWorld, type Workspace, type World } from "./world.ts";

describe("an accent colour", () => {
  // The ratios as WebAIM's contrast checker gives them.
  test.each([
    ["#000000", 21],
    ["#ffffff", 1],
    ["#767676", 4.54],
    ["#777777", 4.48],
    ["#ff0000", 4.0],
    ["#0000ff", 8.59],
    ["#7a2e1d", 9.37],
  ])("%s has a contrast of %f with white", (colour, ratio) => expect(contrastWithWhite(colour)).toBeCloseTo(ratio, 1));

  test("that cannot be read on has a nearest shade that can, and no lighter one", () => {
    for (const colour of ["#ff0000", "#ffd700", "#00ff88", "#ffffff", "#808080"]) {
      const shade = readable(colour);
      expect(contrastWithWhite(shade), `${colour} ${shade}`).toBeGreaterThanOrEqual(4.5);
      expect(contrastWithWhite(shade), `${colour} ${shade}`).toBeLessThan(4.75);
    }
    expect(readable("#123456")).toBe("#123456");
  });
});

test("a workspace as it was stored before it had a brand still reads", () => {
  const old = { workspaceId: "ws_1", name: "Oud", createdAt: "2026-01-01T00:00:00.000Z", version: 3 };
  expect({ ...parseItem(workspaces, old) }).toMatchObject({
    workspaceId: "ws_1",
    name: "Oud",
    createdAt: old.createdAt,
  });
});

let world: World;
let dns: Awaited<ReturnType<typeof startDns>>;
let browser: Browser | undefined;
beforeAll(async () => {
  [world, dns] = await Promise.all([openWorld(), startDns()]);
  process.env.DNS_SERVER = dns.address;
});
afterAll(async () => {
  await browser?.close();
  dns?.stop();
  await world?.close();
});

const bare = () => world.workspace("Bakkerij Zon", {});
const patch = ({ api }: Workspace, body: object) => api("PATCH", "/v1/workspace", body);

const contest = (slug: string) => ({
  slug,
  title: "Win een taart",
  promotes: "De taarten van Bakkerij Zon",
  prizes: [{ description: "Een mokkataart", number: 1, valueCents: 2_800 }],
  closesAt: new Date(Date.parse(world.now()) + 600_000).toISOString(),
  drawAt: new Date(Date.parse(world.now()) + 780_000).toISOString(),
});
const openedContest = async ({ api }: Workspace, slug: string): Promise<string> => {
  const id = idOf(await api("POST", "/v1/contests", contest(slug)));
  expect((await api("POST", `/v1/contests/${id}/open`)).body).toMatchObject({ status: "open" });
  return id;
};
const poll = (slug: string) => ({
  slug,
  question: "Welk brood?",
  options: [{ text: "Rozijnen" }, { text: "Krenten" }],
});

describe("PATCH /v1/workspace", () => {
  test("takes each part of the brand, says which changed, and null takes it away", async () => {
    const shop = await bare();
    const brand = {
      ...legal,
      registerNumber: "12345678",
      accent: "#1B5E20",
      languages: ["en"],
      zone: "America/New_York",
    };
    expect((await patch(shop, brand)).body).toMatchObject({ ...brand, accent: "#1b5e20", missing: [] });
    expect((await patch(shop, brand)).body).toMatchObject({ version: 2 });
    const without = (await patch(shop, { registerNumber: null, accent: null })).body;
    expect(without).not.toHaveProperty("registerNumber");
    expect(without).toMatchObject({ legalName: legal.legalName, version: 3 });
    await world.settle();
    const changes = world.eventsOf(shop.workspaceId).filter(({ type }) => type === "workspace.changed");
    expect(changes.map(({ detail }) => detail.data.fields)).toEqual([
      ["legalName", "address", "registerNumber", "replyTo", "privacyUrl", "accent", "languages", "zone"],
      ["registerNumber", "accent"],
    ]);
  });

  test.each([
    ["a colour that white cannot be read on", { accent: "#ff8800" }, "accent_unreadable", "#/accent"],
    ["a colour that is none", { accent: "red" }, "invalid_input", "#/accent"],
    ["a zone that does not exist", { zone: "Europe/Utrecht" }, "unknown_zone", "#/zone"],
    ["a privacy statement without TLS", { privacyUrl: "http://bakkerij.example" }, "invalid_input", "#/privacyUrl"],
    ["a script for a privacy statement", { privacyUrl: "javascript:alert(1)" }, "invalid_input", "#/privacyUrl"],
    ["an address that is no address", { replyTo: "bakkerij" }, "invalid_input", "#/replyTo"],
    ["no language", { languages: [] }, "invalid_input", "#/languages"],
    ["a language twice", { languages: ["nl", "nl"] }, "invalid_input", "#/languages"],
    ["a logo that does not exist", { logo: "media_01jd0000000000000000000000" }, "unknown_media", "#/logo"],
    ["a field that is not known", { colour: "#000000" }, "invalid_input", "#/colour"],
  ])("refuses %s", async (_, body, code, pointer) => {
    const shop = await bare();
    const refused = await patch(shop, body);
    const { errors } = refused.as(z.object({ errors: z.array(z.object({ pointer: z.string() })) }));
    expect(refused.body).toMatchObject({ code });
    expect(errors[0]?.pointer).toMatch(new RegExp(`^${pointer}`));
    expect((await shop.api("GET", "/v1/workspace")).body).toMatchObject({ version: 1 });
  });

  test("says the contrast of a refused colour, and the nearest shade, which is then taken", async () => {
    const shop = await bare();
    const refused = await patch(shop, { accent: "#ff8800" });
    expect(refused.text).toContain("2.39:1");
    const shade = /can be read on is (#[0-9a-f]{6})/.exec(refused.text)?.[1];
    expect((await patch(shop, { accent: shade })).body).toMatchObject({ accent: shade });
  });
});

describe("a logo", () => {
  test("is one's own published image, stays while it is the logo, and is gone after", async () => {
    const [shop, stranger] = [await bare(), await bare()];
    const theirs = await published(stranger, png(8, 8));
    expect((await patch(shop, { logo: theirs })).body).toMatchObject({ code: "unknown_media" });
    const awaiting = idOf(await shop.api("POST", "/v1/media", { name: "a", type: "image/png", bytes: 9 }));
    expect((await patch(shop, { logo: awaiting })).body).toMatchObject({ code: "unknown_media" });
    const logo = await published(shop, png(8, 8));
    expect((await patch(shop, { logo })).body).toMatchObject({ logo });
    expect((await shop.api("DELETE", `/v1/media/${logo}`)).body).toMatchObject({ code: "media_in_use" });
    await patch(shop, { logo: null });
    expect((await shop.api("DELETE", `/v1/media/${logo}`)).status).toBe(204);
    expect((await patch(shop, { logo })).body).toMatchObject({ code: "unknown_media" });
  });

  test("that is deleted and chosen at the same moment is one or the other", async () => {
    const shop = await bare();
    const logo = await published(shop, png(8, 8));
    await world.settle();
    await Promise.all([patch(shop, { logo }), shop.api("DELETE", `/v1/media/${logo}`)]);
    const isLogo = (await shop.api("GET", "/v1/workspace")).text.includes(logo);
    expect((await shop.api("GET", `/v1/media/${logo}`)).status).toBe(isLogo ? 200 : 410);
  });
});

describe("what the law asks for", () => {
  test("is asked for before a poll or a contest opens, each with the call that mends it", async () => {
    const shop = await bare();
    const pollId = idOf(await shop.api("POST", "/v1/polls", poll("wet")));
    const contestId = idOf(await shop.api("POST", "/v1/contests", contest("wet")));
    const lacking = ["legalName", "address", "replyTo", "privacyUrl"].map((field) => ({
      pointer: `/v1/workspace#/${field}`,
      detail: expect.stringContaining(`PATCH /v1/workspace {"${field}"`),
    }));
    expect((await shop.api("POST", `/v1/polls/${pollId}/open`)).body).toMatchObject({
      status: 409,
      code: "poll_not_ready",
      errors: lacking,
    });
    const refused = await shop.api("POST", `/v1/contests/${contestId}/open`);
    expect(refused.body).toMatchObject({ code: "contest_not_ready", errors: expect.arrayContaining(lacking) });
    expect((await shop.api("POST", `/v1/contests/${contestId}/validate`)).body).toMatchObject({ canOpen: false });
    expect((await shop.api("GET", "/v1/workspace")).body).toMatchObject({ missing: lacking });

    await patch(shop, legal);
    expect((await shop.api("POST", `/v1/contests/${contestId}/validate`)).body).toMatchObject({ canOpen: true });
    expect((await shop.api("POST", `/v1/polls/${pollId}/open`)).status).toBe(200);
    expect((await shop.api("POST", `/v1/contests/${contestId}/open`)).body).toMatchObject({
      status: "open",
      organiser: { name: legal.legalName, address: legal.address, contact: legal.replyTo },
    });
  });

  test("a contest that names its own organiser needs the privacy statement alone", async () => {
    const shop = await bare();
    const organiser = { name: "Stichting Taart", address: "Kade 1, Breda", contact: "taart@stichting.example" };
    const id = idOf(await shop.api("POST", "/v1/contests", { ...contest("eigen"), organiser }));
    const refused = await shop.api("POST", `/v1/contests/${id}/open`);
    expect(refused.as(z.object({ errors: z.array(z.object({ pointer: z.string() })) })).errors).toEqual([
      expect.objectContaining({ pointer: "/v1/workspace#/privacyUrl" }),
    ]);
    await patch(shop, { privacyUrl: legal.privacyUrl });
    expect((await shop.api("POST", `/v1/contests/${id}/open`)).body).toMatchObject({ organiser });
  });

  test("a contest and a poll speak the workspace's language, in its zone, unless they say otherwise", async () => {
    const shop = await bare();
    await patch(shop, { languages: ["en", "nl"], zone: "Europe/Lisbon" });
    expect((await shop.api("POST", "/v1/contests", contest("taal"))).body).toMatchObject({
      language: "en",
      zone: "Europe/Lisbon",
    });
    expect((await shop.api("POST", "/v1/polls", poll("taal"))).body).toMatchObject({ language: "en" });
    expect((await shop.api("POST", "/v1/polls", { ...poll("taal-2"), language: "nl" })).body).toMatchObject({
      language: "nl",
    });
  });
});

describe("a page", () => {
  test("shows the logo, the colour, who answers to the law and the privacy statement, and lets only that style in", async () => {
    const shop = await world.workspace();
    const logo = await published(shop, png(120, 40, [27, 94, 32]));
    await patch(shop, { logo, accent: "#1b5e20", registerNumber: "12345678", name: 'Zon & "Maan"' });
    await openedContest(shop, "merk");
    await shop.api("POST", "/v1/channels", { network: "feed", name: "Zon", handle: "merk" });
    const pollId = idOf(await shop.api("POST", "/v1/polls", poll("merk")));
    await shop.api("POST", `/v1/polls/${pollId}/open`);
    for (const path of ["/c/merk", "/c/merk/sent", "/c/merk/draw", "/p/merk", "/p/merk/results", "/@merk"]) {
      const page = await world.visitor().open(path);
      expect(page.status, path).toBe(200);
      expect(page.text, path).toContain(`<img src="/m/${logo}" alt="Zon &amp; &quot;Maan&quot;">`);
      expect(page.text, path).toContain(":root{--accent:#1b5e20}");
      expect(page.text, path).toContain(`${legal.legalName} · ${legal.address} · KvK 12345678`);
      expect(page.text, path).toContain(`href="${legal.privacyUrl}">Privacyverklaring</a>`);
      expect(page.headers["content-security-policy"]?.match(/'sha256-/g), path).toHaveLength(2);
      expect(page.headers["content-security-policy"], path).not.toContain("unsafe");
    }
  });

  test("of a workspace that speaks one language offers no other", async () => {
    const shop = await world.workspace();
    await patch(shop, { languages: ["nl"] });
    await openedContest(shop, "een-taal");
    expect((await world.visitor().open("/c/een-taal")).text).not.toContain("Read this page in English");
  });

  test("looks like its workspace in a real browser, on a phone: the logo loads, the button has the colour", async () => {
    browser = await openBrowser();
    const shop = await world.workspace();
    const logo = await published(shop, png(240, 80, [27, 94, 32]));
    await patch(shop, { logo, accent: "#1b5e20", registerNumber: "12345678" });
    await openedContest(shop, "telefoon");
    const page = await (await browser.newContext(phone)).newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(`${world.url}/c/telefoon`);
    expect(await page.locator("header.logo img").evaluate((img) => img.getBoundingClientRect().height)).toBe(56);
    const button = page.getByRole("button", { name: "Doe mee" });
    expect(
      await button.evaluate((element) => element.ownerDocument.defaultView?.getComputedStyle(element).backgroundColor),
    ).toBe("rgb(27, 94, 32)");
    expect(complaints).toEqual([]);
    const pictures = process.env.PICTURES;
    if (pictures) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, "brand.png"), fullPage: true });
    }
  });
});

describe("a QR code", () => {
  test("of a contest and of a poll is a picture of its address, and nothing that runs", async () => {
    const shop = await world.workspace();
    await openedContest(shop, "qr");
    const pollId = idOf(await shop.api("POST", "/v1/polls", poll("qr")));
    await shop.api("POST", `/v1/polls/${pollId}/open`);
    for (const kind of ["c", "p"]) {
      const answer = await world.http("GET", `/${kind}/qr/qr.svg`);
      expect(answer.headers["content-type"]).toBe("image/svg+xml; charset=utf-8");
      expect(answer.text).toBe(qrCode(`${world.url}/${kind}/qr`));
      expect(answer.text).not.toMatch(/script|href|on\w+=/);
    }
    expect((await world.http("GET", "/c/nergens/qr.svg")).status).toBe(404);
  });
});

const HostAnswer = z.object({
  host: z.string(),
  status: z.string(),
  records: z.array(z.object({ type: z.enum(["CNAME", "TXT"]), name: z.string(), value: z.string() })),
});

describe("a host of one's own", () => {
  /** Hosts that the operator has deployed with. */
  const serving = (...hosts: string[]): void => {
    process.env.HOSTS = hosts.join(",");
  };
  const ask = async ({ api }: Workspace, host: string) =>
    (await api("POST", "/v1/workspace/host", { host })).as(HostAnswer);
  const verify = ({ api }: Workspace) => api("POST", "/v1/workspace/host/verify");
  const own = async (shop: Workspace, host: string): Promise<void> => {
    dns.set((await ask(shop, host)).records);
    expect((await verify(shop)).status).toBe(200);
  };

  test("is asked for, proven by its DNS, used once it is served, and given up", async () => {
    const shop = await world.workspace();
    const contestId = await openedContest(shop, "gastheer");
    expect((await shop.api("GET", "/v1/workspace/host")).body).toMatchObject({ code: "host_not_set" });
    const asked = await ask(shop, "Acties.Bakkerij.example");
    expect(asked).toMatchObject({ host: "acties.bakkerij.example", status: "pending" });
    expect(asked.records.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "CNAME acties.bakkerij.example",
      "TXT _samenspraak.acties.bakkerij.example",
    ]);
    expect(await ask(shop, "acties.bakkerij.example")).toEqual(asked);

    dns.set([]);
    const missing = await verify(shop);
    expect(missing.body).toMatchObject({ code: "host_not_ready", errors: [{}, {}] });
    expect(missing.text).toContain("There is none yet");
    dns.set(
      asked.records.map((record) => (record.type === "TXT" ? { ...record, value: "samenspraak=other" } : record)),
    );
    const wrong = await verify(shop);
    expect(wrong.as(z.object({ errors: z.array(z.unknown()) })).errors).toHaveLength(1);
    expect(wrong.text).toContain("Now it is samenspraak=other");

    dns.set(asked.records);
    expect((await verify(shop)).body).toMatchObject({ status: "verified" });
    expect((await shop.api("GET", `/v1/contests/${contestId}`)).body).toMatchObject({ url: `${world.url}/c/gastheer` });
    serving("acties.bakkerij.example");
    expect((await shop.api("GET", "/v1/workspace/host")).body).toMatchObject({ status: "active" });
    const url = "https://acties.bakkerij.example/c/gastheer";
    expect((await shop.api("GET", `/v1/contests/${contestId}`)).body).toMatchObject({ url });
    expect((await world.http("GET", "/c/gastheer/qr.svg")).text).toBe(qrCode(url));
    await world
      .visitor()
      .open("/c/gastheer")
      .then((page) => world.visitor().submit(page, { email: "anna@example.nl" }));
    await world.settle();
    expect(world.mails.findLast(({ to }) => to.includes("anna@example.nl"))?.text).toContain(`${url}/confirm?t=`);

    expect((await shop.api("DELETE", "/v1/workspace/host")).status).toBe(204);
    expect((await shop.api("GET", `/v1/contests/${contestId}`)).body).toMatchObject({ url: `${world.url}/c/gastheer` });
    await world.settle();
    const types = world.eventsOf(shop.workspaceId).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith("host."))).toEqual(["host.added", "host.verified", "host.removed"]);
  });

  test("shows its workspace's pages only; ours shows everyone's", async () => {
    const [shop, stranger] = [await world.workspace(), await world.workspace("Vreemd")];
    await openedContest(shop, "van-ons");
    await openedContest(stranger, "van-hen");
    const pollId = idOf(await stranger.api("POST", "/v1/polls", poll("van-hen")));
    await stranger.api("POST", `/v1/polls/${pollId}/open`);
    await stranger.api("POST", "/v1/channels", { network: "feed", name: "Vreemd", handle: "van-hen" });
    await own(shop, "win.bakkerij.example");
    const at = (host: string, path: string, method = "GET") =>
      world.http(method, path, {
        headers: world.throughCdn({ host }),
        ...(method === "POST" ? { body: { email: "b@example.nl" } } : {}),
      });
    expect((await at("win.bakkerij.example", "/c/van-ons")).status).toBe(200);
    expect((await at("WIN.bakkerij.example", "/c/van-ons")).status).toBe(200);
    for (const path of [
      "/c/van-hen",
      "/c/van-hen/draw",
      "/c/van-hen/qr.svg",
      "/p/van-hen",
      "/p/van-hen/results",
      "/@van-hen",
      "/@van-hen/feed.atom",
    ]) {
      expect((await at("win.bakkerij.example", path)).status, path).toBe(404);
      expect((await at("elders.example", path)).status, path).toBe(200);
    }
    // Who calls the gateway itself cannot say which host they came by.
    const invented = { headers: { "x-viewer-host": "win.bakkerij.example", "x-cdn-key": "gegokt" } };
    expect((await world.http("GET", "/c/van-hen", invented)).status).toBe(200);
    const before = world.mails.length;
    expect((await at("win.bakkerij.example", "/c/van-hen", "POST")).status).toBe(404);
    await world.settle();
    expect(world.mails).toHaveLength(before);
  });

  test("belongs to one workspace: who proves it first has it, and nobody is kept out by who only asks", async () => {
    const [shop, rival] = [await world.workspace(), await world.workspace("Rivaal")];
    await ask(rival, "taart.bakkerij.example");
    await own(shop, "taart.bakkerij.example");
    const theirs = await rival.api("GET", "/v1/workspace/host");
    dns.set(theirs.as(HostAnswer).records);
    expect((await verify(rival)).body).toMatchObject({ code: "host_taken" });
    expect((await shop.api("POST", "/v1/workspace/host", { host: "ander.bakkerij.example" })).body).toMatchObject({
      code: "host_taken",
    });
    await shop.api("DELETE", "/v1/workspace/host");
    expect((await verify(rival)).body).toMatchObject({ status: "verified" });
  });

  test("is a name, and not ours", async () => {
    const shop = await world.workspace();
    for (const host of [
      "bakkerij",
      "https://a.example",
      "a.example/b",
      "127.0.0.1",
      "a..example",
      "-a.example",
      "a.example:80",
    ])
      expect((await shop.api("POST", "/v1/workspace/host", { host })).body, host).toMatchObject({
        code: "invalid_input",
      });
  });
});
