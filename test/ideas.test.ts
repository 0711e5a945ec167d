import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { folds } from "../functions/events/ideas.ts";
import { walkOf } from "../functions/exports/sections.ts";
import { hasProposed, personHash, proposersAt } from "../functions/ideas/chance.ts";
import { likeness, similarTo, wordsIn } from "../functions/ideas/similar.ts";
import { carry, press, type Support, takeBack, withdraw } from "../functions/ideas/support.ts";
import { supports } from "../functions/ideas/table.ts";
import { BoardView, CommentView, IdeaView, WaitingView } from "../functions/ideas/view.ts";
import { Operation } from "../functions/platform/aws.ts";
import { days, later } from "../functions/platform/clock.ts";
import { newId } from "../functions/platform/ids.ts";
import { PollView } from "../functions/polls/view.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

const now = "2026-06-01T10:00:00.000Z";

describe("which ideas are alike", () => {
  const stalling = { title: "Een fietsenstalling bij de ingang" };
  test("word forms, slips of the pen, accents and capitals make no other idea", () => {
    for (const title of [
      "Fietsenstallingen bij de ingang!",
      "fietsenstaling bij ingang",
      "FIETSENSTALLING aan de ingáng",
      "Graag bij de ingang een fietsenstalling",
    ])
      expect({ title, isAlike: likeness({ title }, stalling) >= 0.5 }).toEqual({ title, isAlike: true });
    expect(
      likeness({ title: "A bicycle shed at the entrance" }, { title: "Bicycle sheds near the entrances" }),
    ).toBeGreaterThan(0.5);
  });
  test("words that say nothing, and ideas about something else, are not alike", () => {
    expect(wordsIn("Het zou leuk zijn als er een app is")).toEqual(["leuk", "app"]);
    for (const title of [
      "Langer open op zaterdag",
      "Een korting voor studenten bij de ingang van het park",
      "De de de",
    ])
      expect(similarTo({ title }, [stalling])).toEqual([]);
  });
  test("the most alike comes first, and no more than three", () => {
    const all = ["Bockbier met kersen", "Bockbier", "Bockbier met honing", "Kersenbier", "Witbier met kersen"].map(
      (title) => ({ title }),
    );
    const found = similarTo({ title: "Een bockbier met kersen" }, all);
    expect(found[0]).toEqual({ title: "Bockbier met kersen" });
    expect(found.length).toBeLessThanOrEqual(3);
  });
});

describe("the row of somebody's support", () => {
  const of = { workspaceId: "ws_1", boardId: "board_1", shard: 0, who: "x", at: now };
  const own: Support = { ...of, ideaId: "a", id: "spt_1", own: true };
  const [fold] = folds;
  const counted = (before: Support | undefined, after: Support) =>
    fold?.counts(before, after).flatMap(({ add }) => Object.values(add)) ?? [];
  test("counts once, by whatever it came, and not at all once it was taken back", () => {
    const brought = carry({ ...own, ideaId: "b" }, undefined, "a", "spt_2");
    if (!brought) throw new Error("Nothing was brought.");
    expect(counted(undefined, brought)).toEqual([1]);
    expect(counted(brought, press(brought))).toEqual([]);
    expect(carry({ ...own, ideaId: "b" }, brought, "a", "spt_3")).toBeUndefined();
    const both = carry({ ...own, ideaId: "b" }, own, "a", "spt_3");
    expect(both && counted(own, both)).toEqual([]);
    expect(both && takeBack(both, "b")).toEqual(own);
    const gone = takeBack(brought, "b");
    expect(gone && counted(brought, gone)).toEqual([-1]);
    expect(counted(own, withdraw(own))).toEqual([-1]);
    expect(carry(withdraw({ ...own, ideaId: "b" }), undefined, "a", "spt_3")).toBeUndefined();
  });
  test("takes one write unit in the largest case that a crowd writes", () => {
    const id = (thing: "idea" | "board" | "support" | "workspace") => newId(thing, now);
    const row: Support = {
      ...{ workspaceId: id("workspace"), boardId: id("board"), ideaId: id("idea"), shard: 15 },
      ...{ who: "x".repeat(22), id: id("support"), own: true, at: now, network: "x".repeat(8) },
    };
    const item = { ...row, ...supports.key(row), kind: "support", version: 1 };
    expect(JSON.stringify(item).length).toBeLessThan(1024);
  });
});

let world: World;
let brewery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  brewery = await world.workspace("Brouwerij Maan");
});
afterAll(() => world?.close());

let made = 0;
type Told = z.infer<typeof BoardView>;
const opened = async (more: object = {}): Promise<Told> => {
  const slug = `ideeen-${++made}`;
  const { id } = (await brewery.api("POST", "/v1/boards", { slug, title: "Wat brouwen we?", ...more })).as(BoardView);
  return (await brewery.api("POST", `/v1/boards/${id}/open`)).as(BoardView);
};
const device = (n: number | string) => `toestel-van-iemand-${n}`;
const Sent = z.object({ id: z.string(), ideaId: z.string(), status: z.string() });
const proposed = async ({ slug }: Told, title: string, by: number | string = title.length, more: object = {}) => {
  const body = { title, device: device(by), ...more };
  return (await world.http("POST", `/i/${slug}`, { body })).as(Sent).ideaId;
};
const support = ({ slug }: Told, ideaId: string, by: number | string, more: object = {}) =>
  world.http("POST", `/i/${slug}/ideas/${ideaId}/support`, { body: { device: device(by), ...more } });
