import * as z from "zod";
import type { Answer } from "../events/polls.ts";
import type { Refusal } from "../platform/errors.ts";
import { formToken, type Html, html, type Page } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { type Language, sayTime } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { answerOf } from "./answer.ts";
import { pictureOf } from "./card.ts";
import { carried, type Fields, fieldsOf, picture, questionPart, sayAnswer } from "./form.ts";
import { kioskOf, linkOf, pathOf, type Via, viaNames } from "./links.ts";
import { type Asked, Stage, type Standing, stageOf, takes, titleOf } from "./poll.ts";
import { endOfStep } from "./question.ts";
import { answersOf, type Response } from "./response.ts";
import { wholeResponse } from "./table.ts";
import { QuestionView, viewFirst, viewQuestion } from "./view.ts";
import { deviceCookie, deviceIn, type Here, newDevice, responseOf } from "./visitor.ts";
import { words } from "./words.ts";

// The page of a poll: its form, step by step where answers decide what is asked next, and what else there is to say.

export const PublicPoll = z
  .object({
    slug: z.string(),
    status: Stage,
    language: z.string(),
    title: z.string().optional(),
    question: z.string().optional(),
    options: z.array(QuestionView.shape.options.unwrap().element).optional(),
    questions: z.array(QuestionView).optional(),
    tier: z.enum(["device", "email", "link"]).optional(),
    opensAt: z.iso.datetime().optional(),
    closesAt: z.iso.datetime().optional(),
  })
  .meta({ id: "PublicPoll" });

/** A draft's question is not public, nor is that of a poll that opens later. */
const publicPoll = (poll: Standing, now: string): z.infer<typeof PublicPoll> => {
  const { slug, language, opensAt, closesAt, tier } = poll;
  const status = stageOf(poll, now);
  const stage = { slug, status, language };
  if (status === "draft") return stage;
  const times = { ...(opensAt === undefined ? {} : { opensAt }), ...(closesAt === undefined ? {} : { closesAt }) };
  if (status === "planned") return { ...stage, ...times };
  return {
    ...stage,
    title: titleOf(poll),
    ...viewFirst(poll),
    questions: poll.questions.map(viewQuestion),
    tier,
    ...times,
  };
};

const notePage = async (poll: Standing, here: Here, title: string, body: Html): Promise<Page> => {
  const { now, speak } = here;
  const brand = await brandOf(poll.workspaceId, now);
  return {
    language: speak(poll.language),
    title,
    brand,
    body,
    framedBy: poll.embedOrigins,
    json: publicPoll(poll, now),
  };
};

const resultsLink = (poll: Standing, language: Language, { embed, t }: Via): Html | false =>
  poll.results === "live" &&
  html`<a class="button quiet" href="${pathOf(poll, "/results", language, { embed, t })}">${words[language].seeResults}</a>`;

/** What the form carries beside the answers. */
const hidden = (fields: Iterable<readonly [string, string]>): Html =>
  html`${[...fields].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`;
const viaPairs = (via: Via): [string, string][] =>
  viaNames.flatMap((name) => (via[name] === undefined ? [] : [[name, via[name]] satisfies [string, string]]));

type Problem = { refusal: Refusal; wrong: readonly string[] };
type Asking = {
  via: Via;
  /** The question that the form begins with, by its place. */
  from?: number;
  filled?: Fields;
  problem?: Problem;
  /** It changes a response. */
  isChange?: boolean;
};

const problemPart = ({ refusal, wrong }: Problem, isAlone: boolean, language: Language): Html | false => {
  const say = words[language];
  if (refusal.code !== "invalid_input") return html`<p class="error" role="alert">${say.formAgain}</p>`;
  if (refusal.errors[0]?.pointer === "#/email") return html`<p class="error" role="alert">${say.email.wrong}</p>`;
  return !(isAlone && wrong.length > 0) && html`<p class="error" role="alert">${say.problem}</p>`;
};

