import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/curves/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import * as z from "zod";

/**
 * The public randomness beacon, drand (fairdraw.md §3; https://docs.drand.love). Every 3 seconds its nodes sign the next
 * round's number together; nobody can know the signature before, and anybody can check it after. Free of Node.
 */

/** What a chain's hash covers: key and group hash in hex, the period in seconds, the genesis in Unix seconds. */
export type ChainInfo = { publicKey: string; period: number; genesis: number; groupHash: string; beaconId: string };

/** A chain of the scheme `bls-unchained-g1-rfc9380`. */
export type Chain = ChainInfo & { chainHash: string };

/** A round that has been verified; all hex. `randomness` is SHA-256 of the signature, always derived. */
export type Round = { round: number; signature: string; randomness: string };

/** drand's public chain, pinned. */
export const QUICKNET: Chain = {
  chainHash: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
  publicKey:
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
  period: 3,
  genesis: 1692803367,
  groupHash: "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
  beaconId: "quicknet",
};

export const QUICKNET_RELAYS = [
  "https://api.drand.sh",
  "https://api2.drand.sh",
  "https://api3.drand.sh",
  "https://drand.cloudflare.com",
] as const;

const u64 = (n: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(n));
  return bytes;
};

/**
 * A chain's hash, hex, as drand computes it (`Info.Hash` in drand/common/chain/info.go): SHA-256 over u32 period, i64
 * genesis, public key, group hash, and the beacon's id unless that is "default".
 */
export const chainHashOf = ({ publicKey, period, genesis, groupHash, beaconId }: ChainInfo): string =>
  bytesToHex(
    sha256(
      concatBytes(
        u64(period).subarray(4),
        u64(genesis),
        hexToBytes(publicKey),
        hexToBytes(groupHash),
        new TextEncoder().encode(beaconId === "default" ? "" : beaconId),
      ),
    ),
  );

/** The newest round at a time in Unix seconds; 0 before the genesis, when there is none. */
export const roundAt = ({ genesis, period }: ChainInfo, unixSeconds: number): number =>
  Math.max(0, Math.floor((unixSeconds - genesis) / period) + 1);

/** The first round whose time is at or after a time in Unix seconds. */
export const firstRoundAtOrAfter = ({ genesis, period }: ChainInfo, unixSeconds: number): number =>
  Math.max(1, Math.ceil((unixSeconds - genesis) / period) + 1);

/** When a round is made, in Unix seconds. */
export const timeOfRound = ({ genesis, period }: ChainInfo, round: number): number => genesis + (round - 1) * period;

// The curves are asked for where they are used: most functions only know a chain's times, and then do without them.
const DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

/** The point of G1 that a round's signature signs: SHA-256(u64 round), hashed to the curve (RFC 9380). */
export const roundMessage = (round: number) => bls12_381.shortSignatures.hash(sha256(u64(round)), DST);

export const randomnessOf = (signature: string): string => bytesToHex(sha256(hexToBytes(signature)));

// A pairing takes 15 ms, and a draw is checked often. Only what verified is kept, by the key that it verified with.
const VERIFIED_MAX = 1000;
const verified = new Set<string>();

const remember = (key: string): void => {
  const [oldest] = verified;
  if (verified.size >= VERIFIED_MAX && oldest !== undefined) verified.delete(oldest);
  verified.add(key);
};

/**
 * Whether this is the chain's signature of this round. Never throws. Refused: anything but 96 lower-case hex digits, a
 * point that is not on the curve, not in the subgroup, not fully reduced or infinity, a round that is no whole number
 * from 1 on, another round's signature.
 */
export const verifyRound = (chain: ChainInfo, round: number, signature: string): boolean => {
  if (!Number.isSafeInteger(round) || round < 1 || !/^[0-9a-f]{96}$/.test(signature)) return false;
  const key = `${chain.publicKey}/${round}/${signature}`;
  if (verified.has(key)) return true;
  if (!verifies(chain.publicKey, round, signature)) return false;
  remember(key);
  return true;
};

