import type { Code } from "../platform/errors.ts";
import { refuse } from "../platform/errors.ts";

// What can be wrong between us and a network: a stable code, the sentence that a marketer reads, and the call that mends it.

/**
 * `means`: of a send that met it. `refused`: it was certainly not taken, and sending it again changes nothing until somebody
 * mends something. `not-sent`: certainly not taken, and it is sent again. `unknown`: nobody can say.
 * `fails`: the channel as a whole is in trouble, not just this post.
 */
type Kind = {
  says: (title: string) => string;
  mend: string;
  means: "refused" | "not-sent" | "unknown";
  fails: boolean;
  /** What of a channel's connection is wrong. */
  pointer?: string;
};

const newSecrets = 'Give new ones: PATCH /v1/channels/{channelId} {"secrets": {…}}.';
const otherSettings =
  'Look the address up and change it: PATCH /v1/channels/{channelId} {"settings": {…}}; then POST /v1/channels/{channelId}/test.';
const later = "Try it again later: POST /v1/channels/{channelId}/test.";

export const troubles = {
  network_credentials_wrong: {
    says: (title) => `${title} does not accept these credentials.`,
    mend: newSecrets,
    means: "refused",
    fails: true,
    pointer: "#/secrets",
  },
  network_access_expired: {
    says: (title) => `The access to ${title} has expired.`,
    mend: newSecrets,
    means: "refused",
    fails: true,
    pointer: "#/secrets",
  },
  network_access_revoked: {
    says: (title) => `Somebody has taken back our access to ${title}.`,
    mend: `Allow it there again. ${newSecrets}`,
    means: "refused",
    fails: true,
    pointer: "#/secrets",
  },
  network_forbidden: {
    says: (title) => `${title} does not allow this to the account.`,
    mend: "Ask there for the permission, or use another account; then POST /v1/channels/{channelId}/test.",
    means: "refused",
    fails: true,
    pointer: "#/secrets",
  },
  network_account_missing: {
    says: (title) => `${title} knows no such account or page.`,
    mend: otherSettings,
    means: "refused",
    fails: true,
    pointer: "#/settings",
  },
  network_is_another: {
    says: (title) => `What answers at this address is not ${title}.`,
    mend: otherSettings,
    // It may be the page of a proxy that stands before the real one.
    means: "unknown",
    fails: true,
    pointer: "#/settings",
  },
  network_redirects: {
    says: (title) => `${title} sends us on to another address. Redirects are not followed.`,
    mend: otherSettings,
    means: "refused",
    fails: true,
    pointer: "#/settings",
  },
  network_address_refused: {
    says: (title) => `The address of ${title} is not on the public internet, or not one that we speak to.`,
    mend: otherSettings,
    means: "refused",
    fails: true,
    pointer: "#/settings",
  },
  network_unreachable: {
    says: (title) => `${title} could not be reached.`,
    mend: later,
    means: "not-sent",
    fails: false,
    pointer: "#/settings",
  },
  network_silent: {
    says: (title) => `${title} gave no answer in time.`,
    mend: later,
    means: "unknown",
    fails: false,
  },
  network_broken: {
    says: (title) => `Something is wrong at ${title}.`,
    mend: later,
    means: "unknown",
    fails: false,
  },
  network_busy: {
    says: (title) => `${title} takes no more from us for the moment.`,
    mend: later,
    means: "not-sent",
    fails: false,
  },
  network_refused: {
    says: (title) => `${title} refuses it.`,
    mend: "Mend there what it objects to; then POST /v1/channels/{channelId}/test.",
    means: "refused",
    fails: false,
  },
} as const satisfies Partial<Record<Code, Kind>>;
export type TroubleCode = keyof typeof troubles;

export const isTroubleCode = (code: string): code is TroubleCode => Object.hasOwn(troubles, code);

/**
 * Something is wrong between us and a network. `said`: what the network said of it in a sentence, without anything of the
 * request. `answered`: its status, and what it said, where nobody can say what it means for what was sent.
 */
export class Trouble extends Error {
  readonly code: TroubleCode;
  /** The network's title. */
  readonly title: string;
  readonly said: string | undefined;
  readonly answered: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  constructor(
    code: TroubleCode,
    title: string,
    more: { said?: string; answered?: string; retryAfterSeconds?: number | undefined } = {},
  ) {
    super(`${title}: ${code}`);
    this.name = "Trouble";
    this.code = code;
    this.title = title;
    this.said = more.said;
    this.answered = more.answered && `${title} answered ${more.answered}.`;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }
  get kind(): Kind {
    return troubles[this.code];
  }
  /** What a marketer reads. */
  get detail(): string {
    return [this.kind.says(this.title), this.said && `It says: “${this.said}”`].filter(Boolean).join(" ");
  }
}

/** What a marketer reads of a delivery that met it and was refused: what is wrong, and the calls that mend it. */
export const refusalOf = ({ detail, kind }: Trouble, { channelId, postId }: { channelId: string; postId: string }) => {
  const again = `POST /v1/posts/${postId}/retry {"channelId":"${channelId}"}`;
  return kind.fails
    ? `${detail} ${kind.mend.replaceAll("{channelId}", channelId)} Then send it again: ${again}.`
    : `${detail} Where the post is at fault, write another: POST /v1/posts. Once it is mended there, send it again: ${again}.`;
};

/** Waits for what tries a connection before it is kept, and refuses with the trouble's own code where there is any. */
export const orRefuse = async <T>(asking: Promise<T>): Promise<T> => {
  try {
    return await asking;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const { code, detail, kind } = error;
    const next = kind.fails || kind.means === "refused" ? "Correct it" : "Wait a little";
    return refuse(
      code,
      `${detail} Nothing was kept. ${next}, and send this request again.`,
      kind.pointer ? [{ pointer: kind.pointer, detail }] : [],
    );
  }
};
