import { channelsOf } from "../channels/table.ts";
import { listMedia } from "../media/table.ts";
import type { Task } from "../platform/background.ts";
import { clock, days, instant, later, seconds } from "../platform/clock.ts";
import { Refusal, refuse } from "../platform/errors.ts";
import { newId } from "../platform/ids.ts";
import { sha256 } from "../platform/secrets.ts";
import { type By, Conflict, type Key, put, save } from "../platform/table.ts";
import { askedFrom, checksOf, contentAsked, inSlot, NewPost, sendable } from "./compose.ts";
import {
  advance,
  findImport,
  findImported,
  findSource,
  type Import,
  importedRows,
  imports,
  type Running,
} from "./import.ts";
import { type Content, stateOf, write } from "./post.ts";
import type { ChannelCheck } from "./post-view.ts";
import { repeatsOf, saidOnce } from "./repeats.ts";
import { listed, type Problem, type Row, readSheet, type Sheet, timeIn } from "./sheet.ts";
import { findPost, posts } from "./table.ts";

// The rows of a sheet become posts. Each is checked as POST /v1/posts checks; what is wrong is told by its row and column.

/** What rows may name, by what people call it. */
type Known = { channels: ReadonlyMap<string, string[]>; media: ReadonlyMap<string, string[]> };

const mostPages = 20;
const everything = async <T>(
  read: (page: { limit: number; startAfter: Key | undefined }) => Promise<{ items: T[]; next: Key | undefined }>,
): Promise<T[]> => {
  const all: T[] = [];
  let startAfter: Key | undefined;
  for (let n = 0; n < mostPages; n++) {
    const { items, next } = await read({ limit: 100, startAfter });
    all.push(...items);
    if (!next) break;
    startAfter = next;
  }
  return all;
};

const byName = <T extends { id: string }>(all: readonly T[], namesOf: (one: T) => string[]): Map<string, string[]> => {
  const known = new Map<string, string[]>();
  for (const one of all)
    for (const name of new Set([one.id, ...namesOf(one)].map((text) => text.toLowerCase())))
      known.set(name, [...(known.get(name) ?? []), one.id]);
  return known;
};

/** Channels by id, handle or name, media by id or name: each as its workspace has it now. `hasMedia`: whether rows name any. */
export const knownOf = async (workspaceId: string, hasMedia: boolean, now: string): Promise<Known> => {
  const channels = await everything((page) => channelsOf(workspaceId, page, now));
  const media = hasMedia
    ? await everything((page) => listMedia(workspaceId, { ...page, status: "published" }, now))
    : [];
  return {
    channels: byName(
      channels.filter(({ status }) => status === "connected"),
      ({ handle, name }) => [handle, `@${handle}`, name],
    ),
    media: byName(
      media.map((file) => ({ ...file, id: file.mediaId })),
      ({ name }) => [name],
    ),
  };
};

/** The one channel that a name means, or what is wrong with the name. */
const channelCalled = (name: string, known: Known["channels"]): { id: string } | { code: string; detail: string } => {
  const [id, ...others] = known.get(name.toLowerCase()) ?? [];
  if (id === undefined) return { code: "unknown_channel", detail: `There is no connected channel “${name}”.` };
  if (others.length > 0) return { code: "ambiguous", detail: `“${name}” is the name of several; give an id.` };
  return { id };
};

/** What a row says otherwise on its channels. What its columns say wrong of a channel is said here too: nothing is made of it. */
const otherwise = (
  { row, variants }: Row,
  channelIds: readonly string[],
  known: Known["channels"],
): { said: { channelId: string; called: string; text: string }[]; problems: Problem[] } => {
  const read = variants.map(({ channel, ...cell }) => ({ ...cell, of: channelCalled(channel, known) }));
  return {
    said: read.flatMap(({ of, ...cell }) =>
      "id" in of && channelIds.includes(of.id) ? [{ channelId: of.id, ...cell }] : [],
    ),
    problems: read.flatMap(({ of, called: column }): Problem[] => {
      if (!("id" in of)) return [{ row, column, ...of }];
      if (channelIds.includes(of.id)) return [];
      const detail = "This row does not go to that channel: name it among its channels too, or leave this cell empty.";
      return [{ row, column, code: "not_its_channel", detail }];
    }),
  };
};

