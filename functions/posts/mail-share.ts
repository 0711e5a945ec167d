import { mailedHash } from "../mail/address.ts";
import { quietMs } from "../mail/code.ts";
import { findThrottle } from "../mail/table.ts";
import type { Brand } from "../platform/brand.ts";
import { later, milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { post } from "../platform/letter.ts";
import { words } from "./approval-words.ts";
import type { ApprovalShare } from "./share.ts";

// The link of a share, mailed to whom it is for. The address is in the sealed letter only: nothing keeps it.

const letterId = (workspaceId: string): string => `${workspaceId}/approval`;

/** Refuses `too_many_requests` where this address was mailed such a link within ten minutes. */
export const mayMail = async (workspaceId: string, address: string, now: string): Promise<void> => {
  const hash = await mailedHash(workspaceId, letterId(workspaceId), address);
  const mailed = await findThrottle(workspaceId, hash, now);
  const again = mailed && later(mailed.since, quietMs);
  if (again !== undefined && now < again)
    refuse(
      "too_many_requests",
      `This address was mailed a link less than ten minutes ago. Leave \`email\` out and hand the link on yourself, or ask again from ${again}.`,
      [{ pointer: "#/email", detail: `Not before ${again}.` }],
      Math.ceil((milliseconds(again) - milliseconds(now)) / 1000),
    );
};

export const mailShare = async (
  { workspaceId, language, endsAt, posts }: ApprovalShare,
  { address, url, brand }: { address: string; url: string; brand: Brand & { zone: string } },
  now: string,
): Promise<void> => {
  const say = words[language].mail;
  const letter = {
    brand,
    language,
    to: address,
    subject: say.subject(posts.length, brand.name),
    blocks: [
      say.text(posts.length, brand.name),
      { button: say.button, url },
      words[language].until(endsAt, brand.zone),
      say.why(brand.name),
    ],
  };
  await post({ id: letterId(workspaceId), letter, now, againAfterMs: quietMs, until: endsAt });
};
