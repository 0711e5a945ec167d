import { randomFillSync } from "node:crypto";
import { drawSeed } from "../../functions/contests/commitment.ts";
import { draw } from "../../functions/contests/draw.ts";
import { nodeSha256 } from "../../functions/contests/hash.ts";
import { seal } from "../../functions/contests/ledger.ts";

// What sealing a ledger costs beside the bare hashing of as many leaves (41 bytes) and nodes (81 bytes), in this one
// process; and a draw of 110 positions with their proofs. `npm run bench -- sealing 10000000`: of ten million entries.

const n = Number(process.argv[2] ?? 1_000_000);
if (!Number.isInteger(n) || n < 1 || n > 16_000_000) throw new Error("How many entries: 1 to 16,000,000.");
const mostSeconds = n <= 1_000_000 ? 1.5 : 15;

const seconds = (run: () => void): number => {
  const from = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - from) / 1e9;
};
const fastest = (times: readonly number[]): number => Math.min(...times);

const commits = new Uint8Array(32 * n);
for (let at = 0; at < commits.length; at += 2 ** 30)
  randomFillSync(commits, at, Math.min(2 ** 30, commits.length - at));
const weights = Float64Array.from({ length: n }, (_, i) => ((7919 * i) % 50) + 1);

const out = new Uint8Array(32);
const hashes = (count: number, bytes: number) => () => {
  const message = new Uint8Array(bytes);
  for (let i = 0; i < count; i++) nodeSha256(message, out, 0);
};
const bareHashing = (): number => seconds(hashes(n, 41)) + seconds(hashes(n - 1, 81));

const rounds = n <= 1_000_000 ? 5 : 2;
const sealing: number[] = [];
const bare: number[] = [];
let ledger = seal(
  { commits: commits.subarray(0, 32 * Math.min(n, 10_000)), weights: weights.subarray(0, Math.min(n, 10_000)) },
  nodeSha256,
);
for (let round = 0; round < rounds; round++) {
  bare.push(bareHashing());
  sealing.push(
    seconds(() => {
      ledger = seal({ commits, weights }, nodeSha256);
    }),
  );
}
const drawing = Array.from({ length: 5 }, (_, i) =>
  seconds(() => {
    draw(ledger, drawSeed(new Uint8Array(264).fill(i), new Uint8Array(48)), 110, nodeSha256);
  }),
);

const verdict = (fits: boolean): string => (fits ? "" : "   OVER BUDGET");
const [sealed, hashed] = [fastest(sealing), fastest(bare)];
const inputsGB = (commits.byteLength + weights.byteLength) / 1e9;
const beyondGB = process.resourceUsage().maxRSS / 1e6 - inputsGB;
const first = (drawing[0] ?? 0) * 1000;
console.log(`Sealing ${n.toLocaleString("en")} entries, Node ${process.version}`);
console.log(`seal             ${sealed.toFixed(2)} s   (at most ${mostSeconds} s)${verdict(sealed <= mostSeconds)}`);
console.log(`bare hashing     ${hashed.toFixed(2)} s`);
console.log(`ratio            ${(sealed / hashed).toFixed(2)}     (at most 2)${verdict(sealed / hashed <= 2)}`);
console.log(
  `memory           ${beyondGB.toFixed(2)} GB beyond its inputs, at the peak   (at most 1.2 GB)${verdict(beyondGB <= 1.2)}`,
);
console.log(
  `110 positions    ${first.toFixed(0)} ms the first time, ${(fastest(drawing) * 1000).toFixed(0)} ms at best   (at most 50 ms)${verdict(fastest(drawing) <= 0.05)}`,
);
