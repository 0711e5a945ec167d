import type { Networks } from "./network.ts";
import { feed } from "./networks/feed.ts";

/** Every network that a channel can be on, by name. */
export const networks: Networks = { feed };
