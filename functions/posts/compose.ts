import * as z from "zod";
import { connected } from "../channels/channel.ts";
import type { Said as SaidThere } from "../channels/network.ts";
import { networkOf } from "../channels/networks.ts";
import { findChannel } from "../channels/table.ts";
import { findMedia } from "../media/table.ts";
import { refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { Instant, Line, Paragraph } from "../platform/input.ts";
import type { By } from "../platform/table.ts";
import { approvalNeeded } from "../workspaces/approval.ts";
import { brandOf } from "../workspaces/brand.ts";
import { smallerOn, wordOn } from "./make-wording.ts";
import { CategoryId, knownCategory } from "./planning.ts";
import { ballotAt, type Content, type Otherwise, type Said, type Shown, saidOn } from "./post.ts";
import type { ChannelCheck } from "./post-view.ts";
import { Local, whenOf } from "./when.ts";
import { asWorded, unknownNames, type Worded } from "./wording.ts";
import { Campaign } from "./wording-fields.ts";
import { tagSettingsOf } from "./wording-table.ts";

// What is asked to be said becomes what a post holds: its files as they are now, its time, and what each network counts in it.

/** A hundred of them, the longest list, fit an answer of 6 MB. */
const mostTextBytes = 48 * 1024;
export const Text = Paragraph(40_000, mostTextBytes).describe(
  "What is said. How much of it a network takes, its channels' checks tell.",
);

export const Channels = z
  .array(Id("channel"))
  .max(20)
  .refine((ids) => new Set(ids).size === ids.length, "A channel is named twice.");

export const Media = z
  .array(
    z.strictObject({
      mediaId: Id("media"),
      alt: Paragraph(1500).optional().describe("What it shows, for who cannot see it; by default the file's own."),
    }),
  )
  .max(20)
  .describe("Published files to show with it.");

export const Thread = z
  .array(z.strictObject({ text: Text, media: Media.optional() }))
  .max(25)
  .describe("Parts that follow, each an answer to the one before: a thread, or a first comment.");

/** A post that is a question to choose an answer to, on networks that ask and count such questions themselves. */
export const Ballot = z
  .strictObject({
    options: z
      .array(Line(200))
      .min(2)
      .max(20)
      .refine((options) => new Set(options).size === options.length, "Two options are the same."),
    multiple: z.boolean().default(false).describe("Whether one may choose several."),
    closesAt: Instant.optional().describe("When it ends."),
    minutes: z
      .int()
      .min(1)
      .max(366 * 24 * 60)
      .optional()
      .describe("Or how long it is open from when it leaves; a day, where nothing is said."),
    secret: z.boolean().optional().describe("Whether the network shows what was answered only after the end."),
  })
  .refine(({ closesAt, minutes }) => closesAt === undefined || minutes === undefined, {
    message: "Give `closesAt` or `minutes`, not both.",
    path: ["minutes"],
  })
  .describe(
    "The text is a question that each channel's network asks and counts itself. Where a network asks none, or not this one, its check says so: give that channel a variant with `ballot` null and the address of a page that asks it. Only POST /v1/polls/{pollId}/post makes one whose votes are added to a poll; what takes its place here is a question of its own.",
  );

export const Variants = z
  .array(
    z.strictObject({
      channelId: Id("channel"),
      text: Text.optional(),
      media: Media.optional(),
      thread: Thread.optional(),
      ballot: Ballot.nullable().optional().describe("null: the question is not asked by this network itself."),
    }),
  )
  .max(20)
  .refine((all) => new Set(all.map(({ channelId }) => channelId)).size === all.length, "A channel is named twice.")
  .describe("What is said otherwise on a channel; what is not said here is as above.");

export const Language = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "Give a language as BCP 47 has it, e.g. nl or en-GB.")
  .max(35)
  .describe("Which language the text is in (BCP 47).");

const fields = {
  text: Text,
  media: Media,
  thread: Thread,
  ballot: Ballot,
  language: Language,
  variants: Variants,
  channels: Channels,
  at: Instant.describe("The instant to send it at. Without a time it stays a draft."),
  local: Local.describe(
    "Or a wall time and a zone. A time that the clocks skip moves to the first that exists; one that occurs twice means the first.",
  ),
  slot: z
    .literal("next")
    .describe("Or the next slot that is free on all of its channels (GET /v1/slots; PATCH /v1/planning)."),
  allowDuplicate: z
    .boolean()
    .describe("That the same text goes to a channel again within a week is meant. It is kept of no post."),
  category: CategoryId.describe("A label of the workspace's (GET /v1/planning)."),
  maxLatenessMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .describe("Later than this it is not sent any more, and says so."),
};
const oneTime = <T extends { at?: unknown; local?: unknown; slot?: unknown }>({ at, local, slot }: T): boolean =>
  [at ?? undefined, local, slot].filter((one) => one !== undefined).length <= 1;
const oneTimeOnly = { message: "Give `at`, `local` or `slot`: one of them.", path: ["local"] };

