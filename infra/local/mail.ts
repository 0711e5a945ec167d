import { randomUUID } from "node:crypto";
import * as z from "zod";
import { openJournal } from "./journal.ts";
import { accountId, region, wholeSeconds } from "./names.ts";
import { known, Refusal, unsupported } from "./refusal.ts";

/** A mail that was sent, as the mailbox of this machine keeps it. */
export const Mail = z.object({
  id: z.string(),
  /** RFC 3339, by the local clock. */
  at: z.iso.datetime(),
  from: z.string(),
  to: z.array(z.string()),
  replyTo: z.array(z.string()),
  subject: z.string(),
  /** Empty where the mail has no such part. */
  text: z.string(),
  html: z.string(),
  headers: z.record(z.string(), z.string()),
});
export type Mail = z.infer<typeof Mail>;

const Part = z.strictObject({ Data: z.string(), Charset: z.string().optional() });
const Tag = z.strictObject({
  Name: z.string().regex(/^[\w-]{1,256}$/),
  Value: z.string().regex(/^[\w.@-]{1,256}$/),
});
const SendEmail = z.strictObject({
  FromEmailAddress: z.string(),
  Destination: z.strictObject({ ToAddresses: z.array(z.string()).min(1).max(50) }),
  ReplyToAddresses: z.array(z.string()).default([]),
  Content: z.strictObject({
    Simple: z.strictObject({
      Subject: Part,
      Body: z.strictObject({ Text: Part.optional(), Html: Part.optional() }),
      Headers: z
        .array(
          z.strictObject({
            Name: z.string().regex(/^[!-9;-~]{1,126}$/),
            Value: z
              .string()
              .min(1)
              .max(870)
              .regex(/^[ -~]*$/),
          }),
        )
        .max(15)
        .default([]),
    }),
  }),
  ConfigurationSetName: z.string().optional(),
  EmailTags: z.array(Tag).default([]),
});
type SendEmail = z.infer<typeof SendEmail>;

/** `Name <a@b>` → `a@b`. */
const addressOf = (mailbox: string): string => /<([^<>]+)>\s*$/.exec(mailbox)?.[1] ?? mailbox.trim();
const domainOf = (mailbox: string): string => addressOf(mailbox).split("@").at(-1) ?? "";
const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);
const isAddress = (address: string): boolean => /^[^\s@<>]+@[^\s@<>]+$/.test(address);

/** SES's own mailbox simulator (AWS documents: "Using the mailbox simulator"), with a label of one's choice. */
const simulator = /^(bounce|complaint|ooto|success|suppressionlist)(\+[^@]*)?@simulator\.amazonses\.com$/i;

/** An event as SES puts it on the account's default bus. */
export type SesEvent = {
  version: "0";
  id: string;
  "detail-type": string;
  source: "aws.ses";
  account: string;
  time: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
};

/** The shape of AWS's documents ("Examples of event data that Amazon SES publishes"; `mail` and `bounce` or `complaint`). */
const sesEvent = (messageId: string, sent: SendEmail, to: string, nowMs: number): SesEvent | undefined => {
  const which = simulator.exec(to)?.[1]?.toLowerCase();
  if (which === undefined || which === "success" || which === "ooto") return undefined;
  const at = new Date(nowMs).toISOString();
  const arn = `arn:aws:ses:${region}:${accountId}:configuration-set/${sent.ConfigurationSetName}`;
  const tags = Object.fromEntries(sent.EmailTags.map(({ Name, Value }) => [Name, [Value]]));
  const mail = {
    timestamp: at,
    source: sent.FromEmailAddress,
    sourceArn: `arn:aws:ses:${region}:${accountId}:identity/${domainOf(sent.FromEmailAddress)}`,
    sendingAccountId: accountId,
    messageId,
    destination: [to],
    headersTruncated: false,
    headers: [
      { name: "From", value: sent.FromEmailAddress },
      { name: "To", value: to },
      { name: "Subject", value: sent.Content.Simple.Subject.Data },
    ],
    commonHeaders: { from: [sent.FromEmailAddress], to: [to], subject: sent.Content.Simple.Subject.Data, messageId },
    tags: {
      "ses:operation": ["SendEmail"],
      "ses:configuration-set": [sent.ConfigurationSetName ?? ""],
      "ses:source-ip": ["127.0.0.1"],
      "ses:from-domain": [domainOf(sent.FromEmailAddress)],
      "ses:caller-identity": ["samenspraak-mail-send"],
      ...tags,
    },
  };
  const bounce = {
    feedbackId: randomUUID(),
    bounceType: "Permanent",
    bounceSubType: which === "suppressionlist" ? "Suppressed" : "General",
    bouncedRecipients: [
      { emailAddress: to, action: "failed", status: "5.1.1", diagnosticCode: "smtp; 550 5.1.1 user unknown" },
    ],
    timestamp: at,
    reportingMTA: "dsn; simulator.amazonses.com",
  };
  const complaint = {
    feedbackId: randomUUID(),
    complaintSubType: null,
    complainedRecipients: [{ emailAddress: to }],
    timestamp: at,
    userAgent: "Amazon SES Mailbox Simulator",
    complaintFeedbackType: "abuse",
    arrivalDate: at,
  };
  const isComplaint = which === "complaint";
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": isComplaint ? "Email Complaint Received" : "Email Bounced",
    source: "aws.ses",
    account: accountId,
    time: wholeSeconds(nowMs),
    region,
    resources: [arn],
    detail: isComplaint ? { eventType: "Complaint", complaint, mail } : { eventType: "Bounce", bounce, mail },
  };
};

