import { configurationSetName, type Fields, feedback } from "../feedback.ts";
import type { AsynchronousInvocations } from "./asynchronous.ts";
import type { LocalFunction } from "./invoke.ts";
import type { SesEvent } from "./mail.ts";

/** An event pattern of EventBridge, as far as `feedback` has them: each field is one of these strings, or an array with one. */
const matches = (pattern: Fields | string[], value: unknown): boolean => {
  if (Array.isArray(pattern)) return [value].flat().some((one) => pattern.includes(String(one)));
  return Object.entries(pattern).every(([name, inner]) => matches(inner, fieldOf(value, name)));
};
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

/** An input transformer: a path of the event, or what it says itself. */
const transformed = (input: Readonly<Record<string, string>>, event: SesEvent): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      value.startsWith("$.") ? value.slice(2).split(".").reduce<unknown>(fieldOf, event) : value,
    ]),
  );

/** The rules of the account's default bus: what SES tells of a mail reaches the functions that hear it. */
export const mailFeedback =
  (functions: readonly LocalFunction[], asynchronous: Pick<AsynchronousInvocations, "send">) =>
  (event: SesEvent): void => {
    for (const { pattern, input } of feedback(configurationSetName)) {
      const { detailType, ...rest } = pattern;
      if (!matches({ ...rest, "detail-type": detailType }, event)) continue;
      for (const fn of functions.filter(({ hears }) => hears === "ses"))
        asynchronous.send(fn.name, transformed(input, event));
    }
  };