const idea = async (ideaId: string) => (await brewery.api("GET", `/v1/ideas/${ideaId}`)).as(IdeaView);
const Recounted = z.object({ support: z.number(), byMerge: z.number() });
/** What the stream has counted, which is what the rows say. */
const counted = async (ideaId: string): Promise<number> => {
  await world.settle();
  const { support } = (await brewery.api("GET", `/v1/ideas/${ideaId}/support`)).as(Recounted);
  expect((await idea(ideaId)).support).toBe(support);
  return support;
};
const Refused = z.object({ code: z.string(), errors: z.array(z.object({ pointer: z.string() })) });
const Items = <T>(item: z.ZodType<T>) => z.object({ items: z.array(item), next: z.string().nullable() });
const linkIn = (to: string): URL => {
  const mail = world.mails.findLast((one) => one.to.includes(to));
  return new URL(/https?:\/\/\S+/.exec(mail?.text ?? "")?.[0] ?? "");
};
const followed = async ({ slug }: Told, ideaId: string, email: string, by?: number | string) => {
  const cookies = by === undefined ? {} : { cookies: { device: device(by) } };
  await world.http("POST", `/i/${slug}/ideas/${ideaId}/follow`, { body: { email }, ...cookies });
  await world.settle();
  const link = linkIn(email);
  expect((await world.http("GET", `${link.pathname}${link.search}`)).status).toBe(200);
  return world.http("POST", link.pathname, { body: { t: link.searchParams.get("t") } });
};

describe("a board", () => {
  test("is a draft, opens, closes, opens again, and is changed on the version that was read", async () => {
    const slug = "kringloop";
    const draft = await brewery.api("POST", "/v1/boards", { slug, title: "Kringloop" });
    const { id } = draft.as(BoardView);
    expect(draft.status).toBe(201);
    expect((await brewery.api("POST", "/v1/boards", { slug, title: "Nog een" })).body).toMatchObject({
      code: "slug_taken",
    });
    expect((await world.http("GET", `/i/${slug}`)).text).not.toContain("Kringloop");
    const stale = await brewery.api("PATCH", `/v1/boards/${id}`, { title: "x" }, { "if-match": '"9"' });
    expect(stale.body).toMatchObject({ code: "stale" });
    const patch = { title: "Wat kan weg?", slug: "weg-ermee", text: "Zeg het maar." };
    expect((await brewery.api("PATCH", `/v1/boards/${id}`, patch)).body).toMatchObject(patch);
    expect((await world.http("GET", `/i/${slug}`)).status).toBe(404);
    await brewery.api("POST", `/v1/boards/${id}/open`);
    expect((await brewery.api("PATCH", `/v1/boards/${id}`, { tier: "email" })).body).toMatchObject({
      code: "board_not_draft",
    });
    expect((await brewery.api("DELETE", `/v1/boards/${id}`)).body).toMatchObject({ code: "board_open" });
    const board = (await brewery.api("POST", `/v1/boards/${id}/close`)).as(BoardView);
    const late = await world.http("POST", "/i/weg-ermee", { body: { title: "Te laat", device: device(1) } });
    expect(late.body).toMatchObject({ code: "board_not_open" });
    expect((await world.http("GET", "/i/weg-ermee?lang=nl", { headers: { accept: "text/html" } })).text).toContain(
      "gesloten",
    );
    expect((await brewery.api("POST", `/v1/boards/${id}/open`)).body).toMatchObject({ status: "open" });
    await proposed(board, "Weer open");
    expect(
      (await brewery.api("GET", "/v1/boards?status=open")).as(Items(BoardView)).items.map((of) => of.id),
    ).toContain(id);
    await world.settle();
    const events = world.eventsOf(brewery.workspaceId).filter(({ detail }) => detail.data.boardId === id);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        "board.created",
        "board.changed",
        "board.opened",
        "board.closed",
        "idea.proposed",
        "idea.supported",
      ]),
    );
  });

  test("that is removed takes all with it, and its slug is free", async () => {
    const board = await opened();
    const ideaId = await proposed(board, "Alcoholvrij");
    await world.http("POST", `/i/${board.slug}/ideas/${ideaId}/comments`, { body: { said: "Ja!", device: device(3) } });
    await brewery.api("POST", `/v1/boards/${board.id}/close`);
    expect((await brewery.api("DELETE", `/v1/boards/${board.id}`)).status).toBe(204);
    await world.settle();
    for (const path of [`/v1/boards/${board.id}`, `/v1/ideas/${ideaId}`])
      expect((await brewery.api("GET", path)).status).toBe(404);
    expect((await brewery.api("POST", "/v1/boards", { slug: board.slug, title: "Opnieuw" })).status).toBe(201);
  });
});

