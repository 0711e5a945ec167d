import { type Agreement, agreement, type Shares } from "../charts/agreement.ts";
import { bars } from "../charts/bars.ts";
import { type Drawn, type Frame, framed } from "../charts/drawing.ts";
import { histogram, type Mark } from "../charts/histogram.ts";
import { matrix } from "../charts/matrix.ts";
import type { Brand } from "../platform/brand.ts";
import type { Language } from "../platform/words.ts";
import { chartWords } from "./chart-words.ts";
import { type Asked, titleOf } from "./poll.ts";
import type { Of, Question } from "./question.ts";
import type { QuestionResult, ResultView } from "./result.ts";
import { words } from "./words.ts";

// The result of a question as a chart: a pure drawing of what result.ts says.

/** A chart, and the same in words. */
type Told = { drawn: Drawn; said: string };
type In = { language: Language; accent: string };

const choice = ({ options = [], other }: QuestionResult, { language, accent }: In): Told => {
  const say = words[language];
  const all = [...options, ...(other ? [{ text: say.other, ...other }] : [])];
  const rows = all.map(({ text, count, share }) => ({ label: text, share, said: say.percent(share), count }));
  return {
    drawn: bars(rows, accent),
    said: `${rows.map(({ label, said, count }) => `${label}: ${said} (${say.number(count)})`).join("; ")}.`,
  };
};

const rating = (result: QuestionResult, { language, accent }: In): Told => {
  const say = words[language];
  const chart = chartWords[language];
  const { values = [], quartiles, mean, netPromoterScore } = result;
  const number = (n: number) => say.decimal(n, Number.isInteger(n) ? 0 : 1);
  const marks: Mark[] = quartiles
    ? [
        { look: "median", value: quartiles.median, said: chart.median(number(quartiles.median)) },
        {
          look: "half",
          from: quartiles.lower,
          to: quartiles.upper,
          said: chart.half(number(quartiles.lower), number(quartiles.upper)),
        },
      ]
    : [];
  const columns = values.map(({ value, count }) => ({
    from: value - 0.5,
    to: value + 0.5,
    count,
    label: String(value),
  }));
  const shareOf = (count: number) =>
    say.percent(result.answered === 0 ? 0 : Math.round((count / result.answered) * 100) / 100);
  const told = [
    ...values.map(({ value, count }) => `${value}: ${shareOf(count)}`),
    ...marks.map(({ said }) => said),
    ...(typeof mean === "number" ? [say.mean(say.decimal(mean, 1))] : []),
    ...(typeof netPromoterScore === "number" ? [chart.nps(say.decimal(netPromoterScore, 0))] : []),
  ];
  return { drawn: histogram({ columns, marks, number, count: shareOf }, accent), said: `${told.join("; ")}.` };
};

/** As many decimals as the estimates have; one more where the middle lies between two of them. */
export const decimalsOf = (
  { decimals }: Of<"estimate">,
  { median, exact }: { median: number; exact: boolean },
): number => (decimals === 0 && !Number.isInteger(median) && exact ? 1 : decimals);

const estimate = (result: QuestionResult, question: Of<"estimate">, { language, accent }: In): Told => {
  const say = words[language];
  const chart = chartWords[language];
  const of = result.estimate;
  if (!of) return { drawn: histogram({ columns: [], marks: [], number: say.number }, accent), said: "" };
  const decimals = decimalsOf(question, of);
  const number = (n: number) => say.decimal(n, decimals);
  // Of an open poll from the bars.
  const amount = (n: number) => (of.exact ? `${number(n)} ${of.unit}` : say.about(`${number(n)} ${of.unit}`));
  const marks: Mark[] = [
    { look: "median", value: of.median, said: chart.median(amount(of.median)) },
    {
      look: "half",
      from: of.lowerQuartile,
      to: of.upperQuartile,
      said: chart.half(amount(of.lowerQuartile), amount(of.upperQuartile)),
    },
    ...(of.truth
      ? [
          {
            look: "truth",
            value: of.truth.value,
            said: chart.truth(`${say.decimal(of.truth.value, question.decimals)} ${of.unit}`),
          } satisfies Mark,
        ]
      : []),
  ];
  const columns = of.bars.map(({ from, to, count }) => ({ from, to, count }));
  const closer = of.truth ? [chart.closer(say.percent(of.truth.closerShare))] : [];
  return {
    drawn: histogram({ columns, marks, number: (n) => say.decimal(n, question.decimals) }, accent),
    said: [...marks.map(({ said }) => `${said}.`), ...closer].join(" "),
  };
};

const ranking = ({ ranking: rows = [], answered }: QuestionResult, { language, accent }: In): Told => {
  const say = words[language];
  const chart = chartWords[language];
  const drawn = matrix(
    {
      heading: chart.place,
      columns: rows.map((_, i) => String(i + 1)),
      rows: rows.map(({ text, points, ranks }) => ({
        label: text,
        note: chart.points(say.number(points)),
        cells: ranks.map((count) => {
          const share = answered === 0 ? 0 : count / answered;
          return { share, said: `${Math.round(share * 100)}%` };
        }),
      })),
    },
    accent,
  );
  const said = rows.map(({ text, points }, i) => `${i + 1}. ${text}: ${chart.points(say.number(points))}`).join("; ");
  return { drawn, said: `${said}. ${say.borda}` };
};

