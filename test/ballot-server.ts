import * as z from "zod";
import { ChannelView } from "../functions/channels/channel.ts";
import { instant, milliseconds, seconds } from "../functions/platform/clock.ts";
import { type Heard, networkServer, type Told } from "./network-server.ts";
import type { Workspace, World } from "./world.ts";

// A small Mastodon (4.3) that asks questions and counts them: what its API says of a poll is in docs.joinmastodon.org/entities/Poll.

const Asked = z.object({
  status: z.string(),
  poll: z
    .strictObject({
      options: z.array(z.string()),
      expires_in: z.number(),
      multiple: z.boolean(),
      hide_totals: z.boolean().optional(),
    })
    .optional(),
});
type Status = z.infer<typeof Asked> & { id: string; at: string; votes: number[]; voters: number };

export const ballotServer = async (world: World) => {
  const statuses = new Map<string, Status>();
  const keys = new Map<string, string>();
  let made = 100;
  const viewPoll = ({ at, poll, votes, voters }: Status) => {
    if (!poll) return null;
    const endMs = milliseconds(at) + seconds(poll.expires_in);
    const expired = milliseconds(world.now()) >= endMs;
    const isShown = expired || !poll.hide_totals;
    return {
      expires_at: instant(endMs),
      expired,
      multiple: poll.multiple,
      votes_count: votes.reduce((sum, n) => sum + n, 0),
      voters_count: poll.multiple ? voters : null,
      options: poll.options.map((title, i) => ({ title, votes_count: isShown ? (votes[i] ?? 0) : null })),
    };
  };
  const view = (one: Status) => ({
    id: one.id,
    url: `https://social.example/@maan/${one.id}`,
    content: `<p>${one.status}</p>`,
    created_at: one.at,
    in_reply_to_id: null,
    account: { id: "1", acct: "maan", display_name: "Maan" },
    application: { name: "Samenspraak" },
    ...{ favourites_count: 0, reblogs_count: 0, replies_count: 0 },
    poll: viewPoll(one),
  });
  const answer = ({ method, path, headers, json }: Heard): Told => {
    if (path === "/api/v2/instance")
      return {
        json: {
          version: "4.3.1",
          configuration: {
            statuses: { max_characters: 500 },
            polls: { max_options: 4, max_characters_per_option: 50 },
          },
        },
      };
    if (path === "/api/v1/accounts/verify_credentials")
      return { json: { id: "1", acct: "maan", url: "https://social.example/@maan" } };
    if (method === "POST" && path === "/api/v1/statuses") {
      const key = String(headers["idempotency-key"]);
      const stands = statuses.get(keys.get(key) ?? "");
      const asked = stands ?? { ...Asked.parse(json), id: String(++made), at: world.now(), votes: [], voters: 0 };
      statuses.set(asked.id, asked);
      keys.set(key, asked.id);
      return { json: view(asked) };
    }
    const status = statuses.get(path.split("/")[4] ?? "");
    if (!status) return { status: 404, json: { error: "Record not found" } };
    if (path.endsWith("/context")) return { json: { ancestors: [], descendants: [] } };
    if (method === "DELETE") statuses.delete(status.id);
    return { json: view(status) };
  };
  const server = await networkServer(answer);
  return {
    server,
    statuses,
    /** So many have voted by now. */
    vote: (votes: number[], voters = 0): void => {
      for (const status of statuses.values()) if (status.poll) Object.assign(status, { votes, voters });
    },
    /** Connects a channel on it. */
    connect: async ({ api }: Workspace): Promise<string> => {
      const made = await api("POST", "/v1/channels", {
        network: "mastodon",
        name: "Mastodon",
        settings: { server: server.url },
        secrets: { accessToken: "maantje-0123456789" },
      });
      return made.as(ChannelView).id;
    },
  };
};
