import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { ChannelView } from "../../../functions/channels/channel.ts";
import { connectors } from "../../../functions/channels/connectors.ts";
import { later, seconds } from "../../../functions/platform/clock.ts";
import { PostView } from "../../../functions/posts/post-view.ts";
import { png, published } from "../../pictures-of.ts";
import { openWorld, type Workspace, type World } from "../../world.ts";
import { startSnac } from "../mastodon/snac.ts";

// A brand on the fediverse, as people on a real server of it see it, in real time.

const people = ["anna", "bert"] as const;
const snac = await startSnac(people);
const { host } = new URL(snac.url);

/** Asks its API as one of them. */
const say = async (who: (typeof people)[number], method: string, path: string, fields?: Record<string, string>) => {
  const authorization = `Bearer ${snac.tokens[people.indexOf(who)]}`;
  const body = fields && new URLSearchParams(fields);
  return (await fetch(`${snac.url}${path}`, { method, headers: { authorization }, ...(body ? { body } : {}) })).json();
};

const Account = z.object({ id: z.string(), acct: z.string(), display_name: z.string() });
const Status = z.object({
  id: z.string(),
  content: z.string(),
  reblogs_count: z.number(),
  media_attachments: z.array(z.object({ url: z.string(), description: z.string().nullable() })),
});

/** Waits until it gives something; servers work through their queues every few seconds. */
const until = async <T>(what: string, find: () => Promise<T | undefined | false>): Promise<T> => {
  for (let tries = 1; tries <= 100; tries++) {
    const found = await find();
    if (found) return found;
    await setTimeout(300);
  }
  throw new Error(`It did not come: ${what}.`);
};

describe("people on a real server", () => {
  let world: World;
  let of: Workspace;
  let channel: z.infer<typeof ChannelView>;
  beforeAll(async () => {
    process.env.OUTGOING_TEST_SERVERS = [process.env.OUTGOING_TEST_SERVERS, host].filter(Boolean).join(",");
    world = await openWorld({ clock: "running" });
    of = await world.workspace();
    const asked = { network: "feed", name: "Bakkerij Zon", handle: "bakkerij-zon", settings: { description: "Brood" } };
    channel = (await of.api("POST", "/v1/channels", asked)).as(ChannelView);
  }, 120_000);
  afterAll(async () => {
    await world?.close();
    await snac.close();
  });

  const timeline = async (name: (typeof people)[number]) =>
    z.array(Status).parse(await say(name, "GET", "/api/v1/timelines/home"));
  const followers = async () => {
    const { body } = await world.http("GET", `/fediverse/${channel.id}/followers`);
    return z.object({ totalItems: z.number() }).parse(body).totalItems;
  };
  const figures = (itemId: string) => {
    const to = {
      ...{ workspaceId: of.workspaceId, channelId: channel.id },
      handle: channel.handle,
      settings: {},
      secrets: {},
    };
    const call = { signal: AbortSignal.timeout(5000), endsMs: Date.now() + 5000, learn: () => {} };
    return connectors.feed?.collect?.(to, { key: itemId, externalId: itemId }, undefined, call);
  };

  test("find and follow it by its name, see its post with the picture, like, share and answer it, and see it go", {
    timeout: 120_000,
  }, async () => {
    const name = `bakkerij-zon@${new URL(world.url).host}`;
    const search = `/api/v2/search?resolve=true&type=accounts&q=${encodeURIComponent(`@${name}`)}`;
    const found = await until(
      "the account",
      async () => z.object({ accounts: z.array(Account) }).parse(await say("anna", "GET", search)).accounts[0],
    );
    expect(found.display_name).toBe("Bakkerij Zon");
    for (const person of people) {
      await say(person, "GET", search);
      await say(person, "POST", `/api/v1/accounts/${found.id}/follow`);
    }
    await until("two followers", async () => (await followers()) === 2);

    const mediaId = await published(of, png(64, 48));
    const posted = await of.api("POST", "/v1/posts", {
      ...{ text: "Vers brood & taart, zie https://zon.example/x", channels: [channel.id] },
      ...{ media: [{ mediaId, alt: "Een brood" }], at: later(world.now(), seconds(5)) },
    });
    const { id } = posted.as(PostView);
    const seen = await until("the post", async () =>
      (await timeline("anna")).find(({ content }) => content.includes("Vers brood &amp; taart")),
    );
    expect(seen.media_attachments).toMatchObject([{ url: `${world.url}/m/${mediaId}`, description: "Een brood" }]);
    await until("the post for the other", async () => (await timeline("bert")).length > 0);
    const [delivery] = (await of.api("GET", `/v1/posts/${id}`)).as(PostView).deliveries;
    if (delivery?.state !== "published" || delivery.externalId === undefined) throw new Error("It is not published.");
    const { externalId } = delivery;

    await say("anna", "POST", `/api/v1/statuses/${seen.id}/favourite`);
    await say("bert", "POST", `/api/v1/statuses/${seen.id}/favourite`);
    await say("bert", "POST", `/api/v1/statuses/${seen.id}/reblog`);
    await say("anna", "POST", "/api/v1/statuses", { status: "Lekker & vers!", in_reply_to_id: seen.id });
    await until("two likes, a share and an answer", async () => {
      const { likes, reposts, replies } = (await figures(externalId))?.figures ?? {};
      return likes === 2 && reposts === 1 && replies === 1;
    });
    const [reply] = (await figures(externalId))?.replies ?? [];
    expect(reply).toMatchObject({ author: { handle: `@anna@${host}` } });
    expect(reply?.text).toContain("Lekker & vers!");

    await say("bert", "POST", `/api/v1/statuses/${seen.id}/unfavourite`);
    await until("a like less", async () => (await figures(externalId))?.figures.likes === 1);

    await of.api("POST", `/v1/posts/${id}/retract`, {});
    await until("its end", async () =>
      (await timeline("anna")).every(({ content }) => !content.includes("Vers brood")),
    );

    await say("bert", "POST", `/api/v1/accounts/${found.id}/unfollow`);
    await until("one follower", async () => (await followers()) === 1);
  });
});
