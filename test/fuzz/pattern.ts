import type { Random } from "./random.ts";

// Text that a regular expression accepts: of the expressions that our schemas use (no back-references).

type Node =
  | { of: "letters"; letters: string }
  | { of: "sequence"; parts: Node[] }
  | { of: "choice"; among: Node[] }
  | { of: "repeat"; what: Node; least: number; most: number };

const range = (from: string, to: string): string =>
  Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, i) =>
    String.fromCharCode(from.charCodeAt(0) + i),
  ).join("");
const word = `${range("a", "z")}${range("A", "Z")}${range("0", "9")}_`;
const printable = range("!", "~");
const classes: Record<string, string> = {
  d: range("0", "9"),
  w: word,
  s: " ",
  S: printable,
  D: range("a", "z"),
  W: "-",
  n: "\n",
  t: "\t",
};

/** Endless repetition ends here. */
const mostRepeats = 8;

const parse = (pattern: string): Node => {
  let at = 0;
  const refuse = (what: string): never => {
    throw new Error(`Cannot make text for ${what} in the pattern ${pattern}: teach test/fuzz/pattern.ts.`);
  };
  const escaped = (): string => {
    const letter = pattern[at++] ?? refuse("a backslash at the end");
    if (letter === "x" || letter === "u") {
      const digits = letter === "x" ? 2 : 4;
      const code = Number.parseInt(pattern.slice(at, at + digits), 16);
      at += digits;
      return String.fromCharCode(code);
    }
    return classes[letter] ?? letter;
  };
  const letter = (): string => {
    const next = pattern[at++]!;
    return next === "\\" ? escaped() : next;
  };
  const set = (): Node => {
    const isNot = pattern[at] === "^";
    if (isNot) at++;
    let letters = "";
    while (pattern[at] !== "]") {
      if (at >= pattern.length) refuse("a set without an end");
      const from = letter();
      if (pattern[at] === "-" && pattern[at + 1] !== "]" && from.length === 1) {
        at++;
        letters += range(from, letter());
      } else letters += from;
    }
    at++;
    return { of: "letters", letters: isNot ? [...printable].filter((l) => !letters.includes(l)).join("") : letters };
  };
  const atom = (): Node => {
    const letter = pattern[at++]!;
    if (letter === "[") return set();
    if (letter === ".") return { of: "letters", letters: printable };
    if (letter === "\\") return { of: "letters", letters: escaped() };
    if (letter === "^" || letter === "$") return { of: "sequence", parts: [] };
    if (letter !== "(") return { of: "letters", letters: letter };
    const isLookAround = /^\?<?[=!]/.test(pattern.slice(at));
    if (pattern[at] === "?") at += /^\?(?::|<?[=!])/.exec(pattern.slice(at))?.[0].length ?? refuse("a named group");
    const inside = choice();
    at++;
    // What lies around is not looked at here: what does not fit is made again.
    return isLookAround ? { of: "sequence", parts: [] } : inside;
  };
  const repeated = (what: Node): Node => {
    const sign = pattern[at];
    const braces = /^\{(\d+)(,(\d*))?\}/.exec(pattern.slice(at));
    if (braces) {
      at += braces[0].length;
      const least = Number(braces[1]);
      const most = braces[2] === undefined ? least : braces[3] ? Number(braces[3]) : least + mostRepeats;
      return { of: "repeat", what, least, most };
    }
    if (sign === "?" || sign === "*" || sign === "+") {
      at++;
      return { of: "repeat", what, least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : mostRepeats };
    }
    return what;
  };
  const sequence = (): Node => {
    const parts: Node[] = [];
    while (at < pattern.length && pattern[at] !== "|" && pattern[at] !== ")") parts.push(repeated(atom()));
    return { of: "sequence", parts };
  };
  const choice = (): Node => {
    const among = [sequence()];
    while (pattern[at] === "|") {
      at++;
      among.push(sequence());
    }
    return among.length === 1 ? among[0]! : { of: "choice", among };
  };
  return choice();
};

const say = (node: Node, random: Random): string => {
  switch (node.of) {
    case "letters":
      return random.pick([...node.letters]);
    case "sequence":
      return node.parts.map((part) => say(part, random)).join("");
    case "choice":
      return say(random.pick(node.among), random);
    case "repeat": {
      const times = random.weighted([
        [1, node.least],
        [1, node.most],
        [4, random.int(node.least, Math.min(node.most, node.least + 12))],
      ]);
      return Array.from({ length: times }, () => say(node.what, random)).join("");
    }
  }
};

const parsed = new Map<string, { node: Node; whole: RegExp }>();
const mostTries = 20;

/** A text that the pattern accepts, or nearly does. Throws for what it cannot read. */
export const textMatching = (pattern: string, random: Random): string => {
  const known = parsed.get(pattern) ?? { node: parse(pattern), whole: new RegExp(pattern, "u") };
  parsed.set(pattern, known);
  let text = say(known.node, random);
  for (let tries = 1; tries < mostTries && !known.whole.test(text); tries++) text = say(known.node, random);
  return text;
};
