import * as z from "zod";

/** A value as DynamoDB's JSON has it. */
export type Attribute =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: boolean }
  | { L: Attribute[] }
  | { M: AttributeMap }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] };
export type AttributeMap = { [name: string]: Attribute };

export const Attribute: z.ZodType<Attribute> = z.lazy(() =>
  z.union([
    z.strictObject({ S: z.string() }),
    z.strictObject({ N: z.string() }),
    z.strictObject({ B: z.string() }),
    z.strictObject({ BOOL: z.boolean() }),
    z.strictObject({ NULL: z.boolean() }),
    z.strictObject({ L: z.array(Attribute) }),
    z.strictObject({ M: AttributeMap }),
    z.strictObject({ SS: z.array(z.string()) }),
    z.strictObject({ NS: z.array(z.string()) }),
    z.strictObject({ BS: z.array(z.string()) }),
  ]),
);
export const AttributeMap: z.ZodType<AttributeMap> = z.record(z.string(), Attribute);

export const textOf = (value: Attribute | undefined): string => (value && "S" in value ? value.S : "");
export const numberOf = (value: Attribute | undefined): number => (value && "N" in value ? Number(value.N) : 0);

const bytes = (base64: string): number => Buffer.from(base64, "base64").length;
const digits = (n: string): number => Math.ceil(n.replace(/[-.]/g, "").replace(/^0+/, "").length / 2) + 1;
const total = <T>(values: readonly T[], size: (value: T) => number): number =>
  values.reduce((sum, value) => sum + size(value), 0);

const sizeOfValue = (value: Attribute): number => {
  if ("S" in value) return Buffer.byteLength(value.S);
  if ("N" in value) return digits(value.N);
  if ("B" in value) return bytes(value.B);
  if ("L" in value) return 3 + total(value.L, (part) => 1 + sizeOfValue(part));
  if ("M" in value) return 3 + total(Object.values(value.M), () => 1) + sizeOf(value.M);
  if ("SS" in value) return total(value.SS, (text) => Buffer.byteLength(text));
  if ("NS" in value) return total(value.NS, digits);
  if ("BS" in value) return total(value.BS, bytes);
  return 1;
};

/** Bytes of an item, as DynamoDB counts them (developer guide: "DynamoDB item sizes and formats"). */
export const sizeOf = (item: AttributeMap): number =>
  total(Object.entries(item), ([name, value]) => Buffer.byteLength(name) + sizeOfValue(value));
