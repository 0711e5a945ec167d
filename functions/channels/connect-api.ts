import * as z from "zod";
import { clock, milliseconds, seconds } from "../platform/clock.ts";
import { found } from "../platform/errors.ts";
import { api, parse, route } from "../platform/http.ts";
import { Id, newId, Slug } from "../platform/ids.ts";
import { Line } from "../platform/input.ts";
import { giveUpName, orSlugTaken, takeName } from "../platform/names.ts";
import { put } from "../platform/table.ts";
import { ChannelView, change, connect, connected, WhenUnknown } from "./channel.ts";
import type { Call, Connection, Connector } from "./connector.ts";
import { connectors } from "./connectors.ts";
import type { Account, Network } from "./network.ts";
import { networkOf, networks } from "./networks.ts";
import { noteHealth } from "./renew.ts";
import { show } from "./show.ts";
import { channels, connectionOf, findChannel, sealSecrets } from "./table.ts";
import { isTroubleCode, orRefuse, Trouble, troubles } from "./trouble.ts";

// Whatever asks a network: connecting, changing and testing a channel. Nothing is stored of a connection that does not work.

const ChannelPath = z.object({ channelId: Id("channel") });

const Name = Line(100).describe("Its title, on its page and in its feeds.");
const Handle = Slug.describe("Its public name: the page is `/@<handle>`.");
const Policy = WhenUnknown.describe(
  "What to do where nobody can tell whether a post stands there: leave it to a person (the default), or send it again.",
);

/** What connecting a channel on one network takes. */
const newChannelOn = ({ profile, settings, secrets }: Network) => {
  const shared = {
    network: z.literal(profile.name),
    name: Name,
    settings: settings.prefault({}),
    secrets: secrets.prefault({}).describe("Kept encrypted, and never shown."),
    whenUnknown: Policy.optional(),
  };
  return profile.named ? z.strictObject({ ...shared, handle: Handle }) : z.strictObject(shared);
};
const [first, ...others] = Object.values(networks).map(newChannelOn);
if (!first) throw new Error("There is no network.");
const NewChannel = z.discriminatedUnion("network", [first, ...others]);

const ChannelChange = z.strictObject({
  name: Name.optional(),
  handle: Handle.optional().describe("Of a channel with a page of ours."),
  settings: z.record(z.string(), z.unknown()).optional().describe("All settings, as the network takes them."),
  secrets: z.record(z.string(), z.unknown()).nullable().optional().describe("All secrets; null forgets them."),
  whenUnknown: Policy.optional(),
});

/** The same, with what only the channel's own network can judge. */
const ChangeOn = ({ profile, settings, secrets }: Network) =>
  z.object({
    ...(profile.named ? {} : { handle: z.undefined("Its name is that of its account at the network.").optional() }),
    settings: settings.optional(),
    // Without the secrets that it needs it does not work.
    secrets: (secrets.safeParse({}).success ? secrets.nullable() : secrets).optional(),
  });

const Trial = z
  .object({
    works: z.boolean(),
    problem: z.string().optional(),
    code: z.string().optional(),
    mend: z.string().optional().describe("The call that mends it."),
  })
  .meta({ id: "Trial" });

const connectorOf = (network: string): Connector => {
  const connector = connectors[network];
  if (!connector) throw new Error(`Nobody speaks to the network ${network}.`);
  return connector;
};

/** A renewal and a test fit an answer of 30 seconds. */
const mostMs = seconds(10);
const newCall = (): Call => ({
  signal: AbortSignal.timeout(mostMs),
  endsMs: clock.now() + mostMs,
  learn: () => undefined,
});

/** Tries a connection before anything of it is stored. Refuses with the trouble's code. */
const tried = (
  connector: Connector,
  to: Connection,
): Promise<{ account: Account; secrets: Record<string, unknown>; renewAt: string | undefined }> =>
  orRefuse(
    (async () => {
      const renewed = await connector.renew?.(to, newCall());
      const secrets = renewed?.secrets ?? to.secrets;
      const account = await connector.test({ ...to, secrets }, newCall());
      return { account, secrets, renewAt: renewed?.renewAt };
    })(),
  );

const troubleCodes = Object.keys(troubles).filter(isTroubleCode);

export const limits = { timeoutSeconds: 30 };