/** What the names of columns say wrong of a channel: of the whole sheet, said once. */
const problemsOfVariants = ({ variants }: Pick<Sheet, "variants">, known: Known["channels"]): Problem[] => {
  const read = variants.map(({ called, channel }) => ({ called, of: channelCalled(channel, known) }));
  return read.flatMap(({ called: column, of }, i): Problem[] => {
    if (!("id" in of)) return [{ row: 1, column, ...of }];
    return read.findIndex((other) => "id" in other.of && other.of.id === of.id) < i
      ? [{ row: 1, column, code: "column_twice", detail: "Another column says the text of the same channel." }]
      : [];
  });
};

const resolved = (
  row: Row,
  column: "channels" | "media",
  known: ReadonlyMap<string, string[]>,
): { ids: string[]; problems: Problem[] } => {
  const found = listed(row.cells[column]).map((asked) => {
    const name = column === "media" ? (/\/m\/(media_\w+)/.exec(asked)?.[1] ?? asked) : asked;
    return { asked, ids: known.get(name.toLowerCase()) ?? [] };
  });
  const what = column === "channels" ? "connected channel" : "published file";
  return {
    ids: found.flatMap(({ ids }) => (ids.length === 1 ? ids : [])),
    problems: found.flatMap(({ asked, ids }) => {
      if (ids.length === 1) return [];
      const code = ids.length === 0 ? `unknown_${column === "channels" ? "channel" : "media"}` : "ambiguous";
      const detail =
        ids.length === 0 ? `There is no ${what} “${asked}”.` : `“${asked}” is the name of several; give an id.`;
      return [{ row: row.row, column, code, detail }];
    }),
  };
};

type Columns = Pick<Row, "cells" | "thread"> & { variants: readonly { called: string }[] };

/** The column of what a pointer into a post is about: one of ours, or what the sheet calls one of several. */
const columnAt = (pointer: string, { cells, thread, variants }: Columns): string => {
  const [, field = "", nth, more] = pointer.split("/");
  if (field === "thread") return (thread[Number(nth)] ?? thread[0])?.called ?? "comment";
  if (field === "variants") return variants[Number(nth)]?.called ?? "text";
  if (field === "media") return more === "alt" ? "alt" : "media";
  if (field === "local" && pointer.endsWith("zone")) return "zone";
  if (field === "local" || field === "at" || field === "slot") return cells.at === undefined ? "date" : "at";
  return field === "channels" || field === "language" || field === "category" || field === "campaign" ? field : "text";
};

/** A row that can be written, or is a post already. */
type Ready = { row: number; hash: string } & (
  | { postId: string }
  | { content: Content; checks: ChannelCheck[]; slot: "next" | undefined }
);

/** What a row says in columns of which there may be several; a row without them is known by what it always was. */
const moreOf = ({ thread, variants }: Row) =>
  thread.length + variants.length === 0
    ? []
    : [thread.map(({ text }) => text), variants.map(({ channel, text }) => [channel.toLowerCase(), text])];

/** `nth`: how many rows before it say the same. */
const hashOf = (row: Row, zone: string, nth: number): string =>
  sha256(JSON.stringify([row.cells, zone, nth, ...moreOf(row)]))
    .subarray(0, 20)
    .toString("base64url");

