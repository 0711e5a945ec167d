/** What SES does with our mail goes by this name; in its events it is a tag. */
export const configurationSetName = "samenspraak";

/** The fields of an event, and which of these strings each is, or has among its own. */
export type Fields = { readonly [name: string]: Fields | string[] };

/** A rule: which events it passes on (EventBridge's event pattern), and what of them (paths of the event, or plain words). */
export type Feedback = {
  what: string;
  pattern: { source: string[]; detailType: string[]; detail: Fields };
  input: Record<string, string>;
};

/**
 * What SES tells of our mail, and what of it mail/hear.ts gets. SES's events name the person (the address, the subject), so
 * the rules pass on the tags that we gave the mail, by which we know it: then no dead letter names anyone either. The shape
 * is that of AWS's documents ("Monitoring Amazon SES sending events with Amazon EventBridge", "Examples of event data").
 * A soft bounce is SES's own business: it tries again.
 */
export const feedback = (configurationSet: string): Feedback[] => {
  const ours = { tags: { "ses:configuration-set": [configurationSet] } };
  const passed = { id: "$.id", tags: "$.detail.mail.tags" };
  return [
    {
      what: "bounced",
      pattern: {
        source: ["aws.ses"],
        detailType: ["Email Bounced"],
        detail: { bounce: { bounceType: ["Permanent"] }, mail: ours },
      },
      input: { what: "bounced", ...passed },
    },
    {
      what: "complained",
      pattern: { source: ["aws.ses"], detailType: ["Email Complaint Received"], detail: { mail: ours } },
      input: { what: "complained", ...passed },
    },
  ];
};
