import * as z from "zod";
import { newestVersion } from "../../functions/people/consent-text.ts";
import { days, hours, instant, minutes } from "../../functions/platform/clock.ts";

// What chance alone would hardly bring about: a workspace that may open things, contests at each of their ages with people
// in them, polls with answers, posts that wait or failed. Chance then does with them what it likes.

/** Asks, and gives the text of the answer. Throws where it is refused. */
type Ask = (method: string, path: string, body?: object) => Promise<string>;
type Stage = {
  /** As the workspace. */
  api: Ask;
  /** As anybody, by an app. */
  visit: Ask;
  /** A page of ours that whoever has these cookies may look at. */
  shows: (path: string, cookies: readonly string[]) => void;
  /** The last link to this page that was mailed to somebody. */
  mailed: (address: string, page: string) => string;
  /** Everything that was caused is done. */
  settle: () => Promise<void>;
  name: string;
  nowMs: number;
};

const Made = z.object({ id: z.string() });
const idIn = (text: string): string => Made.parse(JSON.parse(text)).id;

/** Codes that give chances in a staged contest. */
export const stagedCodes: readonly string[] = ["BROOD-2026"];

/** What the law asks of a workspace before it opens something public. */
export const lawful = {
  legalName: "Bakkerij Zon B.V.",
  address: "Kade 1, Breda",
  registerNumber: "12345678",
  replyTo: "vragen@example.nl",
  privacyUrl: "https://example.nl/privacy",
};

const Announced = z.object({
  id: z.string(),
  upload: z.object({ url: z.string(), fields: z.record(z.string(), z.string()) }),
});
/** One pixel. */
const gif = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");

const choice = { question: "Which?", options: [{ text: "This" }, { text: "That" }] };
/** Opened: one by each kind of proof, and one with the questions that an organiser works on afterwards. */
const polls = {
  choice,
  links: { ...choice, tier: "link" },
  mailed: { ...choice, tier: "email" },
  words: {
    questions: [
      { kind: "open", text: "What?" },
      { kind: "estimate", text: "How many?", unit: "loaves", min: 0, max: 1000 },
    ],
  },
};

const contest = {
  title: "Staged",
  promotes: "Bread",
  prizes: [{ description: "A cake", number: 2, valueCents: 2000 }],
  newsletter: true,
  chances: { bonuses: [{ kind: "code", id: "bread", label: "Bread", tickets: 2, code: stagedCodes[0] }] },
};
const jury = {
  method: "jury",
  jury: { task: "Bake a cake.", criteria: ["Taste"], judges: [{ name: "A baker" }] },
  prizes: [{ description: "A cake", number: 1, valueCents: 2000 }],
};
/** Opened, with people in them: by when they close, and when the result is there. */
const contests = {
  soon: { closesMs: minutes(40), drawMs: minutes(50) },
  other: { closesMs: minutes(40), drawMs: minutes(50) },
  judged: { closesMs: minutes(40), drawMs: days(20), ...jury },
  today: { closesMs: hours(12), drawMs: hours(13) },
  later: { closesMs: days(9), drawMs: days(10) },
};
const drafts = ["draft", "spare", "third"];

/** Of ideas, opened. */
const boards = { device: { moderation: "before" }, mailed: { tier: "email" } };

let stages = 0;