/** A row as it would be written, or what is wrong with it. What is a post already is that, whatever changed since. */
const readyOf = async (
  workspaceId: string,
  row: Row,
  { known, zone, hash, now }: { known: Known; zone: string; hash: string; now: string },
): Promise<Ready | Problem[]> => {
  const { cells, thread } = row;
  const made = async (): Promise<Ready | undefined> => {
    const { postId } = await madeBefore(workspaceId, hash, now);
    return postId === undefined ? undefined : { row: row.row, hash, postId };
  };
  const already = await made();
  if (already) return already;
  const channels = resolved(row, "channels", known.channels);
  const media = resolved(row, "media", known.media);
  const time = timeIn(cells);
  const variants = otherwise(row, channels.ids, known.channels);
  const problems = [...channels.problems, ...media.problems, ...variants.problems];
  if (cells.comment !== undefined && thread[0])
    problems.push({
      ...{ row: row.row, column: thread[0].called, code: "invalid_input" },
      detail: "Give a first comment or a thread, not both: the comment may be the first part of the thread.",
    });
  if (time && "unreadable" in time)
    problems.push({
      ...{ row: row.row, column: time.unreadable, code: "unreadable_time" },
      detail: "Write a time as 27-11-2026 17:00 or 2026-11-27 17:00; or “slot” for the next free one.",
    });
  if (time && channels.ids.length === 0 && channels.problems.length === 0)
    problems.push({ row: row.row, column: "channels", code: "invalid_input", detail: "Name at least one channel." });
  const alts = (cells.alt ?? "").split("|").map((alt) => alt.trim());
  const asked = NewPost.safeParse({
    text: cells.text ?? "",
    channels: channels.ids,
    media: media.ids.map((mediaId, i) => ({ mediaId, ...(alts[i] ? { alt: alts[i] } : {}) })),
    ...(cells.comment === undefined ? {} : { thread: [{ text: cells.comment }] }),
    ...(thread.length > 0 ? { thread: thread.map(({ text }) => ({ text })) } : {}),
    ...(variants.said.length > 0
      ? { variants: variants.said.map(({ channelId, text }) => ({ channelId, text })) }
      : {}),
    ...(cells.campaign === undefined ? {} : { campaign: cells.campaign }),
    ...(cells.language === undefined ? {} : { language: cells.language }),
    ...(cells.category === undefined ? {} : { category: cells.category }),
    ...(time && "at" in time ? time : {}),
    ...(time && "wall" in time ? { local: { wall: time.wall, zone: cells.zone ?? zone } } : {}),
    ...(time && "slot" in time ? time : {}),
  });
  const at = (pointer: string, code: string, detail: string): Problem => ({
    ...{ row: row.row, column: columnAt(pointer, { cells, thread, variants: variants.said }), code, detail },
  });
  if (!asked.success)
    return [
      ...problems,
      ...asked.error.issues.map(({ path, message }) => at(`#/${path.join("/")}`, "invalid_input", message)),
    ];
  if (problems.length > 0) return problems;
  try {
    const content = await contentAsked(workspaceId, asked.data, now);
    const checks = await checksOf(workspaceId, content, now);
    // A draft may be mended later; a sheet's row is said now.
    sendable({ ...content, when: content.when ?? { at: now } }, checks);
    const repeats = await repeatsOf(write(workspaceId, newId("post", now), content)[0], now);
    // Another import of the same sheet may be making it at this moment.
    if (repeats.length > 0) return (await made()) ?? repeats.map(({ code, detail }) => at("#/text", code, detail));
    return { row: row.row, hash, content, checks, slot: asked.data.slot };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const told = error.errors.length > 0 ? error.errors : [{ pointer: "#/text", detail: error.message }];
    return told.map(({ pointer, detail }) => at(pointer, error.code, detail));
  }
};

/** What each row is known by: the very same twice in a sheet is two. */
const hashesOf = (rows: readonly Row[], zone: string): string[] => {
  const met = new Map<string, number>();
  return rows.map((row) => {
    const said = JSON.stringify([row.cells, ...moreOf(row)]);
    const nth = met.get(said) ?? 0;
    met.set(said, nth + 1);
    return hashOf(row, zone, nth);
  });
};

const atOnce = 8;

