import { randomBytes } from "node:crypto";
import canonicalize from "canonicalize";
import * as z from "zod";
import { findChannel } from "../channels/table.ts";
import { later, milliseconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { type FieldError, found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Paragraph } from "../platform/input.ts";
import { giveUpName, orSlugTaken, takeName } from "../platform/names.ts";
import { secretVersion } from "../platform/secrets.ts";
import { put } from "../platform/table.ts";
import { brandOf, lacksInPublic, organiserOf } from "../workspaces/brand.ts";
import { findWorkspace } from "../workspaces/table.ts";
import type { Workspace } from "../workspaces/workspace.ts";
import { hashCodes, lacksCodes, type NewBonus } from "./bonus.ts";
import { publishedBundle } from "./bundle.ts";
import { commitHashOf, commitmentOf } from "./commit.ts";
import {
  ContestView,
  type Draft,
  hasCommitment,
  hasDraw,
  hasLedger,
  type Standing,
  Status,
  viewContest,
} from "./contest.ts";
import { lacksElsewhere } from "./elsewhere.ts";
import { newReceiptKey, sealReceiptKey } from "./entry.ts";
import { fairApiRoutes } from "./fair-api.ts";
import { sealNetworkSalt } from "./guard.ts";
import { juryRoutes } from "./jury-api.ts";
import { kitRoutes, stopKitPosts } from "./kit-api.ts";
import { shownBy, stillNamedBy } from "./named.ts";
import { cancelContest, improveContest, openContest, type Where } from "./open.ts";
import { startCounting } from "./public-counts.ts";
import { chainInUse } from "./randomness.ts";
import { reportRoutes } from "./report-api.ts";
import { assess, broken, isLargeGame, largeGameYearMs, missing, RuleView } from "./rules.ts";
import { asDraft, ContestPatch, changeContest, createContest, NewContest, removeContest } from "./setup.ts";
import { spokenOn } from "./spoken-on.ts";
import { contests, entryCounts, findContest, listContests, openedSince, publicCounts } from "./table.ts";
import { GamingTax, gamingTax } from "./tax.ts";
import { BundleShape } from "./verify.ts";
import { winnerRoutes } from "./winners.ts";

const params = z.strictObject({ contestId: Id("contest") });

const view = async (contest: Standing, now: string) =>
  viewContest(contest, (await brandOf(contest.workspaceId, now)).url);

/**
 * A contest as it opens: organised by its workspace, where it names no organiser itself. `lacks`: what the law asks of
 * that workspace, and it has not said.
 */
const inHouse = (contest: Standing, workspace: Workspace): { setup: Standing; lacks: FieldError[] } => {
  const organiser = contest.organiser ?? organiserOf(workspace);
  return {
    setup: contest.status === "draft" && organiser ? { ...contest, organiser } : contest,
    lacks: lacksInPublic(workspace, contest.organiser !== undefined),
  };
};

const contestName = (contest: { slug: string; workspaceId: string; contestId: string }) =>
  takeName({ space: "contest", name: contest.slug, workspaceId: contest.workspaceId, id: contest.contestId });

const canonical = (rules: object): string => {
  const json = canonicalize(rules);
  if (json === undefined) throw new TypeError("The rules are no JSON.");
  return json;
};

/** The hashes of the codes that were given, and of those that a set-up keeps. */
const codesOf = async (
  contest: { workspaceId: string; contestId: string; codes?: Record<string, string> | undefined },
  bonuses: readonly NewBonus[],
): Promise<Record<string, string> | undefined> => {
  const codes = await hashCodes(contest, bonuses, contest.codes ?? {}, await secretVersion(contest.workspaceId));
  return Object.keys(codes).length === 0 ? undefined : codes;
};

const ContestWithCounts = ContestView.extend({
  counts: z.object({ entries: z.int(), referred: z.int() }).describe("By now, a moment behind; exact once sealed."),
}).meta({ id: "ContestWithCounts" });

const Validation = z
  .object({
    canOpen: z.boolean(),
    missing: z.array(z.object({ pointer: z.string(), detail: z.string() })),
    rules: z.array(RuleView),
    gamingTax: GamingTax.describe("What is owed on the prizes; a jury's contest is no game of chance."),
  })
  .meta({ id: "ContestValidation" });

/** What stands around a set-up as it opens. */
const whereOf = async (setup: Standing, lacks: readonly FieldError[], now: string): Promise<Where> => {
  const { workspaceId, channels } = setup;
  const named = await Promise.all(channels.map((channelId) => findChannel(workspaceId, channelId, now)));
  const { url, privacyUrl } = await brandOf(workspaceId, now);
  return {
    lacks: [...lacks, ...(setup.status === "draft" ? await lacksElsewhere(setup, now) : [])],
    around: {
      networks: named.map((channel) => (channel ? spokenOn(channel) : "")),
      others: isLargeGame(setup) ? await openedSince(setup, later(now, -largeGameYearMs), now) : [],
    },
    home: { url, privacyUrl },
  };
};

const validation = async (contest: Draft, now: string): Promise<z.infer<typeof Validation>> => {
  const workspace = found(await findWorkspace(contest.workspaceId, now), "workspace");
  const { setup, lacks } = inHouse(contest, workspace);
  const draft = asDraft(setup);
  const { around, lacks: lacksAround } = await whereOf(draft, lacks, now);
  const allLacks = [...missing(draft), ...lacksCodes(draft), ...lacksAround];
  const rules = assess(draft, now, around);
  return {
    canOpen: allLacks.length === 0 && broken(draft, now, around).length === 0,
    missing: allLacks,
    rules,
    gamingTax: gamingTax(draft.method === "jury" ? [] : draft.prizes, draft.drawAt ?? now),
  };
};

const DrawView = z
  .object({
    contestId: Id("contest"),
    status: Status,
    drawAt: z.iso.datetime().optional(),
    moves: z
      .array(z.object({ from: z.iso.datetime(), to: z.iso.datetime(), reason: z.string(), at: z.iso.datetime() }))
      .describe("When the draw moved, and why."),
    voided: z
      .array(z.object({ commitHash: z.string(), round: z.int(), at: z.iso.datetime() }))
      .describe("Commitments that nothing was drawn from: no relay had their round a week after its time."),
    entries: z.int().optional(),
    tickets: z.int().optional(),
    commitment: z.string().optional().describe("264 bytes, hex; public before the randomness exists."),
    commitHash: z.string().optional(),
    round: z.int().optional().describe("The round of the beacon that decides."),
    bundle: BundleShape.optional().describe("All that a checker needs, once drawn: also at /c/<slug>/draw.json."),
  })
  .meta({ id: "ContestDraw" });

export const routes = {
  createContest: route({
    method: "POST",
    path: "/v1/contests",
    access: "contests:write",
    summary: "Sets up a contest, as a draft: what is missing may follow.",
    status: 201,
    body: NewContest,
    returns: ContestView,
    refuses: [
      ...["slug_taken", "due_in_past", "unknown_zone"],
      ...["unknown_channel", "channel_disconnected", "unknown_media", "unknown_poll", "unknown_board"],
    ],
    run: async ({ workspaceId, body, now, save }) => {
      const { languages, zone } = await brandOf(workspaceId, now);
      const asked = { language: languages[0], zone, ...body, workspaceId, contestId: newId("contest", now) };
      const codes = await codesOf(asked, body.chances.bonuses);
      const [draft, events] = createContest({ ...asked, codes }, now);
      const named = await stillNamedBy(workspaceId, body, now);
      const change = put(contests, draft, events);
      return orSlugTaken(save([change, contestName(draft), ...named], await view(change.after, now)));
    },
  }),
  listContests: list({
    method: "GET",
    path: "/v1/contests",
    access: "contests:read",
    summary: "The contests, newest first.",
    filter: { status: Status.optional() },
    item: ContestView,
    run: async ({ workspaceId, query, list, now }) => {
      const { items, next } = await listContests(workspaceId, { ...list, status: query.status }, now);
      return { items: await Promise.all(items.map((contest) => view(contest, now))), next };
    },
  }),
  readContest: route({
    method: "GET",
    path: "/v1/contests/{contestId}",
    access: "contests:read",
    summary: "One contest, and how many entered.",
    params,
    returns: ContestWithCounts,
    run: async ({ workspaceId, params, now }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      const counts = await entryCounts(contest, now);
      return {
        ...(await view(contest, now)),
        counts: hasLedger(contest) ? { ...counts, entries: contest.entries } : counts,
      };
    },
  }),
  changeContest: route({
    method: "PATCH",
    path: "/v1/contests/{contestId}",
    access: "contests:write",
    summary:
      "Changes a draft. Of an open contest prizes can be added at the end, or become more or worth more, as a new version of its terms.",
    params,
    body: ContestPatch,
    returns: ContestView,
    refuses: [
      ...["contest_not_draft", "contest_promised", "rules_broken", "terms_full"],
      ...["slug_taken", "due_in_past", "unknown_zone", "stale"],
      ...["unknown_channel", "channel_disconnected", "unknown_media", "unknown_poll", "unknown_board"],
    ],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      expect(contest);
      if (Object.keys(body).length === 0) return view(contest, now);
      if (contest.status === "open") {
        const { channels = contest.channels, prizes = contest.prizes } = body;
        const around = await whereOf({ ...contest, channels, prizes }, [], now);
        const [improved, events] = improveContest(contest, body, canonical, now, around);
        const change = put(contests, improved, events);
        const { prizes: _, ...named } = body;
        const pictures = body.prizes ? await shownBy(improved, now) : [];
        return save(
          [change, ...(await stillNamedBy(workspaceId, named, now)), ...pictures],
          await view(change.after, now),
        );
      }
      const codes = body.chances && (await codesOf(contest, body.chances.bonuses));
      const [draft, events] = changeContest(contest, { ...body, codes }, now);
      const named = await stillNamedBy(workspaceId, body, now);
      const change = put(contests, draft, events);
      const renamed =
        draft.slug === contest.slug
          ? []
          : [...(await giveUpName("contest", contest.slug, milliseconds(now))), contestName(draft)];
      return orSlugTaken(save([change, ...renamed, ...named], await view(change.after, now)));
    },
  }),
  removeContest: route({
    method: "DELETE",
    path: "/v1/contests/{contestId}",
    access: "contests:write",
    summary: "Removes a draft; its slug is free again.",
    status: 204,
    params,
    refuses: ["contest_not_draft", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      expect(contest);
      const [removed, events] = removeContest(contest, now);
      const freed = await giveUpName("contest", contest.slug, milliseconds(now));
      return save([put(contests, removed, events), ...freed], undefined);
    },
  }),
  validateContest: route({
    method: "POST",
    path: "/v1/contests/{contestId}/validate",
    access: "contests:read",
    summary: "Says what a draft lacks, and holds it against each rule of law and networks; changes nothing.",
    params,
    returns: Validation,
    refuses: ["contest_not_draft"],
    run: async ({ workspaceId, params, now }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      if (contest.status !== "draft")
        return refuse("contest_not_draft", "Only a draft is validated: this contest opened by the rules of then.");
      return validation(contest, now);
    },
  }),
  validateNewContest: route({
    method: "POST",
    path: "/v1/contests/validate",
    access: "contests:read",
    summary: "The same for a set-up that is not made yet: keeps nothing.",
    body: NewContest,
    returns: Validation,
    refuses: [
      ...["due_in_past", "unknown_zone"],
      ...["unknown_channel", "channel_disconnected", "unknown_media", "unknown_poll", "unknown_board"],
    ],
    run: async ({ workspaceId, body, now }) => {
      const { languages, zone } = await brandOf(workspaceId, now);
      const asked = { language: languages[0], zone, ...body, workspaceId, contestId: newId("contest", now) };
      await stillNamedBy(workspaceId, body, now);
      const codes = await codesOf(asked, body.chances.bonuses);
      return validation(createContest({ ...asked, codes }, now)[0], now);
    },
  }),
  openContest: route({
    method: "POST",
    path: "/v1/contests/{contestId}/open",
    access: "contests:write",
    summary: "Opens a draft: its rules are published, and people enter until it closes by itself.",
    params,
    returns: ContestView,
    refuses: ["contest_not_draft", "contest_not_ready", "rules_broken", "due_in_past", "unknown_media", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      expect(contest);
      if (!config.canMail())
        return refuse(
          "contest_not_ready",
          "No mail can leave, and people enter by mail. Deploy with -c domain=… first.",
        );
      const { setup, lacks } = inHouse(contest, found(await findWorkspace(workspaceId, now), "workspace"));
      const { privateKey, publicKey } = newReceiptKey();
      const keys = {
        receiptKey: await sealReceiptKey(workspaceId, contest.contestId, privateKey),
        receiptPublicKey: publicKey,
        chainHash: chainInUse().chainHash,
        secretVersion: await secretVersion(workspaceId),
        networkSalt: await sealNetworkSalt(workspaceId, contest.contestId, randomBytes(32)),
      };
      const [open, events] = openContest(setup, keys, canonical, now, await whereOf(setup, lacks, now));
      const change = put(contests, open, events);
      const counts = put(publicCounts, startCounting(open, now));
      return save([change, counts, ...(await shownBy(open, now))], await view(change.after, now));
    },
  }),
  cancelContest: route({
    method: "POST",
    path: "/v1/contests/{contestId}/cancel",
    access: "contests:write",
    summary: "Cancels an open contest, with a public reason. It stays visible: promised prizes are owed.",
    params,
    body: z.strictObject({ reason: Paragraph(500) }),
    returns: ContestView,
    refuses: ["contest_not_cancellable", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      expect(contest);
      const [cancelled, events] = cancelContest(contest, body.reason, now);
      const change = put(contests, cancelled, events);
      return save([change, ...(await stopKitPosts(contest, now))], await view(change.after, now));
    },
  }),
  ...kitRoutes,
  ...juryRoutes,
  readContestDraw: route({
    method: "GET",
    path: "/v1/contests/{contestId}/draw",
    access: "contests:read",
    summary: "How far the draw is: the commitment once it is public, the bundle once the winners are drawn.",
    params,
    returns: DrawView,
    run: async ({ workspaceId, params, now }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      return viewDraw(contest);
    },
  }),
  ...reportRoutes,
  ...fairApiRoutes,
  ...winnerRoutes,
};

const viewDraw = async (contest: Standing): Promise<z.infer<typeof DrawView>> => ({
  contestId: contest.contestId,
  status: contest.status,
  ...(contest.drawAt === undefined ? {} : { drawAt: contest.drawAt }),
  moves: hasCommitment(contest) ? contest.moves : [],
  voided: hasCommitment(contest) ? contest.voided : [],
  ...(hasLedger(contest) ? { entries: contest.entries, tickets: contest.tickets } : {}),
  ...(hasCommitment(contest)
    ? { commitment: contest.commitment, commitHash: commitHashOf(contest), round: commitmentOf(contest).round }
    : {}),
  ...(hasDraw(contest) ? { bundle: await publishedBundle(contest) } : {}),
});

export const handler = api(routes);