export const stage = async ({ api, visit, shows, mailed, settle, name, nowMs }: Stage): Promise<void> => {
  const number = ++stages;
  const slugOf = (what: string): string => `stage-${number}-${what}`;
  await api("PATCH", "/v1/workspace", lawful);

  const [channel, closed] = await Promise.all(
    ["open", "closed"].map(async (handle) =>
      idIn(await api("POST", "/v1/channels", { network: "feed", name, handle: slugOf(handle) })),
    ),
  );
  for (const ms of [minutes(5), days(20), days(30)])
    await api("POST", "/v1/posts", {
      text: "Staged",
      channels: [channel],
      at: instant(nowMs + ms),
      allowDuplicate: true,
    });
  // These wait until somebody says yes.
  await api("PATCH", "/v1/workspace", { approval: "required" });
  for (const ms of [minutes(30), days(2), days(25)])
    await api("POST", "/v1/posts", {
      text: "Approve",
      channels: [channel],
      at: instant(nowMs + ms),
      allowDuplicate: true,
    });
  await api("POST", "/v1/shares/approval", { name });
  await api("PATCH", "/v1/workspace", { approval: "off" });
  const start = { wall: instant(nowMs + days(3)).slice(0, 16), zone: "Europe/Amsterdam" };
  await api("POST", "/v1/series", { text: "Weekly", channels: [channel], rule: "FREQ=WEEKLY", start });
  await api("PUT", "/v1/links/settings", { hosts: ["example.nl"], shortens: true });
  const text = "Look at https://example.nl/bread";
  await api("POST", "/v1/posts", { text, channels: [channel], at: instant(nowMs + minutes(5)) });
  // It fails: its channel is closed before it leaves.
  await api("POST", "/v1/posts", { text: "Rejected", channels: [closed], at: instant(nowMs + minutes(5)) });
  await api("DELETE", `/v1/channels/${closed}`);

  // Somebody is mailed what to post elsewhere.
  const settings = { to: "person.1@example.nl", where: "The shop" };
  const reminder = { network: "reminder", name, settings };
  const channels = [idIn(await api("POST", "/v1/channels", reminder))];
  await api("POST", "/v1/posts", { text: "Do it", channels, at: instant(nowMs + minutes(5)) });

  // One is published; others are uploaded, and chance may publish them.
  for (let file = 0; file < 4; file++) {
    const { id, upload } = Announced.parse(
      JSON.parse(await api("POST", "/v1/media", { name, type: "image/gif", bytes: gif.length })),
    );
    const form = new FormData();
    for (const [field, value] of Object.entries(upload.fields)) form.append(field, value);
    form.append("file", new Blob([gif]));
    await fetch(upload.url, { method: "POST", body: form });
    if (file === 0) await api("POST", `/v1/media/${id}/publish`);
  }

  const polled = (what: string, more: object) => api("POST", "/v1/polls", { slug: slugOf(what), ...more });
  for (const [kind, more] of Object.entries({
    ...polls,
    closing: { ...polls.words, closesAt: instant(nowMs + minutes(40)) },
  })) {
    await api("POST", `/v1/polls/${idIn(await polled(kind, more))}/open`);
    if (!("questions" in more)) continue;
    for (const person of [1, 2, 3]) {
      const answers = { q1: "Bread and cake", q2: 10 * person };
      await visit("POST", `/p/${slugOf(kind)}`, { answers, device: `device-of-person-${person}` });
    }
  }
  for (const draft of ["draft", "other"]) await polled(draft, choice);

  for (const [kind, more] of Object.entries(boards)) {
    const boardId = idIn(await api("POST", "/v1/boards", { slug: slugOf(`board-${kind}`), title: "Ideas", ...more }));
    await api("POST", `/v1/boards/${boardId}/open`);
    for (const title of ["Warm bread at eight", "A chair outside", "Two kinds of cake"])
      await api("POST", "/v1/ideas", { boardId, title });
  }
  // It waits to be approved, and whoever proposed it is asked whether to be told of it.
  const idea = { title: "A bench in the sun", device: "device-of-person-1", email: "person.1@example.nl" };
  const proposed = await visit("POST", `/i/${slugOf("board-device")}`, idea);
  const { ideaId } = z.object({ ideaId: z.string() }).parse(JSON.parse(proposed));
  shows(`/i/${slugOf("board-device")}/ideas/${ideaId}/remove`, [`device=${idea.device}`]);

  const organiser = { name, address: "Kade 1, Breda", contact: "contest@example.nl" };
  const contested = (what: string, closesMs: number, drawMs: number, more: object) => {
    const when = { closesAt: instant(nowMs + closesMs), drawAt: instant(nowMs + drawMs) };
    return api("POST", "/v1/contests", { ...contest, slug: slugOf(what), organiser, ...when, ...more });
  };
  for (const draft of drafts) await contested(`contest-${draft}`, days(30), days(31), {});
  const people = [1, 2, 3].map((person) => `person.${person}@example.nl`);
  for (const [what, { closesMs, drawMs, ...more }] of Object.entries(contests)) {
    await api("POST", `/v1/contests/${idIn(await contested(what, closesMs, drawMs, more))}/open`);
    for (const email of people) await visit("POST", `/c/${slugOf(what)}`, { email, newsletter: newestVersion });
  }
  await settle();
  for (const what of Object.keys(contests))
    for (const email of people) {
      const link = mailed(email, `/c/${slugOf(what)}/confirm`);
      const t = new URLSearchParams(link.slice(link.indexOf("?"))).get("t");
      await visit("POST", `/c/${slugOf(what)}/confirm`, { t });
    }
};
