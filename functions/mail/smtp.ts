import { Readable } from "node:stream";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import * as z from "zod";
import { config } from "../platform/config.ts";
import type { Mail } from "./layout.ts";
import { MailFailure, type Transport } from "./transport.ts";

// SMTP (RFC 5321), for who hosts this without SES. A connection for each mail: there are few, and none is left hanging.

const connectMs = 10_000;
/** RFC 5321 §4.5.3.2 asks for more patience; a function of ours has not got it, and a server that answers at all does so in this. */
const silenceMs = 30_000;
const usualPerSecond = 5;

const Told = z.object({
  code: z
    .string()
    .regex(/^[\w.-]{1,100}$/)
    .catch("Error"),
  responseCode: z.number().int().min(400).max(599).optional().catch(undefined),
  command: z.string().optional().catch(undefined),
});

/** "No such mailbox here" and the like, in answer to RCPT (RFC 5321 §4.2.3). */
const noMailbox = [550, 551, 553];

/** `began`: our mail, or a part of it, was on its way. */
const mailFailure = (error: unknown, began: boolean): MailFailure => {
  const told = Told.safeParse(error);
  if (!told.success) return new MailFailure(began ? "unknown" : "unsent", "Error");
  const { code, responseCode, command } = told.data;
  // The server said what it did with it: 4xx for now, 5xx for good (RFC 5321 §4.2.1); not so when the login or the greeting failed.
  if (responseCode === undefined) return new MailFailure(began ? "unknown" : "unsent", code);
  const aboutTheMail = code === "EENVELOPE" || code === "EMESSAGE";
  const isForGood = responseCode >= 500 && aboutTheMail;
  return new MailFailure(
    isForGood ? "refused" : "unsent",
    `${code} ${responseCode}`,
    isForGood && command === "RCPT TO" && noMailbox.includes(responseCode),
  );
};

const compose = ({ to, from, replyTo, subject, text, html, headers }: Mail): Promise<Buffer> =>
  new MailComposer({
    from: { name: from, address: config.mailFrom() },
    to: { name: "", address: to },
    ...(replyTo === undefined ? {} : { replyTo }),
    subject,
    text,
    html,
    headers,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();

/** Node's callbacks as promises, of which a lost connection may end any. */
const deliver = (connection: SMTPConnection, server: Server, to: string, message: Readable): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.once("error", reject);
    connection.once("end", () => reject(Object.assign(new Error("The connection ended."), { code: "ECONNECTION" })));
    const send = () =>
      connection.send({ from: config.mailFrom(), to: [to] }, message, (error) => (error ? reject(error) : resolve()));
    connection.connect((error) => {
      if (error) reject(error);
      else if (server.user === undefined) send();
      else
        connection.login({ user: server.user, pass: server.pass }, (refused) => (refused ? reject(refused) : send()));
    });
  });

type Server = {
  host: string;
  port: number;
  secure: boolean;
  user: string | undefined;
  pass: string;
  perSecond: number;
  requireTLS: boolean;
};

/** `smtps://user:password@host:465` speaks TLS at once; `smtp:` asks for it (STARTTLS) before it logs in. `?rate=`: mails a second. */
export const parseServer = (address: string): Server => {
  const { protocol, hostname, port, username, password, searchParams } = new URL(address);
  const secure = protocol === "smtps:";
  const user = username === "" ? undefined : decodeURIComponent(username);
  return {
    host: hostname,
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    user,
    pass: decodeURIComponent(password),
    perSecond: z.coerce
      .number()
      .positive()
      .parse(searchParams.get("rate") ?? usualPerSecond),
    // A password never crosses a network in clear.
    requireTLS: !secure && user !== undefined && !isLoopback(hostname),
  };
};
const isLoopback = (host: string): boolean => host === "localhost" || host.startsWith("127.") || host === "[::1]";

export const bySmtp = (address: string): Transport => {
  const server = parseServer(address);
  const { host, port, secure, requireTLS, perSecond } = server;
  return {
    allowance: async () => ({ perSecond, perDay: undefined, sentLastDay: 0 }),
    send: async (mail) => {
      const bytes = await compose(mail);
      let began = false;
      // Read once the server has said to go on (354), and not before.
      const message = Readable.from(
        (function* () {
          began = true;
          yield bytes;
        })(),
      );
      const connection = new SMTPConnection({
        host,
        port,
        secure,
        requireTLS,
        connectionTimeout: connectMs,
        greetingTimeout: connectMs,
        socketTimeout: silenceMs,
      });
      try {
        await deliver(connection, server, mail.to, message);
      } catch (error) {
        throw mailFailure(error, began);
      } finally {
        connection.close();
      }
    },
  };
};
