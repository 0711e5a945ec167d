import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/media.ts";
import { days, hours, later, minutes } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { Line, Paragraph } from "../platform/input.ts";
import { insteadOf, versionOf } from "../platform/table.ts";
import { look } from "./look.ts";
import { Smaller } from "./smaller-shape.ts";

// A picture or a film: asked for, uploaded past us straight into the bucket, looked at, and then public at /m/<id> for good.

const megabyte = 1_000_000;
/** What is taken, and how large it may be, in bytes. */
export const mostBytes = {
  "image/png": 10 * megabyte,
  "image/jpeg": 10 * megabyte,
  "image/gif": 10 * megabyte,
  "image/webp": 10 * megabyte,
  "video/mp4": 50 * megabyte,
} as const;
export type MediaType = keyof typeof mostBytes;
export const MediaType = z.enum(["image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4"]);

// ── The states ──────────────────────────────────────────────────────────────────────────────────────────────────────

const common = {
  workspaceId: z.string(),
  mediaId: z.string(),
  name: z.string(),
  type: MediaType,
  bytes: z.number().int(),
  alt: z.string().optional(),
  tags: z.array(z.string()),
  createdAt: z.iso.datetime(),
};

export const Media = z.discriminatedUnion("status", [
  z.object({ status: z.literal("awaiting"), ...common }),
  z.object({
    status: z.literal("published"),
    ...common,
    width: z.number().int(),
    height: z.number().int(),
    seconds: z.number().optional(),
    sha256: z.string(),
    publishedAt: z.iso.datetime(),
    smaller: Smaller.optional(),
  }),
  z.object({ status: z.literal("refused"), ...common, reason: z.string(), refusedAt: z.iso.datetime() }),
  // `clearAt`: when its objects are removed; without it they are.
  z.object({
    status: z.literal("deleted"),
    workspaceId: z.string(),
    mediaId: z.string(),
    deletedAt: z.iso.datetime(),
    clearAt: z.iso.datetime().optional(),
  }),
]);
export type Media = z.infer<typeof Media>;
type In<Status extends Media["status"]> = Extract<Media, { status: Status }>;
export type Awaiting = In<"awaiting">;
export type Published = In<"published">;
export type Refused = In<"refused">;
export type Deleted = In<"deleted">;
export type Standing = Exclude<Media, Deleted>;

/** What was refused is forgotten, and later that something was here. */
export const forgottenAt = (media: Media): string | undefined => {
  switch (media.status) {
    case "refused":
      return later(media.refusedAt, days(7));
    case "deleted":
      return later(media.deletedAt, days(365));
    case "awaiting":
    case "published":
      return undefined;
  }
};

/** When something is to be cleared away: an upload that never came, and then the objects of what is deleted. */
export const clearsAt = (media: Media): string | undefined => {
  if (media.status === "awaiting") return later(media.createdAt, hours(24));
  return media.status === "deleted" ? media.clearAt : undefined;
};

// ── What is asked ───────────────────────────────────────────────────────────────────────────────────────────────────

const fields = {
  name: Line(200).describe("As you call it; nobody else sees it."),
  alt: Paragraph(1500).describe("What the picture shows, for who cannot see it."),
  tags: z
    .array(Line(40))
    .max(20)
    .refine((tags) => new Set(tags).size === tags.length, "A tag stands there twice."),
};

export const NewMedia = z
  .strictObject({
    name: fields.name,
    type: MediaType.describe("What it is. The bytes decide: what is something else is refused."),
    bytes: z.int().min(1).describe("Exactly how large it is."),
    alt: fields.alt.optional(),
    tags: fields.tags.default([]),
  })
  .refine(({ type, bytes }) => bytes <= mostBytes[type], {
    path: ["bytes"],
    error: "Too large: pictures may have 10,000,000 bytes, films 50,000,000.",
  });
export type NewMedia = z.infer<typeof NewMedia>;

/** `alt: null` takes it away. */
export const MediaPatch = z
  .strictObject({ name: fields.name, alt: fields.alt.nullable(), tags: fields.tags })
  .partial();
