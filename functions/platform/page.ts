import { createHash, randomBytes } from "node:crypto";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import * as z from "zod";
import type { Brand } from "./brand.ts";
import { clock, hours, instant, later, milliseconds } from "./clock.ts";
import { config } from "./config.ts";
import { Refusal, refuse } from "./errors.ts";
import {
  type Answer,
  bodyLimit,
  type Event,
  parse,
  parseOr,
  pathParameters,
  problem,
  refusalOf,
  requestIdOf,
  securityHeaders,
  toldOf,
  withoutBody,
} from "./http.ts";
import { whose } from "./names.ts";
import { type RouteInfo, routeKeys } from "./route.ts";
import { openToken, sealToken } from "./secrets.ts";
import { type Change, persist, save } from "./table.ts";
import { viewerOf } from "./viewer.ts";
import { Language, words } from "./words.ts";

// Pages for participants: HTML that works without script, and the same as JSON for whoever asks for it.

/** Markup that is safe to send. Only `html` makes it. */
export type Html = { readonly markup: string };
type Part = Html | string | number | false | null | undefined | readonly Part[];

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => escapes[letter] ?? letter);
const say = (part: Part): string => {
  if (part === false || part === null || part === undefined) return "";
  if (typeof part === "string") return escaped(part);
  if (typeof part === "number") return String(part);
  return "markup" in part ? part.markup : part.map(say).join("");
};

/** Builds markup; everything put into it is escaped unless it is markup itself. Attributes must stand in double quotes. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Html => ({
  markup: texts.map((text, i) => (i < parts.length ? text + say(parts[i]) : text)).join(""),
});

export type Page = {
  status?: number;
  language: Language;
  title: string;
  /** For link previews. */
  description?: string;
  /** The picture of a link preview, 1200 by 630 pixels: its whole address, and what it says. */
  picture?: { url: string; alt: string };
  body: Html;
  /** The same for programs. */
  json?: unknown;
  cookies?: string[];
  /** The back button may show it again as it was, so that the form in it is the same form: for pages that show nobody's data. */
  returnable?: true;
  /** Whose page it is: its colour, its logo, and below the page who answers to the law. */
  brand?: Brand;
  /**
   * Another document than HTML (a feed, a file); kept by caches for a minute, unless it is for someone alone or its own
   * headers say otherwise.
   */
  document?: { type: string; text: string | Uint8Array; isPrivate?: boolean; headers?: Record<string, string> };
  /** The same for everyone, so that the CDN and the browser may keep it for so long; nothing in it is a form. */
  sharedForSeconds?: number;
  /** The same for feed readers, found by them in the head. */
  feeds?: { type: string; href: string }[];
  /** Makes the page easier where script runs; without it everything works all the same. It stands in the page, and its hash in the policy. */
  script?: string;
  /** That script loads a module of ours, and asks us for more: nobody else. */
  asksUs?: true;
  /** The origins of the sites that may show it in a frame; usually none. */
  framedBy?: readonly string[];
  /** Shows another page by itself, for a screen that many people use one after the other. */
  next?: { path: string; afterSeconds: number };
};
export type Redirect = { seeOther: string; cookies?: string[] };

/** What `run` gets. */
export type Visit<P = unknown, Q = unknown, F = unknown> = {
  params: P;
  query: Q;
  form: F;
  /** RFC 3339, read once at the start of this attempt. */
  now: string;
  /** When the gateway received the request (Unix milliseconds): only a contest's closing asks for it. */
  arrivedMs: number;
  /** From which IP address it came. It is kept nowhere; a contest keeps a salted hash of its network. */
  address: string;
  requestId: string;
  method: string;
  /** By their names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  cookies: Readonly<Record<string, string>>;
  /** The workspace whose own host was asked; undefined on ours, where every workspace's pages are. */
  owner: string | undefined;
  /** Whether a program asks, which has no page to show a form on. */
  wantsJson: boolean;
  /** The language asked for with `?lang=`, or else the given default. */
  speak: (byDefault: Language) => Language;
  save: (changes: readonly Change[]) => Promise<void>;
};

