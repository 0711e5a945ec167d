import { aboutOf, type Learned, prefixIn } from "./learned.ts";
import { nastyBody, nastyHeaders, nastyStrings } from "./nasty.ts";
import type { Operation } from "./operations.ts";
import { textMatching } from "./pattern.ts";
import type { Random } from "./random.ts";
import { stagedCodes } from "./stage.ts";
import { type Making, mendAt, type Schema, spoil, valueFor } from "./values.ts";

export type Request = {
  /** Where in the run it stands. */
  index: number;
  /** Undefined where no route is meant. */
  operation: Operation | undefined;
  /** Who asks: one of the two workspaces, or nobody in particular. */
  side: Side;
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
};
export type Side = "a" | "b" | "visitor";

/** One of the workspaces, with what is known of it. */
export type Tenant = {
  workspaceId: string;
  /** Of a key that may do everything, of one that may hardly do anything, of a revoked one; and the session of an owner. */
  keys: { all: string; small: string; revoked: string; session: string };
  /** Of the owner whose session it is. */
  address: string;
  learned: Learned;
  /** Requests with an Idempotency-Key that were answered, to send again. */
  repeatable: Request[];
};

export type Scene = {
  operations: readonly Operation[];
  resolve: (ref: string) => Schema;
  tenants: Record<"a" | "b", Tenant>;
  /** What the public has seen. */
  shown: Learned;
  nowMs: number;
  /** The server that requests going out may reach: `host:port`. */
  outside: string;
  /** Ours, as `host:port`. */
  host: string;
  /** Operations that were only refused so far, by their names: they are asked more often, and better. */
  undone: ReadonlySet<string>;
  /** The paths of those. */
  undonePaths: ReadonlySet<string>;
  /** Requests that were refused for what is in their bodies, by operation. */
  misses: Map<string, Miss>;
};

/** A request whose refusal said which fields are to be mended. */
export type Miss = { request: Request; pointers: string[]; tries: number };

/** A route is asked for as often as it may do something. */
const weightOf = ({ method, path, isList }: Operation): number => {
  if (path.startsWith("/docs") || path === "/openapi.json") return 0.05;
  // A list reads as much as twenty other requests.
  if (isList) return 0.3;
  // It ends the session that a tenth of the requests come with.
  if (method === "DELETE" && path === "/v1/sessions") return 0.02;
  if (method === "DELETE") return 0.6;
  return method === "GET" ? 1 : 3;
};

/** So many times as often an operation is asked that was only refused so far. */
const URGENCY = 8;

/** Asked by nobody: it would end the run's own workspace. */
export const spared: ReadonlySet<string> = new Set(["DELETE /v1/workspace"]);

const weights = new WeakMap<readonly Operation[], (readonly [number, Operation])[]>();
/** Every operation, with how often it is asked. */
const weighted = ({ operations, undone }: Scene): (readonly [number, Operation])[] => {
  const plain =
    weights.get(operations) ??
    operations.filter(({ name }) => !spared.has(name)).map((one) => [weightOf(one), one] as const);
  weights.set(operations, plain);
  return undone.size === 0
    ? plain
    : plain.map(([weight, one]) => [weight * (undone.has(one.name) ? URGENCY : 1), one] as const);
};

