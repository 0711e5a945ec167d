import { Resolver } from "node:dns/promises";
import * as z from "zod";
import { config } from "../platform/config.ts";
import { drop } from "../platform/drop.ts";
import { found } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { Address } from "../platform/input.ts";
import { type Change, put } from "../platform/table.ts";
import { insteadOf } from "../platform/version.ts";
import { hashesOf } from "./address.ts";
import { identityOf } from "./identity.ts";
import { account } from "./ses.ts";
import { domainOf, type Facts, MailView, mailStanding } from "./standing.ts";
import { allow, SuppressionView, suppress, viewSuppression } from "./suppression.ts";
import {
  bounced,
  findBounced,
  findSuppression,
  findSuppressionById,
  listSuppressions,
  suppressedCount,
  suppressions,
} from "./table.ts";

const params = z.strictObject({ suppressionId: Id("suppression") });
const body = z.strictObject({ address: Address });

const nothingThere = ["ENOTFOUND", "ENODATA"];
const DnsError = z.object({ code: z.string() });

/** The texts at a name; undefined where the DNS does not answer. */
const textsAt = async (name: string): Promise<string[] | undefined> => {
  const resolver = new Resolver({ timeout: 1_500, tries: 1 });
  const server = config.dnsServer();
  if (server) resolver.setServers([server]);
  try {
    return (await resolver.resolveTxt(name)).map((parts) => parts.join(""));
  } catch (error) {
    return nothingThere.includes(DnsError.parse(error).code) ? [] : undefined;
  }
};

const factsOf = async (workspaceId: string, now: string): Promise<Facts> => {
  const suppressed = await suppressedCount(workspaceId, now);
  const from = config.canMail() ? config.mailFrom() : undefined;
  const common = { region: config.region(), from, suppressed };
  if (!from) return { ...common, transport: "none" };
  if (config.mailTransport() !== "ses") return { ...common, transport: "smtp" };
  const domain = domainOf(from);
  const [stands, identity, dmarc] = await Promise.all([account(), identityOf(domain), textsAt(`_dmarc.${domain}`)]);
  return { ...common, transport: "ses", account: stands, identity, dmarc };
};

export const routes = {
  readMail: route({
    method: "GET",
    path: "/v1/workspace/mail",
    access: "workspace:read",
    summary:
      "How mail stands, and what is still missing so that it arrives: DNS records, the sandbox of SES, the quota.",
    returns: MailView,
    run: async ({ workspaceId, now }) => mailStanding(await factsOf(workspaceId, now)),
  }),
  listSuppressions: list({
    method: "GET",
    path: "/v1/workspace/mail/suppressions",
    access: "workspace:read",
    summary: "The addresses that get no mail, in an order that tells nothing. The addresses themselves are not kept.",
    item: SuppressionView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await listSuppressions(workspaceId, list, now);
      return { items: items.map(viewSuppression), next };
    },
  }),
  createSuppression: route({
    method: "POST",
    path: "/v1/workspace/mail/suppressions",
    access: "workspace:write",
    summary: "Mails an address no more, because its owner asked. One that is not mailed already is given as it stands.",
    status: 201,
    body,
    returns: SuppressionView,
    run: async ({ workspaceId, body, now, save }) => {
      const { address: hash, everywhere } = await hashesOf(workspaceId, body.address, now);
      const known = await findSuppression(workspaceId, hash, now);
      const suppressionId = newId("suppression", now);
      const [next, events] = suppress(known, { workspaceId, suppressionId, hash, everywhere, reason: "asked" }, now);
      if (events.length === 0) return viewSuppression(next);
      const change = put(suppressions, insteadOf(known ?? {}, next), events);
      return save([change], viewSuppression(change.after));
    },
  }),
  findSuppression: route({
    method: "POST",
    path: "/v1/workspace/mail/suppressions/find",
    access: "workspace:read",
    summary: "The suppression of an address, for who knows the address: why it gets no mail, and since when.",
    body,
    returns: SuppressionView,
    refuses: ["not_found"],
    run: async ({ workspaceId, body, now }) => {
      const { address } = await hashesOf(workspaceId, body.address, now);
      const known = await findSuppression(workspaceId, address, now);
      return viewSuppression(found(known?.status === "active" ? known : undefined, "suppression"));
    },
  }),
  readSuppression: route({
    method: "GET",
    path: "/v1/workspace/mail/suppressions/{suppressionId}",
    access: "workspace:read",
    summary: "Why an address gets no mail, and since when.",
    params,
    returns: SuppressionView,
    run: async ({ workspaceId, params, now }) =>
      viewSuppression(found(await findSuppressionById(workspaceId, params.suppressionId, now), "suppression")),
  }),
  endSuppression: route({
    method: "DELETE",
    path: "/v1/workspace/mail/suppressions/{suppressionId}",
    access: "workspace:write",
    summary:
      "Mails an address again, because its owner asked or its mailbox works again. If it does not, it is back soon.",
    status: 204,
    params,
    refuses: ["stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const suppression = found(await findSuppressionById(workspaceId, params.suppressionId, now), "suppression");
      expect(suppression);
      const [ended, events] = allow(suppression, now);
      const everywhere = await findBounced(suppression.everywhere, now);
      const changes: Change[] = [put(suppressions, insteadOf(suppression, ended), events)];
      if (everywhere) changes.push(drop(bounced, everywhere));
      return save(changes, undefined);
    },
  }),
};

export const handler = api(routes);