const emailPart = (filled: Fields, language: Language): Html => {
  const { label, hint } = words[language].email;
  return html`<label for="email">${label}</label><p class="soft" id="email-hint">${hint}</p>
<input type="email" id="email" name="email" required maxlength="254" autocomplete="email" aria-describedby="email-hint" value="${filled.email ?? ""}">`;
};

/** A page stays under 50 KB, whatever a poll asks: of more than this, the next step shows the rest. One question is less. */
const mostMarkup = 30_000;

/** The questions of the step that begins at `from`: up to where one goes on depends on an answer, or the page is full. */
const stepOf = (
  poll: Asked,
  from: number,
  shown: Parameters<typeof questionPart>[2],
): { parts: Html[]; upTo: number } => {
  const parts: Html[] = [];
  let bytes = 0;
  for (const question of poll.questions.slice(from, endOfStep(poll.questions, from) + 1)) {
    const part = questionPart(poll, question, shown);
    // What somebody filled in before moves nothing to another step.
    const asked =
      Object.keys(shown.filled).length === 0 ? part : questionPart(poll, question, { ...shown, filled: {} });
    bytes += Buffer.byteLength(asked.markup);
    if (parts.length > 0 && bytes > mostMarkup) break;
    parts.push(part);
  }
  return { parts, upTo: from + parts.length - 1 };
};

/** The form, or the step of it that begins at `from`. */
const formPage = async (poll: Asked, here: Here, asking: Asking): Promise<Page> => {
  const { now, cookies, speak } = here;
  const { via, from = 0, filled = {}, problem, isChange = false } = asking;
  const language = speak(poll.language);
  const say = words[language];
  const kiosk = await kioskOf(poll, via.kiosk, now);
  const isFramed = via.embed !== undefined;
  const device = kiosk ? newDevice() : (deviceIn(cookies) ?? newDevice());
  const seed = filled.seed ?? sha256(device).toString("base64url").slice(0, 12);
  const brand = await brandOf(poll.workspaceId, now);
  const shown = { language, filled, seed, wrong: problem?.wrong ?? [] };
  const { parts, upTo } = stepOf(poll, from, shown);
  const isLast = upTo === poll.questions.length - 1;
  const isAlone = poll.questions.length === 1 && poll.title === undefined;
  const usesDevice = poll.tier === "device" && !kiosk;
  const asksEmail = poll.tier === "email" && isLast && !isChange;
  const token = await formToken(poll.workspaceId, "respond", poll.pollId, now, device);
  const isSimpleWrong = isAlone && problem?.refusal.code === "invalid_input" && problem.wrong.length > 0;
  return {
    language,
    title: titleOf(poll),
    brand,
    description: poll.questions
      .flatMap((question) => [
        question.text,
        ...("options" in question ? question.options.map(({ text }) => text) : []),
      ])
      .filter((text) => text !== titleOf(poll))
      .join(" · ")
      .slice(0, 300),
    picture: pictureOf(poll, language, brand),
    returnable: true,
    framedBy: poll.embedOrigins,
    cookies: usesDevice ? [deviceCookie(poll.slug, device, isFramed)] : [],
    json: publicPoll(poll, now),
    body: html`<h1>${titleOf(poll)}</h1>
${problem && !isSimpleWrong && problemPart(problem, isAlone, language)}
<form method="post" action="${pathOf(poll, "", language)}">
${hidden([["form", token], ["seed", seed], ["from", String(from)], ["upTo", String(upTo)], ...viaPairs(via), ...carried(poll, from, filled)])}
${parts}
${asksEmail && emailPart(filled, language)}
<button>${isLast ? (isChange ? say.sendChange : say.send) : say.next}</button>
</form>
${poll.closesAt !== undefined && html`<p class="soft">${say.closesAt(sayTime(poll.closesAt, language, brand.zone))}</p>`}
${poll.changeable && !kiosk && !isChange && html`<p class="soft">${say.canChange}</p>`}
${usesDevice && html`<p class="soft">${say.cookie}</p>`}
${!kiosk && resultsLink(poll, language, via)}`,
  };
};

