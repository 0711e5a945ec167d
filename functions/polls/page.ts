import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { event } from "../events/polls.ts";
import { instant } from "../platform/clock.ts";
import { found, pointerTo, type Refusal, refuse } from "../platform/errors.ts";
import { newId, Slug } from "../platform/ids.ts";
import { Address } from "../platform/input.ts";
import { checkForm, type Page, page, pages, type Redirect, shownAt, type Visit } from "../platform/page.ts";
import { unwrapAhead } from "../platform/secrets.ts";
import { Conflict, put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { walk } from "./answer.ts";
import { readFields } from "./form.ts";
import { cameFrom, kioskOf, linkOf, pathOf, type Via, viaFields } from "./links.ts";
import { keepWords, type Named, saysTheSame, shortened } from "./long-answers.ts";
import { type Asked, isSimple, type Standing, takes } from "./poll.ts";
import { codePage, doneAtKioskPage, PublicPoll, pollPage, stepPage } from "./poll-page.ts";
import { change, type Given, markOf, person, placeBy, type Response, respond } from "./response.ts";
import { ResultView } from "./result.ts";
import { findPollBySlug, responses, standingResponse } from "./table.ts";
import {
  Device,
  deviceCookie,
  deviceIn,
  deviceNeeded,
  type Here,
  mineCookie,
  minePlace,
  pepperOf,
  placeIn,
} from "./visitor.ts";

// Where people respond, once each (visitor.ts says how they are told apart). A browser sends the form that the page showed;
// an app sends JSON, `{ answers, device }`, or of a poll of one choice `{ option, device }`.

const params = z.strictObject({ slug: Slug });
type Params = z.output<typeof params>;

const pollHere = async (here: Here & { params: Params }): Promise<Standing> =>
  found(shownAt(here, await findPollBySlug(here.params.slug, here.now, unwrapAhead)), "poll");

const Sent = z.looseObject({
  option: z.string().max(100).optional().describe("Of a poll of one choice: the option."),
  answers: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'By question: an option\'s id, or {"other": "…"}; a list of them; a rating; a list of all options, the best first; a number; a text; or by statement "agree", "disagree" or "pass".',
    ),
  /** The token of a form that this page showed. */
  form: z.string().max(2000).optional(),
  device: Device.optional().describe("An app's own random number for its user, the same at every attempt."),
  email: Address.optional().describe("Where an address makes a person: a code is mailed to it."),
  code: z.string().max(30).optional().describe("The code that was mailed."),
  /** The last question that the form showed, by its place. */
  upTo: z.coerce.number().int().min(0).max(100).optional(),
  ...viaFields,
});
type Sent = z.output<typeof Sent>;
type Sending = Visit<Params, unknown, Sent>;

const textsIn = (form: Sent): Record<string, string> =>
  Object.fromEntries(Object.entries(form).filter((pair): pair is [string, string] => typeof pair[1] === "string"));

/** What was answered, and where to go on where the form did not show all. */
const answersIn = (poll: Asked, { form, speak }: Sending) => {
  if (form.answers !== undefined || form.form === undefined) {
    const [first] = poll.questions;
    const unknown = Object.keys(form.answers ?? {}).find((id) =>
      poll.questions.every((question) => question.id !== id),
    );
    if (unknown !== undefined)
      return refuse("invalid_input", "An answer is to a question that this poll does not ask.", [
        { pointer: pointerTo("answers", unknown.slice(0, 100)), detail: "Give the ids of its questions: q1, q2 …" },
      ]);
    const given = form.answers ?? (first && form.option !== undefined ? { [first.id]: form.option } : {});
    const isShort = form.answers === undefined && isSimple(poll);
    return walk(poll.questions, given, ({ id }) => (isShort ? "#/option" : `#/answers/${id}`));
  }
  const given = readFields(poll, textsIn(form), speak(poll.language));
  return walk(poll.questions, given, ({ id }) => (isSimple(poll) ? "#/option" : `#/answers/${id}`), form.upTo);
};

/** Who answers by device: a browser by its cookie, or else by its form; an app as it says. */
const deviceOf = async (poll: Asked, { form: sent, cookies, now }: Sending, isKiosk: boolean): Promise<string> => {
  if (sent.form === undefined) return sent.device ?? deviceNeeded();
  const shown = await checkForm(poll.workspaceId, "respond", poll.pollId, sent.form, now);
  return isKiosk ? shown : (deviceIn(cookies) ?? shown);
};

type Who = Pick<Given, "at" | "segment" | "kiosk" | "place"> & { cookies: string[] };

const byDevice = async (poll: Asked, visit: Sending): Promise<Who> => {
  const kiosk = await kioskOf(poll, visit.form.kiosk, visit.now);
  const device = await deviceOf(poll, visit, kiosk !== undefined);
  const at = await placeIn(poll, device);
  if (!kiosk) return { at, cookies: [deviceCookie(poll.slug, device, visit.form.embed !== undefined)] };
  return { at, kiosk: true, ...(kiosk.place === undefined ? {} : { place: kiosk.place }), cookies: [] };
};

