import * as z from "zod";
import type { Check } from "../channels/network.ts";
import { units } from "../channels/unit.ts";
import { instant } from "../platform/clock.ts";
import { idBytes } from "../platform/ids.ts";
import { versionOf } from "../platform/table.ts";
import type { Delivery } from "./delivery.ts";
import { channelsOf, postStates, type Standing, saidOn, stateOf } from "./post.ts";
import type { Wording } from "./wording.ts";

// A post as the API shows it.

const sent = { channelId: z.string(), at: z.iso.datetime() };
const stands = {
  publishedAt: z.iso.datetime(),
  externalId: z.string().optional().describe("What the network calls it."),
  url: z.string().optional().describe("Where it stands."),
  problem: z.string().optional().describe("What is lacking of it there, or why it could not be taken back."),
};
const DeliveryView = z
  .discriminatedUnion("state", [
    z.object({ state: z.literal("scheduled"), ...sent }),
    z.object({ state: z.literal("ready"), ...sent, detail: z.string(), nextAt: z.iso.datetime() }),
    z.object({ state: z.literal("sending"), ...sent }),
    z.object({ state: z.literal("unknown"), ...sent, detail: z.string(), nextAt: z.iso.datetime() }),
    z.object({ state: z.literal("needs_human"), ...sent, detail: z.string() }),
    z.object({ state: z.literal("handed"), ...sent, handedAt: z.iso.datetime(), detail: z.string() }),
    z.object({ state: z.literal("published"), ...sent, ...stands }),
    z.object({ state: z.literal("retracting"), ...sent, ...stands }),
    z.object({ state: z.literal("retracted"), ...sent, ...stands, retractedAt: z.iso.datetime() }),
    z.object({ state: z.literal("rejected"), ...sent, code: z.string(), detail: z.string() }),
    z.object({ state: z.literal("expired"), ...sent, detail: z.string() }),
    z.object({ state: z.literal("cancelled"), ...sent }),
  ])
  .meta({ id: "Delivery" });

/** What a network counts in a post, what it would refuse, and how to mend it. */
export const CheckView = z
  .object({
    channelId: z.string(),
    network: z.string(),
    counts: z.array(
      z.object({
        unit: z.enum(units),
        counted: z.number().int(),
        most: z.number().int(),
        left: z.number().int().describe("How much more it may have; negative where it is too much."),
        part: z.number().int().optional().describe("Of a thread; the first part is not numbered."),
      }),
    ),
    problems: z.array(
      z.object({
        code: z.string(),
        detail: z.string(),
        mend: z.string(),
        pointer: z.string().optional().describe("What it is about, in what is said on this channel."),
      }),
    ),
    cost: z
      .object({ usd: z.number().describe("US dollars."), says: z.string() })
      .describe("What the network asks for it."),
  })
  .meta({ id: "Check" });
export type ChannelCheck = Check & { channelId: string; network: string };

const ApprovalView = z
  .object({
    state: z
      .enum(["asked", "changes_asked", "missed", "approved"])
      .describe("`missed`: its time came before anybody said yes; it did not leave. Give it another time."),
    at: z.iso.datetime(),
    by: z.string().optional().describe("The id of a member, a key or a share."),
    words: z.string().optional().describe("What is asked to be changed."),
    revision: z.number().int().optional().describe("What was said yes to."),
  })
  .meta({ id: "Approval" });

export const LocalView = z.object({ wall: z.string(), zone: z.string() });

const ShownView = z.object({ mediaId: z.string(), alt: z.string().optional() });
const PartView = z.object({ text: z.string(), media: z.array(ShownView).optional() });
const BallotView = z
  .object({
    options: z.array(z.string()),
    multiple: z.boolean(),
    closesAt: z.iso.datetime().optional(),
    minutes: z.int().optional(),
    secret: z.boolean().optional(),
    pollId: z.string().optional(),
    questionId: z.string().optional(),
  })
  .meta({ id: "Ballot", description: "A question that a network asks and counts itself." });

