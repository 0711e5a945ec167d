import type * as z from "zod";
import type { Account, Ballot, Figure, Network, Picture } from "./network.ts";

// Who speaks to a network. Each has these few verbs, one file a network in connectors/; what they have in common of HTTP is
// in ask.ts, and what can be wrong in trouble.ts.

type Fields = Record<string, unknown>;

/** Where to send: a connected channel. `secrets` are open; they go nowhere but to the network. */
export type Connection<Settings = Fields, Secrets = Fields> = {
  workspaceId: string;
  channelId: string;
  /** Its name: of ours where the network is `named`, else of its account. */
  handle: string;
  settings: Settings;
  secrets: Secrets;
  /** What `test` found when it was connected; absent while it is being connected. */
  account?: Account | undefined;
};

/** A file to show: what it is, and where it is for everyone. `read` brings its bytes. */
export type Medium = Picture & { sha256: string; url: string; read: () => Promise<Uint8Array> };

export type Part = { text: string; media: readonly Medium[] };

/**
 * What to send: the first part, and those that follow it, each an answer to the one before. It is the same however often it
 * is tried, but for `kept`.
 */
export type Publication = Part & {
  postId: string;
  /**
   * Our own name of it: 26 letters that begin with the planned time, and so sort by it (the letters of a TypeID). What the
   * network calls it is made from this where it can be (`keyOfPart` for the parts that follow).
   */
  key: string;
  /** When it was to leave (RFC 3339): for a network that wants a time in what is sent. */
  at: string;
  /** BCP 47. */
  language?: string | undefined;
  thread: readonly Part[];
  /** Asked with the first part, where the network's profile has `ballots`. */
  ballot?: Ballot | undefined;
  /** What an earlier try has kept with `Guard.keep`. */
  kept: Kept;
};

/** A connector's notes between two steps of one publication: the id of a draft that is made public next. Small, no secrets. */
export type Kept = Readonly<Record<string, string>>;

/** What may still be sent, as a network's answer said: `remaining` until `resetAt` (RFC 3339). */
export type Allowance = { remaining: number; resetAt: string };

/** What every question to a network is asked with. */
export type Call = {
  /** Ends it. */
  signal: AbortSignal;
  /** Unix milliseconds by the project's clock at which it ends. */
  endsMs: number;
  /** Hears what may still be sent: `ask` tells it of every answer. */
  learn: (allowance: Allowance) => void;
};

/** A send that was allowed. */
export type Guard = Call & {
  /** Ask after every await before a socket is written: false once it is too late, or another's to send. */
  mayWrite: () => boolean;
  /**
   * Keeps notes durably with the delivery; when it resolves they are kept. Class A by two steps: make it hidden, keep its id,
   * make it public by that id.
   */
  keep: (notes: Kept) => Promise<void>;
};

/**
 * The definite outcomes. Anything thrown, and no answer in time, is the other one: unknown.
 * `sent`: it stands there, all of it, or at least its first part (`problem` then says what is lacking).
 * `handed`: a person has it, and says later that it was done.
 * `refused`: it does not stand there, and sending it again changes nothing. `not-sent`: it does not, and is sent again.
 */
export type Outcome =
  | { outcome: "sent"; externalId: string; url?: string | undefined; problem?: string }
  | { outcome: "handed" }
  | { outcome: "refused"; code: string; detail: string }
  | { outcome: "not-sent"; detail: string; code?: string; retryAfterSeconds?: number | undefined };

export type Finding =
  | { finding: "found"; externalId: string; url?: string | undefined }
  | { finding: "absent" | "cannot-tell" };

/** What stands there: as `publish` or `find` said. */
export type Sent = { key: string; externalId: string; url?: string | undefined };