describe("proposing and supporting", () => {
  test("an idea sent twice is one, and its proposer is its first supporter", async () => {
    const board = await opened();
    const body = { title: "Een zwarte IPA", text: "Donker en bitter.", name: "Esra", device: device(1) };
    const answers = await Promise.all([1, 2, 3].map(() => world.http("POST", `/i/${board.slug}`, { body })));
    const ids = new Set(answers.map((answer) => answer.as(Sent).ideaId));
    expect(ids.size).toBe(1);
    const [ideaId = ""] = ids;
    expect(await counted(ideaId)).toBe(1);
    expect(await idea(ideaId)).toMatchObject({ title: "Een zwarte IPA", name: "Esra", status: "open", by: "visitor" });
  });

  test("support is one write of one unit and counts once a person, also of fifty racing requests", async () => {
    const board = await opened();
    const ideaId = await proposed(board, "Een zwarte IPA", 1);
    await world.settle();
    const writes = await world.weigh("support", () => support(board, ideaId, 2));
    const rows = writes.filter(({ kind }) => kind === "support");
    expect(rows.map(({ units }) => units)).toEqual([1]);
    expect(await counted(ideaId)).toBe(2);
    const again = await world.weigh("support again", () => support(board, ideaId, 2));
    expect(again.filter(({ kind, applied }) => kind === "support" && applied)).toEqual([]);
    await Promise.all(Array.from({ length: 50 }, (_, n) => support(board, ideaId, n < 25 ? 3 : n)));
    expect(await counted(ideaId)).toBe(28);
    expect((await support(board, ideaId, 3, { undo: "1" })).status).toBe(201);
    expect(await counted(ideaId)).toBe(27);
    await support(board, ideaId, 3, { undo: "1" });
    await support(board, ideaId, 3);
    expect(await counted(ideaId)).toBe(28);
  });

  test("where an address makes a person, a mailed code proves it once, however it is written", async () => {
    const board = await opened({ tier: "email" });
    const email = "jan.smit@gmail.com";
    const body = { title: "Een blond bier", email };
    expect((await world.http("POST", `/i/${board.slug}`, { body })).body).toEqual({ status: "mailed" });
    await world.settle();
    const code = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(world.mails.at(-1)?.text ?? "")?.[0] ?? "";
    const wrong = await world.http("POST", `/i/${board.slug}`, { body: { ...body, code: "0000-0000" } });
    expect(wrong.body).toMatchObject({ code: "invalid_input", errors: [{ pointer: "#/code" }] });
    const sent = await world.http("POST", `/i/${board.slug}`, { body: { ...body, code: code.toUpperCase() } });
    const { ideaId } = sent.as(Sent);
    await support(board, ideaId, 1, { email: "JanSmit+bier@gmail.com", code: "x" });
    const other = { email: "jansmit@gmail.com" };
    await world.http("POST", `/i/${board.slug}/ideas/${ideaId}/support`, { body: other });
    await world.settle();
    const next = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(world.mails.at(-1)?.text ?? "")?.[0];
    await world.http("POST", `/i/${board.slug}/ideas/${ideaId}/support`, { body: { ...other, code: next } });
    expect(await counted(ideaId)).toBe(1);
    expect(await hasProposed(brewery.workspaceId, board.id, "Jan.Smit@googlemail.com", world.now())).toBe(true);
    expect(await hasProposed(brewery.workspaceId, board.id, "piet@gmail.com", world.now())).toBe(false);
    const hash = await personHash(brewery.workspaceId, email, world.now());
    expect([...(await proposersAt(brewery.workspaceId, board.id, later(world.now(), 1), world.now()))]).toEqual([hash]);
  });

  test("a mailbox is mailed one code in ten minutes, however its address is written", async () => {
    const board = await opened({ tier: "email" });
    const before = world.mails.length;
    const written = ["an.na@gmail.com", "anna@gmail.com", "a.n.n.a@gmail.com", "anna+2@googlemail.com"];
    const send = (email: string, code?: string) =>
      world.http("POST", `/i/${board.slug}`, { body: { title: "Een wit bier", email, code } });
    await Promise.all(written.map((email) => send(email)));
    await world.settle();
    const mailed = world.mails.slice(before);
    expect(mailed).toHaveLength(1);
    const code = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(mailed[0]?.text ?? "")?.[0];
    const ideas = await Promise.all(written.map(async (email) => (await send(email, code)).as(Sent).ideaId));
    expect(new Set(ideas).size).toBe(1);
  });

  test("the list is by support or newest, by status, and pages to its end", async () => {
    const board = await opened();
    const ids: string[] = [];
    for (const [n, title] of ["Kriek", "Gerst", "Haver", "Rogge", "Tarwe"].entries()) {
      ids.push(await proposed(board, title, n));
      await world.advance("PT1S");
    }
    await Promise.all([6, 7, 8].map((n) => support(board, ids[1]!, n)));
    await support(board, ids[3]!, 6);
    await world.settle();
    const list = async (query: string): Promise<string[]> => {
      const titles: string[] = [];
      for (let cursor = ""; ; ) {
        const path = `/v1/ideas?boardId=${board.id}&limit=2${query}${cursor && `&cursor=${cursor}`}`;
        const { items, next } = (await brewery.api("GET", path)).as(Items(IdeaView));
        titles.push(...items.map(({ title }) => title));
        if (next === null) return titles;
        cursor = next;
      }
    };
    expect(await list("&sort=support")).toEqual(["Gerst", "Rogge", "Kriek", "Haver", "Tarwe"]);
    expect(await list("")).toEqual(["Tarwe", "Rogge", "Haver", "Gerst", "Kriek"]);
    await brewery.api("POST", `/v1/ideas/${ids[0]}/status`, { status: "planned" });
    expect(await list("&status=planned")).toEqual(["Kriek"]);
    const Public = z.object({ ideas: z.array(z.object({ title: z.string(), support: z.number() })) });
    const json = { headers: { accept: "application/json" } };
    expect((await world.http("GET", `/i/${board.slug}`, json)).as(Public).ideas[0]).toEqual({
      title: "Gerst",
      support: 4,
    });
    expect((await world.http("GET", `/i/${board.slug}?show=planned`, json)).as(Public).ideas).toHaveLength(1);
    const all = await brewery.api("GET", "/v1/ideas?limit=100");
    expect(all.as(Items(IdeaView)).items.filter(({ boardId }) => boardId === board.id)).toHaveLength(5);
  });

  test("ideas like one's own are offered while writing", async () => {
    const board = await opened();
    const ideaId = await proposed(board, "Een bockbier met kersen");
    await world.advance("PT6S");
    const asked = `/i/${board.slug}/similar?title=${encodeURIComponent("bokbier kersen")}`;
    const answer = await world.http("GET", asked, { headers: { accept: "application/json" } });
    expect(answer.body).toMatchObject({ items: [{ id: ideaId, title: "Een bockbier met kersen" }] });
  });

  test("what people write comes back as it went in, harmless, or is refused clearly", async () => {
    const board = await opened();
    const html = { headers: { accept: "text/html" } };
    const title = `<script>alert(1)</script> "&' 🍺👩‍👩‍👧 مرحبا\u200f`;
    const ideaId = await proposed(board, title, 1, { text: "a\u200bb <img src=x onerror=1>\n\nnog" });
    expect(await idea(ideaId)).toMatchObject({ title, text: "a\u200bb <img src=x onerror=1>\n\nnog" });
    for (const path of [`/i/${board.slug}`, `/i/${board.slug}/ideas/${ideaId}`]) {
      const { text } = await world.http("GET", path, html);
      expect(text).toContain("&lt;script&gt;");
      expect(text).not.toMatch(/<script>alert|<img/);
    }
    for (const wrong of ["\u202egnirts", "\u200b\u200b", "\u0000", "  ", "x".repeat(100_000), "een\nregel"]) {
      const answer = await world.http("POST", `/i/${board.slug}`, { body: { title: wrong, device: device(1) } });
      const { code, errors } = answer.as(Refused);
      expect({ wrong, code, pointers: [...new Set(errors.map(({ pointer }) => pointer))] }).toEqual({
        ...{ wrong, code: "invalid_input", pointers: ["#/title"] },
      });
    }
  });
});

