import type { Language } from "./words.ts";

/** How a workspace shows itself, on pages and in mails. What it has not said has a default, so that each always reads well. */
export type Brand = {
  workspaceId: string;
  /** As people know it. */
  name: string;
  /** Where its pages are, without a slash at the end: its own host, or else ours. */
  url: string;
  /** A colour that white text is readable on: #rrggbb. */
  accent: string;
  /** The address of its logo. */
  logoUrl: string | undefined;
  /** Who answers to the law, as it stands under mails and in terms: legal name, address, register number. */
  imprint: readonly string[];
  /** The address of its privacy statement. */
  privacyUrl: string | undefined;
  /** Who reads an answer to a mail. */
  replyTo: string | undefined;
  /** The languages that it speaks, its own first. */
  languages: readonly [Language, ...Language[]];
  /** An IANA zone. */
  zone: string;
};
