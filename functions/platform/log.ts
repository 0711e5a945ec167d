import { AsyncLocalStorage } from "node:async_hooks";
import { clock, instant } from "./clock.ts";

type Fields = Record<string, string | number | boolean | undefined>;

const current = new AsyncLocalStorage<Fields>();

/**
 * Runs something of which every line says what it is about: the function, and the id of the request, the message or the
 * event that woke it.
 */
export const logging = <T>(about: Fields, run: () => T): T => current.run({ ...current.getStore(), ...about }, run);

/** Adds what the lines say from here on: whose it is, once that is known. */
export const about = (more: Fields): void => {
  Object.assign(current.getStore() ?? {}, more);
};

/** One line of JSON. Ids only, never personal data, keys or tokens. */
const line = (level: "info" | "warn" | "error", message: string, fields: Fields): void => {
  const said = { level, at: instant(clock.now()), message, ...current.getStore(), ...fields };
  process.stdout.write(`${JSON.stringify(said)}\n`);
};

export const log = {
  info: (message: string, fields: Fields = {}) => line("info", message, fields),
  warn: (message: string, fields: Fields = {}) => line("warn", message, fields),
  /** A mistake of ours, with its stack. */
  error: (message: string, error: unknown, fields: Fields = {}) =>
    line("error", message, {
      ...fields,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  /** A CloudWatch metric in the embedded metric format (AWS documents: "Embedded metric format specification"). */
  metric: (name: string, unit: "Seconds" | "Count", value: number): void => {
    const metrics = [{ Namespace: "samenspraak", Dimensions: [[]], Metrics: [{ Name: name, Unit: unit }] }];
    const _aws = { Timestamp: clock.now(), CloudWatchMetrics: metrics };
    process.stdout.write(`${JSON.stringify({ _aws, ...current.getStore(), [name]: value })}\n`);
  },
};
