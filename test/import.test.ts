import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { put, save } from "../functions/platform/table.ts";
import { findImport, ImportView, imports } from "../functions/posts/import.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { lettersOf, readSheet, timeIn } from "../functions/posts/sheet.ts";
import { png, published } from "./pictures-of.ts";
import { idOf, openWorld, type World } from "./world.ts";

// A sheet becomes posts: all that is wrong with it is told first, and nothing is made twice.

describe("a sheet", () => {
  test("of a Dutch spreadsheet is read: semicolons, a byte order mark, line ends of Windows, texts in quotes over lines", async () => {
    const csv =
      '\ufeffTekst;Datum;Tijd;Kanalen\r\n"Vers; en ""warm""\r\nbrood";27-11-2026;9:05;zon\r\n;;;\r\nKoek;;;zon\r\n';
    const { rows, problems, called } = await readSheet(csv);
    expect(problems).toEqual([]);
    expect(called).toEqual({ text: "Tekst", date: "Datum", time: "Tijd", channels: "Kanalen" });
    expect(rows.map(({ row }) => row)).toEqual([2, 4]);
    expect(rows[0]?.cells.text).toBe('Vers; en "warm"\r\nbrood');
    expect(timeIn(rows[0]?.cells ?? {})).toEqual({ wall: "2026-11-27T09:05" });
    const hinted = await readSheet("sep=\t\ntext\tchannels\na,b;c\tzon\n");
    expect(hinted.rows[0]?.cells).toEqual({ text: "a,b;c", channels: "zon" });
  });

  test("is UTF-8 where it is that, else UTF-16 or as old Windows writes", () => {
    const words = "Café “Zón” – € 5;één";
    expect(lettersOf(Buffer.from(words))).toEqual({ csv: words, encoding: "utf-8" });
    const windows = Buffer.from("Caf\xe9 \x93Z\xf3n\x94 \x96 \x80\xa05;\xe9\xe9n", "latin1");
    expect(lettersOf(windows)).toEqual({ csv: words, encoding: "windows-1252" });
    expect(lettersOf(Buffer.from(`\ufeff${words}`, "utf16le"))).toEqual({ csv: words, encoding: "utf-16" });
  });

  test("has at most fifty columns, and that is one problem", async () => {
    const of = (n: number) => readSheet(`${["text", "channels", ...Array(n - 2).fill("")].join(";")}\na;zon\n`);
    expect((await of(50)).problems).toEqual([]);
    expect((await of(51)).problems).toEqual([
      { row: 1, code: "too_many_columns", detail: "There are more than 50 columns." },
    ]);
  });

  test.each([
    [{ at: "2026-11-27T16:00:00Z" }, { at: "2026-11-27T16:00:00Z" }],
    [{ at: "27/11/2026 17.30" }, { wall: "2026-11-27T17:30" }],
    [{ at: "2026-11-27 17:30:00" }, { wall: "2026-11-27T17:30" }],
    [{ at: "volgende" }, { slot: "next" }],
    [{ date: "slot" }, { slot: "next" }],
    [{ date: "slot", time: "9:00" }, { unreadable: "date" }],
    [{}, undefined],
    [{ at: "morgen" }, { unreadable: "at" }],
    [{ date: "27-11-2026" }, { unreadable: "time" }],
    [{ time: "17:00" }, { unreadable: "date" }],
  ])("says when: %j", (cells, said) => {
    expect(timeIn(cells)).toEqual(said);
  });

  test("that is none, has no columns of ours, or was spoiled by its program is told", async () => {
    const codes = async (csv: string) => (await readSheet(csv)).problems.map(({ row, code }) => `${row} ${code}`);
    expect(await codes("")).toEqual(["1 column_missing", "1 column_missing"]);
    expect(await codes("text,kleur,text\na,b,c")).toEqual(["1 unknown_column", "1 column_twice", "1 column_missing"]);
    expect(await codes("tekst;kanalen\n#NAAM?;zon\nCaf\ufffd;zon")).toEqual(["2 formula", "3 wrong_encoding"]);
  });
});

