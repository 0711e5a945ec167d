import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { consentText, consentTextOf, newestVersion } from "../functions/people/consent-text.ts";
import { erase, give, type Known, withdraw } from "../functions/people/person.ts";
import { PersonView } from "../functions/people/view.ts";
import { days, later, minutes } from "../functions/platform/clock.ts";
import { PageOf } from "../functions/platform/http.ts";
import { contesting } from "./contest.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// Who agreed to what, in which words, and who no longer does.

const now = "2026-06-01T10:00:00.000Z";

describe("the rules of consent", () => {
  const said = {
    workspaceId: "ws_1",
    personId: "person_1",
    hash: "h",
    consentId: "entry_1",
    purpose: "newsletter",
    at: now,
    textHash: "ab",
    locale: "nl",
    method: "confirmed-by-mail",
    with: "contest_1",
    address: Buffer.from("sealed"),
  } as const;
  const known = (): Known => give(undefined, said)![0];

  test("a text that was ever shown keeps its words: whoever changes them writes a version more", () => {
    const hashes = (["nl", "en"] as const).map((locale) => consentText(1, locale, "Bakkerij Zon").hash.toString("hex"));
    expect(hashes).toEqual([
      "ac988a090fb138ae8cc0a1ac1bc5ec759daf1a2c92b71ea514500689dfe3120d",
      "4db1542f40034ae7eea8413b2190617a62cdb5bbba0283f824cf3e37fa0cc6b9",
    ]);
    const { hash } = consentText(newestVersion, "en", "Bakkerij Zon");
    expect(consentTextOf(hash.subarray(0, 8), "Bakkerij Zon")).toMatchObject({ version: newestVersion, locale: "en" });
    expect(consentTextOf(hash.subarray(0, 8), "Bakkerij Maan")).toBeUndefined();
  });

  test("the newest word holds, whichever is heard last", () => {
    const later1 = later(now, minutes(1));
    const [gone] = withdraw(known(), { purpose: "newsletter", method: "api" }, later1)!;
    expect(gone.newsletter).toMatchObject({ status: "withdrawn", at: later1 });
    const [late] = give(gone, { ...said, consentId: "entry_0", at: later(now, -minutes(1)) })!;
    expect(late.newsletter).toEqual(gone.newsletter);
    const [again] = give(gone, { ...said, consentId: "entry_2", at: later(now, minutes(2)) })!;
    expect(again.newsletter).toMatchObject({ status: "given", consentId: "entry_2" });
    expect(withdraw(gone, { purpose: "newsletter", method: "link" }, later1)).toBeUndefined();
  });

  test("what was on its way when somebody was erased is not written after it", () => {
    const [erased] = erase(known(), later(now, minutes(1)));
    expect(JSON.stringify(erased)).not.toContain("address");
    expect(give(erased, said)).toBeUndefined();
    expect(give(erased, { ...said, at: later(now, minutes(2)) })?.[0]).toMatchObject({ status: "known" });
  });
});

// ── Over HTTP ───────────────────────────────────────────────────────────────────────────────────────────────────────

let world: World;
let bakery: Workspace;

beforeAll(async () => {
  world = await openWorld({ at: now });
  bakery = await world.workspace();
});
afterAll(() => world?.close());

const as = contesting(() => ({ world, bakery }), {
  set: {
    title: "Win een taart",
    promotes: "Taarten",
    prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
    newsletter: true,
  },
  openFor: days(1),
});
const { opened: open, mailedPath: linkTo } = as;
const enter = async (...asked: Parameters<typeof as.entered>) => {
  const mine = await as.entered(...asked);
  await world.settle();
  return mine;
};
const People = PageOf(PersonView);
const readers = async (of = bakery) =>
  (await of.api("GET", "/v1/people?consent=newsletter&limit=100")).as(People).items;
const readerAt = async (address: string) => (await readers()).find((one) => one.address === address);

