import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/exports.ts";
import { days, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { insteadOf, versionOf } from "../platform/table.ts";
import { Table } from "./csv.ts";
import { Position } from "./walk.ts";

// An export: everything that a workspace has, as lines of JSON in parts. It is written step by step; what is written and
// where to go on stands in one item, so that whoever follows a crash writes the same part again and no other.

const Part = z.object({ section: z.string(), key: z.string(), lines: z.int(), bytes: z.int() });
export type Part = z.infer<typeof Part>;

const common = {
  workspaceId: z.string(),
  exportId: z.string(),
  /** Whether it says who people are: addresses are opened. */
  personal: z.boolean(),
  startedAt: z.iso.datetime(),
  /** One table as CSV, instead of everything. */
  csv: Table.optional(),
};

export const Export = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("running"),
    ...common,
    wakesAt: z.iso.datetime(),
    section: z.string(),
    position: Position.optional(),
    parts: z.array(Part),
  }),
  z.object({ status: z.literal("finished"), ...common, finishedAt: z.iso.datetime(), parts: z.array(Part) }),
  z.object({
    status: z.literal("deleted"),
    workspaceId: z.string(),
    exportId: z.string(),
    deletedAt: z.iso.datetime(),
  }),
]);
export type Export = z.infer<typeof Export>;
export type Running = Extract<Export, { status: "running" }>;
export type Finished = Extract<Export, { status: "finished" }>;
export type Standing = Running | Finished;

/** So long the parts can be fetched; the bucket forgets them a day later. */
const keptMs = days(7);
export const endsAt = (export_: Finished): string => later(export_.finishedAt, keptMs);

export const forgottenAt = (export_: Export): string | undefined => {
  if (export_.status === "running") return undefined;
  return export_.status === "finished" ? endsAt(export_) : later(export_.deletedAt, days(30));
};

export const startExport = (
  asked: { workspaceId: string; exportId: string; personal: boolean; section: string; csv?: Table },
  now: string,
): [Running, DomainEvent[]] => [
  { ...asked, status: "running", startedAt: now, wakesAt: now, parts: [] },
  [event("export.started", { exportId: asked.exportId, personal: asked.personal })],
];

/** The name of its next part: the same for whoever writes it again. */
export const nextKey = ({ workspaceId, exportId, section, parts, csv }: Running): string =>
  `exports/${workspaceId}/${exportId}/${String(parts.length + 1).padStart(4, "0")}-${section}.${csv ? "csv" : "jsonl"}`;

/** A part was written, if there was anything in it. `next`: where to go on; absent at the end. */
export const advance = (
  running: Running,
  part: Part | undefined,
  next: { section: string; position: Position | undefined } | undefined,
  now: string,
): [Standing, DomainEvent[]] => {
  const { position: _, section: __, ...rest } = running;
  const parts = part ? [...running.parts, part] : running.parts;
  if (next) {
    const { section, position } = next;
    return [{ ...rest, section, ...(position === undefined ? {} : { position }), parts }, []];
  }
  const { wakesAt: ___, ...ended } = rest;
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return [
    { ...ended, status: "finished", finishedAt: now, parts },
    [event("export.finished", { exportId: running.exportId, parts: parts.length, bytes })],
  ];
};

/** Another step is to follow at once. */
export const goOn = (running: Running, now: string): Running => ({ ...running, wakesAt: now });

/** Refuses `export_running`. */
export const deleteExport = (export_: Standing, now: string): [Export, DomainEvent[]] => {
  const { workspaceId, exportId } = export_;
  if (export_.status === "running") return refuse("export_running", "Wait until it is finished, then delete it.");
  return [
    insteadOf(export_, { status: "deleted", workspaceId, exportId, deletedAt: now } as const),
    [event("export.deleted", { exportId })],
  ];
};

export const ExportView = z
  .object({
    id: Id("export"),
    status: z.enum(["running", "finished"]),
    personal: z.boolean(),
    csv: Table.optional().describe("One table instead of everything."),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().optional(),
    endsAt: z.iso.datetime().optional().describe("Until then it can be fetched."),
    parts: z.array(
      z.object({
        section: z.string(),
        name: z.string(),
        lines: z.int(),
        bytes: z.int(),
        url: z.url().optional().describe("Where it can be fetched for 15 minutes, once all is finished."),
      }),
    ),
    version: z.int(),
  })
  .meta({ id: "Export" });

/** `urlOf`: a link to an object; without it there are none. */
export const viewExport = (
  export_: Standing,
  urlOf: ((key: string) => string) | undefined,
): z.infer<typeof ExportView> => {
  const isFinished = export_.status === "finished";
  return {
    id: export_.exportId,
    status: export_.status,
    personal: export_.personal,
    ...(export_.csv ? { csv: export_.csv } : {}),
    startedAt: export_.startedAt,
    ...(isFinished ? { finishedAt: export_.finishedAt, endsAt: endsAt(export_) } : {}),
    parts: export_.parts.map(({ section, key, lines, bytes }) => ({
      section,
      name: key.slice(key.lastIndexOf("/") + 1),
      lines,
      bytes,
      ...(isFinished && urlOf ? { url: urlOf(key) } : {}),
    })),
    version: versionOf(export_),
  };
};
