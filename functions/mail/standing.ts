import * as z from "zod";
import type { Identity } from "./identity.ts";
import { dkimRecords, mailRecords } from "./records.ts";
import type { Account } from "./ses.ts";

// How mail stands: what can leave, and what is still to be done so that it arrives.

const RecordView = z.object({
  purpose: z.enum(["dkim", "mail_from", "spf", "dmarc"]),
  type: z.enum(["CNAME", "MX", "TXT"]),
  name: z.string(),
  value: z.string(),
  status: z.enum(["found", "missing", "unknown"]).describe("`unknown`: the DNS did not answer. Ask again later."),
});

export const MailView = z
  .object({
    transport: z.enum(["ses", "smtp", "none"]),
    from: z.string().optional().describe("The address that mail comes from."),
    ready: z.boolean().describe("Nothing is missing."),
    missing: z.array(
      z.object({
        code: z.enum(["domain", "identity", "records", "sandbox", "paused", "quota"]),
        detail: z.string().describe("What to do."),
      }),
    ),
    sandbox: z.boolean().optional(),
    quota: z
      .object({
        perSecond: z.number(),
        perDay: z.number().optional().describe("Left out: without a limit."),
        sentLastDay: z.number(),
      })
      .optional(),
    records: z.array(RecordView),
    suppressed: z.int().describe("Addresses that are not mailed, by now, a moment behind."),
  })
  .meta({ id: "MailStanding" });
export type MailView = z.infer<typeof MailView>;

/** What was found out. `dmarc`: the texts at _dmarc; undefined where the DNS did not answer. */
export type Facts = {
  region: string;
  from: string | undefined;
  suppressed: number;
} & (
  | { transport: "ses"; account: Account; identity: Identity | undefined; dmarc: readonly string[] | undefined }
  | { transport: "smtp" | "none" }
);

export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

type Missing = MailView["missing"];

const recordsOf = (facts: Extract<Facts, { transport: "ses" }>): MailView["records"] => {
  const { from, identity, dmarc, region } = facts;
  if (!from || !identity) return [];
  const domain = domainOf(from);
  const found = (is: boolean) => (is ? ("found" as const) : ("missing" as const));
  const status = {
    dkim: found(identity.dkim),
    mail_from: found(identity.mailFrom),
    spf: found(identity.mailFrom),
    dmarc: dmarc ? found(dmarc.some((text) => /^v=DMARC1\b/.test(text))) : ("unknown" as const),
  };
  return mailRecords(domain, region, dkimRecords(domain, identity.tokens)).map((record) => ({
    ...record,
    status: status[record.purpose],
  }));
};

const lacksOf = (facts: Facts, records: MailView["records"]): Missing => {
  if (!facts.from) return [{ code: "domain", detail: "No mail can leave. Deploy with -c domain=… first." }];
  if (facts.transport !== "ses") return [];
  const { account, identity } = facts;
  const missing = records.filter(({ status }) => status === "missing");
  const used = account.perDay !== undefined && account.sentLastDay >= account.perDay;
  return [
    ...(identity
      ? []
      : [{ code: "identity" as const, detail: `SES does not know ${domainOf(facts.from)}. Deploy the data stack.` }]),
    ...(missing.length === 0
      ? []
      : [
          {
            code: "records" as const,
            detail: `Add to the DNS of the domain: ${missing.map(({ type, name }) => `${type} ${name}`).join(", ")}. SES sees them within 72 hours.`,
          },
        ]),
    ...(account.sandbox
      ? [
          {
            code: "sandbox" as const,
            detail:
              "SES mails only addresses that you verified, 200 a day. Ask for production access in the SES console (Account dashboard).",
          },
        ]
      : []),
    ...(account.enabled
      ? []
      : [{ code: "paused" as const, detail: "SES has paused sending. The SES console says why, and how to go on." }]),
    ...(used
      ? [
          {
            code: "quota" as const,
            detail: "The day's quota is used up: mail waits. Ask for a higher one in Service Quotas.",
          },
        ]
      : []),
  ];
};

export const mailStanding = (facts: Facts): MailView => {
  const records = facts.transport === "ses" ? recordsOf(facts) : [];
  const missing = lacksOf(facts, records);
  const common = {
    transport: facts.transport,
    ...(facts.from === undefined ? {} : { from: facts.from }),
    ready: missing.length === 0,
    missing,
    records,
    suppressed: facts.suppressed,
  };
  if (facts.transport !== "ses") return common;
  const { perSecond, perDay, sentLastDay, sandbox } = facts.account;
  return {
    ...common,
    sandbox,
    quota: { perSecond, ...(perDay === undefined ? {} : { perDay }), sentLastDay },
  };
};