type Statement = NonNullable<QuestionResult["statements"]>[number];
const sharesOf = ({ agree, pass, disagree }: Pick<Statement, "agree" | "pass" | "disagree">): Shares => {
  const all = Math.max(1, agree + pass + disagree);
  return { agree: agree / all, pass: pass / all, disagree: disagree / all };
};

/** So many are drawn of what is shared, and of what is not; a page has them all. */
const mostDrawn = 4;

/** Whether the most of every group agree with a statement, or the most of none. */
const isShared = ({ id }: Statement, groups: NonNullable<QuestionResult["opinionGroups"]>): boolean => {
  const shares = groups.flatMap(({ statements }) => statements.find((of) => of.id === id)?.agreement ?? []);
  return shares.every((share) => share > 0.5) || shares.every((share) => share < 0.5);
};

/** Which statements are drawn: with groups, what they share most and where they differ most; else the most agreed on and off. */
const statementsDrawn = (
  { statements = [], opinionGroups }: QuestionResult,
  language: Language,
): { heading?: string; statements: Statement[] }[] => {
  const chart = chartWords[language];
  if (!opinionGroups) {
    const sorted = statements.toSorted((a, b) => (b.agreement ?? 0) - (a.agreement ?? 0));
    if (sorted.length <= 2 * mostDrawn) return [{ statements: sorted }];
    return [
      { heading: chart.agreedMost, statements: sorted.slice(0, mostDrawn) },
      { heading: chart.agreedLeast, statements: sorted.slice(-mostDrawn) },
    ];
  }
  const shared = statements
    .filter((of) => isShared(of, opinionGroups))
    .toSorted((a, b) => (b.consensus ?? 0) - (a.consensus ?? 0));
  const divided = statements.filter((of) => !shared.includes(of)).toSorted((a, b) => (b.divide ?? 0) - (a.divide ?? 0));
  return [
    { heading: chart.shared, statements: shared.slice(0, mostDrawn) },
    { heading: chart.divided, statements: divided.slice(0, mostDrawn) },
  ].filter(({ statements }) => statements.length > 0);
};

const statements = (result: QuestionResult, { language, accent }: In): Told => {
  const say = words[language];
  const chart = chartWords[language];
  const groups = result.opinionGroups ?? [];
  const sections = statementsDrawn(result, language);
  const groupsAbout = (id: string) =>
    groups.map(({ name, total, statements }) => ({
      label: chart.group(name, say.number(total)),
      shares: sharesOf(statements.find((of) => of.id === id) ?? { agree: 0, pass: 0, disagree: 0 }),
    }));
  const drawing: Agreement = {
    parts: say.votes,
    percent: (share) => `${Math.round(share * 100)}%`,
    sections: sections.map(({ heading, statements }) => ({
      ...(heading === undefined ? {} : { heading }),
      statements: statements.map((of) => ({ label: of.text, all: sharesOf(of), groups: groupsAbout(of.id) })),
    })),
  };
  const sayOne = (of: Statement) => {
    const each = groupsAbout(of.id).map(({ label, shares }) => `${label} ${say.percent(shares.agree)}`);
    return `${of.text}: ${chart.most(say.percent(sharesOf(of).agree))}${each.length === 0 ? "" : ` (${each.join(", ")})`}`;
  };
  const said = sections.map(
    ({ heading, statements }) => `${heading === undefined ? "" : `${heading}: `}${statements.map(sayOne).join("; ")}.`,
  );
  return { drawn: agreement(drawing, accent), said: said.join(" ") };
};

const toldOf = (result: QuestionResult, question: Question, where: In): Told => {
  switch (question.kind) {
    case "single":
    case "multiple":
      return choice(result, where);
    case "rating":
      return rating(result, where);
    case "ranking":
      return ranking(result, where);
    case "estimate":
      return estimate(result, question, where);
    case "statements":
      return statements(result, where);
    case "open":
      return { drawn: { markup: "", height: 0 }, said: "" };
  }
};

/** What a description of a picture may have (media). */
const mostAlt = 1500;

/** The chart of a question as an SVG document, and what it shows in words. */
export const chartOf = (
  poll: Asked,
  result: ResultView,
  at: number,
  { language, brand }: { language: Language; brand: Pick<Brand, "accent" | "name"> },
): { svg: string; alt: string } => {
  const say = words[language];
  const chart = chartWords[language];
  const question = poll.questions[at]!;
  const of = result.questions[at]!;
  const { channels = [] } = of;
  const theirs = channels.filter(({ tier }) => tier === "network");
  const isFinal = poll.status === "closed" && theirs.every(({ isFinal }) => isFinal);
  const elsewhere =
    theirs.length > 0 ? ` ${say.elsewhereShort(theirs.reduce((sum, { answered }) => sum + answered, 0))}` : "";
  const note = `${say.total(of.answered)} · ${isFinal ? chart.final : chart.sofar}. ${say.tier[poll.tier]}${elsewhere}`;
  const { drawn, said } = toldOf(of, question, { language, accent: brand.accent });
  const title = poll.title === undefined ? titleOf(poll) : question.text;
  const alt = chart.alt(title, note, said).slice(0, mostAlt);
  const frame: Frame = { accent: brand.accent, language, name: brand.name, title, note, alt };
  return { svg: framed(frame, drawn), alt };
};
