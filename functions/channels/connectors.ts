import type { Connectors } from "./connector.ts";
import { bluesky } from "./connectors/bluesky.ts";
import { feed } from "./connectors/feed.ts";
import { mastodon } from "./connectors/mastodon.ts";
import { reminder } from "./connectors/reminder.ts";
import { webhook } from "./connectors/webhook.ts";
import { wordpress } from "./connectors/wordpress.ts";

/** Who speaks to each network, by its name. Whoever imports this dials out, and keeps a role of its own. */
export const connectors: Connectors = { feed, bluesky, mastodon, reminder, webhook, wordpress };
