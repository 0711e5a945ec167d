import { onDue } from "../platform/background.ts";
import { clock, instant, seconds } from "../platform/clock.ts";
import { putObject } from "../platform/put-object.ts";
import { put } from "../platform/table.ts";
import { csvHead, csvRow } from "./csv.ts";
import { advance, goOn, nextKey, type Part, type Running } from "./export.ts";
import { sectionAfter, walkOf } from "./sections.ts";
import { exports } from "./table.ts";
import { walkOfTable } from "./tables.ts";
import type { Position } from "./walk.ts";

// An export is written, part by part: the object first, under a name that follows from how far it is, then how far it is.
// Whoever comes after a crash writes the same object again.

export const due = "export.write";

export const limits = { timeoutSeconds: 300, memoryMB: 1024 };

/** A part is about so large; a stretch of the table has at most 1 MB. */
const partBytes = 4 * 1024 * 1024;
/** So long a part may take. */
const partMs = seconds(40);

/** Lines of one section from where it stands, up to a part's size or the section's end. */
const gather = async (running: Running, now: string) => {
  const { workspaceId, personal, section, csv } = running;
  const walk = csv ? walkOfTable(csv) : walkOf(section);
  const lines: Buffer[] = [];
  let bytes = 0;
  let position: Position | undefined = running.position;
  const stopMs = clock.now() + partMs / 2;
  do {
    const { rows, next } = await walk({ workspaceId, personal, now }, position);
    for (const row of rows) {
      const line = csv ? csvRow(csv, row) : Buffer.from(`${JSON.stringify(row)}\n`);
      lines.push(line);
      bytes += line.length;
    }
    position = next;
  } while (position && bytes < partBytes && clock.now() < stopMs);
  return { lines, position };
};

const writePart = async (running: Running, lines: readonly Buffer[]): Promise<Part | undefined> => {
  const { csv } = running;
  // Each part of a table is a whole file, with its own head; of an empty one there is the head.
  if (lines.length === 0 && (!csv || running.parts.length > 0)) return undefined;
  const key = nextKey(running);
  const content = Buffer.concat([...(csv ? [csvHead(csv)] : []), ...lines]);
  await putObject(key, content, csv ? "text/csv; charset=utf-8" : "application/x-ndjson");
  return { section: running.section, key, lines: lines.length, bytes: content.length };
};

export const handler = onDue(due, exports, async ({ state, endsMs, save }) => {
  let running = state;
  while (running.status === "running") {
    const now = instant(clock.now());
    if (clock.now() + partMs > endsMs) return save([put(exports, goOn(running, now))]);
    const { lines, position } = await gather(running, now);
    const part = await writePart(running, lines);
    const following = running.csv ? undefined : sectionAfter(running.section);
    const section = position ? running.section : following;
    const change = put(exports, ...advance(running, part, section ? { section, position } : undefined, now));
    await save([change]);
    running = change.after;
  }
});
