import { createChallenge, verifySolution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import * as z from "zod";
import { derive, hmac } from "../platform/secrets.ts";
import type { Published } from "./contest.ts";

// Proof of work: the browser of whoever confirms computes for about a second (ALTCHA, proof of work 2). The challenge is
// signed and kept nowhere, and holds for one person in one contest: given again it proves the same of the same entry, and
// nobody has two. It makes entries cost something; it stops nobody who pays for it, and whoever runs no script enters without.
// This file is asked for where somebody confirms, so that the other pages start without it.

/** 256 attempts are needed on average, each of so many rounds of PBKDF2. */
const work = { algorithm: "PBKDF2/SHA-256", cost: 2000, keyPrefix: "00" } as const;

const secretOf = async ({ workspaceId, linkKey }: Published): Promise<string> =>
  (await derive(workspaceId, `proof/${linkKey}`, linkKey)).toString("hex");

/** For whom a challenge is; it tells nobody who. */
const forWhom = (secret: string, { contestId }: Published, identity: string): string =>
  hmac(Buffer.from(secret), `${contestId}\0${identity}`).subarray(0, 12).toString("base64url");

/** What the widget solves, as JSON. */
export const newChallenge = async (contest: Published, identity: string): Promise<string> => {
  const secret = await secretOf(contest);
  const data = { for: forWhom(secret, contest, identity) };
  return JSON.stringify(await createChallenge({ ...work, data, deriveKey, hmacSignatureSecret: secret }));
};

const hex = z.string().regex(/^(?:[0-9a-f]{2}){1,64}$/);
const Payload = z.object({
  challenge: z.object({
    parameters: z.looseObject({
      algorithm: z.literal(work.algorithm),
      nonce: hex,
      salt: hex,
      cost: z.literal(work.cost),
      keyLength: z.number().int(),
      keyPrefix: z.literal(work.keyPrefix),
      data: z.object({ for: z.string() }),
    }),
    signature: z.string(),
  }),
  solution: z.object({ counter: z.number().int(), derivedKey: hex, time: z.number().optional() }),
});

const decoded = (payload: string): unknown => {
  try {
    return JSON.parse(Buffer.from(payload, "base64").toString());
  } catch {
    return undefined; // Not JSON is no proof.
  }
};

/** Whether a challenge of ours for this person was solved. `payload`: what the widget sends, base64 of JSON. */
export const isProven = async (contest: Published, identity: string, payload: string | undefined): Promise<boolean> => {
  const { data: given } = Payload.safeParse(decoded(payload ?? ""));
  if (!given) return false;
  const secret = await secretOf(contest);
  if (given.challenge.parameters.data.for !== forWhom(secret, contest, identity)) return false;
  const { challenge, solution } = given;
  const { verified } = await verifySolution({ challenge, solution, deriveKey, hmacSignatureSecret: secret });
  return verified;
};
