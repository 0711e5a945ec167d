import type * as z from "zod";

// What is wrong with a field, in words for whoever sent it. What a schema says itself goes before these.

type Issue = z.core.$ZodRawIssue;

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  null: "null",
};

const things = (n: number | bigint, what: string): string => `${n} ${what}${BigInt(n) === 1n ? "" : "s"}`;

/** Values as they are written in JSON. */
const oneOf = (values: readonly unknown[]): string => {
  const written = values.map((value) => JSON.stringify(value)).join(", ");
  return values.length === 1 ? written : `one of ${written}`;
};

const leastOf = (origin: string, least: number | bigint, isIncluded: boolean): string => {
  switch (origin) {
    case "string":
      return least === 1 ? "Write something here." : `Use at least ${things(least, "character")}.`;
    case "array":
    case "set":
      return `Give at least ${least}.`;
    default:
      return isIncluded ? `Give ${least} or more.` : `Give more than ${least}.`;
  }
};

const mostOf = (origin: string, most: number | bigint, isIncluded: boolean): string => {
  switch (origin) {
    case "string":
      return `Use at most ${things(most, "character")}.`;
    case "array":
    case "set":
      return `Give at most ${most}.`;
    default:
      return isIncluded ? `Give ${most} or less.` : `Give less than ${most}.`;
  }
};

const forms: Readonly<Record<string, string>> = {
  email: "This is not an e-mail address.",
  url: "Give a whole address, e.g. https://example.nl/page.",
  datetime: "Give a date, a time and an offset, e.g. 2026-11-27T16:00:00Z.",
  date: "Give a date, e.g. 2026-11-27.",
};

/** The fields of the object that an issue is about, where it is about one. */
const fieldsOf = ({ inst }: Issue): [string, z.core.$ZodType][] => {
  const of: object = inst?._zod.def ?? {};
  return "shape" in of && typeof of.shape === "object" && of.shape !== null ? Object.entries(of.shape) : [];
};

/** An object, with the fields that it must have. */
const objectOf = (issue: Issue): string => {
  const needed = fieldsOf(issue).flatMap(([name, field]) => (field._zod.optin === undefined ? [name] : []));
  return needed.length === 0 ? "an object" : `an object, with ${needed.join(", ")}`;
};

const unknownField = (issue: Issue): string => {
  const given = typeof issue.input === "object" && issue.input !== null ? issue.input : {};
  const others = fieldsOf(issue).flatMap(([name]) => (Object.hasOwn(given, name) ? [] : [name]));
  return `This field is not known.${others.length === 0 ? "" : ` Also taken here: ${others.join(", ")}.`}`;
};

/** For zod's `error`: a sentence that says what to do. */
export const sentenceOf = (issue: Issue): string | undefined => {
  switch (issue.code) {
    case "invalid_type": {
      const kind = issue.expected === "object" ? objectOf(issue) : kinds[issue.expected];
      if (issue.input === undefined) return kind ? `This is needed: ${kind}.` : "This is needed.";
      return kind ? `Give ${kind}.` : "This is another kind of value than is taken here.";
    }
    case "invalid_value": {
      const which = oneOf(issue.values);
      return issue.input === undefined ? `This is needed: ${which}.` : `Give ${which}.`;
    }
    case "too_small":
      return leastOf(issue.origin, issue.minimum, issue.inclusive !== false);
    case "too_big":
      return mostOf(issue.origin, issue.maximum, issue.inclusive !== false);
    case "not_multiple_of":
      return `Give a multiple of ${issue.divisor}.`;
    case "invalid_format":
      return forms[issue.format] ?? "This does not have the right form.";
    case "invalid_union":
      if (Array.isArray(issue.options)) return `Give ${oneOf(issue.options)}.`;
      return issue.input === undefined ? "This is needed." : "This has none of the forms that are taken here.";
    case "unrecognized_keys":
      return unknownField(issue);
    case "invalid_key":
      return "A name in it is not one that is taken here.";
    default:
      return undefined;
  }
};