export type PageSpec<P, Q, F> = Omit<RouteInfo, "params" | "query" | "body" | "returns" | "access" | "page"> & {
  params?: z.ZodType<P>;
  query?: z.ZodObject<z.ZodRawShape, z.core.$strict> & z.ZodType<Q>;
  form?: z.ZodType<F>;
  /** What the JSON answer looks like. */
  returns?: z.ZodType;
  run: (visit: Visit<P, Q, F>) => Promise<Page | Redirect>;
  /** The origins of other sites whose scripts may ask this and read the answer (CORS); of a GET, so is the question beforehand. */
  origins?: (asked: Pick<Visit<P>, "params" | "now" | "owner">) => Promise<readonly string[]>;
  /** Shows the form again, with what was filled in and the refusal in words. */
  again?: (visit: Visit<P, Q, Record<string, string>>, refusal: Refusal) => Promise<Page>;
};

/** The thing, unless another workspace's own host was asked for it: there it is not. */
export const shownAt = <T extends { workspaceId: string }>(
  { owner }: Pick<Visit, "owner">,
  thing: T | undefined,
): T | undefined => (owner === undefined || thing?.workspaceId === owner ? thing : undefined);

export type PageRoute = RouteInfo & { visit: (event: Event, requestId: string) => Promise<Answer> };

export const page = <P = Record<string, never>, Q = Record<string, never>, F = undefined>(
  spec: PageSpec<P, Q, F>,
): PageRoute => {
  const { form, ...rest } = spec;
  return {
    ...rest,
    ...(form ? { body: form } : {}),
    access: "public",
    page: true,
    asksBeforehand: spec.origins !== undefined,
    visit: (event, requestId) => fromElsewhere(spec, event, () => visit(spec, event, requestId)),
  };
};

const typeOf = (event: Event): string | undefined => event.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();

/** A program says so, or sends JSON itself; a browser always asks for HTML. */
const isJson = (event: Event): boolean => {
  const accept = event.headers.accept ?? "";
  if (accept.includes("text/html")) return false;
  return accept.includes("application/json") || typeOf(event) === "application/json";
};

const Fields = z.record(z.string(), z.unknown());

const fields = (event: Event): Record<string, unknown> => {
  const type = typeOf(event);
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? "", "base64").toString() : (event.body ?? "");
  if (type === "application/x-www-form-urlencoded") return Object.fromEntries(new URLSearchParams(text));
  if (type !== "application/json") return refuse("unsupported_media_type", "Send a form, or JSON.");
  try {
    return Fields.parse(JSON.parse(text));
  } catch {
    return refuse("invalid_json", "The body is not a JSON object.");
  }
};

/** RFC 1035, section 2.3.4. */
const mostHostLength = 253;

const ownerOf = async (host: string, now: string): Promise<string | undefined> => {
  if (host.length > mostHostLength || host === new URL(config.publicUrl()).host) return undefined;
  return (await whose("host", host, milliseconds(now)))?.workspaceId;
};

