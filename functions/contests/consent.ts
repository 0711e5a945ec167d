import { consentText } from "../people/consent-text.ts";
import { open, seal } from "../platform/secrets.ts";
import type { Language } from "../platform/words.ts";
import type { Published } from "./contest.ts";
import { shardOf } from "./entering.ts";
import type { Place } from "./entry.ts";

// That somebody who enters wants the newsletter too: in the entry's own row, so that it costs no write more, and never in
// what decides over chances. keep-consent.ts writes it down where it stays.

const hashBytes = 8;
const boundTo = (contestId: string, entryId: string): string => `${contestId}/${entryId}/consent`;

/** In the row: what they agreed to, by the first 8 bytes of its hash, and sealed, where the row lies, which an event may carry. */
export const sealConsent = async (
  contest: Published,
  { pid }: Place,
  entryId: string,
  asked: { version: number; language: Language },
): Promise<Buffer> => {
  const { hash } = consentText(asked.version, asked.language, contest.organiser.name);
  const where = await seal(contest.workspaceId, boundTo(contest.contestId, entryId), pid);
  return Buffer.concat([hash.subarray(0, hashBytes), where]);
};

/** What `sealConsent` says. */
export const openConsent = async (
  { workspaceId, contestId, shards }: Pick<Published, "workspaceId" | "contestId" | "shards">,
  entryId: string,
  consent: Uint8Array,
): Promise<{ hashBegins: Uint8Array; place: Place }> => {
  const pid = await open(workspaceId, boundTo(contestId, entryId), consent.subarray(hashBytes));
  return {
    hashBegins: consent.subarray(0, hashBytes),
    place: { workspaceId, contestId, shard: shardOf(pid, shards), pid },
  };
};
