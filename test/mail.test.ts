import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SESv2Client } from "@aws-sdk/client-sesv2";
import PostalMime from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { displayName } from "../functions/mail/layout.ts";
import { nextTurn, share } from "../functions/mail/pace.ts";
import { secretText } from "../functions/mail/secret.ts";
import { parseServer } from "../functions/mail/smtp.ts";
import { findMailing } from "../functions/mail/table.ts";
import { Operation } from "../functions/platform/aws.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import { type Letter, type Posting, post } from "../functions/platform/letter.ts";
import { brandOf } from "../functions/workspaces/brand.ts";
import { mailFeedback } from "../infra/local/feedback.ts";
import { mailService, type SesEvent } from "../infra/local/mail.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

let world: World;
let bakery: Workspace;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  bakery = await world.workspace();
});
afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(world.mailAccount, {
    perSecond: 10_000,
    perDay: -1,
    sandbox: false,
    enabled: true,
    recordsFound: true,
  });
  delete process.env.MAIL_TRANSPORT;
});
afterAll(() => world?.close());

const letterTo = async (to: string, more: Partial<Letter> = {}): Promise<Letter> => ({
  brand: await brandOf(bakery.workspaceId, world.now()),
  language: "nl",
  to,
  subject: "Uw bestelling",
  blocks: ["Uw taart staat klaar.", { button: "Bekijk", url: "https://example.nl/taart" }],
  ...more,
});
/** Posts a letter; the world has not settled yet. */
const posted = async (to: string, more: Partial<Omit<Posting, "letter">> & { letter?: Partial<Letter> } = {}) => {
  const { letter, ...posting } = more;
  await post({ id: "order_1/ready", letter: await letterTo(to, letter), now: world.now(), ...posting });
};
const mailed = async (...asked: Parameters<typeof posted>) => {
  await posted(...asked);
  await world.settle();
};
const mailsTo = (address: string) => world.mails.filter(({ to }) => to.includes(address));
const fate = (id = "order_1/ready") => findMailing(bakery.workspaceId, id, world.now());
const failures = () => world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "mail.failed");

const Send = z.object({ input: z.object({ Destination: z.object({ ToAddresses: z.tuple([z.string()]) }) }) });
/** What happens when SES is asked to send; `undefined` lets it. */
const sesSays = (answer: (to: string) => object | undefined): { asked: string[] } => {
  const asked: string[] = [];
  const { send } = SESv2Client.prototype;
  vi.spyOn(SESv2Client.prototype, "send").mockImplementation(async function (this: SESv2Client, command) {
    const sent = Send.safeParse(command).data;
    const [to] = sent?.input.Destination.ToAddresses ?? [];
    if (to === undefined) return Reflect.apply(send, this, [command]);
    asked.push(to);
    const said = answer(to);
    if (said) throw Object.assign(new Error(`No, not to ${to}.`), said);
    return Reflect.apply(send, this, [command]);
  });
  return { asked };
};
const throttled = { name: "TooManyRequestsException", $fault: "client", $metadata: { httpStatusCode: 429 } };
const rejected = { name: "MessageRejected", $fault: "client", $metadata: { httpStatusCode: 400 } };
const broken = { name: "InternalFailure", $fault: "server", $metadata: { httpStatusCode: 500 } };

