import { config } from "../platform/config.ts";

// Cookies of people who run a workspace. With https their names start with __Host-, so that no neighbouring host can set them.

const isSecure = (): boolean => config.publicUrl().startsWith("https:");
const nameOf = (name: string): string => (isSecure() ? `__Host-${name}` : name);

const cookie = (name: string, value: string, seconds: number): string =>
  `${nameOf(name)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${isSecure() ? "; Secure" : ""}`;

export const sessionCookie = (token: string): string => cookie("session", token, 12 * 3600);
export const noSession = (): string => cookie("session", "", 0);
/** Which form a browser was shown: nobody else can send it in its name. */
export const shownCookie = (nonce: string): string => cookie("sign-in", nonce, 3600);

export const sessionIn = (cookies: Readonly<Record<string, string>>): string | undefined =>
  cookies[nameOf("session")] || undefined;
export const shownIn = (cookies: Readonly<Record<string, string>>): string | undefined =>
  cookies[nameOf("sign-in")] || undefined;

/** What is remembered while somebody is at an issuer's. */
export const journeyCookie = (token: string): string => cookie("openid", token, 600);
export const noJourney = (): string => cookie("openid", "", 0);
export const journeyIn = (cookies: Readonly<Record<string, string>>): string | undefined =>
  cookies[nameOf("openid")] || undefined;
