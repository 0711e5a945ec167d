import { type Answer, httpRequest } from "./http.ts";

// A participant with a browser that knows no script: it keeps cookies, follows redirects and sends the forms that it is shown.

const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const decoded = (text: string): string => text.replace(/&(#?\w+);/g, (all, name: string) => entities[name] ?? all);

/** The attributes of one tag. */
const attributes = (tag: string): Record<string, string> =>
  Object.fromEntries(
    [...tag.matchAll(/\s([a-z-]+)(?:="([^"]*)")?/g)].map(([, name = "", value = ""]) => [name, decoded(value)]),
  );

/** A form as the page shows it: what it would send untouched, and what may be chosen. */
export type Form = { action: string; fields: Record<string, string>; choices: Record<string, string[]> };

export const formsIn = (markup: string): Form[] =>
  [...markup.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = "", inside = ""]) => {
    const form: Form = { action: attributes(head).action ?? "", fields: {}, choices: {} };
    for (const [tag] of inside.matchAll(/<input\b[^>]*>/g)) {
      const { type = "text", name, value = "", ...more } = attributes(tag);
      if (name === undefined) continue;
      const isChoice = type === "radio" || type === "checkbox";
      if (isChoice) form.choices[name] = [...(form.choices[name] ?? []), value];
      if (!isChoice || "checked" in more) form.fields[name] = value;
    }
    return form;
  });

type Cookie = { name: string; value: string; path: string };

const cookieOf = (header: string): Cookie => {
  const [pair = "", ...rest] = header.split(/;\s*/);
  const at = pair.indexOf("=");
  const path = rest.find((part) => /^path=/i.test(part))?.slice(5) ?? "/";
  return { name: pair.slice(0, at), value: pair.slice(at + 1), path };
};
/** RFC 6265, section 5.1.4. */
const isFor = (path: string, cookie: Cookie): boolean =>
  path === cookie.path || path.startsWith(cookie.path.endsWith("/") ? cookie.path : `${cookie.path}/`);

/** A page that a visitor sees: where it is, after redirects, and the forms on it. */
export type Shown = Answer & { path: string; forms: Form[] };

export type Visitor = {
  open: (path: string) => Promise<Shown>;
  /** Sends a form of the page: the first, unless another is given, with what is filled in. */
  submit: (page: Shown, filled?: Record<string, string>, form?: Form) => Promise<Shown>;
  cookies: () => Record<string, string>;
};

export const newVisitor = (baseUrl: string, options: { cookies?: "off"; language?: string } = {}): Visitor => {
  let jar: Cookie[] = [];

  const ask = async (method: string, address: string, form?: Record<string, string>): Promise<Shown> => {
    const url = new URL(address, baseUrl);
    const cookies = Object.fromEntries(
      jar.filter((cookie) => isFor(url.pathname, cookie)).map((c) => [c.name, c.value]),
    );
    const answer = await httpRequest(baseUrl, method, `${url.pathname}${url.search}`, {
      headers: { accept: "text/html,application/xhtml+xml", "accept-language": options.language ?? "nl" },
      cookies,
      ...(form ? { form } : {}),
    });
    if (options.cookies !== "off") {
      for (const cookie of answer.setCookies.map(cookieOf))
        jar = [...jar.filter(({ name, path }) => name !== cookie.name || path !== cookie.path), cookie];
    }
    if (answer.status === 303) return ask("GET", new URL(answer.headers.location ?? "", url).href);
    return { ...answer, path: `${url.pathname}${url.search}`, forms: formsIn(answer.text) };
  };

  return {
    open: (path) => ask("GET", path),
    submit: (page, filled = {}, form = page.forms[0]) => {
      if (!form) throw new Error(`There is no form on ${page.path}.`);
      const action = new URL(form.action || page.path, new URL(page.path, baseUrl)).href;
      return ask("POST", action, { ...form.fields, ...filled });
    },
    cookies: () => Object.fromEntries(jar.map(({ name, value }) => [name, value])),
  };
};