describe("a merge", () => {
  test("counts whoever supports both once, also who comes meanwhile, and an undo gives back exactly what was", async () => {
    const board = await opened();
    const [target, other, third] = [
      await proposed(board, "Een bokbier", 1),
      await proposed(board, "Een bockbier", 2),
      await proposed(board, "Bok", 3),
    ];
    await Promise.all([
      ...Array.from({ length: 12 }, (_, n) => support(board, target, 10 + n)),
      ...Array.from({ length: 12 }, (_, n) => support(board, other, 16 + n)),
      ...Array.from({ length: 4 }, (_, n) => support(board, third, 20 + n)),
    ]);
    expect([await counted(target), await counted(other), await counted(third)]).toEqual([13, 13, 5]);
    const into = { into: target };
    expect((await brewery.api("POST", `/v1/ideas/${other}/merge`, { into: other })).body).toMatchObject({
      code: "invalid_input",
    });
    const [merged] = await Promise.all([
      brewery.api("POST", `/v1/ideas/${other}/merge`, into),
      ...[40, 41].map((n) => support(board, other, n)),
      ...[40, 41].map((n) => support(board, target, n)),
    ]);
    expect(merged.body).toMatchObject({ status: "duplicate", into: target });
    // 1, 10 to 21, 2, 16 to 27, 40 and 41.
    expect(await counted(target)).toBe(22);
    expect((await brewery.api("POST", `/v1/ideas/${other}/merge`, into)).body).toMatchObject({ code: "idea_merged" });
    expect((await brewery.api("DELETE", `/v1/ideas/${target}`)).body).toMatchObject({ code: "idea_merged" });

    await brewery.api("POST", `/v1/ideas/${third}/merge`, into);
    expect(await counted(target)).toBe(23);
    // By the page of the duplicate the other one is supported; and who came by the merge may support it themselves.
    await support(board, other, 50);
    await support(board, target, 27);
    expect(await counted(target)).toBe(24);
    await support(board, target, 26, { undo: "1" });
    expect(await counted(target)).toBe(23);

    expect((await brewery.api("POST", `/v1/ideas/${other}/unmerge`)).body).toMatchObject({ status: "open" });
    await world.settle();
    // 1, 10 to 21, 40, 41, 27, 50, and by the third: 3, 22 and 23 besides.
    expect(await counted(target)).toBe(20);
    await brewery.api("POST", `/v1/ideas/${third}/unmerge`);
    expect(await counted(target)).toBe(17);
    expect(await counted(third)).toBe(5);
    const apart = await counted(other);
    expect((await idea(target)).merged).toEqual([]);
    // Told again, late and in another order, what was done once changes nothing.
    const told = world
      .eventsOf(brewery.workspaceId)
      .filter(
        ({ type, detail }) => /^idea\.(merged|unmerged|supported)$/.test(type) && detail.data.boardId === board.id,
      );
    expect(told.length).toBeGreaterThan(4);
    for (const event of told.toReversed()) await world.invoke("samenspraak-ideas-carry", { ...event });
    expect([await counted(target), await counted(other), await counted(third)]).toEqual([17, apart, 5]);
    expect((await brewery.api("POST", `/v1/ideas/${third}/unmerge`)).body).toMatchObject({ code: "idea_not_merged" });
  });

  test("killed between any two of its steps counts nobody twice, and goes on when its event is told again", async () => {
    const board = await opened();
    const target = await proposed(board, "Een stout met haver", 1);
    const other = await proposed(board, "Havermoutstout", 2);
    // Two support both: of the three shards that are brought along, one at least has somebody new.
    await Promise.all([
      ...Array.from({ length: 8 }, (_, n) => support(board, target, 100 + n)),
      ...Array.from({ length: 14 }, (_, n) => support(board, other, 106 + n)),
    ]);
    expect([await counted(target), await counted(other)]).toEqual([9, 15]);
    // What it writes stops after three transactions, as of a process that dies.
    const send = Operation.prototype.send;
    let steps = 0;
    let isDying = false;
    const dying = vi.spyOn(Operation.prototype, "send").mockImplementation(function (
      this: Operation<object, object>,
      asked: object,
    ) {
      const isStep = JSON.stringify(asked).includes('"support"') && "TransactItems" in asked;
      if (isDying && isStep && ++steps > 3) throw new Error("Killed.");
      return send.call(this, asked);
    });
    isDying = true;
    const silent = vi.spyOn(console, "error").mockReturnValue(undefined);
    await brewery.api("POST", `/v1/ideas/${other}/merge`, { into: target });
    await world.settle();
    expect(steps).toBeGreaterThan(3);
    const half = await counted(target);
    isDying = false;
    silent.mockRestore();
    dying.mockRestore();
    // Some have been brought along, each of them once, and whoever reads it sees a count that the rows say. Behind faults the
    // three may all have been refused.
    expect(half).toBeGreaterThan(process.env.FAULTS === undefined ? 9 : 8);
    expect(half).toBeLessThan(22);
    const event = world.eventsOf(brewery.workspaceId).findLast(({ type }) => type === "idea.merged");
    for (let n = 0; n < 2; n++) await world.invoke("samenspraak-ideas-carry", { ...event });
    // 1, 2, and 100 to 119.
    expect(await counted(target)).toBe(22);
    await world.advance("PT10M");
    expect(await counted(target)).toBe(22);
  });

  test("of merged ideas goes on, and is undone from the last to the first", async () => {
    const board = await opened();
    const [a, b, c] = [await proposed(board, "Aa", 1), await proposed(board, "Bb", 2), await proposed(board, "Cc", 3)];
    await Promise.all([support(board, a, 3), support(board, b, 1)]);
    await brewery.api("POST", `/v1/ideas/${a}/merge`, { into: b });
    await world.settle();
    await brewery.api("POST", `/v1/ideas/${b}/merge`, { into: c });
    expect(await counted(c)).toBe(3);
    expect((await brewery.api("POST", `/v1/ideas/${a}/unmerge`)).body).toMatchObject({ code: "idea_merged" });
    await brewery.api("POST", `/v1/ideas/${b}/unmerge`);
    await brewery.api("POST", `/v1/ideas/${a}/unmerge`);
    expect([await counted(a), await counted(b), await counted(c)]).toEqual([2, 2, 1]);
  });
});