export const routes = {
  connectChannel: route({
    method: "POST",
    path: "/v1/channels",
    access: "channels:write",
    summary: "Connects a channel, once its network says that it works.",
    body: NewChannel,
    returns: ChannelView,
    status: 201,
    refuses: ["slug_taken", ...troubleCodes],
    run: async ({ workspaceId, body, now, save }) => {
      const { network, name, settings, whenUnknown } = body;
      const id = newId("channel", now);
      const asked = "handle" in body && typeof body.handle === "string" ? body.handle : undefined;
      const to = { workspaceId, channelId: id, handle: asked ?? "", settings, secrets: body.secrets };
      const { account, secrets, renewAt } = await tried(connectorOf(network), to);
      const isNamed = networkOf(network).profile.named;
      const handle = asked ?? account.handle;
      const [channel, events] = connect({
        workspaceId,
        id,
        network,
        name,
        handle,
        settings,
        connectedAt: now,
        ...(whenUnknown === undefined ? {} : { whenUnknown }),
        // Who we are on our own pages, the channel says itself.
        ...(isNamed ? {} : { account }),
        ...(renewAt === undefined ? {} : { renewAt }),
        ...(await sealSecrets(workspaceId, id, secrets)),
      });
      const saved = put(channels, channel, events);
      const names = isNamed ? [takeName({ space: "channel", name: handle, workspaceId, id })] : [];
      return orSlugTaken(save([saved, ...names], await show(saved.after, now)), "handle");
    },
  }),

  changeChannel: route({
    method: "PATCH",
    path: "/v1/channels/{channelId}",
    access: "channels:write",
    summary: "Changes a channel's name, handle, settings or secrets. Another connection is tried before it is kept.",
    params: ChannelPath,
    body: ChannelChange,
    returns: ChannelView,
    refuses: ["stale", "slug_taken", "channel_disconnected", ...troubleCodes],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const channel = connected(found(await findChannel(workspaceId, params.channelId, now), "channel"));
      expect(channel);
      const network = networkOf(channel.network);
      const { settings = channel.settings, secrets } = parse("body", ChangeOn(network), body);
      if (Object.keys(body).length === 0) return show(channel, now);
      const handle = body.handle ?? channel.handle;
      const moves = handle !== channel.handle;
      const isOther = !network.profile.named && (body.settings !== undefined || secrets !== undefined);
      const stands = await connectionOf(channel);
      const other = isOther
        ? await tried(connectorOf(channel.network), {
            ...stands,
            settings,
            secrets: secrets === undefined ? stands.secrets : (secrets ?? {}),
          })
        : undefined;
      const kept = other?.secrets ?? (secrets === undefined ? undefined : (secrets ?? {}));
      const [next, events] = change(
        other ? { ...channel, trouble: undefined, renewing: undefined } : channel,
        {
          name: body.name ?? channel.name,
          handle: other?.account.handle ?? handle,
          settings,
          ...(body.whenUnknown === undefined ? {} : { whenUnknown: body.whenUnknown }),
          ...(other ? { account: other.account, renewAt: other.renewAt } : {}),
          ...(kept === undefined ? {} : await sealSecrets(workspaceId, channel.id, kept)),
        },
        Object.keys(body),
      );
      const saved = put(channels, next, events);
      const names = moves
        ? [
            takeName({ space: "channel", name: handle, workspaceId, id: channel.id }),
            ...(await giveUpName("channel", channel.handle, milliseconds(now))),
          ]
        : [];
      return orSlugTaken(save([saved, ...names], await show(saved.after, now)), "handle");
    },
  }),

  testChannel: route({
    method: "POST",
    path: "/v1/channels/{channelId}/test",
    access: "channels:write",
    summary: "Tries a channel's connection without sending anything.",
    params: ChannelPath,
    returns: Trial,
    refuses: ["channel_disconnected"],
    run: async ({ workspaceId, params, now, actor, requestId }) => {
      const channel = connected(found(await findChannel(workspaceId, params.channelId, now), "channel"));
      const by = { actor, cause: requestId };
      try {
        await connectorOf(channel.network).test(await connectionOf(channel), newCall());
        await noteHealth(channel, undefined, by);
        return { works: true };
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        if (error.kind.fails) await noteHealth(channel, error, by);
        const mend = error.kind.mend.replaceAll("{channelId}", channel.id);
        return { works: false, problem: error.detail, code: error.code, mend };
      }
    },
  }),
};

export const handler = api(routes);