/** What people did with it. `cursor` goes into the next look, so that replies come once. */
export type Collected = {
  figures: Partial<Record<Figure, number>>;
  replies: readonly Reply[];
  /**
   * Of a question: how often each answer was given, in their order, and by how many, where that is told. `isOver`: no more
   * come. Absent while the network keeps them to itself.
   */
  votes?: { options: readonly number[]; voters?: number | undefined; isOver?: boolean | undefined } | undefined;
  cursor?: string | undefined;
};
export type Reply = {
  externalId: string;
  /** RFC 3339. */
  at: string;
  author: { id: string; handle: string; name?: string | undefined };
  text: string;
  url?: string | undefined;
};

/** Secrets that take the place of the old ones. `renewAt`: from when on they are to be renewed again (RFC 3339). */
export type Renewed<Secrets = Fields> = { secrets: Secrets; renewAt?: string | undefined };

type Verbs<Settings, Secrets> = {
  /** Tries the connection without sending anything, and says who we are there. @throws Trouble */
  test: (to: Connection<Settings, Secrets>, call: Call) => Promise<Account>;
  /** Sends. Gives a definite outcome, or throws where there is none. @throws Trouble, whose meaning is known (trouble.ts) */
  publish: (to: Connection<Settings, Secrets>, publication: Publication, guard: Guard) => Promise<Outcome>;
  /** Looks whether a publication stands there. `isTaken`: what is another delivery's is none of this one's. */
  find: (
    to: Connection<Settings, Secrets>,
    publication: Publication,
    call: Call & { isTaken: (externalId: string) => Promise<boolean> },
  ) => Promise<Finding>;
  /** Takes it back. Done twice it is done once; what is gone already is done. @throws Trouble */
  retract?: (to: Connection<Settings, Secrets>, sent: Sent, call: Call) => Promise<void>;
  /** Reads its figures, and what people answered since `cursor`. @throws Trouble */
  collect?: (
    to: Connection<Settings, Secrets>,
    sent: Sent,
    cursor: string | undefined,
    call: Call,
  ) => Promise<Collected>;
  /** Renews the secrets; only one at a time does (renew.ts). @throws Trouble */
  renew?: (to: Connection<Settings, Secrets>, call: Call) => Promise<Renewed<Secrets>>;
};

export type Connector = { network: Network } & Verbs<Fields, Fields>;
export type Connectors = Readonly<Record<string, Connector>>;

/** A network whose schemas say what its channels' settings and secrets are. */
type Typed<Settings extends Fields, Secrets extends Fields> = Omit<Network, "settings" | "secrets"> & {
  settings: z.ZodType<Settings>;
  secrets: z.ZodType<Secrets>;
};

/** A connector, which gets settings and secrets of a channel as its network's own schemas read them. */
export const connector = <Settings extends Fields, Secrets extends Fields>(
  network: Typed<Settings, Secrets>,
  verbs: Verbs<Settings, Secrets>,
): Connector => {
  const open = (to: Connection): Connection<Settings, Secrets> => ({
    ...to,
    settings: network.settings.parse(to.settings),
    secrets: network.secrets.parse(to.secrets),
  });
  const { retract, collect, renew } = verbs;
  return {
    network,
    test: async (to, call) => verbs.test(open(to), call),
    publish: async (to, publication, guard) => verbs.publish(open(to), publication, guard),
    find: async (to, publication, call) => verbs.find(open(to), publication, call),
    ...(retract && { retract: async (to, sent, call) => retract(open(to), sent, call) }),
    ...(collect && { collect: async (to, sent, cursor, call) => collect(open(to), sent, cursor, call) }),
    ...(renew && { renew: async (to, call) => renew(open(to), call) }),
  };
};

/** The key of a part of a thread: of the first the publication's own, and so on. */
export const keyOfPart = (key: string, part: number): string => (part === 0 ? key : `${key}-${part}`);

/** What a send that has no time left says. */
export const noTime = {
  outcome: "not-sent",
  detail: "There was too little time left to send it.",
} as const satisfies Outcome;