describe("the newsletter beside a contest", () => {
  test("is asked for with a box of its own that is off, and only where the organiser has one", async () => {
    const contest = await open();
    const anna = world.visitor();
    const shown = await anna.open(`/c/${contest.slug}`);
    const text = consentText(newestVersion, "nl", "Bakkerij Zon B.V.").text;
    expect(shown.text).toContain(text);
    expect(shown.text).not.toMatch(/name="newsletter"[^>]*checked/);
    expect(shown.forms[0]?.fields).not.toHaveProperty("newsletter");
    expect((await anna.open(`/c/${(await open({ newsletter: false })).slug}`)).text).not.toContain('name="newsletter"');

    const wrong = await anna.submit(shown, { email: "geen adres", newsletter: String(newestVersion) });
    expect(wrong.text).toMatch(/name="newsletter"[^>]*checked/);
    await anna.submit(shown, { email: "anna@example.nl", newsletter: String(newestVersion) });
    await anna.submit(await anna.open(await linkTo("anna@example.nl")));
    await world.settle();
    const kept = await readerAt("anna@example.nl");
    expect(kept?.newsletter).toMatchObject({
      status: "given",
      agreed: {
        text,
        textVersion: newestVersion,
        locale: "nl",
        at: now,
        method: "confirmed-by-mail",
        with: contest.id,
      },
    });
    expect(JSON.stringify(world.eventsOf(bakery.workspaceId))).not.toContain("example.nl");
  });

  test("costs the entry no write more, and changes no chances", async () => {
    const contest = await open();
    const without = await enter(contest, "zonder@example.nl");
    await world.http("POST", `/c/${contest.slug}`, { body: { email: "met@example.nl", newsletter: 1 } });
    const t = new URL(await linkTo("met@example.nl"), world.url).searchParams.get("t");
    let tickets = 0;
    const writes = await world.weigh("an entry with the newsletter", async () => {
      const answer = await world.http("POST", `/c/${contest.slug}/confirm`, { body: { t } });
      tickets = answer.as(z.object({ tickets: z.number() })).tickets;
    });
    const rows = writes.filter(({ kind }) => kind === "entry");
    expect(rows).toMatchObject([{ operation: "PutItem", units: 1 }]);
    expect(tickets).toBe(without.tickets);
    expect(await readerAt("met@example.nl")).toBeDefined();
    expect(await readerAt("zonder@example.nl")).toBeUndefined();
  });

  test("is one yes however often the event comes, and another with another contest", async () => {
    const email = "vaak@example.nl";
    const contest = await open();
    await enter(contest, email, { newsletter: 1 });
    const accepted = world.events.findLast(
      ({ type, detail }) => type === "entry.accepted" && detail.data.contestId === contest.id,
    );
    for (let i = 0; i < 2; i++)
      await world.invoke("samenspraak-contests-keep-consent", {
        ...{ source: "samenspraak", "detail-type": "entry.accepted", detail: accepted?.detail },
      });
    await world.settle();
    const id = (await readerAt(email))?.id;
    const said = async () =>
      (await bakery.api("GET", `/v1/people/${id}/export`)).as(z.object({ consents: z.array(z.unknown()) })).consents;
    expect(await said()).toHaveLength(1);
    await enter(await open(), email, { newsletter: 1 });
    expect(await said()).toHaveLength(2);
    expect((await readers()).filter(({ address }) => address === email)).toHaveLength(1);
  });

  test("ends by the link that belongs in every newsletter, with one button or one click; the row of the yes stays", async () => {
    const email = "klaar@example.nl";
    await enter(await open(), email, { newsletter: 1 });
    const person = await readerAt(email);
    const stop = new URL(person?.newsletter?.stopUrl ?? "");
    await world.advance("PT1M");
    const reader = world.visitor();
    const shown = await reader.open(`${stop.pathname}${stop.search}`);
    expect(shown.text).toContain("Geen nieuwsbrief meer?");
    expect(await readerAt(email)).toBeDefined();
    const oneClick = () =>
      world.http("POST", `${stop.pathname}${stop.search}`, { form: { "List-Unsubscribe": "One-Click" } });
    expect((await oneClick()).text).toContain("U bent afgemeld");
    expect((await oneClick()).status).toBe(200);
    expect(await readerAt(email)).toBeUndefined();
    const kept = await bakery.api("GET", `/v1/people/${person?.id}/export`);
    expect(kept.body).toMatchObject({
      person: { address: email, newsletter: { status: "withdrawn" } },
      consents: [{ status: "given" }, { status: "withdrawn", method: "link" }],
    });
    await world.advance("PT1H");
    await enter(await open(), email, { newsletter: 1 });
    expect((await readerAt(email))?.newsletter).toMatchObject({ status: "given" });
  });

  test("ends by the API, and a person is erased with all that they said", async () => {
    const email = "weg@example.nl";
    await enter(await open(), email, { newsletter: 1 });
    const id = (await readerAt(email))?.id;
    await world.advance("PT1S");
    const withdrawn = await bakery.api("POST", `/v1/people/${id}/withdraw`, { purpose: "newsletter" });
    expect(withdrawn.body).toMatchObject({ newsletter: { status: "withdrawn" } });
    expect((await bakery.api("POST", `/v1/people/${id}/withdraw`, { purpose: "newsletter" })).status).toBe(200);
    expect(await readerAt(email)).toBeUndefined();
    expect((await bakery.api("DELETE", `/v1/people/${id}`)).status).toBe(204);
    await world.settle();
    expect((await bakery.api("GET", `/v1/people/${id}/export`)).status).toBe(404);
    const types = world.eventsOf(bakery.workspaceId).filter(({ detail }) => detail.data.personId === id);
    expect(types.map(({ type }) => type)).toEqual(["consent.given", "consent.withdrawn", "person.erased"]);
  });

  test("is exported as CSV to who may read addresses", async () => {
    const other = await world.workspace("Bakkerij Maan");
    await enter(await open({}, other), "maan@example.nl", { newsletter: 1 });
    expect((await other.api("POST", "/v1/exports", { csv: { table: "newsletter" } })).status).toBe(400);
    const asked = await other.api("POST", "/v1/exports", { personal: true, csv: { table: "newsletter" } });
    await world.advance("PT1M");
    const { id } = asked.as(z.object({ id: z.string() }));
    const Parts = z.object({ parts: z.array(z.object({ url: z.string() })) });
    const { parts } = (await other.api("GET", `/v1/exports/${id}`)).as(Parts);
    const lines = (await (await fetch(parts[0]?.url ?? "")).text()).replace("\ufeff", "").split("\r\n");
    expect(lines[0]).toBe("address,language,agreed_at,text_version,text,unsubscribe_url");
    expect(lines[1]).toContain("maan@example.nl,nl,");
    expect(lines).toHaveLength(3);
  });
});
