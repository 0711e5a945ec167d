import type { Answer } from "../events/polls.ts";
import { type Html, html } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import type { Language } from "../platform/words.ts";
import { mostOtherText, mostTextBytes, otherName } from "./answer.ts";
import { isSimple, type Standing } from "./poll.ts";
import { type Choice, type Of, type Option, optionsOf, type Question, valuesOf } from "./question.ts";
import { words } from "./words.ts";

// The questions of a poll as a form, without script, and what such a form sends, read back.

export type Fields = Readonly<Record<string, string>>;

/** What the fields of a question are called: this, or this with a dot and a part behind it. */
const nameOf = (poll: Pick<Standing, "questions">, { id }: Question): string => (isSimple(poll) ? "option" : id);
const isOf = (name: string) => (field: string) => field === name || field.startsWith(`${name}.`);

/** The fields of all questions before one, to be carried on. */
export const carried = (poll: Standing, before: number, fields: Fields): [string, string][] =>
  poll.questions
    .slice(0, before)
    .flatMap((question) => Object.entries(fields).filter(([field]) => isOf(nameOf(poll, question))(field)));

/** In an order of one's own, the same for the same seed. */
const inOrder = (question: Question, seed: string): readonly (Option & { place: number })[] => {
  const options = optionsOf(question).map((option, place) => ({ ...option, place }));
  if (!("shuffle" in question && question.shuffle)) return options;
  const keyed = options.map((option) => ({ option, key: sha256(`${seed}\0${option.optionId}`).toString("hex") }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ option }) => option);
};

// ── Shown ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export type Shown = {
  language: Language;
  /** What was filled in before. */
  filled: Fields;
  /** What decides the order of options. */
  seed: string;
  /** The questions that something is wrong with, by id. */
  wrong: readonly string[];
};

export const picture = (image: Question["image"]): Html | false =>
  image !== undefined && html`<img class="picture" src="/m/${image.mediaId}" alt="${image.alt}">`;

const radio = (name: string, value: string, label: Html | string, { filled }: Shown, isRequired: boolean): Html =>
  html`<label class="choice"><input type="radio" name="${name}" value="${value}"${isRequired && html` required`}${filled[name] === value && html` checked`}><span>${label}</span></label>`;

const labelOf = ({ text, image }: Option): Html => html`${picture(image)}${text}`;

const otherField = (name: string, { filled, language }: Shown): Html =>
  html`<input type="text" name="${name}.other" maxlength="${mostOtherText}" aria-label="${words[language].other}" value="${filled[`${name}.other`] ?? ""}">`;

const choices = (question: Choice, name: string, shown: Shown): Html => {
  const { filled, language, seed } = shown;
  const say = words[language];
  const options = inOrder(question, seed);
  if (question.kind === "single") {
    return html`${options.map((option) => radio(name, option.optionId, labelOf(option), shown, question.required))}
${question.other && html`${radio(name, otherName, say.other, shown, question.required)}${otherField(name, shown)}`}`;
  }
  const box = (part: string, label: Html | string) =>
    html`<label class="choice"><input type="checkbox" name="${name}.${part}" value="on"${filled[`${name}.${part}`] === "on" && html` checked`}><span>${label}</span></label>`;
  return html`${options.map((option) => box(String(option.place), labelOf(option)))}
${question.other && html`${box("others", say.other)}${otherField(name, shown)}`}`;
};

const rating = (question: Of<"rating">, name: string, shown: Shown): Html => {
  const say = words[shown.language];
  const label = (value: number) =>
    question.scale === "nps" ? String(value) : html`${value} <span aria-hidden="true">★</span>`;
  return html`<div class="scale">${valuesOf(question).map((value) => radio(name, String(value), label(value), shown, question.required))}</div>
${question.scale === "nps" && html`<p class="soft">0 = ${say.npsEnds.least}, 10 = ${say.npsEnds.most}</p>`}`;
};

const ranking = (question: Of<"ranking">, name: string, shown: Shown): Html => {
  const say = words[shown.language];
  const row = (option: Option & { place: number }) => {
    const field = `${name}.${option.place}`;
    const places = question.options.map((_, i) => String(i + 1));
    const choice = (place: string) =>
      html`<option value="${place}"${shown.filled[field] === place && html` selected`}>${say.rankOf(Number(place))}</option>`;
    return html`<label for="${field}">${labelOf(option)}</label><select id="${field}" name="${field}"${question.required && html` required`}><option value="">${say.noRank}</option>${places.map(choice)}</select>\n`;
  };
  return html`${inOrder(question, shown.seed).map(row)}`;
};

