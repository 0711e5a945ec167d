import { codeEnds, codeFor, isCodeFor, quietMs } from "../mail/code.ts";
import { mailboxOf } from "../mail/mailbox.ts";
import { post } from "../platform/letter.ts";
import { hmac } from "../platform/secrets.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { type Asked, titleOf } from "./poll.ts";
import { pepperOf } from "./visitor.ts";
import { words } from "./words.ts";

// The code that proves an address in a poll (mail/code.ts).

const keyOf = async (poll: Asked): Promise<Buffer> => hmac(await pepperOf(poll), `code ${poll.pollId}`);

export const isCodeOf = async (poll: Asked, address: string, code: string, now: string): Promise<boolean> =>
  isCodeFor(await keyOf(poll), address, code, now);

export const mailCode = async (poll: Asked, address: string, language: Language, now: string): Promise<void> => {
  const say = words[language].codeMail;
  const code = codeFor(await keyOf(poll), address, now);
  await post({
    id: `${poll.pollId}/code`,
    letter: {
      brand: await brandOf(poll.workspaceId, now),
      language,
      to: address,
      subject: say.subject(titleOf(poll)),
      blocks: [say.text(titleOf(poll)), { facts: [[say.code, code]] }, say.ignore],
    },
    now,
    againAfterMs: quietMs,
    until: codeEnds(now),
  });
};

export { mailboxOf };

/** One person's address, however they write it: by mailbox, and what stands behind a plus is for their own order. */
export const personal = (address: string): string => mailboxOf(address).replace(/\+[^@]*(?=@)/, "");
