import * as z from "zod";
import { announces, type Fold } from "./event.ts";

const suppressionId = z.string();
const example = { suppressionId: "supp_01jd0000000000000000000000" };

export const { catalogue, event } = announces({
  "mail.failed": {
    data: z.object({
      letterId: z.string().describe("What the mail was about and what it was, e.g. contest_01…/winner/0."),
      reason: z
        .enum(["refused", "suppressed", "late", "unknown"])
        .describe(
          "`refused`: the mail service will not take it. `suppressed`: its reader gets no mail of this workspace. `late`: it could not be sent while it was of use. `unknown`: it may or may not have left, and is not sent again.",
        ),
    }),
    example: { letterId: "contest_01jd0000000000000000000000/winner/0", reason: "refused" },
  },
  "mail.cap_reached": {
    data: z
      .object({ perDay: z.number().describe("How many mails the account may send in 24 hours.") })
      .describe("No more mail may leave for now; what is queued waits. Said once a day."),
    example: { perDay: 50_000 },
  },
  "address.suppressed": {
    data: z.object({ suppressionId, reason: z.enum(["bounced", "complained", "unsubscribed", "asked"]) }),
    example: { ...example, reason: "bounced" },
  },
  "address.allowed": {
    data: z.object({ suppressionId }).describe("It may be mailed again."),
    example,
  },
});

export const suppressionsSubject = "suppressions";

/** How many letters of an id went to people who asked for them: `mails`. */
export const lettersSubject = (letterId: string): string => `${letterId}#mails`;

const isActive = (row: Record<string, unknown> | undefined): number => (row?.status === "active" ? 1 : 0);

export const folds: readonly Fold[] = [
  {
    // Written once a mail, before it. One that has to wait for the mail service counts again when it leaves.
    kind: "throttle",
    counts: (before, after) => {
      if (typeof after?.letter === "string" && after.posting !== before?.posting)
        return [{ subject: lettersSubject(after.letter), add: { mails: 1 } }];
      return [];
    },
  },
  {
    kind: "suppression",
    counts: (before, after) => {
      const suppressed = isActive(after) - isActive(before);
      return suppressed === 0 ? [] : [{ subject: suppressionsSubject, add: { suppressed } }];
    },
  },
];
