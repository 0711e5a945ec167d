import { hashesOf } from "../mail/address.ts";
import { newId } from "../platform/ids.ts";
import { open, seal } from "../platform/secrets.ts";
import { type Change, put } from "../platform/table.ts";
import type { ConsentText } from "./consent-text.ts";
import { give, type Known, type Purpose, type Text, withdraw } from "./person.ts";
import { consents, findConsent, findPersonByHash, findText, people, texts } from "./table.ts";

// Yes and no, as they are written down: what stands to the right says yes with the id of what it came with, so that twice is
// once.

type By = { now: string; save: (changes: readonly Change[]) => Promise<void> };

const boundTo = (hash: string): string => `person ${hash}`;
export const addressOf = async ({ workspaceId, hash, address }: Known): Promise<string> =>
  (await open(workspaceId, boundTo(hash), address)).toString();

const textChange = async (workspaceId: string, { hash, version, locale, text }: ConsentText, { now }: By) => {
  const name = hash.toString("hex");
  if (await findText(workspaceId, name, now)) return [];
  const kept: Text = { workspaceId, hash: name, textVersion: version, locale, text, firstUsedAt: now };
  return [put(texts, kept)];
};

/** Writes down a yes. `consentId`: of what it came with; `at`: when they pressed the button. */
export const giveConsent = async (
  workspaceId: string,
  said: { consentId: string; purpose: Purpose; address: string; text: ConsentText; at: string; with: string },
  by: By,
): Promise<void> => {
  const { consentId, purpose, address, text, at } = said;
  const { address: hash } = await hashesOf(workspaceId, address, by.now);
  if (await findConsent({ workspaceId, hash }, consentId, by.now)) return;
  const given = give(await findPersonByHash(workspaceId, hash, by.now), {
    ...{ workspaceId, hash, consentId, purpose, at, with: said.with },
    personId: newId("person", by.now),
    address: await seal(workspaceId, boundTo(hash), address),
    textHash: text.hash.toString("hex"),
    locale: text.locale,
    method: "confirmed-by-mail",
  });
  if (!given) return;
  const [person, consent, events] = given;
  await by.save([put(people, person, events), put(consents, consent), ...(await textChange(workspaceId, text, by))]);
};

/** What to write for a no; nothing where it was so already. */
export const withdrawal = (person: Known, purpose: Purpose, method: "link" | "api", now: string): Change[] => {
  const withdrawn = withdraw(person, { purpose, method }, now);
  if (!withdrawn) return [];
  const [next, consent, events] = withdrawn;
  return [put(people, next, events), put(consents, consent)];
};