let world: World;
beforeAll(async () => {
  world = await openWorld({ at: "2026-06-01T10:00:00.000Z" });
});
afterAll(() => world?.close());

const shop = async () => {
  const workspace = await world.workspace();
  const { api, workspaceId } = workspace;
  const handle = `zon-${workspaceId.slice(-8)}`;
  idOf(await api("POST", "/v1/channels", { network: "feed", name: "Nieuws", handle }));
  const mail = { network: "reminder", name: "Instagram", settings: { to: "zon@example.nl", where: "Instagram" } };
  const reminder = idOf(await api("POST", "/v1/channels", mail));
  const asCsv = { "content-type": "text/csv; charset=utf-8" };
  const upload = (csv: string, query = "") => api("POST", `/v1/posts/import${query}`, csv, asCsv);
  const Posts = z.object({ items: z.array(PostView) });
  return {
    ...workspace,
    handle,
    reminder,
    upload,
    dryRun: async (csv: string) => (await upload(csv, "?dryRun=true")).as(ImportView),
    /** Uploads it, and gives it once it is done. */
    done: async (csv: string) => {
      const { id } = (await upload(csv)).as(ImportView);
      await world.settle();
      await world.advance("PT1S");
      return (await api("GET", `/v1/imports/${id}`)).as(ImportView);
    },
    posts: async () => (await api("GET", "/v1/posts?limit=100")).as(Posts).items,
  };
};

test("a dry run tells all that is wrong with every row, by row and column, and makes nothing; nor does a run with a problem", async () => {
  const { handle, dryRun, upload, posts, api } = await shop();
  const rows = [
    "tekst;moment;kanalen;beeld;taal;categorie",
    `Goed;2-6-2026 9:00;${handle};;nl;`,
    `Te laat;1-5-2026 9:00;@${handle};;;`,
    ";2-6-2026 9:00;Nieuws;;;",
    "Geen kanaal;2-6-2026 9:00;mastodon;geen.png;;",
    `Taal;over een week;${handle};;Nederlands!;onbekend`,
    "Nergens;2-6-2026 9:00;;;;",
  ];
  const told = await dryRun(rows.join("\r\n"));
  expect(told).toMatchObject({ status: "checked", rows: 6, done: 1, made: [] });
  expect(told.problems.map(({ row, column, code }) => `${row} ${column} ${code}`)).toEqual([
    "3 moment due_in_past",
    "4 tekst invalid_input",
    "5 kanalen unknown_channel",
    "5 beeld unknown_media",
    "6 moment unreadable_time",
    "6 taal invalid_input",
    "7 kanalen invalid_input",
  ]);
  for (const { detail } of told.problems) expect(detail).toMatch(/\w.*[.”)]$/);
  const refused = await upload(rows.join("\n"));
  expect(refused.body).toMatchObject({
    code: "invalid_input",
    errors: { length: 7, 0: { pointer: "#/csv/3/moment" } },
  });
  expect((await upload(`tekst;50% é\r\nGoed;1`)).body).toMatchObject({
    errors: { 0: { pointer: "#/csv/1/50%25%20%C3%A9" } },
  });
  expect(await posts()).toEqual([]);
  expect((await api("GET", "/v1/imports")).body).toMatchObject({ items: [] });
  expect((await upload(rows[0]!)).body).toMatchObject({ code: "invalid_input" });
  expect((await upload("a", "?zone=Mars")).body).toMatchObject({ code: "unknown_zone" });
  const many = ["tekst,kanalen", ...Array.from({ length: 501 }, (_, n) => `Tekst ${n},${handle}`)].join("\n");
  expect((await upload(many, "?dryRun=true")).body).toMatchObject({ problems: [{ code: "too_many_rows" }] });
});

