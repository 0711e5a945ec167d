import * as z from "zod";
import { event } from "../events/channels.ts";
import type { DomainEvent } from "../events/event.ts";
import { refuse } from "../platform/errors.ts";
import { Bytes, versionOf } from "../platform/table.ts";

// A channel: where a workspace speaks. It is connected until it is disconnected; another connection is another channel.

const common = {
  workspaceId: z.string(),
  id: z.string(),
  network: z.string(),
  name: z.string(),
  /** Its public name: the page is /@<handle>. */
  handle: z.string(),
  /** As the network's own schema says. */
  settings: z.record(z.string(), z.unknown()),
  connectedAt: z.string(),
};

export const Channel = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("connected"),
    ...common,
    /** The network's secrets as sealed JSON, and which there are. */
    secrets: Bytes.optional(),
    secretNames: z.array(z.string()),
  }),
  z.object({ status: z.literal("disconnected"), ...common, disconnectedAt: z.string() }),
]);
export type Channel = z.infer<typeof Channel>;
export type Connected = Extract<Channel, { status: "connected" }>;
export type Disconnected = Extract<Channel, { status: "disconnected" }>;

export type Sealed = Pick<Connected, "secrets" | "secretNames">;

export const connect = (channel: Omit<Connected, "status">): [Connected, DomainEvent[]] => [
  { status: "connected", ...channel },
  [event("channel.connected", { channelId: channel.id, network: channel.network })],
];

/** The channel, if something can be sent there or changed. Refuses `channel_disconnected`. */
export const connected = (channel: Channel, pointer?: string): Connected =>
  channel.status === "connected"
    ? channel
    : refuse(
        "channel_disconnected",
        `The channel ${channel.id} was disconnected. Connect it again with POST /v1/channels and use the new one.`,
        pointer ? [{ pointer, detail: "This channel is disconnected." }] : [],
      );

export const change = (
  channel: Connected,
  next: Partial<Pick<Connected, "name" | "handle" | "settings"> & Sealed>,
  fields: string[],
): [Connected, DomainEvent[]] => [
  { ...channel, ...next },
  fields.length ? [event("channel.changed", { channelId: channel.id, fields })] : [],
];

/** What was sent stays known; its secrets are forgotten and its page is gone. */
export const disconnect = (channel: Connected, now: string): [Disconnected, DomainEvent[]] => {
  const { status: _, secrets: _secrets, secretNames: _names, ...rest } = channel;
  return [
    { ...rest, status: "disconnected", disconnectedAt: now },
    [event("channel.disconnected", { channelId: channel.id })],
  ];
};

/** A channel as the API shows it. */
export const ChannelView = z
  .object({
    id: z.string(),
    version: z.number().int(),
    network: z.string(),
    name: z.string(),
    handle: z.string(),
    url: z.string().describe("Its public page."),
    settings: z.record(z.string(), z.unknown()),
    secrets: z.array(z.string()).describe("The names of the secrets that are kept; what they are is never shown."),
    status: z.enum(["connected", "disconnected"]),
    connectedAt: z.iso.datetime(),
    disconnectedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "Channel" });

export const view = (channel: Channel, publicUrl: string): z.infer<typeof ChannelView> => ({
  ...channel,
  version: versionOf(channel),
  url: `${publicUrl}/@${channel.handle}`,
  secrets: channel.status === "connected" ? channel.secretNames : [],
});
