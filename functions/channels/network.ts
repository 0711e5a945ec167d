import type * as z from "zod";
import { count, type Unit } from "./text.ts";

// What a network must be able to do. Its limits are data; what differs in kind is code of its own in networks/.

/** `source` and `checkedAt` (a date) say where a limit was read and when. */
export type Limit = { unit: Unit; most: number; source: string; checkedAt: string };

export type Profile = {
  name: string;
  title: string;
  /**
   * How a send whose answer was lost is settled. A: by a key of ours, under which the network keeps one post however
   * often it is sent. B: by looking for it there. C: not at all, a person must look.
   */
  idempotency: "A" | "B" | "C";
  /** What its connector was tried against: the network itself, a real server of its kind, or a contract read in documents. */
  verified: "live" | "server" | "contract";
  limits: readonly Limit[];
};

type Fields = Record<string, unknown>;

/** Where to send: a connected channel. `secrets` are open; they go nowhere but to the network. */
export type Connection<Settings = Fields, Secrets = Fields> = {
  workspaceId: string;
  channelId: string;
  handle: string;
  settings: Settings;
  secrets: Secrets;
};

/**
 * What to send. `key` is our own name of it, the same however often it is tried: 26 letters that begin with the planned
 * time, and so sort by it (the letters of a TypeID).
 */
export type Publication = { postId: string; key: string; text: string };

/** A send that was allowed. `signal` ends it at its deadline; ask `mayWrite` after every await before a socket is written. */
export type Guard = { signal: AbortSignal; mayWrite: () => boolean };

/** The definite outcomes. Anything thrown, and no answer in time, is the third: unknown. */
export type Outcome =
  | { outcome: "sent"; externalId: string; url: string }
  | { outcome: "refused"; code: string; detail: string }
  | { outcome: "not-sent"; detail: string; retryAfterSeconds?: number };

export type Finding = { finding: "found"; externalId: string; url: string } | { finding: "absent" | "cannot-tell" };

/** What the network counts in a text, and what it would refuse. */
export type Check = {
  counts: { unit: Unit; counted: number; most: number }[];
  problems: { code: string; detail: string; mend: string }[];
};

export type Network = {
  profile: Profile;
  /** What a channel on it takes beside its name, and what of that is kept encrypted. */
  settings: z.ZodType<Fields>;
  secrets: z.ZodType<Fields>;
  check: (text: string) => Check;
  /** Sends. Gives a definite outcome, or throws where there is none. */
  publish: (to: Connection, publication: Publication, guard: Guard) => Promise<Outcome>;
  /** Looks whether a publication stands there. */
  find: (to: Connection, publication: Publication) => Promise<Finding>;
  /** Tries the connection without sending anything; gives what is wrong, or undefined. */
  test: (to: Connection) => Promise<string | undefined>;
};
export type Networks = Readonly<Record<string, Network>>;

type Spec<Settings extends Fields, Secrets extends Fields> = Pick<Network, "profile" | "check"> & {
  settings: z.ZodType<Settings>;
  secrets: z.ZodType<Secrets>;
  publish: (to: Connection<Settings, Secrets>, publication: Publication, guard: Guard) => Promise<Outcome>;
  find: (to: Connection<Settings, Secrets>, publication: Publication) => Promise<Finding>;
  test: (to: Connection<Settings, Secrets>) => Promise<string | undefined>;
};

/** A network, with the settings and secrets of a channel parsed by its own schemas. */
export const network = <Settings extends Fields, Secrets extends Fields>(spec: Spec<Settings, Secrets>) => {
  const open = (to: Connection): Connection<Settings, Secrets> => ({
    ...to,
    settings: spec.settings.parse(to.settings),
    secrets: spec.secrets.parse(to.secrets),
  });
  return {
    ...spec,
    publish: async (to, publication, guard) => spec.publish(open(to), publication, guard),
    find: async (to, publication) => spec.find(open(to), publication),
    test: async (to) => spec.test(open(to)),
  } satisfies Network;
};

const names: Record<Unit, string> = {
  graphemes: "characters",
  bytes: "bytes (UTF-8)",
  utf16: "UTF-16 units",
  codePoints: "code points",
};

/** Counts a text by every limit of a network. */
export const checkLimits = ({ title, limits }: Profile, text: string): Check => {
  const counts = limits.map(({ unit, most }) => ({ unit, most, counted: count(text, unit) }));
  const problems = counts
    .filter(({ counted, most }) => counted > most)
    .map(({ unit, counted, most }) => ({
      code: "too_long",
      detail: `${title} takes ${most} ${names[unit]}; this text has ${counted}.`,
      mend: `Shorten it by ${counted - most} ${names[unit]}.`,
    }));
  return { counts, problems };
};