export type MediaPatch = z.infer<typeof MediaPatch>;

// ── Decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────

export const addMedia = (
  asked: NewMedia & { workspaceId: string; mediaId: string },
  now: string,
): [Awaiting, DomainEvent[]] => [
  { ...asked, status: "awaiting", createdAt: now },
  [event("media.added", { mediaId: asked.mediaId })],
];

/** Refuses `media_deleted`. */
export const standing = (media: Media): Standing =>
  media.status === "deleted" ? refuse("media_deleted", "This file was deleted.") : media;

/** Whether the bytes that came are what was announced: then they are public from now on, or else never. */
export const judge = (media: Awaiting, file: Uint8Array, now: string): [Published | Refused, DomainEvent[]] => {
  const seen = look(file);
  const { mediaId } = media;
  const wrong = (() => {
    if (file.length !== media.bytes) return `It has ${file.length} bytes; ${media.bytes} were announced.`;
    if ("unfit" in seen) return seen.unfit;
    return seen.type === media.type ? undefined : `It is ${seen.type}; ${media.type} was announced.`;
  })();
  if (wrong !== undefined || "unfit" in seen)
    return [
      { ...media, status: "refused", reason: wrong ?? "", refusedAt: now },
      [event("media.refused", { mediaId, reason: wrong ?? "" })],
    ];
  const { type, width, height, seconds } = seen;
  const sha256 = createHash("sha256").update(file).digest("hex");
  return [
    {
      ...{ ...media, status: "published", width, height, sha256, publishedAt: now },
      ...(seconds === undefined ? {} : { seconds }),
    },
    [event("media.published", { mediaId, type, bytes: file.length, width, height })],
  ];
};

export const changeMedia = (media: Standing, patch: MediaPatch): [Standing, DomainEvent[]] => {
  const { name = media.name, tags = media.tags, alt = media.alt } = patch;
  const next = { ...media, name, tags, alt: alt ?? undefined };
  const changed = (["name", "alt", "tags"] as const).filter((field) => !isDeepStrictEqual(next[field], media[field]));
  return [next, changed.length ? [event("media.changed", { mediaId: media.mediaId, fields: changed })] : []];
};

/** A publishing that began before has ended by then (30 s), so that nothing it wrote stays. */
const clearAfterMs = minutes(1);

export const deleteMedia = (media: Standing, now: string): [Deleted, DomainEvent[]] => {
  const { workspaceId, mediaId } = media;
  const deleted: Deleted = {
    status: "deleted",
    workspaceId,
    mediaId,
    deletedAt: now,
    clearAt: later(now, clearAfterMs),
  };
  return [insteadOf(media, deleted), [event("media.deleted", { mediaId })]];
};

export const cleared = (media: Deleted): Deleted => ({ ...media, clearAt: undefined });

// ── What is shown ───────────────────────────────────────────────────────────────────────────────────────────────────

export const MediaView = z
  .object({
    id: Id("media"),
    name: z.string(),
    type: MediaType,
    bytes: z.int(),
    status: z.enum(["awaiting", "published", "refused"]),
    alt: z.string().optional(),
    tags: z.array(z.string()),
    width: z.int().optional(),
    height: z.int().optional(),
    seconds: z.number().optional().describe("How long a film is, where it says so."),
    sha256: z.string().optional().describe("Of the bytes, hex."),
    smaller: Smaller.optional().describe(
      "A JPEG that was made of a large picture, without its EXIF: sent where a network does not take the large one.",
    ),
    url: z.url().optional().describe("Where everyone can see it, once it is published."),
    reason: z.string().optional().describe("Why it was refused."),
    createdAt: z.iso.datetime(),
    version: z.int(),
  })
  .meta({ id: "Media" });

export const viewMedia = (media: Standing, publicUrl: string): z.infer<typeof MediaView> =>
  MediaView.parse({
    ...media,
    id: media.mediaId,
    ...(media.status === "published" ? { url: `${publicUrl}/m/${media.mediaId}` } : {}),
    version: versionOf(media),
  });
