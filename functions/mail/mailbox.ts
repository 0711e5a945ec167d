import { sha256 } from "../platform/secrets.ts";

// Which addresses are one mailbox. Only what a provider itself says of its own addresses: elsewhere jan.smit@ and jansmit@, or
// jan+win@ and jan@, may be two people, and whoever is not told apart cannot enter.

/** `plus`: what follows a plus sign does not matter. `dots`: nor do dots. `domain`: another name of the same mailboxes. */
type Habit = { plus: true; dots?: true; domain?: string };

// What the providers' own help pages say ("Dots don't matter in Gmail addresses"; plus addressing of Outlook, iCloud, Fastmail
// and Proton). Gathered, not tried out.
const gmail: Habit = { plus: true, dots: true, domain: "gmail.com" };
const plus: Habit = { plus: true };
const habits: Readonly<Record<string, Habit>> = {
  "gmail.com": gmail,
  "googlemail.com": gmail,
  "outlook.com": plus,
  "hotmail.com": plus,
  "hotmail.nl": plus,
  "live.com": plus,
  "live.nl": plus,
  "msn.com": plus,
  "icloud.com": plus,
  "me.com": plus,
  "mac.com": plus,
  "fastmail.com": plus,
  "proton.me": plus,
  "protonmail.com": plus,
  "pm.me": plus,
};

const split = (address: string): { local: string; domain: string } => {
  const at = address.lastIndexOf("@");
  return { local: address.slice(0, at), domain: address.slice(at + 1) };
};
export const domainOf = (address: string): string => split(address).domain;

/** The address that stands for all of a mailbox; mail to it arrives there. `address`: in lower case. */
export const mailboxOf = (address: string): string => {
  const { local, domain } = split(address);
  const habit = Object.hasOwn(habits, domain) ? habits[domain] : undefined;
  if (!habit) return address;
  const [untagged = ""] = local.split("+");
  const bare = habit.dots ? untagged.replaceAll(".", "") : untagged;
  // Nothing but a tag or dots is no address of theirs.
  return bare === "" ? address : `${bare}@${habit.domain ?? domain}`;
};

/**
 * Whom mails that anybody can ask for are counted by: the address; or, of a tag of which nobody knows whether it matters, one
 * of four places of the mailbox without it. So inventing tags does not mail somebody without end, and who shares a place with
 * another waits as long as after a mail of their own.
 */
export const askedAs = (address: string): string => {
  if (!isTagged(address)) return address;
  const { local, domain } = split(address);
  return `${local.slice(0, local.indexOf("+"))}@${domain} ${(sha256(address)[0] ?? 0) % 4}`;
};

/** Whether it has a tag of which its provider has not said that it does not matter. */
export const isTagged = (address: string): boolean => split(mailboxOf(address)).local.includes("+");
