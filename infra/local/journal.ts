import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";

/** Entries by id that survive the end of the process, also a `kill -9`: each change is a line in a file, written before it counts. */
export type Journal<T> = {
  entries: ReadonlyMap<string, T>;
  put: (id: string, value: T) => void;
  remove: (id: string) => void;
  close: () => void;
};

const Line = z.union([z.tuple([z.string(), z.unknown()]), z.tuple([z.string()])]);

/** Lines are dropped once there are this many, and four times as many as entries. */
const COMPACT_AFTER_LINES = 10_000;

/** Opens the journal in `file`, or one that lives only in memory. Throws where the file holds something else. */
export const openJournal = <T>(file: string | undefined, schema: z.ZodType<T>): Journal<T> => {
  const entries = new Map<string, T>();
  if (file === undefined) {
    return {
      entries,
      put: (id, value) => void entries.set(id, value),
      remove: (id) => void entries.delete(id),
      close: () => undefined,
    };
  }

  mkdirSync(dirname(file), { recursive: true });
  for (const line of existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : []) {
    const [id, value] = Line.parse(JSON.parse(line));
    if (value === undefined) entries.delete(id);
    else entries.set(id, schema.parse(value));
  }

  let lines = 0;
  let handle = -1;
  let isClosed = false;
  const compact = (): void => {
    writeFileSync(`${file}.new`, [...entries].map((entry) => `${JSON.stringify(entry)}\n`).join(""), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    if (handle >= 0) closeSync(handle);
    handle = openSync(file, "a", 0o600);
    lines = entries.size;
  };
  compact(); // It also drops a last line that was cut short.

  const write = (line: unknown): void => {
    if (isClosed) return; // What ends after the end is not recorded: the next process does it again.
    writeSync(handle, `${JSON.stringify(line)}\n`);
    lines += 1;
    if (lines > COMPACT_AFTER_LINES && lines > 4 * entries.size) compact();
  };
  return {
    entries,
    put: (id, value) => {
      entries.set(id, value);
      write([id, value]);
    },
    remove: (id) => {
      if (entries.delete(id)) write([id]);
    },
    close: () => {
      isClosed = true;
      closeSync(handle);
    },
  };
};
