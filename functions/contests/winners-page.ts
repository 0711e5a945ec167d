import { pages } from "../platform/page.ts";
import { claimRoutes } from "./claim-page.ts";
import { drawRoutes } from "./draw-page.ts";

// How it was decided who wins, for everyone to check; and where winners claim their prizes.

export const routes = { ...claimRoutes, ...drawRoutes };

export const handler = pages(routes);