test("a sheet becomes posts with pictures; the same once more makes none twice; it can be undone", async () => {
  const { api, handle, reminder, done, dryRun, posts, upload, ...workspace } = await shop();
  const media = await published({ ...workspace, api }, png(40, 30));
  await api("PATCH", `/v1/media/${media}`, { name: "taart.png" });
  await api("PATCH", "/v1/planning", { slots: [{ days: ["tu", "we"], times: ["09:00", "16:00"] }] });
  const rows = [
    "text,at,channels,media,alt,first_comment",
    `"Koffie, thee","2026-06-02 09:00","${handle}, Instagram",,,`,
    `Taart,slot,${reminder},taart.png,Een taart,Bestel ze hier`,
    `Brood,slot,${handle},,,`,
    `Later,,${handle},,,`,
  ];
  const first = await done(rows.join("\n"));
  expect(first).toMatchObject({ status: "finished", rows: 4, done: 4, made: { length: 4 }, problems: [] });
  const made = await posts();
  const of = (text: string) => made.find((post) => post.text === text);
  expect(of("Koffie, thee")).toMatchObject({ at: "2026-06-02T07:00:00.000Z", channels: { length: 2 } });
  expect(of("Taart")?.local?.wall).toMatch(/^2026-06-02T(09|16):00$/);
  expect(of("Taart")).toMatchObject({
    media: [{ mediaId: media, alt: "Een taart" }],
    thread: [{ text: "Bestel ze hier" }],
  });
  // The one with a time of its own takes a slot once the index shows it.
  expect(of("Brood")?.local?.wall).toMatch(/^2026-06-02T(09|16):00$/);
  expect(of("Later")).toMatchObject({ state: "draft" });

  // The same with one more row: that one is made.
  const more = [...rows, `Nieuw,,${handle},,,`].join("\n");
  expect(await dryRun(more)).toMatchObject({ done: 5, already: { length: 4 } });
  const [again, besides] = await Promise.all([done(more), upload(more)]);
  expect(besides.status).toBe(202);
  await world.advance("PT1S");
  expect((await posts()).filter(({ state }) => state !== "cancelled")).toHaveLength(5);
  expect(again.made.length + again.already.length).toBe(5);

  // Undone: drafts are gone, the rest is cancelled; then it can be imported anew.
  expect((await api("DELETE", `/v1/imports/${first.id}`)).status).toBe(204);
  expect((await api("GET", `/v1/imports/${first.id}`)).status).toBe(404);
  expect((await posts()).map(({ text, state }) => `${text} ${state}`).sort()).toEqual([
    "Brood cancelled",
    "Koffie, thee cancelled",
    "Nieuw draft",
    "Taart cancelled",
  ]);
  expect((await done(rows.join("\n"))).made).toHaveLength(4);
});

