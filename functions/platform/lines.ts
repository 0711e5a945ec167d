/** Breaks a text into at most so many lines that fit; what is too much ends in an ellipsis. */
export const linesOf = (
  text: string,
  { widthOf, width, most }: { widthOf: (line: string) => number; width: number; most: number },
): { lines: string[]; isCut: boolean } => {
  const lines: string[] = [];
  let line = "";
  const words = text.split(/\s+/).filter(Boolean);
  for (const [i, word] of words.entries()) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    if (lines.length < most && widthOf(word) <= width) continue;
    const rest = words.slice(i).join(" ");
    const last = lines.length < most ? rest : `${lines.pop() ?? ""} ${rest}`;
    return { lines: [...lines, cut(last, widthOf, width)], isCut: true };
  }
  return { lines: line === "" ? lines : [...lines, line], isCut: false };
};

const cut = (text: string, widthOf: (line: string) => number, width: number): string => {
  const letters = Array.from(text);
  let low = 0;
  let high = letters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (widthOf(`${letters.slice(0, middle).join("")}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join("").trimEnd()}…`;
};
