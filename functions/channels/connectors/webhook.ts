import * as z from "zod";
import { clock, instant } from "../../platform/clock.ts";
import { signedHeaders } from "../../platform/standard-webhooks.ts";
import { ask, type Reply } from "../ask.ts";
import { type Call, type Connection, connector, noTime, type Part } from "../connector.ts";
import { webhook as network, secretOf, type WebhookSecrets, type WebhookSettings } from "../networks/webhook.ts";

// What an endpoint gets: `{ type, timestamp, data }` with the headers of Standard Webhooks. A post is `post.due`, its webhook-id is
// the key of the delivery and the same however often it is sent; one that is taken back is `post.retracted`; a trial is
// `channel.tested`. Every 2xx is a yes. An answer `{ "id", "url" }` says what the post is called there, and where it stands.

type To = Connection<z.infer<typeof WebhookSettings>, z.infer<typeof WebhookSecrets>>;

const send = (
  { settings, secrets }: To,
  call: Call,
  id: string,
  type: string,
  data: Record<string, unknown>,
): Promise<Reply> => {
  const nowMs = clock.now();
  const body = JSON.stringify({ type, timestamp: instant(nowMs), data });
  const key = secretOf(secrets.signingSecret);
  return ask(call, {
    title: network.profile.title,
    method: "POST",
    url: settings.url,
    headers: signedHeaders({ id, timestampSeconds: Math.floor(nowMs / 1000), body }, [key]),
    body: { bytes: Buffer.from(body), type: "application/json" },
    expects: "anything",
  });
};

const partOf = ({ text, media }: Part) => ({
  text,
  media: media.map(({ url, type, width, height, alt }) => ({ url, type, width, height, alt })),
});

const Answer = z.object({
  id: z.string().min(1).max(500).optional().catch(undefined),
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional()
    .catch(undefined),
});

export const webhook = connector(network, {
  test: async (to, call) => {
    const { channelId, settings } = to;
    await send(to, call, `${channelId}-${clock.now()}`, "channel.tested", { channelId });
    const { host } = new URL(settings.url);
    return { id: channelId, handle: host };
  },
  publish: async (to, publication, guard) => {
    if (!guard.mayWrite()) return noTime;
    const { postId, key, at, language, thread } = publication;
    const data = {
      postId,
      channelId: to.channelId,
      key,
      at,
      language,
      ...partOf(publication),
      thread: thread.map(partOf),
    };
    const { body } = await send(to, guard, key, "post.due", data);
    const { id = key, url } = Answer.safeParse(body).data ?? {};
    return { outcome: "sent", externalId: id, url };
  },
  // Nobody can be asked.
  find: async () => ({ finding: "cannot-tell" }),
  retract: async (to, { key, externalId }, call) => {
    await send(to, call, `${key}-retracted`, "post.retracted", { channelId: to.channelId, key, id: externalId });
  },
});
