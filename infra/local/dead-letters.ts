import { randomUUID } from "node:crypto";
import * as z from "zod";
import { openJournal } from "./journal.ts";

/** What was tried as often as AWS would, and then laid aside: nothing is dropped in silence. */
export const DeadLetter = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** Which kind of trigger gave up: a due time's queue, an event (or an asynchronous invocation), or the table's stream. */
  from: z.enum(["queue", "event", "stream"]),
  functionName: z.string(),
  error: z.string(),
  payload: z.unknown(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export type LayAside = (letter: Omit<DeadLetter, "id" | "at">) => void;

export const deadLetterBox = (options: { file?: string; now: () => number; say: (line: string) => void }) => {
  const journal = openJournal(options.file, DeadLetter);
  const layAside: LayAside = (letter) => {
    const id = randomUUID();
    journal.put(id, { ...letter, id, at: new Date(options.now()).toISOString() });
    options.say(`${letter.functionName} gave up on a ${letter.from}; it is now a dead letter: ${letter.error}`);
  };
  return { layAside, list: (): DeadLetter[] => [...journal.entries.values()], close: journal.close };
};