const day = 86_400_000;

/** How the account stands, which whoever develops may change. `perDay` -1: without a limit, as SES says it. */
export type MailAccount = {
  perSecond: number;
  perDay: number;
  sandbox: boolean;
  enabled: boolean;
  /** What the DNS is said to show of our domain. */
  recordsFound: boolean;
};

/**
 * SES: what is sent goes into a mailbox that everyone on this machine can read, and nowhere else. Addresses of SES's
 * mailbox simulator bounce and complain, which is told to `tell`.
 */
export const mailService = (options: {
  file?: string;
  now: () => number;
  from: string;
  tell?: (event: SesEvent) => void;
}) => {
  const journal = openJournal(options.file, Mail);
  const account: MailAccount = { perSecond: 10_000, perDay: -1, sandbox: false, enabled: true, recordsFound: true };
  const sentLastDay = (): number =>
    [...journal.entries.values()].filter(({ at }) => Date.parse(at) > options.now() - day).length;
  /** When mails left, the latest last. */
  const left: number[] = [];

  const checkPace = (): void => {
    const now = options.now();
    const lastSecond = left.filter((at) => at > now - 1000);
    left.splice(0, left.length, ...lastSecond, now);
    if (lastSecond.length >= account.perSecond || (account.perDay >= 0 && sentLastDay() >= account.perDay)) {
      left.pop();
      const which = lastSecond.length >= account.perSecond ? "Maximum sending rate" : "Daily message quota";
      throw new Refusal("TooManyRequestsException", `${which} exceeded.`, 429);
    }
  };

  const send = (input: unknown): object => {
    const asked = known("SES", "SendEmail", SendEmail, input);
    const { Subject, Body, Headers } = asked.Content.Simple;
    if (addressOf(asked.FromEmailAddress) !== addressOf(options.from)) {
      throw new Refusal("MessageRejected", `Email address is not verified: ${addressOf(asked.FromEmailAddress)}`);
    }
    const { ToAddresses } = asked.Destination;
    if ([Subject.Data, asked.FromEmailAddress, ...ToAddresses, ...asked.ReplyToAddresses].some(hasControl)) {
      throw new Refusal("BadRequestException", "A header has a control character.");
    }
    const strange = [...ToAddresses, ...asked.ReplyToAddresses].find((to) => !isAddress(addressOf(to)));
    if (strange !== undefined) throw new Refusal("BadRequestException", `Illegal address: ${strange}`);
    if (!Body.Text && !Body.Html) throw new Refusal("BadRequestException", "A mail needs a body.");
    if (!account.enabled) throw new Refusal("SendingPausedException", "Email sending is disabled.");
    checkPace();
    const id = randomUUID();
    journal.put(id, {
      id,
      at: new Date(options.now()).toISOString(),
      from: asked.FromEmailAddress,
      to: ToAddresses,
      replyTo: asked.ReplyToAddresses,
      subject: Subject.Data,
      text: Body.Text?.Data ?? "",
      html: Body.Html?.Data ?? "",
      headers: Object.fromEntries(Headers.map(({ Name, Value }) => [Name, Value])),
    });
    for (const to of ToAddresses) {
      const event = asked.ConfigurationSetName && sesEvent(id, asked, addressOf(to), options.now());
      if (event) options.tell?.(event);
    }
    return { MessageId: id };
  };

  const getAccount = (): object => ({
    DedicatedIpAutoWarmupEnabled: false,
    EnforcementStatus: "HEALTHY",
    ProductionAccessEnabled: !account.sandbox,
    SendingEnabled: account.enabled,
    SendQuota: { Max24HourSend: account.perDay, MaxSendRate: account.perSecond, SentLast24Hours: sentLastDay() },
  });

  const getIdentity = (identity: string): object => {
    const domain = domainOf(options.from);
    if (identity !== domain) throw new Refusal("NotFoundException", `Email identity ${identity} does not exist.`, 404);
    const status = account.recordsFound ? "SUCCESS" : "PENDING";
    return {
      IdentityType: "DOMAIN",
      FeedbackForwardingStatus: true,
      VerifiedForSendingStatus: account.recordsFound,
      DkimAttributes: {
        SigningEnabled: true,
        SigningAttributesOrigin: "AWS_SES",
        Status: status,
        Tokens: ["local1", "local2", "local3"],
      },
      MailFromAttributes: {
        BehaviorOnMxFailure: "USE_DEFAULT_VALUE",
        MailFromDomain: `mail.${domain}`,
        MailFromDomainStatus: status,
      },
    };
  };

  return {
    /** An operation of SES v2. `body`: what was sent, read where there is something. */
    handle: (method: string, path: string, body: () => unknown): object => {
      const asked = `${method} ${path}`;
      if (asked === "POST /v2/email/outbound-emails") return send(body());
      if (asked === "GET /v2/email/account") return getAccount();
      const identity = /^GET \/v2\/email\/identities\/([^/]+)$/.exec(asked)?.[1];
      if (identity !== undefined) return getIdentity(identity);
      throw unsupported("SES", asked);
    },
    /** SendEmail of SES v2. */
    send,
    account,
    /** All mail, oldest first. */
    list: (): Mail[] => [...journal.entries.values()],
    close: journal.close,
  };
};
