/**
 * What a module asks of the system's resources. A module that calls AWS exports `needs`, next to the calls; the stack
 * gives each function the union over the modules that its bundle really contains, on exactly these resources:
 *
 * ```ts
 * export const needs: Needs = [{ table: ["dynamodb:GetItem", "dynamodb:PutItem"] }];
 * ```
 */
export type Needs = readonly Need[];

export type Need = {
  /** The one table; queries and scans also on its indexes. */
  table?: Actions<"dynamodb">;
  /** The one bucket and the objects in it. */
  bucket?: Actions<"s3">;
  /** The key that wraps data keys. */
  key?: Actions<"kms">;
  /** The event bus. */
  bus?: Actions<"events">;
  /** The delay queues of all kinds of due time. */
  dueQueues?: Actions<"sqs">;
  /** The identity that mail is sent from. */
  mail?: Actions<"ses">;
};

type Actions<Service extends string> = readonly `${Service}:${string}`[];
