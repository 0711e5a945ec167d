import { clock, instant } from "../../platform/clock.ts";
import { type Block, post } from "../../platform/letter.ts";
import { brandOf } from "../../workspaces/brand.ts";
import { connector, noTime, type Part } from "../connector.ts";
import { reminder as network } from "../networks/reminder.ts";
import { reminderUrl } from "../reminder-link.ts";
import { words } from "../reminder-words.ts";

// A letter with the post, text and files, to the person who posts it. It is named for the delivery, so sent twice it is
// mailed once. Whether it was done says the page behind its link (posts/page.ts).

const blocksOf = ({ text, media }: Part, say: (typeof words)["nl"]["mail"]): Block[] => [
  text,
  ...(media.length > 0
    ? [
        say.files,
        { facts: media.map(({ url, alt }, i): [string, string] => [`${i + 1}`, alt ? `${url} (${alt})` : url]) },
      ]
    : []),
];

export const reminder = connector(network, {
  // The mail says whether it works; its address was written by whoever connects it.
  test: async ({ channelId, settings: { where, countsAs } }) => ({
    id: channelId,
    handle: where,
    ...(countsAs === undefined ? {} : { facts: { countsAs } }),
  }),
  publish: async ({ workspaceId, channelId, settings }, { postId, key, thread, ...first }, guard) => {
    const now = instant(clock.now());
    const { language, where, to } = settings;
    const brand = await brandOf(workspaceId, now);
    const say = words[language].mail;
    const parts = [first, ...thread];
    const link = await reminderUrl(brand.url, workspaceId, { postId, channelId, key, language }, now);
    const blocks = parts.flatMap((part, i) => [
      ...(parts.length > 1 ? [say.part(i + 1, parts.length)] : []),
      ...blocksOf(part, say),
    ]);
    const letter = {
      brand,
      language,
      to,
      subject: say.subject(where),
      blocks: [say.intro(where), ...blocks, { button: say.button, url: link }],
    };
    if (!guard.mayWrite()) return noTime;
    await post({ id: `${postId}/reminder/${key}`, letter, now });
    return { outcome: "handed" };
  },
  // Posting the letter again says it.
  find: async () => ({ finding: "cannot-tell" }),
});