describe("a letter", () => {
  test("is text and HTML that say the same, from the brand, with an imprint and no way to unsubscribe", async () => {
    await bakery.api("PATCH", "/v1/workspace", { name: "Bakkerij Zoë & Zn. 🍞" });
    await world.advance("PT6S");
    await mailed("anna@example.nl", { letter: { blocks: ["Dag <b>Anna</b>", { facts: [["Prijs", "€ 5"]] }] } });
    const [mail] = mailsTo("anna@example.nl");
    expect(mail?.from).toBe(`${displayName("Bakkerij Zoë & Zn. 🍞")} <noreply@samenspraak.example>`);
    expect(mail?.text).toContain("Dag <b>Anna</b>");
    expect(mail?.html).toContain("Dag &lt;b&gt;Anna&lt;/b&gt;");
    for (const part of ["Prijs", "€ 5", "Bakkerij Zoë"]) {
      expect(mail?.text).toContain(part);
      expect(mail?.html).toContain(part);
    }
    expect(mail?.html).not.toMatch(/<script|<form|@import|url\(/);
    expect(mail?.headers).toEqual({ "Auto-Submitted": "auto-generated", "Content-Language": "nl" });
  });

  test("is sent once by its id, whoever posts it how often", async () => {
    await Promise.all(["anna@example.nl", "anna@example.nl", "anna@example.nl"].map((to) => posted(to)));
    await world.settle();
    await mailed("anna@example.nl");
    await world.advance("P2D");
    expect(mailsTo("anna@example.nl").slice(1)).toHaveLength(1); // The other one is the letter above.
    expect(await fate()).toMatchObject({ status: "sent" });
  });

  test("that may be asked for again goes to an address at most once in that time, counted from the asking", async () => {
    const again = { againAfterMs: minutes(10) };
    const { asked } = sesSays(() => undefined);
    await Promise.all(Array.from({ length: 6 }, () => posted("vaak@example.nl", again)));
    await world.settle();
    await world.advance("PT9M59S");
    await mailed("vaak@example.nl", again);
    expect(asked).toEqual(["vaak@example.nl"]);
    await mailed("ander@example.nl", again);
    await mailed("vaak@example.nl", { ...again, id: "order_2/ready" });
    expect(asked).toHaveLength(3);
    await world.advance("PT2S");
    await mailed("vaak@example.nl", again);
    expect(asked).toHaveLength(4);
  });

  test("that anybody can ask for goes to a mailbox at most four times in that time, whatever tags are invented", async () => {
    const again = { againAfterMs: minutes(10) };
    const tagged = Array.from({ length: 30 }, (_, i) => `slachtoffer+${i}@example.nl`);
    await Promise.all(tagged.map((address) => posted(address, again)));
    await world.settle();
    expect(tagged.flatMap(mailsTo)).toHaveLength(4);
    await mailed("slachtoffer@example.nl", again);
    expect(mailsTo("slachtoffer@example.nl")).toHaveLength(1);
    await world.advance("PT10M");
    const [first = ""] = tagged;
    const before = mailsTo(first).length;
    await mailed(first, again);
    expect(mailsTo(first)).toHaveLength(before + 1);
  });

  test("that waited while another was sent is not sent after it", async () => {
    const again = { againAfterMs: minutes(10) };
    let isBusy = true;
    const { asked } = sesSays(() => (isBusy ? throttled : undefined));
    await Promise.all([posted("druk@example.nl", again), posted("druk@example.nl", again)]);
    await world.advance("PT12M");
    isBusy = false;
    await world.advance("PT12M");
    expect(mailsTo("druk@example.nl")).toHaveLength(1);
    expect(asked.length).toBeGreaterThan(2);
  });

  test("of no use any more is not sent, and the workspace hears of it", async () => {
    sesSays(() => throttled);
    await mailed("laat@example.nl", { until: "2026-06-01T00:00:00.000Z" });
    expect(await fate()).toMatchObject({ status: "failed", reason: "late" });
    await mailed("later@example.nl", { id: "order_2/ready", until: later(world.now(), minutes(10)) });
    await world.advance("PT15M");
    expect(await fate("order_2/ready")).toMatchObject({ status: "failed", reason: "late" });
    expect(failures().map(({ detail }) => detail.data)).toEqual([
      { letterId: "order_1/ready", reason: "late" },
      { letterId: "order_2/ready", reason: "late" },
    ]);
  });
});

describe("the queue", () => {
  /** A message of the mail queue, as SQS delivers it once more. */
  const deliveredAgain = async (body: string) =>
    world.invoke("samenspraak-mail-send", { Records: [{ messageId: "again", body }] });
  const queued: string[] = [];
  const spy = () => {
    const { send } = Operation.prototype;
    const Message = z.object({ QueueUrl: z.string().endsWith("-work-mail"), MessageBody: z.string() });
    queued.length = 0;
    vi.spyOn(Operation.prototype, "send").mockImplementation(async function (this: object, input) {
      const body = Message.safeParse(input).data?.MessageBody;
      if (body !== undefined) queued.push(body);
      return Reflect.apply(send, this, [input]);
    });
  };

  test("holds nothing of the reader or the letter in clear", async () => {
    spy();
    await mailed("geheim@example.nl");
    expect(queued).toHaveLength(1);
    for (const body of queued) expect(body).not.toMatch(/geheim|example\.nl|taart|Bakkerij|bestelling/i);
    expect(world.logs.join("")).not.toContain("geheim@");
  });

  test("delivers a message again and again: the mail is sent once", async () => {
    spy();
    await mailed("twee@example.nl");
    for (const body of queued.slice()) {
      expect(await deliveredAgain(body)).toEqual({ batchItemFailures: [] });
      await world.advance("PT20M");
      expect(await deliveredAgain(body)).toEqual({ batchItemFailures: [] });
    }
    expect(mailsTo("twee@example.nl")).toHaveLength(1);
    expect(failures()).toEqual([]);
  });

  test("delivers what a killed sender had begun: it is not sent again, and the workspace hears that nobody knows", async () => {
    // It leaves, and then the process is gone: nothing of what follows is written. The others live on.
    const { send } = Operation.prototype;
    let isKilled = false;
    vi.spyOn(Operation.prototype, "send").mockImplementation(async function (this: Operation<object, object>, input) {
      if (isKilled && JSON.stringify(input).includes('"mailing"')) throw new Error("Killed.");
      return Reflect.apply(send, this, [input]);
    });
    const { asked } = sesSays(() => {
      isKilled = true;
      return undefined;
    });
    await mailed("geveld@example.nl");
    expect(mailsTo("geveld@example.nl")).toHaveLength(1);
    expect(await fate()).toMatchObject({ status: "sending" });
    isKilled = false;
    await world.advance("PT1H");
    expect(asked).toEqual(["geveld@example.nl"]);
    expect(await fate()).toMatchObject({ status: "failed", reason: "unknown" });
    expect(failures()).toMatchObject([{ detail: { data: { letterId: "order_1/ready", reason: "unknown" } } }]);
  });

  test("keeps what SES throttles until SES takes it, and forgets nobody", async () => {
    let takes = false;
    sesSays(() => (takes ? undefined : throttled));
    for (const n of [1, 2, 3]) await posted(`wacht-${n}@example.nl`, { id: `order_${n}/ready` });
    await world.advance("PT20M");
    expect(await fate("order_1/ready")).toBeUndefined();
    takes = true;
    await world.advance("PT16M");
    for (const n of [1, 2, 3]) expect(mailsTo(`wacht-${n}@example.nl`)).toHaveLength(1);
    expect(world.deadLetters).toEqual([]);
  });

  test("gives up what is refused, and what may have left; neither is sent again, and no log names the reader", async () => {
    const { asked } = sesSays((to) => (to.startsWith("nee") ? rejected : broken));
    await mailed("nee@example.nl", { id: "order_1/ready" });
    await mailed("wie-weet@example.nl", { id: "order_2/ready", againAfterMs: minutes(10) });
    await world.advance("PT30M");
    expect(asked).toHaveLength(2);
    expect(await fate("order_1/ready")).toMatchObject({ status: "failed", reason: "refused", said: "MessageRejected" });
    expect(failures().map(({ detail }) => detail.data.reason)).toEqual(["refused", "unknown"]);
    const logs = world.logs.join("");
    expect(logs).not.toMatch(/nee@|wie-weet@/);
    expect(logs).toContain('"MailsFailed":1');
  });

  test("is emptied at the account's pace", async () => {
    expect([share(1), share(14), share(3)]).toEqual([
      { most: 1, withinMs: 2000 },
      { most: 7, withinMs: 1000 },
      { most: 1, withinMs: 667 },
    ]);
    expect(nextTurn([], 1)).toBe(0);
    expect(nextTurn([5000, 5100], 1)).toBe(7100);
    expect(nextTurn([1000, 1000, 1500], 4)).toBe(2000);

    await world.advance("PT2M"); // What was known of the account is a minute old at most.
    world.mailAccount.perSecond = 2;
    const { asked } = sesSays(() => undefined);
    for (let n = 0; n < 24; n++) await posted(`rij-${n}@example.nl`, { id: `order_${n}/ready` });
    await world.settle();
    const most = asked.length;
    expect(most).toBeLessThanOrEqual(2);
    await world.advance("PT3S");
    expect(asked.length).toBeLessThanOrEqual(8);
    expect(asked.length).toBeGreaterThan(most);
    await world.advance("PT1M");
    expect(new Set(asked).size).toBe(24);
    expect(asked).toHaveLength(24);
    expect(failures()).toEqual([]);
  });

  test("waits for the next day where the day's quota is used up", async () => {
    await world.advance("PT2M");
    world.mailAccount.perDay = 0;
    await mailed("morgen@example.nl");
    await world.advance("PT30M");
    expect(mailsTo("morgen@example.nl")).toEqual([]);
    expect((await bakery.api("GET", "/v1/workspace/mail")).body).toMatchObject({
      ready: false,
      missing: expect.arrayContaining([expect.objectContaining({ code: "quota" })]),
    });
    world.mailAccount.perDay = 50_000;
    await world.advance("PT20M");
    expect(mailsTo("morgen@example.nl")).toHaveLength(1);
  });
});

describe("who is not mailed", () => {
  const List = z.object({ items: z.array(z.object({ id: z.string(), reason: z.string() })), next: z.null() });
  const suppressed = async (of = bakery) => (await of.api("GET", "/v1/workspace/mail/suppressions")).as(List).items;
  const count = async (of = bakery) =>
    (await of.api("GET", "/v1/workspace/mail")).as(z.object({ suppressed: z.number() })).suppressed;

  test("an address that bounced, in any workspace; one that complained, in that workspace", async () => {
    const other = bakery;
    bakery = await world.workspace("Kapper");
    await mailed("bounce+a@simulator.amazonses.com");
    await mailed("complaint+a@simulator.amazonses.com", { id: "order_2/ready" });
    await mailed("success+a@simulator.amazonses.com", { id: "order_3/ready" });
    expect((await suppressed()).map(({ reason }) => reason).toSorted()).toEqual(["bounced", "complained"]);
    expect(await count()).toBe(2);
    for (const [i, who] of ["bounce+a", "complaint+a", "success+a"].entries())
      await mailed(`${who}@simulator.amazonses.com`, { id: `order_${i + 4}/ready` });
    expect(mailsTo("bounce+a@simulator.amazonses.com")).toHaveLength(1);
    expect(mailsTo("complaint+a@simulator.amazonses.com")).toHaveLength(1);
    expect(mailsTo("success+a@simulator.amazonses.com")).toHaveLength(2);
    expect(await fate("order_4/ready")).toMatchObject({ status: "failed", reason: "suppressed" });

    bakery = other;
    expect(await suppressed()).toEqual([]);
    await mailed("bounce+a@simulator.amazonses.com");
    await mailed("complaint+a@simulator.amazonses.com", { id: "order_2/ready" });
    expect(mailsTo("bounce+a@simulator.amazonses.com")).toHaveLength(1);
    expect(mailsTo("complaint+a@simulator.amazonses.com")).toHaveLength(2);
    expect((await suppressed()).map(({ reason }) => reason).toSorted()).toEqual(["bounced", "complained"]);
    expect(world.logs.join("")).toContain('"Bounces":1');
    expect(world.logs.join("")).toContain('"Complaints":1');
  });

  test("nothing that is kept, published or logged of it names the address", async () => {
    const written: unknown[] = [];
    const { send } = Operation.prototype;
    vi.spyOn(Operation.prototype, "send").mockImplementation(async function (this: Operation<object, object>, input) {
      if (this.target.startsWith("DynamoDB")) written.push(input);
      return Reflect.apply(send, this, [input]);
    });
    await mailed("bounce+naam@simulator.amazonses.com", { letter: { subject: "Zeer geheim" } });
    const kept = JSON.stringify([written, world.eventsOf(bakery.workspaceId), world.logs]);
    expect(kept).not.toMatch(/bounce\+naam|Zeer geheim/);
    expect(world.eventsOf(bakery.workspaceId).map(({ type }) => type)).toContain("address.suppressed");
  });

  test("of what SES tells, only our own tags reach a function or its dead letters; soft bounces and others' mail do not", () => {
    const told: unknown[] = [];
    const functions = [{ name: "hear", hears: "ses" as const, timeoutSeconds: 20, handler: async () => undefined }];
    const tell = mailFeedback(functions, {
      send: (_: string, event: unknown) => {
        told.push(event);
        return { done: Promise.resolve() };
      },
    });
    const events: SesEvent[] = [];
    const service = mailService({ now: () => 0, from: "a@example.nl", tell: (event) => events.push(event) });
    service.send({
      FromEmailAddress: "Zon <a@example.nl>",
      Destination: { ToAddresses: ["bounce+anna@simulator.amazonses.com"] },
      Content: { Simple: { Subject: { Data: "Zeer geheim" }, Body: { Text: { Data: "x" } } } },
      ConfigurationSetName: "samenspraak",
      EmailTags: [{ Name: "workspace", Value: "ws_1" }],
    });
    const [event] = events;
    if (!event) throw new Error("Nothing was told.");
    expect(JSON.stringify(event)).toMatch(/bounce\+anna.*Zeer geheim/);
    const but = (detail: object) => ({ ...event, detail: { ...event.detail, ...detail } });
    tell(event);
    tell(but({ bounce: { bounceType: "Transient" } }));
    tell(but({ mail: { tags: { "ses:configuration-set": ["another"] } } }));
    expect(told).toMatchObject([{ what: "bounced", id: event.id, tags: { workspace: ["ws_1"] } }]);
    expect(JSON.stringify(told)).not.toMatch(/anna|geheim/);
  });

  test("the same news of SES twice is one suppression and one event", async () => {
    const sent: unknown[] = [];
    const { send } = SESv2Client.prototype;
    const Tags = z.object({
      input: z.object({ EmailTags: z.array(z.object({ Name: z.string(), Value: z.string() })) }),
    });
    vi.spyOn(SESv2Client.prototype, "send").mockImplementation(async function (this: SESv2Client, command) {
      const tags = Tags.safeParse(command).data?.input.EmailTags;
      if (tags) sent.push(Object.fromEntries(tags.map(({ Name, Value }) => [Name, [Value]])));
      return Reflect.apply(send, this, [command]);
    });
    await mailed("complaint+dubbel@simulator.amazonses.com");
    const news = { id: "again", what: "complained", tags: sent[0] };
    await Promise.all([world.invoke("samenspraak-mail-hear", news), world.invoke("samenspraak-mail-hear", news)]);
    await world.settle();
    const events = world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "address.suppressed");
    expect(events).toHaveLength(1);
    expect(await count()).toBe(1);
  });

  test("can be found by who knows the address, taken off, and is mailed again", async () => {
    const address = "bounce+weer@simulator.amazonses.com";
    await mailed(address);
    const found = await bakery.api("POST", "/v1/workspace/mail/suppressions/find", {
      address: ` ${address.toUpperCase()}`,
    });
    expect(found.body).toMatchObject({ reason: "bounced" });
    const { id } = found.as(z.object({ id: z.string() }));
    expect((await bakery.api("GET", `/v1/workspace/mail/suppressions/${id}`)).body).toEqual(found.body);
    expect((await bakery.api("DELETE", `/v1/workspace/mail/suppressions/${id}`)).status).toBe(204);
    await world.settle();
    expect((await bakery.api("GET", `/v1/workspace/mail/suppressions/${id}`)).status).toBe(404);
    expect(await count()).toBe(0);
    await mailed(address, { id: "order_2/ready" });
    expect(mailsTo(address)).toHaveLength(2);
    // It bounced again.
    expect((await suppressed()).map((one) => one.id)).toEqual([id]);
  });

  test("who asks to be left alone is put on the list once, and gets nothing", async () => {
    const ask = () => bakery.api("POST", "/v1/workspace/mail/suppressions", { address: "rust@example.nl" });
    const first = await ask();
    expect(first).toMatchObject({ status: 201, body: { reason: "asked" } });
    expect((await ask()).body).toEqual(first.body);
    await mailed("rust@example.nl", { againAfterMs: minutes(10) });
    await mailed("Rust@Example.nl", { id: "order_2/ready" });
    expect(mailsTo("rust@example.nl")).toEqual([]);
    // Of what somebody asked for, nobody hears: an asker would learn who is on the list.
    expect(failures().map(({ detail }) => detail.data)).toEqual([{ letterId: "order_2/ready", reason: "suppressed" }]);
    expect(world.logs.join("")).not.toMatch(/rust@/i);
  });

  test("the list goes on where the last page ended", async () => {
    for (let n = 0; n < 5; n++)
      await bakery.api("POST", "/v1/workspace/mail/suppressions", { address: `lijst-${n}@example.nl` });
    const ids = new Set<string>();
    let query = "?limit=2";
    for (let pages = 0; pages < 3; pages++) {
      const page = (await bakery.api("GET", `/v1/workspace/mail/suppressions${query}`)).as(
        z.object({ items: z.array(z.object({ id: z.string() })), next: z.string().nullable() }),
      );
      for (const { id } of page.items) ids.add(id);
      query = `?limit=2&cursor=${encodeURIComponent(page.next ?? "")}`;
    }
    expect(ids.size).toBe(5);
  });
});

