import { randomUUID } from "node:crypto";
import * as z from "zod";
import { openJournal } from "./journal.ts";
import { known, Refusal } from "./refusal.ts";

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
const SendEmail = z.strictObject({
  FromEmailAddress: z.string(),
  Destination: z.strictObject({ ToAddresses: z.array(z.string()).min(1).max(50) }),
  ReplyToAddresses: z.array(z.string()).default([]),
  Content: z.strictObject({
    Simple: z.strictObject({
      Subject: Part,
      Body: z.strictObject({ Text: Part.optional(), Html: Part.optional() }),
      Headers: z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]),
    }),
  }),
});

/** `Name <a@b>` → `a@b`. */
const addressOf = (mailbox: string): string => /<([^<>]+)>\s*$/.exec(mailbox)?.[1] ?? mailbox.trim();
const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);
const isAddress = (address: string): boolean => /^[^\s@<>]+@[^\s@<>]+$/.test(address);

/** SES: what is sent goes into a mailbox that everyone on this machine can read, and nowhere else. */
export const mailService = (options: { file?: string; now: () => number; from: string }) => {
  const journal = openJournal(options.file, Mail);
  return {
    /** SendEmail of SES v2. */
    send: (input: unknown): object => {
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
      return { MessageId: id };
    },
    /** All mail, oldest first. */
    list: (): Mail[] => [...journal.entries.values()],
    close: journal.close,
  };
};
