import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { found } from "../platform/errors.ts";
import { api, list, parse, route } from "../platform/http.ts";
import { Id, newId, Slug } from "../platform/ids.ts";
import { Line } from "../platform/input.ts";
import { giveUpName, orSlugTaken, takeName } from "../platform/names.ts";
import { put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { type Channel, ChannelView, change, connect, connected, disconnect, view } from "./channel.ts";
import type { Network } from "./network.ts";
import { feed } from "./networks/feed.ts";
import { networks } from "./networks.ts";
import { channels, channelsOf, connectionOf, findChannel, sealSecrets } from "./table.ts";
import { units } from "./text.ts";

const ChannelPath = z.object({ channelId: Id("channel") });

const Name = Line(100).describe("Its title, on its page and in its feeds.");
const Handle = Slug.describe("Its public name: the page is `/@<handle>`.");

/** What connecting a channel on one network takes. */
const newChannelOn = <S, X>({
  profile,
  settings,
  secrets,
}: {
  profile: Network["profile"];
  settings: z.ZodType<S>;
  secrets: z.ZodType<X>;
}) =>
  z.strictObject({
    network: z.literal(profile.name),
    name: Name,
    handle: Handle,
    settings: settings.prefault({}),
    secrets: secrets.optional().describe("Kept encrypted, and never shown."),
  });

const NewChannel = z.discriminatedUnion("network", [newChannelOn(feed)]);

const ChannelChange = z.strictObject({
  name: Name.optional(),
  handle: Handle.optional(),
  settings: z.record(z.string(), z.unknown()).optional().describe("All settings, as the network takes them."),
  secrets: z.record(z.string(), z.unknown()).nullable().optional().describe("All secrets; null forgets them."),
});

/** The same, with what only the channel's own network can judge. */
const ChangeOn = ({ settings, secrets }: Network) =>
  z.object({ settings: settings.optional(), secrets: secrets.nullable().optional() });

const NetworkView = z
  .object({
    name: z.string(),
    title: z.string(),
    idempotency: z
      .enum(["A", "B", "C"])
      .describe("How a send without an answer is settled: A by a key of ours, B by looking there, C by a person."),
    verified: z.enum(["live", "server", "contract"]).describe("What its connector was tried against."),
    limits: z.array(z.object({ unit: z.enum(units), most: z.number(), source: z.string(), checkedAt: z.string() })),
  })
  .meta({ id: "Network" });

const Trial = z.object({ works: z.boolean(), problem: z.string().optional() }).meta({ id: "Trial" });

const networkOf = (name: string): Network => {
  const network = networks[name];
  if (!network) throw new Error(`There is no network ${name}.`);
  return network;
};

export const routes = {
  listNetworks: list({
    method: "GET",
    path: "/v1/networks",
    access: "channels:read",
    summary: "Lists the networks that a channel can be on, with what they count and their limits.",
    item: NetworkView,
    run: async () => ({
      items: Object.values(networks).map(({ profile }) => ({ ...profile, limits: [...profile.limits] })),
      next: undefined,
    }),
  }),

  connectChannel: route({
    method: "POST",
    path: "/v1/channels",
    access: "channels:write",
    summary: "Connects a channel.",
    body: NewChannel,
    returns: ChannelView,
    status: 201,
    refuses: ["slug_taken"],
    run: async ({ workspaceId, body, now, save }) => {
      const { network, name, handle, settings, secrets } = body;
      const id = newId("channel", now);
      const sealed = await sealSecrets(workspaceId, id, secrets);
      const [channel, events] = connect({
        workspaceId,
        id,
        network,
        name,
        handle,
        settings,
        connectedAt: now,
        ...sealed,
      });
      const saved = put(channels, channel, events);
      return orSlugTaken(
        save([saved, takeName({ space: "channel", name: handle, workspaceId, id })], await show(saved.after, now)),
        "handle",
      );
    },
  }),

  listChannels: list({
    method: "GET",
    path: "/v1/channels",
    access: "channels:read",
    summary: "Lists the channels, oldest first, the disconnected ones too.",
    item: ChannelView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await channelsOf(workspaceId, list, now);
      const { url } = await brandOf(workspaceId, now);
      return { items: items.map((channel) => view(channel, url)), next };
    },
  }),

  getChannel: route({
    method: "GET",
    path: "/v1/channels/{channelId}",
    access: "channels:read",
    summary: "Gives one channel.",
    params: ChannelPath,
    returns: ChannelView,
    run: async ({ workspaceId, params, now }) =>
      show(found(await findChannel(workspaceId, params.channelId, now), "channel"), now),
  }),

  changeChannel: route({
    method: "PATCH",
    path: "/v1/channels/{channelId}",
    access: "channels:write",
    summary: "Changes a channel's name, handle, settings or secrets.",
    params: ChannelPath,
    body: ChannelChange,
    returns: ChannelView,
    refuses: ["stale", "slug_taken", "channel_disconnected"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const channel = connected(found(await findChannel(workspaceId, params.channelId, now), "channel"));
      expect(channel);
      const { settings, secrets } = parse("body", ChangeOn(networkOf(channel.network)), body);
      if (Object.keys(body).length === 0) return show(channel, now);
      const handle = body.handle ?? channel.handle;
      const moves = handle !== channel.handle;
      const [next, events] = change(
        channel,
        {
          name: body.name ?? channel.name,
          handle,
          settings: settings ?? channel.settings,
          ...(secrets === undefined ? {} : await sealSecrets(workspaceId, channel.id, secrets ?? {})),
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

  disconnectChannel: route({
    method: "DELETE",
    path: "/v1/channels/{channelId}",
    access: "channels:write",
    summary: "Disconnects a channel: nothing is sent there any more, its secrets are forgotten, its page is gone.",
    params: ChannelPath,
    returns: ChannelView,
    refuses: ["stale", "channel_disconnected"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const channel = connected(found(await findChannel(workspaceId, params.channelId, now), "channel"));
      expect(channel);
      const [next, events] = disconnect(channel, now);
      const saved = put(channels, next, events);
      return save(
        [saved, ...(await giveUpName("channel", channel.handle, milliseconds(now)))],
        await show(saved.after, now),
      );
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
    run: async ({ workspaceId, params, now }) => {
      const channel = connected(found(await findChannel(workspaceId, params.channelId, now), "channel"));
      const problem = await networkOf(channel.network).test(await connectionOf(channel));
      return { works: problem === undefined, problem };
    },
  }),
};

const show = async (channel: Channel, now: string) => view(channel, (await brandOf(channel.workspaceId, now)).url);

export const handler = api(routes);
