import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { csvLine } from "../functions/platform/csv.ts";
import { PageOf } from "../functions/platform/http.ts";
import { ResultView } from "../functions/polls/result.ts";
import { PollView } from "../functions/polls/view.ts";
import { openWorld, type Workspace, type World } from "./world.ts";

// Answers as long as they may be: in, kept, read, found, exported, changed and gone.

let world: World;
let brewery: Workspace;
beforeAll(async () => {
  world = await openWorld();
  brewery = await world.workspace("Brouwerij Maan");
});
afterAll(() => world?.close());
afterEach(() => {
  vi.restoreAllMocks();
});

type Told = z.infer<typeof PollView>;
let made = 0;
const opened = async (more: object): Promise<Told> => {
  const asked = { slug: `antwoorden-${++made}`, questions: [{ kind: "open", text: "Wat brouwen we?" }], ...more };
  const { id } = (await brewery.api("POST", "/v1/polls", asked)).as(PollView);
  return (await brewery.api("POST", `/v1/polls/${id}/open`)).as(PollView);
};
const send = (poll: Told, answers: object, device: string) =>
  world.http("POST", `/p/${poll.slug}`, { body: { answers, device } });
const List = PageOf(z.object({ responseId: z.string(), text: z.string(), tags: z.array(z.string()) }));
const answersOf = async (poll: Told, query = "") =>
  (await brewery.api("GET", `/v1/polls/${poll.id}/answers?limit=100${query}`)).as(List);

/** What of a poll lies in the bucket. */
const objectsOf = async ({ id }: Told): Promise<string[]> => {
  const Prefix = `answers/${brewery.workspaceId}/${id}/`;
  const listed = await new S3Client().send(new ListObjectsV2Command({ Bucket: process.env.BUCKET_NAME ?? "", Prefix }));
  return (listed.Contents ?? []).flatMap(({ Key }) => Key ?? []);
};

const mostBytes = 100 * 1024;
/** What a Lambda may answer. */
const mostAnswered = 6 * 1024 * 1024;
/** As long as an answer may be, of the same again and again. */
const filled = (start: string, again: string): string =>
  start + again.repeat(Math.floor((mostBytes - Buffer.byteLength(start)) / Buffer.byteLength(again)));
const nasty = [
  '<script>alert("x")</script>',
  "\u202eomgekeerd\u202c \u2067rechts\u2069 ",
  "nul\u200bbreed\ufeff ",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  '"',
  "\\",
  "\n",
  "'=1+1;",
];

