import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/workspaces.ts";
import { Line } from "../platform/input.ts";
import { Bytes, versionOf } from "../platform/table.ts";

// With which OpenID Connect issuer the members of a workspace may sign in, beside a mailed link.

const Domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/, "A domain such as example.nl.");

export const SignInWith = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("on"),
    workspaceId: z.string(),
    issuer: z.string(),
    clientId: z.string(),
    /** Sealed; in no answer. */
    clientSecret: Bytes,
    domains: z.array(z.string()),
  }),
  z.object({ status: z.literal("off"), workspaceId: z.string() }),
]);
export type SignInWith = z.infer<typeof SignInWith>;
export type Issuer = Extract<SignInWith, { status: "on" }>;

/** An answer of an issuer that was used; its state works once. `by`: the request that used it; before 0.2.0 nothing said so. */
export const OpenIdState = z.object({
  workspaceId: z.string(),
  hash: z.string(),
  until: z.iso.datetime(),
  by: z.string().optional(),
});
export type OpenIdState = z.infer<typeof OpenIdState>;

export const NewIssuer = z.strictObject({
  issuer: z
    .url()
    .max(500)
    .refine((url) => !/[?#]/.test(url), "An issuer has no query and no fragment (OpenID Connect Discovery 1.0).")
    .describe("Its /.well-known/openid-configuration is read at once, and must name it exactly like this."),
  clientId: Line(200),
  clientSecret: Line(500).describe("It is in no answer."),
  domains: z.array(Domain).min(1).max(20).describe("Only mail addresses of these domains sign in with it."),
});

export const useIssuer = (asked: Omit<Issuer, "status">, before: SignInWith | undefined): [Issuer, DomainEvent[]] => [
  { ...before, ...asked, status: "on" },
  [event("workspace.changed", { workspaceId: asked.workspaceId, fields: ["signIn"] })],
];

export const forgetIssuer = ({ workspaceId }: Issuer): [SignInWith, DomainEvent[]] => [
  { status: "off", workspaceId },
  [event("workspace.changed", { workspaceId, fields: ["signIn"] })],
];

export const isOfDomain = (address: string, domains: readonly string[]): boolean =>
  domains.includes(address.slice(address.lastIndexOf("@") + 1));

export const IssuerView = z
  .object({
    issuer: z.string(),
    clientId: z.string(),
    domains: z.array(z.string()),
    signInUrl: z.url().describe("Where members of this workspace sign in with it."),
    redirectUrl: z.url().describe("What the issuer must allow for this client."),
    version: z.number().int(),
  })
  .meta({ id: "Issuer" });

export const viewIssuer = (from: Issuer, publicUrl: string): z.infer<typeof IssuerView> => ({
  issuer: from.issuer,
  clientId: from.clientId,
  domains: from.domains,
  signInUrl: `${publicUrl}/sign-in/with/${from.workspaceId}`,
  redirectUrl: `${publicUrl}${callbackPath}`,
  version: versionOf(from),
});

export const callbackPath = "/sign-in/callback";

export const isOn = (known: SignInWith | undefined): Issuer | undefined => (known?.status === "on" ? known : undefined);
