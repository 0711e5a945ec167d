import type { RouteInfo } from "./platform/route.ts";

/**
 * Every Lambda of the system, by file. The stacks, the local runner and openapi.json are readers of this list,
 * so they cannot disagree. Each file exports `handler` and one thing that wakes it.
 */
export const functions = {
  "platform/relay": () => import("./platform/relay.ts"),
  "platform/tally": () => import("./platform/tally.ts"),
  "platform/sweep": () => import("./platform/sweep.ts"),
  "platform/close-shard": () => import("./platform/close-shard.ts"),
  "platform/docs": () => import("./platform/docs.ts"),
  "workspaces/authorize": () => import("./workspaces/authorize.ts"),
  "workspaces/create": () => import("./workspaces/create.ts"),
  "workspaces/api": () => import("./workspaces/api.ts"),
  "channels/api": () => import("./channels/api.ts"),
  "channels/page": () => import("./channels/page.ts"),
  "posts/api": () => import("./posts/api.ts"),
  "posts/deliver": () => import("./posts/deliver.ts"),
  "polls/api": () => import("./polls/api.ts"),
  "polls/page": () => import("./polls/page.ts"),
  "polls/close": () => import("./polls/close.ts"),
  "contests/api": () => import("./contests/api.ts"),
  "contests/page": () => import("./contests/page.ts"),
  "contests/close-ledger": () => import("./contests/close-ledger.ts"),
  "contests/draw-winners": () => import("./contests/draw-winners.ts"),
  "contests/announce": () => import("./contests/announce.ts"),
} satisfies Record<string, () => Promise<Wakeable>>;

export type FunctionName = keyof typeof functions;

/** What a handler file may export besides `handler`: exactly one of these says what wakes it. */
export type Wakeable = {
  handler: (event: never, context: never) => Promise<unknown>;
  /** HTTP routes. */
  routes?: Readonly<Record<string, RouteInfo>>;
  /** Events on the bus, by name, or every one of ours. */
  on?: readonly string[] | "everything";
  /** One kind of due time. */
  due?: string;
  /** A schedule. */
  every?: "minute";
  /** It answers for the routes that are not public. */
  authorizes?: true;
  /** It reads the table's stream. `window`: the seconds of a tumbling window, which put the shard's id in the invocation. */
  reads?: { kinds: { "anything-but": readonly string[] } | readonly string[]; window?: number; batchWindow?: number };
  /** Called by name, by whoever may (IAM). */
  invoked?: true;
  /** Limits, where the usual 20 s and 512 MB do not do. */
  limits?: { timeoutSeconds?: number; memoryMB?: number };
};
