import * as z from "zod";
import { found, type Refusal, refuse } from "../platform/errors.ts";
import { Id, Slug } from "../platform/ids.ts";
import { checkForm, type Page, page, pages, type Redirect, shownAt, type Visit } from "../platform/page.ts";
import { unwrapAhead } from "../platform/secrets.ts";
import { persist, put } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Standing as Board, Used } from "./board.ts";
import { boardPage, codePage, type Fields, PublicBoard, similarPage } from "./board-page.ts";
import { removeComment } from "./comment.ts";
import { checkFollow, confirmFollow, mailFollow, openStop, pathOf, stopFollowing } from "./follow.ts";
import { isLive, isVisible, removeIdea, Stage, type Standing } from "./idea.ts";
import { askPage, Done, IdeaPageView, ideaPage } from "./idea-page.ts";
import { Name, Said, Text, Title } from "./set-up.ts";
import { similarTo } from "./similar.ts";
import { comments, findBoardBySlug, findComment, findIdeaOn, ideas, recentIdeasOf } from "./table.ts";
import { giveUpSupport, heartOf, supportsIt, takeComment, takeIdea, takeSupport } from "./take.ts";
import { Sorting } from "./view.ts";
import { formOf, type Here, senderOf, sentFields, whoHere } from "./visitor.ts";
import { words } from "./words.ts";

// Where people propose ideas, support those of others, and hear what becomes of them. A browser sends the forms that the pages
// show; an app sends JSON, with a `device` of its own or an address.

const atBoard = z.strictObject({ slug: Slug });
const atIdea = z.strictObject({ slug: Slug, ideaId: Id("idea") });
type AtBoard = { slug: string };
type AtIdea = { slug: string; ideaId: string };

type There<P> = Here & { params: P };

const boardHere = async (here: There<AtBoard>): Promise<Board> =>
  found(shownAt(here, await findBoardBySlug(here.params.slug, here.now, unwrapAhead)), "board");

/** The board, where people have been on it. */
const usedBoard = async (here: There<AtBoard>): Promise<Used> => {
  const board = await boardHere(here);
  return board.status === "draft" ? refuse("board_not_open", "This board is not open yet.") : board;
};

const ideaHere = async (board: Used, here: There<AtIdea>): Promise<Standing> => {
  const idea = found(await findIdeaOn(board, here.params.ideaId, here.now), "idea");
  return idea.status === "removed" ? refuse("not_found", "There is no such idea.") : idea;
};

/** What an empty field of a form sends is nothing. */
const orNothing = <T>(schema: z.ZodType<T>) =>
  z.preprocess((given) => (given === "" ? undefined : given), schema.optional());

const textsIn = (form: object): Fields =>
  Object.fromEntries(Object.entries(form).filter((pair): pair is [string, string] => typeof pair[1] === "string"));

const Mailed = z.object({ status: z.literal("mailed") }).meta({ id: "IdeaCodeMailed" });
const Received = z
  .object({ id: z.string(), ideaId: Id("idea"), status: z.string(), path: z.string() })
  .meta({ id: "IdeaReceived" });

const Proposal = z.looseObject({
  title: Title,
  text: orNothing(Text),
  name: orNothing(Name),
  tell: z.string().max(10).optional().describe("Where a code proves the address: to be mailed what becomes of it."),
  anyway: z.string().max(10).optional().describe("From a form: propose it, though there are ideas like it."),
  ...sentFields,
});
type Proposal = z.output<typeof Proposal>;

const json = (visit: { speak: Visit["speak"] }, board: Board, value: unknown, status = 201): Page => ({
  status,
  language: visit.speak(board.language),
  title: board.slug,
  body: { markup: "" },
  json: value,
});

const received = (board: Board, idea: Standing): z.infer<typeof Received> => ({
  id: idea.ideaId,
  ideaId: idea.ideaId,
  status: idea.status,
  path: `/i/${board.slug}/ideas/${idea.ideaId}`,
});

