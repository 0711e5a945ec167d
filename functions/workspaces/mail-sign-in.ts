import { onDue } from "../platform/background.ts";
import { later } from "../platform/clock.ts";
import { post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { brandOf } from "./brand.ts";
import { signInUrl } from "./links.ts";
import { openAsked } from "./person.ts";
import { linkMs, settled } from "./sign-in.ts";
import { askeds, membershipsOf } from "./table.ts";
import { words } from "./words.ts";

// asked → done: whoever is a member is mailed a link, in the name of the workspace where they have been longest; to
// everybody else nothing happens.

export const due = "sign-in.mail";

export const handler = onDue(due, askeds, async ({ state: asked, now, save }) => {
  if (asked.status !== "asked") return;
  const [first] = (await membershipsOf(asked.person, now)).filter(({ status }) => status === "active");
  if (first) {
    const { language } = asked;
    const say = words[language].signInMail;
    const letter = {
      brand: await brandOf(first.workspaceId, now),
      language,
      to: await openAsked(asked),
      subject: say.subject,
      blocks: [say.text, { button: say.button, url: await signInUrl(asked) }, say.until, say.ignore],
    };
    await post({ id: `${first.memberId}/sign-in/${asked.link}`, letter, now, until: later(asked.askedAt, linkMs) });
  }
  await save([put(askeds, settled(asked))]);
});
