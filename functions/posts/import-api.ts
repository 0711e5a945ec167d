import * as z from "zod";
import { days, later } from "../platform/clock.ts";
import { found, pointerTo, refuse } from "../platform/errors.ts";
import type { Event } from "../platform/http.ts";
import { list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { isZone } from "../platform/input.ts";
import { type Change, put, save as saveNow } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import {
  findImport,
  ImportView,
  importSources,
  imports,
  listImports,
  startImport,
  undoImport,
  viewImport,
} from "./import.ts";
import { checkRows } from "./import-rows.ts";
import { remove, stop } from "./post.ts";
import { type Encoding, lettersOf, mostRows, type Problem, readSheet } from "./sheet.ts";
import { findPost, posts } from "./table.ts";

// A sheet over HTTP. A dry run tells all that is wrong with it; without one nothing is made of a sheet that has a problem.

const ImportPath = z.object({ importId: Id("import") });

/** The sheet is needed until its rows are posts. */
const keptDays = 7;
/** It is kept as one item, which has at most 400 KB. */
const mostBytes = 360 * 1024;
/** As JSON it takes more: each quote two bytes, a file in base64 a third more. */
const mostBodyBytes = 800 * 1024;

const path = "/v1/posts/import";
const asFile = ["text/csv", "application/octet-stream", "application/vnd.ms-excel"];

/**
 * A sheet comes as a file, with the content type text/csv or application/octet-stream; our routes take JSON. The gateway hands
 * on text/* as text, in which letters that are not UTF-8 are lost, and all else as the bytes that it is.
 */
export const sheetAsJson = (event: Event): Event => {
  const type = event.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  const { body = "" } = event;
  if (event.routeKey !== `POST ${path}` || !asFile.includes(type) || body.length > mostBodyBytes) return event;
  return {
    ...event,
    headers: { ...event.headers, "content-type": "application/json" },
    isBase64Encoded: false,
    body: JSON.stringify({ file: event.isBase64Encoded ? body : Buffer.from(body).toString("base64") }),
  };
};

const NewSheet = z
  .strictObject({
    csv: z
      .string()
      .optional()
      .describe(`Up to ${mostRows} rows, ${mostBytes / 1024} KB; the first names the columns.`),
    file: z.base64("Give the bytes of the file in base64.").optional().describe("Or the bytes of its file, in base64."),
  })
  .refine(({ csv, file }) => (csv === undefined) !== (file === undefined), {
    message: "Give `csv` or `file`: one of them.",
    path: ["csv"],
  });

const textOf = ({ csv, file }: z.infer<typeof NewSheet>): { csv: string; encoding?: Encoding } => {
  const read = file === undefined ? { csv: csv ?? "" } : lettersOf(Buffer.from(file, "base64"));
  const bytes = Buffer.byteLength(read.csv);
  if (bytes > mostBytes)
    refuse(
      "too_large",
      `This sheet has ${Math.ceil(bytes / 1024)} KB; it may have at most ${mostBytes / 1024}. Split it into two.`,
      [{ pointer: file === undefined ? "#/csv" : "#/file", detail: `At most ${mostBytes / 1024} KB, as UTF-8.` }],
    );
  return read;
};

export const importRoutes = {
  importPosts: route({
    method: "POST",
    path,
    access: "posts:write",
    summary:
      "Makes posts of a sheet (CSV: its file with the content type text/csv, or application/octet-stream for letters that are not UTF-8; or in JSON), a row each: columns text, channels, at (or date and time, or “slot”), zone, media, alt, language, category, campaign, first_comment, thread (parts divided by a line of hyphens, ---, or a column each: thread 1, thread 2 …) and “text: <channel>” for what is said otherwise there; also by their Dutch names. The same row twice makes one post.",
    query: z.strictObject({
      dryRun: z.stringbool().default(false).describe("Tells all that is wrong with it, and makes nothing."),
      zone: z.string().max(60).optional().describe("Of times without one; otherwise the workspace's."),
    }),
    body: NewSheet,
    mostBodyBytes,
    returns: ImportView,
    status: 202,
    refuses: ["unknown_zone"],
    run: async ({ workspaceId, actor, query, body, now, save }) => {
      const { zone = (await brandOf(workspaceId, now)).zone } = query;
      if (!isZone(zone))
        refuse("unknown_zone", `There is no time zone ${zone}.`, [
          { pointer: "query:zone", detail: "Use an IANA name, e.g. Europe/Amsterdam." },
        ]);
      const { csv, encoding } = textOf(body);
      const letters = encoding === undefined ? {} : { encoding };
      const sheet = await readSheet(csv);
      const rows = sheet.rows.length;
      if (rows === 0 && sheet.problems.length === 0)
        sheet.problems.push({ row: 1, code: "no_rows", detail: "There is no row under the names of the columns." });
      if (rows > mostRows)
        sheet.problems.push({ row: mostRows + 2, code: "too_many_rows", detail: `At most ${mostRows}: split it.` });
      const isReadable = sheet.problems.length === 0;
      const checked = isReadable
        ? await checkRows(workspaceId, sheet, zone, now)
        : { ready: [], head: [], problems: [] };
      const isOfHead = ({ column }: Problem) => checked.head.some((one) => one.column === column);
      const problems = [...sheet.problems, ...checked.head, ...checked.problems.filter((one) => !isOfHead(one))];
      if (query.dryRun) {
        const already = checked.ready.flatMap((one) => ("postId" in one ? [{ row: one.row, postId: one.postId }] : []));
        return {
          status: "checked" as const,
          rows,
          ...letters,
          done: checked.ready.length,
          made: [],
          already,
          problems,
        };
      }
      if (problems[0])
        return refuse(
          "invalid_input",
          `Nothing was made: row ${problems[0].row}: ${problems[0].detail} A dry run (?dryRun=true) tells all.`,
          problems.map(({ row, column, detail }) => ({
            pointer: pointerTo("csv", row, ...(column === undefined ? [] : [column])),
            detail,
          })),
        );
      const importId = newId("import", now);
      const change = put(imports, ...startImport({ workspaceId, importId, actor, zone, rows, ...letters }, now));
      const source = put(importSources, { workspaceId, importId, csv, until: later(now, days(keptDays)) });
      return save([change, source], viewImport(change.after));
    },
  }),

  listImports: list({
    method: "GET",
    path: "/v1/imports",
    access: "posts:read",
    summary: "The imports of the last ninety days, newest first.",
    item: ImportView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await listImports(workspaceId, list, now);
      return { items: items.map(viewImport), next };
    },
  }),

  readImport: route({
    method: "GET",
    path: "/v1/imports/{importId}",
    access: "posts:read",
    summary: "One import: how far it is, which row became which post, and which could not.",
    params: ImportPath,
    returns: ImportView,
    run: async ({ workspaceId, params, now }) =>
      viewImport(found(await findImport(workspaceId, params.importId, now), "import")),
  }),

  undoImport: route({
    method: "DELETE",
    path: "/v1/imports/{importId}",
    access: "posts:write",
    summary:
      "Undoes an import: its drafts are deleted, and what has not been sent is cancelled. What is out stays. The sheet can be imported again.",
    params: ImportPath,
    status: 204,
    refuses: ["import_running", "stale"],
    run: async ({ workspaceId, actor, requestId, params, now, expect, save }) => {
      const one = found(await findImport(workspaceId, params.importId, now), "import");
      expect(one);
      if (one.status === "running") return refuse("import_running", "Wait until it is finished, then undo it.");
      const by = { now, actor, cause: requestId };
      for (const { postId } of one.made) {
        const changes = await undone(workspaceId, postId, now);
        if (changes.length > 0) await saveNow(changes, by);
      }
      await save([put(imports, ...undoImport(one, now))], undefined);
    },
  }),
};

const undone = async (workspaceId: string, postId: string, now: string): Promise<Change[]> => {
  const post = await findPost(workspaceId, postId, now);
  if (!post) return [];
  if (post.status === "draft") return [put(posts, ...remove(post, now))];
  const isUnsent =
    post.status === "waiting" || post.deliveries.some(({ state }) => state === "scheduled" || state === "ready");
  return isUnsent ? [put(posts, ...stop(post))] : [];
};
