import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { countsFor } from "../platform/counts.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { giveUpName, orSlugTaken, takeName } from "../platform/names.ts";
import { secretVersion } from "../platform/secrets.ts";
import { put } from "../platform/table.ts";
import { brandOf, lacksInPublic } from "../workspaces/brand.ts";
import { findWorkspace } from "../workspaces/table.ts";
import {
  changePoll,
  countsOf,
  createPoll,
  endPoll,
  NewPoll,
  type Option,
  openPoll,
  PollPatch,
  PollView,
  ResultView,
  removePoll,
  Stage,
  type Standing,
  viewPoll,
  viewResult,
} from "./poll.ts";
import { findPoll, listPolls, polls, recount } from "./table.ts";

const params = z.strictObject({ pollId: Id("poll") });

const view = async (poll: Standing, now: string) => viewPoll(poll, (await brandOf(poll.workspaceId, now)).url, now);

const withIds = (options: readonly { text: string }[], now: string): Option[] =>
  options.map(({ text }) => ({ optionId: newId("option", now), text }));

const pollName = (poll: { slug: string; workspaceId: string; pollId: string }) =>
  takeName({ space: "poll", name: poll.slug, workspaceId: poll.workspaceId, id: poll.pollId });

export const routes = {
  createPoll: route({
    method: "POST",
    path: "/v1/polls",
    access: "polls:write",
    summary: "Writes a poll of one question with one answer to choose, as a draft.",
    status: 201,
    body: NewPoll,
    returns: PollView,
    refuses: ["slug_taken", "due_in_past"],
    run: async ({ workspaceId, body, now, save }) => {
      const ids = { workspaceId, pollId: newId("poll", now) };
      const { languages } = await brandOf(workspaceId, now);
      const [draft, events] = createPoll(
        { language: languages[0], ...body, ...ids, options: withIds(body.options, now) },
        now,
      );
      const change = put(polls, draft, events);
      return orSlugTaken(save([change, pollName(draft)], await view(change.after, now)));
    },
  }),
  listPolls: list({
    method: "GET",
    path: "/v1/polls",
    access: "polls:read",
    summary: "The polls, newest first.",
    filter: { status: Stage.optional() },
    item: PollView,
    run: async ({ workspaceId, query, list, now }) => {
      const { items, next } = await listPolls(workspaceId, { ...list, stage: query.status }, now);
      return { items: await Promise.all(items.map((poll) => view(poll, now))), next };
    },
  }),
  readPoll: route({
    method: "GET",
    path: "/v1/polls/{pollId}",
    access: "polls:read",
    summary: "One poll.",
    params,
    returns: PollView,
    run: async ({ workspaceId, params, now }) =>
      view(found(await findPoll(workspaceId, params.pollId, now), "poll"), now),
  }),
  changePoll: route({
    method: "PATCH",
    path: "/v1/polls/{pollId}",
    access: "polls:write",
    summary: "Changes a draft. New options replace the old ones; a closing time of null takes it away.",
    params,
    body: PollPatch,
    returns: PollView,
    refuses: ["poll_not_draft", "slug_taken", "due_in_past", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const { options, ...rest } = body;
      const patch = { ...rest, ...(options ? { options: withIds(options, now) } : {}) };
      const [draft, events] = changePoll(poll, patch, now);
      if (events.length === 0) return view(poll, now);
      const change = put(polls, draft, events);
      const renamed =
        draft.slug === poll.slug ? [] : [...(await giveUpName("poll", poll.slug, milliseconds(now))), pollName(draft)];
      return orSlugTaken(save([change, ...renamed], await view(change.after, now)));
    },
  }),
  removePoll: route({
    method: "DELETE",
    path: "/v1/polls/{pollId}",
    access: "polls:write",
    summary: "Removes a draft; its slug is free again.",
    status: 204,
    params,
    refuses: ["poll_not_draft", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const [removed, events] = removePoll(poll, now);
      const freed = await giveUpName("poll", poll.slug, milliseconds(now));
      return save([put(polls, removed, events), ...freed], undefined);
    },
  }),
  openPoll: route({
    method: "POST",
    path: "/v1/polls/{pollId}/open",
    access: "polls:write",
    summary: "Opens a draft: from now on people respond, and the question stays as it is.",
    params,
    returns: PollView,
    refuses: ["poll_not_draft", "poll_not_ready", "due_in_past", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      const [open, events] = openPoll(poll, await secretVersion(workspaceId), now, lacksInPublic(workspace));
      const change = put(polls, open, events);
      return save([change], await view(change.after, now));
    },
  }),
  closePoll: route({
    method: "POST",
    path: "/v1/polls/{pollId}/close",
    access: "polls:write",
    summary: "Closes an open poll half a minute from now; its exact result follows a minute later.",
    params,
    returns: PollView,
    refuses: ["poll_not_open", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      expect(poll);
      const [ending, events] = endPoll(poll, now);
      if (events.length === 0) return view(poll, now);
      const change = put(polls, ending, events);
      return save([change], await view(change.after, now));
    },
  }),
  readPollResult: route({
    method: "GET",
    path: "/v1/polls/{pollId}/results",
    access: "polls:read",
    summary: "How many chose what: of an open poll by now, of a closed one at its closing time.",
    params,
    query: z.strictObject({
      recount: z.stringbool().default(false).describe("Counts the responses themselves: exact, and slower."),
    }),
    returns: ResultView,
    refuses: ["poll_not_open"],
    run: async ({ workspaceId, params, query, now }) => {
      const poll = found(await findPoll(workspaceId, params.pollId, now), "poll");
      if (poll.status === "draft") return refuse("poll_not_open", "This poll has not been opened yet.");
      if (query.recount) return viewResult(poll, await recount(poll, now), "rows", now);
      if (poll.status === "closed") return viewResult(poll, countsOf(poll), "rows", now);
      return viewResult(poll, await countsFor(workspaceId, poll.pollId, milliseconds(now)), "tally", now);
    },
  }),
};

export const handler = api(routes);
