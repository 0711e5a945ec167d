import { randomBytes } from "node:crypto";
import * as z from "zod";
import { later, minutes } from "../platform/clock.ts";
import { Bytes } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { mailedAgainAfterMs } from "./member.ts";

// Asking for a link to sign in, and using one. It is written down for whoever asks, a member or not, and mailed afterwards by
// another function: the answer takes the same time and says the same, so nobody learns whether an address is known.

/** How long a mailed link to sign in works. */
export const linkMs = minutes(15);

const common = {
  person: z.string(),
  /** Names the link that is mailed. */
  link: z.string(),
  language: Language,
  askedAt: z.iso.datetime(),
  /** Until then the person is not mailed again. */
  until: z.iso.datetime(),
};
export const Asked = z.discriminatedUnion("status", [
  /** `address`: the mail address, sealed. */
  z.object({ ...common, status: z.literal("asked"), address: Bytes }),
  z.object({ ...common, status: z.literal("done") }),
]);
export type Asked = z.infer<typeof Asked>;
export type Asking = Extract<Asked, { status: "asked" }>;

/** A link works once: this row is what makes it so. */
export const UsedLink = z.object({ person: z.string(), link: z.string(), until: z.iso.datetime() });
export type UsedLink = z.infer<typeof UsedLink>;

export const askSignIn = (
  asked: { person: string; address: Uint8Array; language: Language },
  now: string,
  link: string = randomBytes(12).toString("base64url"),
): Asking => ({ ...asked, status: "asked", link, askedAt: now, until: later(now, mailedAgainAfterMs) });

/** Mailed, or found to be nobody's: either way the address is forgotten. */
export const settled = ({ address: _, ...asked }: Asking): Asked => ({ ...asked, status: "done" });
