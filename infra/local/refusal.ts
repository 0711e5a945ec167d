import type * as z from "zod";

/** An error in AWS's words: the code by which the SDK names the exception, and a sentence. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** What the real service has and this one does not: refused aloud, so that nothing works here and not there, or the other way. */
export const unsupported = (service: string, what: string): Refusal =>
  new Refusal("UnsupportedByLocalRunner", `The local ${service} does not know ${what}.`);

/** The input of an operation, of which every parameter must be known. */
export const known = <T>(service: string, operation: string, schema: z.ZodType<T>, input: unknown): T => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const strange = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key].join(".")) : [],
  );
  if (strange.length > 0) throw unsupported(service, `the parameter ${strange.join(", ")} of ${operation}`);
  const { path, message } = parsed.error.issues[0]!;
  throw new Refusal("ValidationException", `${operation}: ${path.join(".") || "the input"}: ${message}`);
};
