import * as z from "zod";
import { found, refuse } from "../platform/errors.ts";
import { list, route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { put } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { ContestView, viewContest } from "./contest.ts";
import { addressOf, type Entry, openIdentity } from "./entry.ts";
import { busyNetworks, type Mark, marks, marksOf } from "./guard.ts";
import { ContestReport, reportOn, Step } from "./report.ts";
import { NewSources, nameSources } from "./sources.ts";
import { contests, entryCounts, findContest, listEntries } from "./table.ts";

// What an organiser reads of a contest that runs: its numbers, and its entries one by one.

const params = z.strictObject({ contestId: Id("contest") });

const EntryState = z.enum(["takes-part", "withdrawn", "excluded"]);

const EntryView = z
  .object({
    id: Id("entry"),
    enteredAt: z.iso.datetime(),
    referred: z.boolean().describe("Whether a friend's personal link brought it."),
    via: z.string().optional().describe("Where the link stood, as it said."),
    language: Language.optional(),
    newsletter: z.boolean().describe("Whether the newsletter was asked for with it."),
    marks: z.array(z.enum(marks)).describe("What makes it doubtful. No mark changes a chance."),
    state: EntryState,
    address: z.string().optional().describe("Only where it was asked for."),
  })
  .meta({ id: "ContestEntry" });

const stateOf = ({ withdrawnAt, excluded }: Entry): z.infer<typeof EntryState> => {
  if (withdrawnAt !== undefined) return "withdrawn";
  return excluded === undefined ? "takes-part" : "excluded";
};

const viewEntry = async (entry: Entry, marks: Mark[], personal: boolean): Promise<z.infer<typeof EntryView>> => {
  const { id, enteredAt, referrer, via, language, consent } = entry;
  return {
    id,
    enteredAt: new Date(enteredAt).toISOString(),
    referred: referrer !== undefined,
    ...(via === undefined ? {} : { via }),
    ...(language === undefined ? {} : { language }),
    newsletter: consent !== undefined,
    marks,
    state: stateOf(entry),
    ...(personal ? { address: addressOf(await openIdentity(entry)) } : {}),
  };
};

export const reportRoutes = {
  readContestReport: route({
    method: "GET",
    path: "/v1/contests/{contestId}/report",
    access: "contests:read",
    summary:
      "A contest in numbers: over time, from where, from click to confirmed, who brought most friends, what is doubtful, and the gaming tax.",
    params,
    query: z.strictObject({ step: Step.optional() }),
    returns: ContestReport,
    run: async ({ workspaceId, params, query, now }) =>
      reportOn(found(await findContest(workspaceId, params.contestId, now), "contest"), query.step, now),
  }),
  setContestSources: route({
    method: "PUT",
    path: "/v1/contests/{contestId}/sources",
    access: "contests:write",
    summary:
      "Names the labels (?via=) that links to this contest may carry besides the usual ones, also once it is open: what is not named counts as `other`.",
    params,
    body: z.strictObject({ sources: NewSources }),
    returns: ContestView,
    refuses: ["stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      expect(contest);
      const change = put(contests, ...nameSources(contest, body.sources));
      return save([change], viewContest(change.after, (await brandOf(workspaceId, now)).url));
    },
  }),
  listContestEntries: list({
    method: "GET",
    path: "/v1/contests/{contestId}/entries",
    access: "contests:read",
    summary:
      "The entries, in an order that tells nothing, without personal data. With `personal=true` their addresses, which takes the scope personal:read.",
    params,
    filter: {
      risk: z
        .enum(["any", "none", ...marks])
        .optional()
        .describe("Those that bear a mark, this mark, or none."),
      via: z.string().max(32).optional().describe("Those whose link said so."),
      state: EntryState.optional(),
      personal: z.enum(["true", "false"]).optional(),
    },
    item: EntryView,
    refuses: ["scope_missing"],
    run: async ({ workspaceId, scopes, params, query, list, now }) => {
      const isPersonal = query.personal === "true";
      if (isPersonal && !scopes.includes("personal:read"))
        return refuse("scope_missing", "Addresses take the scope personal:read.", [
          { pointer: "query:personal", detail: "Leave it out, or use a key with personal:read." },
        ]);
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      if (contest.status === "draft") return { items: [], next: undefined };
      const { risk, via, state } = query;
      const busy = await busyNetworks(contest, (await entryCounts(contest, now)).entries, now);
      const isAsked = (bears: readonly Mark[]): boolean => {
        if (risk === undefined) return true;
        return risk === "any" || risk === "none" ? bears.length > 0 === (risk === "any") : bears.includes(risk);
      };
      const keep = (entry: Entry): boolean =>
        isAsked(marksOf(entry, busy)) &&
        (via === undefined || entry.via === via) &&
        (state === undefined || stateOf(entry) === state);
      const { items, next } = await listEntries(contest, list, now, keep);
      return {
        items: await Promise.all(items.map((entry) => viewEntry(entry, marksOf(entry, busy), isPersonal))),
        next,
      };
    },
  }),
};