/** A post as the API shows it. */
export const PostView = z
  .object({
    id: z.string(),
    version: z.number().int(),
    revision: z.number().int().describe("Rises with what is said or when. A yes is to one revision."),
    state: z
      .enum(postStates)
      .describe(
        "`waiting`: for approval. `attention`: some delivery was rejected, came too late or needs a human, or its time came before it was approved.",
      ),
    text: z.string(),
    media: z.array(ShownView).optional(),
    thread: z.array(PartView).optional(),
    ballot: BallotView.optional(),
    language: z.string().optional(),
    category: z.string().optional(),
    seriesId: z.string().optional().describe("The series that it is an occurrence of."),
    variants: z
      .array(
        z.object({
          channelId: z.string(),
          text: z.string().optional(),
          media: z.array(ShownView).optional(),
          thread: z.array(PartView).optional(),
          ballot: BallotView.nullable().optional(),
        }),
      )
      .optional()
      .describe("What is said otherwise on a channel."),
    campaign: z.string().optional(),
    wording: z
      .array(
        z.object({
          channelId: z.string(),
          text: z.string(),
          thread: z.array(PartView.pick({ text: true })).optional(),
        }),
      )
      .optional()
      .describe("What is sent where names, campaign tags or short links make it other than it was written."),
    channels: z.array(z.string()),
    at: z.iso.datetime().optional().describe("The instant at which it leaves; absent of a draft."),
    local: LocalView.optional().describe("The wall time and zone that were asked for."),
    maxLatenessMinutes: z.number().int(),
    approval: ApprovalView.optional().describe("Where somebody must approve of it, or did."),
    deliveries: z.array(DeliveryView),
    createdAt: z.iso.datetime(),
    checks: z.array(CheckView).optional().describe("In the answer to a save: what each channel's network counts."),
  })
  .meta({ id: "Post" });
export type PostView = z.infer<typeof PostView>;

const details = {
  unknown: (answer = "No answer came.") => `${answer} Whether it stands there is being looked up.`,
  needs_human: (answer?: string) =>
    `Whether it was sent could not be found out. ${answer === undefined ? "" : `${answer} `}Look there, and say what you saw with POST …/resolve; or send it again with POST …/retry.`,
  handed:
    "Somebody was mailed it, to post it by hand. Say that it is done with the button behind the link in that mail, or with POST …/resolve.",
  expired: "It could not leave in time and was not sent late. Send it now with POST …/retry.",
};

const viewOf = (delivery: Delivery): z.infer<typeof DeliveryView> => {
  switch (delivery.state) {
    case "ready":
      return { ...delivery, detail: delivery.reason, nextAt: delivery.wakeAt };
    case "unknown":
      return { ...delivery, detail: details.unknown(delivery.answer), nextAt: delivery.wakeAt };
    case "needs_human":
      return { ...delivery, detail: details.needs_human(delivery.answer) };
    case "handed":
      return { ...delivery, detail: details.handed };
    case "expired":
      return { ...delivery, detail: details.expired };
    default:
      return delivery;
  }
};

const viewWording = (post: Standing, wording: Wording): PostView["wording"] =>
  channelsOf(post).flatMap((channelId) => {
    const { text, thread } = saidOn(post, channelId);
    const said = { channelId, text, ...(thread ? { thread: thread.map((part) => ({ text: part.text })) } : {}) };
    return wording[channelId] ? [said] : [];
  });

export const view = (post: Standing, checks?: readonly ChannelCheck[]): PostView => ({
  ...post,
  variants:
    post.variants && Object.entries(post.variants).map(([channelId, otherwise]) => ({ channelId, ...otherwise })),
  wording: post.wording && viewWording(post, post.wording),
  version: versionOf(post),
  state: stateOf(post),
  channels: channelsOf(post),
  deliveries: post.status === "planned" ? post.deliveries.map(viewOf) : [],
  // Its id begins with the time at which it was made.
  createdAt: instant(Buffer.from(idBytes(post.id)).readUIntBE(0, 6)),
  ...(checks ? { checks: [...checks] } : {}),
});
