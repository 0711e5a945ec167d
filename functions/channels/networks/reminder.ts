import * as z from "zod";
import { Address, Line } from "../../platform/input.ts";
import { Language } from "../../platform/words.ts";
import { byHand, checkByHand, isByHand } from "../by-hand.ts";
import { checkLimits, type Network, type Profile } from "../network.ts";

// For a network that lets no program in, or not us yet: at its time the post is mailed to a person, ready to paste.

const ours = { source: "functions/channels/networks/reminder.ts: our own choice", checkedAt: "2026-11-22" };

const profile: Profile = {
  name: "reminder",
  title: "The reminder",
  // A letter has a name, and under it is mailed once (platform/letter.ts).
  idempotency: "A",
  verified: "server",
  limits: [{ unit: "bytes", most: 40_000, ...ours }],
  media: [
    {
      types: ["image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4"],
      most: 20,
      mostBytes: 50_000_000,
      ...ours,
    },
  ],
  rates: [],
  mostParts: 25,
  can: { retract: false, figures: [], replies: false },
  named: false,
};

export const ReminderSettings = z.strictObject({
  to: Address.describe("Who posts it: a mail address."),
  where: Line(60).describe("Where it is to be posted, as that person calls it: LinkedIn, the shop's Instagram."),
  language: Language.default("nl").describe("Of the mail."),
  countsAs: z
    .enum(byHand)
    .optional()
    .describe("The network that it is posted on: what is said is counted as that one counts."),
});

export const reminder = {
  profile,
  settings: ReminderSettings,
  secrets: z.strictObject({}),
  check: (said, account) => {
    const name = account?.facts?.countsAs ?? "";
    return isByHand(name) ? checkByHand(name, profile, said) : checkLimits(profile, said);
  },
} satisfies Network;
