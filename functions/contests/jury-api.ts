import * as z from "zod";
import { found } from "../platform/errors.ts";
import { route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { Line, Paragraph } from "../platform/input.ts";
import { put } from "../platform/table.ts";
import { type Judged, prizeOf } from "./contest.ts";
import { isErased } from "./entry.ts";
import { judgeContest } from "./jury.ts";
import { contests, eachEntry, findContest, findEntriesById } from "./table.ts";

// The organiser says whom the jury has chosen.

const params = z.strictObject({ contestId: Id("contest") });

const NewWinners = z.strictObject({
  winners: z
    .array(
      z.strictObject({
        entryId: Id("entry"),
        reason: Paragraph(500).describe(
          "Everyone reads it: why the jury chose this one. Name nobody who did not agree.",
        ),
        shownAs: Line(80)
          .optional()
          .describe("How the public reads who it is, as the winner agreed; else no name is shown."),
      }),
    )
    .max(100)
    .refine((all) => new Set(all.map(({ entryId }) => entryId)).size === all.length, "Somebody is named twice.")
    .describe(
      "In the order of the prizes; after them reserves, in the order in which they take a prize that nobody claims. Nobody where nobody entered.",
    ),
});

const Recorded = z
  .object({
    judgedAt: z.iso.datetime(),
    winners: z.array(
      z.object({
        position: z.int(),
        prize: z.string().optional().describe("A reserve has none."),
        entryId: Id("entry"),
        reason: z.string(),
        shownAs: z.string().optional(),
      }),
    ),
  })
  .meta({ id: "ContestVerdict" });

const recorded = (contest: Judged): z.infer<typeof Recorded> => ({
  judgedAt: contest.judgedAt,
  winners: contest.verdicts.map(({ entryId, reason, shownAs }, position) => ({
    position,
    ...(prizeOf(contest, position) === undefined ? {} : { prize: prizeOf(contest, position) }),
    entryId,
    reason,
    ...(shownAs === undefined ? {} : { shownAs }),
  })),
});

export const juryRoutes = {
  recordWinners: route({
    method: "POST",
    path: "/v1/contests/{contestId}/winners",
    access: "contests:write",
    summary:
      "Records whom the jury chose, in the order of the prizes and then reserves, each with a public reason. Only of a contest that is judged, after its close; it stays. Each winner is mailed a link to claim the prize by.",
    params,
    body: NewWinners,
    returns: Recorded,
    refuses: ["contest_not_judging", "unknown_entry", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const contest = found(await findContest(workspaceId, params.contestId, now), "contest");
      expect(contest);
      let standing = 0;
      if (contest.status === "judging")
        await eachEntry(contest, now, (row) => {
          if (!isErased(row) && row.excluded === undefined) standing++;
        });
      const ids = body.winners.map(({ entryId }) => entryId);
      const entries = contest.status === "judging" && ids.length > 0 ? await findEntriesById(contest, ids, now) : [];
      const [judged, events] = judgeContest(contest, body.winners, { entries, standing }, now);
      const change = put(contests, judged, events);
      return save([change], recorded(change.after));
    },
  }),
};