const toPropose = async (visit: Visit<AtBoard, unknown, Proposal>): Promise<Page | Redirect> => {
  const { form, now, wantsJson, speak } = visit;
  const board = await usedBoard(visit);
  if (board.status === "closed") return refuse("board_not_open", "This board takes no ideas any more.");
  const { title, text, name } = form;
  const language = speak(board.language);
  if (!wantsJson && form.anyway === undefined) {
    const similar = similarTo({ title, text }, (await recentIdeasOf(board, now)).filter(isLive));
    // Whoever sends the same again means the same.
    const isNew = similar.every((idea) => idea.title !== title || idea.text !== text);
    if (similar.length > 0 && isNew)
      return { ...(await similarPage(board, visit, similar, textsIn(form))), status: 202 };
  }
  const sender = await senderOf(board, visit);
  if (!sender) return codePage(board, visit, { path: "", filled: { ...textsIn(form), anyway: "1" } });
  const { addressIn } = await import("./code.ts");
  const asked = board.tier === "device" && form.email ? addressIn(form.email) : undefined;
  const tells = form.tell === "1" && sender.address !== undefined;
  const idea = await takeIdea(board, sender, { title, text, name }, tells ? language : undefined, visit);
  if (asked !== undefined) await mailFollow(board, idea, { address: asked, language, because: "proposed" }, now);
  if (wantsJson) return { ...json(visit, board, received(board, idea)), cookies: sender.cookies };
  return { seeOther: pathOf(board, `/ideas/${idea.ideaId}`, language, { done: "proposed" }), cookies: sender.cookies };
};

const Looked = z.strictObject({
  sort: Sorting.default("support").catch("support"),
  show: Stage.optional().catch(undefined),
  page: z.coerce.number().int().min(1).max(1000).default(1).catch(1),
});

const isOfForm = (refusal: Refusal): boolean =>
  ["invalid_input", "form_expired", "form_altered"].includes(refusal.code);

const Remarked = z.looseObject({
  said: orNothing(Said),
  name: orNothing(Name),
  remove: Id("comment").optional().describe("Instead: take away this comment of one's own."),
  ...sentFields,
});
type Remarked = z.output<typeof Remarked>;

const toRemark = async (visit: Visit<AtIdea, unknown, Remarked>): Promise<Page | Redirect> => {
  const { form, now, save, speak, wantsJson } = visit;
  const board = await usedBoard(visit);
  const idea = await ideaHere(board, visit);
  const { ideaId } = idea;
  if (!isVisible(idea)) return refuse("not_found", "There is no such idea.");
  const language = speak(board.language);
  const back = (done?: Done) => `${pathOf(board, `/ideas/${ideaId}`, language, { done })}#comments`;
  const { remove, said, name } = form;
  if (remove === undefined && said === undefined)
    return refuse("invalid_input", "Write a comment.", [{ pointer: "#/said", detail: "Write something." }]);
  const sender = await senderOf(board, visit);
  if (!sender) return codePage(board, visit, { path: `/ideas/${ideaId}/comments`, filled: textsIn(form) });
  if (remove !== undefined) {
    await persist(async () => {
      const comment = await findComment(idea, remove, now);
      if (!comment || comment.status === "removed" || comment.who !== sender.who) return;
      await save([put(comments, ...removeComment(comment, now))]);
    });
    return wantsJson ? json(visit, board, { ...received(board, idea), id: remove }, 200) : { seeOther: back() };
  }
  const comment = await takeComment(board, idea, sender, { text: said ?? "", name }, visit);
  if (wantsJson)
    return json(visit, board, { ...received(board, idea), id: comment.commentId, status: comment.status }, 200);
  const done = comment.status === "published" ? "commented" : "commentWaits";
  return { seeOther: back(done), cookies: sender.cookies };
};

const Following = z.looseObject({
  t: z.string().max(2000).optional().describe("What the mailed link carries: confirms it."),
  ...sentFields,
});

/** Whether the reader is its proposer, or supports it. */
const becauseOf = async (board: Used, idea: Standing, here: Here) => {
  const who = await whoHere(board, here);
  if (who === undefined) return "followed";
  if (idea.who === who) return "proposed";
  return (await supportsIt(board, idea.ideaId, who, here.now)) ? "supported" : "followed";
};

const Token = z.strictObject({ t: z.string().max(2000).default("") });
const Stopping = z.looseObject({ t: z.string().max(2000) });
const FollowingView = z
  .object({ status: z.enum(["asked", "mailed", "following", "stopped", "removed"]) })
  .meta({ id: "IdeaFollowing" });

