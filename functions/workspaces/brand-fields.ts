import * as z from "zod";
import { type FieldError, refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { Address, isZone, Line } from "../platform/input.ts";
import { Language } from "../platform/words.ts";
import { contrastWithWhite, leastContrast, readable } from "./accent.ts";

// What a workspace says of itself: its pages, mails and terms are made of it.

/** As it is kept; each is there once it was said. */
export const Presented = z.object({
  legalName: z.string().optional(),
  address: z.string().optional(),
  registerNumber: z.string().optional(),
  replyTo: z.string().optional(),
  privacyUrl: z.string().optional(),
  logo: z.string().optional(),
  accent: z.string().optional(),
  languages: z.tuple([Language], Language).optional(),
  zone: z.string().optional(),
});
export type Presented = z.infer<typeof Presented>;

export const brandFields = [
  "name",
  "legalName",
  "address",
  "registerNumber",
  "replyTo",
  "privacyUrl",
  "logo",
  "accent",
  "languages",
  "zone",
] as const;

/** `null` takes away what was said (RFC 7396). */
export const BrandPatch = z
  .strictObject({
    legalName: Line(100).nullable().describe("Who answers to the law."),
    address: Line(200).nullable().describe("Street, number, town."),
    registerNumber: Line(40).nullable().describe("In the trade register; in the Netherlands KvK."),
    replyTo: Address.nullable().describe("Who reads answers to mails, questions and complaints."),
    privacyUrl: z
      .url({ protocol: /^https$/, error: "Give an address that begins with https://." })
      .max(300)
      .nullable()
      .describe("Where the privacy statement is."),
    logo: Id("media").nullable().describe("A published image of this workspace."),
    accent: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, "Write a colour as #rrggbb.")
      .toLowerCase()
      .nullable()
      .describe("The colour of buttons and links. White text on it must be readable (WCAG 2.2 AA)."),
    languages: z
      .tuple([Language], Language)
      .refine((languages) => new Set(languages).size === languages.length, "A language stands there twice.")
      .nullable()
      .describe("Its own first."),
    zone: z.string().max(60).nullable().describe("The IANA time zone it lives in, e.g. Europe/Amsterdam."),
  })
  .partial();
export type BrandPatch = z.infer<typeof BrandPatch>;

/** Refuses `unknown_zone` and `accent_unreadable`. */
export const checkedBrand = <P extends BrandPatch>(patch: P): P => {
  const { zone, accent } = patch;
  if (typeof zone === "string" && !isZone(zone))
    refuse("unknown_zone", `There is no time zone ${zone}.`, [
      { pointer: "#/zone", detail: "Use an IANA name, e.g. Europe/Amsterdam." },
    ]);
  const contrast = typeof accent === "string" ? contrastWithWhite(accent) : Number.POSITIVE_INFINITY;
  if (typeof accent === "string" && contrast < leastContrast) {
    // Cut off, not rounded: 4.4999 is not 4.5.
    const ratio = (Math.floor(contrast * 100) / 100).toFixed(2);
    refuse(
      "accent_unreadable",
      `White text on ${accent} has a contrast of ${ratio}:1; WCAG 2.2 asks for ${leastContrast}:1.`,
      [{ pointer: "#/accent", detail: `The nearest shade that can be read on is ${readable(accent)}.` }],
    );
  }
  return patch;
};

/** What was said, with the patch in it. */
export const applied = <S extends Presented>(said: S, patch: BrandPatch): S => ({
  ...said,
  ...Presented.parse(Object.fromEntries(Object.entries(patch).map(([field, value]) => [field, value ?? undefined]))),
});

/** What the law asks of whoever speaks to the public. */
const asked = {
  legalName: "who answers to the law",
  address: "where that is: street, number, town",
  replyTo: "the e-mail address where questions and complaints go",
  privacyUrl: "the address of the privacy statement (GDPR, article 13)",
} as const satisfies Partial<Record<keyof Presented, string>>;

/** Who organises what this workspace does, once it has said all of it. */
export const organiserOf = ({
  legalName,
  address,
  replyTo,
}: Presented): { name: string; address: string; contact: string } | undefined =>
  legalName === undefined || address === undefined || replyTo === undefined
    ? undefined
    : { name: legalName, address, contact: replyTo };

/** What is missing before something public opens, with the call that mends it; `hasOrganiser`: it names one itself. */
export const lacksInPublic = (said: Presented, hasOrganiser = false): FieldError[] =>
  (hasOrganiser ? (["privacyUrl"] as const) : (["legalName", "address", "replyTo", "privacyUrl"] as const))
    .filter((field) => said[field] === undefined)
    .map((field) => ({
      pointer: `/v1/workspace#/${field}`,
      detail: `Say ${asked[field]}: PATCH /v1/workspace {"${field}": …}.`,
    }));