/** The next step of a form: what was answered before rides along. */
export const stepPage = (poll: Asked, here: Here, step: { from: number; filled: Fields; via: Via }): Promise<Page> =>
  formPage(poll, here, step);

/** What a link answers: of a poll of one question. */
const linkedAnswer = (poll: Asked, given: string | undefined): Answer | undefined => {
  const [first, ...more] = poll.questions;
  if (given === undefined || !first || more.length > 0 || (first.kind !== "single" && first.kind !== "rating"))
    return undefined;
  try {
    return answerOf(first, given, () => "query:answer") ?? undefined;
  } catch {
    return undefined; // An answer that there is not: the page asks for one.
  }
};

/** The answer of a link, with one button: only that sends it. */
const confirmPage = async (poll: Asked, here: Here, via: Via, answer: Answer): Promise<Page> => {
  const language = here.speak(poll.language);
  const say = words[language];
  const [first] = poll.questions;
  const said = sayAnswer(first, answer, language) ?? "";
  const form = await formPage(poll, here, { via });
  const device = deviceIn(here.cookies);
  const token = await formToken(poll.workspaceId, "respond", poll.pollId, here.now, device ?? newDevice());
  const fields = first ? Object.entries(fieldsOf(poll, first, answer, language)) : [];
  return {
    ...form,
    body: html`<h1>${titleOf(poll)}</h1>${picture(first?.image)}
<p>${say.yourAnswer(said)}</p>
<form method="post" action="${pathOf(poll, "", language)}">
${hidden([["form", token], ["from", "0"], ["upTo", "0"], ...viaPairs(via), ...fields])}
${poll.tier === "email" && emailPart({}, language)}
<button>${say.sendOne(said)}</button>
</form>
<a class="button quiet" href="${pathOf(poll, "", language, via)}">${say.chooseAnother}</a>
${poll.tier === "device" && html`<p class="soft">${say.cookie}</p>`}`,
  };
};

/** What somebody who has answered sees. */
const answeredPage = async (poll: Asked, here: Here, via: Via, response: Response): Promise<Page> => {
  const language = here.speak(poll.language);
  const say = words[language];
  const { title, text, change } = say.answered;
  const isOne = poll.questions.length === 1;
  const said = isOne ? sayAnswer(poll.questions[0], answersOf(poll, response)[0], language) : undefined;
  const given = said === undefined ? "" : poll.tier === "device" ? text(said) : say.yourAnswer(said);
  const again = poll.changeable && takes(poll, here.now);
  return notePage(
    poll,
    here,
    titleOf(poll),
    html`<h1>${titleOf(poll)}</h1><div class="good"><p>${title}.</p>${given !== "" && html`<p>${given}</p>`}</div>
${again && html`<a class="button" href="${pathOf(poll, "", language, { ...via, change: "1" })}">${change}</a>`}
${poll.results !== "hidden" && resultsLink({ ...poll, results: "live" }, language, via)}`,
  );
};

const changePage = (poll: Asked, here: Here, via: Via, response: Response): Promise<Page> => {
  const language = here.speak(poll.language);
  const answers = answersOf(poll, response);
  const filled: Fields = Object.assign({}, ...poll.questions.map((of, i) => fieldsOf(poll, of, answers[i], language)));
  return formPage(poll, here, { via, filled, isChange: true });
};

