import { pages } from "../platform/page.ts";
import { fairRoutes } from "./fair-page.ts";
import { withdrawRoutes } from "./withdraw-page.ts";

// Where people leave, or object to being left out. Of its own, as the pages of the winners are: a function makes each of its
// schemas at every start, and most visitors only enter.

export const routes = { ...withdrawRoutes, ...fairRoutes };

export const handler = pages(routes);
