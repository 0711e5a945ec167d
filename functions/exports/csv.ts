import * as z from "zod";
import { byteOrderMark, csvLine } from "../platform/csv.ts";
import { Id } from "../platform/ids.ts";
import { responseColumns } from "../polls/csv.ts";

// One table as CSV, instead of everything: with the columns that its purpose takes, and no more.

/** Which table. `responses`: of one poll. `entries`: without addresses, which are for winners alone. `newsletter`: those who agreed to it, with their addresses. `posts`: a line for each channel, with what it brought. */
export const Table = z.discriminatedUnion("table", [
  z.strictObject({ table: z.literal("entries"), contestId: Id("contest") }),
  z.strictObject({ table: z.literal("newsletter") }),
  z.strictObject({ table: z.literal("posts") }),
  z.strictObject({ table: z.literal("responses"), pollId: Id("poll") }),
]);
export type Table = z.infer<typeof Table>;

export const columns = {
  entries: ["entry", "entered_at", "language", "source", "by_friend", "newsletter", "marks", "state"],
  newsletter: ["address", "language", "agreed_at", "text_version", "text", "unsubscribe_url"],
  posts: [
    ...["post", "channel", "planned_at", "state", "text", "category", "campaign", "published_at", "url"],
    ...["likes", "replies", "reposts", "views", "clicks"],
  ],
  responses: responseColumns,
} as const satisfies Record<Table["table"], readonly string[]>;

export const csvHead = ({ table }: Table): Buffer => Buffer.from(byteOrderMark + csvLine(columns[table]));

/** A row as a line, its cells in the order of the columns. */
export const csvRow = ({ table }: Table, row: object): Buffer => {
  const cells = new Map<string, unknown>(Object.entries(row));
  return Buffer.from(csvLine(columns[table].map((name) => String(cells.get(name) ?? ""))));
};