describe("answers of 100 KB", () => {
  test("of whatever is written, come by the page's form as by an app, and back byte for byte, page by page", async () => {
    const poll = await opened({});
    const all = Array.from({ length: 24 }, (_, i) => filled(`${i} honing `, nasty[i % nasty.length] ?? ""));
    for (const [i, text] of all.entries()) {
      expect(Buffer.byteLength(text)).toBeGreaterThan(mostBytes - 100);
      if (i >= nasty.length) expect((await send(poll, { q1: text }, `toestel-van-iemand-${i}`)).status).toBe(201);
      else {
        const visitor = world.visitor();
        const shown = await visitor.submit(await visitor.open(`/p/${poll.slug}`), { q1: text });
        expect({ i, status: shown.status, text: shown.text.length < 50_000 }).toEqual({ i, status: 200, text: true });
      }
    }
    const read: string[] = [];
    let pages = 0;
    for (let next: string | null | undefined = ""; typeof next === "string"; pages++) {
      const answer = await brewery.api("GET", `/v1/polls/${poll.id}/answers?limit=100${next && `&cursor=${next}`}`);
      // As the function gives it: text in JSON.
      expect(Buffer.byteLength(JSON.stringify(answer.text))).toBeLessThan(mostAnswered);
      const list: z.infer<typeof List> = answer.as(List);
      read.push(...list.items.map(({ text }) => text));
      next = list.next;
    }
    expect(pages).toBeGreaterThan(1);
    expect(read.toSorted()).toEqual(all.toSorted());
    expect(await objectsOf(poll)).toHaveLength(all.length);
    const rows = await brewery.api("GET", `/v1/polls/${poll.id}/responses?limit=100`);
    expect(rows.status).toBe(200);
    expect(Buffer.byteLength(JSON.stringify(rows.text))).toBeLessThan(mostAnswered);
    expect((await answersOf(poll, "&search=23 HONING")).items).toMatchObject([{ text: all[23] }]);
    expect((await brewery.api("GET", `/v1/polls/${poll.id}/words`)).body).toMatchObject({
      answers: all.length,
      words: expect.arrayContaining([{ word: "honing", answers: all.length }]),
    });
    const page = await world.visitor().open(`/p/${poll.slug}/results`);
    expect({ status: page.status, isSmall: page.text.length < 50_000 }).toEqual({ status: 200, isSmall: true });

    const { id } = (await brewery.api("POST", "/v1/exports", { csv: { table: "responses", pollId: poll.id } })).as(
      z.object({ id: z.string() }),
    );
    await world.settle();
    const Export = z.object({ parts: z.array(z.object({ url: z.string() })) });
    const { parts } = (await brewery.api("GET", `/v1/exports/${id}`)).as(Export);
    const csv = (await Promise.all(parts.map(async ({ url }) => (await fetch(url)).text()))).join("");
    for (const text of all) expect(csv.includes(text.replaceAll('"', '""'))).toBe(true);
  });

  test("that are too long together are refused as a whole, and a page says so", async () => {
    const questions = Array.from({ length: 10 }, (_, i) => ({ kind: "open", text: `Wat ${i}?` }));
    const poll = await opened({ title: "Veel", questions });
    const answers = Object.fromEntries(questions.map((_, i) => [`q${i + 1}`, filled("", "<")]));
    expect((await send(poll, answers, "toestel-van-iemand")).body).toMatchObject({ code: "too_large" });
    const visitor = world.visitor();
    const page = await visitor.submit(await visitor.open(`/p/${poll.slug}`), answers);
    expect(page.status).toBe(413);
    expect(page.text).toContain("te veel");
    // As much as is taken, and one of them missing: the form comes back with the others.
    const { q1, q2 } = answers;
    const back = await visitor.submit(await visitor.open(`/p/${poll.slug}`), { q1: q1 ?? "", q2: q2 ?? "" });
    expect(back.status).toBe(400);
    expect(back.text.split("&lt;").length).toBeGreaterThan(2 * mostBytes);
    expect(Buffer.byteLength(JSON.stringify(back.text))).toBeLessThan(mostAnswered);
  });

  test("leave one object behind, whoever changes theirs, sends it again, or races with themselves", async () => {
    const poll = await opened({ changeable: true });
    const [one, two] = [filled("een ", "bock "), filled("twee ", "tripel ")];
    await send(poll, { q1: one }, "toestel-van-iemand-1");
    await send(poll, { q1: one }, "toestel-van-iemand-1");
    const before = await objectsOf(poll);
    expect(before).toHaveLength(1);
    await send(poll, { q1: two }, "toestel-van-iemand-1");
    const after = await objectsOf(poll);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    await send(poll, { q1: "kort" }, "toestel-van-iemand-1");
    expect(await objectsOf(poll)).toEqual([]);

    const race = Array.from({ length: 12 }, (_, i) =>
      send(poll, { q1: filled(`${i} `, "stout ") }, "toestel-van-iemand-2"),
    );
    // Who loses too often is told so; what failed on our side may leave what it brought.
    const failed = (await Promise.all(race)).filter(({ status }) => status >= 500).length;
    const left = await objectsOf(poll);
    expect(left.length).toBeGreaterThanOrEqual(1);
    expect(left.length).toBeLessThanOrEqual(1 + failed);
    const { items } = await answersOf(poll);
    expect(items.map(({ text }) => text.slice(-6)).toSorted()).toEqual(["kort", "stout "]);
    // Without changes, the first stands, and nothing of who came too late.
    const fixed = await opened({});
    await send(fixed, { q1: one }, "toestel-van-iemand-1");
    await send(fixed, { q1: two }, "toestel-van-iemand-1");
    expect(await objectsOf(fixed)).toHaveLength(1);
    expect((await answersOf(fixed)).items).toMatchObject([{ text: one }]);
  });

  test("stand as they came last, though the answer to their write was lost and another came between", async () => {
    const poll = await opened({ changeable: true });
    const [one, two, three] = [filled("een ", "bock "), filled("twee ", "tripel "), filled("drie ", "stout ")];
    const device = "toestel-van-iemand-1";
    await send(poll, { q1: one }, device);
    world.loseNext("response", async () => {
      expect((await send(poll, { q1: three }, device)).status).toBe(201);
    });
    expect((await send(poll, { q1: two }, device)).status).toBe(201);
    expect((await answersOf(poll)).items).toMatchObject([{ text: three }]);
    expect(await objectsOf(poll)).toHaveLength(1);
  });

  test("are read though somebody changes theirs at that very moment", async () => {
    const poll = await opened({ changeable: true });
    await send(poll, { q1: filled("een ", "bock ") }, "toestel-van-iemand-1");
    const later = filled("twee ", "tripel ");
    const real = S3Client.prototype.send;
    let changes = 0;
    vi.spyOn(S3Client.prototype, "send").mockImplementation(async function (this: S3Client, command: object) {
      if (command instanceof GetObjectCommand && command.input.Key?.startsWith("answers/") && changes++ === 0)
        expect((await send(poll, { q1: later }, "toestel-van-iemand-1")).status).toBe(201);
      return Reflect.apply(real, this, [command]);
    });
    expect((await answersOf(poll)).items).toMatchObject([{ text: later }]);
    expect(changes).toBe(2);
  });
});

