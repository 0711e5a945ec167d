import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import { hours, minutes, seconds } from "../../functions/platform/clock.ts";
import { dynamodbCalls } from "../../infra/local/dynamodb.ts";
import { tableName } from "../../infra/local/names.ts";
import { startSystem } from "../../infra/local/system.ts";
import { writeDocs } from "../../infra/openapi.ts";
import { tableHistory, type Written } from "../faults/history.ts";
import { nameMistakes } from "../faults/names.ts";
import { answerChecker, type FuzzAnswer, isPointer, parsed } from "./answers.ts";
import { client } from "./client.ts";
import { seldom } from "./coverage.ts";
import { aboutOf, idsIn, type Learned, learning } from "./learned.ts";
import { describedApi } from "./operations.ts";
import { startOutside } from "./outside.ts";
import { type Random, randomOf } from "./random.ts";
import { readBack } from "./read-back.ts";
import { asCurl, type Request, requestAt, type Scene, spared, type Tenant } from "./requests.ts";
import { shrink } from "./shrink.ts";
import { stage } from "./stage.ts";

// Requests made from openapi.json, against the whole system with its database in memory and a clock that is moved. What is
// promised of every answer is checked at once. What is promised of the state (nothing half done) is checked at the end of
// each epoch, from three sides: what the API reads back, the table as its stream tells it, and the events on the bus.

/** So many requests are made of what was known before the first of them, and sent side by side. */
const ROUND = 64;
/** Two new workspaces for each, so that lists stay of a size that is read back in seconds. */
const EPOCH = 25_000;
/** Of each epoch, sent one at a time: what each wrote is known to be its own. */
const QUIET = 200;
/** Of memory of this process, the system and its stand-ins of AWS included. */
const MOST_MEGABYTES = 2_000;
/** No more than these are told of. */
const MOST_TOLD = 40;
const REPEATS_FOR_MS = hours(20);

/** Writes that are nobody's change: what was begun and given up (an Idempotency-Key's record), what counts, what was used. */
const traces: ReadonlySet<string> = new Set(["request", "tally", "sweep", "key-use", "session"]);

/** What was asked of an operation: how often, how often it was not refused, and how it was refused the last time. */
export type Asked = { asked: number; done: number; last: string };
export type Outcome = { wrong: number; answered: Record<string, Asked> };

const isSame = (one: Request, other: Request): boolean =>
  one.path === other.path && (one.body ?? Buffer.alloc(0)).equals(other.body ?? Buffer.alloc(0));

const Created = z.object({ workspaceId: z.string(), apiKey: z.string() });
const Thing = z.object({ id: z.string() });
const Key = z.object({ id: z.string(), apiKey: z.string() });
const Next = z.looseObject({ next: z.string() });
const Pointed = z.object({ errors: z.array(z.object({ pointer: z.string() })).min(1) });

