import { hexToBytes } from "@noble/curves/utils.js";
import * as z from "zod";
import { QUICKNET, timeOfRound } from "./beacon.ts";
import { decodeCommitment } from "./commitment.ts";
import type { Check } from "./verify.ts";

// What was drawn, held against the published rules: the close, the number of prizes and reserves, the moment that decides, and
// that nobody who was drawn has more tickets than the rules can give. Free of Node, as all that a browser checks with.

const tickets = z.int().nonnegative();
/** Of rules as this system publishes them. Those of others are theirs to read. */
const Promised = z.looseObject({
  version: z.literal("samenspraak/1"),
  winners: z.int(),
  reserves: z.int(),
  closesAt: z.iso.datetime(),
  drawAt: z.iso.datetime(),
  chances: z.looseObject({
    base: tickets,
    referralCap: tickets,
    bonuses: z.array(z.looseObject({ tickets })).default([]),
  }),
});
const Drawn = z.looseObject({
  rules: Promised,
  commitment: z.string(),
  positions: z.array(z.looseObject({ position: z.int(), weight: tickets })),
});

const unixSeconds = (rfc3339: string): number => Math.floor(Date.parse(rfc3339) / 1000);
const hour = 3600;

/** What of the rules was not kept, each in a sentence. */
const broken = ({ rules, commitment, positions }: z.output<typeof Drawn>): string[] => {
  const c = decodeCommitment(hexToBytes(commitment));
  const { winners, reserves, closesAt, drawAt, chances } = rules;
  const most = chances.base + chances.referralCap + chances.bonuses.reduce((sum, bonus) => sum + bonus.tickets, 0);
  const heavier = positions.find(({ weight }) => weight > most || weight < chances.base);
  // Of a beacon of one's own the times are not known here.
  const late = c.chainHash === QUICKNET.chainHash ? timeOfRound(QUICKNET, c.round) - unixSeconds(drawAt) : 0;
  return [
    ...(c.closedAt === unixSeconds(closesAt) ? [] : [`the rules said that it closes at ${closesAt}`]),
    ...(c.k === winners ? [] : [`the rules promised ${winners} winners, and ${c.k} were committed`]),
    ...(c.r === reserves ? [] : [`the rules promised ${reserves} reserves, and ${c.r} were committed`]),
    ...(heavier
      ? [`position ${heavier.position} has ${heavier.weight} tickets; the rules give ${chances.base} to ${most}`]
      : []),
    // The first round at or after the moment in the rules, or whole hours after it (fairdraw.md §3).
    ...(late >= 0 && late % hour < QUICKNET.period ? [] : [`the rules promised a draw at ${drawAt}`]),
  ];
};

/** Nothing is said of rules that are none of this system's. Never throws. */
export const checkPromises = (bundle: unknown): Check[] => {
  const parsed = Drawn.safeParse(bundle);
  if (!parsed.success) return [];
  try {
    const [first] = broken(parsed.data);
    return [
      first === undefined
        ? { name: "promises", ok: true, detail: "close, prizes, reserves, moment and tickets are as the rules say" }
        : { name: "promises", ok: false, detail: first },
    ];
  } catch {
    return []; // What is wrong with the commitment is said where that is checked.
  }
};