const byLink = async (poll: Asked, { form, now }: Sending): Promise<Who> => {
  const link =
    (await linkOf(poll, form.t, now)) ?? refuse("link_ended", "Respond by the personal link that you were sent.");
  const at = await placeIn(poll, person("link", link.person));
  return {
    at,
    ...(link.segment === undefined ? {} : { segment: link.segment }),
    cookies: [await mineCookie(poll, at, now)],
  };
};

/** Whose address it is; undefined where a code is still to be given. Refuses a wrong code. */
const byEmail = async (poll: Asked, visit: Sending): Promise<Who | undefined> => {
  const { form, now, speak } = visit;
  const known = poll.changeable ? await minePlace(poll, visit) : undefined;
  if (known) return { at: placeBy(poll, known.device), cookies: [] };
  const email =
    form.email ??
    refuse("invalid_input", "Give a mail address: a code is mailed to it.", [
      { pointer: "#/email", detail: "Required: it makes a person respond once." },
    ]);
  const { isCodeOf, mailboxOf, mailCode, personal } = await import("./code.ts");
  // However its address is written, a mailbox is mailed and proved as one.
  const mailbox = mailboxOf(email);
  if (form.code === undefined || form.code.trim() === "") {
    await mailCode(poll, mailbox, speak(poll.language), now);
    return undefined;
  }
  if (!(await isCodeOf(poll, mailbox, form.code, now)))
    refuse("invalid_input", "This is not the code that was mailed to this address.", [
      { pointer: "#/code", detail: "Give the code of the newest mail." },
    ]);
  const at = await placeIn(poll, person("email", personal(email)));
  return { at, cookies: [await mineCookie(poll, at, now)] };
};

const whoOf = (poll: Asked, visit: Sending): Promise<Who | undefined> => {
  if (poll.tier === "email") return byEmail(poll, visit);
  return poll.tier === "link" ? byLink(poll, visit) : byDevice(poll, visit);
};

const mostAttempts = 5;

/**
 * A form writes a byte of an emoji in three, so that an answer of 100 KB is 300. A page that shows such a form again writes a
 * quote in six, and has at most 6 MB.
 */
const mostSentBytes = 768 * 1024;

const forgetLong = async (row: Named): Promise<void> => {
  if (row.words === undefined) return;
  const { forgetWords } = await import("./forget-words.ts");
  await forgetWords(row);
};

/** Writes the response; or gives the first one of the same person, changed where this poll lets them. */
const keep = async (poll: Asked, given: Response, { save }: Pick<Visit, "save">): Promise<Response> => {
  let standing: Response | undefined;
  for (let attempt = 1; ; attempt++) {
    const { row: response, long } = shortened(given, attempt);
    if (long) await keepWords(response, long);
    const next = standing ? change(standing, response) : response;
    const events = standing ? [event("response.changed", { pollId: poll.pollId, responseId: standing.id })] : [];
    const before = standing;
    try {
      await save([put(responses, next, events)]);
      if (before && before.words !== next.words) await forgetLong(before);
      return next;
    } catch (error) {
      if (!(error instanceof Conflict) || !error.existing) throw error;
      standing = standingResponse(error.existing);
      // Only what the row names now is read.
      for (const past of [before, next]) if (past && past.words !== standing.words) await forgetLong(past);
      const isSame = isDeepStrictEqual(standing.answers, response.answers) && saysTheSame(standing, response);
      if (!poll.changeable || isSame) return standing;
      // Somebody who races with themselves changes once more; what came last may stand.
      if (attempt === mostAttempts) throw error;
    }
  }
};

const ResponseView = z
  .object({
    responseId: z.string(),
    pollId: z.string(),
    optionId: z.string().optional().describe("What was chosen in the first question, where it has options."),
    at: z.iso.datetime(),
    changedAt: z.iso.datetime().optional(),
  })
  .meta({ id: "PollResponse" });
const CodeMailed = z.object({ status: z.literal("mailed") }).meta({ id: "PollCodeMailed" });

const viewResponse = ({ id, pollId, optionId, at, changedAt }: Response): z.infer<typeof ResponseView> => ({
  responseId: id,
  pollId,
  ...(optionId === undefined ? {} : { optionId }),
  at,
  ...(changedAt === undefined ? {} : { changedAt }),
});

