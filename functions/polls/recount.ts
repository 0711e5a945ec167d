import { type Counts, countsOfResponse } from "../events/polls.ts";
import { milliseconds, minutes } from "../platform/clock.ts";
import type { Asked, Burst, Summary, Tallied } from "./poll.ts";
import type { Response } from "./response.ts";
import { closerThan, spreadOf } from "./statistics.ts";
import { eachResponse } from "./table.ts";

// Counts the responses themselves: exact, and a read of each. What the stream counts is what this counts (events/polls.ts).

/** More from one network than a household or a small office sends; from there on it is told. */
const noticeable = 50;
const mostBursts = 10;

type Network = { count: number; byMinute: Map<number, number> };

/** Adds up responses one by one. */
export const counting = ({ questions }: Pick<Asked, "questions">) => {
  const counts: Counts[] = questions.map(() => ({}));
  const estimates: number[][] = questions.map(() => []);
  const networks = new Map<string, Network>();

  const see = (response: Response): void => {
    for (const [i, add] of countsOfResponse(response).entries()) {
      const all = counts[i];
      if (all) for (const [name, n] of Object.entries(add)) all[name] = (all[name] ?? 0) + n;
    }
    for (const [i, answer] of (response.answers ?? []).entries())
      if (answer && "number" in answer) estimates[i]?.push(answer.number);
    if (response.network === undefined) return;
    const network = networks.get(response.network) ?? { count: 0, byMinute: new Map<number, number>() };
    const minute = Math.floor(milliseconds(response.at) / minutes(1));
    network.count++;
    network.byMinute.set(minute, (network.byMinute.get(minute) ?? 0) + 1);
    networks.set(response.network, network);
  };

  const summary = (numbers: number[], i: number): Summary | null => {
    const spread = spreadOf(numbers);
    if (!spread) return null;
    const question = questions[i];
    const truth = question?.kind === "estimate" ? question.truth : undefined;
    return truth === undefined ? spread : { ...spread, closer: closerThan(numbers, spread.median, truth) };
  };

  const bursts = (): Burst[] =>
    [...networks]
      .filter(([, { count }]) => count >= noticeable)
      .map(([network, { count, byMinute }]) => ({ network, count, busiestMinute: Math.max(...byMinute.values()) }))
      .sort((a, b) => b.count - a.count || (a.network < b.network ? -1 : 1))
      .slice(0, mostBursts);

  return { see, tallied: (): Tallied => ({ counts, summaries: estimates.map(summary), bursts: bursts() }) };
};

export const recount = async (poll: Asked, now: string): Promise<Tallied> => {
  const { see, tallied } = counting(poll);
  await eachResponse(poll, now, see);
  return tallied();
};