/** As a form says it; what is no text is its JSON, since a spoiled object may have no text of its own. */
const spelled = (value: unknown): string =>
  typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const makeRequest = (scene: Scene, index: number, random: Random): Request => {
  const side = random.weighted([
    [7, "a"],
    [3, "b"],
  ] as const);
  const mine = scene.tenants[side];
  const theirs = scene.tenants[side === "a" ? "b" : "a"];
  const operation = random.weighted(weighted(scene));
  const isUndone = scene.undone.has(operation.name);
  const isPublic = operation.scope === undefined;
  /** How well it means: as the schema says, at its edges, with one thing wrong, or garbage. */
  const intent = random.weighted([
    [isUndone ? 300 : 60, "valid"],
    [12, "edge"],
    [20, "spoiled"],
    [8, "garbage"],
  ] as const);
  const learned = isPublic ? scene.shown : mine.learned;

  // What stood together in an address belongs together: a token and its contest. What is about a thing belongs to it: an
  // entry to its contest.
  const whole = isPublic && random.chance(0.7) ? learned.aWhole(operation.path, random) : undefined;
  const chosen: Record<string, string> = { ...whole?.variables };
  /** What the request is about: the last id in its address. */
  let about: string | undefined;
  const making: Making = {
    random,
    resolve: scene.resolve,
    nowMs: scene.nowMs,
    outside: scene.outside,
    edge: intent === "edge",
    known: (field, pattern) => {
      const prefix = prefixIn(pattern) ?? (field === "option" ? "opt" : undefined);
      if (prefix !== undefined) return (random.chance(0.95) ? learned : theirs.learned).anId(prefix, random, about);
      if (whole?.query[field] !== undefined) return whole.query[field];
      const handle = field === "resource" ? learned.aVariable("/@{handle}", "handle", random) : undefined;
      if (handle !== undefined) return `acct:${handle}@${scene.host}`;
      if (field === "slug" || field === "handle") {
        const taken = learned.aVariable(random.pick(["/p/{slug}", "/c/{slug}", "/@{handle}"]), field, random);
        return random.chance(0.05) ? taken : undefined;
      }
      if (pattern !== undefined) return undefined;
      return (about !== undefined && learned.beside(about, field, random)) || learned.aQuery(field, random);
    },
  };

  const variable = (name: string, schema: Schema): string => {
    const { pattern } = schema;
    const prefix = prefixIn(pattern);
    const known = () =>
      prefix === undefined
        ? (about !== undefined && learned.beside(about, name, random)) ||
          learned.aVariable(operation.path, name, random)
        : learned.anId(prefix, random, about);
    const made = () => (pattern === undefined ? String(valueFor(schema, making, name)) : textMatching(pattern, random));
    return random.weighted<() => string>([
      [90, () => known() ?? made()],
      [4, () => (prefix === undefined ? made() : (theirs.learned.anId(prefix, random) ?? made()))],
      [2, made],
      [2, () => learned.otherId(random) ?? made()],
      [2, () => random.pick(nastyStrings) || "-"],
    ])();
  };
  const [outer, inner] = operation.variables.map(({ schema }) => prefixIn(schema.pattern));
  if (outer !== undefined && inner !== undefined && random.chance(0.8)) {
    const [outerName, innerName] = operation.variables.map(({ name }) => name);
    const id = learned.anId(inner, random);
    const of = id && learned.above(id, outer);
    if (of !== undefined) Object.assign(chosen, { [outerName!]: of, [innerName!]: id });
  }
  let path = operation.path;
  for (const { name, schema } of operation.variables) {
    const value = chosen[name] ?? variable(name, schema);
    path = path.replace(`{${name}}`, encoded(value));
    about = aboutOf(path).at(-1);
  }

  const query = new URLSearchParams();
  for (const { name, schema, required } of operation.query) {
    const isKnown = whole?.query[name] !== undefined;
    if (!required && !random.chance(name === "cursor" || isKnown ? 0.6 : 0.3)) continue;
    const value = isKnown
      ? whole.query[name]
      : name === "cursor"
        ? learned.aCursor(path, random)
        : random.chance(0.1)
          ? random.pick(nastyStrings)
          : valueFor(schema, making, name);
    if (value !== undefined) query.append(name, spelled(value).toWellFormed());
  }
  if (random.chance(0.03))
    query.append(random.pick(["limit", "lang", "utm_source", "__proto__", "x"]), random.pick(["0", "-1", "nl", "1e3"]));
  const search = query.toString();

  const headers: Record<string, string> = {};
  if (!isPublic) {
    const authorization = random.weighted<() => string | undefined>([
      [84, () => mine.keys.all],
      // Some things only a person may do.
      [isUndone ? 30 : 10, () => mine.keys.session],
      [2, () => mine.keys.small],
      [1, () => mine.keys.revoked],
      [1, () => undefined],
      [1, () => `ssp_${"A".repeat(43)}`],
    ])();
    if (authorization !== undefined) headers.authorization = `Bearer ${authorization}`;
    if (authorization === mine.keys.session) headers["samenspraak-workspace"] = mine.workspaceId;
  } else {
    if (random.chance(0.5)) headers.accept = random.pick(["application/json", "text/html"]);
    const cookie = random.chance(0.4) ? scene.shown.aCookie(random) : undefined;
    if (cookie !== undefined) headers.cookie = cookie;
  }
  if (operation.headers.includes("Idempotency-Key") && random.chance(0.3)) headers["idempotency-key"] = `fuzz-${index}`;
  if (operation.headers.includes("If-Match") && random.chance(0.3))
    headers["if-match"] = (random.chance(0.8) && learned.versionOf(path)) || `"${random.int(0, 5)}"`;

  let body: Buffer | undefined;
  const [type, schema] = operation.takes.size ? random.pick([...operation.takes]) : [undefined, undefined];
  if (schema) {
    const value = valueFor(schema, making);
    const given = intent === "spoiled" ? spoil(value, random) : value;
    headers["content-type"] = type;
    if (type === "application/json") body = Buffer.from(JSON.stringify(given) ?? "");
    else {
      const fields = typeof given === "object" && given !== null ? Object.entries(given) : [];
      body = Buffer.from(
        new URLSearchParams(
          fields.map(([name, one]): [string, string] => [name, spelled(one).toWellFormed()]),
        ).toString(),
      );
    }
    if (intent === "garbage") body = nastyBody(body.toString(), random);
  } else if (intent === "garbage" && operation.method !== "GET") {
    body = nastyBody("{}", random);
    headers["content-type"] = "application/json";
  }
  if (random.chance(0.05)) Object.assign(headers, nastyHeaders(random));
  const method = isPublic && operation.method === "GET" && random.chance(0.04) ? "HEAD" : operation.method;
  return {
    index,
    operation,
    side: isPublic ? "visitor" : side,
    method,
    path: `${path}${search && `?${search}`}`,
    headers,
    body: method === "GET" || method === "HEAD" ? undefined : body,
  };
};

