import { createHash } from "node:crypto";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { type Chain, chainHashOf, randomnessOf, roundAt, roundMessage } from "../../functions/contests/beacon.ts";

const { shortSignatures } = bls12_381;

export type LocalBeacon = {
  /** Its own key, and therefore another chain hash, which every draw made on it carries. */
  chain: Chain;
  /** A round's signature: 48 bytes, hex. */
  sign: (round: number) => string;
  /** What a relay of drand would answer to a GET; JSON, except the plain text of a refusal. */
  respond: (path: string, nowSeconds: number) => { status: number; body: string };
};

/**
 * A beacon for machines without a network (fairdraw.md §6): who holds the key can know every round in advance, so what
 * is drawn on it proves only that the machinery works, and verifies with 2. `secretKey` is 32 bytes, below the order of
 * the curve and not zero (`bls12_381.shortSignatures.keygen()`); `genesis` is in Unix seconds, the period in seconds.
 * @throws if the key is none.
 */
export const localBeacon = ({
  secretKey,
  genesis,
  period,
}: {
  secretKey: Uint8Array;
  genesis: number;
  period: 3;
}): LocalBeacon => {
  const publicKey = shortSignatures.getPublicKey(secretKey).toHex(true);
  const info = { publicKey, period, genesis, groupHash: sha256Hex(publicKey), beaconId: "samenspraak-local" };
  const chain: Chain = { chainHash: chainHashOf(info), ...info };
  const sign = (round: number) => shortSignatures.Signature.toHex(shortSignatures.sign(roundMessage(round), secretKey));
  return { chain, sign, respond: (path, nowSeconds) => answer(chain, sign, path, nowSeconds) };
};

const sha256Hex = (hex: string): string => createHash("sha256").update(hex, "hex").digest("hex");

const SCHEME = "bls-unchained-g1-rfc9380";

/** The paths and statuses of drand/http-relay, v1 and v2. */
const answer = (chain: Chain, sign: LocalBeacon["sign"], path: string, nowSeconds: number) => {
  const { chainHash, publicKey, period, genesis, groupHash, beaconId } = chain;
  const ok = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
  if (path === "/chains" || path === "/v2/chains") return ok([chainHash]);
  if (path === `/${chainHash}/info`) {
    const v1 = { public_key: publicKey, period, genesis_time: genesis, hash: chainHash, groupHash, schemeID: SCHEME };
    return ok({ ...v1, metadata: { beaconID: beaconId } });
  }
  if (path === `/v2/chains/${chainHash}/info`) {
    const v2 = { public_key: publicKey, period, genesis_time: genesis, genesis_seed: groupHash };
    return ok({ ...v2, chain_hash: chainHash, scheme: SCHEME, beacon_id: beaconId });
  }
  const asked = /^\/(v2\/chains\/)?([0-9a-f]{64})\/(public|rounds)\/(\d{1,15}|latest)$/.exec(path);
  const v2 = asked?.[1] !== undefined;
  if (!asked || asked[2] !== chainHash || (asked[3] === "rounds") !== v2) return { status: 404, body: "Not found" };
  const newest = roundAt(chain, nowSeconds);
  // As at drand, 0 is the newest.
  const round = asked[4] === "latest" ? newest : Number(asked[4]) || newest;
  if (round > newest) return { status: 425, body: "Requested future beacon" };
  if (round === 0) return { status: 500, body: "Failed to get beacon" };
  const signature = sign(round);
  return ok(v2 ? { round, signature } : { round, randomness: randomnessOf(signature), signature });
};