const visit = async <P, Q, F>(spec: PageSpec<P, Q, F>, event: Event, requestId: string): Promise<Answer> => {
  const wantsJson = isJson(event);
  const { lang, ...asked } = event.queryStringParameters ?? {};
  const language = Language.safeParse(lang).data;
  const now = instant(clock.now());
  try {
    const params = parseOr("path", spec.params, pathParameters(spec.path, event.pathParameters ?? {}));
    // Trackers hang their own parameters on links (utm_…, fbclid): pages leave alone what they do not know.
    const known = spec.query
      ? Object.fromEntries(Object.entries(asked).filter(([name]) => Object.hasOwn(spec.query!.shape, name)))
      : {};
    const { host, address } = viewerOf(event);
    const base = {
      params,
      query: parseOr<Q>("query", spec.query, known),
      arrivedMs: event.requestContext.timeEpoch,
      address,
      requestId,
      method: event.requestContext.http.method,
      headers: event.headers,
      cookies: cookiesOf(event),
      owner: await ownerOf(host, now),
      wantsJson,
      speak: (byDefault: Language) => language ?? byDefault,
    };
    const attempt = () => {
      const now = instant(clock.now());
      return {
        ...base,
        now,
        save: (changes: readonly Change[]) => save(changes, { now, actor: "visitor", cause: requestId }),
      };
    };
    const given = spec.form ? fields(event) : {};
    try {
      const form = spec.form ? parse("body", spec.form, given) : (undefined as F);
      return answer(await persist(() => spec.run({ ...attempt(), form })), event, wantsJson);
    } catch (error) {
      if (!(error instanceof Refusal) || wantsJson || !spec.again) throw error;
      const texts = Object.fromEntries(
        Object.entries(given).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
      );
      return answer(
        { status: error.status, ...(await spec.again({ ...attempt(), form: texts }, error)) },
        event,
        false,
      );
    }
  } catch (error) {
    if (wantsJson) return problem(error, requestId);
    const refusal = refusalOf(error, requestId);
    return answer(refusalPage(refusal, language ?? preferred(event)), event, false);
  }
};

const preflightLifeSeconds = 600;

/** Lets the scripts of other sites ask and read, where the thing says that they may (the Fetch standard, section 3.2). */
const fromElsewhere = async <P, Q, F>(
  spec: PageSpec<P, Q, F>,
  event: Event,
  run: () => Promise<Answer>,
): Promise<Answer> => {
  const { origin } = event.headers;
  const isPreflight = event.requestContext.http.method === "OPTIONS";
  if (!spec.origins || (origin === undefined && !isPreflight)) return run();
  const allowed = await originsOf(spec, spec.origins, event);
  const mayRead: Record<string, string> =
    origin !== undefined && allowed.includes(origin) ? { "access-control-allow-origin": origin } : {};
  if (isPreflight)
    return {
      statusCode: 204,
      headers: {
        ...securityHeaders,
        ...mayRead,
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "content-type",
        "access-control-max-age": String(preflightLifeSeconds),
        vary: "origin",
      },
      body: "",
    };
  const answered = await run();
  return { ...answered, headers: { ...answered.headers, ...mayRead, vary: "accept, origin" } };
};

const originsOf = async <P, Q, F>(
  spec: PageSpec<P, Q, F>,
  find: NonNullable<PageSpec<P, Q, F>["origins"]>,
  event: Event,
): Promise<readonly string[]> => {
  const now = instant(clock.now());
  try {
    const params = parseOr("path", spec.params, pathParameters(spec.path, event.pathParameters ?? {}));
    return await find({ params, now, owner: await ownerOf(viewerOf(event).host, now) });
  } catch (error) {
    // What is not there is nobody's; the page itself says so.
    if (error instanceof Refusal) return [];
    throw error;
  }
};

const preferred = (event: Event): Language => (/^\s*nl\b/i.test(event.headers["accept-language"] ?? "") ? "nl" : "en");

const cookiesOf = (event: Event): Record<string, string> =>
  Object.fromEntries(
    (event.cookies ?? []).map((cookie) => [
      cookie.slice(0, cookie.indexOf("=")),
      cookie.slice(cookie.indexOf("=") + 1),
    ]),
  );

const refusalPage = (refusal: Refusal, language: Language): Page => {
  const { refusals } = words[language];
  const { title, text } =
    refusals[refusal.code] ?? (refusal.status < 500 ? refusals.invalid_input : undefined) ?? refusals.internal;
  return { status: refusal.status, language, title, body: html`<h1>${title}</h1><p>${text}</p>` };
};

