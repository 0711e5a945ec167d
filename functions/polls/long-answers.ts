import * as z from "zod";
import type { Answer } from "../events/polls.ts";
import { sha256 } from "../platform/secrets.ts";
import type { Response } from "./response.ts";

// A response is one item of at most 1 KB, so that it is one write unit, whatever is said in it. Words that do not fit lie in
// the bucket, in one object a response, under its hash: written before the row that names it, read back as they came in, and
// deleted with the workspace, or when the response is changed.

/** Bytes of an item as JSON, which is never less than what DynamoDB counts of it. Its key and kind take some 180. */
const mostRowBytes = 830;

/** By place of a question, what was said in words. */
const Words = z.record(z.string(), z.string());
type Words = z.infer<typeof Words>;

const wordsOf = (answer: Answer | null): string | undefined => {
  if (!answer) return undefined;
  return "text" in answer ? answer.text : "other" in answer ? answer.other : undefined;
};
const withWords = (answer: Answer, words: string): Answer =>
  "text" in answer ? { ...answer, text: words } : { ...answer, other: words };

/** The row of a response, and what of it does not fit there. `attempt`: each has an object of its own. */
export const shortened = (response: Response, attempt: number): { row: Response; long?: Buffer } => {
  const { answers = [] } = response;
  const all = Object.fromEntries(answers.flatMap((answer, i) => [[String(i), wordsOf(answer)]].filter(([, of]) => of)));
  if (Object.keys(all).length === 0 || Buffer.byteLength(JSON.stringify(response)) <= mostRowBytes)
    return { row: response };
  const long = Buffer.from(JSON.stringify(all));
  const empty = (answer: Answer | null) => (answer && wordsOf(answer) !== undefined ? withWords(answer, "") : answer);
  return {
    row: { ...response, answers: answers.map(empty), words: `${hashOf(long)}.${response.id}.${attempt}` },
    long,
  };
};

const hashOf = (long: Uint8Array): string => sha256(long).toString("base64url");
const hashIn = (words: string | undefined): string | undefined => words?.split(".")[0];
/** Whether the same was said. */
export const saysTheSame = (some: Response, other: Response): boolean => hashIn(some.words) === hashIn(other.words);

export type Named = Pick<Response, "workspaceId" | "pollId" | "device" | "words">;
/** Each attempt of each request has an object of its own: taking one away takes no other's. */
export const keyOf = ({ workspaceId, pollId, device, words }: Named): string =>
  `answers/${workspaceId}/${pollId}/${device}/${words}`;

export const keepWords = async (row: Response, long: Uint8Array): Promise<void> => {
  const { putObject } = await import("../platform/put-object.ts");
  await putObject(keyOf(row), long, "application/json");
};

type Whole = { response: Response; bytes: number };

/** So often a response may change while it is read. */
const mostReads = 5;

/**
 * A response with all that was said in it, and how many bytes of that were read from the bucket. What was said goes when a
 * response changes: then `again` reads the row as it stands now.
 */
export const whole = async (
  row: Response,
  again: (row: Response) => Promise<Response | undefined>,
  reads = 1,
): Promise<Whole> => {
  if (row.words === undefined) return { response: row, bytes: 0 };
  try {
    return await wholeNow(row);
  } catch (error) {
    const { isMissing } = await import("../platform/get-object.ts");
    const next = isMissing(error) ? await again(row) : undefined;
    if (!next || next.words === row.words || reads === mostReads) throw error;
    return whole(next, again, reads + 1);
  }
};

const wholeNow = async (row: Response): Promise<Whole> => {
  const { getObject } = await import("../platform/get-object.ts");
  const bytes = Buffer.from(await getObject(keyOf(row)));
  if (hashOf(bytes) !== hashIn(row.words)) throw new Error("What was said is not what was kept.");
  const words: Words = Words.parse(JSON.parse(bytes.toString()));
  const answers = (row.answers ?? []).map((answer, i) => {
    const said = words[String(i)];
    return answer && said !== undefined ? withWords(answer, said) : answer;
  });
  return { response: { ...row, answers }, bytes: bytes.length };
};