const statements = (question: Of<"statements">, name: string, shown: Shown): Html => {
  const { votes } = words[shown.language];
  const row = (option: Option & { place: number }) =>
    html`<fieldset><legend>${labelOf(option)}</legend><div class="scale">${(["agree", "disagree", "pass"] as const).map((vote) => radio(`${name}.${option.place}`, vote, votes[vote], shown, question.required))}</div></fieldset>\n`;
  return html`${inOrder(question, shown.seed).map(row)}`;
};

/** A bound of an estimate as people write it. */
export const sayBound = ({ decimals }: Of<"estimate">, n: number, language: Language): string =>
  words[language].decimal(n, Number.isInteger(n) ? 0 : decimals);

/** What to do. */
const hintOf = (question: Question, language: Language): string => {
  const say = words[language];
  switch (question.kind) {
    case "single":
      return say.choose;
    case "multiple":
      return say.chooseSome(question.min, question.max, question.options.length + (question.other ? 1 : 0));
    case "rating":
      return say.rate[question.scale];
    case "ranking":
      return say.rank;
    case "estimate":
      return say.estimate(
        sayBound(question, question.min, language),
        sayBound(question, question.max, language),
        question.unit,
      );
    case "open":
      return say.write;
    case "statements":
      return say.judge;
  }
};

/** What to mend. */
const problemOf = (question: Question, { language, filled }: Shown, name: string): string => {
  const { problems } = words[language];
  switch (question.kind) {
    case "single":
      return filled[name] === otherName ? problems.other : problems.one;
    case "rating":
      return problems.one;
    case "multiple":
      return filled[`${name}.others`] === "on" && !filled[`${name}.other`]?.trim()
        ? problems.other
        : problems.some(question.min, question.max);
    case "ranking":
      return problems.rank;
    case "estimate":
      return problems.number(
        sayBound(question, question.min, language),
        sayBound(question, question.max, language),
        question.decimals,
      );
    case "open":
      return filled[name]?.trim() ? problems.text : problems.empty;
    case "statements":
      return problems.votes;
  }
};

const control = (question: Question, name: string, shown: Shown): Html => {
  switch (question.kind) {
    case "single":
    case "multiple":
      return choices(question, name, shown);
    case "rating":
      return rating(question, name, shown);
    case "ranking":
      return ranking(question, name, shown);
    case "statements":
      return statements(question, name, shown);
    case "estimate":
      return html`<input type="text" inputmode="decimal" autocomplete="off" id="${name}" name="${name}" value="${shown.filled[name] ?? ""}"${question.required && html` required`}>`;
    case "open":
      return html`<textarea id="${name}" name="${name}" rows="5" maxlength="${mostTextBytes}" dir="auto"${question.required && html` required`}>\n${shown.filled[name] ?? ""}</textarea>`;
  }
};

const isField = ({ kind }: Question): boolean => kind === "estimate" || kind === "open";

/** One question of the form. `isAlone`: its text is the page's heading. */
export const questionPart = (poll: Standing, question: Question, shown: Shown): Html => {
  const name = nameOf(poll, question);
  const isAlone = poll.questions.length === 1 && poll.title === undefined;
  const hint = hintOf(question, shown.language);
  const optional = question.required ? "" : ` (${words[shown.language].optional})`;
  const asked = isAlone ? html`${hint}${optional}` : html`${question.text}${optional}`;
  const more = html`${!isAlone && html`<p class="soft">${hint}</p>`}${picture(question.image)}
${shown.wrong.includes(question.id) && html`<p class="error" role="alert">${problemOf(question, shown, name)}</p>`}
${control(question, name, shown)}`;
  if (!isField(question)) {
    const legend = isAlone ? asked : html`<h2>${asked}</h2>`;
    return html`<fieldset><legend>${legend}</legend>${more}</fieldset>\n`;
  }
  const label = html`<label for="${name}">${asked}</label>`;
  return html`<div>${isAlone ? label : html`<h2>${label}</h2>`}${more}</div>\n`;
};