/** All rows, as they would be written or what is wrong with them, in their order; `head`: with the names of the columns. */
export const checkRows = async (
  workspaceId: string,
  { rows, called, variants }: Sheet,
  zone: string,
  now: string,
): Promise<{ ready: Ready[]; head: Problem[]; problems: Problem[] }> => {
  const known = await knownOf(
    workspaceId,
    rows.some(({ cells }) => cells.media !== undefined),
    now,
  );
  const hashes = hashesOf(rows, zone);
  const all: (Ready | Problem[])[] = [];
  const waiting = rows.entries();
  const worker = async () => {
    for (const [i, row] of waiting)
      all[i] = await readyOf(workspaceId, row, { known, zone, hash: hashes[i] ?? "", now });
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return {
    ready: all.flatMap((one) => (Array.isArray(one) ? [] : [one])),
    head: problemsOfVariants({ variants }, known.channels),
    problems: named(
      all.flatMap((one) => (Array.isArray(one) ? one : [])),
      called,
    ),
  };
};

/** Columns as the sheet itself calls them. */
const named = (problems: readonly Problem[], called: Sheet["called"]): Problem[] =>
  problems.map(({ column, ...rest }) => ({
    ...rest,
    ...(column === undefined
      ? {}
      : { column: Object.entries(called).find(([name]) => name === column)?.[1] ?? column }),
  }));

/** The post that a row became before, where it is still there. */
export const madeBefore = async (workspaceId: string, hash: string, now: string) => {
  const before = await findImported(workspaceId, hash, now);
  const post = before && (await findPost(workspaceId, before.postId, now));
  // What an import made that was undone may be made again.
  const isUndone =
    post && stateOf(post) === "cancelled" && (await findImport(workspaceId, before.importId, now)) === undefined;
  return { before, postId: post && !isUndone ? post.id : undefined };
};

/** So long it is known that a row became a post. */
const knownDays = 400;

type Went = { made: { row: number; postId: string } } | { already: { row: number; postId: string } };

/** What a row became before: by this import, which died since, or by another one. */
const wentBefore = async ({ workspaceId, importId }: Running, row: number, hash: string, now: string) => {
  const { before, postId } = await madeBefore(workspaceId, hash, now);
  const went = (postId: string): Went =>
    before?.importId === importId ? { made: { row, postId } } : { already: { row, postId } };
  return { before, went: postId === undefined ? undefined : went(postId) };
};

/** Writes the post of a row, once: the post and that it was made of this row are one write. */
const writeRow = async (running: Running, ready: Ready, by: By): Promise<Went> => {
  const { row, hash } = ready;
  const { workspaceId, importId } = running;
  const { now } = by;
  const { before, went } = await wentBefore(running, row, hash, now);
  if (went) return went;
  // Undone since it was looked at: it is not made of what was not checked.
  if ("postId" in ready) return refuse("changed_meanwhile", "The import that made it was undone. Import it again.");
  const { content: asked, checks, slot } = ready;
  const postId = newId("post", now);
  const content = await inSlot(workspaceId, asked, { slot, checks, claim: { postId, by } }, now);
  const [post, events] = write(workspaceId, postId, content, await askedFrom(workspaceId, content, now));
  const until = later(now, days(knownDays));
  const said = await saidOnce(post, false, now);
  await save(
    [...said, put(posts, post, events), put(importedRows, { ...before, workspaceId, hash, postId, importId, until })],
    by,
  );
  return { made: { row, postId } };
};

const mostTries = 3;

/** The same, also while another import of the same sheet is at it: what that one made is what there is. */
const writeOnce = async (running: Running, ready: Ready, by: By): Promise<Went> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeRow(running, ready, by);
    } catch (error) {
      const isRace = error instanceof Conflict || (error instanceof Refusal && error.code === "duplicate_post");
      const { went } = isRace ? await wentBefore(running, ready.row, ready.hash, by.now) : {};
      if (went) return went;
      if (!(error instanceof Conflict) || attempt === mostTries) throw error;
    }
  }
};

const problemOf = (row: number, error: Refusal): Problem => ({ row, code: error.code, detail: error.message });

const rowsAStep = 20;
const stepMs = seconds(8);

/** An import is under way: rows become posts, some at a time; how far it is, is saved after each. */
export const importRows = async ({ state, endsMs, save: keep }: Task & { state: Import }): Promise<void> => {
  if (state.status !== "running") return;
  const { workspaceId, importId, zone, actor } = state;
  const started = instant(clock.now());
  const source = await findSource(workspaceId, importId, started);
  const sheet = await readSheet(source?.csv ?? "");
  const { ready, problems } = await checkRows(workspaceId, sheet, zone, started);
  const hashes = hashesOf(sheet.rows, zone);
  let running: Import = state;
  while (running.status === "running") {
    const now = instant(clock.now());
    if (clock.now() + stepMs > endsMs) return keep([put(imports, { ...running, wakesAt: now })]);
    const rows = sheet.rows.slice(running.next, running.next + rowsAStep);
    const went: Went[] = [];
    const failed: Problem[] = [];
    // One after the other: the slots are theirs in the order of the sheet.
    for (const [i, { row }] of rows.entries()) {
      const one = ready.find((each) => each.row === row);
      try {
        const { went: before } = one ? {} : await wentBefore(running, row, hashes[running.next + i] ?? "", now);
        if (one) went.push(await writeOnce(running, one, { now, actor, cause: importId }));
        else if (before) went.push(before);
        else failed.push(...problems.filter((each) => each.row === row));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        failed.push(problemOf(row, error));
      }
    }
    const change: ReturnType<typeof put<Import, Import>> = put(
      imports,
      ...advance(
        running,
        {
          next: running.next + Math.max(rows.length, 1),
          made: went.flatMap((one) => ("made" in one ? [one.made] : [])),
          already: went.flatMap((one) => ("already" in one ? [one.already] : [])),
          problems: failed,
        },
        now,
      ),
    );
    await keep([change]);
    running = change.after;
  }
};
