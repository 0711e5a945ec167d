import { hours, instant, milliseconds, minutes } from "../platform/clock.ts";
import { post } from "../platform/letter.ts";
import { hmac } from "../platform/secrets.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { type Asked, titleOf } from "./poll.ts";
import { pepperOf } from "./visitor.ts";
import { words } from "./words.ts";

// A code that is mailed proves an address. It is made from the address and the day, so nothing is stored for it; eight
// letters of 32 are 40 bits, too many to try.

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const lifeMs = hours(24);
/** An address that was mailed is not mailed again for as long. */
const quietMs = minutes(10);

const codeAt = async (poll: Asked, address: string, period: number): Promise<string> => {
  const bytes = hmac(await pepperOf(poll), `code ${poll.pollId}\0${period}\0${address}`);
  return Array.from(bytes.subarray(0, 8), (byte) => alphabet[byte & 31]).join("");
};
const periodOf = (now: string): number => Math.floor(milliseconds(now) / lifeMs);

/** A code as people write it back: capitals, spaces and hyphens make no other; O is 0, I and L are 1. */
const asWritten = (code: string): string =>
  code.toLowerCase().replace(/[\s-]/g, "").replaceAll("o", "0").replace(/[il]/g, "1");

/** Whether this code was mailed to the address, today or the day before (UTC). */
export const isCodeOf = async (poll: Asked, address: string, code: string, now: string): Promise<boolean> => {
  const written = asWritten(code);
  const period = periodOf(now);
  const [today, before] = await Promise.all([codeAt(poll, address, period), codeAt(poll, address, period - 1)]);
  return written === today || written === before;
};

export const mailCode = async (poll: Asked, address: string, language: Language, now: string): Promise<void> => {
  const period = periodOf(now);
  const code = await codeAt(poll, address, period);
  const say = words[language].codeMail;
  await post({
    id: `${poll.pollId}/code`,
    letter: {
      brand: await brandOf(poll.workspaceId, now),
      language,
      to: address,
      subject: say.subject(titleOf(poll)),
      blocks: [say.text(titleOf(poll)), { facts: [[say.code, `${code.slice(0, 4)}-${code.slice(4)}`]] }, say.ignore],
    },
    now,
    againAfterMs: quietMs,
    until: instant((period + 1) * lifeMs + lifeMs),
  });
};

/** One person's address, however they write it: what stands behind a plus is for their own order. */
export const personal = (address: string): string => address.replace(/\+[^@]*(?=@)/, "");
