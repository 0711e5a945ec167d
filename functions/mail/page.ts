import * as z from "zod";
import type { Brand } from "../platform/brand.ts";
import { found } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { html, type Page, page, pages, shownAt, type Visit } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { suppressAddress } from "./suppress.ts";
import { findSuppression } from "./table.ts";
import { openUnsubscribe } from "./unsubscribe.ts";
import { words } from "./words.ts";

// The end of marketing mail, from the link in it. Opening the link changes nothing; the button does, and so does the one
// click that mail programs offer (RFC 8058), which is the same request.

const params = z.strictObject({ workspaceId: Id("workspace") });
const query = z.strictObject({ t: z.string().max(1024).default("") });
/** The form has no field of its own; a mail program sends List-Unsubscribe=One-Click. */
const form = z.object({});

const Unsubscribed = z.object({ status: z.enum(["subscribed", "unsubscribed"]) }).meta({ id: "Unsubscribed" });

const endedPage = (language: Language, brand: Brand): Page => {
  const say = words[language].ended;
  return {
    language,
    title: say.title,
    brand,
    json: { status: "unsubscribed" } satisfies z.infer<typeof Unsubscribed>,
    body: html`<p class="brand">${brand.name}</p><h1>${say.title}</h1><p class="good">${say.text(brand.name)}</p>`,
  };
};

type Here = Pick<Visit<z.infer<typeof params>, z.infer<typeof query>>, "params" | "query" | "now" | "speak" | "owner">;

const reader = async (visit: Here) => {
  const { query, now, speak } = visit;
  const { workspaceId } = found(shownAt(visit, visit.params), "page");
  const hashes = await openUnsubscribe(workspaceId, query.t, now);
  const brand = await brandOf(workspaceId, now);
  return { workspaceId, hashes, brand, language: speak(brand.languages[0]) };
};

export const routes = {
  showUnsubscribe: page({
    method: "GET",
    path: "/unsubscribe/{workspaceId}",
    summary: "The page behind the link in marketing mail, with one button. Opening it changes nothing.",
    params,
    query,
    returns: Unsubscribed,
    refuses: ["link_ended"],
    run: async (visit) => {
      const { workspaceId, hashes, brand, language } = await reader(visit);
      const known = await findSuppression(workspaceId, hashes.address, visit.now);
      if (known?.status === "active") return endedPage(language, brand);
      const say = words[language].ending;
      return {
        language,
        title: say.title,
        brand,
        json: { status: "subscribed" } satisfies z.infer<typeof Unsubscribed>,
        body: html`<p class="brand">${brand.name}</p><h1>${say.title}</h1><p>${say.text(brand.name)}</p>
<form method="post" action="?t=${visit.query.t}&lang=${language}"><button>${say.button}</button></form>`,
      };
    },
  }),
  unsubscribe: page({
    method: "POST",
    path: "/unsubscribe/{workspaceId}",
    summary: "Ends marketing mail to the address that the link was mailed to; once or often, it is the same.",
    params,
    query,
    form,
    returns: Unsubscribed,
    refuses: ["link_ended"],
    run: async (visit) => {
      const { workspaceId, hashes, brand, language } = await reader(visit);
      await suppressAddress(workspaceId, hashes, "unsubscribed", visit);
      return endedPage(language, brand);
    },
  }),
};

export const handler = pages(routes);
