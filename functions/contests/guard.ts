import { isIP } from "node:net";
import { remembers } from "../platform/cache.ts";
import { minutes } from "../platform/clock.ts";
import { packageText } from "../platform/package-file.ts";
import { hmac, open, seal } from "../platform/secrets.ts";
import type { Language } from "../platform/words.ts";
import type { Closing, Open, Published } from "./contest.ts";
import { addressOf, type Entry, isErased } from "./entry.ts";
import { words } from "./fair-words.ts";
import { domainOf, isTagged } from "./mailbox.ts";
import { eachEntry } from "./table.ts";

// What makes an entry doubtful. A mark is a hint for the organiser, with a reason in words; no mark excludes anybody, nor
// changes any chance. Nothing of it costs a write of its own: what is known on entering rides in the entry's row, and how many
// came from one network is counted from the rows when it is asked.

// ── Marks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** As rows keep them: they never change their meaning. `busy_network` is not kept, but counted. */
export const markCodes = { no_proof: 1, disposable_address: 2, tagged_address: 3, busy_network: 4 } as const;
export type Mark = keyof typeof markCodes;
export const marks = Object.keys(markCodes) as Mark[];
const markOf = (code: number): Mark | undefined => marks.find((mark) => markCodes[mark] === code);

/** The reason of a mark in words. */
export const sayMark = (mark: Mark, language: Language): string => words[language].marks[mark];

type Domains = Pick<ReadonlySet<string>, "has">;
const disposable = remembers<Domains>(minutes(60), 1);
/**
 * The list is 170 KB: it is loaded when somebody confirms, and searched as the text that it is (0.1 ms), since making it a set
 * would take longer than all else that confirming does at a start.
 */
const disposableDomains = (): Promise<Domains> =>
  disposable.get("domains", async () => {
    const list = await packageText("disposable-email-domains-js/dist/dict/disposable_email_blocklist.json");
    return { has: (domain) => list.includes(JSON.stringify(domain)) };
  });

/** Whether a domain, or one above it, is known to give addresses away. */
export const isDisposable = (domain: string, known: Domains): boolean => {
  const parts = domain.split(".");
  return parts.some((_, i) => i < parts.length - 1 && known.has(parts.slice(i).join(".")));
};

/** The codes of what is doubtful about an entry as it is made. `identity`: canonical. */
export const marksAtEntry = async ({ identity, proven }: { identity: string; proven: boolean }): Promise<number[]> => {
  const address = addressOf(identity);
  return [
    ...(proven ? [] : [markCodes.no_proof]),
    ...(isDisposable(domainOf(address), await disposableDomains()) ? [markCodes.disposable_address] : []),
    ...(isTagged(address) ? [markCodes.tagged_address] : []),
  ];
};

/** The marks of an entry. `busy`: the networks from which many came, by `busyNetworks`. */
export const marksOf = (entry: Pick<Entry, "risk" | "network">, busy: ReadonlySet<string> = new Set()): Mark[] => [
  ...(entry.risk ?? []).flatMap((code) => markOf(code) ?? []),
  ...(entry.network && busy.has(keyOf(entry.network)) ? (["busy_network"] as const) : []),
];

// ── Networks ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** RFC 4291, section 2.2: the eight groups of an IPv6 address. */
const groupsOf = (address: string): number[] => {
  const [left = "", right] = address.split("%")[0]!.split("::");
  const read = (part: string): number[] =>
    part === ""
      ? []
      : part.split(":").flatMap((group) => {
          if (!group.includes(".")) return [Number.parseInt(group, 16)];
          const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
          return [a * 256 + b, c * 256 + d];
        });
  const head = read(left);
  const tail = right === undefined ? [] : read(right);
  return [...head, ...Array(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail];
};

/** What a household, a company or a piece of a provider shares: the /24 of IPv4, the /48 of IPv6. */
export const networkOf = (address: string): string | undefined => {
  const version = isIP(address);
  if (version === 4) return address.split(".").slice(0, 3).join(".");
  if (version !== 6) return undefined;
  const groups = groupsOf(address);
  // An IPv4 address in IPv6's writing (RFC 4291, section 2.5.5.2).
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8].join(".");
  return groups
    .slice(0, 3)
    .map((group) => group.toString(16))
    .join(":");
};

const boundTo = (contestId: string): string => `${contestId}/networkSalt`;
/** `salt`: 32 random bytes, which only the open contest keeps. Once they are gone nothing tells which network a hash was. */
export const sealNetworkSalt = (workspaceId: string, contestId: string, salt: Uint8Array): Promise<Buffer> =>
  seal(workspaceId, boundTo(contestId), salt);

/** A full SHA-256 would make each row 28 bytes longer, and two networks in a contest still do not meet in 32 bits. */
const hashBytes = 4;

/** The network of an address, hashed. None where the contest opened before it had a salt. */
export const networkHash = async (contest: Open | Closing, address: string): Promise<Uint8Array | undefined> => {
  const network = networkOf(address);
  if (network === undefined || contest.networkSalt === undefined) return undefined;
  const salt = await open(contest.workspaceId, boundTo(contest.contestId), contest.networkSalt);
  return hmac(salt, network).subarray(0, hashBytes);
};

const keyOf = (network: Uint8Array): string => Buffer.from(network).toString("base64url");

/** So many entries from one network on one day are worth a look. Mobile networks, schools and companies have as many. */
const manyADay = 25;
/** So many entries are read to count them, in a few seconds; of more the rest is reckoned, since shards are even samples. */
const mostRead = 50_000;

type Counted = { enteredAt: number; network?: Uint8Array | undefined };

/** The networks of which more than `most` of these entries came on one day (UTC). */
export const busyOf = (entries: Iterable<Counted>, most: number): Set<string> => {
  const counts = new Map<string, number>();
  const busy = new Set<string>();
  for (const { enteredAt, network } of entries) {
    if (!network) continue;
    const key = keyOf(network);
    const day = `${key} ${Math.floor(enteredAt / 86_400_000)}`;
    const count = (counts.get(day) ?? 0) + 1;
    counts.set(day, count);
    if (count > most) busy.add(key);
  }
  return busy;
};

const counted = remembers<Set<string>>(minutes(1), 100);
/**
 * The networks from which many entries came on one day; at most a minute old. Counted from all rows of as many shards as hold
 * 50,000 entries; persons lie over the shards by a uniform hash, so that a part of them says it of all.
 */
export const busyNetworks = (contest: Published, entries: number, now: string): Promise<Set<string>> =>
  counted.get(contest.contestId, async () => {
    const part = Math.min(1, mostRead / Math.max(1, entries));
    const shards = Math.max(1, Math.floor(part * contest.shards));
    const seen: Counted[] = [];
    await eachEntry({ ...contest, shards }, now, (row) => {
      if (!isErased(row)) seen.push({ enteredAt: row.enteredAt, network: row.network });
    });
    return busyOf(seen, Math.max(2, (manyADay * shards) / contest.shards));
  });
