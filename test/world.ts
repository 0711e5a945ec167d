import { Temporal } from "temporal-polyfill";
import { expect, inject } from "vitest";
import * as z from "zod";
import type { Detail } from "../functions/events/event.ts";
import { functions } from "../functions/manifest.ts";
import { startSystem } from "../infra/local/system.ts";
import { recordCalls } from "./calls.ts";
import { emptyDatabase } from "./databases.ts";
import { startProxy, type TableProxy, type Write } from "./faults/proxy.ts";
import { type Answer, type Asked, httpRequest } from "./http.ts";
import { keepShapes } from "./shapes.ts";
import { newVisitor, type Visitor } from "./visitor.ts";

// The whole system in this process, as `npm start` runs it, with nothing in it: its database in memory, its clock standing
// still until a test moves it. One world a test file; the tests in it keep apart by their workspaces.
// FAULTS=<seed> puts throttling, conflicts, lost answers and a lagging index between the functions and their table.

const seed = process.env.FAULTS ? Number(process.env.FAULTS) : undefined;
if (Number.isNaN(seed)) throw new Error("FAULTS is the seed of the faults: a number.");

const Created = z.object({ workspaceId: z.string(), apiKey: z.string() });
const PublishedDetail = z.custom<Detail>((value) => typeof value === "object" && value !== null);

/** An event as it was on the bus; `type` is its `detail-type`. */
export type Published = { type: string; "detail-type": string; detail: Detail };

export type Workspace = {
  workspaceId: string;
  apiKey: string;
  /** A request with its first key, which may do everything. */
  api: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
};

/** What the law asks of a workspace before something public opens. */
export const legal = {
  legalName: "Bakkerij Zon B.V.",
  address: "Voorstraat 12, 3512 AK Utrecht",
  replyTo: "actie@bakkerij-zon.example",
  privacyUrl: "https://bakkerij-zon.example/privacy",
};

export type World = Awaited<ReturnType<typeof openWorld>>;

const Thing = z.object({ id: z.string() });
/** The id of the thing in an answer; throws with the answer where there is none. */
export const idOf = (answer: Answer): string => answer.as(Thing).id;

const milliseconds = (duration: string): number => Temporal.Duration.from(duration).total("milliseconds");

let opened = false;

