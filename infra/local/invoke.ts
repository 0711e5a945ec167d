import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import diagnostics from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import type { Wakeable } from "../../functions/manifest.ts";
import { type Called, listen } from "./calls.ts";
import { accountId, region } from "./names.ts";

/** A function of the manifest, imported. `name` is the one that it has on AWS. */
export type LocalFunction = Wakeable & { name: string; timeoutSeconds: number };

/** What came of an invocation, as Lambda tells it: an answer, or an error with the function's name for it. */
export type Outcome = { answer: unknown } | { error: { errorType: string; errorMessage: string; trace: string[] } };

export type Invoke = (fn: LocalFunction, event: unknown) => Promise<Outcome>;

/** An invocation that has begun and has not ended: how many waits for the clock and how many requests it has under way. */
type InFlight = { functionName: string; sleeps: number; requests: number };

const DEFAULT_TIMEOUT_SECONDS = 20;
const DEFAULT_MEMORY_MB = 512;

/** `posts/deliver` → `samenspraak-posts-deliver`. */
export const nameOf = (file: string): string => `samenspraak-${file.replaceAll("/", "-")}`;

/** Imports the functions of the manifest. */
export const loadFunctions = async (
  manifest: Readonly<Record<string, () => Promise<Wakeable>>>,
): Promise<LocalFunction[]> =>
  Promise.all(
    Object.entries(manifest).map(async ([file, load]) => {
      const module = await load();
      return {
        ...module,
        name: nameOf(file),
        timeoutSeconds: module.limits?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
      };
    }),
  );

/** Through JSON and back, as everything that enters or leaves a Lambda function goes. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? "null");

const failure = (error: unknown): Outcome => ({
  error: {
    errorType: error instanceof Error ? error.name : typeof error,
    errorMessage: error instanceof Error ? error.message : String(error),
    trace: (error instanceof Error ? (error.stack ?? "") : "").split("\n"),
  },
});

/**
 * Invokes handlers as Lambda does: a context, JSON in and out, a time limit (real time). A handler that throws or takes
 * too long is an outcome, and is told to `say`; what it still does after its time is not undone.
 */
export const invoker = (options: {
  say: (line: string) => void;
  /** What a handler writes to stdout, which on AWS is its log. */
  log: (text: string) => void;
  /** Called at the end of each invocation, with whether it failed. */
  ended: (functionName: string, failed: boolean) => void;
  /** Told of each IAM action that a handler's requests need. */
  called?: Called;
}) => {
  const inFlight = new Set<InFlight>();
  const current = new AsyncLocalStorage<InFlight>();
  let activity = 0;

  const invoke: Invoke = async (fn, event) => {
    const invocation: InFlight = { functionName: fn.name, sleeps: 0, requests: 0 };
    inFlight.add(invocation);
    activity += 1;
    const deadline = Date.now() + fn.timeoutSeconds * 1000;
    const awsRequestId = randomUUID();
    const context = {
      callbackWaitsForEmptyEventLoop: true,
      functionName: fn.name,
      functionVersion: "$LATEST",
      invokedFunctionArn: `arn:aws:lambda:${region}:${accountId}:function:${fn.name}`,
      memoryLimitInMB: String(fn.limits?.memoryMB ?? DEFAULT_MEMORY_MB),
      awsRequestId,
      logGroupName: `/aws/lambda/${fn.name}`,
      logStreamName: "local",
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
    // The manifest takes handlers of every event; which one this is, the trigger knows and the types do not.
    const handler = fn.handler as (event: unknown, context: unknown) => Promise<unknown>;
    let failed = false;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      const late = `${awsRequestId} Task timed out after ${fn.timeoutSeconds.toFixed(2)} seconds`;
      timer = setTimeout(() => reject(new Error(late)), fn.timeoutSeconds * 1000).unref();
    });
    try {
      const run = current.run(invocation, async () => handler(throughJson(event), context));
      return { answer: throughJson(await Promise.race([run, timeout])) };
    } catch (error) {
      failed = true;
      options.say(`${fn.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return failure(error);
    } finally {
      clearTimeout(timer);
      inFlight.delete(invocation);
      activity += 1;
      options.ended(fn.name, failed);
    }
  };

  // Requests that handlers make (to AWS through node:http, fetch through undici), to tell waiting from working.
  const started = new WeakMap<object, InFlight>();
  const begin = (request: object): InFlight | undefined => {
    const invocation = current.getStore();
    if (!invocation) return undefined;
    invocation.requests += 1;
    activity += 1;
    started.set(request, invocation);
    return invocation;
  };
  const end = (request: object): void => {
    const invocation = started.get(request);
    if (!invocation) return;
    started.delete(request);
    invocation.requests -= 1;
    activity += 1;
  };
  const { called } = options;
  const subscriptions: [string, (message: unknown) => void][] = [
    [
      "http.client.request.created",
      (message) => {
        const invocation = current.getStore();
        if (!called || !invocation) return;
        listen((message as { request: ClientRequest }).request, (action) => called(invocation.functionName, action));
      },
    ],
    [
      "http.client.request.start",
      (message) => {
        const { request } = message as { request: ClientRequest };
        if (begin(request)) request.once("close", () => end(request));
      },
    ],
    ["undici:request:create", (message) => begin((message as { request: object }).request)],
    ["undici:request:trailers", (message) => end((message as { request: object }).request)],
    ["undici:request:error", (message) => end((message as { request: object }).request)],
  ];
  for (const [channel, listener] of subscriptions) diagnostics.subscribe(channel, listener);

  const write = process.stdout.write;
  process.stdout.write = (chunk: string | Uint8Array, ...more: never[]): boolean => {
    if (!current.getStore()) return write.call(process.stdout, chunk, ...more);
    options.log(Buffer.from(chunk).toString("utf8"));
    return true;
  };

  return {
    invoke,
    /** Waits within an invocation: one that only waits for the clock does not keep the system from being settled. */
    sleeping: async (wait: () => Promise<void>): Promise<void> => {
      const invocation = current.getStore();
      if (!invocation) return wait();
      invocation.sleeps += 1;
      try {
        await wait();
      } finally {
        invocation.sleeps -= 1;
        activity += 1;
      }
    },
    /** How many invocations are doing something else than waiting for the clock. */
    working: (): number => [...inFlight].filter(({ sleeps, requests }) => sleeps === 0 || requests > 0).length,
    /** Rises with whatever a handler begins or ends. */
    activity: (): number => activity,
    stop: (): void => {
      for (const [channel, listener] of subscriptions) diagnostics.unsubscribe(channel, listener);
      process.stdout.write = write;
    },
  };
};
export type Invoker = ReturnType<typeof invoker>;
