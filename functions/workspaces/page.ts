import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { Brand } from "../platform/brand.ts";
import { config } from "../platform/config.ts";
import { Refusal, refuse } from "../platform/errors.ts";
import { Address } from "../platform/input.ts";
import {
  checkForm,
  formToken,
  type Html,
  html,
  type Page,
  page,
  pages,
  type Redirect,
  type Visit,
} from "../platform/page.ts";
import { Conflict, put, save } from "../platform/table.ts";
import { type Language, sayTime } from "../platform/words.ts";
import { brandOf } from "./brand.ts";
import { noSession, sessionCookie, sessionIn, shownCookie, shownIn } from "./cookie.ts";
import { openJoin, openSignIn, pathOf } from "./links.ts";
import { personOf, sealAsked, system } from "./person.ts";
import { acceptInvitation, type Started, signIn, signOut } from "./press.ts";
import { Role } from "./role.ts";
import { isLive, type Live, mayEnd, placeOfToken, SessionView, viewSession } from "./session.ts";
import { askSignIn } from "./sign-in.ts";
import { askeds, findMember, findSession, liveSessionsOf, membershipsOf } from "./table.ts";
import { words } from "./words.ts";

// Where people who run a workspace sign in, join, see where they are signed in, and sign out. These pages are at our own
// address only, since that is where a session's cookie is.

/** The language of people of whom nothing is known yet. */
const byDefault: Language = "nl";

type Here = Pick<Visit, "now" | "cookies" | "speak">;

const Token = z.string().max(2000);
const Pressed = z.object({
  t: Token,
  form: Token.describe("From the page, or its JSON: it names one showing of it."),
});

const newShown = (): string => randomBytes(16).toString("base64url");

/** Refuses a form that another page than ours sent in the browser's name; a program has shown itself by sending JSON. */
const shownBy = async (
  form: string,
  about: string,
  { now, cookies, wantsJson }: Pick<Visit, "now" | "cookies" | "wantsJson">,
) => {
  const shown = await checkForm(system, "press", about, form, now);
  if (!wantsJson && shownIn(cookies) !== shown)
    refuse("form_altered", "The browser that sends this form was not shown it. Open the link again.");
  return shown;
};

/** A page with one button, behind a mailed link. */
const buttonPage = async (
  { now, language }: { now: string; language: Language },
  of: {
    path: string;
    t: string;
    title: string;
    texts: Html;
    button: string;
    json: Record<string, string>;
    brand?: Brand;
  },
): Promise<Page> => {
  const shown = newShown();
  const form = await formToken(system, "press", of.t, now, shown);
  return {
    language,
    title: of.title,
    ...(of.brand ? { brand: of.brand } : {}),
    cookies: [shownCookie(shown)],
    json: { ...of.json, form },
    body: html`<h1>${of.title}</h1>
${of.texts}
<form method="post" action="${pathOf(of.path, language)}">
<input type="hidden" name="t" value="${of.t}"><input type="hidden" name="form" value="${form}">
<button>${of.button}</button>
</form>`,
  };
};

const SessionStarted = z
  .object({
    session: z.string().describe("Send it as Authorization: Bearer; it is in this answer only."),
    sessionId: z.string(),
    endsAt: z.iso.datetime(),
    workspaces: z.array(z.string()).describe("Which of them you mean you say in the header Samenspraak-Workspace."),
  })
  .meta({ id: "SessionStarted" });

const startedPage = ({ session, token }: Started, language: Language, wantsJson: boolean): Page | Redirect => {
  const cookies = [sessionCookie(token)];
  if (!wantsJson) return { seeOther: pathOf("/me", language), cookies };
  const { sessionId, endsAt, seats } = session;
  const workspaces = seats.map(({ workspaceId }) => workspaceId);
  const json: z.infer<typeof SessionStarted> = { session: token, sessionId, endsAt, workspaces };
  return { status: 201, language, title: words[language].me.title, body: html``, json };
};