/** The operation of an address. */
const operationAt = ({ operations }: Scene, method: string, path: string): Operation | undefined => {
  const pathname = path.split("?", 1)[0]!;
  const matches = (one: Operation): boolean => one.method === method && one.pattern.test(pathname);
  // What is said in full wins over a variable, as it does at the gateway.
  return operations.filter(matches).sort((a, b) => a.variables.length - b.variables.length)[0];
};

/** A link that was shown or mailed is followed; or a program does what the page behind it is for. */
const followLink = (scene: Scene, index: number, random: Random): Request | undefined => {
  const link = scene.shown.aLink(random, scene.undonePaths);
  if (link === undefined) return undefined;
  const { path, cookies } = link;
  const [pathname = "", search = ""] = path.split("?");
  const doing = random.chance(0.3) ? operationAt(scene, "POST", path) : undefined;
  if (doing?.takes.has("application/json")) {
    const body = {
      email: `person.${random.int(1, 400)}@example.nl`,
      ...Object.fromEntries(new URLSearchParams(search)),
    };
    const headers = { "content-type": "application/json" };
    const about = { index, operation: doing, side: "visitor", method: "POST", headers } as const;
    return { ...about, path: pathname, body: Buffer.from(JSON.stringify(body)) };
  }
  const headers = {
    accept: random.pick(["text/html", "text/html", "application/json"]),
    ...(cookies.length > 0 ? { cookie: cookies.join("; ") } : {}),
  };
  return {
    index,
    operation: operationAt(scene, "GET", path),
    side: "visitor",
    method: "GET",
    path,
    headers,
    body: undefined,
  };
};

/** What somebody writes into an empty field. */
const filledIn = (name: string, random: Random): string => {
  if (name === "email") return `person.${random.int(1, 400)}@example.nl`;
  return name === "code" ? random.pick(stagedCodes) : random.pick(["Een antwoord", "12"]);
};

/** A form of a page that was shown, filled in by somebody. */
const submitForm = (scene: Scene, index: number, random: Random): Request | undefined => {
  const form = scene.shown.aForm(random, scene.undonePaths);
  if (!form) return undefined;
  const fields: Record<string, string> = { ...form.fields };
  for (const [name, values] of Object.entries(form.choices)) fields[name] = random.pick(values);
  for (const [name, value] of Object.entries(fields)) if (value === "") fields[name] = filledIn(name, random);
  const mailed = fields.code === undefined ? undefined : scene.shown.codeFor(fields.email ?? "");
  if (mailed !== undefined && random.chance(0.8)) fields.code = mailed;
  const [first] = Object.keys(fields);
  if (first !== undefined && random.chance(0.1))
    fields[random.pick(Object.keys(fields))] = random.pick(nastyStrings).toWellFormed();
  const path = form.action;
  return {
    index,
    operation: operationAt(scene, "POST", path),
    side: "visitor",
    method: "POST",
    path,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      accept: "text/html",
      ...(form.cookies.length > 0 && random.chance(0.9) ? { cookie: form.cookies.join("; ") } : {}),
    },
    body: Buffer.from(new URLSearchParams(fields).toString()),
  };
};

