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
  "workspaces/rotate-api": () => import("./workspaces/rotate-api.ts"),
  "workspaces/keys-api": () => import("./workspaces/keys-api.ts"),
  "workspaces/members-api": () => import("./workspaces/members-api.ts"),
  "workspaces/page": () => import("./workspaces/page.ts"),
  "workspaces/sign-in-api": () => import("./workspaces/sign-in-api.ts"),
  "workspaces/issuer-page": () => import("./workspaces/issuer-page.ts"),
  "workspaces/mail-sign-in": () => import("./workspaces/mail-sign-in.ts"),
  "workspaces/mail-invitation": () => import("./workspaces/mail-invitation.ts"),
  "mail/send": () => import("./mail/send.ts"),
  "mail/hear": () => import("./mail/hear.ts"),
  "mail/api": () => import("./mail/api.ts"),
  "mail/page": () => import("./mail/page.ts"),
  "media/api": () => import("./media/api.ts"),
  "media/page": () => import("./media/page.ts"),
  "media/clear": () => import("./media/clear.ts"),
  "media/make-sizes": () => import("./media/make-sizes.ts"),
  "channels/api": () => import("./channels/api.ts"),
  "channels/connect-api": () => import("./channels/connect-api.ts"),
  "channels/page": () => import("./channels/page.ts"),
  "channels/fediverse-page": () => import("./channels/fediverse-page.ts"),
  "channels/fediverse-inbox-api": () => import("./channels/fediverse-inbox-api.ts"),
  "posts/api": () => import("./posts/api.ts"),
  "posts/page": () => import("./posts/page.ts"),
  "posts/deliver": () => import("./posts/deliver.ts"),
  "posts/resume": () => import("./posts/resume.ts"),
  "posts/expect-figures": () => import("./posts/expect-figures.ts"),
  "people/api": () => import("./people/api.ts"),
  "people/page": () => import("./people/page.ts"),
  "polls/api": () => import("./polls/api.ts"),
  "polls/page": () => import("./polls/page.ts"),
  "polls/close": () => import("./polls/close.ts"),
  "polls/expect-votes": () => import("./polls/expect-votes.ts"),
  "ideas/api": () => import("./ideas/api.ts"),
  "ideas/page": () => import("./ideas/page.ts"),
  "ideas/carry": () => import("./ideas/carry.ts"),
  "ideas/tell": () => import("./ideas/tell.ts"),
  "ideas/clear": () => import("./ideas/clear.ts"),
  "contests/api": () => import("./contests/api.ts"),
  "contests/page": () => import("./contests/page.ts"),
  "contests/entrant-page": () => import("./contests/entrant-page.ts"),
  "contests/leaving-page": () => import("./contests/leaving-page.ts"),
  "contests/winners-page": () => import("./contests/winners-page.ts"),
  "contests/report-page": () => import("./contests/report-page.ts"),
  "contests/keep-consent": () => import("./contests/keep-consent.ts"),
  "contests/close-ledger": () => import("./contests/close-ledger.ts"),
  "contests/draw-winners": () => import("./contests/draw-winners.ts"),
  "contests/tell-excluded": () => import("./contests/tell-excluded.ts"),
  "contests/erase": () => import("./contests/erase.ts"),
  "contests/clear-entries": () => import("./contests/clear-entries.ts"),
  "contests/tend": () => import("./contests/tend.ts"),
  "contests/announce": () => import("./contests/announce.ts"),
  "contests/publish-commitment": () => import("./contests/publish-commitment.ts"),
  "webhooks/api": () => import("./webhooks/api.ts"),
  "webhooks/test-event": () => import("./webhooks/test-event.ts"),
  "webhooks/deliver": () => import("./webhooks/deliver.ts"),
  "webhooks/redeliver": () => import("./webhooks/redeliver.ts"),
  "webhooks/start-replay": () => import("./webhooks/start-replay.ts"),
  "webhooks/replayed": () => import("./webhooks/replayed.ts"),
  "notices/api": () => import("./notices/api.ts"),
  "notices/hear": () => import("./notices/hear.ts"),
  "notices/closing": () => import("./notices/closing.ts"),
  "notices/mail-digest": () => import("./notices/mail-digest.ts"),
  "exports/api": () => import("./exports/api.ts"),
  "exports/write": () => import("./exports/write.ts"),
  "removals/api": () => import("./removals/api.ts"),
  "removals/remove": () => import("./removals/remove.ts"),
  "activity/api": () => import("./activity/api.ts"),
  "activity/record": () => import("./activity/record.ts"),
  "showcase/page": () => import("./showcase/page.ts"),
  "showcase/cards": () => import("./showcase/cards.ts"),
  "showcase/draw-cards": () => import("./showcase/draw-cards.ts"),
} satisfies Record<string, () => Promise<Wakeable>>;

export type FunctionName = keyof typeof functions;

/** What a handler file may export besides `handler`: exactly one of these says what wakes it. */
export type Wakeable = {
  handler: (event: never, context: never) => Promise<unknown>;
  /** HTTP routes. */
  routes?: Readonly<Record<string, RouteInfo>>;
  /** Events on the bus, by name, or every one of ours; or archived ones that a webhook has replayed. */
  on?: readonly string[] | "everything" | "replays";
  /** One kind of due time. */
  due?: string;
  /** A schedule. */
  every?: "minute";
  /** It answers for the routes that are not public. */
  authorizes?: true;
  /** It reads the table's stream. `window`: the seconds of a tumbling window, which put the shard's id in the invocation. */
  reads?: { kinds: { "anything-but": readonly string[] } | readonly string[]; window?: number; batchWindow?: number };
  /** A queue of work, by name. */
  takes?: "mail";
  /** What another service tells the account's own bus: SES, of our mail. */
  hears?: "ses";
  /** Called by name, by whoever may (IAM). */
  invoked?: true;
  /** Limits, where the usual 20 s and 512 MB do not do. */
  limits?: {
    timeoutSeconds?: number;
    memoryMB?: number;
    /** Of one that is woken by due times: so many run side by side, 2 or more; without, as many as are due. */
    atOnce?: number;
  };
};
