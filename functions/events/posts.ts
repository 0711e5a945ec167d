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
  "post.approval_asked": {
    data: z
      .object({ postId, at: z.iso.datetime(), revision: z.int() })
      .describe("It has a time and waits: nothing of it leaves before somebody approves."),
    example: { postId: post, at: "2026-11-27T16:00:00.000Z", revision: 1 },
  },
  "post.approval_due": {
    data: z.object({ postId, at: z.iso.datetime() }).describe("Its time comes close, and nobody has approved yet."),
    example: { postId: post, at: "2026-11-27T16:00:00.000Z" },
  },
  "post.approved": {
    data: z.object({ postId, revision: z.int(), by: z.string().describe("The id of a member, a key or a share.") }),
    example: { postId: post, revision: 1, by: "mem_01jd0000000000000000000000" },
  },
  "post.changes_asked": {
    data: z.object({ postId, revision: z.int(), by: z.string().describe("The id of a member, a key or a share.") }),
    example: { postId: post, revision: 1, by: "mem_01jd0000000000000000000000" },
  },
  "post.missed": {
    data: z
      .object({ postId, at: z.iso.datetime() })
      .describe("Its time came before it was approved. It did not leave."),
    example: { postId: post, at: "2026-11-27T16:00:00.000Z" },
  },
  "share.created": {
    data: z.object({ shareId: z.string(), kind: z.enum(["approval", "calendar"]) }),
    example: { shareId: "share_01jd0000000000000000000000", kind: "approval" },
  },
  "share.ended": {
    data: z.object({ shareId: z.string() }),
    example: { shareId: "share_01jd0000000000000000000000" },
  },
  "series.created": {
    data: z.object({ seriesId: z.string() }),
    example: { seriesId: "series_01jd0000000000000000000000" },
  },
  "series.changed": {
    data: z.object({ seriesId: z.string() }),
    example: { seriesId: "series_01jd0000000000000000000000" },
  },
  "series.stopped": {
    data: z.object({ seriesId: z.string() }).describe("Nothing of it is posted any more."),
    example: { seriesId: "series_01jd0000000000000000000000" },
  },
  "series.resumed": {
    data: z.object({ seriesId: z.string() }),
    example: { seriesId: "series_01jd0000000000000000000000" },
  },
  "series.removed": {
    data: z.object({ seriesId: z.string() }),
    example: { seriesId: "series_01jd0000000000000000000000" },
  },
  "series.missed": {
    data: z
      .object({ seriesId: z.string(), at: z.iso.datetime(), code: z.string() })
      .describe("An occurrence could not become a post."),
    example: { seriesId: "series_01jd0000000000000000000000", at: "2026-11-27T16:00:00.000Z", code: "unsendable" },
  },
  "import.started": {
    data: z.object({ importId: z.string(), rows: z.int() }),
    example: { importId: "imp_01jd0000000000000000000000", rows: 35 },
  },
  "import.finished": {
    data: z.object({
      importId: z.string(),
      posts: z.int().describe("So many rows became a post."),
      problems: z.int().describe("So many rows did not."),
    }),
    example: { importId: "imp_01jd0000000000000000000000", posts: 35, problems: 0 },
  },
  "import.undone": {
    data: z.object({ importId: z.string() }).describe("What it made and had not been sent is cancelled."),
    example: { importId: "imp_01jd0000000000000000000000" },
  },
  "post.changed": {
    data: z.object({ postId, fields: z.array(z.string()).describe("The names of the fields that changed.") }),
    example: { postId: post, fields: ["text"] },
  },
  "post.cancelled": {
    data: z.object({ postId, channels: z.array(channelId).describe("Where it will not be sent (any more).") }),
    example: { postId: post, channels: [channel] },
  },
  "post.retracted": {
    data: z.object({ postId, channels: z.array(channelId).describe("Where it is being taken back.") }),
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
  "delivery.handed": {
    data: z.object(delivery).describe("Somebody was mailed it, to post it by hand."),
    example: one,
  },
  "delivery.retracted": {
    data: z.object(delivery).describe("It was taken back: it does not stand there any more."),
    example: one,
  },
  "delivery.not_retracted": {
    data: z.object(delivery).describe("It could not be taken back, and still stands there."),
    example: one,
  },
  "mention.set": {
    data: z
      .object({ networks: z.array(z.string()) })
      .describe("It was said what somebody is called on these networks."),
    example: { networks: ["bluesky", "mastodon"] },
  },
  "links.set": {
    data: z
      .object({ hosts: z.array(z.string()), shortens: z.boolean() })
      .describe("How addresses in posts are tagged was set, and whether they are made short."),
    example: { hosts: ["bakkerij-zon.example"], shortens: true },
  },
  "delivery.measured": {
    data: z
      .object({
        ...delivery,
        after: z.string().describe("How long after it was published: PT1H, P1D, P7D or P30D."),
        figures: z.object({
          likes: z.number().optional(),
          replies: z.number().optional(),
          reposts: z.number().optional(),
          views: z.number().optional(),
        }),
      })
      .describe("Its network told what people did with it; what it does not tell is absent."),
    example: { ...one, after: "P1D", figures: { likes: 12, replies: 3, reposts: 4 } },
  },
  "delivery.retried": {
    data: z.object(delivery).describe("Someone asked to send it again."),
    example: one,
  },
});
