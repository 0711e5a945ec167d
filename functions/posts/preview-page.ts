import * as z from "zod";
import { findChannel } from "../channels/table.ts";
import { found } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { html, page, shownAt } from "../platform/page.ts";
import { sayTime } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { channelsOf } from "./post.ts";
import { openPreview } from "./preview-link.ts";
import { words } from "./preview-words.ts";
import { findPost } from "./table.ts";

// The page that shows how a post will look on each of its channels, for whoever has its link. It changes nothing.

const params = z.strictObject({ workspaceId: Id("workspace") });
const query = z.strictObject({ t: z.string().max(1024).default("") });

const Preview = z
  .object({
    channels: z.array(
      z.object({
        channelId: z.string(),
        network: z.string(),
        text: z.string(),
        beyond: z.string(),
        taken: z.boolean(),
      }),
    ),
  })
  .meta({ id: "PostPreview" });

export const previewPages = {
  showPreview: page({
    method: "GET",
    path: "/preview/{workspaceId}",
    summary: "How a post will look on each of its channels, for whoever has its link. It changes nothing.",
    params,
    query,
    returns: Preview,
    refuses: ["link_ended"],
    run: async (visit) => {
      const { now, speak } = visit;
      const { workspaceId } = found(shownAt(visit, visit.params), "page");
      const postId = await openPreview(workspaceId, visit.query.t, now);
      const [read, brand] = await Promise.all([findPost(workspaceId, postId, now), brandOf(workspaceId, now)]);
      const post = found(read, "post");
      const language = speak(brand.languages[0] ?? "nl");
      const say = words[language];
      const at = post.status === "draft" ? undefined : post.at;
      const channels = await Promise.all(channelsOf(post).map((id) => findChannel(workspaceId, id, now)));
      // It asks the networks, which the other pages of this function do not load.
      const { channelShown } = await import("./preview-shown.ts");
      const shown = channels.flatMap((channel) => (channel ? [channelShown(post, channel, at ?? now, say)] : []));
      const leaves = at && sayTime(at, language, brand.zone);
      return {
        language,
        title: say.title,
        brand,
        json: { channels: shown.map(({ json }) => json) } satisfies z.infer<typeof Preview>,
        body: html`<p class="brand">${brand.name}</p><h1>${say.title}</h1><p>${leaves ? say.leaves(leaves) : say.draft}</p><p class="soft">${say.intro}</p>
${shown.length === 0 && html`<p>${say.none}</p>`}${shown.map(({ markup }) => markup)}`,
      };
    },
  }),
};