/** Why a link did not do it, and where to go on. */
const failedPage = (refusal: Refusal, language: Language): Page => {
  const { failed, toSignIn } = words[language];
  const { code } = refusal;
  const known = Object.hasOwn(failed, code) ? failed[code as keyof typeof failed] : failed.form;
  return {
    language,
    title: known.title,
    body: html`<h1>${known.title}</h1><p>${known.text}</p><a class="button quiet" href="${pathOf("/sign-in", language)}">${toSignIn}</a>`,
  };
};

const signInPage = (language: Language, problem?: { text: string; address: string }): Page => {
  const say = words[language].signIn;
  return {
    language,
    title: say.title,
    returnable: true,
    json: { status: "signed_out" },
    body: html`<h1>${say.title}</h1>
${problem && html`<p class="error" role="alert">${problem.text}</p>`}
<p>${say.text}</p>
<form method="post" action="${pathOf("/sign-in", language)}">
<label for="address">${say.address}</label>
<input id="address" name="address" type="email" autocomplete="email" required value="${problem?.address ?? ""}">
<button>${say.button}</button>
</form>`,
  };
};

const sentPage = (language: Language): Page => {
  const say = words[language].sent;
  return {
    language,
    title: say.title,
    json: { status: "asked" },
    body: html`<h1>${say.title}</h1><p>${say.text}</p><p class="soft">${say.again}</p>
<a class="button quiet" href="${pathOf("/sign-in", language)}">${say.back}</a>`,
  };
};

/** The session of this browser, if it is one. */
const sessionHere = async ({ cookies, now }: Pick<Visit, "cookies" | "now">): Promise<Live | undefined> => {
  const place = placeOfToken(sessionIn(cookies) ?? "");
  const session = place && (await findSession(place, now));
  return session && isLive(session, now) ? session : undefined;
};

/** Whoever goes back and presses once more is in by that link already: they need not read that it was used. */
const unlessIn = async (
  visit: Here & Pick<Visit, "wantsJson">,
  isTheirs: (here: Live) => boolean,
  start: () => Promise<Page | Redirect>,
): Promise<Page | Redirect> => {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "link_used" || visit.wantsJson) throw error;
    const here = await sessionHere(visit);
    if (!here || !isTheirs(here)) throw error;
    return { seeOther: pathOf("/me", visit.speak(byDefault)) };
  }
};

const othersOf = async (here: Live, now: string): Promise<Live[]> =>
  (await liveSessionsOf(here.person, now)).filter((one) => mayEnd(here, one));

const Me = z
  .object({
    workspaces: z.array(z.object({ id: z.string(), name: z.string(), role: Role, memberId: z.string() })),
    sessions: z.array(SessionView),
  })
  .meta({ id: "Me" });

const meOf = async (here: Live, now: string): Promise<z.infer<typeof Me>> => {
  const mine = (await membershipsOf(here.person, now)).filter(
    ({ status, workspaceId }) => status === "active" && (here.only === undefined || here.only === workspaceId),
  );
  const workspaces = mine.map(async ({ workspaceId, role, memberId }) => ({
    id: workspaceId,
    name: (await brandOf(workspaceId, now)).name,
    role,
    memberId,
  }));
  const sessions = (await othersOf(here, now)).map((session) => viewSession(session, here.sessionId));
  return { workspaces: await Promise.all(workspaces), sessions };
};

