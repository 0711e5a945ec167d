// The DNS records that make mail of a domain come from us: signed (DKIM, RFC 6376), bounced to us (MAIL FROM, with SPF,
// RFC 7208), and with a word to the rest (DMARC, RFC 7489). The stack says them and, where it may, makes them.

export type MailRecord = {
  purpose: "dkim" | "mail_from" | "spf" | "dmarc";
  type: "CNAME" | "MX" | "TXT";
  name: string;
  value: string;
};

export const mailFromDomain = (domain: string): string => `mail.${domain}`;

/** `dkim`: the names and values of SES's three keys. */
export const mailRecords = (
  domain: string,
  region: string,
  dkim: readonly { name: string; value: string }[],
): MailRecord[] => [
  ...dkim.map(({ name, value }) => ({ purpose: "dkim" as const, type: "CNAME" as const, name, value })),
  {
    purpose: "mail_from",
    type: "MX",
    name: mailFromDomain(domain),
    value: `10 feedback-smtp.${region}.amazonses.com`,
  },
  { purpose: "spf", type: "TXT", name: mailFromDomain(domain), value: "v=spf1 include:amazonses.com ~all" },
  // Mail that claims to come from this domain and is not ours belongs in the junk.
  { purpose: "dmarc", type: "TXT", name: `_dmarc.${domain}`, value: "v=DMARC1; p=quarantine; adkim=r; aspf=r" },
];

/** The names and values of Easy DKIM, by SES's tokens. */
export const dkimRecords = (domain: string, tokens: readonly string[]): { name: string; value: string }[] =>
  tokens.map((token) => ({ name: `${token}._domainkey.${domain}`, value: `${token}.dkim.amazonses.com` }));