/** What a browser sees where there is nothing; undefined for a program, which has its problem document. */
export const notFoundPage = (event: Event): Answer | undefined => {
  if (!event.headers.accept?.includes("text/html")) return undefined;
  const language = Language.safeParse(event.queryStringParameters?.lang).data ?? preferred(event);
  return answer(refusalPage(new Refusal("not_found", ""), language), event, false);
};

const bodyOf = (document: string | Uint8Array): Pick<Answer, "body" | "isBase64Encoded"> =>
  typeof document === "string"
    ? { body: document }
    : { body: Buffer.from(document).toString("base64"), isBase64Encoded: true };

const answer = (given: Page | Redirect, event: Event, wantsJson: boolean): Answer => {
  const cookies = given.cookies?.length ? { cookies: given.cookies } : {};
  if ("seeOther" in given)
    return { statusCode: 303, headers: { ...securityHeaders, location: given.seeOther }, body: "", ...cookies };
  if (given.document) {
    return {
      statusCode: given.status ?? 200,
      headers: {
        ...securityHeaders,
        "content-type": given.document.type,
        ...(given.document.isPrivate ? {} : { "cache-control": "public, max-age=60" }),
        ...given.document.headers,
      },
      ...bodyOf(given.document.text),
    };
  }
  if (wantsJson && given.json !== undefined) {
    return {
      statusCode: given.status ?? 200,
      headers: { ...securityHeaders, "content-type": "application/json; charset=utf-8", vary: "accept" },
      body: JSON.stringify(given.json),
      ...cookies,
    };
  }
  return {
    statusCode: given.status ?? 200,
    headers: {
      ...securityHeaders,
      "content-type": "text/html; charset=utf-8",
      ...(given.returnable ? { "cache-control": "private, no-cache" } : {}),
      ...(given.sharedForSeconds === undefined ? {} : { "cache-control": `public, max-age=${given.sharedForSeconds}` }),
      "content-language": given.language,
      "content-security-policy": policyOf(given),
      vary: "accept",
    },
    body: layout(given, event),
    ...cookies,
  };
};

