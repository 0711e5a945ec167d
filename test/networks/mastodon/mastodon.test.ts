import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../../../functions/channels/channel.ts";
import type { Call, Guard, Publication } from "../../../functions/channels/connector.ts";
import { mastodon as connector } from "../../../functions/channels/connectors/mastodon.ts";
import { connectionOf, findChannel } from "../../../functions/channels/table.ts";
import { newId } from "../../../functions/platform/ids.ts";
import { PostView } from "../../../functions/posts/post-view.ts";
import { declare, refusedConnection, send } from "../../network-server.ts";
import { png, published } from "../../pictures-of.ts";
import { openWorld, type World } from "../../world.ts";
import { startSnac } from "./snac.ts";

// snac2, a real server of Mastodon's API. It keeps no keys, works on no files, asks no questions for programs and lets nobody
// delete: what Mastodon does there is tried against a small server (../../network-mastodon.test.ts).

let world: World;
let snac: Awaited<ReturnType<typeof startSnac>>;
let zon = "";
let jan = "";
beforeAll(async () => {
  snac = await startSnac(["zon", "jan"]);
  [zon = "", jan = ""] = snac.tokens;
  declare(new URL(snac.url).host);
  world = await openWorld({ at: new Date().toISOString() });
}, 120_000);
afterAll(async () => {
  await world?.close();
  await snac?.close();
});

const connectionBody = (accessToken: string) => ({
  network: "mastodon",
  settings: { server: snac.url },
  secrets: { accessToken },
});

const shop = async () => {
  const workspace = await world.workspace();
  const { api, workspaceId } = workspace;
  const channel = (await api("POST", "/v1/channels", { name: "Zon", ...connectionBody(zon) })).as(ChannelView);
  return {
    ...workspace,
    channel,
    read: async (id: string) => (await api("GET", `/v1/posts/${id}`)).as(PostView),
    connection: async () => {
      const found = await findChannel(workspaceId, channel.id, world.now());
      if (found?.status !== "connected") throw new Error("It is not connected.");
      return connectionOf(found);
    },
  };
};

