import * as z from "zod";

/** What a decision says has happened. `save` completes it with id, workspace, time, actor and cause, and writes it with the state. */
export type DomainEvent = { type: string; data: Record<string, unknown> };

/** What travels on the bus as `detail`; `detail-type` is the event's name and `source` is "samenspraak". */
export const Detail = z.object({
  id: z.string().describe("Made from the item's key, version and position: the same however often it is delivered."),
  version: z.number().int().describe("The version of the thing that this event made."),
  workspaceId: z.string(),
  at: z.iso.datetime(),
  actor: z.string().describe("An opaque key, member, person or system id."),
  cause: z.string().describe("The event or request that led to it."),
  data: z.record(z.string(), z.unknown()),
});
export type Detail = z.infer<typeof Detail>;

type Row = Record<string, unknown>;

/**
 * A row of which a crowd makes many is itself the event: `item` is a projection of the row, and the items of one stream
 * batch about one subject travel together as `data.items`.
 * `kind`: the stored kind of the row. `subject`: what the items are about, as fields of `data`. `at`: when it happened
 * (RFC 3339); the event's is its first item's, so that an event that is told again has the same time.
 */
export type Batched = {
  kind: string;
  subject: (row: Row) => Record<string, string>;
  at: (row: Row) => string;
  item: (row: Row) => Row;
};

/**
 * Exact counts made from rows of one kind. `subjects`: what a change of a row adds to whom, as increments;
 * `before` is absent for a new row, `after` for a removed one.
 */
export type Fold = {
  kind: string;
  counts: (before: Row | undefined, after: Row | undefined) => { subject: string; add: Record<string, number> }[];
};

export type Announcement = {
  data: z.ZodType<Record<string, unknown>>;
  example: Record<string, unknown>;
  batched?: Batched;
};
export type Catalogue = Record<string, Announcement>;

/**
 * The events of one capability, and the function that makes one. `event` throws where the data do not fit the schema:
 * before anything is written, so that the relay never meets an event that it cannot publish.
 */
export const announces = <C extends Catalogue>(catalogue: C) => ({
  catalogue,
  event: <Name extends keyof C & string>(type: Name, data: z.input<C[Name]["data"]>): DomainEvent => ({
    type,
    data: catalogue[type]!.data.parse(data),
  }),
});
