import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/posts.ts";
import { days, later, milliseconds } from "../platform/clock.ts";
import { Id } from "../platform/ids.ts";
import { get, insteadOf, type Key, type Kind, page, type Stretch, versionOf } from "../platform/table.ts";
import { encodings, Problem } from "./sheet.ts";

// An import: a sheet becomes posts, a row each. How far it is stands in one item; which row became which post in one of its
// own each, by a hash of the row, so that neither a crash nor the same sheet once more makes anything twice.

const Made = z.object({ row: z.int(), postId: z.string() });

const common = {
  workspaceId: z.string(),
  importId: z.string(),
  /** Who asked for it. */
  actor: z.string(),
  zone: z.string(),
  startedAt: z.string(),
  rows: z.int(),
  /** Of a sheet that came as a file. */
  encoding: z.enum(encodings).optional(),
  made: z.array(Made),
  /** Rows that an earlier import had made. */
  already: z.array(Made),
  problems: z.array(Problem),
};
export const Import = z.discriminatedUnion("status", [
  z.object({ status: z.literal("running"), ...common, next: z.int(), wakesAt: z.string() }),
  z.object({ status: z.literal("finished"), ...common, finishedAt: z.string() }),
  z.object({ status: z.literal("undone"), workspaceId: z.string(), importId: z.string(), undoneAt: z.string() }),
]);
export type Import = z.infer<typeof Import>;
export type Running = Extract<Import, { status: "running" }>;
export type Finished = Extract<Import, { status: "finished" }>;
export type Standing = Running | Finished;

const Source = z.object({ workspaceId: z.string(), importId: z.string(), csv: z.string(), until: z.string() });
type Source = z.infer<typeof Source>;
const Imported = z.object({
  workspaceId: z.string(),
  hash: z.string(),
  postId: z.string(),
  importId: z.string(),
  until: z.string(),
});
export type Imported = z.infer<typeof Imported>;

// Asked                                          Answered by
// an import, the imports of a workspace          WS#<workspace>#IMPORTS / <import>
// its sheet                                      WS#<workspace>#IMPORT-SOURCES / <import>
// which post a row became                        WS#<workspace>#IMPORTED / <hash of the row>
// which import is under way                      due: post.deliver

export const imports: Kind<Import> = {
  kind: "post-import",
  schema: Import,
  key: ({ workspaceId, importId }) => importKey(workspaceId, importId),
  due: (one) => (one.status === "running" ? { at: one.wakesAt, kind: "post.deliver" } : undefined),
  expires: (one) => {
    if (one.status === "running") return undefined;
    return later(one.status === "finished" ? one.finishedAt : one.undoneAt, days(90));
  },
};
const importsOf = (workspaceId: string): string => `WS#${workspaceId}#IMPORTS`;
const importKey = (workspaceId: string, importId: string): Key => ({ pk: importsOf(workspaceId), sk: importId });
/** Whether what is due is an import. */
export const isImportKey = ({ pk }: Pick<Key, "pk">): boolean => pk.endsWith("#IMPORTS");

export const importSources: Kind<Source> = {
  kind: "import-source",
  schema: Source,
  key: ({ workspaceId, importId }) => sourceKey(workspaceId, importId),
  expires: ({ until }) => until,
};
const sourceKey = (workspaceId: string, importId: string): Key => ({
  pk: `WS#${workspaceId}#IMPORT-SOURCES`,
  sk: importId,
});

export const importedRows: Kind<Imported> = {
  kind: "imported-row",
  schema: Imported,
  key: ({ workspaceId, hash }) => importedKey(workspaceId, hash),
  expires: ({ until }) => until,
};
const importedKey = (workspaceId: string, hash: string): Key => ({ pk: `WS#${workspaceId}#IMPORTED`, sk: hash });

const standing = (one: Import | undefined): Standing | undefined => (one?.status === "undone" ? undefined : one);

export const findImport = async (workspaceId: string, importId: string, now: string): Promise<Standing | undefined> =>
  standing(await get(imports, importKey(workspaceId, importId), milliseconds(now)));

export const findSource = (workspaceId: string, importId: string, now: string) =>
  get(importSources, sourceKey(workspaceId, importId), milliseconds(now));

export const findImported = (workspaceId: string, hash: string, now: string): Promise<Imported | undefined> =>
  get(importedRows, importedKey(workspaceId, hash), milliseconds(now));

/** Newest first. */
export const listImports = async (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Standing>> => {
  const keep = (one: Import): boolean => one.status !== "undone";
  const range = { pk: importsOf(workspaceId), newestFirst: true };
  const { items, next } = await page(imports, range, { ...list, nowMs: milliseconds(now), keep });
  return { items: items.flatMap((one) => standing(one) ?? []), next };
};

export const startImport = (
  asked: Pick<Running, "workspaceId" | "importId" | "actor" | "zone" | "rows" | "encoding">,
  now: string,
): [Running, DomainEvent[]] => [
  { ...asked, status: "running", startedAt: now, wakesAt: now, next: 0, made: [], already: [], problems: [] },
  [event("import.started", { importId: asked.importId, rows: asked.rows })],
];

/** What became of some rows. After the last one it is finished. */
export const advance = (
  running: Running,
  { next, ...news }: Pick<Running, "next" | "made" | "already" | "problems">,
  now: string,
): [Standing, DomainEvent[]] => {
  const { importId } = running;
  const told = {
    made: [...running.made, ...news.made],
    already: [...running.already, ...news.already],
    problems: [...running.problems, ...news.problems],
  };
  if (next < running.rows) return [{ ...running, ...told, next }, []];
  const { next: _, wakesAt: __, ...rest } = running;
  const counts = { posts: told.made.length, problems: told.problems.length };
  return [
    { ...rest, ...told, status: "finished", finishedAt: now },
    [event("import.finished", { importId, ...counts })],
  ];
};

export const undoImport = (one: Finished, now: string): [Import, DomainEvent[]] => {
  const { workspaceId, importId } = one;
  return [
    insteadOf(one, { status: "undone", workspaceId, importId, undoneAt: now } as const),
    [event("import.undone", { importId })],
  ];
};

export const ImportView = z
  .object({
    id: Id("import").optional().describe("Absent of a dry run, which makes nothing."),
    status: z.enum(["checked", "running", "finished"]),
    rows: z.int().describe("In the sheet, without empty ones."),
    encoding: z
      .enum(encodings)
      .optional()
      .describe("How the letters of a file were read: as UTF-8 where it is that, else as old Windows writes them."),
    done: z.int().describe("So many of them are done, of a dry run: could be."),
    made: z.array(Made).describe("Which row became which post."),
    already: z.array(Made).describe("Rows that became a post by an earlier import: none is made twice."),
    problems: z.array(Problem),
    startedAt: z.iso.datetime().optional(),
    finishedAt: z.iso.datetime().optional(),
    version: z.int().optional(),
  })
  .meta({ id: "Import" });

export const viewImport = (one: Standing): z.infer<typeof ImportView> => ({
  id: one.importId,
  status: one.status,
  rows: one.rows,
  ...(one.encoding === undefined ? {} : { encoding: one.encoding }),
  done: one.status === "running" ? one.next : one.rows,
  made: one.made,
  already: one.already,
  problems: one.problems,
  startedAt: one.startedAt,
  ...(one.status === "finished" ? { finishedAt: one.finishedAt } : {}),
  version: versionOf(one),
});