test("a sheet says the campaign, a thread in one cell or in columns, and what is said otherwise on a channel", async () => {
  const { api, handle, reminder, done, dryRun, posts } = await shop();
  const settings = { to: "zon@example.nl", where: "Facebook" };
  const other = idOf(await api("POST", "/v1/channels", { network: "reminder", name: "Onze Pagina", settings }));
  const rows = [
    `tekst;kanalen;Campagne;draadje;draadje 2;Draad_1;eerste reactie;tekst: onze pagina;Tekst: Instagram`,
    `Brood;Onze Pagina, Instagram;herfst 2026;"Meel\n---\nGist\n ----\n\n";Tot slot;Zout;;Brood op de pagina;`,
    `Koek;Instagram;;;;;Bestel;;Koek, zie link in bio`,
    `Taart;${handle};;;;;;;`,
  ];
  expect(await done(rows.join("\n"))).toMatchObject({ made: { length: 3 }, problems: [] });
  const made = await posts();
  const of = (text: string) => made.find((post) => post.text === text);
  const parts = (text: string) => of(text)?.thread?.map((part) => part.text);
  expect(of("Brood")).toMatchObject({ campaign: "herfst 2026", channels: { length: 2 } });
  expect(parts("Brood")).toEqual(["Meel", "Gist", "Zout", "Tot slot"]);
  expect(of("Brood")?.variants).toMatchObject([{ channelId: other, text: "Brood op de pagina" }]);
  expect(parts("Koek")).toEqual(["Bestel"]);
  expect(of("Koek")?.variants).toMatchObject([{ channelId: reminder, text: "Koek, zie link in bio" }]);
  expect(of("Taart")).not.toHaveProperty("variants");
  // The same rows under other names of the columns are the same rows; with another part it is another.
  const renamed = rows.map((row, i) => (i === 0 ? row.replace("draadje;", "thread;") : row));
  expect(await dryRun(renamed.join("\n"))).toMatchObject({ already: { length: 3 } });
  expect(await dryRun(rows.join("\n").replace("Zout", "Suiker"))).toMatchObject({ already: { length: 2 } });

  // A column of a channel that is none is one problem, however many rows use it; the rest is told by row and column.
  const wrong = [
    `text,channels,campaign,thread,thread 1,first_comment,text: Nergens,text: ${handle},tekst: @${handle},text: Instagram`,
    `A,${handle},#1!,,,,ja,,,`,
    `B,${handle},,Een,,Twee,ja,,,`,
    `C,${handle},,,${"x".repeat(45_000)},,,,,`,
    `D,${handle},,#NAAM?,,,,,,`,
    `E,${handle},,,,,,,,Elders`,
    `Hoi @{niemand},${handle}|Instagram,,,,,,,,`,
  ];
  const told = async (lines: string[]) =>
    (await dryRun(lines.join("\n"))).problems.map(({ row, column, code }) => `${row} ${column} ${code}`);
  expect(await told(wrong)).toEqual(["5 thread formula"]);
  expect(await told(wrong.filter((row) => !row.startsWith("D")))).toEqual([
    "1 text: Nergens unknown_channel",
    `1 tekst: @${handle} column_twice`,
    "2 campaign invalid_input",
    "3 thread invalid_input",
    "4 thread 1 invalid_input",
    "5 text: Instagram not_its_channel",
    // Wrong on both of its channels, and said once.
    "6 text unsendable",
  ]);
  expect(await told(["text,channels,thread,thread,thread 1,draad 1,tekst: ,thread 100", "A,B"])).toEqual([
    "1 tekst: unknown_column",
    "1 thread 100 unknown_column",
    "1 thread column_twice",
    "1 draad 1 column_twice",
  ]);
  const refused = await api("POST", "/v1/posts/import", { csv: `text,channels,text: Nergens\nA,${handle},B` });
  expect(refused.body).toMatchObject({
    code: "invalid_input",
    errors: { length: 1, 0: { pointer: "#/csv/1/text:%20Nergens" } },
  });
});

test("an import that died in the middle goes on where it was, and makes no post twice", async () => {
  const { api, handle, done, posts, workspaceId } = await shop();
  const rows = Array.from({ length: 30 }, (_, n) => `Bericht ${n},${handle}`);
  const csv = ["text,channels", ...rows].join("\n");
  const { id = "" } = await done(csv);
  const before = await posts();
  expect(before).toHaveLength(30);
  // As if it had died after its posts were written, and before that was: it is under way again, from the first row.
  const one = await findImport(workspaceId, id, world.now());
  if (one?.status !== "finished") throw new Error("It is not finished.");
  const { finishedAt: _, ...rest } = one;
  const wakesAt = new Date(Date.parse(world.now()) + 1000).toISOString();
  const running = { ...rest, status: "running" as const, made: [], next: 0, wakesAt };
  await save([put(imports, running)], { now: world.now(), actor: "test", cause: "test" });
  expect((await api("DELETE", `/v1/imports/${id}`)).body).toMatchObject({ code: "import_running" });
  await world.advance("PT5S");
  const after = (await api("GET", `/v1/imports/${id}`)).as(ImportView);
  expect(after).toMatchObject({ status: "finished", made: { length: 30 }, already: [] });
  expect((await posts()).map((post) => post.id).sort()).toEqual(before.map((post) => post.id).sort());
});

