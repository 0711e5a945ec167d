import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { firstRoundAtOrAfter, QUICKNET, timeOfRound } from "../../functions/contests/beacon.ts";
import { type Commitment, drawSeed, encodeCommitment, rulesHash } from "../../functions/contests/commitment.ts";
import { bundleOf, draw } from "../../functions/contests/draw.ts";
import { entryCommit, weightOf } from "../../functions/contests/entering.ts";
import { sealExclusions } from "../../functions/contests/exclusions.ts";
import { seal } from "../../functions/contests/ledger.ts";

/**
 * Makes public-draw.json: a whole draw on a recorded round of the public beacon. The same bytes every time; the salts
 * of its invented entrants come from their numbers, which in a real contest would give them all away.
 * `node test/vectors/make-public-draw.ts`
 */

const here = (name: string) => new URL(name, import.meta.url);
const bytes = (text: string) => createHash("sha256").update(text).digest();
const seconds = (rfc3339: string) => Date.parse(rfc3339) / 1000;

const { rounds }: { rounds: { round: number; signature: string }[] } = JSON.parse(
  readFileSync(here("drand-quicknet.json"), "utf8"),
);
const signatureOf = (round: number) => {
  const recorded = rounds.find((one) => one.round === round);
  if (!recorded) throw new Error(`round ${round} was not recorded`);
  return recorded.signature;
};

const rules = {
  language: "nl",
  title: "Een jaar lang vers brood van Bakkerij De Korenaar",
  organiser: {
    name: "Bakkerij De Korenaar",
    address: "Twijnstraat 48, 3511 ZL Utrecht",
    email: "winactie@bakkerijdekorenaar.example",
  },
  promotes: "Ons nieuwe zuurdesembrood van Zeeuwse tarwe",
  opensAt: "2026-07-24T12:00:00+02:00",
  closesAt: "2026-08-07T00:00:00+02:00",
  // When the oven is lit; also when the recorded round was made.
  drawAt: "2026-08-07T04:39:48+02:00",
  timeZone: "Europe/Amsterdam",
  prizes: [
    { description: "Een jaar lang elke zaterdag een brood naar keuze", valueEuroCents: 23400 },
    { description: "Een bakworkshop voor twee personen", valueEuroCents: 9500 },
    { description: "Een verjaardagstaart voor twaalf personen", valueEuroCents: 4250 },
  ],
  eligibility: { minimumAge: 18, countries: ["NL"] },
  onePersonIs: "één e-mailadres",
  chances: { base: 1, referralUnit: 1, referralCap: 5, bonus: { "antwoord op de peiling": 1 } },
  winners: 3,
  reserves: 5,
  claimWithinDays: 7,
  costs: "Meedoen is gratis. De kansspelbelasting is voor rekening van de bakkerij.",
};

const contestId = bytes("Bakkerij De Korenaar, zomer 2026").subarray(0, 16);
const commits = Array.from({ length: 42 }, (_, i) =>
  entryCommit(bytes(`salt ${i}`), contestId, `email:bezoeker${i}@example.com`),
);
const [first, second, ...entered] = commits;
if (!first || !second) throw new Error("unreachable: there are 42");
// 1: withdrawn before the seal; 2: a disposable address.
const { exCount, exRoot } = sealExclusions([
  { commit: first, reason: 1 },
  { commit: second, reason: 2 },
]);
const ledger = seal({
  commits: Buffer.concat(entered),
  weights: entered.map((_, i) => weightOf(rules.chances, (i * i) % 8, i % 3 === 0 ? [1] : [])),
});

const prevRound = 20791007;
const round = firstRoundAtOrAfter(QUICKNET, seconds(rules.drawAt));
const closedAt = seconds(rules.closesAt);
const commitment: Commitment = {
  contestId: contestId.toString("hex"),
  drawNo: 1,
  rulesHash: rulesHash(rules),
  n: ledger.n,
  T: ledger.T,
  root: ledger.root,
  exCount,
  exRoot,
  k: rules.winners,
  r: rules.reserves,
  chainHash: QUICKNET.chainHash,
  round,
  closedAt,
  sealedAt: closedAt + 66,
  prevRound,
  prevSig: signatureOf(prevRound),
};
const signature = signatureOf(round);
const seed = drawSeed(encodeCommitment(commitment), Buffer.from(signature, "hex"));
const strikes = [{ position: 1, reason: "Niet gereageerd binnen 7 dagen", at: "2026-08-14T04:39:48+02:00" }];
const bundle = bundleOf(commitment, rules, signature, draw(ledger, seed, rules.winners + rules.reserves), strikes);
writeFileSync(here("public-draw.json"), `${JSON.stringify(bundle, null, 2)}\n`);
console.log(
  `public-draw.json: decided by round ${round} of ${new Date(timeOfRound(QUICKNET, round) * 1000).toISOString()}`,
);
