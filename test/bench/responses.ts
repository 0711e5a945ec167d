import { randomBytes } from "node:crypto";
import * as z from "zod";
import { ask, asks, measure, system } from "./against-raw.ts";

// Responses to a poll a second.
//   npm run bench -- responses [seconds] [disk] [eight]
// `eight`: a poll of eight questions, one of each kind; without it one choice of four.

const isEight = asks("eight");
const texts = (...all: string[]) => all.map((text) => ({ text }));
const label = { kind: "single", text: "Welk etiket?", options: texts("Zon", "Maan", "Ster", "Komeet") };
const questions = isEight
  ? [
      label,
      { kind: "multiple", text: "Wat eet u erbij?", options: texts("Kaas", "Noten", "Niets"), max: 2 },
      { kind: "rating", text: "Hoe smaakt het?" },
      { kind: "rating", text: "Raadt u ons aan?", scale: "nps" },
      { kind: "ranking", text: "Welke stijl eerst?", options: texts("Bock", "Tripel", "IPA") },
      { kind: "estimate", text: "Hoeveel flessen?", unit: "flessen", min: 0, max: 1000 },
      { kind: "open", text: "Wat moeten we brouwen?", required: false },
      { kind: "statements", text: "Eens?", statements: texts("Bier hoort in glas", "Blik is beter") },
    ]
  : [label];

const Options = z.array(z.object({ id: z.string() })).default([]);
const Poll = z.object({
  id: z.string(),
  questions: z.array(z.object({ id: z.string(), options: Options, statements: Options })),
});
const poll = (await ask("POST", "/v1/polls", { slug: "bench", questions })).as(Poll);
await ask("POST", `/v1/polls/${poll.id}/open`);

const ids = (q: number): string[] => {
  const { options = [], statements = [] } = poll.questions[q] ?? {};
  return [...options, ...statements].map(({ id }) => id);
};
const answersOf = (n: number): Record<string, unknown> => ({
  q1: ids(0)[n % 4],
  ...(isEight
    ? {
        q2: ids(1).slice(0, 1 + (n % 2)),
        ...{ q3: 1 + (n % 5), q4: n % 11, q5: n % 2 ? ids(4) : ids(4).toReversed(), q6: n % 1001 },
        ...(n % 5 === 0 ? { q7: "Een bock met honing" } : {}),
        q8: Object.fromEntries(ids(7).map((id) => [id, n % 3 ? "agree" : "disagree"])),
      }
    : {}),
});
let people = 0;
const bodies = async (count: number): Promise<string[]> =>
  Array.from({ length: count }, () => {
    const n = people++;
    return JSON.stringify({ answers: answersOf(n), device: randomBytes(12).toString("base64url") });
  });

await measure({
  title: `Responses to ${isEight ? "eight questions" : "one choice"}`,
  ...{ done: "responses", one: "a response", kind: "response" },
  to: { url: `${system.url}/p/bench`, headers: { "content-type": "application/json" } },
  bodies,
  counted: async () => (await ask("GET", `/v1/polls/${poll.id}/results`)).as(z.object({ total: z.number() })).total,
  least: asks("disk") ? undefined : 0.6,
});