test("a sheet of old Excel is read as what it is, and the answer says so; letters that were lost on the way are told", async () => {
  const { api, handle, apiKey, posts, done } = await shop();
  const rows = `tekst;kanalen\r\nCaf\xe9 \x93Zon\x94: \x805;${handle}\r\n`;
  const send = async (type: string, query = "") => {
    const answer = await fetch(`${world.url}/v1/posts/import${query}`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": type },
      body: Buffer.from(rows, "latin1"),
    });
    return ImportView.parse(await answer.json());
  };
  // As text the gateway hands it on as if it were UTF-8.
  const lost = await send("text/csv", "?dryRun=true");
  expect(lost.problems).toMatchObject([{ row: 2, code: "wrong_encoding" }]);
  expect(lost.problems[0]?.detail).toContain("application/octet-stream");
  for (const type of ["application/octet-stream", "application/vnd.ms-excel"])
    expect(await send(type, "?dryRun=true")).toMatchObject({ encoding: "windows-1252", done: 1, problems: [] });
  const { id } = await send("application/octet-stream");
  await world.settle();
  await world.advance("PT1S");
  expect((await api("GET", `/v1/imports/${id}`)).body).toMatchObject({ status: "finished", encoding: "windows-1252" });
  expect((await posts()).map(({ text }) => text)).toEqual(["Café “Zon”: €5"]);
  // The same row in UTF-8, and in JSON, is the same row.
  const utf8 = `tekst;kanalen\nCafé “Zon”: €5;${handle}\n`;
  expect(await done(utf8)).toMatchObject({ encoding: "utf-8", already: { length: 1 } });
  const file = Buffer.from(utf8).toString("base64");
  for (const body of [{ csv: utf8 }, { file }])
    expect((await api("POST", "/v1/posts/import?dryRun=true", body)).body).toMatchObject({ already: { length: 1 } });
  for (const body of [{}, { csv: utf8, file }, { file: "geen base64!" }])
    expect((await api("POST", "/v1/posts/import", body)).body).toMatchObject({ code: "invalid_input" });
});

test("a sheet may have 360 KB, however many quotes or letters of three bytes are in it; more is told in words", async () => {
  const { api, handle, upload } = await shop();
  const sheet = (text: string) => `text,channels\n"${text}",${handle}\n`;
  // Not sendable, but read: as JSON its quotes take twice as much.
  const quoted = sheet('""'.repeat(170_000));
  for (const answer of [
    await upload(quoted, "?dryRun=true"),
    await api("POST", "/v1/posts/import?dryRun=true", { csv: quoted }),
  ])
    expect(answer.body).toMatchObject({ rows: 1, problems: [{ row: 2, column: "text" }] });
  const euros = sheet("€".repeat(200_000));
  for (const answer of [await upload(euros), await api("POST", "/v1/posts/import", { csv: euros })]) {
    expect(answer.body).toMatchObject({ code: "too_large", status: 413 });
    expect(answer.text).toContain("This sheet has 586 KB; it may have at most 360. Split it into two.");
  }
  expect((await upload(sheet("a".repeat(900_000)))).body).toMatchObject({ detail: "A body may have at most 800 KB." });
});

test("the same sheet from several people at the same moment is made once; the others hear which posts there are", async () => {
  const { api, handle, upload, posts } = await shop();
  await api("PATCH", "/v1/planning", { slots: [{ days: ["tu", "we", "th"], times: ["09:00", "12:00", "16:00"] }] });
  const rows = Array.from(
    { length: 9 },
    (_, n) => `Samen ${n},${handle},${n % 3 === 0 ? "slot" : `2026-07-0${n} 9:00`}`,
  );
  const csv = ["text,channels,at", ...rows].join("\n");
  const asked = await Promise.all([1, 2, 3, 4].map(() => upload(csv)));
  expect(asked.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  await world.settle();
  await world.advance("PT2S");
  const done = await Promise.all(
    asked.map(async (one) => (await api("GET", `/v1/imports/${one.as(ImportView).id}`)).as(ImportView)),
  );
  const made = await posts();
  expect(made.map(({ text }) => text).sort()).toEqual(rows.map((row) => row.split(",")[0]));
  expect(done.flatMap((one) => one.made)).toHaveLength(9);
  for (const one of done) {
    expect(one).toMatchObject({ status: "finished", problems: [] });
    const known = [...one.made, ...one.already].sort((a, b) => a.row - b.row);
    expect(known.map(({ row }) => row)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { postId } of known) expect(made.map(({ id }) => id)).toContain(postId);
  }
  // Long after, when their times are past, they are still what they were.
  await world.advance("P2D");
  expect((await upload(csv, "?dryRun=true")).body).toMatchObject({ done: 9, already: { length: 9 }, problems: [] });
});
