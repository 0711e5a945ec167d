import * as z from "zod";
import { giveConsent } from "../people/consent.ts";
import { consentTextOf } from "../people/consent-text.ts";
import { onEvent } from "../platform/background.ts";
import { instant } from "../platform/clock.ts";
import { openConsent } from "./consent.ts";
import { addressOf, openIdentity } from "./entry.ts";
import { findContest, findEntry } from "./table.ts";

// Of the entries that came in, those that asked for the newsletter: it is written down where it stays, for longer than the
// contest does. The event says where the row is, sealed; who it is stands in the row alone.

export const on = ["entry.accepted"] as const;

const Accepted = z.object({
  contestId: z.string(),
  items: z.array(z.object({ entryId: z.string(), enteredAt: z.string(), consent: z.string().optional() })),
});

export const handler = onEvent(async ({ detail, now, save }) => {
  const { contestId, items } = Accepted.parse(detail.data);
  const asking = items.flatMap(({ consent, ...item }) => (consent === undefined ? [] : [{ ...item, consent }]));
  if (asking.length === 0) return;
  const { workspaceId } = detail;
  const contest = await findContest(workspaceId, contestId, now);
  if (!contest || contest.status === "draft") return;
  for (const { entryId, consent } of asking) {
    const { hashBegins, place } = await openConsent(contest, entryId, Buffer.from(consent, "base64url"));
    const entry = await findEntry(place, now);
    if (!entry) continue; // Erased since.
    const text = consentTextOf(hashBegins, contest.organiser.name);
    if (!text) throw new Error("Somebody agreed to a text that is not known here.");
    const address = addressOf(await openIdentity(entry));
    const at = instant(entry.enteredAt);
    const said = { consentId: entryId, purpose: "newsletter", address, text, at, with: contestId } as const;
    await giveConsent(workspaceId, said, { now, save });
  }
});