const verifies = (publicKey: string, round: number, signature: string): boolean => {
  try {
    return bls12_381.shortSignatures.verify(hexToBytes(signature), roundMessage(round), hexToBytes(publicKey));
  } catch {
    return false; // noble throws on a point it cannot accept, which is one of the answers asked for
  }
};

// Relays answer in drand's v1 shape, with `randomness`, or its v2 shape, without.
const RelayAnswer = z.looseObject({
  round: z.int().positive(),
  signature: z.string(),
  randomness: z.string().optional(),
});

// drand/http-relay answers 425 for a round to come, older relays 404.
const NOT_YET = new Set([404, 425]);

const reasonOf = (error: unknown): string => {
  if (error instanceof z.ZodError) return "an answer that is not a round";
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};

type Answer = { verified: Round } | { notYet: true } | { unusable: string };

export type BeaconClient = {
  /** A round, or undefined while no relay has it. @throws Error if no relay gave a usable answer. */
  round: (n: number) => Promise<Round | undefined>;
  /** The newest round that a relay gives: at least real, though a stale relay gives an old one. @throws as `round`. */
  latest: () => Promise<Round>;
};

/**
 * Asks drand's relays in turn. Nothing they say is believed: a round counts by its signature, and a relay that lies, is
 * out of order or slow is passed over. `timeoutMs` is per request; relays hold a request for the coming round until it
 * is there, which takes up to a period.
 */
export const beaconClient = ({
  chain = QUICKNET,
  relays = QUICKNET_RELAYS,
  fetch = globalThis.fetch,
  timeoutMs = 5000,
}: {
  chain?: Chain;
  relays?: readonly string[];
  fetch?: typeof globalThis.fetch;
  timeoutMs?: number;
} = {}): BeaconClient => {
  const read = async (url: string, wanted: number | "latest"): Promise<Answer> => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
      if (response.ok) return judge(chain, RelayAnswer.parse(await response.json()), wanted);
      await response.body?.cancel();
      return NOT_YET.has(response.status) ? { notYet: true } : { unusable: `status ${response.status}` };
    } catch (error) {
      return { unusable: reasonOf(error) };
    }
  };

  const ask = async (relay: string, wanted: number | "latest"): Promise<Answer> => {
    const base = relay.replace(/\/+$/, "");
    const v1 = await read(`${base}/${chain.chainHash}/public/${wanted}`, wanted);
    // Not found may mean that the relay knows only the newer paths.
    return "notYet" in v1 ? read(`${base}/v2/chains/${chain.chainHash}/rounds/${wanted}`, wanted) : v1;
  };

  const first = async (wanted: number | "latest"): Promise<Round | undefined> => {
    const refusals: string[] = [];
    let notYet = false;
    for (const relay of relays) {
      const answer = await ask(relay, wanted);
      if ("verified" in answer) return answer.verified;
      if ("notYet" in answer) notYet = true;
      refusals.push(`${relay}: ${"unusable" in answer ? answer.unusable : "has no such round"}`);
    }
    if (notYet && wanted !== "latest") return undefined;
    throw new Error(
      `No relay of beacon ${chain.chainHash} gave round ${wanted}. ${refusals.join("; ") || "There are none"}`,
    );
  };

  return {
    round: async (n) => {
      // Relays answer round 0 with the newest one.
      if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`there is no round ${n}`);
      return first(n);
    },
    latest: async () => {
      const round = await first("latest");
      if (!round) throw new Error("unreachable: only a numbered round can be not yet there");
      return round;
    },
  };
};

const judge = (chain: Chain, answer: z.infer<typeof RelayAnswer>, wanted: number | "latest"): Answer => {
  const { round, signature } = answer;
  if (wanted !== "latest" && round !== wanted) return { unusable: `answered with round ${round}` };
  if (!verifyRound(chain, round, signature)) return { unusable: `a signature of round ${round} that does not verify` };
  const randomness = randomnessOf(signature);
  if (answer.randomness !== undefined && answer.randomness !== randomness) {
    return { unusable: `randomness of round ${round} that is not its signature's hash` };
  }
  return { verified: { round, signature, randomness } };
};
