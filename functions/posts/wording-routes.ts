import * as z from "zod";
import { byHand } from "../channels/by-hand.ts";
import { networks } from "../channels/networks.ts";
import { event } from "../events/posts.ts";
import { found } from "../platform/errors.ts";
import { list, refuseFields, route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { Line } from "../platform/input.ts";
import { insteadOf, put } from "../platform/table.ts";
import { Tag } from "./wording-fields.ts";
import {
  findLinkSettings,
  findMention,
  type LinkSettings,
  linkSettings,
  listMentions,
  type Mention,
  mentions,
  readMention,
} from "./wording-table.ts";
import { LinkSettingsView, MentionView, viewMention, viewSettings } from "./wording-view.ts";

// The address book of who is mentioned, and how addresses are tagged: part of the API of posts.

const readable = [...Object.keys(networks).filter((name) => name !== "reminder"), ...byHand].toSorted();

const Handle = z
  .string()
  .trim()
  .transform((handle) => handle.replace(/^@/, ""))
  .pipe(z.string().regex(/^[^\s@{}]+(@[^\s@{}]+)?$/, "Give it as it is written there: jan.example, jan@mastodon.nl."))
  .pipe(z.string().max(200));

/** Which handles a network knows for one: what is not written like one of its own would mention nobody there. */
const forms: Record<string, { form: RegExp; as: string }> = {
  bluesky: { form: /^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/i, as: "jan.bsky.social" },
  mastodon: { form: /^\w+([.-]+\w+)*@[^@\s]+\.[^@\s]+$/, as: "jan@mastodon.nl" },
  x: { form: /^\w{1,15}$/, as: "janbakt" },
};

const Name = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}_-]{0,39}$/u, "Use at most 40 letters, digits, hyphens and underscores.");

const MentionAsked = z.strictObject({
  name: Name.describe("As it stands in a post: @{name}."),
  says: Line(80).describe("What they are called in words, where they have no handle: Jan Bakker."),
  handles: z
    .record(z.string(), Handle)
    .describe(`What they are called there, by network: ${readable.join(", ")}. With or without the @.`)
    .superRefine((handles, context) => {
      for (const [network, handle] of Object.entries(handles)) {
        const path = [network];
        const { form, as } = forms[network] ?? {};
        if (!readable.includes(network))
          context.addIssue({ code: "custom", path, message: `There is no such network. Use ${readable.join(", ")}.` });
        else if (form && !form.test(handle))
          context.addIssue({ code: "custom", path, message: `Write it as that network does, e.g. ${as}.` });
      }
    }),
});

const NamePath = z.object({ name: Name });

const LinkSettingsAsked = z.strictObject({
  hosts: z
    .array(
      z
        .string()
        .trim()
        .toLowerCase()
        .max(253)
        .regex(/^([a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/, "Give a host without a path: bakkerij-zon.nl."),
    )
    .max(20)
    .describe("Addresses on these hosts, and on names below them, get tags. Others stay as they are."),
  medium: Tag.default("social").describe("utm_medium."),
  campaign: Tag.optional().describe("utm_campaign of a post that names none."),
  sources: z
    .record(Id("channel"), Tag)
    .optional()
    .describe("utm_source by channel; elsewhere it is the name of the network."),
  shortens: z
    .boolean()
    .default(false)
    .describe("Whether addresses become short links of yours, whose clicks are counted by post and channel."),
});
const nothingYet = { hosts: [], medium: "social", shortens: false };
const mostNames = 200;

export const wordingRoutes = {
  listMentions: list({
    method: "GET",
    path: "/v1/mentions",
    access: "posts:read",
    summary: "Lists who can be mentioned in a post as @{name}, by name.",
    item: MentionView,
    run: async ({ workspaceId, list: asked, now }) => {
      const { items, next } = await listMentions(workspaceId, asked, now);
      return { items: items.map(viewMention), next };
    },
  }),

  setMention: route({
    method: "PUT",
    path: "/v1/mentions",
    access: "posts:write",
    summary: "Says what somebody is called on each network: @{name} in a post becomes that, or the plain name.",
    body: MentionAsked,
    returns: MentionView,
    refuses: ["stale"],
    run: async ({ workspaceId, body, now, expect, save }) => {
      const { name } = body;
      const before = await readMention(workspaceId, name, now);
      if (before && !before.gone) expect(before);
      else if (
        (await listMentions(workspaceId, { limit: mostNames, startAfter: undefined }, now)).items.length >= mostNames
      )
        refuseFields("body", [{ pointer: "#/name", detail: `There are ${mostNames} names. Delete one first.` }]);
      const change = put(mentions, insteadOf(before ?? {}, { workspaceId, ...body }), [
        event("mention.set", { networks: Object.keys(body.handles) }),
      ]);
      return save([change], viewMention(change.after));
    },
  }),

  deleteMention: route({
    method: "DELETE",
    path: "/v1/mentions/{name}",
    access: "posts:write",
    summary: "Forgets a name. Posts that were written with it stay as they are.",
    params: NamePath,
    status: 204,
    refuses: ["stale"],
    run: async ({ workspaceId, params: { name }, now, expect, save }) => {
      const standing = found(await findMention(workspaceId, name, now), "name");
      expect(standing);
      const left: Mention = { workspaceId, name, says: "", handles: {}, gone: true };
      await save([put(mentions, insteadOf(standing, left), [event("mention.set", { networks: [] })])], undefined);
    },
  }),

  getLinkSettings: route({
    method: "GET",
    path: "/v1/links/settings",
    access: "posts:read",
    summary: "Says how addresses in posts are tagged, and whether they are made short.",
    returns: LinkSettingsView,
    run: async ({ workspaceId, now }) =>
      viewSettings((await findLinkSettings(workspaceId, now)) ?? { workspaceId, ...nothingYet }),
  }),

  setLinkSettings: route({
    method: "PUT",
    path: "/v1/links/settings",
    access: "posts:write",
    summary: "Sets how addresses in posts are tagged, and whether they are made short, from the next post on.",
    body: LinkSettingsAsked,
    returns: LinkSettingsView,
    refuses: ["stale"],
    run: async ({ workspaceId, body, now, expect, save }) => {
      const standing = await findLinkSettings(workspaceId, now);
      if (standing) expect(standing);
      const settings: LinkSettings = { workspaceId, ...body };
      const change = put(
        linkSettings,
        standing ? { ...standing, campaign: undefined, sources: undefined, ...settings } : settings,
        [event("links.set", { hosts: body.hosts, shortens: body.shortens })],
      );
      return save([change], viewSettings(change.after));
    },
  }),
};
