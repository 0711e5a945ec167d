import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import type { RouteInfo } from "../../functions/platform/route.ts";
import { startSystem } from "../../infra/local/system.ts";
import { writeDocs } from "../../infra/openapi.ts";
import type { Manifest } from "../../infra/wakes.ts";
import { httpRequest } from "../http.ts";
import { newVisitor } from "../visitor.ts";

// What each Lambda is first called with: invocations as they came on the local runner, in a short day in which a workspace
// posts, asks and draws, people enter and respond, and its key reads all that there is to read.

/** An invocation that a function got. `what`: the route, or else what woke it. */
export type FirstCall = { file: string; what: string; isPublic: boolean; event: unknown };

const Id = z.object({ id: z.string() });
const Created = z.object({ workspaceId: z.string(), apiKey: z.string() });
const ofRoute = z.object({ routeKey: z.string() });

/** The system after that day, still running, and the first invocation of each route or function. */
export const playDay = async () => {
  const seen = new Map<string, FirstCall>();
  const watched: Manifest = Object.fromEntries(
    Object.entries(functions as Manifest).map(([file, load]) => [
      file,
      async () => {
        const module = await load();
        return {
          ...module,
          handler: (event: never, context: never) => {
            const what = module.routes ? (ofRoute.safeParse(event).data?.routeKey ?? "") : wokenBy(module);
            const isPublic = Object.values(module.routes ?? {}).some(
              ({ access, path, method }) => access === "public" && `${method} ${path.replaceAll("/@{", "/{")}` === what,
            );
            const name = `${file} ${what}`;
            if (!seen.has(name)) seen.set(name, { file, what, isPublic, event: JSON.parse(JSON.stringify(event)) });
            return module.handler(event, context);
          },
        };
      },
    ]),
  );

  // In the past, so that what falls due in the day is due for a handler that is started afterwards.
  const at = Date.now() - 12 * 3_600_000;
  const system = await startSystem({
    functions: watched,
    clock: { frozen: { at: new Date(at).toISOString() } },
    writeDocs: (folder) => writeDocs(functions, folder),
  });
  const later = (minutes: number): string => new Date(system.clock.now() + minutes * 60_000).toISOString();
  const day = 24 * 60;

  const { workspaceId, apiKey: key } = Created.parse(
    await system.invoke("samenspraak-workspaces-create", {
      name: "Bakkerij Zon",
      legalName: "Bakkerij Zon B.V.",
      address: "Voorstraat 12, 3512 AK Utrecht",
      replyTo: "actie@bakkerij-zon.example",
      privacyUrl: "https://bakkerij-zon.example/privacy",
    }),
  );
  const api = async (method: string, path: string, body?: unknown) => {
    const answer = await httpRequest(system.url, method, path, { key, ...(body === undefined ? {} : { body }) });
    if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status} ${answer.text}`);
    return answer;
  };
  const make = async (path: string, body: unknown): Promise<string> => (await api("POST", path, body)).as(Id).id;

  await api("POST", "/v1/members", { address: "kim@bureau.example", role: "approver" });
  const channelId = await make("/v1/channels", { network: "feed", name: "Bakkerij Zon", handle: "bakkerij-zon" });
  const postId = await make("/v1/posts", { text: "Vers brood!", channels: [channelId], at: later(10) });
  const question = { question: "Welk brood?", options: ["Wit", "Bruin", "Zuurdesem"].map((text) => ({ text })) };
  const pollId = await make("/v1/polls", { ...question, slug: "brood", closesAt: later(7 * day) });
  const shortPollId = await make("/v1/polls", { ...question, slug: "kort", closesAt: later(30) });
  for (const id of [pollId, shortPollId]) await api("POST", `/v1/polls/${id}/open`);
  const prizes = [{ description: "Een jaar lang brood", number: 1, valueCents: 23_400 }];
  const organiser = { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" };
  const setup = { title: "Win een jaar lang brood", organiser, promotes: "Het brood van Bakkerij Zon", prizes };
  const contestId = await make("/v1/contests", {
    ...{ ...setup, slug: "win" },
    ...{ closesAt: later(7 * day), drawAt: later(8 * day) },
  });
  const shortContestId = await make("/v1/contests", { ...setup, slug: "gauw", closesAt: later(60), drawAt: later(90) });
  for (const id of [contestId, shortContestId]) await api("POST", `/v1/contests/${id}/open`);
  const boardId = await make("/v1/boards", { slug: "win", title: "Wat bakken we?" });
  await api("POST", `/v1/boards/${boardId}/open`);
  const byHand = await make("/v1/channels", {
    ...{ network: "reminder", name: "Prikbord" },
    settings: { to: "prikbord@bakkerij-zon.example", where: "Prikbord" },
  });
  await make("/v1/posts", { text: "Vers brood, ook hier!", channels: [byHand], at: later(10) });
  await api("PATCH", "/v1/workspace", { approval: "required" });
  const waitingId = await make("/v1/posts", { text: "Mag dit?", channels: [channelId], at: later(day) });
  const Url = z.object({ url: z.url() });
  const shared = [
    (await api("GET", `/v1/posts/${waitingId}/preview`)).as(Url),
    (await api("POST", "/v1/shares/approval", { name: "Kim" })).as(Url),
    (await api("POST", "/v1/shares/calendar", { name: "Kim" })).as(Url),
  ].map(({ url }) => url);

  // Participants, with a browser.
  const enter = async (slug: string): Promise<void> => {
    const visitor = newVisitor(system.url);
    await visitor.submit(await visitor.open(`/c/${slug}`), { email: `anna@${slug}.example` });
    await system.settle();
    const link = /https?:\/\/\S+\/confirm\?\S+/.exec(system.mails.at(-1)?.text ?? "")?.[0];
    if (!link) throw new Error("No mail to confirm an entry came.");
    const { pathname, search } = new URL(link);
    await visitor.submit(await visitor.open(`${pathname}${search}`));
  };
  await enter("win");
  await enter("gauw");
  const visitor = newVisitor(system.url);
  const poll = await visitor.open("/p/brood");
  await visitor.submit(poll, { option: poll.forms[0]?.choices.option?.[0] ?? "" });
  await visitor.open("/@bakkerij-zon");
  const board = await visitor.open("/i/win");
  await visitor.submit(board, { title: "Een krentenbol" });
  await system.settle();

  // What time brings: the post, the short poll's close, the draw.
  await system.advance(3 * 3_600_000);
  await system.settle();

  // What was mailed and shared leads on.
  const mailed = system.mails.flatMap(({ text }) => text.match(/https?:\/\/\S+/g) ?? []);
  for (const link of new Set([...shared, ...mailed]))
    if (link.startsWith(system.url)) await visitor.open(link.slice(system.url.length));
  await system.settle();

  // Everything that can be read by its address.
  const known: Record<string, string> = {
    ...{ workspaceId, channelId, postId, pollId, contestId, boardId },
    ...{ handle: "bakkerij-zon" },
  };
  for (const [, load] of Object.entries(watched))
    for (const { method, path, access } of Object.values((await load()).routes ?? ({} as Record<string, RouteInfo>))) {
      const address = path.replace(/\{(\w+)\}/g, (all, name: string) =>
        name === "slug" ? (path.startsWith("/p/") ? "brood" : "win") : (known[name] ?? all),
      );
      if (method !== "GET" || address.includes("{")) continue;
      const asked = access === "public" ? { headers: { accept: "text/html" } } : { key };
      await httpRequest(system.url, method, address, asked);
    }
  await system.settle();
  return { system, calls: [...seen.values()] };
};

const wokenBy = (module: Awaited<ReturnType<Manifest[string]>>): string => {
  if (module.due) return `due: ${module.due}`;
  if (module.every) return "a minute";
  if (module.reads) return "the stream";
  if (module.authorizes) return "a key";
  if (Array.isArray(module.on)) return module.on[0];
  return typeof module.on === "string" ? module.on : "by name";
};
