import canonicalize from "canonicalize";
import * as z from "zod";
import type { Mailing } from "../mail/mailing.ts";
import { milliseconds } from "../platform/clock.ts";
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
import { publishedBundle } from "./bundle.ts";
import { commitHashOf, commitmentOf } from "./commit.ts";
import {
  ContestView,
  hasCommitment,
  hasDraw,
  hasLedger,
  prizeOf,
  type Standing,
  Status,
  viewContest,
} from "./contest.ts";
import { newReceiptKey, sealReceiptKey } from "./entry.ts";
import { cancelContest, openContest } from "./open.ts";
import { winningPositions } from "./outcome.ts";
import { beaconInUse } from "./randomness.ts";
import { assess, broken, missing, RuleView } from "./rules.ts";
import { ContestPatch, changeContest, createContest, NewContest, removeContest } from "./setup.ts";
import { contests, entryCounts, findContest, listContests, listEntries, winnersMailed } from "./table.ts";
import { BundleShape } from "./verify.ts";

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

const ContestWithCounts = ContestView.extend({
  counts: z.object({ entries: z.int(), referred: z.int() }).describe("By now, a moment behind; exact once sealed."),
}).meta({ id: "ContestWithCounts" });

const Validation = z
  .object({
    canOpen: z.boolean(),
    missing: z.array(z.object({ pointer: z.string(), detail: z.string() })),
    rules: z.array(RuleView),
  })
  .meta({ id: "ContestValidation" });

const DrawView = z
  .object({
    contestId: Id("contest"),
    status: Status,
    drawAt: z.iso.datetime().optional(),
    moves: z
      .array(z.object({ from: z.iso.datetime(), to: z.iso.datetime(), reason: z.string(), at: z.iso.datetime() }))
      .describe("When the draw moved, and why."),
    entries: z.int().optional(),
    tickets: z.int().optional(),
    commitment: z.string().optional().describe("264 bytes, hex; public before the randomness exists."),
    commitHash: z.string().optional(),
    round: z.int().optional().describe("The round of the beacon that decides."),
    bundle: BundleShape.optional().describe("All that a checker needs, once drawn: also at /c/<slug>/draw.json."),
  })
  .meta({ id: "ContestDraw" });

const EntryView = z
  .object({ id: Id("entry"), enteredAt: z.iso.datetime(), referred: z.boolean() })
  .meta({ id: "ContestEntry" });

const WinnerView = z
  .object({
    position: z.int(),
    role: z.enum(["winner", "reserve"]),
    prize: z.string().optional(),
    entryId: Id("entry"),
    told: z
      .enum(["no", "telling", "yes", "refused"])
      .describe(
        "`telling` that stays: the mail may or may not have left, and is not sent again by itself. `refused`: the mail service will not take it, or the address gets no mail (any more).",
      ),
  })
  .meta({ id: "ContestWinner" });

