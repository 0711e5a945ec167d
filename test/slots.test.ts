import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { PostView } from "../functions/posts/post-view.ts";
import { slotsAfter } from "../functions/posts/slots.ts";
import { idOf, openWorld, type World } from "./world.ts";

// The hours of the week at which posts leave, and the labels that they have.

const workdays = { days: ["mo", "tu", "we", "th", "fr"], times: ["09:00", "16:00"] } as const;

describe("the slots of a calendar", () => {
  const zone = "Europe/Amsterdam";
  const at = (slot: { days: string[]; times: string[] }, after: string, days: number) =>
    slotsAfter({ slots: [slot] } as Parameters<typeof slotsAfter>[0], zone, after, days).map((one) => one.at);

  test("stand at the same hour of the clock on both sides of its changes", () => {
    const daily = { days: ["sa", "su", "mo"], times: ["09:00"] };
    expect(at(daily, "2026-03-28T00:00:00.000Z", 3)).toEqual([
      "2026-03-28T08:00:00.000Z",
      "2026-03-29T07:00:00.000Z",
      "2026-03-30T07:00:00.000Z",
    ]);
    expect(at(daily, "2026-10-24T00:00:00.000Z", 1)).toEqual(["2026-10-24T07:00:00.000Z", "2026-10-25T08:00:00.000Z"]);
  });

  test("that the clocks skip are the first that exists, and that occur twice are the first of both", () => {
    const night = { days: ["su"], times: ["02:30"] };
    expect(at(night, "2026-03-28T12:00:00.000Z", 2)).toEqual(["2026-03-29T01:00:00.000Z"]);
    expect(at(night, "2026-10-24T12:00:00.000Z", 2)).toEqual(["2026-10-25T00:30:00.000Z"]);
  });
});

let world: World;
beforeAll(async () => {
  // Friday, noon in Utrecht.
  world = await openWorld({ at: "2026-06-05T10:00:00.000Z" });
});
afterAll(() => world?.close());

const Slots = z.object({ items: z.array(z.object({ at: z.string(), wall: z.string() })) });

const shop = async (slots: object[]) => {
  const workspace = await world.workspace();
  const { api, workspaceId } = workspace;
  const connect = async (n: number) => {
    const handle = `s${n}-${workspaceId.slice(-8)}`;
    return idOf(await api("POST", "/v1/channels", { network: "feed", name: `Kanaal ${n}`, handle }));
  };
  const channels = [await connect(1), await connect(2)] as const;
  expect((await api("PATCH", "/v1/planning", { slots })).status).toBe(200);
  let texts = 0;
  return {
    ...workspace,
    channels,
    next: (of: readonly string[] = [channels[0]]) =>
      api("POST", "/v1/posts", { text: `Nummer ${++texts}`, channels: of, slot: "next" }),
    free: async (of: string = channels[0]) =>
      (await api("GET", `/v1/slots?channel=${of}&days=4`)).as(Slots).items.map(({ wall }) => wall),
  };
};

test("the next free slot is each one's own, however many ask at once; a cancelled post gives its back", async () => {
  const { api, channels, next, free } = await shop([workdays]);
  const week = ["2026-06-05T16:00", "2026-06-08T09:00", "2026-06-08T16:00", "2026-06-09T09:00"];
  expect(await free()).toEqual(week);
  const asked = await Promise.all(Array.from({ length: 4 }, () => next()));
  const made = asked.map((answer) => answer.as(PostView));
  expect(made.map(({ local }) => local?.wall).sort()).toEqual(week);
  expect(new Set(made.map(({ at }) => at)).size).toBe(4);
  await world.settle();
  expect(await free()).toEqual([]);
  expect(await free(channels[1])).toEqual(week);

  // A post on both channels takes the first that is free on both; a validation shows it and takes nothing.
  const monday = made.find(({ local }) => local?.wall === "2026-06-08T09:00");
  await api("POST", `/v1/posts/${monday?.id}/cancel`);
  await world.settle();
  const both = { text: "Op beide", channels, slot: "next" };
  for (let n = 0; n < 2; n++)
    expect((await api("POST", "/v1/posts/validate", both)).body).toMatchObject({ local: { wall: "2026-06-08T09:00" } });
  expect((await next(channels)).body).toMatchObject({ local: { wall: "2026-06-08T09:00", zone: "Europe/Amsterdam" } });
  // A slot that stands in the way of a post with a time of its own is none.
  await api("POST", "/v1/posts", { text: "Zelf", channels: [channels[1]], at: "2026-06-05T16:00:00+02:00" });
  await world.settle();
  expect((await next([channels[1]])).body).toMatchObject({ local: { wall: "2026-06-08T16:00" } });
});