// ── Read back ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A number as people of this language write it: "1.250,5" or "1,250.5"; else as it stands. */
export const numberIn = (text: string, language: Language): string => {
  const plain = text.replace(/[\s\u00a0]/g, "");
  const [group, point] = language === "nl" ? [".", ","] : [",", "."];
  const isGrouped = new RegExp(`^-?\\d{1,3}(\\${group}\\d{3})+(\\${point}\\d+)?$`).test(plain);
  return (isGrouped ? plain.replaceAll(group, "") : plain).replace(",", ".");
};

const placesIn = (name: string, fields: Fields, question: Question): [place: number, value: string][] =>
  optionsOf(question).flatMap((_, place) => {
    const value = fields[`${name}.${place}`];
    return value === undefined || value === "" ? [] : [[place, value] satisfies [number, string]];
  });

const givenIn = (question: Question, name: string, fields: Fields, language: Language): unknown => {
  const options = optionsOf(question);
  const own = fields[name];
  const other = { other: fields[`${name}.other`] ?? "" };
  // Who writes what else it is means it, also without a mark before it.
  const isOther = "other" in question && question.other === true && other.other.trim() !== "";
  switch (question.kind) {
    case "single":
      return own === otherName || (own === undefined && isOther) ? other : own;
    case "multiple": {
      const chosen: unknown[] = placesIn(name, fields, question).map(([place]) => options[place]?.optionId);
      return isOther || fields[`${name}.others`] === "on" ? [...chosen, other] : chosen;
    }
    case "ranking": {
      const ranked = placesIn(name, fields, question);
      const isProper = new Set(ranked.map(([, rank]) => rank)).size === ranked.length;
      // Two on one place are no order: one too few of them.
      return (isProper ? ranked : ranked.slice(1))
        .sort(([, a], [, b]) => Number(a) - Number(b))
        .map(([place]) => options[place]?.optionId);
    }
    case "estimate":
      return own === undefined ? undefined : numberIn(own, language);
    case "statements":
      return Object.fromEntries(
        placesIn(name, fields, question).map(([place, vote]) => [options[place]?.optionId, vote]),
      );
    case "rating":
    case "open":
      return own;
  }
};

/** What a form's fields say, as JSON would, by question. */
export const readFields = (poll: Standing, fields: Fields, language: Language): Record<string, unknown> =>
  Object.fromEntries(
    poll.questions.map((question) => [question.id, givenIn(question, nameOf(poll, question), fields, language)]),
  );

const votes: Record<string, string> = { a: "agree", d: "disagree", p: "pass" };

/** The fields of an answer that stands, to be changed. */
export const fieldsOf = (
  poll: Standing,
  question: Question,
  answer: Answer | null | undefined,
  language: Language,
): Record<string, string> => {
  const name = nameOf(poll, question);
  const options = optionsOf(question);
  if (!answer) return {};
  if ("one" in answer) {
    if (answer.other !== undefined) return { [name]: otherName, [`${name}.other`]: answer.other };
    return { [name]: options[answer.one]?.optionId ?? "" };
  }
  if ("some" in answer) {
    const chosen = answer.some.filter((place) => place < options.length).map((place) => [`${name}.${place}`, "on"]);
    const { other } = answer;
    return {
      ...Object.fromEntries(chosen),
      ...(other === undefined ? {} : { [`${name}.others`]: "on", [`${name}.other`]: other }),
    };
  }
  if ("stars" in answer) return { [name]: String(answer.stars) };
  if ("order" in answer)
    return Object.fromEntries(answer.order.map((place, rank) => [`${name}.${place}`, `${rank + 1}`]));
  if ("number" in answer) return { [name]: String(answer.number).replace(".", language === "nl" ? "," : ".") };
  if ("text" in answer) return { [name]: answer.text };
  return Object.fromEntries(
    [...answer.votes].flatMap((vote, i) => (vote === "-" ? [] : [[`${name}.${i}`, votes[vote] ?? ""]])),
  );
};

/** The answer in words, to say it back; undefined where it is too long to. */
export const sayAnswer = (
  question: Question | undefined,
  answer: Answer | null | undefined,
  language: Language,
): string | undefined => {
  if (!question || !answer) return undefined;
  if ("one" in answer) return answer.other ?? optionsOf(question)[answer.one]?.text;
  if ("stars" in answer && question.kind === "rating")
    return question.scale === "stars" ? words[language].star(answer.stars) : String(answer.stars);
  if ("number" in answer && question.kind === "estimate")
    return `${words[language].decimal(answer.number, question.decimals)} ${question.unit}`;
  return undefined;
};
