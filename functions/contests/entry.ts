import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import { idBytes } from "../platform/ids.ts";
import { derive, open, seal } from "../platform/secrets.ts";
import { Bytes } from "../platform/table.ts";
import { Language } from "../platform/words.ts";
import { mostWaitMs, takes } from "./close.ts";
import { type Open, type Published, rulesOf, type Standing } from "./contest.ts";
import {
  entryCommit,
  pid,
  readReferralToken,
  receiptMessage,
  referralRef,
  referralToken,
  shardOf,
} from "./entering.ts";
import { nodeSha256 } from "./hash.ts";
import { mailboxOf, perMailbox } from "./mailbox.ts";
import { keptUntil } from "./retention.ts";
import type { Evidence } from "./verify.ts";

const lasting = {
  workspaceId: z.string(),
  contestId: z.string(),
  shard: z.number().int(),
  /** The keyed hash of who it is: one person, one row. It leaves the table in no form. */
  pid: Bytes,
  id: z.string(),
  /** Hides the identity in the ledger; kept, so that sealing reads and does not decrypt. */
  commit: Bytes,
  /** When the gateway received the confirmation, Unix milliseconds. */
  enteredAt: z.number().int(),
  /** It takes no part: the code of the reason (exclusions.ts). It does not change once the entries are frozen. */
  excluded: z.number().int().optional(),
  /** Unix seconds: then the row goes (retention.ts). Entries of before it was kept go when their contest is cleared. */
  keptUntil: z.number().int().optional(),
};

/** One person in one contest. The row is itself the event `entry.accepted`; it costs one write of at most 1 KB. */
export const Entry = z.object({
  ...lasting,
  salt: Bytes,
  /** The canonical identity, sealed. */
  identity: Bytes,
  /** The `ref` of who brought it, base64url. It never changes. */
  referrer: z.string().optional(),
  /** SHA-256 of the terms that were shown and agreed to. */
  terms: Bytes,
  /** The bonuses it has earned, as bits (bonus.ts). */
  bonus: z.number().int().optional(),
  /** Codes that were given later and open none: three bytes each (bonus.ts). */
  wrongCodes: Bytes.optional(),
  /** In which it was entered. Entries of before it was kept have none. */
  language: Language.optional(),
  /** Where the link stood that brought it, as it said (sources.ts). */
  via: z.string().optional(),
  /** That they want the newsletter: what keep-consent.ts needs to write it down. */
  consent: Bytes.optional(),
  /** What makes it doubtful, as codes (guard.ts). */
  risk: z.array(z.number().int()).optional(),
  /** Four bytes, the same for entries from one network while the contest's salt lives (guard.ts). */
  network: Bytes.optional(),
  withdrawnAt: z.iso.datetime().optional(),
  /** Its erasure was asked for while the entries were being counted: it is erased then. */
  erasesAt: z.iso.datetime().optional(),
});
export type Entry = z.infer<typeof Entry>;

/**
 * What is left of an entry whose person asked to be erased: nothing that tells who it was. The keyed hash stays, so that old
 * links are known to have ended; the commit stays, so that the sealed list still adds up.
 */
export const Erased = z.object({ status: z.literal("erased"), ...lasting, erasedAt: z.iso.datetime() });
export type Erased = z.infer<typeof Erased>;
export type Row = Entry | Erased;
export const isErased = (row: Row): row is Erased => "status" in row;

export const identityOf = (address: string): string => `email:${address}`;
/** Who an address is in a contest: which addresses are one mailbox is the published rules' to say. */
export const identityFor = (contest: Published, address: string): string =>
  identityOf(rulesOf(contest).onePerson === perMailbox ? mailboxOf(address) : address);
export const addressOf = (identity: string): string => identity.slice("email:".length);

/** What a contest keeps secret for its entries: the versions are pinned in it. */
export type EntryKeys = { contest16: Uint8Array; pepper: Uint8Array; linkKey: Uint8Array };
export const entryKeys = async (contest: Published): Promise<EntryKeys> => ({
  contest16: idBytes(contest.contestId),
  pepper: await derive(contest.workspaceId, `pepper/${contest.pepper}`, contest.pepper),
  linkKey: await derive(contest.workspaceId, `link/${contest.linkKey}`, contest.linkKey),
});

/** Where the row of a person is. */
export type Place = { workspaceId: string; contestId: string; shard: number; pid: Uint8Array };
export const placeOf = (
  contest: Pick<Open, "workspaceId" | "contestId" | "shards">,
  { contest16, pepper }: EntryKeys,
  identity: string,
): Place => {
  const hash = pid(pepper, contest16, identity, nodeSha256);
  return {
    workspaceId: contest.workspaceId,
    contestId: contest.contestId,
    shard: shardOf(hash, contest.shards),
    pid: hash,
  };
};