const asked = async (token: string, method: string, path: string, json?: unknown): Promise<unknown> => {
  const answer = await fetch(`${snac.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(json === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
};

/** A question that somebody asks on its page, in their browser: programs cannot. Its id. */
const askByHand = async (user: string, password: string | undefined, text: string, options: readonly string[]) => {
  const form = new FormData();
  const fields = { content: text, poll_options: options.join("\n"), poll_multiple: "off", poll_end_secs: "3600" };
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  await fetch(`${snac.url}/${user}/admin/note`, {
    ...{ method: "POST", headers: { authorization }, body: form, redirect: "manual" },
  });
};

/** Its queue runs every second or three. */
const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (let tries = 0; tries < 60; tries++) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("It did not come.");
};

const Status = z.looseObject({
  id: z.string(),
  content: z.string(),
  language: z.string().nullish(),
  visibility: z.string(),
});
const Media = z.object({
  media_attachments: z.array(z.object({ type: z.string(), description: z.string().nullish() })),
});
const Context = z.object({ descendants: z.array(Status.extend({ in_reply_to_id: z.string() })) });

const newCall = (): Call => ({
  signal: AbortSignal.timeout(10_000),
  endsMs: Date.parse(world.now()) + 10_000,
  learn: () => undefined,
});
const newGuard = (): Guard => ({ ...newCall(), mayWrite: () => true, keep: async () => undefined });
const publicationOf = (text: string): Publication => ({
  ...{
    postId: "post",
    key: newId("post", world.now()).slice(5),
    at: world.now(),
    text,
    media: [],
    thread: [],
    kept: {},
  },
});
const sentPost = async (of: Awaited<ReturnType<typeof shop>>, more: object) => {
  const id = await send(world, of, of.channel.id, more);
  const { externalId } = z.object({ externalId: z.string() }).parse((await of.read(id)).deliveries[0]);
  return { id, externalId };
};

test("a post with a picture, a language and a thread stands there as it was asked", async () => {
  const of = await shop();
  const { account } = await of.connection();
  expect(of.channel).toMatchObject({ status: "connected", handle: `@zon@${new URL(snac.url).host}` });
  const facts = { keepsKeys: "no", urlCharacters: "32", picturePixels: "33177600", filmPixels: "8294400" };
  expect(account).toMatchObject({ limits: [{ most: 100_000 }], facts });
  const mediaId = await published(of, png(8, 6));
  const { externalId } = await sentPost(of, {
    text: "Vers brood en taart, zie https://nergens.invalid/pad",
    language: "nl",
    media: [{ mediaId, alt: "Een brood" }],
    thread: [{ text: "En koek" }, { text: "En vlaai" }],
  });
  const status = await asked(zon, "GET", `/api/v1/statuses/${externalId}`);
  expect(Media.parse(status).media_attachments).toMatchObject([{ type: "image", description: "Een brood" }]);
  expect(status).toMatchObject({
    visibility: "public",
    content: expect.stringContaining("Vers brood en taart"),
  });
  const below = async (id: string | undefined) =>
    Context.parse(await asked(zon, "GET", `/api/v1/statuses/${id}/context`)).descendants;
  const [second] = await below(externalId);
  const [third] = await below(second?.id);
  expect([second, third].map((one) => one?.content.replaceAll(/<[^>]*>/g, "").trim())).toEqual(["En koek", "En vlaai"]);
});

test("what stands there is found by its words, and what was never sent is not", async () => {
  const to = await (await shop()).connection();
  const looking = { ...newCall(), isTaken: async () => false };
  const publication = publicationOf("Te vinden & <wel>, zie https://nergens.invalid/a?b=c&d=e\nmet een regel");
  expect(await connector.find(to, publication, looking)).toEqual({ finding: "absent" });
  const thread = [
    { text: "Deel twee", media: [] },
    { text: "Deel drie", media: [] },
  ];
  const outcome = await connector.publish(to, { ...publication, thread }, newGuard());
  if (outcome.outcome !== "sent") throw new Error("It was not sent.");
  const { externalId, url } = outcome;
  expect(await connector.find(to, { ...publication, thread }, looking)).toEqual({ finding: "found", externalId, url });
  const longer = [...thread, { text: "Deel vier", media: [] }];
  expect(await connector.find(to, { ...publication, thread: longer }, looking)).toEqual({ finding: "cannot-tell" });
  expect(await connector.find(to, publication, { ...looking, isTaken: async (id) => id === externalId })).toEqual({
    finding: "absent",
  });
});

test("likes, answers and votes of another account are read, and each answer once", async () => {
  const of = await shop();
  const to = await of.connection();
  const Found = z.array(z.object({ id: z.string() }));
  const [me] = Found.parse(await asked(jan, "GET", "/api/v1/accounts/search?q=zon&limit=1"));
  await asked(jan, "POST", `/api/v1/accounts/${me?.id}/follow`);
  await until(async () => Found.parse(await asked(zon, "GET", "/api/v1/notifications"))[0]);
  const { externalId } = await sentPost(of, { text: "Wie komt er morgen?" });
  await askByHand("zon", snac.passwords[0], "Welk brood?", ["wit", "bruin"]);
  const onTimeline = (token: string, text: string) =>
    until(async () =>
      z
        .array(Status)
        .parse(await asked(token, "GET", "/api/v1/timelines/home"))
        .find(({ content }) => content.includes(text)),
    );
  const { id: question } = await onTimeline(zon, "Welk brood?");
  const seen = await onTimeline(jan, "Wie komt er");
  await asked(jan, "POST", `/api/v1/statuses/${seen.id}/favourite`);
  await asked(jan, "POST", "/api/v1/statuses", { status: "Ik & mijn buur!", in_reply_to_id: seen.id });
  const { id: toVoteOn } = await onTimeline(jan, "Welk brood?");
  await asked(jan, "POST", `/api/v1/polls/${toVoteOn}/votes`, { choices: ["1"] });
  const look = (id: string, cursor?: string) =>
    connector.collect?.(to, { key: "k", externalId: id }, cursor, newCall());
  const collected = await until(async () => {
    const one = await look(externalId);
    return one && one.replies.length > 0 && one.figures.likes ? one : undefined;
  });
  expect(collected).toMatchObject({
    figures: { likes: 1, reposts: 0 },
    replies: [{ text: expect.stringContaining("Ik & mijn buur!") }],
  });
  expect(collected).not.toHaveProperty("votes");
  expect((await look(externalId, collected.cursor))?.replies).toEqual([]);
  const counted = await until(async () => {
    const votes = (await look(question))?.votes;
    return votes?.options.some((n) => n > 0) ? votes : undefined;
  });
  expect(counted).toMatchObject({ options: [0, 1], isOver: false });
});

test("that it asks no questions for programs is said, since it would leave one out in silence", async () => {
  const of = await shop();
  const poll = { options: ["wit", "bruin"], expires_in: 3600, multiple: false };
  const made = await asked(zon, "POST", "/api/v1/statuses", { status: "Welke taart?", poll });
  expect(made).toMatchObject({ content: expect.stringContaining("Welke taart?"), poll: null });
  const ballot = { options: poll.options, minutes: 60 };
  const refused = await of.api("POST", "/v1/posts/validate", {
    text: "Welke taart?",
    channels: [of.channel.id],
    ballot,
  });
  expect(refused.body).toMatchObject({ checks: [{ problems: [{ code: "ballot_not_taken", pointer: "/ballot" }] }] });
});

test("that it lets nobody delete is said, instead of that the post is gone", async () => {
  const of = await shop();
  const { id } = await sentPost(of, { text: "Blijft staan" });
  await of.api("POST", `/v1/posts/${id}/retract`, {});
  await world.advance("PT2S");
  expect((await of.read(id)).deliveries[0]).toMatchObject({
    state: "published",
    problem: expect.stringContaining("lets nobody remove a post"),
  });
});

test("with a wrong token nothing is connected, and nothing is stored", async () => {
  expect(await refusedConnection(await world.workspace(), connectionBody("0123456789abcdef"))).toMatchObject({
    code: "network_credentials_wrong",
    status: 422,
  });
});
