import * as z from "zod";
import { nastyStrings, nastyValue } from "./nasty.ts";
import { textMatching } from "./pattern.ts";
import type { Random } from "./random.ts";
import { stagedCodes } from "./stage.ts";

// Values from the JSON Schemas of openapi.json.

/** The part of JSON Schema 2020-12 that openapi.json uses. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  examples?: unknown[];
};
export const Schema: z.ZodType<Schema> = z.custom<Schema>((value) => typeof value === "object" && value !== null);

export type Making = {
  random: Random;
  /** The schema behind a `$ref`. */
  resolve: (ref: string) => Schema;
  /** Unix milliseconds, for times that are still to come. */
  nowMs: number;
  /** Something met before that this field may mean: an id of this pattern, a token of this name. */
  known: (field: string, pattern: string | undefined) => string | undefined;
  /** The only server that may be asked for: `host:port`. */
  outside: string;
  /** At the edges of what is allowed rather than somewhere within. */
  edge: boolean;
};

const minute = 60_000;

/** What a schema cannot say of a field, by its name. */
const meanings: Record<string, (making: Making) => string> = {
  zone: ({ random }) =>
    random.pick(["Europe/Amsterdam", "Europe/Amsterdam", "America/New_York", "Pacific/Chatham", "UTC"]),
  email: ({ random }) => mailAddress(random),
  address: ({ random }) => mailAddress(random),
  // Few hear everything: each event is delivered to each that does.
  event: ({ random }) =>
    random.chance(0.05) ? "*" : random.pick(["post.*", "contest.drawn", "entry.*", "poll.closed", "channel.changed"]),
  domain: () => "example.nl",
  embedOrigin: () => "https://example.nl",
  issuer: ({ outside }) => `http://${outside}`,
  replyTo: ({ random }) => mailAddress(random),
  url: ({ random, outside }) => `http://${outside}/hooks/${random.int(1, 99)}`,
  privacyUrl: () => "https://example.nl/privacy",
  from: ({ random, nowMs }) => new Date(nowMs - random.int(60, 600) * minute).toISOString(),
  to: ({ random, nowMs }) => (random.chance(0.5) ? new Date(nowMs).toISOString() : mailAddress(random)),
  drawAt: ({ random, nowMs }) => new Date(nowMs + random.int(80, 120) * 60 * minute).toISOString(),
  accent: ({ random }) => random.pick(["#7a2e1d", "#000000", "#0b5394", "#ffffff"]),
  host: ({ random }) => `host-${random.int(1, 99)}.invalid`,
  questionId: ({ random }) => random.pick(["q1", "q2"]),
  wall: ({ random, nowMs }) => new Date(nowMs + random.int(60, 20_000) * minute).toISOString().slice(0, 16),
  rule: ({ random }) =>
    random.pick(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=DAILY;COUNT=3"]),
  csv: ({ known, nowMs, random }) => {
    const row = () =>
      `"Brood, ${random.int(1, 9999)}",${known("channel", "^ch_[") ?? "feed"},${new Date(nowMs + random.int(1, 72) * 60 * minute).toISOString()}`;
    return ["text,channels,at", ...Array.from({ length: random.int(0, 4) }, row)].join("\n");
  },
  code: ({ random }) => random.pick([...stagedCodes, `code-${random.int(1, 9)}`]),
};
/** What the system itself would reach for: nothing outside this machine is ever named. */
const reachedFor: ReadonlySet<string> = new Set(["url", "issuer", "host"]);
/** Of few people, so that they come back. */
const mailAddress = (random: Random): string =>
  `person.${random.chance(0.3) ? random.int(1, 6) : random.int(1, 400)}@${random.chance(0.02) ? "gmial.com" : "example.nl"}`;

const words = ["brood", "taart", "zon", "é́tage", "win", "Bakkerij", "🥐", "&", "<b>", "ĳs", "maan", "ster", '"'];
const textOf = (random: Random, least: number, most: number): string => {
  let text = random.pick(words.slice(0, 6));
  const goal = Math.min(most, Math.max(least, random.int(3, 60)));
  // Most fields are of one line, the longer ones of several.
  const between = most > 300 && random.chance(0.05) ? "\n" : " ";
  while (text.length < goal) text += `${between}${random.pick(words)}`;
  return (
    text
      .slice(0, Math.max(least, Math.min(most, text.length)))
      // Half an emoji is left to those who mean no good.
      .replace(/[\ud800-\udbff]$/, "")
      .trim()
      .padEnd(least, "x")
  );
};

const instantOf = ({ random, nowMs }: Making): string => {
  const ahead = random.weighted([
    [4, () => random.int(1, 90) * minute],
    [3, () => random.int(1, 72) * 60 * minute],
    [1, () => random.int(1, 400) * 24 * 60 * minute],
    [1, () => -random.int(1, 1000) * minute],
    [1, () => random.int(-2, 2) * 1000],
  ])();
  const at = new Date(nowMs + ahead).toISOString();
  return random.chance(0.1) ? at.replace(".000Z", "+00:00").replace("Z", "+00:00") : at;
};

const stringOf = (schema: Schema, field: string, making: Making): string => {
  const { random, edge } = making;
  const { pattern, format, minLength = 0, maxLength = 4000 } = schema;
  const known = making.known(field, pattern);
  if (known !== undefined && random.chance(0.9)) return known;
  if (format === "date-time" && meanings[field] === undefined) return instantOf(making);
  const meaning = meanings[field];
  if (meaning && (reachedFor.has(field) || random.chance(0.9))) return meaning(making);
  if (format === "date-time") return instantOf(making);
  if (format === "email") return mailAddress(random);
  if (format === "uri" || format === "url") return meanings.url!(making);
  if (pattern !== undefined) return textMatching(pattern, random);
  if (edge) {
    // The longest texts now and then: a list of a hundred of them takes as long as a thousand other requests.
    const longest = maxLength <= 2000 || random.chance(0.02) ? Math.min(maxLength, 50_000) : 2000;
    return "x".repeat(random.pick([Math.max(1, minLength), longest]));
  }
  return textOf(random, Math.max(1, minLength), Math.min(maxLength, 4000));
};

const numberOf = (schema: Schema, { random, edge }: Making): number => {
  const least = schema.minimum ?? (schema.exclusiveMinimum === undefined ? 0 : schema.exclusiveMinimum + 1);
  const most = schema.maximum ?? (schema.exclusiveMaximum === undefined ? least + 1000 : schema.exclusiveMaximum - 1);
  if (edge) return random.pick([least, most]);
  // Small numbers more often: ten prizes rather than a million euro.
  return random.chance(0.7) ? random.int(least, Math.min(most, least + 10)) : random.int(least, most);
};

/** How many levels of what is optional are filled in: recursive schemas end. */
const mostDepth = 6;

/** A value that the schema accepts, as far as a schema can say. */
export const valueFor = (schema: Schema, making: Making, field = "", depth = 0): unknown => {
  const { random } = making;
  if (schema.$ref !== undefined) return valueFor(making.resolve(schema.$ref), making, field, depth);
  if ("const" in schema) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const { anyOf: _any, oneOf: _one, ...rest } = schema;
    // What may be taken away mostly stays.
    const [first, ...others] = choices;
    const chosen =
      first && others.every(({ type }) => type === "null") && random.chance(0.9) ? first : random.pick(choices);
    return valueFor({ ...rest, ...chosen }, making, field, depth);
  }
  if (schema.allOf) {
    const parts = schema.allOf.map((part) => valueFor(part, making, field, depth));
    return parts.every((part) => typeof part === "object") ? Object.assign({}, ...parts) : parts[0];
  }
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
  switch (type) {
    case "string":
      return stringOf(schema, field, making);
    case "integer":
      return numberOf(schema, making);
    case "number":
      return random.chance(0.5) ? numberOf(schema, making) : numberOf(schema, making) + 0.5;
    case "boolean":
      return random.chance(0.5);
    case "null":
      return null;
    case "array": {
      const { minItems = 0, maxItems = 5, items } = schema;
      const count = making.edge
        ? random.pick([minItems, Math.min(maxItems, 100)])
        : random.int(minItems, Math.min(maxItems, minItems + 3));
      const all = Array.from({ length: count }, () =>
        valueFor(typeof items === "object" ? items : { type: "string" }, making, field.replace(/s$/, ""), depth + 1),
      );
      // Most lists name each thing once.
      return random.chance(0.9) ? [...new Map(all.map((one) => [JSON.stringify(one), one])).values()] : all;
    }
    case "object": {
      const filled = random.pick([0, 0.5, 0.9, 1, 1]);
      const properties = Object.entries(schema.properties ?? {}).filter(
        ([name]) => schema.required?.includes(name) || (depth < mostDepth && random.chance(filled)),
      );
      const more = schema.additionalProperties;
      const extra: [string, unknown][] =
        schema.properties === undefined && typeof more === "object" && random.chance(0.5)
          ? [
              [
                String(valueFor(schema.propertyNames ?? { const: "key" }, making)),
                valueFor(more, making, "", depth + 1),
              ],
            ]
          : [];
      return Object.fromEntries([
        ...properties.map(([name, one]): [string, unknown] => [name, valueFor(one, making, name, depth + 1)]),
        ...extra,
      ]);
    }
    default:
      return nastyValue(random);
  }
};

