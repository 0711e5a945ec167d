import { clock, instant } from "./clock.ts";

type Fields = Record<string, string | number | boolean | undefined>;

/** One line of JSON. Ids only, never personal data, keys or tokens. */
const line = (level: "info" | "warn" | "error", message: string, fields: Fields): void => {
  process.stdout.write(`${JSON.stringify({ level, at: instant(clock.now()), message, ...fields })}\n`);
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
    process.stdout.write(
      `${JSON.stringify({ _aws: { Timestamp: clock.now(), CloudWatchMetrics: metrics }, [name]: value })}\n`,
    );
  },
};