export const NewPost = z
  .strictObject({
    ...fields,
    media: fields.media.optional(),
    thread: fields.thread.optional(),
    ballot: fields.ballot.optional(),
    language: fields.language.optional(),
    variants: fields.variants.optional(),
    campaign: Campaign.optional(),
    channels: fields.channels.default([]),
    at: fields.at.optional(),
    local: fields.local.optional(),
    slot: fields.slot.optional(),
    allowDuplicate: fields.allowDuplicate.optional(),
    category: fields.category.optional(),
    maxLatenessMinutes: fields.maxLatenessMinutes.default(60),
  })
  .refine(oneTime, oneTimeOnly);

export const PostChange = z
  .strictObject({
    text: fields.text.optional(),
    media: fields.media.optional(),
    thread: fields.thread.optional(),
    ballot: fields.ballot.nullable().optional().describe("null takes the question away."),
    language: fields.language.nullable().optional(),
    variants: fields.variants.optional().describe("All of them; an empty list takes them away."),
    campaign: Campaign.nullable().optional(),
    channels: fields.channels.optional(),
    at: fields.at.nullable().optional().describe("Another instant; null makes it a draft again."),
    local: fields.local.optional(),
    slot: fields.slot.optional(),
    allowDuplicate: fields.allowDuplicate.optional(),
    category: fields.category.nullable().optional(),
    maxLatenessMinutes: fields.maxLatenessMinutes.optional(),
  })
  .refine(oneTime, oneTimeOnly);

/** The time that was asked for, where one was. */
export const askedTime = async ({ at, local }: { at?: string | undefined; local?: Local | undefined }, now: string) => {
  if (local) return whenOf({ local }, now);
  return at === undefined ? undefined : whenOf({ at }, now);
};

export const contentAsked = async (
  workspaceId: string,
  asked: z.infer<typeof NewPost>,
  now: string,
): Promise<Content> => {
  const { at, local, slot: _, allowDuplicate: __, media, thread, variants, ...rest } = asked;
  const when = await askedTime({ at, local }, now);
  await knownCategory(workspaceId, rest.category, now);
  const content = {
    ...rest,
    ...(await shownIn(workspaceId, { media, thread }, "#", now)),
    ...(variants ? { variants: await variantsOf(workspaceId, variants, now) } : {}),
    when,
  };
  return worded(workspaceId, content, now);
};

/** What wording may take of a post, which is one item. */
const mostWordingBytes = 128 * 1024;

