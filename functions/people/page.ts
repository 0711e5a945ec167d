import * as z from "zod";
import { hashesOf } from "../mail/address.ts";
import { suppressAddress } from "../mail/suppress.ts";
import { found } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { html, type Page, page, pages, shownAt, type Visit } from "../platform/page.ts";
import { brandOf } from "../workspaces/brand.ts";
import { addressOf, withdrawal } from "./consent.ts";
import { openStop } from "./stop-link.ts";
import { findPerson } from "./table.ts";
import { words } from "./words.ts";

// The end of a newsletter, from the link in it. Opening the link changes nothing; the button does, and so does the one click
// that mail programs offer (RFC 8058), which is the same request.

const params = z.strictObject({ workspaceId: Id("workspace") });
const query = z.strictObject({ t: z.string().max(1024).default("") });
/** The form has no field of its own; a mail program sends List-Unsubscribe=One-Click. */
const form = z.object({});

const Newsletter = z.object({ status: z.enum(["given", "withdrawn"]) }).meta({ id: "NewsletterConsent" });

type Here = Pick<Visit<z.infer<typeof params>, z.infer<typeof query>>, "params" | "query" | "now" | "speak" | "owner">;

const reader = async (visit: Here) => {
  const { query, now, speak } = visit;
  const { workspaceId } = found(shownAt(visit, visit.params), "page");
  // Who was erased is not known here any more, and gets nothing more either.
  const person = await findPerson(workspaceId, await openStop(workspaceId, query.t), now);
  const brand = await brandOf(workspaceId, now);
  return { workspaceId, brand, person, language: speak(brand.languages[0]) };
};

const stoppedPage = ({ brand, language }: Awaited<ReturnType<typeof reader>>): Page => {
  const say = words[language].stopped;
  return {
    language,
    title: say.title,
    brand,
    json: { status: "withdrawn" } satisfies z.infer<typeof Newsletter>,
    body: html`<p class="brand">${brand.name}</p><h1>${say.title}</h1><p class="good">${say.text(brand.name)}</p>`,
  };
};

export const routes = {
  showNewsletterStop: page({
    method: "GET",
    path: "/newsletter/{workspaceId}",
    summary: "The page behind the link in a newsletter, with one button. Opening it changes nothing.",
    params,
    query,
    returns: Newsletter,
    refuses: ["link_ended"],
    run: async (visit) => {
      const here = await reader(visit);
      const { person, brand, language } = here;
      if (person?.newsletter?.status !== "given") return stoppedPage(here);
      const say = words[language].stop;
      return {
        language,
        title: say.title,
        brand,
        json: { status: "given" } satisfies z.infer<typeof Newsletter>,
        body: html`<p class="brand">${brand.name}</p><h1>${say.title}</h1><p>${say.text(brand.name)}</p>
<form method="post" action="?t=${visit.query.t}&lang=${language}"><button>${say.button}</button></form>`,
      };
    },
  }),
  stopNewsletter: page({
    method: "POST",
    path: "/newsletter/{workspaceId}",
    summary: "Withdraws the consent to the newsletter; once or often, it is the same.",
    params,
    query,
    form,
    returns: Newsletter,
    refuses: ["link_ended"],
    run: async (visit) => {
      const here = await reader(visit);
      const { person, workspaceId } = here;
      if (person) {
        await visit.save(withdrawal(person, "newsletter", "link", visit.now));
        // Whatever of ours is marketing stops too.
        const hashes = await hashesOf(workspaceId, await addressOf(person), visit.now);
        await suppressAddress(workspaceId, hashes, "unsubscribed", visit);
      }
      return stoppedPage(here);
    },
  }),
};

export const handler = pages(routes);
