import { type Counts, countsOfResponse } from "../events/polls.ts";
import { remembers } from "../platform/cache.ts";
import { milliseconds, minutes, seconds } from "../platform/clock.ts";
import { opinionGroups } from "./opinions.ts";
import { type Asked, type Burst, type Summary, type Tallied, totalIn } from "./poll.ts";
import { optionsOf } from "./question.ts";
import type { Response } from "./response.ts";
import { closerThan, spreadOf } from "./statistics.ts";
import { eachResponse, recentCounts } from "./table.ts";

// Counts the responses themselves: exact, and a read of each. What the stream counts is what this counts (events/polls.ts).

/** More from one network than a household or a small office sends; from there on it is told. */
const noticeable = 50;
const mostBursts = 10;

type Network = { count: number; byMinute: Map<number, number> };

/** Adds up responses one by one. */
export const counting = ({ questions }: Pick<Asked, "questions">) => {
  const counts: Counts[] = questions.map(() => ({}));
  const estimates: number[][] = questions.map(() => []);
  const ballots = questions.map(() => new Map<string, number>());
  const networks = new Map<string, Network>();

  const see = (response: Response): void => {
    for (const [i, add] of countsOfResponse(response).entries()) {
      const all = counts[i];
      if (all) for (const [name, n] of Object.entries(add)) all[name] = (all[name] ?? 0) + n;
    }
    for (const [i, answer] of (response.answers ?? []).entries()) {
      if (answer && "number" in answer) estimates[i]?.push(answer.number);
      if (answer && "votes" in answer) ballots[i]?.set(answer.votes, (ballots[i].get(answer.votes) ?? 0) + 1);
    }
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

  return {
    see,
    tallied: (): Tallied => ({ counts, summaries: estimates.map(summary), bursts: bursts() }),
    opinions: (): NonNullable<Tallied["opinions"]> =>
      questions.map((question, i) => {
        const found = opinionGroups(ballots[i]!, optionsOf(question).length);
        return found ? { groups: found.groups } : null;
      }),
  };
};

export const recount = async (poll: Asked, now: string): Promise<Tallied> => {
  const { see, tallied, opinions } = counting(poll);
  await eachResponse(poll, now, see);
  const isJudged = poll.questions.some(({ kind }) => kind === "statements");
  return { ...tallied(), ...(isJudged ? { opinions: opinions() } : {}) };
};

const recounted = remembers<Tallied>(seconds(30), 20);
/** A page reads so many responses in half a second. */
const fewEnough = 5000;

/**
 * What a crowd reads of an open poll: the running tally. Of a long poll it has some questions only (question.ts): as long as
 * few responded they are counted from the responses, at most half a minute old, and then at the close.
 */
export const countsByNow = async (
  poll: Asked,
  now: string,
): Promise<Pick<Tallied, "counts"> & Partial<Tallied> & { counted: "tally" | "rows" }> => {
  const counts = await recentCounts(poll, now);
  if (!poll.live || totalIn(counts[0]) > fewEnough) return { counts, counted: "tally" };
  const { counts: rows } = await recounted.get(poll.pollId, () => recount(poll, now));
  return { counts: rows, counted: "rows" };
};
