import * as z from "zod";
import { clock, seconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import {
  type BeaconClient,
  beaconClient,
  type Chain,
  chainHashOf,
  QUICKNET,
  QUICKNET_RELAYS,
  type Round,
} from "./beacon.ts";

// The beacon that this system draws on: drand's public one, unless the local runner or a test names another.

const Named = z.object({
  chain: z.object({
    chainHash: z.string(),
    publicKey: z.string(),
    period: z.number().int(),
    genesis: z.number().int(),
    groupHash: z.string(),
    beaconId: z.string(),
  }),
  relays: z.array(z.url()),
});

const inUse = (): { chain: Chain; relays: readonly string[] } => {
  const named = config.beacon();
  if (named === undefined) return { chain: QUICKNET, relays: QUICKNET_RELAYS };
  const { chain, relays } = Named.parse(JSON.parse(named));
  if (chainHashOf(chain) !== chain.chainHash) throw new Error("The beacon that is named has another chain hash.");
  return { chain, relays };
};

/** What a contest pins in its rules when it opens. */
export const chainInUse = (): Chain => inUse().chain;

/** The chain that a contest's rules name. @throws if this system draws on another one by now. */
export const chainOf = (rules: { beacon: string }): Chain => {
  const chain = chainInUse();
  if (chain.chainHash !== rules.beacon)
    throw new Error(`The rules name the beacon ${rules.beacon}; this system draws on ${chain.chainHash}.`);
  return chain;
};

/** Who is asked for the rounds of that chain, and verifies them: it takes the curves. @throws as `chainOf`. */
export const clientOf = (rules: { beacon: string }): BeaconClient =>
  beaconClient({ chain: chainOf(rules), relays: inUse().relays });

/** What a bundle must carry: the public beacon is pinned in every verifier. */
export const chainToPublish = (chain: Chain): Chain | undefined =>
  chain.chainHash === QUICKNET.chainHash ? undefined : chain;

const tries = 10;

/** A round whose time is past; a relay may have it a second or two later. @throws if none has it after ten seconds. */
export const roundOfPast = async (client: BeaconClient, round: number): Promise<Round> => {
  for (let i = 0; i < tries; i++) {
    const found = await client.round(round);
    if (found) return found;
    await clock.until(clock.now() + seconds(1));
  }
  throw new Error(`No relay has round ${round}, though its time is past.`);
};
