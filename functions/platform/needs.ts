/**
 * What a module asks of the system's resources. A module that calls AWS exports `needs`, next to the calls; the stack
 * gives each function the union over the modules that its bundle really contains, on exactly these resources, and of it
 * only the actions whose operations are in the bundle (what nobody uses of a module is not). A test compares each role
 * with what was really called:
 *
 * ```ts
 * export const needs: Needs = [{ table: ["dynamodb:GetItem", "dynamodb:PutItem"] }];
 * ```
 *
 * A module that signs requests for others to make exports what they take as `signs`, which is granted as it stands.
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
  /** The bus's archive, and what replaying it touches. */
  archive?: Actions<"events">;
  /** The delay queues of all kinds of due time. */
  dueQueues?: Actions<"sqs">;
  /** The identity that mail is sent from, and what SES does with it. */
  mail?: Actions<"ses">;
  /** The SES account as a whole: its quota has no name of its own. */
  mailAccount?: Actions<"ses">;
  /** The queue of posted letters. */
  mailQueue?: Actions<"sqs">;
  /** The secret with the SMTP server that mail leaves by, where that was chosen. */
  mailSecret?: Actions<"secretsmanager">;
};

type Actions<Service extends string> = readonly `${Service}:${string}`[];
