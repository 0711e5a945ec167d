import * as z from "zod";
import { onEvent } from "../platform/background.ts";
import { post } from "../platform/letter.ts";
import { brandOf } from "./brand.ts";
import { joinUrl } from "./links.ts";
import { mailedAgainAfterMs } from "./member.ts";
import { addressOf } from "./person.ts";
import { findMember } from "./table.ts";
import { words } from "./words.ts";

// An invitation is mailed. One that was taken back or accepted since is not.

export const on = ["member.invited"];

const Invitation = z.object({ memberId: z.string() });

export const handler = onEvent(async ({ detail, now }) => {
  const { memberId } = Invitation.parse(detail.data);
  const member = await findMember(detail.workspaceId, memberId, now);
  if (member?.status !== "invited" || member.invitationEndsAt <= now) return;
  const { language, role, invitationEndsAt } = member;
  const brand = await brandOf(member.workspaceId, now);
  const say = words[language].inviteMail;
  const letter = {
    brand,
    language,
    to: await addressOf(member),
    subject: say.subject(brand.name),
    blocks: [
      say.text(brand.name, words[language].roles[role]),
      { button: say.button, url: await joinUrl(member) },
      say.until(invitationEndsAt),
      say.ignore,
    ],
  };
  // Woken twice by the same event, or asked for again and again under another id, it is one mail in ten minutes.
  await post({ id: `${member.workspaceId}/invitation`, letter, now, againAfterMs: mailedAgainAfterMs });
});