export const routes = {
  showBoard: page({
    method: "GET",
    path: "/i/{slug}",
    summary: "A board of ideas: its ideas, twenty a page, and the form to propose one.",
    params: atBoard,
    query: Looked,
    returns: PublicBoard,
    run: async (visit) => boardPage(await boardHere(visit), visit, visit.query),
  }),
  proposeIdea: page({
    method: "POST",
    path: "/i/{slug}",
    summary:
      "Proposes an idea, whose proposer is the first to support it. The same sent twice is one. A form is first asked whether it is one of those that are like it (GET …/similar). Where an address makes a person, the first request mails a code and the second gives it.",
    params: atBoard,
    form: Proposal,
    status: 201,
    returns: Received,
    waits: Mailed,
    refuses: ["form_altered", "form_expired", "board_not_open", "board_full"],
    run: toPropose,
    again: async (visit, refusal) => {
      if (!isOfForm(refusal)) throw refusal;
      const board = await usedBoard(visit);
      const { form } = visit;
      if (refusal.errors[0]?.pointer === "#/code")
        return codePage(board, visit, { path: "", filled: form, isWrong: true });
      return boardPage(board, visit, { sort: "support", page: 1 }, { refusal, filled: form });
    },
  }),
  findSimilarIdeas: page({
    method: "GET",
    path: "/i/{slug}/similar",
    summary:
      "The ideas of a board that are most like a title, at most three: their words are compared, letter by letter.",
    params: atBoard,
    query: z.strictObject({ title: z.string().max(300).default("") }),
    returns: z.object({ items: z.array(z.object({ id: Id("idea"), title: z.string(), path: z.string() })) }),
    refuses: ["board_not_open"],
    run: async (visit) => {
      const board = await usedBoard(visit);
      const similar = similarTo({ title: visit.query.title }, (await recentIdeasOf(board, visit.now)).filter(isLive));
      const language = visit.speak(board.language);
      const items = similar.map(({ ideaId, title }) => ({
        id: ideaId,
        title,
        path: pathOf(board, `/ideas/${ideaId}`, language),
      }));
      if (visit.wantsJson) return json(visit, board, { items }, 200);
      return similarPage(board, visit, similar, { title: visit.query.title });
    },
  }),
  showIdea: page({
    method: "GET",
    path: "/i/{slug}/ideas/{ideaId}",
    summary: "One idea: how far it is, who supports it, what the organiser and others say to it.",
    params: atIdea,
    query: z.strictObject({
      done: Done.optional().catch(undefined).describe("What the reader has just done."),
      page: z.coerce.number().int().min(1).max(1000).default(1).catch(1),
    }),
    returns: IdeaPageView,
    refuses: ["board_not_open"],
    run: async (visit) => {
      const board = await usedBoard(visit);
      return found(await ideaPage(board, await ideaHere(board, visit), visit, visit.query), "idea");
    },
  }),
  supportIdea: page({
    method: "POST",
    path: "/i/{slug}/ideas/{ideaId}/support",
    summary:
      "Supports an idea, once a person; with `undo`, takes it back. Of a merged idea, the one that it was merged into.",
    params: atIdea,
    form: z.looseObject({ undo: z.string().max(10).optional(), ...sentFields }),
    status: 201,
    returns: Received,
    waits: Mailed,
    refuses: ["form_altered", "form_expired", "board_not_open", "idea_not_open"],
    run: async (visit) => {
      const { form, now, speak, wantsJson } = visit;
      const board = await usedBoard(visit);
      const asked = await ideaHere(board, visit);
      const language = speak(board.language);
      const idea = isVisible(asked) ? await heartOf(board, asked, now) : undefined;
      if (!idea) return refuse("not_found", "There is no such idea.");
      const sender = await senderOf(board, visit);
      if (!sender) return codePage(board, visit, { path: `/ideas/${idea.ideaId}/support`, filled: textsIn(form) });
      const isUndo = form.undo !== undefined;
      if (isUndo) await giveUpSupport(board, idea.ideaId, sender.who, visit);
      else await takeSupport(board, idea, sender, visit);
      if (wantsJson) return { ...json(visit, board, received(board, idea)), cookies: sender.cookies };
      const done: Done = isUndo ? "back" : "supported";
      return { seeOther: pathOf(board, `/ideas/${idea.ideaId}`, language, { done }), cookies: sender.cookies };
    },
    again: async (visit, refusal) => {
      if (!isOfForm(refusal)) throw refusal;
      const board = await usedBoard(visit);
      const { form, params } = visit;
      if (refusal.errors[0]?.pointer === "#/code")
        return codePage(board, visit, { path: `/ideas/${params.ideaId}/support`, filled: form, isWrong: true });
      const problem = { refusal, filled: form };
      return found(await ideaPage(board, await ideaHere(board, visit), visit, { problem }), "idea");
    },
  }),
  commentOnIdea: page({
    method: "POST",
    path: "/i/{slug}/ideas/{ideaId}/comments",
    summary: "Comments on an idea; with `remove`, takes away a comment of one's own. The same sent twice is one.",
    params: atIdea,
    form: Remarked,
    returns: Received,
    waits: Mailed,
    refuses: ["form_altered", "form_expired", "board_not_open", "idea_not_open"],
    run: toRemark,
    again: async (visit, refusal) => {
      if (!isOfForm(refusal)) throw refusal;
      const board = await usedBoard(visit);
      const { form, params } = visit;
      if (refusal.errors[0]?.pointer === "#/code")
        return codePage(board, visit, { path: `/ideas/${params.ideaId}/comments`, filled: form, isWrong: true });
      const problem = { refusal, filled: form };
      return found(await ideaPage(board, await ideaHere(board, visit), visit, { problem }), "idea");
    },
  }),
  showFollow: page({
    method: "GET",
    path: "/i/{slug}/ideas/{ideaId}/follow",
    summary: "The page behind the link that was mailed, with one button. Opening it changes nothing.",
    params: atIdea,
    query: Token,
    returns: FollowingView,
    refuses: ["link_ended", "board_not_open"],
    run: async (visit) => {
      const { query, speak, now } = visit;
      const board = await usedBoard(visit);
      const idea = await ideaHere(board, visit);
      await checkFollow(board, idea.ideaId, query.t, now);
      const language = speak(board.language);
      const { title, text, button } = words[language].followConfirm;
      return askPage(board, visit, {
        title,
        text: text(idea.title),
        button: { path: `/ideas/${idea.ideaId}/follow`, text: button, fields: { t: query.t } },
        back: { path: `/ideas/${idea.ideaId}`, text: idea.title },
        json: { status: "asked" },
      });
    },
  }),
  followIdea: page({
    method: "POST",
    path: "/i/{slug}/ideas/{ideaId}/follow",
    summary:
      "Asks to be told what becomes of an idea: a link is mailed. With the link's `t`, confirms it. Once or often, it is the same.",
    params: atIdea,
    form: Following,
    returns: FollowingView,
    refuses: ["form_altered", "form_expired", "link_ended", "board_not_open"],
    run: async (visit) => {
      const { form, now, speak } = visit;
      const board = await usedBoard(visit);
      const idea = await ideaHere(board, visit);
      const { ideaId, title } = idea;
      const language = speak(board.language);
      const say = words[language];
      const back = { path: `/ideas/${ideaId}`, text: say.goTo(title) };
      if (form.t !== undefined) {
        await confirmFollow(board, ideaId, form.t, visit);
        const { title: heading, text } = say.following;
        const json = { status: "following" };
        return askPage(board, visit, { title: heading, text: text(title), isGood: true, back, json });
      }
      if (form.form !== undefined || !visit.wantsJson)
        await checkForm(board.workspaceId, "board", board.boardId, form.form ?? "", now);
      const { addressIn } = await import("./code.ts");
      const address = addressIn(form.email);
      if (!isVisible(idea) && (await becauseOf(board, idea, visit)) !== "proposed")
        return refuse("not_found", "There is no such idea.");
      await mailFollow(board, idea, { address, language, because: await becauseOf(board, idea, visit) }, now);
      const { title: heading, text } = say.followMailed;
      return askPage(board, visit, { title: heading, text: text(address), back, json: { status: "mailed" } });
    },
    again: async (visit, refusal) => {
      if (!isOfForm(refusal)) throw refusal;
      const board = await usedBoard(visit);
      const problem = { refusal, filled: visit.form };
      return found(await ideaPage(board, await ideaHere(board, visit), visit, { problem }), "idea");
    },
  }),
  showStopFollowing: page({
    method: "GET",
    path: "/i/{slug}/ideas/{ideaId}/stop",
    summary: "The page behind the link in each mail about an idea, with one button. Opening it changes nothing.",
    params: atIdea,
    query: Token,
    returns: FollowingView,
    refuses: ["link_ended", "board_not_open"],
    run: async (visit) => {
      const { query, now, speak } = visit;
      const board = await usedBoard(visit);
      const idea = await ideaHere(board, visit);
      await openStop(board, idea.ideaId, query.t, now);
      const { title, text, button } = words[speak(board.language)].stop;
      return askPage(board, visit, {
        title,
        text: text(idea.title),
        button: { path: `/ideas/${idea.ideaId}/stop`, text: button, fields: { t: query.t } },
        back: { path: `/ideas/${idea.ideaId}`, text: idea.title },
        json: { status: "asked" },
      });
    },
  }),
  stopFollowing: page({
    method: "POST",
    path: "/i/{slug}/ideas/{ideaId}/stop",
    summary: "Ends the mails about an idea; once or often, it is the same.",
    params: atIdea,
    form: Stopping,
    returns: FollowingView,
    refuses: ["link_ended", "board_not_open"],
    run: async (visit) => {
      const { form, now, speak } = visit;
      const board = await usedBoard(visit);
      const idea = await ideaHere(board, visit);
      await stopFollowing(board, idea.ideaId, await openStop(board, idea.ideaId, form.t, now), visit);
      const { title, text } = words[speak(board.language)].stopped;
      return askPage(board, visit, {
        title,
        text: text(idea.title),
        isGood: true,
        back: { path: `/ideas/${idea.ideaId}`, text: idea.title },
        json: { status: "stopped" },
      });
    },
  }),
  showIdeaRemoval: page({
    method: "GET",
    path: "/i/{slug}/ideas/{ideaId}/remove",
    summary: "Asks its proposer whether an idea is to go. Opening it changes nothing.",
    params: atIdea,
    query: z.strictObject({}),
    returns: FollowingView,
    refuses: ["board_not_open"],
    run: async (visit) => {
      const board = await usedBoard(visit);
      const idea = await ideaHere(board, visit);
      const who = await whoHere(board, visit);
      if (who === undefined || idea.who !== who) return refuse("not_found", "There is no such idea.");
      const { title, text, button, keep } = words[visit.speak(board.language)].remove;
      const { token } = await formOf(board, visit);
      return askPage(board, visit, {
        title,
        text,
        button: { path: `/ideas/${idea.ideaId}/remove`, text: button, fields: { form: token } },
        back: { path: `/ideas/${idea.ideaId}`, text: keep },
        json: { status: "asked" },
      });
    },
  }),
  removeOwnIdea: page({
    method: "POST",
    path: "/i/{slug}/ideas/{ideaId}/remove",
    summary: "Removes an idea of one's own, with all that belongs to it.",
    params: atIdea,
    form: z.looseObject(sentFields),
    returns: FollowingView,
    waits: Mailed,
    refuses: ["form_altered", "form_expired", "board_not_open", "idea_merged"],
    run: async (visit) => {
      const { now, save, speak } = visit;
      const board = await usedBoard(visit);
      await ideaHere(board, visit);
      const sender = await senderOf(board, visit);
      if (!sender)
        return codePage(board, visit, { path: `/ideas/${visit.params.ideaId}/remove`, filled: textsIn(visit.form) });
      await persist(async () => {
        const idea = await ideaHere(board, visit);
        if (idea.who !== sender.who) return refuse("not_found", "There is no such idea.");
        await save([put(ideas, ...removeIdea(idea, now))]);
      });
      const { title, text } = words[speak(board.language)].removed;
      const back = { path: "", text: words[speak(board.language)].back };
      return askPage(board, visit, { title, text, isGood: true, back, json: { status: "removed" } });
    },
  }),
  showBoardQr: page({
    method: "GET",
    path: "/i/{slug}/qr.svg",
    summary: "The address of a board as a QR code (SVG), for print.",
    params: atBoard,
    run: async (visit) => {
      const board = await boardHere(visit);
      const { url } = await brandOf(board.workspaceId, visit.now);
      const language = visit.speak(board.language);
      const { qrDocument } = await import("../platform/qr.ts");
      const document = qrDocument(`${url}/i/${board.slug}`);
      return { language, title: board.slug, body: { markup: "" }, document };
    },
  }),
};

export const handler = pages(routes);
