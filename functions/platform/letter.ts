import { randomUUID } from "node:crypto";
import type { SendMessageRequest, SendMessageResult } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { Operation } from "./aws.ts";
import type { Brand } from "./brand.ts";
import { hours, later } from "./clock.ts";
import { config } from "./config.ts";
import { open, seal } from "./secrets.ts";
import type { Language } from "./words.ts";

// How anything here mails somebody: it writes a letter and posts it. The letter goes into a queue, sealed, so that no queue
// and no dead letter tells who is written to, or what; mail/send.ts takes it out, at the pace that is allowed, and sends it.

export const needs = [{ mailQueue: ["sqs:SendMessage"] }] as const;

/** A part of a letter: a paragraph, a button, or facts by their labels. */
export type Block =
  | string
  | { button: string; url: string }
  | { facts: readonly (readonly [label: string, value: string])[] };

/** A mail that we write: to one person, in their language, in the workspace's brand. Text and HTML are made from its blocks. */
export type Letter = {
  brand: Brand;
  language: Language;
  /** A bare address. */
  to: string;
  /** The name that the reader sees; the brand's where it is not given. */
  from?: string;
  subject: string;
  blocks: readonly Block[];
  /** Nobody asked for it: whoever unsubscribed gets none, and everybody else can unsubscribe with one click. */
  marketing?: true;
};

/**
 * What is posted. `id` names it within its workspace, as `<what it is about>/<what it is>`, e.g. contest_01…/winner/0; it
 * is kept and told to the workspace, so it holds nothing of the reader.
 */
export type Posting = {
  id: string;
  letter: Letter;
  /** RFC 3339: when it is posted. */
  now: string;
  /**
   * For what people ask for again and again: the same id goes to the same address again where it is posted this long
   * after it went (milliseconds). Without it an id is mailed once, and never again.
   */
  againAfterMs?: number;
  /** RFC 3339: later than this it is of no use and is not sent. By default, and at most, a day after it is posted. */
  until?: string;
};

/** A posted letter on its way. The rest of it is sealed. */
export const Posted = z.object({
  workspaceId: z.string(),
  id: z.string(),
  /** This posting, however often the queue delivers it. */
  posting: z.string(),
  postedAt: z.iso.datetime(),
  until: z.iso.datetime(),
  againAfterMs: z.number().int().optional(),
  /** How often it was put back to be sent later. */
  putBack: z.number().int(),
  /** The letter, sealed, base64. */
  sealed: z.string(),
});
export type Posted = z.infer<typeof Posted>;

/** Whether it may be asked for again. */
export const hasAgain = (posted: Posted): posted is Posted & { againAfterMs: number } =>
  posted.againAfterMs !== undefined;

const usefulMs = hours(24);
const Id = z.string().regex(/^\w+(\/[\w.-]+)+$/, "An id of a letter is <what it is about>/<what it is>.");

const sendMessage = new Operation<SendMessageRequest, SendMessageResult>("AmazonSQS.SendMessage");

/** `delaySeconds`: at most 900. Queued twice (it is asked again where an answer was lost), it is one posting all the same. */
export const queue = async (posted: Posted, delaySeconds: number): Promise<void> => {
  await sendMessage.send({
    QueueUrl: config.mailQueue(),
    MessageBody: JSON.stringify(posted),
    DelaySeconds: delaySeconds,
  });
};

const bound = ({ id, posting }: Pick<Posted, "id" | "posting">): string => `letter ${id} ${posting}`;

/** Has a letter mailed, soon. Who posts learns nothing of what becomes of it; the workspace hears where it fails. */
export const post = async ({ id, letter, now, againAfterMs, until }: Posting): Promise<void> => {
  const { workspaceId } = letter.brand;
  const posting = randomUUID();
  const latest = later(now, usefulMs);
  const sealed = await seal(workspaceId, bound({ id: Id.parse(id), posting }), JSON.stringify(letter));
  const posted: Posted = {
    workspaceId,
    id,
    posting,
    postedAt: now,
    until: until !== undefined && until < latest ? until : latest,
    ...(againAfterMs === undefined ? {} : { againAfterMs }),
    putBack: 0,
    sealed: sealed.toString("base64"),
  };
  await queue(posted, 0);
};

/** It opens only where we sealed it, so it is a letter. */
const Sealed = z.custom<Letter>((value) => typeof value === "object" && value !== null);

export const letterOf = async (posted: Posted): Promise<Letter> => {
  const plain = await open(posted.workspaceId, bound(posted), Buffer.from(posted.sealed, "base64"));
  return Sealed.parse(JSON.parse(plain.toString()));
};
