import { onDue } from "../platform/background.ts";
import { post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { findMember } from "../workspaces/table.ts";
import { emptied, letterId } from "./notice.ts";
import { digests } from "./table.ts";
import { digestLetter } from "./tell.ts";

// In the morning: a day's news of one member, in one mail. It is posted before it is taken off the list, under a name made
// of what is in it; ended in between and woken again, it is the same letter.

export const due = "notice.digest";

export const handler = onDue(due, digests, async ({ state: digest, now, save }) => {
  const { workspaceId, memberId, news } = digest;
  const member = await findMember(workspaceId, memberId, now);
  if (member?.status === "active" && news.length > 0) {
    const letter = await digestLetter(member, digest, now);
    if (letter) await post({ id: letterId(memberId, ...news.map(({ id }) => id)), letter, now });
  }
  await save([put(digests, emptied(digest))]);
});
