export { domainOf, isTagged, mailboxOf } from "../mail/mailbox.ts";

/** What the published rules say of it. Contests that opened by the sentence of before keep to that. */
export const perMailbox =
  "one mailbox: an e-mail address in lower case, without the dots, the tags and the other names of which its provider says that they do not matter";