/** What the personal link of a person carries, base64url. */
export const refOf = ({ contest16, linkKey }: EntryKeys, pid: Uint8Array): string =>
  Buffer.from(referralRef(linkKey, contest16, pid, nodeSha256)).toString("base64url");

export const linkTokenOf = ({ contest16, linkKey }: EntryKeys, pid: Uint8Array): string =>
  referralToken(linkKey, contest16, referralRef(linkKey, contest16, pid, nodeSha256), nodeSha256);

/** The same of who is known by their `ref`. */
export const linkTokenOfRef = ({ contest16, linkKey }: EntryKeys, ref: string): string =>
  referralToken(linkKey, contest16, Buffer.from(ref, "base64url"), nodeSha256);

/** The `ref` behind a personal link, base64url; undefined where this contest gave out no such link. */
export const readLinkToken = ({ contest16, linkKey }: EntryKeys, token: string): string | undefined => {
  const ref = readReferralToken(linkKey, contest16, token, nodeSha256);
  return ref && Buffer.from(ref).toString("base64url");
};

const boundTo = ({ contestId, pid }: Place): string =>
  `${contestId}/${Buffer.from(pid).toString("base64url")}/identity`;
export const sealIdentity = (place: Place, identity: string): Promise<Buffer> =>
  seal(place.workspaceId, boundTo(place), identity);
export const openIdentity = async (entry: Place & Pick<Entry, "identity">): Promise<string> =>
  (await open(entry.workspaceId, boundTo(entry), entry.identity)).toString();

/**
 * Enters. `arrivedMs`: when the gateway received the confirmation, which decides. Refuses `contest_not_open`; throws where
 * it waited so long that the entries may be frozen before it is written.
 */
export const enter = (
  contest: Standing,
  asked: {
    place: Place;
    id: string;
    /** 32 random bytes. */
    salt: Uint8Array;
    identity: string;
    sealedIdentity: Uint8Array;
    referrer: string | undefined;
    bonus?: number | undefined;
    terms: Uint8Array;
    language: Language;
    via?: string | undefined;
    consent?: Uint8Array | undefined;
    risk?: readonly number[];
    network?: Uint8Array | undefined;
    arrivedMs: number;
  },
  now: string,
): Entry => {
  const { place, identity, sealedIdentity, referrer, bonus = 0, arrivedMs, id, salt, terms, language } = asked;
  const { via, consent, risk = [], network } = asked;
  if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
  if (milliseconds(now) - arrivedMs > mostWaitMs) throw new Error("An entry waited too long to be written.");
  return {
    ...place,
    id,
    salt,
    commit: entryCommit(salt, idBytes(contest.contestId), identity, nodeSha256),
    identity: sealedIdentity,
    ...(referrer === undefined ? {} : { referrer }),
    ...(bonus === 0 ? {} : { bonus }),
    enteredAt: arrivedMs,
    terms,
    language,
    ...(via === undefined ? {} : { via }),
    ...(consent === undefined ? {} : { consent }),
    ...(risk.length === 0 ? {} : { risk: [...risk] }),
    ...(network === undefined ? {} : { network }),
    ...(contest.drawAt === undefined ? {} : { keptUntil: milliseconds(keptUntil({ drawAt: contest.drawAt })) / 1000 }),
  };
};

// ── Receipts ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A new Ed25519 key: the private half as PKCS #8, the public half as 32 bytes in hex. */
export const newReceiptKey = (): { privateKey: Buffer; publicKey: string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { x } = z.object({ x: z.string() }).parse(publicKey.export({ format: "jwk" }));
  return {
    privateKey: privateKey.export({ format: "der", type: "pkcs8" }),
    publicKey: Buffer.from(x, "base64url").toString("hex"),
  };
};

const receiptKeyOf = (contestId: string): string => `${contestId}/receiptKey`;
export const sealReceiptKey = (workspaceId: string, contestId: string, privateKey: Uint8Array): Promise<Buffer> =>
  seal(workspaceId, receiptKeyOf(contestId), privateKey);
export const openReceiptKey = async (contest: Published): Promise<KeyObject> =>
  createPrivateKey({
    key: await open(contest.workspaceId, receiptKeyOf(contest.contestId), contest.receiptKey),
    format: "der",
    type: "pkcs8",
  });

/** Signed again it is the same signature (RFC 8032), so a receipt is not stored. `inLedger`: once it is sealed. */
export const evidenceOf = (
  contest: Published,
  entry: Entry,
  identity: string,
  key: KeyObject,
  inLedger?: Evidence["entry"],
): Evidence => {
  const message = receiptMessage(idBytes(contest.contestId), entry.commit, entry.enteredAt);
  return {
    identity,
    salt: Buffer.from(entry.salt).toString("hex"),
    receipt: { enteredAt: entry.enteredAt, signature: sign(null, message, key).toString("hex") },
    receiptKey: rulesOf(contest).receiptKey,
    ...(inLedger ? { entry: inLedger } : {}),
  };
};
