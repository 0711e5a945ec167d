import { randomBytes } from "node:crypto";
import * as z from "zod";
import { mailboxOf } from "../mail/mailbox.ts";
import { days, later, seconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { refuse } from "../platform/errors.ts";
import { checkForm, formToken, type Visit } from "../platform/page.ts";
import { derive, hmac, openToken, sealToken } from "../platform/secrets.ts";
import { networkOf } from "../polls/response.ts";
import type { Used } from "./board.ts";
import { byAddress, whoIs } from "./support.ts";

// Who is here. By device: a browser's is a random number in a cookie of this board, which its forms carry too, sealed, so that the
// same form sent twice is one also where cookies are off; an app's is a number of its own choice. By address: a code is mailed
// once, and afterwards a cookie knows the address, encrypted.

export type Here = Pick<Visit, "now" | "cookies" | "speak" | "owner">;

const deviceName = "device";
const mineName = "mine";
export const Device = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,64}$/, "Use 16 to 64 letters, digits, hyphens and underscores.");
const deviceIn = ({ cookies }: Here): string | undefined => Device.safeParse(cookies[deviceName]).data;
const newDevice = (): string => randomBytes(16).toString("base64url");

const lifeMs = days(180);

const cookie = (slug: string, name: string, value: string): string =>
  `${name}=${value}; Path=/i/${slug}; Max-Age=${lifeMs / seconds(1)}; HttpOnly; SameSite=Lax${config.publicUrl().startsWith("https:") ? "; Secure" : ""}`;

/** What people are hashed with on this board. */
export const pepperOf = (board: Used): Promise<Buffer> =>
  derive(board.workspaceId, `idea-person/${board.pepper}`, board.pepper);

const mine = ({ boardId }: Used): string => `board-mine ${boardId}`;
/** Remembers in the browser that this address was proved here. */
export const mineCookie = async (board: Used, address: string, now: string): Promise<string> =>
  cookie(board.slug, mineName, await sealToken(board.workspaceId, mine(board), later(now, lifeMs), address));

/** The address that was proved in this browser. */
export const addressHere = async (board: Used, { cookies, now }: Here): Promise<string | undefined> => {
  const token = cookies[mineName];
  if (board.tier !== "email" || token === undefined) return undefined;
  const opened = await openToken(board.workspaceId, mine(board), token, z.string(), now);
  return opened.state === "valid" ? opened.data : undefined;
};

export const whoByAddress = async (board: Used, address: string): Promise<string> =>
  whoIs(board, await pepperOf(board), byAddress(mailboxOf(address)));

/** Who the reader is, where the browser knows it. */
export const whoHere = async (board: Used, here: Here): Promise<string | undefined> => {
  if (board.tier === "email") {
    const address = await addressHere(board, here);
    return address === undefined ? undefined : whoByAddress(board, address);
  }
  const device = deviceIn(here);
  return device === undefined ? undefined : whoIs(board, await pepperOf(board), device);
};

/** The token that the forms of one page carry, and the cookie that goes with it. */
export const formOf = async (board: Used, here: Here): Promise<{ token: string; cookies: string[] }> => {
  const device = deviceIn(here) ?? newDevice();
  return {
    token: await formToken(board.workspaceId, "board", board.boardId, here.now, device),
    cookies: board.tier === "device" ? [cookie(board.slug, deviceName, device)] : [],
  };
};

export const sentFields = {
  /** The token of a form that a page showed. */
  form: z.string().max(2000).optional(),
  device: Device.optional().describe("An app's own random number for its user, the same at every attempt."),
  email: z.string().max(300).optional().describe("Where an address makes a person: a code is mailed to it."),
  code: z.string().max(30).optional().describe("The code that was mailed."),
};
export type Sent = { [N in "form" | "device" | "email" | "code"]?: string | undefined };

/** Somebody who sends something. `address`: theirs, where it is proved. */
export type Sender = { who: string; address?: string; cookies: string[]; network: string };

const markOf = (board: Used, pepper: Uint8Array, address: string): string =>
  hmac(pepper, `${board.boardId}\0network ${networkOf(address)}`)
    .subarray(0, 6)
    .toString("base64url");

type Sending = Here & Pick<Visit, "address"> & { form: Sent };

const deviceNeeded = (): never =>
  refuse("invalid_input", "Say which device this is, so that a repeated request is still one.", [
    { pointer: "#/device", detail: "Required, unless a form of the page is sent." },
  ]);

/** Who sends something; undefined where a code is mailed, and still to be given. Refuses a wrong code. */
export const senderOf = async (board: Used, sending: Sending): Promise<Sender | undefined> => {
  const { form, now, speak } = sending;
  const shown =
    form.form === undefined ? undefined : await checkForm(board.workspaceId, "board", board.boardId, form.form, now);
  const pepper = await pepperOf(board);
  const network = markOf(board, pepper, sending.address);
  if (board.tier === "device") {
    const device = shown === undefined ? (form.device ?? deviceNeeded()) : (deviceIn(sending) ?? shown);
    return { who: whoIs(board, pepper, device), network, cookies: [cookie(board.slug, deviceName, device)] };
  }
  const known = await addressHere(board, sending);
  if (known !== undefined) return { who: await whoByAddress(board, known), address: known, network, cookies: [] };
  const { addressIn, isCode, mailCode } = await import("./code.ts");
  const email = addressIn(form.email);
  if (form.code === undefined || form.code.trim() === "") {
    await mailCode(board, email, speak(board.language), now);
    return undefined;
  }
  if (!(await isCode(board, email, form.code, now)))
    refuse("invalid_input", "This is not the code that was mailed to this address.", [
      { pointer: "#/code", detail: "Give the code of the newest mail." },
    ]);
  return {
    who: await whoByAddress(board, email),
    address: email,
    network,
    cookies: [await mineCookie(board, email, now)],
  };
};