test("a slot of some channels is of those alone; who asks for what is not there hears what to do", async () => {
  const { api, channels, next } = await shop([]);
  expect((await next()).body).toMatchObject({ code: "no_free_slot", errors: [{ pointer: "#/slot" }] });
  const slots = [
    { ...workdays, channels: [channels[0]] },
    { days: ["su"], times: ["12:00"] },
  ];
  await api("PATCH", "/v1/planning", { slots, zone: "America/New_York" });
  expect((await next([channels[1]])).body).toMatchObject({ at: "2026-06-07T16:00:00.000Z" });
  expect((await next()).body).toMatchObject({ at: "2026-06-05T13:00:00.000Z" });
  expect((await api("PATCH", "/v1/planning", { zone: "Mars" })).body).toMatchObject({ code: "unknown_zone" });
  const two = { text: "A", channels: [channels[0]], slot: "next", at: "2026-07-01T10:00:00Z" };
  expect((await api("POST", "/v1/posts", two)).body).toMatchObject({ code: "invalid_input" });
  expect((await api("POST", "/v1/posts", { text: "A", slot: "next" })).body).toMatchObject({ code: "invalid_input" });
});

test("a category is a label of the workspace's, by which posts are found", async () => {
  const { api, channels } = await shop([]);
  const categories = [{ id: "acties", name: "Acties", colour: "#CC0000" }];
  expect((await api("PATCH", "/v1/planning", { categories })).body).toMatchObject({
    categories: [{ id: "acties", colour: "#cc0000" }],
  });
  const post = { text: "Actie", channels: [channels[0]], category: "acties" };
  const id = idOf(await api("POST", "/v1/posts", post));
  await api("POST", "/v1/posts", { text: "Zonder" });
  expect((await api("POST", "/v1/posts", { ...post, category: "geen" })).body).toMatchObject({
    code: "invalid_input",
    errors: [{ pointer: "#/category" }],
  });
  await world.settle();
  const listed = async () =>
    (await api("GET", "/v1/posts?category=acties")).as(z.object({ items: z.array(PostView) })).items;
  expect(await listed()).toMatchObject([{ id, category: "acties" }]);
  await api("PATCH", `/v1/posts/${id}`, { category: null });
  expect(await listed()).toEqual([]);
});

test("the same text on the same channel within a week is refused, also of two at once; unless it is meant, or the other is off", async () => {
  const { api, channels } = await shop([]);
  const [one, two] = channels;
  const write = (text: string, at: string, more: object = {}) =>
    api("POST", "/v1/posts", { text, channels: [one], at, ...more });
  const refused = { status: 409, code: "duplicate_post", errors: [{ pointer: "#/text" }] };
  const first = await Promise.all([1, 2, 3].map(() => write("Vers brood", "2026-07-01T10:00:00Z")));
  const statuses = first.map(({ status }) => status).sort();
  expect(statuses).toEqual([201, 409, 409]);
  const id = idOf(first.find(({ status }) => status === 201)!);
  expect((await write("Vers \n brood ", "2026-07-07T10:00:00Z")).body).toMatchObject(refused);
  const asked = { text: "Vers brood", channels: [one, two], at: "2026-06-25T10:00:00Z" };
  expect((await api("POST", "/v1/posts/validate", asked)).body).toMatchObject({
    sendable: true,
    warnings: [{ code: "duplicate_post", postId: id, channelId: one }],
  });
  // Elsewhere, a week later, as a draft, otherwise on that channel, or because it is meant.
  expect((await write("Vers brood", "2026-07-01T10:00:00Z", { channels: [two] })).status).toBe(201);
  expect((await write("Vers brood", "2026-07-08T10:00:01Z")).status).toBe(201);
  const draft = await api("POST", "/v1/posts", { text: "Vers brood", channels: [one] });
  expect(draft.status).toBe(201);
  const variants = [{ channelId: one, text: "Iets anders" }];
  expect((await write("Vers brood", "2026-07-02T10:00:00Z", { variants })).status).toBe(201);
  expect((await write("Vers brood", "2026-07-02T10:00:00Z", { allowDuplicate: true })).status).toBe(201);
  // The draft gets a time; another text takes its place; what is cancelled is in nobody's way.
  const at = "2026-06-27T10:00:00Z";
  const path = `/v1/posts/${idOf(draft)}`;
  expect((await api("PATCH", path, { at })).body).toMatchObject(refused);
  await api("PATCH", `/v1/posts/${id}`, { text: "Oud brood" });
  expect((await api("PATCH", path, { at })).status).toBe(200);
  expect((await write("Oud brood", "2026-07-02T10:00:00Z")).body).toMatchObject(refused);
  await api("POST", `/v1/posts/${id}/cancel`);
  expect((await write("Oud brood", "2026-07-02T10:00:00Z")).status).toBe(201);
});