const style = `:root{--accent:#7a2e1d;--ink:#1d1b19;--soft:#5c5650;--line:#d9d2c9;--paper:#fff;--wash:#f5efe7}
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--wash);color:var(--ink);font:1.0625rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
[hidden]{display:none!important}
.skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem}
main{max-width:38rem;margin:0 auto;padding:1.25rem;background:var(--paper);min-height:80vh;overflow-wrap:break-word}
@media(min-width:42rem){main{margin:2rem auto;padding:2rem 2.5rem;border-radius:.75rem}}
h1{font-size:1.75rem;line-height:1.2;margin:.25rem 0 .75rem;text-wrap:balance}h2{font-size:1.2rem;margin:2rem 0 .5rem}
p{margin:.6rem 0}.brand{color:var(--soft);margin:0;font-weight:600}.soft{color:var(--soft);font-size:.95rem}
a{color:var(--accent);text-underline-offset:.15em}
label,legend{display:block;font-weight:600;margin:1rem 0 .35rem}legend{padding:0}
input[type=email],input[type=text],input[type=url],textarea,select{width:100%;font:inherit;padding:.75rem;border:1px solid #857c72;border-radius:.5rem;background:#fff;color:inherit}
fieldset{border:0;padding:0;margin:1rem 0;min-width:0}
.choice{display:flex;gap:.75rem;align-items:center;font-weight:400;margin:.5rem 0;padding:.85rem 1rem;border:1px solid #857c72;border-radius:.5rem;min-height:3rem;cursor:pointer}
.choice input{width:1.25rem;height:1.25rem;accent-color:var(--accent);margin:0;flex:none}
.choice span{min-width:0;overflow-wrap:anywhere}.choice .picture{max-height:12rem}
.choice:has(:checked){border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
.scale{display:grid;grid-template-columns:repeat(auto-fit,minmax(3.1rem,1fr));gap:.4rem}.scale .choice{flex-direction:column;justify-content:center;gap:.3rem;margin:0;padding:.6rem .25rem;text-align:center}
button,.button{display:block;width:100%;font:inherit;font-weight:600;text-align:center;text-decoration:none;padding:.9rem 1rem;margin:1rem 0;border:0;border-radius:.5rem;background:var(--accent);color:#fff;cursor:pointer;min-height:3rem}
.button.quiet{background:none;color:var(--accent);border:1px solid var(--accent)}
:focus-visible{outline:3px solid #1a5fb4;outline-offset:2px}
.error{border-left:4px solid #b3261e;padding:.5rem .9rem;background:#fdf0ee;margin:1rem 0}
.good{border-left:4px solid #2e7d4f;padding:.5rem .9rem;background:#eef7f1;margin:1rem 0}
table{border-collapse:collapse;width:100%;font-size:.95rem}th,td{text-align:left;padding:.5rem .5rem .5rem 0;border-bottom:1px solid var(--line);vertical-align:top}
legend,tbody th{overflow-wrap:anywhere}.wide{overflow-x:auto}.wide tbody th{min-width:7rem}.picture{display:block;max-width:100%;height:auto;border-radius:.5rem;margin:.5rem 0}
.code-to-scan{display:block;width:11rem;height:11rem;margin:.5rem 0}
code,.code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.85em;overflow-wrap:anywhere}
.bar{display:block;width:100%;height:.75rem}
article{border-bottom:1px solid var(--line);padding:1rem 0;white-space:pre-line}
.logo{max-width:38rem;margin:0 auto;padding:.75rem 1.25rem}.logo img{display:block;max-height:3.5rem;max-width:60%}
footer{max-width:38rem;margin:0 auto;padding:1rem 1.25rem 2.5rem;color:var(--soft);font-size:.9rem;display:flex;justify-content:space-between;gap:.5rem 1rem;flex-wrap:wrap}footer p{flex-basis:100%;margin:0}
footer a{color:inherit}`;

/** The workspace's colour, in a style sheet of its own. */
const styleOf = ({ accent }: Brand): string => `:root{--accent:${accent}}`;

const digestOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const digest = digestOf(style);
// No other script runs, and no other style holds, than those named by their hashes.
const policyOf = ({ brand, script, asksUs, framedBy = [] }: Page): string =>
  `default-src 'none'; style-src ${digest}${brand ? ` ${digestOf(styleOf(brand))}` : ""};${script === undefined ? "" : ` script-src ${digestOf(script)}${asksUs ? " 'self'; connect-src 'self'" : ""};`} img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors ${framedBy.length === 0 ? "'none'" : framedBy.join(" ")}`;

const other: Record<Language, Language> = { nl: "en", en: "nl" };

/** Who answers for a page; under the name that people know them by, where the law knows another. */
const imprintPart = ({ name, imprint, replyTo, privacyUrl }: Brand, language: Language): Html =>
  html`<p>${(imprint.some((line) => line.includes(name)) ? imprint : [name, ...imprint]).join(" · ")}${replyTo !== undefined && html` · <a href="mailto:${replyTo}">${replyTo}</a>`}</p>
${privacyUrl !== undefined && html`<p><a href="${privacyUrl}">${words[language].privacy}</a></p>\n`}`;

/** What a link preview shows besides title and description (ogp.me; X reads the same but the kind of card). */
const picturePart = ({ url, alt }: NonNullable<Page["picture"]>): Html =>
  html`<meta property="og:type" content="website">
<meta property="og:image" content="${url}"><meta property="og:image:type" content="image/png"><meta property="og:image:width" content="1200"><meta property="og:image:height" content="630"><meta property="og:image:alt" content="${alt}">
<meta name="twitter:card" content="summary_large_image">
`;