test("a table of line ends, spaces and quotes is written as fast as one of words, and formulas stay text in it", () => {
  const began = process.cpuUsage();
  for (const letter of ["\n", ";", '"', "\t", ' \n"']) csvLine([filled("", letter)]);
  // Each took ten seconds, once.
  expect(process.cpuUsage(began).user / 1e6).toBeLessThan(2);
  for (const [cell, line] of [
    ["=1+1", "'=1+1"],
    [" =1", " '=1"],
    ["a;=1", "a;'=1"],
    ["a; =1", "a; '=1"],
    ["a =1", "a =1"],
    ["a-b", "a-b"],
    ["--1", "'--1"],
    ["a\t@b", "a\t'@b"],
    ["a\n=1;-2", "\"a\n'=1;'-2\""],
    ['"=1', `"""'=1"`],
    ['a"=1', '"a""=1"'],
  ])
    expect(csvLine([cell ?? ""])).toBe(`${line}\r\n`);
});

describe("what a form or an app sends", () => {
  const choice = { text: "Welk etiket?", options: [{ text: "Zon" }, { text: "Maan" }], other: true };
  const resultOf = async ({ id }: Told) =>
    (await brewery.api("GET", `/v1/polls/${id}/results?recount=true`)).as(ResultView);

  test("something else counts once it is written, with or without the mark before it", async () => {
    const poll = await opened({
      questions: [
        { kind: "single", ...choice },
        { kind: "multiple", ...choice },
      ],
      title: "Etiketten",
    });
    const visitor = world.visitor();
    const form = await visitor.open(`/p/${poll.slug}`);
    await visitor.submit(form, { "q1.other": "De komeet", "q2.0": "on", "q2.other": "De ster" });
    expect((await answersOf(poll, "&question=q1")).items).toMatchObject([{ text: "De komeet" }]);
    expect((await answersOf(poll, "&question=q2")).items).toMatchObject([{ text: "De ster" }]);
    // Whoever chose one of the options after all chose that.
    const second = world.visitor();
    const zon = poll.questions[0]?.options?.[0]?.id ?? "";
    await second.submit(await second.open(`/p/${poll.slug}`), { q1: zon, "q1.other": "toch", "q2.1": "on" });
    const [single, multiple] = (await resultOf(poll)).questions;
    expect(single).toMatchObject({ options: [{ count: 1 }, { count: 0 }], other: { count: 1 } });
    expect(multiple).toMatchObject({ options: [{ count: 1 }, { count: 1 }], other: { count: 1 } });
  });

  test("nothing where something is asked is told as that, and not as too long", async () => {
    const poll = await opened({});
    const visitor = world.visitor();
    const back = await visitor.submit(await visitor.open(`/p/${poll.slug}`), { q1: "  \n " });
    expect(back.status).toBe(400);
    expect(back.text).toContain("Schrijf eerst een antwoord.");
  });

  test("an answer to what is not asked is refused, and counts for nothing", async () => {
    const poll = await opened({ questions: [{ kind: "open", text: "Wat?", required: false }] });
    for (const [name, pointer] of [
      ["q2", "#/answers/q2"],
      ["Q1", "#/answers/Q1"],
      ["q1/~", "#/answers/q1~1~0"],
      ["x".repeat(50_000), `#/answers/${"x".repeat(100)}`],
    ])
      expect((await send(poll, { [name ?? ""]: "een bock" }, "toestel-van-iemand")).body).toMatchObject({
        code: "invalid_input",
        errors: [{ pointer }],
      });
    expect((await resultOf(poll)).total).toBe(0);
  });

  test("a vote by a name that every object has is none", async () => {
    const poll = await opened({
      questions: [{ kind: "statements", text: "Eens?", statements: [{ text: "Glas" }, { text: "Blik" }] }],
    });
    const [glass = "", can = ""] = (poll.questions[0]?.statements ?? []).map(({ id }) => id);
    for (const vote of ["constructor", "toString", "__proto__", "hasOwnProperty"])
      expect((await send(poll, { q1: { [glass]: vote, [can]: "agree" } }, "toestel-van-iemand")).body).toMatchObject({
        code: "invalid_input",
        errors: [{ pointer: "#/answers/q1" }],
      });
    expect((await resultOf(poll)).total).toBe(0);
  });

  test("minus nought is nought: the same again is no change", async () => {
    const estimate = { kind: "estimate", text: "Hoeveel graden?", unit: "°C", min: -10, max: 10 };
    const poll = await opened({ questions: [estimate], changeable: true });
    for (const q1 of ["-0", "0", -0.0, "-0,0"]) await send(poll, { q1 }, "toestel-van-iemand");
    const visitor = world.visitor();
    await visitor.submit(await visitor.open(`/p/${poll.slug}`), { q1: "-0" });
    const told = world.eventsOf(brewery.workspaceId).filter(({ detail }) => detail.data.pollId === poll.id);
    expect(told.map(({ type }) => type)).not.toContain("response.changed");
  });
});