export const routes = {
  createContest: route({
    method: "POST",
    path: "/v1/contests",
    access: "contests:write",
    summary: "Sets up a contest, as a draft: what is missing may follow.",
    status: 201,
    body: NewContest,
    returns: ContestView,
    refuses: ["slug_taken", "due_in_past", "unknown_zone"],
    run: async ({ workspaceId, body, now, save }) => {
      const { languages, zone } = await brandOf(workspaceId, now);
      const asked = { language: languages[0], zone, ...body, workspaceId, contestId: newId("contest", now) };
      const [draft, events] = createContest(asked, now);
      const change = put(contests, draft, events);
      return orSlugTaken(save([change, contestName(draft)], await view(change.after, now)));
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
    summary: "Changes a draft.",
    params,
    body: ContestPatch,
    returns: ContestView,
    refuses: ["contest_not_draft", "slug_taken", "due_in_past", "unknown_zone", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      expect(contest);
      if (Object.keys(body).length === 0) return view(contest, now);
      const [draft, events] = changeContest(contest, body, now);
      const change = put(contests, draft, events);
      const renamed =
        draft.slug === contest.slug
          ? []
          : [...(await giveUpName("contest", contest.slug, milliseconds(now))), contestName(draft)];
      return orSlugTaken(save([change, ...renamed], await view(change.after, now)));
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
      const { setup, lacks } = inHouse(contest, found(await findWorkspace(workspaceId, now), "workspace"));
      const allLacks = [...missing(setup), ...lacks];
      const canOpen = allLacks.length === 0 && broken(setup, now).length === 0;
      return { canOpen, missing: allLacks, rules: assess(setup, now) };
    },
  }),
  openContest: route({
    method: "POST",
    path: "/v1/contests/{contestId}/open",
    access: "contests:write",
    summary: "Opens a draft: its rules are published, and people enter until it closes by itself.",
    params,
    returns: ContestView,
    refuses: ["contest_not_draft", "contest_not_ready", "rules_broken", "due_in_past", "stale"],
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
        chainHash: beaconInUse().chain.chainHash,
        secretVersion: await secretVersion(workspaceId),
      };
      const [open, events] = openContest(setup, keys, canonical, now, lacks);
      const change = put(contests, open, events);
      return save([change], await view(change.after, now));
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
      return save([change], await view(change.after, now));
    },
  }),
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
  listContestEntries: list({
    method: "GET",
    path: "/v1/contests/{contestId}/entries",
    access: "contests:read",
    summary: "The entries, in an order that tells nothing, without personal data.",
    params,
    item: EntryView,
    run: async ({ workspaceId, params, list, now }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      if (contest.status === "draft") return { items: [], next: undefined };
      const { items, next } = await listEntries(contest, list, now);
      const viewed = items.map(({ id, enteredAt, referrer }) => ({
        id,
        enteredAt: new Date(enteredAt).toISOString(),
        referred: referrer !== undefined,
      }));
      return { items: viewed, next };
    },
  }),
  listContestWinners: list({
    method: "GET",
    path: "/v1/contests/{contestId}/winners",
    access: "contests:read",
    summary: "The drawn positions in their order: winners, then reserves. Without personal data.",
    params,
    item: WinnerView,
    refuses: ["contest_not_drawn"],
    run: async ({ workspaceId, params, list, now }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      if (!hasDraw(contest)) return refuse("contest_not_drawn", "The winners are not drawn yet.");
      const mailed = await winnersMailed(contest, now);
      const winning = winningPositions(contest);
      const first = list.startAfter ? Number(list.startAfter.sk) + 1 : 0;
      const items = contest.positions.slice(first, first + list.limit).map(({ position, entryId }) => {
        const prize = prizeOf(contest, winning.indexOf(position));
        return {
          position,
          role: winning.includes(position) ? ("winner" as const) : ("reserve" as const),
          ...(prize === undefined ? {} : { prize }),
          entryId,
          told: toldBy(mailed.get(position)),
        };
      });
      const last = first + items.length - 1;
      const next = last + 1 < contest.positions.length ? { pk: contest.contestId, sk: String(last) } : undefined;
      return { items, next };
    },
  }),
};

/** Whether a winner knows, by what became of their letter. */
const toldBy = (mailing: Mailing | undefined): z.infer<typeof WinnerView>["told"] => {
  if (!mailing) return "no";
  if (mailing.status === "sent") return "yes";
  if (mailing.status === "sending" || mailing.reason === "unknown") return "telling";
  return mailing.reason === "late" ? "no" : "refused";
};

const viewDraw = async (contest: Standing): Promise<z.infer<typeof DrawView>> => ({
  contestId: contest.contestId,
  status: contest.status,
  ...(contest.drawAt === undefined ? {} : { drawAt: contest.drawAt }),
  moves: hasCommitment(contest) ? contest.moves : [],
  ...(hasLedger(contest) ? { entries: contest.entries, tickets: contest.tickets } : {}),
  ...(hasCommitment(contest)
    ? { commitment: contest.commitment, commitHash: commitHashOf(contest), round: commitmentOf(contest).round }
    : {}),
  ...(hasDraw(contest) ? { bundle: await publishedBundle(contest) } : {}),
});

export const handler = api(routes);