/** As often is a refused request mended. */
const MOST_TRIES = 12;

/**
 * The same request once more, as a careful developer asks it: each field that its refusal named is left out, or made anew.
 */
const mend = (scene: Scene, index: number, random: Random): Request | undefined => {
  const urgent = [...scene.misses].filter(([name]) => scene.undone.has(name));
  const some = urgent.length > 0 ? urgent : [...scene.misses];
  if (some.length === 0) return undefined;
  const [name, { request, pointers, tries }] = random.pick(some);
  if (tries > MOST_TRIES) {
    scene.misses.delete(name);
    return undefined;
  }
  scene.misses.set(name, { request, pointers, tries: tries + 1 });
  const { operation, side, body } = request;
  const schema = operation?.takes.get("application/json");
  if (!operation || !schema || !body || side === "visitor") return undefined;
  const { learned } = scene.tenants[side];
  const about = aboutOf(request.path).at(-1);
  const making: Making = {
    random,
    resolve: scene.resolve,
    nowMs: scene.nowMs,
    outside: scene.outside,
    edge: false,
    known: (_, pattern) => {
      const prefix = prefixIn(pattern);
      return prefix === undefined ? undefined : learned.anId(prefix, random, about);
    },
  };
  const value: unknown = JSON.parse(body.toString());
  for (const pointer of pointers) mendAt(value, schema, pointer, making);
  const headers = { ...request.headers };
  if (headers["idempotency-key"]?.startsWith("fuzz-")) headers["idempotency-key"] = `fuzz-${index}`;
  return { ...request, index, headers, body: Buffer.from(JSON.stringify(value)) };
};

const strangePaths = ["", "v1", "v1/", "v1/posts/x/y/z", "c/", "p//results", "%2e%2e/", "@", "v2/posts", ".git/config"];

/** An address that hardly any route has. */
const strangeRequest = (scene: Scene, index: number, random: Random): Request => {
  const method = random.pick(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]);
  const path = `/${random.pick(strangePaths)}${random.chance(0.5) ? encoded(random.pick(nastyStrings)) : ""}`;
  const headers = random.chance(0.3) ? nastyHeaders(random) : {};
  return {
    index,
    operation: operationAt(scene, method, path),
    side: "visitor",
    method,
    path,
    headers,
    body: undefined,
  };
};

/** The request of this place in the run: the same for the same seed and what was learned before. */
export const requestAt = (scene: Scene, index: number, random: Random): Request => {
  const kind = random.weighted([
    [68, "made"],
    [4, "mended"],
    [14, "form"],
    [8, "link"],
    [4, "again"],
    [1, "strange"],
  ] as const);
  if (kind === "strange") return strangeRequest(scene, index, random);
  if (kind === "mended") return mend(scene, index, random) ?? makeRequest(scene, index, random);
  if (kind === "link") return followLink(scene, index, random) ?? makeRequest(scene, index, random);
  if (kind === "form") return submitForm(scene, index, random) ?? makeRequest(scene, index, random);
  const { repeatable } = scene.tenants[random.pick(["a", "b"] as const)];
  if (kind === "again" && repeatable.length) {
    const first = random.pick(repeatable);
    return random.chance(0.8) || first.body === undefined
      ? { ...first, index }
      : { ...first, index, body: Buffer.from(JSON.stringify({ other: index })) };
  }
  return makeRequest(scene, index, random);
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The request as one would type it. */
export const asCurl = (baseUrl: string, { method, path, headers, body }: Request): string => {
  const isText = body !== undefined && Buffer.from(body.toString()).equals(body) && !body.includes(0);
  const data =
    body === undefined
      ? ""
      : isText
        ? ` --data-binary ${quoted(body.length > 1000 ? `${body.subarray(0, 1000)}… (${body.length} bytes)` : body.toString())}`
        : ` --data-binary @<(echo ${body.subarray(0, 1000).toString("base64")} | base64 -d)`;
  const said = Object.entries(headers).map(([name, value]) => ` -H ${quoted(`${name}: ${value.slice(0, 200)}`)}`);
  return `curl -sS -X ${method} ${quoted(`${baseUrl}${path}`)}${said.join("")}${data}`;
};