const layout = (
  { language, title, description, picture, feeds, brand, body, script, next }: Page,
  event: Event,
): string => {
  const { otherLanguage, madeWith, skipToContent } = words[language];
  const search = new URLSearchParams(event.rawQueryString);
  search.set("lang", other[language]);
  const speaksOther = brand === undefined || brand.languages.includes(other[language]);
  // A page that answers a form has an address of its own to switch language on only where a GET exists; tokens ride along.
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${description ? html`<meta name="description" content="${description}"><meta property="og:description" content="${description}">` : ""}
<meta property="og:title" content="${title}">
<meta property="og:locale" content="${language === "nl" ? "nl_NL" : "en_GB"}">
${brand && html`<meta property="og:site_name" content="${brand.name}">\n`}${picture && picturePart(picture)}${next && html`<meta http-equiv="refresh" content="${`${next.afterSeconds}; url=${next.path}`}">\n`}<link rel="icon" href="data:,">
${feeds?.map(({ type, href }) => html`<link rel="alternate" type="${type}" href="${href}">\n`)}<style>${{ markup: style }}</style>
${brand && html`<style>${{ markup: styleOf(brand) }}</style>`}
</head>
<body>
<a class="skip" href="#content">${skipToContent}</a>
${brand?.logoUrl !== undefined && html`<header class="logo"><img src="${new URL(brand.logoUrl).pathname}" alt="${brand.name}"></header>`}
<main id="content">${body}</main>
<footer>${brand && imprintPart(brand, language)}<span>${madeWith}</span>${speaksOther && html`<a rel="nofollow" lang="${other[language]}" hreflang="${other[language]}" href="?${search.toString()}">${otherLanguage}</a>`}</footer>
${script !== undefined && html`<script>${{ markup: script }}</script>\n`}</body>
</html>`.markup;
};

/** A form's hidden token: it holds for one form about one thing, for a day; `nonce` tells one showing of the form from another. */
export const formToken = (
  workspaceId: string,
  form: string,
  about: string,
  now: string,
  nonce: string = randomBytes(12).toString("base64url"),
): Promise<string> => sealToken(workspaceId, `form ${form} ${about}`, later(now, hours(24)), nonce);

/** Refuses `form_altered` or `form_expired`; gives the form's nonce. */
export const checkForm = async (
  workspaceId: string,
  form: string,
  about: string,
  token: string,
  now: string,
): Promise<string> => {
  const opened = await openToken(workspaceId, `form ${form} ${about}`, token, z.string(), now);
  if (opened.state === "valid") return opened.data;
  if (opened.state === "expired") return refuse("form_expired", "The form was open for too long. Open the page again.");
  return refuse("form_altered", "The form was altered, or belongs to another page. Open the page again.");
};

const handlerOf = (of: PageRoute) =>
  middy<Event, Answer>({ timeoutEarlyInMillis: 0 })
    .use(bodyLimit(of.mostBodyBytes))
    .use({
      onError: (request) => {
        const { event, error, context } = request;
        const requestId = requestIdOf(event, context);
        request.response = isJson(event)
          ? problem(error, requestId)
          : answer(refusalPage(refusalOf(error, requestId), preferred(event)), event, false);
      },
    })
    .handler((event, context) => of.visit(event, requestIdOf(event, context)));

/** The handler of a table of pages. */
export const pages = (routes: Readonly<Record<string, PageRoute>>) => {
  const byKey = new Map(
    Object.values(routes).flatMap((of) => routeKeys(of).map((key) => [key, handlerOf(of)] as const)),
  );
  return (event: Event, context: Context): Promise<Answer> =>
    toldOf(event, context, async () => {
      const handler = byKey.get(event.routeKey);
      if (!handler)
        return problem(new Refusal("not_found", "There is nothing at this address."), requestIdOf(event, context));
      return withoutBody(event, await handler(event, context));
    });
};