const mePage = async (here: Live, { now, speak }: Here): Promise<Page> => {
  const language = speak(byDefault);
  const { me: say, roles } = words[language];
  const json = await meOf(here, now);
  const form = await formToken(system, "sign-out", here.sessionId, now);
  const time = (at: string) => sayTime(at, language, "Europe/Amsterdam");
  const button = (which: string, text: string, look: "button" | "button quiet") =>
    html`<form method="post" action="${pathOf("/me/sign-out", language)}"><input type="hidden" name="form" value="${form}"><input type="hidden" name="which" value="${which}"><button class="${look}">${text}</button></form>`;
  const workspace = ({ name, role }: (typeof json.workspaces)[number]) =>
    html`<tr><th scope="row">${name}</th><td>${roles[role]}</td></tr>\n`;
  const session = ({ id, startedAt, lastUsedAt, isThis }: (typeof json.sessions)[number]) =>
    html`<tr><td>${time(startedAt)}</td><td>${time(lastUsedAt)}</td><td>${isThis ? say.here : button(id, say.end, "button quiet")}</td></tr>\n`;
  return {
    language,
    title: say.title,
    json,
    body: html`<h1>${say.title}</h1>
<p>${say.lasts(here.endsAt)}</p>
${here.only !== undefined && html`<p>${say.limited}</p>`}
<h2>${say.workspaces}</h2>
${
  json.workspaces.length
    ? html`<table><thead><tr><th scope="col">${say.workspace}</th><th scope="col">${say.role}</th></tr></thead><tbody>${json.workspaces.map(workspace)}</tbody></table>`
    : html`<p>${say.none}</p>`
}
<p><a href="${pathOf("/contests", language)}">${say.contests}</a></p>
<h2>${say.sessions}</h2>
<table><thead><tr><th scope="col">${say.started}</th><th scope="col">${say.used}</th><td></td></tr></thead><tbody>${json.sessions.map(session)}</tbody></table>
${button("here", say.signOut, "button")}
${button("everywhere", say.everywhere, "button quiet")}`,
  };
};

/** Where a workspace has a host of its own, people still sign in at ours. */
const atOurs = (path: string, language: Language): Redirect => ({
  seeOther: `${config.publicUrl()}${pathOf(path, language)}`,
});

