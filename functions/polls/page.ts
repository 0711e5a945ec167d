import { randomBytes } from "node:crypto";
import * as z from "zod";
import { days, milliseconds, seconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { recentCountsFor } from "../platform/counts.ts";
import { found, type Refusal, refuse } from "../platform/errors.ts";
import { newId, Slug } from "../platform/ids.ts";
import {
  checkForm,
  formToken,
  type Html,
  html,
  type Page,
  page,
  pages,
  shownAt,
  type Visit,
} from "../platform/page.ts";
import { qrDocument } from "../platform/qr.ts";
import { derive } from "../platform/secrets.ts";
import { Conflict, put } from "../platform/table.ts";
import { type Language, sayTime } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import {
  type Asked,
  countsOf,
  OptionView,
  ResultView,
  Stage,
  type Standing,
  stageOf,
  takes,
  viewOptions,
  viewResult,
} from "./poll.ts";
import { placeOf, type Response, respond } from "./response.ts";
import { findPollBySlug, findResponse, responses, standingResponse } from "./table.ts";
import { words } from "./words.ts";

// Where people respond. One response a device: a browser's is a random number in a cookie of this poll, which its form
// carries too, sealed, so that the same form sent twice is one response also where cookies are off.
// An app sends JSON, `{ option, device }`, with a number of its own choice, the same whenever it tries again.

const params = z.strictObject({ slug: Slug });
type Params = z.output<typeof params>;
type Here = Pick<Visit<Params>, "params" | "now" | "cookies" | "speak" | "owner">;

const cookieName = "device";
const Device = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, "Use 16 to 64 letters, digits, hyphens and underscores.");
const newDevice = (): string => randomBytes(16).toString("base64url");
const deviceIn = (cookies: Here["cookies"]): string | undefined => Device.safeParse(cookies[cookieName]).data;

const deviceCookie = (slug: string, device: string): string => {
  const secure = config.publicUrl().startsWith("https:") ? "; Secure" : "";
  return `${cookieName}=${device}; Path=/p/${slug}; Max-Age=${days(180) / seconds(1)}; HttpOnly; SameSite=Lax${secure}`;
};

const pollHere = async (here: Here): Promise<Standing> =>
  found(shownAt(here, await findPollBySlug(here.params.slug, here.now)), "poll");

const placeIn = async (poll: Asked, device: string) =>
  placeOf(poll, await derive(poll.workspaceId, `poll-device/${poll.pepper}`, poll.pepper), device);

/** What this browser has answered before. */
const answerOf = async (poll: Asked, { cookies, now }: Here): Promise<Response | undefined> => {
  const device = deviceIn(cookies);
  return device === undefined ? undefined : findResponse(await placeIn(poll, device), now);
};

const textOf = (poll: Standing, optionId: string): string =>
  poll.options.find((option) => option.optionId === optionId)?.text ?? "";

/** The address of a page of this poll, in the language that was asked for. */
const address = (poll: Standing, path: "" | "/results", language: Language): string =>
  `/p/${poll.slug}${path}${language === poll.language ? "" : `?lang=${language}`}`;

const PublicPoll = z
  .object({
    slug: z.string(),
    status: Stage,
    language: z.string(),
    question: z.string().optional(),
    options: z.array(OptionView).optional(),
    closesAt: z.iso.datetime().optional(),
  })
  .meta({ id: "PublicPoll" });

/** A draft's question is not public. */
const publicPoll = (poll: Standing, now: string): z.infer<typeof PublicPoll> => {
  const { slug, language, question, closesAt } = poll;
  const stage = { slug, status: stageOf(poll, now), language };
  if (poll.status === "draft") return stage;
  return { ...stage, question, options: viewOptions(poll), ...(closesAt === undefined ? {} : { closesAt }) };
};

const notePage = async (poll: Standing, here: Here, title: string, body: Html): Promise<Page> => {
  const { now, speak } = here;
  const brand = await brandOf(poll.workspaceId, now);
  return { language: speak(poll.language), title, brand, body, json: publicPoll(poll, now) };
};

const resultsLink = (poll: Standing, language: Language): Html =>
  html`<a class="button quiet" href="${address(poll, "/results", language)}">${words[language].seeResults}</a>`;

