import * as z from "zod";
import { instant, milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { hmac } from "../platform/secrets.ts";
import { mostWaitMs, type Open, type Standing, takes } from "./poll.ts";

/** One device's answer to a poll. The row is itself the event `response.given`. */
export const Response = z.object({
  workspaceId: z.string(),
  pollId: z.string(),
  /** Which partition of the poll's responses; from the hash below. */
  shard: z.number().int(),
  /** A keyed hash of the device, in base64url: who it was cannot be told from it, and a second answer finds it taken. */
  device: z.string(),
  id: z.string(),
  optionId: z.string(),
  /** When the gateway received it. */
  at: z.iso.datetime(),
});
export type Response = z.infer<typeof Response>;

/** Where the response of a device to this poll lives. */
export const placeOf = (
  poll: Pick<Open, "workspaceId" | "pollId" | "shards">,
  pepper: Uint8Array,
  device: string,
): Pick<Response, "workspaceId" | "pollId" | "shard" | "device"> => {
  const hash = hmac(pepper, `${poll.pollId}\0${device}`);
  return {
    workspaceId: poll.workspaceId,
    pollId: poll.pollId,
    shard: hash.readUInt16BE(0) & (poll.shards - 1),
    device: hash.subarray(0, 16).toString("base64url"),
  };
};

/** Refuses `poll_not_open` and an unknown option. `arrivedMs`: when the gateway received it, which decides. */
export const respond = (
  poll: Standing,
  asked: { id: string; place: ReturnType<typeof placeOf>; optionId: string; arrivedMs: number },
  now: string,
): Response => {
  const { id, place, optionId, arrivedMs } = asked;
  const at = instant(arrivedMs);
  if (!takes(poll, at)) return refuse("poll_not_open", "This poll takes no answers now.");
  if (!poll.options.some((option) => option.optionId === optionId)) {
    return refuse("invalid_input", "The poll has no such option.", [
      { pointer: "#/option", detail: "Choose one of the poll's options." },
    ]);
  }
  // Once this old, the result may have been counted before it is written.
  if (milliseconds(now) - arrivedMs > mostWaitMs) throw new Error("A response waited too long to be written.");
  return { ...place, id, optionId, at };
};
