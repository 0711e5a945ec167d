import type { Asked } from "./fuzz.ts";
import type { Operation } from "./operations.ts";
import { spared } from "./requests.ts";

// What a run has tried: an operation is to have done its work at least once, or all its requests were only refused.

/** What a healthy system on one machine does not bring about, so that a run passes without. */
export const seldom: ReadonlySet<string> = new Set([
  "POST /v1/posts/{postId}/resolve", // A send whose outcome nobody knows: of the feed it is always known.
  "GET /unsubscribe/{workspaceId}", // A mail of the marketing kind, of which there is none yet.
  "POST /unsubscribe/{workspaceId}",
  "POST /fediverse/{channelId}/inbox", // Signed by another server of the fediverse, of which there is none here.
]);

export const merged = (parts: readonly Record<string, Asked>[]): Record<string, Asked> => {
  const all: Record<string, Asked> = {};
  for (const [name, { asked, done, last }] of parts.flatMap((part) => Object.entries(part))) {
    const before = all[name] ?? { asked: 0, done: 0, last: "" };
    all[name] = { asked: before.asked + asked, done: before.done + done, last: last || before.last };
  }
  return all;
};

/** Chance may miss an operation or two in one run; of all of them, a run that passes has done more than this. */
const leastDone = 0.98;

/** What a run of many requests has failed to do, and whether it is more than chance. */
export const missing = (
  operations: readonly Operation[],
  answered: Readonly<Record<string, Asked>>,
): { lacking: string[]; isTooMuch: boolean } => {
  const gone = [...seldom].filter((listed) => !operations.some(({ name }) => name === listed));
  const refused = operations.flatMap(({ name }) => {
    const { asked = 0, done = 0, last = "" } = answered[name] ?? {};
    if (done > 0 || spared.has(name) || seldom.has(name)) return [];
    return [
      `${name} was asked ${asked} times and only ever refused: teach stage.ts or values.ts. The last time: ${last}`,
    ];
  });
  return {
    lacking: [
      ...gone.map((listed) => `${listed} is excused in coverage.ts, and there is no such operation: take it off.`),
      ...refused,
    ],
    isTooMuch: gone.length > 0 || refused.length > operations.length * (1 - leastDone),
  };
};