export const routes = {
  showSignIn: page({
    method: "GET",
    path: "/sign-in",
    summary: "Asks for the mail address of somebody who runs a workspace.",
    run: async ({ owner, speak }) =>
      owner === undefined ? signInPage(speak(byDefault)) : atOurs("/sign-in", speak(byDefault)),
  }),
  askToSignIn: page({
    method: "POST",
    path: "/sign-in",
    summary:
      "Mails a link to sign in, if the address is a member's; the answer is the same where it is not. Not mailed again within ten minutes.",
    form: z.object({ address: Address }),
    status: 202,
    returns: z.object({ status: z.literal("asked") }),
    run: async ({ form, now, requestId, speak, wantsJson }) => {
      const language = speak(byDefault);
      const person = await personOf(form.address, now);
      const asked = askSignIn({ person, address: await sealAsked(person, form.address), language }, now);
      try {
        await save([put(askeds, asked)], { now, actor: "visitor", cause: requestId });
      } catch (error) {
        // Asked less than ten minutes ago.
        if (!(error instanceof Conflict)) throw error;
      }
      return wantsJson ? { status: 202, ...sentPage(language) } : { seeOther: pathOf("/sign-in/sent", language) };
    },
    again: async ({ speak, form }) => {
      const language = speak(byDefault);
      return signInPage(language, { text: words[language].signIn.wrongAddress, address: form.address ?? "" });
    },
  }),
  showSignInSent: page({
    method: "GET",
    path: "/sign-in/sent",
    summary: "Says to look for a mail.",
    run: async ({ speak }) => sentPage(speak(byDefault)),
  }),
  showSignInConfirm: page({
    method: "GET",
    path: "/sign-in/confirm",
    summary: "The page behind a mailed link to sign in, with one button. It changes nothing.",
    query: z.strictObject({ t: Token.default("") }),
    refuses: ["link_ended"],
    run: async ({ query, now, speak }) => {
      const language = speak((await openSignIn(query.t, now)).language);
      const say = words[language].confirm;
      return buttonPage(
        { now, language },
        {
          path: "/sign-in/confirm",
          t: query.t,
          title: say.title,
          texts: html`<p>${say.text}</p><p class="soft">${say.until}</p>`,
          button: say.button,
          json: { status: "unconfirmed" },
        },
      );
    },
  }),
  signIn: page({
    method: "POST",
    path: "/sign-in/confirm",
    summary:
      "Signs in: a cookie for browsers, a session in the answer for programs. Pressed twice, it is the same session.",
    form: Pressed,
    status: 201,
    returns: SessionStarted,
    refuses: ["link_ended", "link_used", "form_altered", "form_expired", "not_a_member"],
    run: async (visit) => {
      const { form, now, speak, wantsJson } = visit;
      const link = await openSignIn(form.t, now);
      const language = speak(link.language);
      const shown = await shownBy(form.form, form.t, visit);
      return unlessIn(
        visit,
        ({ person }) => person === link.person,
        async () => startedPage(await signIn(link, shown, visit), language, wantsJson),
      );
    },
    again: async ({ speak }, refusal) => failedPage(refusal, speak(byDefault)),
  }),
  showInvitation: page({
    method: "GET",
    path: "/join",
    summary: "The page behind a mailed invitation, with one button. It changes nothing.",
    query: z.strictObject({ t: Token.default("") }),
    refuses: ["link_ended"],
    run: async ({ query, now, speak }) => {
      const { workspaceId, memberId, language: own } = await openJoin(query.t, now);
      const language = speak(own);
      const member = await findMember(workspaceId, memberId, now);
      if (!member) return refuse("link_ended", "This invitation was taken back.");
      const brand = await brandOf(workspaceId, now);
      const { join: say, roles } = words[language];
      return buttonPage(
        { now, language },
        {
          path: "/join",
          t: query.t,
          title: say.title(brand.name),
          texts: html`<p>${say.text(roles[member.role])}</p>${member.status === "invited" && html`<p class="soft">${say.until(member.invitationEndsAt)}</p>`}`,
          button: say.button,
          brand,
          json: { status: member.status, workspace: brand.name, role: member.role },
        },
      );
    },
  }),
  acceptInvitation: page({
    method: "POST",
    path: "/join",
    summary: "Accepts an invitation and signs in. Pressed twice, it is the same session.",
    form: Pressed,
    status: 201,
    returns: SessionStarted,
    refuses: ["link_ended", "link_used", "form_altered", "form_expired", "too_many_workspaces"],
    run: async (visit) => {
      const { form, now, speak, wantsJson } = visit;
      const link = await openJoin(form.t, now);
      const language = speak(link.language);
      const shown = await shownBy(form.form, form.t, visit);
      return unlessIn(
        visit,
        ({ seats }) => seats.some(({ memberId }) => memberId === link.memberId),
        async () => startedPage(await acceptInvitation(link, shown, visit), language, wantsJson),
      );
    },
    again: async ({ speak }, refusal) => failedPage(refusal, speak(byDefault)),
  }),
  showMe: page({
    method: "GET",
    path: "/me",
    summary: "The workspaces and the sessions of whoever is signed in with this browser.",
    returns: Me,
    refuses: ["session_unknown"],
    run: async (visit) => {
      if (visit.owner !== undefined) return atOurs("/me", visit.speak(byDefault));
      const here = await sessionHere(visit);
      if (here) return mePage(here, visit);
      if (visit.wantsJson) return refuse("session_unknown", "Nobody is signed in with this browser.");
      return { seeOther: pathOf("/sign-in", visit.speak(byDefault)), cookies: [noSession()] };
    },
  }),
  signOut: page({
    method: "POST",
    path: "/me/sign-out",
    summary: "Signs out: here, everywhere, or of one session.",
    form: z.object({ form: Token, which: z.string().max(100) }),
    refuses: ["form_altered", "form_expired"],
    run: async (visit) => {
      const { form, now, requestId, speak } = visit;
      const toSignIn = { seeOther: pathOf("/sign-in", speak(byDefault)), cookies: [noSession()] };
      const here = await sessionHere(visit);
      if (!here) return toSignIn;
      await checkForm(system, "sign-out", here.sessionId, form.form, now);
      const all = await othersOf(here, now);
      const others = all.filter(({ sessionId }) => sessionId !== here.sessionId);
      // This one last: as long as it is left, pressing again goes on.
      const which =
        form.which === "here"
          ? [here]
          : form.which === "everywhere"
            ? [...others, here]
            : others.filter(({ sessionId }) => sessionId === form.which);
      await signOut(which, { now, actor: "visitor", cause: requestId });
      return which.some(({ sessionId }) => sessionId === here.sessionId)
        ? toSignIn
        : { seeOther: pathOf("/me", speak(byDefault)) };
    },
  }),
};

export const handler = pages(routes);