describe("moderation", () => {
  test("ideas and comments wait, in one queue, until they are approved; a reason is for who wrote it", async () => {
    const board = await opened({ moderation: "before" });
    const [good, bad] = [await proposed(board, "Een goed idee", 1), await proposed(board, "Reclame", 2)];
    const page = (id: string, by: number) =>
      world.http("GET", `/i/${board.slug}/ideas/${id}?lang=nl`, {
        headers: { accept: "text/html" },
        cookies: { device: device(by) },
      });
    expect((await page(good, 2)).status).toBe(404);
    expect((await page(good, 1)).text).toContain("wordt eerst bekeken");
    expect((await support(board, good, 5)).status).toBe(404);
    await brewery.api("POST", `/v1/ideas/${good}/approve`);
    await world.advance("PT6S");
    const comment = { said: "Eens", name: "Kim", device: device(4) };
    const { id } = (await world.http("POST", `/i/${board.slug}/ideas/${good}/comments`, { body: comment })).as(Sent);
    const Queue = Items(WaitingView);
    await world.settle();
    const first = (await brewery.api("GET", `/v1/boards/${board.id}/queue?limit=1`)).as(Queue);
    const second = (await brewery.api("GET", `/v1/boards/${board.id}/queue?limit=1&cursor=${first.next}`)).as(Queue);
    expect([...first.items, ...second.items].map((of) => of.id)).toEqual([bad, id]);
    expect(second.next).toBeNull();
    expect((await page(good, 1)).text).not.toContain("Eens");
    expect((await page(good, 4)).text).toContain("Alleen u ziet deze reactie");
    expect((await idea(good)).comments).toBe(0);
    await brewery.api("POST", `/v1/ideas/${good}/comments/${id}/approve`);
    await brewery.api("POST", `/v1/ideas/${bad}/reject`, { reason: "Dit is reclame." });
    await world.advance("PT6S");
    expect((await page(good, 1)).text).toContain("Eens");
    expect((await idea(good)).comments).toBe(1);
    expect((await page(bad, 2)).text).toContain("Dit is reclame.");
    expect((await page(bad, 1)).status).toBe(404);
    await brewery.api("POST", `/v1/ideas/${good}/comments/${id}/reject`, { reason: "Toch niet." });
    const comments = (await brewery.api("GET", `/v1/ideas/${good}/comments`)).as(Items(CommentView));
    expect(comments.items).toMatchObject([{ id, status: "rejected", reason: "Toch niet.", by: "visitor" }]);
    expect((await brewery.api("POST", `/v1/ideas/${bad}/status`, { status: "done" })).body).toMatchObject({
      code: "idea_not_published",
    });
  });
});

