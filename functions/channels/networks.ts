import type { Network, Networks } from "./network.ts";
import { bluesky } from "./networks/bluesky.ts";
import { feed } from "./networks/feed.ts";
import { mastodon } from "./networks/mastodon.ts";
import { reminder } from "./networks/reminder.ts";
import { webhook } from "./networks/webhook.ts";
import { wordpress } from "./networks/wordpress.ts";

/** Every network that a channel can be on, by name: what it takes. Who speaks to it is in connectors.ts. */
export const networks: Networks = { feed, bluesky, mastodon, reminder, webhook, wordpress };

/** The network that a stored channel is on. */
export const networkOf = (name: string): Network => {
  const network = networks[name];
  if (!network) throw new Error(`There is no network ${name}.`);
  return network;
};
