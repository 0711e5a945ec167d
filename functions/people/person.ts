import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/people.ts";
import { days, later } from "../platform/clock.ts";
import { Bytes, insteadOf } from "../platform/table.ts";
import { Language } from "../platform/words.ts";

// Somebody who agreed to something: who they are, how it stands now, and a row for each time that they said yes or no.

export const Purpose = z.enum(["newsletter"]);
export type Purpose = z.infer<typeof Purpose>;

const textRef = {
  /** SHA-256 of the text, hex. */
  textHash: z.string(),
};

/** How a purpose stands: by the newest row about it. */
const Standing = z.discriminatedUnion("status", [
  z.object({ status: z.literal("given"), consentId: z.string(), at: z.iso.datetime(), ...textRef }),
  z.object({ status: z.literal("withdrawn"), consentId: z.string(), at: z.iso.datetime() }),
]);

const common = {
  workspaceId: z.string(),
  personId: z.string(),
  /** The keyed hash of the address, as mail/address.ts makes it: one address, one person. */
  hash: z.string(),
};

export const Person = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("known"),
    ...common,
    /** Sealed. */
    address: Bytes,
    newsletter: Standing.optional(),
  }),
  /** An erased person is remembered by the hash for a month: what was on its way when they asked is not written after it. */
  z.object({ status: z.literal("erased"), ...common, erasedAt: z.iso.datetime() }),
]);
export type Person = z.infer<typeof Person>;
export type Known = Extract<Person, { status: "known" }>;
type Erased = Extract<Person, { status: "erased" }>;

/** A yes or a no. It is never changed: who withdraws adds a row. */
export const Consent = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("given"),
    ...common,
    /** Unique among this person's: the id of what it came with. */
    consentId: z.string(),
    purpose: Purpose,
    at: z.iso.datetime(),
    ...textRef,
    locale: Language,
    /** `confirmed-by-mail`: ticked, and then confirmed by the button behind a link that was mailed to this address. */
    method: z.enum(["confirmed-by-mail"]),
    /** With what: the id of a contest. */
    with: z.string(),
  }),
  z.object({
    status: z.literal("withdrawn"),
    ...common,
    consentId: z.string(),
    purpose: Purpose,
    at: z.iso.datetime(),
    /** `link`: by the link in a mail. `api`: the workspace was asked. */
    method: z.enum(["link", "api"]),
  }),
]);
export type Consent = z.infer<typeof Consent>;

/** The words that people agreed to, once for everybody who did. */
export const Text = z.object({
  workspaceId: z.string(),
  hash: z.string(),
  /** Which words of ours they are (consent-text.ts). */
  textVersion: z.number().int(),
  locale: Language,
  text: z.string(),
  firstUsedAt: z.iso.datetime(),
});
export type Text = z.infer<typeof Text>;

export const forgottenAt = ({ erasedAt }: Erased): string => later(erasedAt, days(30));

type Given = Extract<Consent, { status: "given" }>;

/** Says yes. Undefined where there is nothing to write: they were erased since they said it. */
export const give = (
  known: Person | undefined,
  asked: Omit<Given, "status" | "personId"> & { personId: string; address: Uint8Array },
): [Known, Given, DomainEvent[]] | undefined => {
  if (known?.status === "erased" && asked.at <= known.erasedAt) return undefined;
  const { address, ...said } = asked;
  const { workspaceId, hash, consentId, purpose, at, textHash } = said;
  const person: Known =
    known?.status === "known" ? known : { status: "known", workspaceId, hash, personId: asked.personId, address };
  const given: Given = { ...said, personId: person.personId, status: "given" };
  const isNewest = person.newsletter === undefined || person.newsletter.at <= at;
  const next: Known = isNewest ? { ...person, newsletter: { status: "given", consentId, at, textHash } } : person;
  return [
    known && known !== person ? insteadOf(known, next) : next,
    given,
    [event("consent.given", { personId: person.personId, consentId, purpose, textHash })],
  ];
};

/** Says no. Undefined where it was so already. */
export const withdraw = (
  person: Known,
  { purpose, method }: Pick<Extract<Consent, { status: "withdrawn" }>, "purpose" | "method">,
  now: string,
): [Known, Consent, DomainEvent[]] | undefined => {
  if (person.newsletter?.status !== "given") return undefined;
  const { workspaceId, hash, personId } = person;
  const consentId = now;
  return [
    { ...person, newsletter: { status: "withdrawn", consentId, at: now } },
    { status: "withdrawn", workspaceId, hash, personId, consentId, purpose, at: now, method },
    [event("consent.withdrawn", { personId, consentId, purpose, method })],
  ];
};

export const erase = (person: Known, now: string): [Erased, DomainEvent[]] => {
  const { workspaceId, hash, personId } = person;
  return [
    insteadOf(person, { status: "erased", workspaceId, hash, personId, erasedAt: now } as const),
    [event("person.erased", { personId })],
  ];
};
