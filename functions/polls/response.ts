import * as z from "zod";
import { Answers } from "../events/polls.ts";
import { instant, milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { hmac } from "../platform/secrets.ts";
import { mostWaitMs, type Open, type Standing, takes } from "./poll.ts";
import { partsOf } from "./question.ts";

/** One person's answers to a poll. The row is itself the event `response.given`. */
export const Response = z.object({
  workspaceId: z.string(),
  pollId: z.string(),
  /** Which partition of the poll's responses; from the hash below. */
  shard: z.number().int(),
  /**
   * A keyed hash of who responds, in base64url: of a device, an address or a personal link, by the poll's tier. Who it was
   * cannot be told from it, and a second response finds it taken.
   */
  device: z.string(),
  id: z.string(),
  /** What was chosen in the first question, where it is an option of one's choice. Before 0.2.0 it was all there was. */
  optionId: z.string().optional(),
  /** By question, in their order. */
  answers: Answers.optional(),
  /** The hash of what was said in words and its request, where it does not fit the row (long-answers.ts): then these are empty above. */
  words: z.string().optional(),
  /** By question, which part of the tally counts it; absent where one counts all. */
  parts: z.array(z.number().int()).optional(),
  /** When the gateway received it first. */
  at: z.iso.datetime(),
  /** When the gateway received what stands now, where it was changed. */
  changedAt: z.iso.datetime().optional(),
  /** Where its reader came from, as the link said. */
  source: z.string().optional(),
  /** The code of one of the poll's places. */
  place: z.string().optional(),
  /** What a personal link says of its owner. */
  segment: z.string().optional(),
  /** A keyed hash of the network that it came from, of 6 bytes: which network cannot be told from it. */
  network: z.string().optional(),
  /** It came from a screen that many use one after the other. */
  kiosk: z.literal(true).optional(),
});
export type Response = z.infer<typeof Response>;
export type Place = Pick<Response, "workspaceId" | "pollId" | "shard" | "device">;

/** Where the response of somebody to this poll lives. `who`: a device, or what `person` says. */
export const placeOf = (
  poll: Pick<Open, "workspaceId" | "pollId" | "shards">,
  pepper: Uint8Array,
  who: string,
): Place => placeAt(poll, hmac(pepper, `${poll.pollId}\0${who}`).subarray(0, 16));

const placeAt = (poll: Pick<Open, "workspaceId" | "pollId" | "shards">, hash: Buffer): Place => ({
  workspaceId: poll.workspaceId,
  pollId: poll.pollId,
  shard: hash.readUInt16BE(0) & (poll.shards - 1),
  device: hash.toString("base64url"),
});

/** The place whose hash this is. */
export const placeBy = (poll: Pick<Open, "workspaceId" | "pollId" | "shards">, device: string): Place =>
  placeAt(poll, Buffer.from(device, "base64url"));

/** Who responds, where it is no device; no device has a name like it. */
export const person = (by: "email" | "link", name: string): string => `${by}:${name}`;

/** The network of an address, as a household or an office has it: an IPv4 /24, or an IPv6 /48 (RFC 6177). */
export const networkOf = (address: string): string => {
  const v4 = /(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":").filter(Boolean);
  const behind = tail === undefined ? [] : tail.split(":").filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - behind.length) }, () => "0");
  return [...groups, ...zeros, ...behind]
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
};

/** The mark of a network in this poll. */
export const markOf = (poll: Pick<Open, "pollId">, pepper: Uint8Array, address: string): string =>
  hmac(pepper, `${poll.pollId}\0network ${networkOf(address)}`)
    .subarray(0, 6)
    .toString("base64url");

/** What is asked to be kept. `arrivedMs`: when the gateway received it, which decides. */
export type Given = Pick<Response, "id" | "answers" | "source" | "place" | "segment" | "network" | "kiosk"> & {
  at: Place;
  arrivedMs: number;
};

/** Refuses `poll_not_open`. */
export const respond = (poll: Standing, asked: Given, now: string): Response => {
  const { at: place, arrivedMs, answers = [], ...rest } = asked;
  const at = instant(arrivedMs);
  if (!takes(poll, at)) return refuse("poll_not_open", "This poll takes no answers now.");
  // Once this old, the result may have been counted before it is written.
  if (milliseconds(now) - arrivedMs > mostWaitMs) throw new Error("A response waited too long to be written.");
  const [first] = poll.questions;
  const [answer] = answers;
  const option = first?.kind === "single" && answer && "one" in answer ? first.options[answer.one] : undefined;
  const parts = partsOf(poll);
  const isParted = parts.some((part) => part !== 0);
  return {
    ...rest,
    ...place,
    ...(option ? { optionId: option.optionId } : {}),
    answers,
    ...(isParted ? { parts } : {}),
    at,
  };
};

/** The response as it stands after its change. */
export const change = (before: Response, next: Response): Response => {
  const { optionId: _, words: __, ...kept } = before;
  const { optionId, words, answers = [], at } = next;
  const told = { ...(optionId === undefined ? {} : { optionId }), ...(words === undefined ? {} : { words }) };
  return { ...kept, ...told, answers, changedAt: at };
};

/** What was answered, by question, also where it was one option only. */
export const answersOf = ({ questions }: Pick<Open, "questions">, { answers, optionId }: Response): Answers => {
  if (answers) return answers;
  const [first] = questions;
  const one = first && "options" in first ? first.options.findIndex((option) => option.optionId === optionId) : -1;
  return [one < 0 ? null : { one }];
};
