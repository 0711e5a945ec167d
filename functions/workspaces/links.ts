import * as z from "zod";
import { later } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { refuse } from "../platform/errors.ts";
import { openToken, sealToken } from "../platform/secrets.ts";
import { Language } from "../platform/words.ts";
import type { Invited } from "./member.ts";
import { system, systemReady } from "./person.ts";
import { type Asking, linkMs } from "./sign-in.ts";

// The links that are mailed to people. What a link carries is in it, encrypted.

/** To sign in: whose, and which of their links. */
const SignInLink = z.object({ p: z.string(), n: z.string(), l: Language });
/** To join: as which member of which workspace, by which invitation. */
const JoinLink = z.object({ w: z.string(), m: z.string(), l: Language });

export const pathOf = (path: string, language: Language, t?: string): string =>
  `${path}?${new URLSearchParams({ ...(t === undefined ? {} : { t }), lang: language })}`;

const urlOf = (path: string, t: string): string => `${config.publicUrl()}${path}?t=${t}`;

export const signInUrl = async ({ person, link, language, askedAt }: Asking): Promise<string> => {
  const carried: z.input<typeof SignInLink> = { p: person, n: link, l: language };
  return urlOf("/sign-in/confirm", await sealToken(system, "sign-in", later(askedAt, linkMs), carried));
};

export const joinUrl = async ({ workspaceId, memberId, language, invitationEndsAt }: Invited): Promise<string> => {
  const carried: z.input<typeof JoinLink> = { w: workspaceId, m: memberId, l: language };
  return urlOf("/join", await sealToken(system, "join", invitationEndsAt, carried));
};

/** Refuses `link_ended` where it was altered or is over. */
export const openSignIn = async (t: string, now: string) => {
  const { p, n, l } = await openLink("sign-in", t, SignInLink, now);
  return { person: p, link: n, language: l };
};
export const openJoin = async (t: string, now: string) => {
  const { w, m, l } = await openLink("join", t, JoinLink, now);
  return { workspaceId: w, memberId: m, language: l };
};

const openLink = async <T>(purpose: string, t: string, schema: z.ZodType<T>, now: string): Promise<T> => {
  await systemReady(now);
  const opened = await openToken(system, purpose, t, schema, now);
  return opened.state === "valid"
    ? opened.data
    : refuse("link_ended", "This link is over, or was not copied completely.");
};
