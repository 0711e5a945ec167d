import * as z from "zod";
import { announces } from "./event.ts";

// What is said is in the post; events carry ids only. A delivery is named by its post and its channel.

const postId = z.string();
const channelId = z.string();
const post = "post_01jd0000000000000000000000";
const channel = "ch_01jd0000000000000000000000";
const delivery = { postId, channelId };
const one = { postId: post, channelId: channel };

export const { catalogue, event } = announces({
  "post.drafted": {
    data: z.object({ postId }),
    example: { postId: post },
  },
  "post.scheduled": {
    data: z.object({ postId, at: z.iso.datetime() }),
    example: { postId: post, at: "2026-11-27T16:00:00.000Z" },
  },
  "post.changed": {
    data: z.object({ postId, fields: z.array(z.string()).describe("The names of the fields that changed.") }),
    example: { postId: post, fields: ["text"] },
  },
  "post.cancelled": {
    data: z.object({ postId, channels: z.array(channelId).describe("Where it will not be sent (any more).") }),
    example: { postId: post, channels: [channel] },
  },
  "post.removed": {
    data: z.object({ postId }),
    example: { postId: post },
  },
  "post.published": {
    data: z.object({ postId }).describe("It has been sent to every channel that it was not cancelled for."),
    example: { postId: post },
  },
  "delivery.published": {
    data: z.object({
      ...delivery,
      externalId: z.string().optional().describe("What the network calls it; absent where only a person saw it there."),
    }),
    example: { ...one, externalId: "01jd0000000000000000000000" },
  },
  "delivery.postponed": {
    data: z.object({ ...delivery, until: z.iso.datetime() }).describe("It was certainly not sent, and is sent again."),
    example: { ...one, until: "2026-11-27T16:00:15.000Z" },
  },
  "delivery.rejected": {
    data: z.object({ ...delivery, code: z.string() }).describe("The network refused it."),
    example: { ...one, code: "channel_disconnected" },
  },
  "delivery.unknown": {
    data: z.object(delivery).describe("No answer came; whether it was sent is being looked up."),
    example: one,
  },
  "delivery.expired": {
    data: z.object(delivery).describe("It could not leave in time, and will not leave late."),
    example: one,
  },
  "delivery.needs_human": {
    data: z.object(delivery).describe("Whether it was sent cannot be found out; a person must look."),
    example: one,
  },
  "delivery.retried": {
    data: z.object(delivery).describe("Someone asked to send it again."),
    example: one,
  },
});