/** The schemas of a field, as far as this value tells which of several are meant. */
const schemasAt = (schema: Schema, value: unknown, name: string, resolve: Making["resolve"]): Schema[] => {
  if (schema.$ref !== undefined) return schemasAt(resolve(schema.$ref), value, name, resolve);
  const choices = [...(schema.anyOf ?? schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const fits = ({ properties = {} }: Schema): boolean =>
    Object.entries(properties).every(
      ([field, { const: fixed }]) => fixed === undefined || (isContainer(value) && Reflect.get(value, field) === fixed),
    );
  const own = schema.properties?.[name] ?? (typeof schema.items === "object" ? schema.items : undefined);
  return [...(own && fits(schema) ? [own] : []), ...choices.flatMap((one) => schemasAt(one, value, name, resolve))];
};

/** Changes what a JSON pointer points at (in place): it is left out, or made anew, as the schema says. */
export const mendAt = (value: unknown, schema: Schema, pointer: string, making: Making): void => {
  const names = pointer
    .replace(/^#\//, "")
    .split("/")
    .map((name) => decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~"));
  let within = value;
  let schemas = [schema];
  for (const [i, name] of names.entries()) {
    if (!isContainer(within)) return;
    schemas = schemas.flatMap((one) => schemasAt(one, within, name, making.resolve));
    const [found] = schemas;
    if (i < names.length - 1) {
      within = Reflect.get(within, name);
      continue;
    }
    const isMissing = !Array.isArray(within) && !Object.hasOwn(within, name);
    if (found && (isMissing || making.random.chance(0.5))) Reflect.set(within, name, valueFor(found, making, name, 2));
    else if (Array.isArray(within)) within.splice(Number(name), 1);
    else Reflect.deleteProperty(within, name);
  }
};

type Container = Record<string, unknown> | unknown[];
const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null;

const containersIn = (value: unknown): Container[] =>
  isContainer(value) ? [value, ...Object.values(value).flatMap(containersIn)] : [];

/** The same with one thing wrong: something else in a field, a field too much or too little. Changes it in place. */
export const spoil = (value: unknown, random: Random): unknown => {
  const containers = containersIn(value);
  if (containers.length === 0) return nastyValue(random);
  const chosen = random.pick(containers);
  const names = Object.keys(chosen);
  const set = (name: string, to: unknown): void =>
    void Object.defineProperty(chosen, name, { value: to, enumerable: true, configurable: true, writable: true });
  random.weighted<() => void>([
    [6, () => names.length > 0 && set(random.pick(names), nastyValue(random))],
    [
      2,
      () =>
        set(random.pick([...nastyStrings.slice(0, 30), "id", "version", "workspaceId", "status"]), nastyValue(random)),
    ],
    [2, () => names.length > 0 && Reflect.deleteProperty(chosen, random.pick(names))],
  ])();
  return value;
};
