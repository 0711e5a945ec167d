import * as z from "zod";
import { milliseconds } from "../platform/clock.ts";
import { found } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id } from "../platform/ids.ts";
import { giveUpName } from "../platform/names.ts";
import { put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { ChannelView, connected, disconnect } from "./channel.ts";
import { view } from "./channel-view.ts";
import { figures } from "./network.ts";
import { networkOf, networks } from "./networks.ts";
import { show } from "./show.ts";
import { channels, channelsOf, findChannel } from "./table.ts";
import { units } from "./unit.ts";

// What can be connected, and what is. Whatever asks a network is in connect-api.ts, with a role of its own.

const ChannelPath = z.object({ channelId: Id("channel") });

const sourced = {
  source: z.string().describe("Where it was read."),
  checkedAt: z.string().describe("The day on which it was."),
};

const NetworkView = z
  .object({
    name: z.string(),
    title: z.string(),
    idempotency: z
      .enum(["A", "B", "C"])
      .describe("How a send without an answer is settled: A by a key of ours, B by looking there, C by a person."),
    keyHeldMs: z
      .number()
      .optional()
      .describe("Of A: so long the network knows our key; for good where it is not said."),
    verified: z
      .enum(["live", "server", "contract"])
      .describe("What its connector was tried against: the network itself, a real server of its kind, its documents."),
    limits: z
      .array(z.object({ unit: z.enum(units), most: z.number(), ...sourced }))
      .describe("Of a text. A server that tells its own goes before them."),
    media: z
      .array(
        z.object({
          types: z.array(z.string()),
          most: z.number(),
          mostBytes: z.number(),
          mostAlt: z.number().optional().describe("Characters of a description."),
          extents: z
            .array(
              z.object({
                types: z.array(z.string()),
                mostPixels: z.number().optional(),
                leastSide: z.number().optional(),
                mostSide: z.number().optional(),
                mostSides: z.number().optional().describe("Width and height together."),
                mostRatio: z.number().optional().describe("The longer side by the shorter."),
                leastSeconds: z.number().optional(),
                mostSeconds: z.number().optional(),
                ...sourced,
              }),
            )
            .optional()
            .describe("What files of these types may be beside their bytes: pixels, and how long a film."),
          ...sourced,
        }),
      )
      .describe("A post shows files in one of these ways."),
    rates: z.array(z.object({ what: z.string(), most: z.number(), perSeconds: z.number(), ...sourced })),
    price: z
      .object({ post: z.number(), withLink: z.number(), ...sourced })
      .optional()
      .describe(
        "What it asks for a post (US dollars), and for one with an address in it; absent where that is nothing.",
      ),
    ballots: z
      .object({
        most: z.number(),
        mostLetters: z.number(),
        leastSeconds: z.number(),
        mostSeconds: z.number(),
        verified: z.enum(["live", "server", "contract"]).describe("What asking one was tried against."),
        ...sourced,
      })
      .optional()
      .describe("Of a question that the network asks and counts itself; absent where it asks none."),
    mostParts: z.number().describe("Parts after the first: a thread, or a first comment."),
    can: z.object({
      retract: z.boolean().describe("A post can be taken back."),
      figures: z.array(z.enum(figures)),
      replies: z.boolean().describe("What people answer is read."),
    }),
    named: z.boolean().describe("A channel on it has a page of ours, by its handle."),
  })
  .meta({ id: "Network" });

export const routes = {
  listNetworks: list({
    method: "GET",
    path: "/v1/networks",
    access: "channels:read",
    summary: "Lists the networks that a channel can be on, with what they count and their limits.",
    item: NetworkView,
    run: async () => ({
      items: Object.values(networks).map(({ profile }) => NetworkView.parse(profile)),
      next: undefined,
    }),
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

  disconnectChannel: route({
    method: "DELETE",
    path: "/v1/channels/{channelId}",
    access: "channels:write",
    summary:
      "Disconnects a channel: nothing is sent there any more, its secrets are forgotten, its page is gone. What is planned for it (GET /v1/posts?channel=…&state=scheduled) asks for attention at its time.",
    params: ChannelPath,
    returns: ChannelView,
    refuses: ["stale", "channel_disconnected"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const channel = connected(found(await findChannel(workspaceId, params.channelId, now), "channel"));
      expect(channel);
      const [next, events] = disconnect(channel, now);
      const saved = put(channels, next, events);
      const isNamed = networkOf(channel.network).profile.named;
      const names = isNamed ? await giveUpName("channel", channel.handle, milliseconds(now)) : [];
      return save([saved, ...names], await show(saved.after, now));
    },
  }),
};

export const handler = api(routes);
