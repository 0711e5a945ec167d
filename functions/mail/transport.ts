import type { Mail } from "./layout.ts";

// How a mail leaves: by Amazon SES, or by the SMTP server that a self-hoster chose. Either says the same of a failure.

/**
 * What is known of a mail that was not taken. `refused`: for good, this mail will never be taken. `unsent`: it did not
 * leave, and may be tried again. `unknown`: it may or may not have left.
 */
export type Failure = "refused" | "unsent" | "unknown";

/** It holds nothing of what the other side said but a name or a code: servers repeat addresses in their texts, and errors are logged. */
export class MailFailure extends Error {
  readonly failure: Failure;
  /** An error's name of SES, a code of the network, or a reply code of SMTP. */
  readonly reason: string;
  /** The server said that there is no such mailbox. */
  readonly bounced: boolean;
  constructor(failure: Failure, reason: string, bounced = false) {
    super(`A mail was not sent (${failure}): ${reason}.`);
    this.name = "MailFailure";
    this.failure = failure;
    this.reason = reason;
    this.bounced = bounced;
  }
}

/** Who is mailed, as keyed hashes: what comes back of a mail names them by these. */
export type Tags = { workspace: string; address: string; everywhere: string };

/** How much may be sent. `perDay` undefined: as much as one likes. */
export type Allowance = { perSecond: number; perDay: number | undefined; sentLastDay: number };

export type Transport = {
  /** Sends one mail, once. @throws MailFailure */
  send: (mail: Mail, tags: Tags) => Promise<void>;
  /** How much may be sent by now. */
  allowance: () => Promise<Allowance>;
};