export const fuzz = async (options: {
  requests: number;
  seed: string;
  concurrency: number;
  say: (line: string) => void;
}): Promise<Outcome> => {
  const { requests, seed, concurrency, say } = options;
  const { operations, resolve, whole } = await describedApi();
  const heard: string[] = [];
  const unhandled = (error: unknown) =>
    heard.push(`an unhandled rejection: ${error instanceof Error ? error.stack : error}`);
  process.on("unhandledRejection", unhandled);
  const outside = await startOutside(() => system.clock.now());
  process.env.OUTGOING_TEST_SERVERS = outside.host;
  process.env.DNS_SERVER = outside.dns;
  const system = await startSystem({
    functions,
    clock: { frozen: { at: "2026-06-01T10:00:00.000Z" } },
    writeDocs: (folder) => writeDocs(functions, folder),
    fastJava: true,
    say: (line) => heard.push(line),
  });
  const { ask, close } = client(system.url, concurrency);
  const call = dynamodbCalls(system.dynamodbEndpoint);
  const { Table } = z
    .object({ Table: z.object({ LatestStreamArn: z.string() }) })
    .parse(await call("DescribeTable", { TableName: tableName }));
  const history = tableHistory(call, Table.LatestStreamArn);
  const check = answerChecker({ whole });

  // ── What was found ────────────────────────────────────────────────────────────────────────────────────────────────
  let wrong = 0;
  const seen = new Map<string, number>();
  const tell = (what: string, request?: Request): void => {
    wrong += 1;
    // The same mistake is told twice, and then counted.
    const kind = `${request?.operation?.name ?? ""} ${what.replace(/[\w-]*\d[\w-]*/g, "…").slice(0, 120)}`;
    const times = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, times);
    if (times > 2 || seen.size > MOST_TOLD) return;
    say(`\nWRONG ${request ? `#${request.index} ${request.operation?.name ?? request.path}: ` : ""}${what}`);
    if (request) say(`  ${asCurl(system.url, request)}`);
  };

  // ── What was published ────────────────────────────────────────────────────────────────────────────────────────────
  const published = new Map<string, number>();
  const Identified = z.looseObject({
    id: z.string(),
    data: z.looseObject({ items: z.array(z.looseObject({ id: z.string() })).optional() }),
  });
  system.onEvent(({ source, detail }) => {
    if (source !== "samenspraak") return;
    const { id, data } = Identified.parse(detail);
    for (const one of data.items?.map((item) => item.id) ?? [id]) published.set(one, (published.get(one) ?? 0) + 1);
  });

  /** Requests that were refused, by their id: no event may name one as its cause. */
  const refused = new Map<string, Request>();
  const owners = new Map<string, "a" | "b">();
  /** By side, the ids that it named itself in a request that was done. */
  const named = new Set<string>();
  const answered = new Map<string, Asked>();
  const undone = new Set(operations.map(({ name }) => name).filter((name) => !spared.has(name) && !seldom.has(name)));
  const undonePaths = new Set(operations.filter(({ name }) => undone.has(name)).map(({ path }) => path));
  /** Sides whose session has ended. */
  const signedOut = new Set<"a" | "b">();
  const repeats = new Map<string, { answer: FuzzAnswer; request: Request; atMs: number; round: number }>();
  let mailsRead = 0;

  const learn = (scene: Scene, request: Request, answer: FuzzAnswer): void => {
    const type = answer.headers["content-type"] ?? "";
    if (answer.status >= 400) return;
    const learned = request.side === "visitor" ? scene.shown : scene.tenants[request.side].learned;
    learned.text(answer.text);
    const body = type.startsWith("application/json") ? parsed(answer.text) : undefined;
    learned.json(body, aboutOf(request.path));
    // Whoever runs a workspace passes on what it is told: a link for somebody, a link to stop a newsletter.
    if (request.side !== "visitor") scene.shown.links(answer.text);
    const [pathname = ""] = request.path.split("?", 1);
    const { location } = answer.headers;
    if (location) {
      scene.shown.address(location);
      const back = URL.canParse(location) && outside.signIn(location, scene.tenants.a.address);
      if (back) scene.shown.link(back, answer.cookies);
    }
    if (pathname === "/v1/workspace/host" && answer.text) outside.follow(answer.text);
    if (type.startsWith("text/html")) scene.shown.page(request.path, answer.text, answer.cookies);
    for (const cookie of answer.cookies) scene.shown.cookie(cookie);
    if (body !== undefined) scene.shown.text(answer.text);
    const next = Next.safeParse(body);
    if (next.success) learned.cursor(pathname, next.data.next);
    if (answer.headers.etag) learned.version(pathname, answer.headers.etag);
  };

  const readMails = (scene: Scene): void => {
    for (const { text, headers, to } of system.mails.slice(mailsRead))
      scene.shown.mail(`${text} ${JSON.stringify(headers)}`, to);
    mailsRead = system.mails.length;
  };

  const isOwnKey = (scene: Scene, { headers, side }: Request): boolean =>
    side !== "visitor" && headers.authorization === `Bearer ${scene.tenants[side].keys.all}`;

  /** A refusal that says which fields of a body are wrong is taken at its word, by a later request. */
  const noteMiss = (scene: Scene, request: Request, answer: FuzzAnswer): void => {
    const { operation, side, body } = request;
    if (!operation || side === "visitor" || !body || parsed(body.toString()) === undefined) return;
    const known = scene.misses.get(operation.name);
    const errors =
      answer.status < 400 || answer.status >= 500 ? [] : (Pointed.safeParse(parsed(answer.text)).data?.errors ?? []);
    const pointers = errors
      .map(({ pointer }) => pointer)
      .filter((pointer) => /^#\/./.test(pointer) && isPointer(pointer));
    const isOurs = known !== undefined && known.request.path === request.path;
    // The chain of one request is followed to its end; a request with fewer mistakes begins another.
    if (pointers.length === 0) {
      if (isOurs) scene.misses.delete(operation.name);
    } else if (!known || isOurs || pointers.length < known.pointers.length)
      scene.misses.set(operation.name, { request, pointers, tries: isOurs ? known.tries : 0 });
  };

  /** Everything that is promised of one answer. */
  const judge = (scene: Scene, request: Request, answer: FuzzAnswer, round: number): void => {
    const name = request.operation?.name;
    if (name) {
      const count = answered.get(name) ?? { asked: 0, done: 0, last: "" };
      answered.set(name, count);
      count.asked += 1;
      if (answer.status < 400) {
        count.done += 1;
        if (undone.delete(name) && ![...undone].some((other) => other.endsWith(` ${request.operation?.path}`)))
          undonePaths.delete(request.operation!.path);
      } else if (answer.status !== 401 && (request.side !== "visitor" || answer.status !== 404))
        count.last = answer.text.slice(0, 500);
    }
    noteMiss(scene, request, answer);
    for (const what of check(request, answer)) tell(what, request);
    if (request.side !== "visitor" && answer.status === 401) {
      const { keys } = scene.tenants[request.side];
      if (request.headers.authorization === `Bearer ${keys.session}`) signedOut.add(request.side);
    }
    const requestId = answer.headers["apigw-requestid"];
    if (answer.status >= 400 && requestId) refused.set(requestId, request);
    // Nothing of another workspace, unless the request named it.
    if (request.side !== "visitor") {
      const asked = `${request.path} ${request.body ?? ""}`;
      // What a set-up may name without its being there (a poll that gives chances) is read back.
      if (answer.status < 400) for (const id of idsIn(asked)) named.add(`${request.side} ${id}`);
      for (const id of idsIn(answer.text.slice(0, 100_000))) {
        const owner = owners.get(id);
        if (owner === undefined && answer.status < 400) owners.set(id, request.side);
        else if (
          owner !== undefined &&
          owner !== request.side &&
          !asked.includes(id) &&
          !named.has(`${request.side} ${id}`)
        )
          tell(`${id} is another workspace's`, request);
      }
    }
    // The same request with the same Idempotency-Key has the same answer.
    const key = request.headers["idempotency-key"];
    if (key?.startsWith("fuzz-") && request.side !== "visitor" && isOwnKey(scene, request)) {
      const first = repeats.get(`${request.side} ${key}`);
      const isFresh = first && scene.nowMs - first.atMs < REPEATS_FOR_MS && first.round < round;
      if (isFresh && isSame(first.request, request)) {
        if (answer.status !== first.answer.status || answer.text !== first.answer.text)
          tell(
            `the same Idempotency-Key got ${answer.status} ${answer.text.slice(0, 300)}, and first ${first.answer.status} ${first.answer.text.slice(0, 300)}`,
            request,
          );
      } else if (isFresh && answer.status < 400) tell("the same Idempotency-Key did another request", request);
      if (!first && answer.status < 300) {
        repeats.set(`${request.side} ${key}`, { answer, request, atMs: scene.nowMs, round });
        const { repeatable } = scene.tenants[request.side];
        repeatable.push(request);
        if (repeatable.length > 100) repeatable.shift();
      }
    }
  };

  const send = async (request: Request): Promise<FuzzAnswer | undefined> => {
    try {
      return await ask(request);
    } catch (error) {
      // Headers of more than 16 KB end the connection, as the gateway's own limit does.
      if (!Object.values(request.headers).some((value) => value.length > 10_000)) tell(`no answer: ${error}`, request);
      return undefined;
    }
  };

  /** 5xx are looked at alone, with less and less in the request. */
  const narrow = async (request: Request): Promise<void> => {
    const isBad = async (smaller: Request) => ((await send(smaller))?.status ?? 0) >= 500;
    const smaller = await shrink(request, isBad);
    if (smaller) say(`  smaller:\n  ${asCurl(system.url, smaller)}`);
  };

  const doRound = async (
    scene: Scene,
    round: readonly Request[],
    number: number,
  ): Promise<(FuzzAnswer | undefined)[]> => {
    const answers: (FuzzAnswer | undefined)[] = [];
    const waiting = round.entries();
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const [i, request] of waiting) answers[i] = await send(request);
      }),
    );
    for (const [i, request] of round.entries()) {
      const answer = answers[i];
      if (!answer) continue;
      const before = wrong;
      judge(scene, request, answer, number);
      learn(scene, request, answer);
      if (answer.status >= 500 && wrong > before && seen.size <= MOST_TOLD) await narrow(request);
    }
    readMails(scene);
    return answers;
  };

  // ── One at a time: a refused request writes nothing, and neither does one that reads ────────────────────────────────
  const leavesNothing = (writes: readonly Written[]): boolean => {
    const first = new Map<string, Written>();
    const last = new Map<string, Written>();
    for (const write of writes) {
      if (!first.has(write.key)) first.set(write.key, write);
      last.set(write.key, write);
    }
    return [...last].every(([key, { kind, after }]) => {
      const { before } = first.get(key)!;
      return (after === undefined && before === undefined) || (traces.has(kind) && before !== undefined);
    });
  };
  /** On a system that is settled; leaves it so. */
  const doQuietly = async (scene: Scene, request: Request, round: number): Promise<void> => {
    const [answer] = await doRound(scene, [request], round);
    await system.settle();
    const writes = await history.drain();
    const mayWrite =
      answer === undefined || (answer.status < 400 && request.method !== "GET" && request.method !== "HEAD");
    // The actor of a channel is made when somebody first looks it up, once.
    const isFirstLook = writes.some(({ kind }) => kind === "fediverse-actor");
    // OpenID Connect ends with a GET: it uses up what this browser began, and signs in or refuses.
    const isWayBack = request.operation?.name === "GET /sign-in/callback";
    if (!mayWrite && !isFirstLook && !isWayBack && !leavesNothing(writes)) {
      const told = writes.map(({ kind, key }) => `${kind} ${key.replace("\n", " ")}`).join(", ");
      tell(`it answered ${answer.status} to ${request.method} and wrote ${told}`, request);
    }
  };

  // ── Somebody who runs a workspace ─────────────────────────────────────────────────────────────────────────────────
  /** The link to this page in the last mail with one; the same person is mailed about other things too. */
  const linkTo = (address: string, page: string, since = 0): string | undefined => {
    const links = system.mails
      .slice(since)
      .filter(({ to }) => to.includes(address))
      .flatMap(({ text }) => text.match(/https?:\/\/\S+\?t=\S+/g) ?? [])
      .map((link) => link.slice(new URL(link).origin.length));
    return links.findLast((link) => link.startsWith(`${page}?`));
  };
  const headers = { accept: "application/json", "content-type": "application/json" };
  /** Presses the button behind a mailed invitation or sign-in, as a program: gives the session. */
  const pressed = async (link: string): Promise<string> => {
    const shown = await ask({ method: "GET", path: link, headers, body: undefined });
    const { form } = z.object({ form: z.string() }).parse(JSON.parse(shown.text));
    const [path = "", search = ""] = link.split("?");
    const body = Buffer.from(JSON.stringify({ t: new URLSearchParams(search).get("t"), form }));
    const joined = await ask({ method: "POST", path, headers, body });
    return z.object({ session: z.string() }).parse(JSON.parse(joined.text)).session;
  };
  let owned = 0;
  /** When a side last asked for a link to sign in by. */
  const askedAt = new Map<"a" | "b", number>();
  /** Signs the owner of a workspace in again, where a mail may be sent by now. */
  const signIn = async ({ tenants }: Scene, side: "a" | "b"): Promise<void> => {
    const { address, keys, workspaceId, learned } = tenants[side];
    if (askedAt.get(side) === system.clock.now()) return;
    askedAt.set(side, system.clock.now());
    const mailed = system.mails.length;
    const body = Buffer.from(JSON.stringify({ email: address }));
    await ask({ method: "POST", path: "/sign-in", headers, body });
    await system.settle();
    const link = linkTo(address, "/sign-in/confirm", mailed);
    if (link === undefined) return;
    keys.session = await pressed(link);
    signedOut.delete(side);
    const whose = { authorization: `Bearer ${keys.session}`, "samenspraak-workspace": workspaceId };
    const sessions = await ask({ method: "GET", path: "/v1/sessions", headers: whose, body: undefined });
    learned.text(sessions.text);
  };

  // ── Workspaces ────────────────────────────────────────────────────────────────────────────────────────────────────
  const tenant = async (name: string, sparedIds: Set<string>, shown: Learned): Promise<Tenant> => {
    const { workspaceId, apiKey: all } = Created.parse(await system.invoke("samenspraak-workspaces-create", { name }));
    const learned = learning(system.url, operations, sparedIds);
    const asking = (who: Record<string, string>) => async (method: string, path: string, body?: object) => {
      const answer = await ask({
        method,
        path,
        headers: { ...headers, ...who },
        body: body && Buffer.from(JSON.stringify(body)),
      });
      if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status} ${answer.text}`);
      return answer.text;
    };
    const api = asking({ authorization: `Bearer ${all}` });
    const mailed = (address: string, page: string, since = 0): string => {
      const link = linkTo(address, page, since);
      if (link === undefined) throw new Error(`${address} was mailed no link to ${page}.`);
      return link;
    };
    const small = Key.parse(JSON.parse(await api("POST", "/v1/keys", { name: "Small", scopes: ["posts:read"] })));
    const revoked = Key.parse(JSON.parse(await api("POST", "/v1/keys", { name: "Revoked", scopes: ["posts:read"] })));
    await api("DELETE", `/v1/keys/${revoked.id}`);
    for (const id of idsIn(await api("GET", "/v1/keys"))) sparedIds.add(id);
    const learnt =
      (does: typeof api): typeof api =>
      async (method, path, body) => {
        const text = await does(method, path, body);
        learned.text(text);
        learned.json(parsed(text), aboutOf(path));
        return text;
      };
    const { settle } = system;
    const people = { api: learnt(api), visit: learnt(asking({})) };
    const shows = (path: string, cookies: readonly string[]): void =>
      shown.link(new URL(path, system.url).href, cookies);
    await stage({ ...people, shows, mailed, settle, name, nowMs: system.clock.now() });
    const address = `person.${++owned}@example.nl`;
    sparedIds.add(Thing.parse(JSON.parse(await api("POST", "/v1/members", { address, role: "owner" }))).id);
    await settle();
    const invitation = mailed(address, "/join");
    const session = await pressed(invitation);
    return {
      workspaceId,
      address,
      keys: { all, small: small.apiKey, revoked: revoked.apiKey, session },
      learned,
      repeatable: [],
    };
  };

  const moveClock = async (random: Random): Promise<void> => {
    await system.advance(
      random.weighted([
        [6, () => seconds(random.int(1, 90))],
        [6, () => minutes(random.int(1, 30))],
        [2, () => hours(random.int(1, 12))],
        [1, () => hours(30)],
      ])(),
    );
  };

  /** The table, the bus and the API against each other. */
  const checkpoint = async (scene: Scene): Promise<void> => {
    await system.settle();
    await history.drain();
    for (const mistake of history.mistakes.splice(0)) tell(mistake);
    for (const [id, told] of history.told) {
      const times = published.get(id) ?? 0;
      if (times !== 1)
        tell(`${told.type} of ${told.key.replace("\n", " ")}, version ${told.version}, was published ${times} times`);
      const request = refused.get(told.cause);
      if (request) tell(`it was refused, and still wrote ${told.type} in ${told.key.replace("\n", " ")}`, request);
    }
    for (const id of published.keys()) if (!history.told.has(id)) tell(`the event ${id} is of no version of anything`);
    for (const mistake of nameMistakes(history.items.values())) tell(mistake);
    for (const side of ["a", "b"] as const) {
      const { keys } = scene.tenants[side];
      const mistakes = await readBack({
        operations,
        get: (path) => ask({ method: "GET", path, headers: { authorization: `Bearer ${keys.all}` }, body: undefined }),
      });
      for (const mistake of mistakes) tell(mistake);
    }
    for (const line of heard.splice(0)) tell(`someone should know: ${line}`);
    for (const { functionName, error } of system.deadLetters.slice(deadLetters))
      tell(`a dead letter of ${functionName}: ${error}`);
    deadLetters = system.deadLetters.length;
    history.told.clear();
    published.clear();
    refused.clear();
    owners.clear();
    named.clear();
    repeats.clear();
    // The keys of workspaces that are not asked any more stay in the directory and in the table alike.
  };
  let deadLetters = 0;

  const spent = new Map<string, number>();
  const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await work;
    spent.set(what, (spent.get(what) ?? 0) + performance.now() - from);
    return result;
  };

  say(`${requests} requests to ${operations.length} operations, ${concurrency} at a time, seed ${seed}`);
  const startedAt = performance.now();
  let index = 0;
  let rounds = 0;
  for (let epoch = 0; index < requests; epoch++) {
    const sparedIds = new Set<string>();
    const shown = learning(system.url, operations, sparedIds);
    const tenants = {
      a: await tenant(`Epoch ${epoch} A`, sparedIds, shown),
      b: await tenant(`Epoch ${epoch} B`, sparedIds, shown),
    };
    // The staged posts come out, and the public reads them.
    await system.advance(minutes(11));
    for (const { keys, learned } of Object.values(tenants)) {
      const authorization = `Bearer ${keys.all}`;
      const posts = await ask({ method: "GET", path: "/v1/posts", headers: { authorization }, body: undefined });
      shown.text(posts.text);
      learned.json(parsed(posts.text), []);
    }
    const scene: Scene = {
      operations,
      resolve,
      tenants,
      shown,
      nowMs: system.clock.now(),
      outside: outside.host,
      host: new URL(system.url).host,
      undone,
      undonePaths,
      misses: new Map(),
    };
    // A second session of the same person.
    for (const side of ["a", "b"] as const) await signIn(scene, side);
    const end = Math.min(requests, index + EPOCH);
    const quietAt = index + Math.min(EPOCH, end - index) / 2;
    const quiet = Math.min(QUIET, Math.ceil((end - index) / 50));
    let isHalfway = false;
    while (index < end) {
      scene.nowMs = system.clock.now();
      rounds += 1;
      // Far enough for the first contest of the stage to be drawn.
      if (index >= quietAt && !isHalfway) {
        isHalfway = true;
        await timed("moving the clock", system.advance(minutes(45)));
        readMails(scene);
        scene.nowMs = system.clock.now();
        await system.settle();
        await history.drain();
        for (const last = index + quiet; index < last; rounds += 1)
          await timed(
            "one at a time",
            doQuietly(scene, requestAt(scene, index, randomOf(`${seed}/${index++}`)), rounds),
          );
      }
      const size = Math.min(ROUND, end - index);
      const round = Array.from({ length: size }, () => requestAt(scene, index, randomOf(`${seed}/${index++}`)));
      await timed("side by side", doRound(scene, round, rounds));
      const random = randomOf(`${seed}/clock/${rounds}`);
      if (random.chance(0.04)) {
        await timed("moving the clock", moveClock(random));
        readMails(scene);
      }
      for (const side of [...signedOut]) await timed("signing in", signIn(scene, side));
    }
    await timed("reading back", checkpoint(scene));
    const elapsed = (performance.now() - startedAt) / 1000;
    const spentOn = [...spent].map(([what, ms]) => `${what} ${Math.round(ms / 1000)} s`).join(", ");
    const it = new Date(system.clock.now()).toISOString();
    say(
      `${index} requests, ${Math.round(index / elapsed)}/s (${spentOn}); ${history.items.size} items; it is ${it}; ${wrong} wrong`,
    );
  }

  const done = [...answered.values()].reduce((sum, one) => sum + one.done, 0);
  say(`${done} requests were done, the others refused.`);
  for (const [kind, times] of seen) if (times > 2) say(`${times} times: ${kind}`);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  say(`${megabytes} MB at most.`);
  if (megabytes > MOST_MEGABYTES) tell(`it took ${megabytes} MB of memory, more than ${MOST_MEGABYTES}`);
  process.off("unhandledRejection", unhandled);
  close();
  call.close();
  await system.stop();
  outside.close();
  return { wrong, answered: Object.fromEntries(answered) };
};
