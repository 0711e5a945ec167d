import * as z from "zod";
import { later, milliseconds, minutes } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { refuse } from "../platform/errors.ts";
import { Id } from "../platform/ids.ts";
import { Address } from "../platform/input.ts";
import { log } from "../platform/log.ts";
import { html, type Page, page, pages, type Visit } from "../platform/page.ts";
import { open, openToken, sealToken, sha256 } from "../platform/secrets.ts";
import { Conflict, put, save } from "../platform/table.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "./brand.ts";
import { journeyCookie, journeyIn, noJourney, sessionCookie } from "./cookie.ts";
import { callbackPath, type Issuer, isOfDomain, isOn } from "./issuer.ts";
import { pathOf } from "./links.ts";
import { arrive, depart, discover, Journey, OpenIdFailure } from "./openid.ts";
import { boundSecret, personOf, sessionSecret, system, systemReady } from "./person.ts";
import { signInFrom } from "./press.ts";
import { findMembership, findSignInWith, openIdStates } from "./table.ts";
import { words } from "./words.ts";

// Signing in with a workspace's own issuer. What is remembered on the way is in a cookie, encrypted; the way back works once.
// A workspace chose this issuer, so what it says counts for that workspace only (see `only` in session.ts).

const byDefault: Language = "nl";
const journeyMs = minutes(10);

const params = z.strictObject({ workspaceId: Id("workspace") });

const redirectUrl = (): string => `${config.publicUrl()}${callbackPath}`;

const notePage = (language: Language, { title, text }: { title: string; text: string }, status = 200): Page => ({
  status,
  language,
  title,
  cookies: [noJourney()],
  body: html`<h1>${title}</h1><p>${text}</p><a class="button quiet" href="${pathOf("/sign-in", language)}">${words[language].toSignIn}</a>`,
});

const issuerOf = async (workspaceId: string, now: string): Promise<Issuer | undefined> =>
  isOn(await findSignInWith(workspaceId, now));

const refusedPage = (language: Language): Page => notePage(language, words[language].issuer.refused, 403);

/** Runs what asks the issuer; where that is not right, says so to the reader, and why to the operator. */
const orRefused = async <T>(
  visit: Pick<Visit, "wantsJson" | "speak" | "requestId">,
  workspaceId: string,
  run: () => Promise<T>,
): Promise<T | Page> => {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof OpenIdFailure)) throw error;
    log.warn("An issuer was not believed", { workspaceId, requestId: visit.requestId, reason: error.reason });
    if (visit.wantsJson) return refuse("sign_in_refused", error.reason);
    return refusedPage(visit.speak(byDefault));
  }
};

/** What this browser set out with, if the answer is to that. */
const journeyOf = async (cookies: Visit["cookies"], state: string | undefined, now: string) => {
  const token = journeyIn(cookies);
  if (token === undefined || state === undefined) return undefined;
  await systemReady(now);
  const opened = await openToken(system, "openid", token, Journey, now);
  return opened.state === "valid" && opened.data.state === state ? opened.data : undefined;
};

/** Uses an answer up. Gives whether it was the first time. */
const useOnce = async ({ workspaceId, state }: Journey, now: string, requestId: string): Promise<boolean> => {
  const used = { workspaceId, hash: sha256(state).toString("base64url"), until: later(now, journeyMs), by: requestId };
  try {
    await save([put(openIdStates, used)], { now, actor: "visitor", cause: requestId });
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
};

export const routes = {
  showIssuer: page({
    method: "GET",
    path: "/sign-in/with/{workspaceId}",
    summary: "Says with which issuer the members of a workspace sign in.",
    params,
    run: async ({ params, now, speak }) => {
      const language = speak(byDefault);
      const say = words[language].issuer;
      const issuer = await issuerOf(params.workspaceId, now);
      if (!issuer) return notePage(language, say.none, 404);
      const { name } = await brandOf(params.workspaceId, now);
      const title = say.title(name);
      // A link, not a form: a form may not lead to another site (form-action).
      return {
        language,
        title,
        body: html`<h1>${title}</h1><p>${say.text(new URL(issuer.issuer).host)}</p>
<a class="button" rel="nofollow" href="${pathOf(`/sign-in/with/${params.workspaceId}/go`, language)}">${say.button}</a>`,
      };
    },
  }),
  goToIssuer: page({
    method: "GET",
    path: "/sign-in/with/{workspaceId}/go",
    summary: "Sends a browser to the issuer of a workspace.",
    params,
    run: async (visit) => {
      const { params, now, speak } = visit;
      const language = speak(byDefault);
      const issuer = await issuerOf(params.workspaceId, now);
      if (!issuer) return notePage(language, words[language].issuer.none, 404);
      return orRefused(visit, params.workspaceId, async () => {
        const client = { workspaceId: params.workspaceId, clientId: issuer.clientId, redirectUrl: redirectUrl() };
        const { url, journey } = depart(await discover(issuer.issuer), client);
        await systemReady(now);
        const cookie = journeyCookie(await sealToken(system, "openid", later(now, journeyMs), journey));
        return { seeOther: url, cookies: [cookie] };
      });
    },
  }),
  returnFromIssuer: page({
    method: "GET",
    path: callbackPath,
    summary: "Where an issuer sends a browser back: signs in whoever is a member.",
    query: z.strictObject({
      code: z.string().max(4000).optional(),
      state: z.string().max(200).optional(),
      iss: z.string().max(500).optional(),
      error: z.string().max(200).optional(),
    }),
    refuses: ["sign_in_refused"],
    run: async (visit) => {
      const { query, now, cookies, requestId, speak } = visit;
      const language = speak(byDefault);
      const journey = await journeyOf(cookies, query.state, now);
      if (!journey || !(await useOnce(journey, now, requestId))) return refusedPage(language);
      const { workspaceId } = journey;
      const issuer = await issuerOf(workspaceId, now);
      // Another one was chosen meanwhile.
      if (issuer?.issuer !== journey.issuer || issuer.clientId !== journey.clientId) return refusedPage(language);
      const { code, iss } = query;
      if (code === undefined) return refusedPage(language);
      return orRefused(visit, workspaceId, async () => {
        const clientSecret = (await open(workspaceId, boundSecret, issuer.clientSecret)).toString();
        const client = { clientSecret, redirectUrl: redirectUrl() };
        const email = Address.safeParse(await arrive(journey, client, { code, iss }, milliseconds(now)));
        const membership =
          email.success && isOfDomain(email.data, issuer.domains)
            ? await findMembership(await personOf(email.data, now), workspaceId, now)
            : undefined;
        if (membership?.status !== "active") {
          const { stranger } = words[language].issuer;
          const { name } = await brandOf(workspaceId, now);
          return notePage(language, { title: stranger.title, text: stranger.text(name) }, 403);
        }
        const secret = await sessionSecret("openid", membership.person, journey.state);
        const { token } = await signInFrom(membership, secret, visit);
        return { seeOther: pathOf("/me", language), cookies: [sessionCookie(token), noJourney()] };
      });
    },
  }),
};

export const handler = pages(routes);
