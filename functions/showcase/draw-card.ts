import { fetchObject } from "../media/fetch-object.ts";
import { publicKey } from "../media/objects.ts";
import type { Card } from "../platform/card.ts";
import { drawCard } from "../platform/card-picture.ts";
import { milliseconds } from "../platform/clock.ts";
import { whose } from "../platform/names.ts";
import { putObject } from "../platform/put-object.ts";
import { keyOf } from "./card-key.ts";

// Drawing takes four times as long as a page, so what was drawn is kept in the bucket, by what it says: once for each wording.

/** What it can be drawn from; other formats are left out, and the name stands in their place. */
const drawable = ["image/png", "image/jpeg", "image/gif"];
const mostLogoBytes = 1_000_000;

/** The logo as a data: address. */
const logoOf = async ({ logoUrl }: Card, now: string): Promise<string | undefined> => {
  const mediaId = logoUrl?.slice(logoUrl.lastIndexOf("/") + 1);
  const type = mediaId && (await whose("media", mediaId, milliseconds(now)))?.type;
  if (!mediaId || !type || !drawable.includes(type)) return undefined;
  const bytes = await fetchObject(publicKey(mediaId), now);
  if (!bytes || bytes.length > mostLogoBytes) return undefined;
  return `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
};

/** Draws a card as a PNG, keeps it, and gives it. */
export const drawAndKeep = async (workspaceId: string, card: Card, now: string): Promise<Uint8Array> => {
  const picture = await drawCard(card, await logoOf(card, now));
  await putObject(keyOf(workspaceId, card), picture, "image/png");
  return picture;
};