describe("marketing mail", () => {
  const letter = { marketing: true } as const;
  const unsubscribeOf = (address: string) => {
    const mail = mailsTo(address).at(-1);
    if (!mail) throw new Error(`Nothing was mailed to ${address}.`);
    const { headers, text, html } = mail;
    const url = /^<(https?:\/\/[^>]+)>$/.exec(headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
    expect(headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    expect(text).toContain(url);
    expect(html).toContain(url.replaceAll("&", "&amp;"));
    const { pathname, search } = new URL(url);
    return `${pathname}${search}`;
  };

  test("has a link that changes nothing when it is opened; its one button ends it, and twice is the same", async () => {
    await mailed("nieuws@example.nl", { letter });
    const path = unsubscribeOf("nieuws@example.nl");
    const visitor = world.visitor();
    const writes = await world.weigh("opening the link", async () => {
      for (let i = 0; i < 3; i++) expect((await world.http("HEAD", path)).status).toBe(200);
      expect((await visitor.open(path)).forms).toHaveLength(1);
    });
    expect(writes).toEqual([]);
    await mailed("nieuws@example.nl", { letter, id: "order_2/news" });
    expect(mailsTo("nieuws@example.nl")).toHaveLength(2);

    const first = await visitor.submit(await visitor.open(path), {});
    const shown = await visitor.open(path);
    const second = await world.http("POST", path, { body: {}, headers: { accept: "application/json" } });
    expect(first.text).toContain("U bent afgemeld");
    expect(shown.text).toContain("U bent afgemeld");
    expect(second).toMatchObject({ status: 200, body: { status: "unsubscribed" } });
    await mailed("nieuws@example.nl", { letter, id: "order_3/news" });
    expect(mailsTo("nieuws@example.nl")).toHaveLength(2);
    // What they ask for still comes.
    await mailed("nieuws@example.nl", { id: "order_4/ready" });
    expect(mailsTo("nieuws@example.nl")).toHaveLength(3);
  });

  test("ends with the one click of a mail program (RFC 8058), without a redirect, and counts once", async () => {
    await mailed("klik@example.nl", { letter });
    const path = unsubscribeOf("klik@example.nl");
    const click = () =>
      fetch(new URL(path, world.url), {
        method: "POST",
        redirect: "error",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: "List-Unsubscribe=One-Click",
      });
    expect([(await click()).status, (await click()).status]).toEqual([200, 200]);
    await world.settle();
    const events = world.eventsOf(bakery.workspaceId).filter(({ type }) => type === "address.suppressed");
    expect(events).toMatchObject([{ detail: { actor: "visitor", data: { reason: "unsubscribed" } } }]);
  });

  test("a link that was altered, or is of another workspace, ends nothing", async () => {
    await mailed("vals@example.nl", { letter });
    const path = unsubscribeOf("vals@example.nl");
    const other = await world.workspace("Ander");
    for (const wrong of [path.replace("t=", "t=A"), path.replace(bakery.workspaceId, other.workspaceId)]) {
      expect((await world.http("GET", wrong, { headers: { accept: "application/json" } })).body).toMatchObject({
        status: 410,
        code: "link_ended",
      });
      expect((await world.http("POST", wrong, { body: {} })).body).toMatchObject({ status: 410, code: "link_ended" });
    }
  });
});

describe("how mail stands", () => {
  /** A DNS server that knows one text (RFC 1035), or nothing. */
  const openDns = async (text: string | undefined) => {
    const socket = createSocket("udp4");
    socket.on("message", (question, { port, address }) => {
      const end = question.indexOf(0, 12) + 5;
      const header = Buffer.from(question.subarray(0, 12));
      header.writeUInt16BE(text === undefined ? 0x8183 : 0x8180, 2);
      header.writeUInt16BE(text === undefined ? 0 : 1, 6);
      header.writeUInt32BE(0, 8);
      const answer =
        text === undefined
          ? Buffer.alloc(0)
          : Buffer.concat([
              Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, text.length + 1, text.length]),
              Buffer.from(text),
            ]);
      socket.send(Buffer.concat([header, question.subarray(12, end), answer]), port, address);
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    process.env.DNS_SERVER = `127.0.0.1:${socket.address().port}`;
    return () => {
      delete process.env.DNS_SERVER;
      socket.close();
    };
  };

  test("nothing is missing where all records are found and the account is out of the sandbox", async () => {
    await world.advance("PT2M");
    const close = await openDns("v=DMARC1; p=quarantine");
    const { body } = await bakery.api("GET", "/v1/workspace/mail");
    close();
    expect(body).toMatchObject({
      transport: "ses",
      from: "noreply@samenspraak.example",
      ready: true,
      missing: [],
      sandbox: false,
      quota: { perSecond: 10_000 },
      suppressed: 0,
    });
  });

  test("says which records are missing with their values, and that the account is in the sandbox", async () => {
    await world.advance("PT2M");
    Object.assign(world.mailAccount, { sandbox: true, recordsFound: false, perSecond: 1, perDay: 200, enabled: false });
    const close = await openDns(undefined);
    const { body } = await bakery.api("GET", "/v1/workspace/mail");
    close();
    const Standing = z.object({
      missing: z.array(z.object({ code: z.string(), detail: z.string() })),
      records: z.array(z.object({ purpose: z.string(), type: z.string(), name: z.string(), status: z.string() })),
    });
    const { missing, records } = Standing.parse(body);
    expect(missing.map(({ code }) => code)).toEqual(["records", "sandbox", "paused"]);
    expect(body).toMatchObject({ ready: false, sandbox: true, quota: { perSecond: 1, perDay: 200 } });
    expect(records.map(({ purpose, type, name, status }) => `${purpose} ${type} ${name} ${status}`)).toEqual([
      "dkim CNAME local1._domainkey.samenspraak.example missing",
      "dkim CNAME local2._domainkey.samenspraak.example missing",
      "dkim CNAME local3._domainkey.samenspraak.example missing",
      "mail_from MX mail.samenspraak.example missing",
      "spf TXT mail.samenspraak.example missing",
      "dmarc TXT _dmarc.samenspraak.example missing",
    ]);
  });
});

describe("over SMTP", () => {
  type Received = { from: string; to: string[]; user: unknown; raw: Buffer };
  /** A real SMTP server, with one user. */
  const openSmtp = async (options: Partial<SMTPServerOptions> = {}, onData?: () => "drop" | Error | undefined) => {
    const received: Received[] = [];
    const server = new SMTPServer({
      authOptional: false,
      allowInsecureAuth: true,
      disabledCommands: ["STARTTLS"],
      onAuth: ({ username, password }, _, done) =>
        username === "bakkerij" && password === "geheim woord/1"
          ? done(null, { user: username })
          : done(new Error("Invalid username or password")),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        const verdict = onData?.();
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          if (verdict === "drop") {
            for (const connection of server.connections) connection._socket.destroy();
            return;
          }
          if (verdict) return done(verdict);
          const { mailFrom, rcptTo } = session.envelope;
          received.push({
            from: mailFrom ? mailFrom.address : "",
            to: rcptTo.map(({ address }) => address),
            user: session.user,
            raw: Buffer.concat(chunks),
          });
          done();
        });
      },
      ...options,
    });
    server.on("error", () => undefined);
    const listening = server.listen(0, "127.0.0.1");
    await once(listening, "listening");
    const { port } = listening.address() as AddressInfo;
    process.env.MAIL_TRANSPORT = `smtp://bakkerij:geheim%20woord%2F1@127.0.0.1:${port}?rate=1000`;
    return { received, port, close: () => new Promise<void>((resolve) => server.close(resolve)) };
  };
  const smtpError = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });

  test("a mail arrives as it was written: any letters, both parts, a link, reply-to, one-click headers", async () => {
    const { received, close } = await openSmtp();
    const subject = "Bevestig uw deelname: “Taart” – für Zoë, 日本語 🍰";
    const blocks = [
      "Énig — één klik",
      { button: "Bevestig", url: "https://example.nl/c/taart/confirm?t=abc_-&lang=nl" },
    ];
    const brand = {
      ...(await letterTo("x@example.nl")).brand,
      replyTo: "winkel@example.nl",
      name: "Bakkerij “Zoë”, Zn.",
    };
    await mailed("anna@example.nl", { letter: { subject, blocks, brand, marketing: true } });
    await close();
    expect(received).toMatchObject([
      { from: "noreply@samenspraak.example", to: ["anna@example.nl"], user: "bakkerij" },
    ]);
    const raw = received[0]?.raw ?? Buffer.alloc(0);
    expect(raw.every((byte) => byte < 128)).toBe(true);
    for (const line of raw.toString().split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
    const mail = await PostalMime.parse(raw);
    expect(mail.subject).toBe(subject);
    expect(mail.from).toEqual({ name: "Bakkerij “Zoë”, Zn.", address: "noreply@samenspraak.example" });
    expect(mail.replyTo).toMatchObject([{ address: "winkel@example.nl" }]);
    expect(/https?:\/\/\S+/.exec(mail.text ?? "")?.[0]).toBe("https://example.nl/c/taart/confirm?t=abc_-&lang=nl");
    expect(mail.html).toContain("Énig — één klik");
    const headers = new Map(mail.headers.map(({ key, value }) => [key, value]));
    expect(headers.get("auto-submitted")).toBe("auto-generated");
    expect(headers.get("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
    expect(headers.get("list-unsubscribe")).toMatch(/^<http\S+>$/);
    expect(mail.messageId).toBeTruthy();
    expect(await fate()).toMatchObject({ status: "sent" });
    expect((await bakery.api("GET", "/v1/workspace/mail")).body).toMatchObject({ transport: "smtp", ready: true });
  });

  test("a mailbox that does not exist (550) is refused, and not mailed again by anyone", async () => {
    const { received, close } = await openSmtp({
      onRcptTo: (_, __, done) => done(smtpError(550, "5.1.1 <weg@example.nl> no such user")),
    });
    await mailed("weg@example.nl");
    expect(await fate()).toMatchObject({ status: "failed", reason: "refused" });
    await mailed("weg@example.nl", { id: "order_2/ready" });
    expect(await fate("order_2/ready")).toMatchObject({ status: "failed", reason: "suppressed" });
    await close();
    expect(received).toEqual([]);
    expect(world.logs.join("")).not.toContain("weg@example.nl");
  });

  test("a server that says not now (4xx) is asked again until it takes the mail", async () => {
    let busy = 3;
    const { received, close } = await openSmtp({
      onRcptTo: (_, __, done) => (busy-- > 0 ? done(smtpError(451, "4.7.1 Greylisted")) : done()),
    });
    await mailed("grijs@example.nl");
    expect(await fate()).toBeUndefined();
    await world.advance("PT5M");
    await close();
    expect(received).toHaveLength(1);
    expect(await fate()).toMatchObject({ status: "sent" });
  });

  test("content that is refused (554) or not taken now (452) is told apart", async () => {
    const verdicts = [smtpError(452, "4.3.1 Disk full"), smtpError(554, "5.7.1 Spam")];
    const { received, close } = await openSmtp({}, () => verdicts.shift());
    await mailed("inhoud@example.nl");
    await world.advance("PT1M");
    await close();
    expect(received).toEqual([]);
    expect(await fate()).toMatchObject({ status: "failed", reason: "refused", said: "EMESSAGE 554" });
  });

  test("a connection that is lost in the middle of the mail: it may have arrived, and is not sent again", async () => {
    let drops = 0;
    const { received, close } = await openSmtp({}, () => {
      drops++;
      return "drop";
    });
    await mailed("weggevallen@example.nl");
    await world.advance("PT30M");
    await close();
    expect([drops, received.length]).toEqual([1, 0]);
    expect(await fate()).toMatchObject({ status: "failed", reason: "unknown" });
  });

  test("a server that is not there, or does not know us, is asked again: nothing left", async () => {
    const { port, close } = await openSmtp();
    await close();
    await mailed("morgen@example.nl");
    expect(await fate()).toBeUndefined();
    const wrong = await openSmtp();
    process.env.MAIL_TRANSPORT = `smtp://bakkerij:fout@127.0.0.1:${wrong.port}`;
    await world.advance("PT5M");
    expect(await fate()).toBeUndefined();
    process.env.MAIL_TRANSPORT = `smtp://bakkerij:geheim%20woord%2F1@127.0.0.1:${wrong.port}`;
    await world.advance("PT20M");
    await wrong.close();
    expect(port).toBeGreaterThan(0);
    expect(wrong.received).toHaveLength(1);
    expect(world.logs.join("")).not.toMatch(/geheim.?woord|fout@/);
  });

  test("its address may be a secret of Secrets Manager; a password never crosses a network in clear", async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ SecretString: "smtps://u:p@smtp.example.org" }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const address = await secretText("arn:aws:secretsmanager:eu-west-1:000000000000:secret:smtp");
    server.close();
    server.closeAllConnections();
    expect(parseServer(address)).toMatchObject({ host: "smtp.example.org", port: 465, secure: true, user: "u" });
    expect(parseServer("smtp://u:p@smtp.example.org")).toMatchObject({ port: 587, secure: false, requireTLS: true });
    expect(parseServer("smtp://smtp.example.org:25?rate=0.5")).toMatchObject({
      port: 25,
      requireTLS: false,
      perSecond: 0.5,
    });
  });
});
