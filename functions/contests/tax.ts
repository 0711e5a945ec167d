import * as z from "zod";

// Gaming tax (kansspelbelasting) on the prizes of a promotional draw, as data: a rate changes without touching code. None of
// it is legal advice.

/** `from`: of draws on this day (in the Netherlands) and later. `rate`: of the prize, in tenths of a percent. */
type TaxRule = { from: string; ratePerMille: number; freeCents: number; source: string; date: string };

const rules: readonly TaxRule[] = [
  {
    from: "2026-01-01",
    ratePerMille: 378,
    freeCents: 44_900,
    source: "Wet op de kansspelbelasting, art. 4 en 5; Belastingdienst, kansspelbelasting",
    date: "2026-01-01",
  },
  {
    from: "2025-01-01",
    ratePerMille: 342,
    freeCents: 44_900,
    source: "Wet op de kansspelbelasting, art. 4 en 5; Belastingdienst, kansspelbelasting",
    date: "2025-01-01",
  },
];

const PrizeTax = z.object({
  prize: z.string(),
  number: z.int(),
  valueCents: z.int().describe("Of one."),
  winnerPays: z.object({
    taxCents: z.int().describe("Of one: withheld, or paid by the winner to the organiser."),
    winnerKeepsCents: z.int(),
  }),
  organiserPays: z.object({
    taxCents: z.int().describe("Of one: the tax is part of the prize then, so it is reckoned over both."),
    costCents: z.int().describe("What one costs the organiser: the value times 1000 / (1000 - rate)."),
  }),
});

export const GamingTax = z
  .object({
    isOwed: z.boolean().describe("The prizes of one game are added up; up to the limit nothing is owed."),
    totalCents: z.int(),
    freeCents: z.int().describe("Above this the whole is taxed."),
    ratePercent: z.number(),
    prizes: z.array(PrizeTax),
    totals: z.object({ winnersPayCents: z.int(), organiserPaysCents: z.int() }),
    source: z.string(),
    date: z.string(),
  })
  .meta({ id: "GamingTax" });
export type GamingTax = z.infer<typeof GamingTax>;

type Prize = { description: string; number: number; valueCents: number };

/** What is owed on the prizes, in cents, rounded to the nearest. `drawnAt` (RFC 3339): which year's rate holds. */
export const gamingTax = (prizes: readonly Prize[], drawnAt: string): GamingTax => {
  const { ratePerMille, freeCents, source, date } =
    rules.find(({ from }) => from <= drawnAt.slice(0, 10)) ?? rules.at(-1)!;
  const total = (of: (prize: Prize) => number): number =>
    prizes.reduce((sum, prize) => sum + prize.number * of(prize), 0);
  const totalCents = total(({ valueCents }) => valueCents);
  const isOwed = totalCents > freeCents;
  const ofWinner = (cents: number): number => (isOwed ? Math.round((cents * ratePerMille) / 1000) : 0);
  const ofOrganiser = (cents: number): number =>
    isOwed ? Math.round((cents * ratePerMille) / (1000 - ratePerMille)) : 0;
  return {
    isOwed,
    totalCents,
    freeCents,
    ratePercent: ratePerMille / 10,
    prizes: prizes.map(({ description, number, valueCents }) => ({
      prize: description,
      number,
      valueCents,
      winnerPays: { taxCents: ofWinner(valueCents), winnerKeepsCents: valueCents - ofWinner(valueCents) },
      organiserPays: { taxCents: ofOrganiser(valueCents), costCents: valueCents + ofOrganiser(valueCents) },
    })),
    totals: {
      winnersPayCents: total(({ valueCents }) => ofWinner(valueCents)),
      organiserPaysCents: total(({ valueCents }) => ofOrganiser(valueCents)),
    },
    source,
    date,
  };
};