/** The page of a poll as it is for this visitor; `problem` says why a form came back. */
const pollPage = async (
  poll: Standing,
  here: Here,
  problem?: { text: string; chosen: string | undefined },
): Promise<Page> => {
  const { now, cookies, speak } = here;
  const language = speak(poll.language);
  const say = words[language];
  if (poll.status === "draft") {
    const { title, text } = say.notOpen;
    return notePage(poll, here, title, html`<h1>${title}</h1><p>${text}</p>`);
  }
  if (!takes(poll, now)) {
    const { title, text } = say.over;
    const body = html`<p class="brand">${title}</p><h1>${poll.question}</h1><p>${text}</p>${resultsLink(poll, language)}`;
    return notePage(poll, here, poll.question, body);
  }
  const answer = await answerOf(poll, here);
  if (answer) {
    const { title, text } = say.answered;
    const given = text(textOf(poll, answer.optionId));
    const body = html`<h1>${poll.question}</h1><div class="good"><p>${title}.</p><p>${given}</p></div>${resultsLink(poll, language)}`;
    return notePage(poll, here, poll.question, body);
  }

  const device = deviceIn(cookies) ?? newDevice();
  const token = await formToken(poll.workspaceId, "respond", poll.pollId, now, device);
  const brand = await brandOf(poll.workspaceId, now);
  const choice = ({ optionId, text }: Asked["options"][number]) =>
    html`<label class="choice"><input type="radio" name="option" value="${optionId}" required${optionId === problem?.chosen && html` checked`}><span>${text}</span></label>`;
  return {
    language,
    title: poll.question,
    brand,
    description: poll.options.map(({ text }) => text).join(" · "),
    returnable: true,
    cookies: [deviceCookie(poll.slug, device)],
    json: publicPoll(poll, now),
    body: html`<h1>${poll.question}</h1>
${problem && html`<p class="error" role="alert">${problem.text}</p>`}
<form method="post" action="${address(poll, "", language)}">
<input type="hidden" name="form" value="${token}">
<fieldset><legend>${say.choose}</legend>
${poll.options.map(choice)}
</fieldset>
<button>${say.send}</button>
</form>
${poll.closesAt !== undefined && html`<p class="soft">${say.closesAt(sayTime(poll.closesAt, language, brand.zone))}</p>`}
<p class="soft">${say.cookie}</p>
${resultsLink(poll, language)}`,
  };
};

const Given = z.object({
  option: z.string().max(100),
  /** The token of a form that this page showed. */
  form: z.string().max(2000).optional(),
  device: Device.optional().describe("An app's own random number for its user, the same at every attempt."),
});

/** The device that answers: a browser's by its cookie, or else by its form; an app's as it says. */
const deviceOf = async (poll: Asked, given: z.output<typeof Given>, { cookies, now }: Here): Promise<string> => {
  if (given.form !== undefined) {
    const shown = await checkForm(poll.workspaceId, "respond", poll.pollId, given.form, now);
    return deviceIn(cookies) ?? shown;
  }
  return (
    given.device ??
    refuse("invalid_input", "Say which device answers, so that a repeated request is still one response.", [
      { pointer: "#/device", detail: "Required, unless a form of the page is sent." },
    ])
  );
};

/** Writes the response, or gives the first one of the same device. */
const keep = async (response: Response, { save }: Pick<Visit, "save">): Promise<Response> => {
  try {
    await save([put(responses, response)]);
    return response;
  } catch (error) {
    if (!(error instanceof Conflict) || !error.existing) throw error;
    return standingResponse(error.existing);
  }
};

const ResponseView = z
  .object({ responseId: z.string(), pollId: z.string(), optionId: z.string(), at: z.iso.datetime() })
  .meta({ id: "PollResponse" });

const problemOf = (refusal: Refusal, language: Language): string =>
  refusal.code === "invalid_input" ? words[language].chooseOne : words[language].formAgain;

