import { codeEnds, codeFor, isCodeFor, quietMs } from "../mail/code.ts";
import { mailboxOf } from "../mail/mailbox.ts";
import { refuse } from "../platform/errors.ts";
import { Address } from "../platform/input.ts";
import { post } from "../platform/letter.ts";
import { derive } from "../platform/secrets.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Used } from "./board.ts";
import { words } from "./words.ts";

// The code that proves an address on a board (mail/code.ts).

const keyOf = ({ workspaceId, boardId, pepper }: Used): Promise<Buffer> =>
  derive(workspaceId, `idea-code/${boardId}`, pepper);

/** The address of the mailbox that was given: however it is written, it is mailed and proved as one. Refuses what is none. */
export const addressIn = (given: string | undefined): string =>
  mailboxOf(
    Address.safeParse(given ?? "").data ??
      refuse("invalid_input", "Give a mail address.", [
        { pointer: "#/email", detail: "This is not an e-mail address." },
      ]),
  );

export const isCode = async (board: Used, address: string, code: string, now: string): Promise<boolean> =>
  isCodeFor(await keyOf(board), address, code, now);

export const mailCode = async (board: Used, address: string, language: Language, now: string): Promise<void> => {
  const say = words[language].codeMail;
  await post({
    id: `${board.boardId}/code`,
    letter: {
      brand: await brandOf(board.workspaceId, now),
      language,
      to: address,
      subject: say.subject(board.title),
      blocks: [say.text(board.title), { facts: [[say.code, codeFor(await keyOf(board), address, now)]] }, say.ignore],
    },
    now,
    againAfterMs: quietMs,
    until: codeEnds(now),
  });
};
