import * as z from "zod";
import { stops } from "../mail/suppression.ts";
import { findSuppression } from "../mail/table.ts";
import { Id } from "../platform/ids.ts";
import { versionOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { addressOf } from "./consent.ts";
import type { Consent, Known } from "./person.ts";
import { stopUrl } from "./stop-link.ts";
import { findConsent, findText } from "./table.ts";

// A person as the workspace sees them: the address, and what they agree to now, in the very words.

export const Agreed = z.object({
  text: z.string().describe("Word for word what they agreed to."),
  textHash: z.string().describe("SHA-256 of the text, hex."),
  textVersion: z.int(),
  locale: Language,
  at: z.iso.datetime(),
  method: z.enum(["confirmed-by-mail"]),
  with: z.string().describe("With what they said so: the id of a contest."),
});

export const PersonView = z
  .object({
    id: Id("person"),
    address: z.string(),
    newsletter: z
      .object({
        status: z.enum(["given", "withdrawn"]),
        at: z.iso.datetime(),
        agreed: Agreed.optional().describe("Where it is given."),
        stopUrl: z
          .url()
          .optional()
          .describe("Belongs in every newsletter, and in its List-Unsubscribe header: the button behind it withdraws."),
      })
      .optional(),
    version: z.int(),
  })
  .meta({ id: "Person" });
export type PersonView = z.infer<typeof PersonView>;

export const agreedBy = async (
  consent: Consent | undefined,
  now: string,
): Promise<z.infer<typeof Agreed> | undefined> => {
  if (consent?.status !== "given") return undefined;
  const { workspaceId, textHash, locale, at, method } = consent;
  const text = await findText(workspaceId, textHash, now);
  if (!text) throw new Error("A text that was agreed to is not kept.");
  return { text: text.text, textHash, textVersion: text.textVersion, locale, at, method, with: consent.with };
};

/** Whoever since wanted no marketing mail from us wants no newsletter of this workspace either, whichever link they used. */
const isStoppedSince = async ({ workspaceId, hash }: Known, givenAt: string, now: string): Promise<boolean> => {
  const known = await findSuppression(workspaceId, hash, now);
  return known?.status === "active" && stops(known, { marketing: true }) && known.since >= givenAt;
};

export const viewPerson = async (person: Known, now: string): Promise<PersonView> => {
  const { workspaceId, personId: id, newsletter } = person;
  const address = await addressOf(person);
  const view = { id, address, version: versionOf(person) };
  if (!newsletter) return view;
  if (newsletter.status === "withdrawn" || (await isStoppedSince(person, newsletter.at, now)))
    return { ...view, newsletter: { status: "withdrawn", at: newsletter.at } };
  const agreed = await agreedBy(await findConsent(person, newsletter.consentId, now), now);
  const { url } = await brandOf(workspaceId, now);
  const stop = await stopUrl(url, workspaceId, id);
  return { ...view, newsletter: { status: "given", at: newsletter.at, ...(agreed ? { agreed } : {}), stopUrl: stop } };
};