const resultsPage = async (poll: Asked, here: Here): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(poll.language);
  const say = words[language];
  const counts =
    poll.status === "closed" ? countsOf(poll) : await recentCountsFor(poll.workspaceId, poll.pollId, milliseconds(now));
  const result = viewResult(poll, counts, poll.status === "closed" ? "rows" : "tally", now);
  const answer = await answerOf(poll, here);
  const row = ({ text, count, share }: ResultView["options"][number]) =>
    html`<tr><th scope="row">${text}${bar(share)}</th><td>${say.number(count)}</td><td>${say.percent(share)}</td></tr>\n`;
  return {
    language,
    title: say.results(poll.question),
    brand: await brandOf(poll.workspaceId, now),
    json: result,
    body: html`<h1>${poll.question}</h1>
${answer && html`<p class="good">${say.thanks(textOf(poll, answer.optionId))}</p>`}
<p><strong>${say.total(result.total)}</strong></p>
<p class="soft">${say.stages[poll.status === "closed" ? "closed" : takes(poll, now) ? "open" : "closing"]}</p>
<table>
<thead><tr><th scope="col">${say.option}</th><th scope="col">${say.responses}</th><th scope="col">${say.share}</th></tr></thead>
<tbody>${result.options.map(row)}</tbody>
</table>
${takes(poll, now) && !answer && html`<a class="button quiet" href="${address(poll, "", language)}">${say.toQuestion}</a>`}`,
  };
};

// The numbers stand beside it; the bar's length and outline are seen without colour.
const bar = (share: number): Html =>
  html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width="100" height="6" fill="none" stroke="currentColor" stroke-width=".5"/><rect width="${(share * 100).toFixed(2)}" height="6" fill="currentColor"/></svg>`;

export const routes = {
  showPoll: page({
    method: "GET",
    path: "/p/{slug}",
    summary: "A poll, to respond to.",
    params,
    returns: PublicPoll,
    run: async (visit) => pollPage(await pollHere(visit), visit),
  }),
  respondToPoll: page({
    method: "POST",
    path: "/p/{slug}",
    summary:
      "Responds to a poll: one response a device. The second one of a device changes nothing and gets the first one's answer.",
    params,
    form: Given,
    status: 201,
    returns: ResponseView,
    refuses: ["form_altered", "form_expired", "poll_not_open"],
    run: async (visit) => {
      const { form, now, arrivedMs, speak, wantsJson } = visit;
      const poll = await pollHere(visit);
      if (poll.status === "draft") return refuse("poll_not_open", "This poll has not been opened yet.");
      const device = await deviceOf(poll, form, visit);
      const asked = {
        id: newId("response", now),
        place: await placeIn(poll, device),
        optionId: form.option,
        arrivedMs,
      };
      const { id, pollId, optionId, at } = await keep(respond(poll, asked, now), visit);
      const language = speak(poll.language);
      if (!wantsJson)
        return { seeOther: address(poll, "/results", language), cookies: [deviceCookie(poll.slug, device)] };
      const json = { responseId: id, pollId, optionId, at };
      return { status: 201, language, title: poll.question, body: html``, json };
    },
    again: async (visit, refusal) => {
      const poll = await pollHere(visit);
      const text = problemOf(refusal, visit.speak(poll.language));
      return pollPage(poll, visit, { text, chosen: visit.form.option });
    },
  }),
  showPollQr: page({
    method: "GET",
    path: "/p/{slug}/qr.svg",
    summary: "The address of a poll as a QR code (SVG), for print.",
    params,
    run: async (visit) => {
      const poll = await pollHere(visit);
      const { url } = await brandOf(poll.workspaceId, visit.now);
      const language = visit.speak(poll.language);
      return { language, title: poll.slug, body: html``, document: qrDocument(`${url}/p/${poll.slug}`) };
    },
  }),
  showPollResults: page({
    method: "GET",
    path: "/p/{slug}/results",
    summary: "How many chose what.",
    params,
    returns: ResultView,
    refuses: ["poll_not_open"],
    run: async (visit) => {
      const poll = await pollHere(visit);
      if (poll.status !== "draft") return resultsPage(poll, visit);
      if (visit.wantsJson) return refuse("poll_not_open", "This poll has not been opened yet.");
      return pollPage(poll, visit);
    },
  }),
};

export const handler = pages(routes);