describe("you said, we did", () => {
  test("an answer is mailed once to each who proposed, supported or followed and proved an address, also of a merged idea", async () => {
    const board = await opened();
    const [target, other] = [await proposed(board, "Een rookbier", 1), await proposed(board, "Rauchbier", 2)];
    await support(board, target, 3);
    await followed(board, target, "voorsteller@example.nl", 1);
    await followed(board, target, "steuner@example.nl", 3);
    await followed(board, other, "ander@example.nl", 2);
    // Within ten minutes the second mail may be left out: an address is mailed so often at most.
    await world.advance("PT11M");
    await followed(board, other, "steuner@example.nl", 3);
    await followed(board, target, "weg@example.nl");
    expect(await hasProposed(brewery.workspaceId, board.id, "voorsteller@example.nl", world.now())).toBe(true);
    expect(await hasProposed(brewery.workspaceId, board.id, "steuner@example.nl", world.now())).toBe(false);
    await brewery.api("POST", `/v1/ideas/${other}/merge`, { into: target });
    await world.settle();
    const before = world.mails.length;
    const answer = "Hij komt in oktober.";
    await brewery.api("POST", `/v1/ideas/${target}/status`, { status: "done", answer });
    await world.settle();
    const told = world.mails.slice(before);
    expect(told.flatMap(({ to }) => to).sort()).toEqual(
      ["ander@example.nl", "steuner@example.nl", "voorsteller@example.nl", "weg@example.nl"].sort(),
    );
    const text = (to: string) => told.find((mail) => mail.to.includes(to))?.text ?? "";
    expect(text("voorsteller@example.nl")).toContain("U stelde dit idee voor: “Een rookbier”");
    expect(text("steuner@example.nl")).toContain("U steunde dit idee");
    expect(text("ander@example.nl")).toContain("Rauchbier");
    for (const mail of told) {
      expect(mail.subject).toContain("U zei het, wij deden het");
      expect(mail.text).toContain(answer);
    }
    const stop = new URL(text("weg@example.nl").match(/https?:\/\/\S+\/stop\?\S+/)?.[0] ?? "");
    const stopPath = `${stop.pathname}${stop.search}`;
    expect((await world.http("GET", stopPath)).status).toBe(200);
    const t = stop.searchParams.get("t");
    for (let n = 0; n < 2; n++) expect((await world.http("POST", stop.pathname, { body: { t } })).status).toBe(200);

    // However often the event comes.
    const event = world.eventsOf(brewery.workspaceId).findLast(({ type }) => type === "idea.status_changed");
    await world.invoke("samenspraak-ideas-tell", { ...event });
    await world.settle();
    expect(world.mails.length).toBe(before + 4);
    await brewery.api("POST", `/v1/ideas/${target}/status`, { status: "declined", answer: "Toch niet." });
    await world.settle();
    expect(world.mails.slice(before + 4).flatMap(({ to }) => to)).not.toContain("weg@example.nl");
    expect(world.mails.length).toBe(before + 7);
    const { text: shown } = await world.http("GET", `/i/${board.slug}/ideas/${target}?lang=nl`, {
      headers: { accept: "text/html" },
    });
    expect(shown).toContain(answer);
    expect(shown).toContain("Dit doen we niet.");
    expect(JSON.stringify(world.eventsOf(brewery.workspaceId))).not.toContain("example.nl");

    // Who follows again has done something new.
    await world.advance("PT11M");
    await followed(board, target, "weg@example.nl");
    await world.settle();
    const heard = world
      .eventsOf(brewery.workspaceId)
      .filter(({ type, detail }) => type === "idea.followed" && detail.data.ideaId === target);
    // Three people, one of them twice; the bus may say the same event again.
    expect(new Set(heard.map(({ detail }) => detail.id)).size).toBe(4);
    await brewery.api("POST", `/v1/ideas/${target}/status`, { status: "planned", answer: "Toch wel." });
    await world.settle();
    expect(world.mails.at(-1) && world.mails.slice(-4).flatMap(({ to }) => to)).toContain("weg@example.nl");
  });

  test("why an idea was taken off is mailed to who proposed it, and to nobody else who follows it", async () => {
    const board = await opened();
    const ideaId = await proposed(board, "Goedkoper bier van hiernaast", 1);
    await support(board, ideaId, 2);
    await followed(board, ideaId, "maker@example.nl", 1);
    await followed(board, ideaId, "meestemmer@example.nl", 2);
    await followed(board, ideaId, "kijker@example.nl");
    const before = world.mails.length;
    const reason = "U noemt een buurman bij naam.";
    await brewery.api("POST", `/v1/ideas/${ideaId}/reject`, { reason });
    await world.settle();
    const told = world.mails.slice(before);
    expect(told.flatMap(({ to }) => to)).toEqual(["maker@example.nl"]);
    expect(told[0]?.text).toContain(reason);
  });

  test("an idea is one person's: a second address that its proposer follows it by earns nothing", async () => {
    const board = await opened();
    const ideaId = await proposed(board, "Bier met gember", 1);
    await followed(board, ideaId, "eerste@example.nl", 1);
    await followed(board, ideaId, "tweede@example.nl", 1);
    const has = (email: string) => hasProposed(brewery.workspaceId, board.id, email, world.now());
    expect([await has("eerste@example.nl"), await has("tweede@example.nl")]).toEqual([true, false]);
    expect((await proposersAt(brewery.workspaceId, board.id, later(world.now(), 1), world.now())).size).toBe(1);
  });

  test("an address that somebody else gives again and again is mailed a few times at most", async () => {
    const board = await opened();
    for (let n = 0; n < 12; n++)
      await world.http("POST", `/i/${board.slug}`, {
        body: { title: `Bier nummer ${n} ${"abcdefghijkl"[n]}`, email: "doelwit@example.nl", device: device(n) },
      });
    await world.settle();
    const mails = world.mails.filter(({ to }) => to.includes("doelwit@example.nl"));
    expect(mails.length).toBeGreaterThan(0);
    expect(mails.length).toBeLessThanOrEqual(8);
  });

  test("a link that a scanner opens changes nothing, and one that was altered is none", async () => {
    const board = await opened();
    const ideaId = await proposed(board, "Gerstewijn", 1);
    await world.http("POST", `/i/${board.slug}/ideas/${ideaId}/follow`, { body: { email: "scan@example.nl" } });
    await world.settle();
    const link = linkIn("scan@example.nl");
    for (let n = 0; n < 3; n++) await world.http("GET", `${link.pathname}${link.search}`);
    await world.settle();
    const followers = world
      .eventsOf(brewery.workspaceId)
      .filter(({ type, detail }) => type === "idea.followed" && detail.data.ideaId === ideaId);
    expect(followers).toEqual([]);
    const altered = await world.http("POST", link.pathname, { body: { t: "anders" } });
    expect(altered.body).toMatchObject({ code: "link_ended" });
  });
});