const toRespond = async (visit: Sending): Promise<Page | Redirect> => {
  const { form, now, arrivedMs, speak, wantsJson } = visit;
  const poll = await pollHere(visit);
  if (!takes(poll, instant(arrivedMs))) return refuse("poll_not_open", "This poll takes no answers now.");
  const { answers, next } = answersIn(poll, visit);
  if (next !== undefined) return stepPage(poll, visit, { from: next, filled: textsIn(form), via: form });
  const who = await whoOf(poll, visit);
  if (!who) return codePage(poll, visit, { email: form.email ?? "", filled: textsIn(form), via: form });
  const { cookies, at, ...came } = who;
  const network = markOf(poll, await pepperOf(poll), visit.address);
  const asked = { id: newId("response", now), at, answers, ...cameFrom(poll, form), ...came, network, arrivedMs };
  const kept = await keep(poll, respond(poll, asked, now), visit);
  const language = speak(poll.language);
  if (wantsJson) return { status: 201, language, title: poll.slug, body: { markup: "" }, json: viewResponse(kept) };
  const { kiosk, embed, t } = form;
  const seeOther = came.kiosk
    ? pathOf(poll, "", language, { kiosk, done: "1" })
    : pathOf(poll, "/results", language, { embed, t });
  return { seeOther, cookies };
};

const query = z.strictObject({
  ...viaFields,
  answer: z.string().max(100).optional().describe("The answer that the link gives; the page asks to confirm it."),
  change: z.string().max(10).optional().describe("Shows the form again to who has responded."),
  done: z.string().max(10).optional().describe("At a kiosk: somebody has responded."),
});
const viaQuery = z.strictObject(viaFields);

/** The questions that a refusal is about. */
const wrongIn = (poll: Standing, refusal: Refusal): string[] => {
  const pointers = refusal.errors.map(({ pointer }) => pointer);
  return poll.questions
    .filter(({ id }, i) => pointers.includes(`#/answers/${id}`) || (i === 0 && pointers.includes("#/option")))
    .map(({ id }) => id);
};

export const routes = {
  showPoll: page({
    method: "GET",
    path: "/p/{slug}",
    summary: "A poll, to respond to. With `answer`, a page with one button: a link that is opened answers nothing.",
    params,
    query,
    returns: PublicPoll,
    run: async (visit) => {
      const poll = await pollHere(visit);
      const { done, change, answer, ...via } = visit.query;
      if (done !== undefined && via.kiosk !== undefined) return doneAtKioskPage(poll, visit, via);
      return pollPage(poll, visit, { via, answer, isChange: change !== undefined });
    },
  }),
  respondToPoll: page({
    method: "POST",
    path: "/p/{slug}",
    summary:
      "Responds to a poll, once a person. A second response changes nothing and gets the first one's answer, unless the poll lets people change theirs. Where an address makes a person, the first request mails a code and the second gives it.",
    params,
    form: Sent,
    mostBodyBytes: mostSentBytes,
    status: 201,
    returns: ResponseView,
    waits: CodeMailed,
    refuses: ["form_altered", "form_expired", "poll_not_open", "link_ended"],
    run: toRespond,
    again: async (visit, refusal) => {
      const poll = await pollHere(visit);
      const { form } = visit;
      const problem = { refusal, wrong: wrongIn(poll, refusal) };
      const via: Via = z.object(viaFields).safeParse(form).data ?? {};
      if (poll.status !== "draft" && takes(poll, visit.now) && refusal.errors[0]?.pointer === "#/code")
        return codePage(poll, visit, { email: form.email ?? "", filled: form, via, isWrong: true });
      return pollPage(poll, visit, { via, filled: form, problem });
    },
  }),
  showPollQr: page({
    method: "GET",
    path: "/p/{slug}/qr.svg",
    summary: "The address of a poll as a QR code (SVG), for print; with the place or the label that it is for.",
    params,
    query: z.strictObject({ source: viaFields.source, place: viaFields.place }),
    run: async (visit) => {
      const poll = await pollHere(visit);
      const { url } = await brandOf(poll.workspaceId, visit.now);
      const language = visit.speak(poll.language);
      const address = `${url}${pathOf(poll, "", poll.language, visit.query)}`;
      const { qrDocument } = await import("../platform/qr.ts");
      return { language, title: poll.slug, body: { markup: "" }, document: qrDocument(address) };
    },
  }),
  showPollResults: page({
    method: "GET",
    path: "/p/{slug}/results",
    summary: "What people answered, where the poll shows it.",
    params,
    query: viaQuery.extend({
      from: z.string().max(10).optional().describe("Where a long result goes on: the question, `q4`. JSON has it all."),
    }),
    returns: ResultView,
    refuses: ["poll_not_open", "results_hidden"],
    run: async (visit) => {
      const poll = await pollHere(visit);
      if (poll.status !== "draft") {
        const { resultsPage } = await import("./results-page.ts");
        return resultsPage(poll, visit, visit.query);
      }
      if (visit.wantsJson) return refuse("poll_not_open", "This poll has not been opened yet.");
      return pollPage(poll, visit, { via: visit.query });
    },
  }),
};

export const handler = pages(routes);
