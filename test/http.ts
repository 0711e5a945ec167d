import type * as z from "zod";

/** What came back over HTTP. */
export type Answer = {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  setCookies: string[];
  text: string;
  /** Parsed JSON, or the text of anything else. */
  body: unknown;
  /** The body, if it has this shape; throws with all of it where it has not. */
  as: <T>(schema: z.ZodType<T>) => T;
};

export type Asked = {
  /** An API key. */
  key?: string;
  /** Sent as JSON; a string is sent as it stands. */
  body?: unknown;
  /** Sent as a form. */
  form?: Record<string, string>;
  cookies?: Record<string, string>;
  headers?: Record<string, string>;
};

const bodyOf = ({ body, form }: Asked): { type?: string; text?: string } => {
  if (form) return { type: "application/x-www-form-urlencoded", text: new URLSearchParams(form).toString() };
  if (body === undefined) return {};
  return { type: "application/json", text: typeof body === "string" ? body : JSON.stringify(body) };
};

/** One request; redirects are answers too. */
export const httpRequest = async (
  baseUrl: string,
  method: string,
  path: string,
  asked: Asked = {},
): Promise<Answer> => {
  const { type, text: sent } = bodyOf(asked);
  const cookie = Object.entries(asked.cookies ?? {}).map(([name, value]) => `${name}=${value}`);
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(asked.key === undefined ? {} : { authorization: `Bearer ${asked.key}` }),
      ...(type === undefined ? {} : { "content-type": type }),
      ...(cookie.length ? { cookie: cookie.join("; ") } : {}),
      ...asked.headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get("content-type") ?? "") && text !== "";
  const body: unknown = isJson ? JSON.parse(text) : text;
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    setCookies: response.headers.getSetCookie(),
    text,
    body,
    as: (schema) => {
      const parsed = schema.safeParse(body);
      if (!parsed.success)
        throw new Error(`${method} ${path} answered ${response.status} ${text}`, { cause: parsed.error });
      return parsed.data;
    },
  };
};
