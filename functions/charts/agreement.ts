import { type Drawn, fills, paragraph, rect, soft, stacked, text, width, widthOf } from "./drawing.ts";

// What people think of statements: agreed, no opinion, disagreed, as parts of one bar; of all, and of groups that think alike.

/** Parts of a whole, each 0 to 1. */
export type Shares = { agree: number; pass: number; disagree: number };
export type Agreement = {
  parts: Readonly<Record<keyof Shares, string>>;
  /** Under a heading of their own, as what all share and where groups differ. */
  sections: readonly {
    heading?: string;
    statements: readonly { label: string; all: Shares; groups: readonly { label: string; shares: Shares }[] }[];
  }[];
  percent: (share: number) => string;
};

const names = ["agree", "pass", "disagree"] as const;

const looks = (accent: string): Record<keyof Shares, string> => {
  const { full, lines, empty } = fills(accent);
  return { agree: full, pass: empty, disagree: lines };
};

const parted = (shares: Shares, left: number, top: number, tall: number, accent: string): string => {
  let x = left;
  const long = width - left;
  return names
    .map((name) => {
      const wide = long * shares[name];
      const part = rect(x, top, wide, tall, looks(accent)[name]);
      x += wide;
      return part;
    })
    .join("");
};

const legend = (parts: Agreement["parts"], accent: string): Drawn => {
  let x = 0;
  const drawn = names.map((name) => {
    const key = `${rect(x, 1, 14, 12, looks(accent)[name])}${text(x + 19, 12, parts[name], { size: 12 })}`;
    x += 19 + widthOf(parts[name], 12) + 14;
    return key;
  });
  return { markup: drawn.join(""), height: 15 };
};

export const agreement = ({ parts, sections, percent }: Agreement, accent: string): Drawn => {
  const statement = (of: Agreement["sections"][number]["statements"][number]): Drawn => {
    const label = paragraph(of.label, 0, { most: 4 });
    const said = names.map((name) => `${parts[name]} ${percent(of.all[name])}`).join(" · ");
    const all: Drawn = {
      markup: `${parted(of.all, 0, 0, 18, accent)}${text(0, 31, said, { size: 11, fill: soft })}`,
      height: 34,
    };
    const groups = of.groups.map(({ label, shares }): Drawn => {
      const left = 132;
      return {
        markup: `${text(0, 10, `${label}: ${percent(shares.agree)}`, { size: 11 })}${parted(shares, left, 0, 12, accent)}`,
        height: 12,
      };
    });
    return stacked([label, all, ...groups], 4);
  };
  const section = ({ heading, statements }: Agreement["sections"][number]): Drawn =>
    stacked(
      [
        ...(heading === undefined ? [] : [paragraph(heading, 0, { size: 14, bold: true })]),
        stacked(statements.map(statement), 16),
      ],
      10,
    );
  return stacked(
    [legend(parts, accent), ...sections.filter(({ statements }) => statements.length > 0).map(section)],
    16,
  );
};