/** The page of a poll as it is for this visitor; `problem` says why a form came back. */
export const pollPage = async (
  poll: Standing,
  here: Here,
  asked: { via: Via; answer?: string | undefined; isChange?: boolean; filled?: Fields; problem?: Problem },
): Promise<Page> => {
  const { now, speak } = here;
  const { via, answer, isChange = false, filled, problem } = asked;
  const language = speak(poll.language);
  const say = words[language];
  const stage = stageOf(poll, now);
  if (poll.status === "draft") {
    const { title, text } = say.notOpen;
    return notePage(poll, here, title, html`<h1>${title}</h1><p>${text}</p>`);
  }
  if (stage === "planned" && poll.opensAt !== undefined) {
    const { title } = say.planned;
    const { zone } = await brandOf(poll.workspaceId, now);
    const when = say.opensAt(sayTime(poll.opensAt, language, zone));
    return notePage(poll, here, title, html`<h1>${title}</h1><p>${when}</p>`);
  }
  if (!takes(poll, now)) {
    const { title, text } = say.over;
    const results = poll.results !== "hidden" && resultsLink({ ...poll, results: "live" }, language, via);
    const body = html`<p class="brand">${title}</p><h1>${titleOf(poll)}</h1><p>${text}</p>${results}`;
    return notePage(poll, here, titleOf(poll), body);
  }
  const response = await responseOf(poll, here, via);
  if (response) {
    const again = poll.changeable && (isChange || problem !== undefined);
    if (!again) return answeredPage(poll, here, via, response);
    return filled
      ? formPage(poll, here, { via, filled, from: fromOf(filled), isChange: true, ...(problem ? { problem } : {}) })
      : changePage(poll, here, via, await wholeResponse(response, now));
  }
  if (poll.tier === "link" && !(await linkOf(poll, via.t, now))) {
    const { title, text } = say.linkNeeded;
    return notePage(
      poll,
      here,
      title,
      html`<p class="brand">${titleOf(poll)}</p><h1>${title}</h1><p>${text}</p>${resultsLink(poll, language, via)}`,
    );
  }
  const linked = linkedAnswer(poll, answer);
  if (linked) return confirmPage(poll, here, via, linked);
  return formPage(poll, here, {
    via,
    ...(filled ? { filled, from: fromOf(filled) } : {}),
    ...(problem ? { problem } : {}),
  });
};

const fromOf = ({ from }: Fields): number => {
  const place = Number(from ?? 0);
  return Number.isInteger(place) && place >= 0 && place < 100 ? place : 0;
};

/** Asks for the code that was mailed; the answers wait in the form. */
export const codePage = async (
  poll: Asked,
  here: Here,
  asked: { email: string; filled: Fields; via: Via; isWrong?: boolean },
): Promise<Page> => {
  const { email, filled, via, isWrong = false } = asked;
  const language = here.speak(poll.language);
  const { title, text, label, button, wrong, again } = words[language].code;
  const token = await formToken(poll.workspaceId, "respond", poll.pollId, here.now);
  const { questions } = poll;
  return {
    ...(await notePage(
      poll,
      here,
      title,
      html`<p class="brand">${titleOf(poll)}</p><h1>${title}</h1>
${isWrong && html`<p class="error" role="alert">${wrong}</p>`}
<p>${text(email)}</p>
<form method="post" action="${pathOf(poll, "", language)}">
${hidden([["form", token], ["email", email], ["from", "0"], ["upTo", String(questions.length - 1)], ...viaPairs(via), ...carried(poll, questions.length, filled)])}
<label for="code">${label}</label>
<input type="text" id="code" name="code" required maxlength="30" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false">
<button>${button}</button>
</form>
<p class="soft">${again}</p>`,
    )),
    status: isWrong ? 400 : 202,
    json: { status: "mailed" },
  };
};

/** So long a kiosk thanks, before it asks the next one. */
const thanksSeconds = 20;

export const doneAtKioskPage = async (poll: Standing, here: Here, { kiosk }: Via): Promise<Page> => {
  const language = here.speak(poll.language);
  const { title, text, next } = words[language].kiosk;
  const back = pathOf(poll, "", language, { kiosk });
  return {
    ...(await notePage(
      poll,
      here,
      title,
      html`<h1>${title}</h1><p>${text(thanksSeconds)}</p><a class="button" href="${back}">${next}</a>`,
    )),
    next: { path: back, afterSeconds: thanksSeconds },
  };
};
