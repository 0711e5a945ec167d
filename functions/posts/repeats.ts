import * as z from "zod";
import { days, later, milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { sha256 } from "../platform/secrets.ts";
import { type Change, get, type Key, type Kind, put } from "../platform/table.ts";
import { channelsOf, type Standing } from "./post.ts";
import { findPost } from "./table.ts";

// The same text twice on one channel within a week: networks refuse it, or show it to fewer people. What is planned is kept by
// its text, in the same write as the post, so that of two that are asked at once one is refused.

const withinMs = days(7);

const Use = z.object({ channelId: z.string(), postId: z.string(), at: z.string() });
const SaidText = z.object({ workspaceId: z.string(), hash: z.string(), uses: z.array(Use) });
type SaidText = z.infer<typeof SaidText>;

// Asked                                   Answered by
// which posts say this                    WS#<workspace>#SAID / <hash of the text>

export const saidTexts: Kind<SaidText> = {
  kind: "said-text",
  schema: SaidText,
  key: ({ workspaceId, hash }) => saidKey(workspaceId, hash),
  expires: ({ uses }) =>
    later(
      uses
        .map(({ at }) => at)
        .toSorted()
        .at(-1) ?? "1970-01-01T00:00:00.000Z",
      2 * withinMs,
    ),
};
const saidKey = (workspaceId: string, hash: string): Key => ({ pk: `WS#${workspaceId}#SAID`, sk: hash });

/** Spaces and line ends make no other text. */
const hashOf = (text: string): string =>
  sha256(text.normalize("NFC").replaceAll(/\s+/g, " ").trim()).subarray(0, 16).toString("base64url");

type Timed = Exclude<Standing, { status: "draft" }>;

const textOn = (post: Timed, channelId: string): string => post.variants?.[channelId]?.text ?? post.text;

/** Whether a post says it there, or did: one that was cancelled, refused or came too late does not. */
const says = (post: Standing | undefined, channelId: string, hash: string): post is Timed => {
  if (!post || post.status === "draft" || !channelsOf(post).includes(channelId)) return false;
  if (hashOf(textOn(post, channelId)) !== hash) return false;
  if (post.status === "waiting") return post.approval.state !== "missed";
  const state = post.deliveries.find((one) => one.channelId === channelId)?.state ?? "cancelled";
  return !["cancelled", "rejected", "expired", "retracted"].includes(state);
};

export type Repeat = { channelId: string; postId: string; at: string };

const isNear = (one: string, other: string): boolean => Math.abs(milliseconds(one) - milliseconds(other)) < withinMs;

const mostUses = 60;

/** What a post says again, and what keeps that it says it. Nothing of a draft. */
const looked = async (post: Standing, now: string): Promise<{ repeats: Repeat[]; changes: Change[] }> => {
  if (post.status === "draft") return { repeats: [], changes: [] };
  const { workspaceId, id: postId, at } = post;
  const byHash = Map.groupBy(channelsOf(post), (channelId) => hashOf(textOn(post, channelId)));
  const all = await Promise.all(
    [...byHash].map(async ([hash, channelIds]) => {
      const before = await get(saidTexts, saidKey(workspaceId, hash), milliseconds(now));
      const others = (before?.uses ?? []).filter(
        (use) => use.postId !== postId && channelIds.includes(use.channelId) && isNear(use.at, at),
      );
      const read = await Promise.all(
        others.map(async ({ channelId, postId: other }): Promise<Repeat[]> => {
          const found = await findPost(workspaceId, other, now);
          return says(found, channelId, hash) && isNear(found.at, at)
            ? [{ channelId, postId: other, at: found.at }]
            : [];
        }),
      );
      const kept = (before?.uses ?? []).filter((use) => use.postId !== postId && use.at > later(now, -2 * withinMs));
      const uses = [...kept, ...channelIds.map((channelId) => ({ channelId, postId, at }))].slice(-mostUses);
      return { repeats: read.flat(), change: put(saidTexts, { ...before, workspaceId, hash, uses }) };
    }),
  );
  return { repeats: all.flatMap(({ repeats }) => repeats), changes: all.map(({ change }) => change) };
};

const sentenceOf = ({ channelId, postId, at }: Repeat): string =>
  `The post ${postId} says the same on ${channelId} at ${at}; within a week networks refuse that, or show it to fewer people.`;

/** What a post would say again within a week, in words. */
export const repeatsOf = async (post: Standing, now: string) =>
  (await looked(post, now)).repeats.map((repeat) => ({
    ...{ code: "duplicate_post" as const, pointer: "#/text", postId: repeat.postId, channelId: repeat.channelId },
    detail: `${sentenceOf(repeat)} Say it otherwise, or with \`allowDuplicate\`.`,
  }));

/** To be saved with a post: what it says, and where. Refuses `duplicate_post`, unless it is meant. */
export const saidOnce = async (post: Standing, isMeant: boolean | undefined, now: string): Promise<Change[]> => {
  if (isMeant || (post.status !== "draft" && post.seriesId !== undefined)) return [];
  const { repeats, changes } = await looked(post, now);
  if (repeats[0])
    refuse(
      "duplicate_post",
      `${sentenceOf(repeats[0])} Say it otherwise, or send it with \`allowDuplicate\`: true.`,
      repeats.map((repeat) => ({ pointer: "#/text", detail: sentenceOf(repeat) })),
    );
  return changes;
};