describe("what becomes of ideas", () => {
  test("a poll of the best ideas is made once, as a draft that can be changed", async () => {
    const board = await opened();
    const ids = [
      await proposed(board, "Kriek", 1),
      await proposed(board, "Gueuze", 2),
      await proposed(board, "Faro", 3),
    ];
    await Promise.all([support(board, ids[2]!, 8), support(board, ids[2]!, 9), support(board, ids[0]!, 8)]);
    await world.settle();
    const body = { slug: `beste-${made}`, question: "Welke brouwen we?", number: 2 };
    const Made = z.object({ pollId: z.string(), options: z.array(z.object({ ideaId: z.string() })) });
    const [one, two] = await Promise.all([1, 2].map(() => brewery.api("POST", `/v1/boards/${board.id}/poll`, body)));
    const polled = [one, two].flatMap((answer) => (answer?.status === 201 ? [answer.as(Made)] : []));
    const again = (await brewery.api("POST", `/v1/boards/${board.id}/poll`, body)).as(Made);
    expect(new Set([...polled, again].map(({ pollId }) => pollId)).size).toBe(1);
    expect(again.options.map(({ ideaId }) => ideaId)).toEqual([ids[2], ids[0]]);
    const poll = (await brewery.api("GET", `/v1/polls/${again.pollId}`)).as(PollView);
    expect(poll).toMatchObject({
      status: "draft",
      question: "Welke brouwen we?",
      options: [{ text: "Faro" }, { text: "Kriek" }],
    });
    expect((await brewery.api("POST", `/v1/polls/${again.pollId}/open`)).status).toBe(200);
    const few = { ...body, slug: `meer-${made}`, status: ["done"] };
    expect((await brewery.api("POST", `/v1/boards/${board.id}/poll`, few)).body).toMatchObject({
      code: "too_few_ideas",
    });
  });

  test("whoever proposed an idea removes it, and who asks is forgotten with all that they wrote", async () => {
    const board = await opened({ tier: "email" });
    const email = "vergeet@example.nl";
    const coded = async (path: string, body: object) => {
      await world.http("POST", path, { body: { ...body, email } });
      await world.settle();
      const code = /[0-9a-z]{4}-[0-9a-z]{4}/.exec(
        world.mails.findLast(({ to }) => to.includes(email))?.text ?? "",
      )?.[0];
      return world.http("POST", path, { body: { ...body, email, code } });
    };
    const first = await coded(`/i/${board.slug}`, { title: "Mijn idee", text: "Van mij.", tell: "1" });
    const { ideaId } = first.as(Sent);
    const cookies = Object.fromEntries(
      first.setCookies.map((set) => set.split(";")[0]!.split("=") as [string, string]),
    );
    const shared = (await world.http("POST", `/i/${board.slug}`, { body: { title: "Gedeeld" }, cookies })).as(
      Sent,
    ).ideaId;
    const theirs = idOfMade(await brewery.api("POST", "/v1/ideas", { boardId: board.id, title: "Van ons" }));
    await brewery.api("POST", `/v1/ideas/${shared}/merge`, { into: theirs });
    const said = { said: "Mijn reactie" };
    await world.http("POST", `/i/${board.slug}/ideas/${theirs}/comments`, { body: said, cookies });
    const other = await world.http("POST", `/i/${board.slug}/ideas/${ideaId}/remove`, {
      body: { email: "x@example.nl" },
    });
    expect(other.status).toBe(202);
    const gone = (await brewery.api("POST", `/v1/boards/${board.id}/forget`, { address: "Vergeet@example.nl" })).body;
    expect(gone).toEqual({ ideas: 2, comments: 1, follows: 1 });
    await world.settle();
    expect((await brewery.api("GET", `/v1/ideas/${ideaId}`)).status).toBe(404);
    expect((await idea(shared)).title).toBe("(verwijderd idee)");
    expect((await brewery.api("GET", `/v1/ideas/${theirs}/comments`)).body).toMatchObject({ items: [] });
    expect((await brewery.api("POST", `/v1/boards/${board.id}/forget`, { address: email })).body).toEqual({
      ...{ ideas: 0, comments: 0, follows: 0 },
    });
    const mine = (await world.http("POST", `/i/${board.slug}`, { body: { title: "Nog een" }, cookies })).as(
      Sent,
    ).ideaId;
    expect((await world.http("POST", `/i/${board.slug}/ideas/${mine}/remove`, { body: {}, cookies })).status).toBe(200);
    expect((await brewery.api("GET", `/v1/ideas/${mine}`)).status).toBe(404);
  });

  test("a person who is erased is forgotten on every board, and an export has what is left", async () => {
    const [closesAt, drawAt] = [days(20), days(21)].map((ms) => later(world.now(), ms));
    const slug = `win-${made}`;
    const prizes = [{ description: "Krat", number: 1, valueCents: 100 }];
    const contest = await brewery.api("POST", "/v1/contests", {
      ...{ slug, title: "Win", promotes: "Bier", prizes, closesAt, drawAt, newsletter: true },
    });
    await brewery.api("POST", `/v1/contests/${idOfMade(contest)}/open`);
    const email = "wissen@example.nl";
    await world.http("POST", `/c/${slug}`, { body: { email, newsletter: 1 } });
    await world.settle();
    const link = linkIn(email);
    await world.http("POST", link.pathname, { body: { t: link.searchParams.get("t") } });
    await world.settle();
    const [one, other] = [await opened(), await opened()];
    const ids = [await proposed(one, "Van hen", 1), await proposed(other, "Ook van hen", 2)];
    const theirs = await proposed(one, "Van een ander", 3);
    await followed(one, ids[0]!, email, 1);
    await followed(other, ids[1]!, email, 2);
    await world.settle();
    const People = Items(z.object({ id: z.string(), address: z.string() }));
    const { items } = (await brewery.api("GET", "/v1/people?consent=newsletter")).as(People);
    const person = items.find(({ address }) => address === email);
    expect((await brewery.api("DELETE", `/v1/people/${person?.id}`)).status).toBe(204);
    await world.settle();
    for (const id of ids) expect((await brewery.api("GET", `/v1/ideas/${id}`)).status).toBe(404);
    expect(await idea(theirs)).toMatchObject({ status: "open" });
    const asking = { workspaceId: brewery.workspaceId, personal: false, now: world.now() };
    const { rows } = await walkOf("ideas")(asking, { of: one.id });
    expect(rows).toMatchObject([{ id: theirs, title: "Van een ander", discussion: [] }]);
  });

  test("an idea and a comment are listed, read, changed on their version, and deleted; the same key is the same answer", async () => {
    const board = await opened();
    const body = { boardId: board.id, title: "Van de werkplaats" };
    const key = { "idempotency-key": `idee-${made}` };
    const [one, two] = [
      await brewery.api("POST", "/v1/ideas", body, key),
      await brewery.api("POST", "/v1/ideas", body, key),
    ];
    expect(two.body).toEqual(one.body);
    const { id } = one.as(IdeaView);
    expect(one.body).toMatchObject({ by: "workspace", support: 0, status: "open" });
    const stale = await brewery.api("PATCH", `/v1/ideas/${id}`, { title: "Anders" }, { "if-match": '"7"' });
    expect(stale.body).toMatchObject({ code: "stale" });
    const tag = one.headers.etag ?? "";
    const changed = await brewery.api(
      "PATCH",
      `/v1/ideas/${id}`,
      { title: "Anders", text: "Zo." },
      { "if-match": tag },
    );
    expect(changed.body).toMatchObject({ title: "Anders", text: "Zo." });
    const comment = (await brewery.api("POST", `/v1/ideas/${id}/comments`, { text: "Van ons" })).as(CommentView);
    expect(comment).toMatchObject({ by: "workspace", name: "Brouwerij Maan", status: "published" });
    const path = `/v1/ideas/${id}/comments/${comment.id}`;
    expect((await brewery.api("PATCH", path, { text: "Beter" })).body).toMatchObject({ text: "Beter" });
    expect((await brewery.api("GET", path)).body).toMatchObject({ text: "Beter" });
    expect((await brewery.api("DELETE", path)).status).toBe(204);
    expect((await brewery.api("GET", path)).status).toBe(404);
    expect((await brewery.api("DELETE", `/v1/ideas/${id}`)).status).toBe(204);
    expect((await brewery.api("GET", `/v1/ideas/${id}`)).status).toBe(404);
  });
});

const idOfMade = (answer: { as: <T>(schema: z.ZodType<T>) => T }): string => answer.as(z.object({ id: z.string() })).id;
