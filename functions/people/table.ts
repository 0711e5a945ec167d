import { milliseconds } from "../platform/clock.ts";
import { all, get, type Key, type Kind, lookUp, page, type Stretch } from "../platform/table.ts";
import { Consent, forgottenAt, type Known, Person, type Purpose, Text } from "./person.ts";

// What is asked                            Where the answer lives
// who is this address, everybody           WS#<workspace>#PEOPLE · <hash of address>
// the person of this id                    lookup: WS#<workspace>#PERSON#<id>
// what a person agreed to, and when not    WS#<workspace>#CONSENTS#<hash of address> · <consent>
// the words that were agreed to            WS#<workspace>#CONSENT-TEXTS · <hash of text>

const peopleOf = (workspaceId: string): string => `WS#${workspaceId}#PEOPLE`;
const personName = (workspaceId: string, personId: string): string => `WS#${workspaceId}#PERSON#${personId}`;

export const people: Kind<Person> = {
  kind: "person",
  schema: Person,
  key: ({ workspaceId, hash }) => ({ pk: peopleOf(workspaceId), sk: hash }),
  lookup: ({ workspaceId, personId }) => ({ name: personName(workspaceId, personId), at: "-" }),
  expires: (person) => (person.status === "erased" ? forgottenAt(person) : undefined),
};

export const consents: Kind<Consent> = {
  kind: "consent",
  schema: Consent,
  key: ({ workspaceId, hash, consentId }) => ({ pk: consentsOf(workspaceId, hash), sk: consentId }),
};
const consentsOf = (workspaceId: string, hash: string): string => `WS#${workspaceId}#CONSENTS#${hash}`;

export const texts: Kind<Text> = {
  kind: "consent-text",
  schema: Text,
  key: ({ workspaceId, hash }) => textKey(workspaceId, hash),
};
const textKey = (workspaceId: string, hash: string): Key => ({ pk: `WS#${workspaceId}#CONSENT-TEXTS`, sk: hash });

export const findPersonByHash = (workspaceId: string, hash: string, now: string): Promise<Person | undefined> =>
  get(people, { pk: peopleOf(workspaceId), sk: hash }, milliseconds(now));

const known = (person: Person | undefined): Known | undefined => (person?.status === "known" ? person : undefined);

export const findPerson = async (workspaceId: string, personId: string, now: string): Promise<Known | undefined> => {
  const { keys } = await lookUp(personName(workspaceId, personId), { limit: 1 });
  return keys[0] && known(await get(people, keys[0], milliseconds(now)));
};

/** The keyed hash of the address of somebody who was erased: for what stands to the right, to erase what it has of them. */
export const hashOfErased = async (workspaceId: string, personId: string, now: string): Promise<string | undefined> => {
  const { keys } = await lookUp(personName(workspaceId, personId), { limit: 1 });
  const person = keys[0] && (await get(people, keys[0], milliseconds(now)));
  return person?.status === "erased" ? person.hash : undefined;
};

/** In an order that tells nothing. */
export const listPeople = async (
  workspaceId: string,
  asked: { limit: number; startAfter: Key | undefined; consent: Purpose | undefined },
  now: string,
): Promise<Stretch<Known>> => {
  const { consent, ...list } = asked;
  const keep = (person: Person): boolean =>
    person.status === "known" && (consent === undefined || person[consent]?.status === "given");
  const { items, next } = await page(
    people,
    { pk: peopleOf(workspaceId) },
    { ...list, nowMs: milliseconds(now), keep },
  );
  return { items: items.flatMap((person) => known(person) ?? []), next };
};

export const findConsent = (
  { workspaceId, hash }: Pick<Person, "workspaceId" | "hash">,
  consentId: string,
  now: string,
): Promise<Consent | undefined> =>
  get(consents, { pk: consentsOf(workspaceId, hash), sk: consentId }, milliseconds(now));

/** All that a person agreed to, and when not. They are few: one each time that somebody pressed a button. */
export const allConsents = (
  { workspaceId, hash }: Pick<Person, "workspaceId" | "hash">,
  now: string,
): Promise<Consent[]> => Array.fromAsync(all(consents, { pk: consentsOf(workspaceId, hash) }, milliseconds(now)));

export const findText = (workspaceId: string, hash: string, now: string): Promise<Text | undefined> =>
  get(texts, textKey(workspaceId, hash), milliseconds(now));
