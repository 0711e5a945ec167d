import type { Asked } from "./fuzz.ts";
import type { Operation } from "./operations.ts";
import { spared } from "./requests.ts";

// What a run has tried: each operation is to have done its work at least once, or all its requests were only refused.

/** What a healthy system on one machine does not bring about, so that a run passes without. */
export const seldom: ReadonlySet<string> = new Set([
  "POST /v1/posts/{postId}/resolve", // A send whose outcome nobody knows: of the feed it is always known.
  "GET /unsubscribe/{workspaceId}", // A mail of the marketing kind, of which there is none yet.
  "POST /unsubscribe/{workspaceId}",
]);

/** New ones that chance has not brought about and that stage.ts does not know yet: to be taught, and taken off this list. */
const unstaged: ReadonlySet<string> = new Set([
  "DELETE /v1/contests/{contestId}/entries/{entryId}",
  "DELETE /v1/contests/{contestId}/exclusions/{entryId}",
  "POST /v1/contests/{contestId}/exclusions",
  "POST /v1/contests/{contestId}/exclusions/{entryId}/uphold",
  "POST /v1/contests/{contestId}/winners", // A contest that a jury judges.
  "POST /v1/contests/{contestId}/winners/{position}/forfeit",
  "POST /v1/contests/{contestId}/winners/{position}/forfeit/validate",
  "POST /c/{slug}/code",
  "GET /c/{slug}/objection", // Somebody who was excluded, and got the link.
  "POST /c/{slug}/objection",
  "POST /c/{slug}/sent", // The form behind an entry that waits for its confirmation.
  "GET /c/{slug}/proof/{commit}",
  "GET /newsletter/{workspaceId}", // Somebody who asked for a newsletter.
  "POST /newsletter/{workspaceId}",
  "DELETE /v1/people/{personId}",
  "GET /v1/people/{personId}/export",
  "POST /v1/people/{personId}/withdraw",
  "PUT /v1/polls/{pollId}/tags",
  "PUT /v1/polls/{pollId}/truth",
  "DELETE /v1/sessions/{sessionId}", // A second session of the same person.
  "POST /v1/posts/{postId}/retry", // A send that came too late, on a channel that is still there.
]);

export const merged = (parts: readonly Record<string, Asked>[]): Record<string, Asked> => {
  const all: Record<string, Asked> = {};
  for (const [name, { asked, done, last }] of parts.flatMap((part) => Object.entries(part))) {
    const before = all[name] ?? { asked: 0, done: 0, last: "" };
    all[name] = { asked: before.asked + asked, done: before.done + done, last: last || before.last };
  }
  return all;
};

/** What a run of many requests has failed to do. */
export const missing = (operations: readonly Operation[], answered: Readonly<Record<string, Asked>>): string[] => [
  ...[...seldom, ...unstaged]
    .filter((listed) => !operations.some(({ name }) => name === listed))
    .map((listed) => `${listed} is excused in coverage.ts, and there is no such operation: take it off the list.`),
  ...operations.flatMap(({ name }) => {
    const { asked = 0, done = 0, last = "" } = answered[name] ?? {};
    if (done > 0 || spared.has(name) || seldom.has(name) || unstaged.has(name)) return [];
    return [
      `${name} was asked ${asked} times and only ever refused: teach stage.ts or values.ts. The last time: ${last}`,
    ];
  }),
];
