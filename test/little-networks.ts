import * as z from "zod";
import { ChannelView } from "../functions/channels/channel.ts";
import { networkServer, type Told } from "./network-server.ts";
import type { Workspace, World } from "./world.ts";

// The two networks that tests of what is said and what it brought speak to: just enough of each to take posts, in threads, and
// to tell figures. What their real servers do is in networks/.

const accessToken = "zonnetje-0123456789";
const Status = z.object({
  status: z.string(),
  in_reply_to_id: z.string().optional(),
  media_ids: z.array(z.string()).default([]),
});
type Kept = z.infer<typeof Status> & { id: string; at: string };

/** A Mastodon; `figures` and `headers` may be changed while it runs. `files`: what was uploaded; `takes`: which it says it takes. */
export const littleMastodon = async (world: World, takes: Record<string, unknown> = {}) => {
  const statuses: Kept[] = [];
  const keys = new Map<string, Kept>();
  const files: { id: string; type: string; bytes: Buffer }[] = [];
  const self = {
    statuses,
    files,
    figures: { favourites_count: 0, reblogs_count: 0, replies_count: 0 },
    headers: {} as Record<string, string>,
    texts: () => statuses.map(({ status }) => status),
  };
  const view = ({ id, status, at, in_reply_to_id }: Kept) => ({
    id,
    url: `https://social.example/@zon/${id}`,
    content: status,
    created_at: at,
    in_reply_to_id: in_reply_to_id ?? null,
    account: { id: "1", acct: "zon", display_name: "Zon" },
    application: { name: "Samenspraak" },
    ...self.figures,
  });
  const server = await networkServer(({ method, path, headers, json, body }): Told => {
    if (path === "/api/v2/instance")
      return {
        json: {
          version: "4.3.1",
          configuration: { statuses: { max_characters: 500 }, media_attachments: takes },
        },
      };
    if (headers.authorization !== `Bearer ${accessToken}`) return { status: 401, json: { error: "No." } };
    if (path === "/api/v1/accounts/verify_credentials") return { json: { id: "1", acct: "zon" } };
    if (path === "/api/v2/media") {
      const text = body.toString("latin1");
      const from = text.lastIndexOf("\r\n\r\n") + 4;
      const type = [...text.matchAll(/Content-Type: (\S+)/gi)].at(-1)?.[1] ?? "";
      files.push({ id: `f${files.length}`, type, bytes: body.subarray(from, body.lastIndexOf("\r\n--")) });
      return { json: { id: files.at(-1)?.id } };
    }
    if (path.startsWith("/api/v1/media/")) return { json: { id: "x" } };
    if (method === "POST" && path === "/api/v1/statuses") {
      const key = String(headers["idempotency-key"]);
      const one = keys.get(key) ?? { ...Status.parse(json), id: String(101 + statuses.length), at: world.now() };
      if (!keys.has(key)) statuses.push(one);
      keys.set(key, one);
      return { json: view(one), headers: self.headers };
    }
    const found = statuses.find(({ id }) => id === path.split("/")[4]);
    if (!found) return { status: 404, json: { error: "Record not found" } };
    if (path.endsWith("/context")) {
      const below = (id: string): Kept[] =>
        statuses.filter((one) => one.in_reply_to_id === id).flatMap((one) => [one, ...below(one.id)]);
      return { json: { ancestors: [], descendants: below(found.id).map(view) } };
    }
    return { json: view(found), headers: self.headers };
  });
  return Object.assign(self, {
    server,
    connect: async ({ api }: Workspace) =>
      (
        await api("POST", "/v1/channels", {
          network: "mastodon",
          name: "Mastodon van Zon",
          settings: { server: server.url },
          secrets: { accessToken },
        })
      ).as(ChannelView),
  });
};

const appPassword = "abcd-efgh-2345-wxyz";
const did = "did:plc:bakkerijzon";
const Put = z.object({ rkey: z.string(), record: z.looseObject({ text: z.string() }) });

/** A PDS; `handles`: who is known there. */
export const littleBluesky = async (handles: Record<string, string> = {}) => {
  const records = new Map<string, z.infer<typeof Put>["record"]>();
  const blobs: { type: string; bytes: Buffer }[] = [];
  const uriOf = (rkey: string) => `at://${did}/app.bsky.feed.post/${rkey}`;
  const exp = Date.UTC(2100) / 1000;
  const accessJwt = `e30.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.x`;
  const server = await networkServer(({ path, query, json, body, headers }): Told => {
    const refused = (error: string): Told => ({ status: 400, json: { error, message: `${error}.` } });
    switch (path.replace("/xrpc/", "")) {
      case "com.atproto.server.createSession":
        return { json: { did, handle: "zon.example", accessJwt, refreshJwt: "refresh" } };
      case "com.atproto.server.getSession":
        return { json: { did, handle: "zon.example", active: true } };
      case "com.atproto.identity.resolveHandle": {
        const known = handles[query.get("handle") ?? ""];
        return known === undefined ? refused("HandleNotFound") : { json: { did: known } };
      }
      case "com.atproto.repo.uploadBlob":
        blobs.push({ type: String(headers["content-type"]), bytes: body });
        return { json: { blob: { $type: "blob", ref: { $link: `b${blobs.length}` }, size: body.length } } };
      case "com.atproto.repo.putRecord": {
        const { rkey, record } = Put.parse(json);
        records.set(rkey, record);
        return { json: { uri: uriOf(rkey), cid: "bafy1" } };
      }
      case "com.atproto.repo.getRecord": {
        const value = records.get(query.get("rkey") ?? "");
        return value
          ? { json: { uri: uriOf(query.get("rkey") ?? ""), cid: "bafy1", value } }
          : refused("RecordNotFound");
      }
      case "app.bsky.feed.getPosts":
        return { json: { posts: [{ likeCount: 3, replyCount: 2, repostCount: 1 }] } };
      case "app.bsky.feed.getPostThread":
        return { json: { thread: {} } };
      default:
        return { status: 404, text: "" };
    }
  });
  return {
    server,
    blobs,
    /** In the order of their names, which is that of a thread. */
    records: () => [...records].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record),
    connect: async ({ api }: Workspace) =>
      (
        await api("POST", "/v1/channels", {
          network: "bluesky",
          name: "Bluesky van Zon",
          settings: { service: server.url, identifier: "zon.example" },
          secrets: { appPassword },
        })
      ).as(ChannelView),
  };
};
