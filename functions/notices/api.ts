import * as z from "zod";
import { refuse } from "../platform/errors.ts";
import { api, route } from "../platform/http.ts";
import { put, versionOf } from "../platform/table.ts";
import { Choice, choiceOf, type Settings, type Topic } from "./notice.ts";
import { findSettings, settings } from "./table.ts";

const Choices = z.strictObject({
  access: Choice,
  posts: Choice,
  approvals: Choice,
  unapproved: Choice,
  channels: Choice,
  webhooks: Choice,
  mail: Choice,
  contests: Choice,
  moderation: Choice,
  objections: Choice,
  winners: Choice,
} satisfies Record<Topic, typeof Choice>);

const NoticesView = z
  .object({
    choices: Choices.describe("What you are mailed about: at once, once a day at eight, or not at all."),
    version: z.int(),
  })
  .meta({ id: "Notices" });

const view = (mine: Settings): z.infer<typeof NoticesView> => {
  const choice = (topic: Topic) => choiceOf(mine, topic);
  return {
    choices: {
      access: choice("access"),
      posts: choice("posts"),
      approvals: choice("approvals"),
      unapproved: choice("unapproved"),
      channels: choice("channels"),
      webhooks: choice("webhooks"),
      mail: choice("mail"),
      contests: choice("contests"),
      moderation: choice("moderation"),
      objections: choice("objections"),
      winners: choice("winners"),
    },
    version: versionOf(mine),
  };
};

/** A key is nobody to mail. */
const mineOf = async (workspaceId: string, actor: string, now: string): Promise<Settings> => {
  if (!actor.startsWith("mem_"))
    refuse("not_a_member", "Only a member is mailed. Ask with a session of a member, not with an API key.");
  return (await findSettings(workspaceId, actor, now)) ?? { workspaceId, memberId: actor, choices: {} };
};

export const routes = {
  readNotices: route({
    method: "GET",
    path: "/v1/notices",
    access: "workspace:read",
    summary: "What you, as a member, are mailed about, and how often. You hear only of what your role can act on.",
    returns: NoticesView,
    refuses: ["not_a_member"],
    run: async ({ workspaceId, actor, now }) => view(await mineOf(workspaceId, actor, now)),
  }),
  changeNotices: route({
    method: "PATCH",
    path: "/v1/notices",
    access: "workspace:read",
    summary: "Chooses what you are mailed about, and how often. What you leave out stays as it is.",
    body: z.strictObject({ choices: Choices.partial() }),
    returns: NoticesView,
    refuses: ["not_a_member", "stale"],
    run: async ({ workspaceId, actor, body, now, expect, save }) => {
      const mine = await mineOf(workspaceId, actor, now);
      expect(mine);
      const change = put(settings, { ...mine, choices: { ...mine.choices, ...body.choices } });
      return save([change], view(change.after));
    },
  }),
};

export const handler = api(routes);
