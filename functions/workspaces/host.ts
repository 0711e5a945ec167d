import * as z from "zod";
import type { DomainEvent } from "../events/event.ts";
import { event } from "../events/workspaces.ts";
import { config } from "../platform/config.ts";
import { type FieldError, refuse } from "../platform/errors.ts";
import type { Workspace } from "./workspace.ts";

// A host of one's own: its DNS says whose it is, and that it leads here. Links use it once this installation serves it, for
// which its operator deploys with it (-c hosts=…): a certificate must name it.

export const Host = z.discriminatedUnion("status", [
  z.object({ status: z.literal("pending"), host: z.string(), token: z.string(), addedAt: z.iso.datetime() }),
  z.object({
    status: z.literal("verified"),
    host: z.string(),
    token: z.string(),
    addedAt: z.iso.datetime(),
    verifiedAt: z.iso.datetime(),
  }),
]);
export type Host = z.infer<typeof Host>;
type WithHost = Workspace & { host: Host };

/** RFC 1123, section 2.1: labels of letters, digits and hyphens; the last one is no number. */
const hostName = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/;

export const HostName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(hostName, "Give a host, e.g. acties.example.nl.")
  .describe("A name below your own domain, e.g. acties.example.nl; a domain itself takes no CNAME record.");

const isServed = (host: Host): boolean => host.status === "verified" && config.hosts().includes(host.host);

/** Where a workspace's pages are, without a slash at the end: its own host as soon as that works, or else ours. */
export const urlOf = ({ host }: Pick<Workspace, "host">): string =>
  host && isServed(host) ? `https://${host.host}` : config.publicUrl();

const ourHost = (): string => new URL(config.publicUrl()).hostname;

// ── Decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Asks for a host; one that was asked for and not verified makes place. `token`: to be shown in its DNS. */
export const addHost = (workspace: Workspace, host: string, token: string, now: string): [WithHost, DomainEvent[]] => {
  if (host === ourHost() || host.endsWith(`.${ourHost()}`))
    return refuse("host_unusable", "This host is ours. Use one below your own domain.", [
      { pointer: "#/host", detail: "It belongs to this installation." },
    ]);
  const before = workspace.host;
  if (before?.host === host) return [{ ...workspace, host: before }, []];
  if (before?.status === "verified")
    return refuse("host_taken", `This workspace has ${before.host}. Remove that first: DELETE /v1/workspace/host.`);
  return [
    { ...workspace, host: { status: "pending", host, token, addedAt: now } },
    [event("host.added", { workspaceId: workspace.workspaceId, host })],
  ];
};

/** What was found in the DNS. */
export type Found = { texts: readonly string[]; aliases: readonly string[] };

type DnsRecord = { type: "CNAME" | "TXT"; name: string; value: string };

/** What has to stand in the DNS: that it leads here, and whose it is. */
export const recordsOf = ({ host, token }: Host): [leads: DnsRecord, owns: DnsRecord] => [
  { type: "CNAME", name: host, value: ourHost() },
  { type: "TXT", name: `_samenspraak.${host}`, value: token },
];

/** Refuses `host_not_ready`, with each record that is not there. */
export const verifyHost = (workspace: WithHost, found: Found, now: string): [WithHost, DomainEvent[]] => {
  const { host } = workspace;
  if (host.status === "verified") return [workspace, []];
  const [leads, owns] = recordsOf(host);
  const missing = [
    ...(found.aliases.includes(leads.value) ? [] : [leads]),
    ...(found.texts.includes(owns.value) ? [] : [owns]),
  ];
  if (missing.length > 0) {
    const errors = missing.map(({ type, name, value }): FieldError => {
      const seen = type === "TXT" ? found.texts : found.aliases;
      const instead =
        seen.length === 0 ? "There is none yet" : `Now it is ${seen.slice(0, 3).join(", ").slice(0, 200)}`;
      return { pointer: "#/host", detail: `${name} needs a ${type} record ${value}. ${instead}.` };
    });
    return refuse("host_not_ready", "The DNS does not say so yet. A change there may take an hour to be seen.", errors);
  }
  return [
    { ...workspace, host: { ...host, status: "verified", verifiedAt: now } },
    [event("host.verified", { workspaceId: workspace.workspaceId, host: host.host })],
  ];
};

export const removeHost = (workspace: WithHost): [Workspace, DomainEvent[]] => [
  { ...workspace, host: undefined },
  [event("host.removed", { workspaceId: workspace.workspaceId, host: workspace.host.host })],
];

/** Refuses `host_not_set`. */
export const withHost = (workspace: Workspace): WithHost =>
  workspace.host
    ? { ...workspace, host: workspace.host }
    : refuse("host_not_set", "This workspace has no host of its own. Add one: POST /v1/workspace/host.");

// ── What is shown ───────────────────────────────────────────────────────────────────────────────────────────────────

export const HostView = z
  .object({
    host: z.string(),
    status: z
      .enum(["pending", "verified", "active"])
      .describe(
        "`pending`: set the records, then verify. `verified`: the operator of this installation is to deploy with it. `active`: every link uses it.",
      ),
    records: z.array(z.object({ type: z.string(), name: z.string(), value: z.string() })).describe("For its DNS."),
    addedAt: z.iso.datetime(),
    verifiedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "WorkspaceHost" });

export const viewHost = ({ host }: WithHost): z.infer<typeof HostView> => ({
  host: host.host,
  status: isServed(host) ? "active" : host.status,
  records: recordsOf(host),
  addedAt: host.addedAt,
  ...(host.status === "verified" ? { verifiedAt: host.verifiedAt } : {}),
});
