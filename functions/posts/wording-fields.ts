import * as z from "zod";

/** A word of a campaign, as it stands in an address. */
export const Tag = z
  .string()
  .trim()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,59}$/u,
    "Use at most 60 letters, digits, spaces, dots, hyphens and underscores.",
  );
export const Campaign = Tag.describe("What this post belongs to, as utm_campaign in its addresses.");