export const openWorld = async (
  options: {
    /** Where the clock stands. */
    at?: string;
    /** `running`: real time. */
    clock?: "frozen" | "running";
    /** A folder to keep the data in. */
    data?: string;
    /** Pictures of link previews are drawn when something opens. Drawing takes a second of a processor, so only who looks at them asks for it. */
    drawsAhead?: boolean;
  } = {},
) => {
  if (opened) throw new Error("One world a process: the functions keep their clients.");
  opened = true;
  const at = options.at ?? "2026-06-01T10:00:00.000Z";
  let proxy: TableProxy | undefined;
  let now = () => Date.parse(at);
  const file = (expect.getState().testPath ?? "").replaceAll("\\", "/");
  const { "showcase/draw-cards": drawCards, ...others } = functions;
  const system = await startSystem({
    functions: options.drawsAhead ? { ...others, "showcase/draw-cards": drawCards } : others,
    clock: options.clock === "running" ? "running" : { frozen: { at } },
    ...(options.data === undefined
      ? { dynamodb: await emptyDatabase(inject("databases"), { alone: file.includes("/proofs/") }) }
      : { data: options.data, fastJava: true }),
    aheadOfDynamodb: async (target) => {
      proxy = await startProxy({ target, now: () => now(), ...(seed === undefined ? {} : { seed }) });
      return proxy.endpoint;
    },
    called: recordCalls(inject("calls"), file),
    // With faults, that something failed and was tried again is no news.
    ...(seed === undefined ? {} : { say: () => undefined }),
  });
  now = system.clock.now;

  const http = (method: string, path: string, asked?: Asked): Promise<Answer> =>
    httpRequest(system.url, method, path, asked);
  /** Headers of a request as it comes from our CDN. */
  const throughCdn = (viewer: { host?: string; address?: string }): Record<string, string> => ({
    "x-cdn-key": system.cdnKey,
    ...(viewer.host === undefined ? {} : { "x-viewer-host": viewer.host }),
    ...(viewer.address === undefined ? {} : { "x-viewer-address": viewer.address }),
  });
  const settle = async (): Promise<void> => {
    await system.settle();
    proxy?.catchUp();
  };

  const published = (): Published[] =>
    system.events.map(({ "detail-type": type, detail }) => ({
      type,
      "detail-type": type,
      detail: PublishedDetail.parse(detail),
    }));

  return {
    url: system.url,
    http,
    throughCdn,
    /** A participant with a browser. */
    visitor: (visiting?: Parameters<typeof newVisitor>[1]): Visitor => newVisitor(system.url, visiting),
    /** A new workspace, with the key that may do everything. */
    workspace: async (name = "Bakkerij Zon", brand: Partial<typeof legal> = legal): Promise<Workspace> => {
      const { workspaceId, apiKey } = Created.parse(
        await system.invoke("samenspraak-workspaces-create", { name, ...brand }),
      );
      return {
        workspaceId,
        apiKey,
        api: (method, path, body, headers) =>
          http(method, path, { key: apiKey, body, ...(headers ? { headers } : {}) }),
      };
    },
    /** RFC 3339. */
    now: (): string => new Date(system.clock.now()).toISOString(),
    /** Moves the time by an ISO 8601 duration, through everything that falls due on the way. */
    advance: async (duration: string): Promise<void> => {
      await system.advance(milliseconds(duration));
      await settle();
    },
    /** Resolves when everything that the present has caused is done, and the indexes show it. */
    settle,
    /** Sent mails, oldest first. */
    get mails() {
      return system.mails;
    },
    /** How the mail service stands, to be changed: its quota, whether it is in the sandbox, what the DNS shows. */
    mailAccount: system.mailAccount,
    /** What was published, oldest first. */
    get events() {
      return published();
    },
    /** What was published of one workspace, oldest first. */
    eventsOf: (workspaceId: string): Published[] =>
      published().filter(({ detail }) => detail.workspaceId === workspaceId),
    get deadLetters() {
      return system.deadLetters;
    },
    /** The functions' log, a line of JSON each. */
    logs: system.logs,
    /** Invokes a function by its name. */
    invoke: system.invoke,
    /** Every write of the functions, and what AWS would bill for it. */
    units: (): Write[] => proxy?.writes() ?? [],
    /** The writes that something makes, with all that it causes; each is printed. */
    weigh: async (what: string, run: () => Promise<unknown>): Promise<Write[]> => {
      await settle();
      const before = proxy?.writes().length ?? 0;
      await run();
      await settle();
      const writes = proxy?.writes().slice(before) ?? [];
      for (const { operation, kind, units, bytes, applied } of writes)
        console.log(`${what}: ${operation} ${kind}, ${bytes} bytes, ${units} units${applied ? "" : ", not applied"}`);
      return writes;
    },
    /** The answer to the next put of this kind is lost after it was applied, and after `meanwhile`. */
    loseNext: (kind: string, meanwhile: () => Promise<void>): void => proxy?.loseNext(kind, meanwhile),
    /** Ends it. Throws where something was given up: nothing may be lost unseen. */
    close: async (): Promise<void> => {
      const letters = system.deadLetters;
      if (process.env.KEEP_SHAPES) await keepShapes(system.dynamodbEndpoint, process.env.KEEP_SHAPES);
      await system.stop();
      await proxy?.close();
      const [first] = letters;
      if (first) throw new Error(`${letters.length} dead letters; the first: ${first.functionName}: ${first.error}`);
    },
  };
};
