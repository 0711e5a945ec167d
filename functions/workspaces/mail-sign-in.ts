import { onDue } from "../platform/background.ts";
import { later } from "../platform/clock.ts";
import { post } from "../platform/letter.ts";
import { put } from "../platform/table.ts";
import { ourBrand } from "./brand.ts";
import { signInUrl } from "./links.ts";
import { openAsked } from "./person.ts";
import { linkMs, settled } from "./sign-in.ts";
import { askeds, membershipsOf } from "./table.ts";
import { words } from "./words.ts";

// asked → done: whoever is a member is mailed a link, in our own name: no workspace that they are in can keep it from them,
// or say something else in it. To everybody else nothing happens.

export const due = "sign-in.mail";

export const handler = onDue(due, askeds, async ({ state: asked, now, save }) => {
  if (asked.status !== "asked") return;
  const [first] = (await membershipsOf(asked.person, now)).filter(({ status }) => status === "active");
  if (first) {
    const { language } = asked;
    const say = words[language].signInMail;
    const letter = {
      brand: ourBrand(),
      language,
      to: await openAsked(asked),
      subject: say.subject,
      blocks: [say.text, { button: say.button, url: await signInUrl(asked) }, say.until, say.ignore],
    };
    await post({ id: `${first.memberId}/sign-in/${asked.link}`, letter, now, until: later(asked.askedAt, linkMs) });
  }
  await save([put(askeds, settled(asked))]);
});