/** With names, campaign tags and short links as they are on each channel. Short links that it had stay the same. */
export const worded = async (
  workspaceId: string,
  { wording: known, ...content }: Content,
  now: string,
): Promise<Content> => {
  const texts = JSON.stringify([content.text, content.media, content.thread, content.variants]);
  const hasNames = texts.includes("@{");
  const hasSizes = texts.includes('"smaller":');
  if (!hasNames && !hasSizes && !(/https?:\/\//i.test(texts) && (await tagSettingsOf(workspaceId, now))))
    return content;
  const { url: home } = await brandOf(workspaceId, now);
  const all = await Promise.all(
    content.channels.map(async (channelId): Promise<[string, Worded][]> => {
      const channel = await findChannel(workspaceId, channelId, now);
      const of = { campaign: content.campaign, known: known?.[channelId], home, now };
      if (!channel) return [];
      const written = saidOn(content, channelId);
      const said = await wordOn(channel, written, of);
      const smaller = hasSizes ? smallerOn(channel, asWorded(written, said)) : [];
      if (smaller.length > 0) return [[channelId, { text: null, ...said, smaller }]];
      return said ? [[channelId, said]] : [];
    }),
  );
  const wording = Object.fromEntries(all.flat());
  if (Buffer.byteLength(JSON.stringify(wording)) > mostWordingBytes)
    refuse("invalid_input", "With its names and links written out on each channel this post is too large.", [
      { pointer: "#/channels", detail: "Split it into posts to fewer channels, or shorten it." },
    ]);
  return Object.keys(wording).length > 0 ? { ...content, wording } : content;
};

/**
 * With the time of the slot that was asked for, if one was; claimed where the post is written now. Refuses `no_free_slot`,
 * and `unsendable` before anything is claimed.
 */
export const inSlot = async (
  workspaceId: string,
  content: Content,
  {
    slot,
    checks,
    claim,
  }: { slot: "next" | undefined; checks: readonly ChannelCheck[]; claim?: { postId: string; by: By } },
  now: string,
): Promise<Content> => {
  if (slot === undefined) return content;
  if (claim) sendable({ ...content, when: { at: now } }, checks);
  const { nextSlot } = await import("./slots.ts");
  return { ...content, when: await nextSlot(workspaceId, content.channels, claim, now) };
};

/** Now, where somebody must approve of it before it leaves. */
export const askedFrom = async (workspaceId: string, { when }: Content, now: string): Promise<string | undefined> =>
  when && (await approvalNeeded(workspaceId, now)) ? now : undefined;

type AskedMedia = z.infer<typeof Media>;
type AskedSaid = {
  text?: string | undefined;
  media?: AskedMedia | undefined;
  thread?: z.infer<typeof Thread> | undefined;
};

/** The files that are named, as they are now. Refuses `unknown_media`. */
const shownOf = (workspaceId: string, media: AskedMedia, at: string, now: string): Promise<Shown[]> =>
  Promise.all(
    media.map(async ({ mediaId, alt }, i): Promise<Shown> => {
      const file = await findMedia(workspaceId, mediaId, now);
      if (file?.status !== "published")
        return refuse("unknown_media", `There is no published file ${mediaId}.`, [
          { pointer: `${at}/${i}`, detail: "Upload one (POST /v1/media), publish it, and give its id." },
        ]);
      const { type, bytes, width, height, seconds, sha256, smaller } = file;
      const describes = alt ?? file.alt;
      return {
        ...{ mediaId, type, bytes, width, height, sha256 },
        ...(seconds === undefined ? {} : { seconds }),
        ...(describes === undefined ? {} : { alt: describes }),
        ...(smaller ? { smaller } : {}),
      };
    }),
  );

/** What is asked to be said, with its files. What is not said is not there. */
export const shownIn = async (
  workspaceId: string,
  { text, media, thread }: AskedSaid,
  at: string,
  now: string,
): Promise<Partial<Said>> => ({
  ...(text === undefined ? {} : { text }),
  ...(media ? { media: await shownOf(workspaceId, media, `${at}/media`, now) } : {}),
  ...(thread
    ? {
        thread: await Promise.all(
          thread.map(async (part, i) => ({
            text: part.text,
            media: await shownOf(workspaceId, part.media ?? [], `${at}/thread/${i}/media`, now),
          })),
        ),
      }
    : {}),
});

export const variantsOf = async (
  workspaceId: string,
  variants: z.infer<typeof Variants>,
  now: string,
): Promise<NonNullable<Content["variants"]>> =>
  Object.fromEntries(
    await Promise.all(
      variants.map(
        async ({ channelId, ballot, ...said }, i): Promise<[string, Otherwise]> => [
          channelId,
          {
            ...(await shownIn(workspaceId, said, `#/variants/${i}`, now)),
            ...(ballot === undefined ? {} : { ballot }),
          },
        ],
      ),
    ),
  );

/** Refuses a variant of a channel that the post does not go to. */
const variantsFit = ({ channels, variants = {} }: Content): void => {
  const astray = Object.keys(variants).findIndex((channelId) => !channels.includes(channelId));
  if (astray >= 0)
    refuse("unknown_channel", "What is said otherwise is for a channel that the post does not go to.", [
      { pointer: `#/variants/${astray}/channelId`, detail: "Name it in `channels` too." },
    ]);
};

/** What each channel's network counts. Refuses a channel that is not there, or was disconnected. */
export const checksOf = async (workspaceId: string, content: Content, now: string): Promise<ChannelCheck[]> => {
  variantsFit(content);
  return Promise.all(
    content.channels.map(async (channelId, i) => {
      const pointer = `#/channels/${i}`;
      const channel = await findChannel(workspaceId, channelId, now);
      if (!channel)
        return refuse("unknown_channel", `There is no channel ${channelId}.`, [
          { pointer, detail: "There is no such channel." },
        ]);
      const network = networkOf(connected(channel, pointer).network);
      const { ballot, ...rest } = saidOn(content, channelId);
      const leavesAt = content.when?.at ?? now;
      const said: SaidThere = { ...rest, ...(ballot ? { ballot: ballotAt(ballot, leavesAt) } : {}) };
      const check = network.check(said, channel.account);
      const unknown = unknownNames(said).map(({ name, pointer: where }) => ({
        code: "unknown_mention",
        detail: `Nobody is called @{${name}}.`,
        mend: `Say what they are called on each network: PUT /v1/mentions {"name": "${name}", …}.`,
        pointer: where,
      }));
      return { channelId, network: channel.network, ...check, problems: [...check.problems, ...unknown] };
    }),
  );
};

/** Refuses `unsendable` for a post with a time that a network would refuse. A draft may still be mended. */
export const sendable = ({ when, variants = {} }: Content, checks: readonly ChannelCheck[]): void => {
  const problems = checks.flatMap(({ channelId, problems }) =>
    problems.map((problem) => ({ ...problem, pointer: pointerOf(variants, channelId, problem.pointer ?? "/text") })),
  );
  const [first] = problems;
  if (when && first)
    refuse(
      "unsendable",
      `${first.detail} ${first.mend}`,
      // What is wrong with the post itself is so on each of its channels, and said once.
      problems
        .map(({ detail, mend, pointer }) => ({ pointer, detail: `${detail} ${mend}` }))
        .filter((one, i, all) => i === all.findIndex((o) => o.pointer === one.pointer && o.detail === one.detail)),
    );
};

/** Where in a body that stands which a channel's network would not take: in its variant, or above. */
const pointerOf = (variants: NonNullable<Content["variants"]>, channelId: string, pointer: string): string => {
  const said: Record<string, unknown> = { ...variants[channelId] };
  const isOther = said[pointer.split("/")[1] ?? ""] !== undefined;
  return isOther ? `#/variants/${Object.keys(variants).indexOf(channelId)}${pointer}` : `#${pointer}`;
};
