import * as z from "zod";
import { instant, minutes } from "../../functions/platform/clock.ts";

// What chance alone would hardly bring about: a workspace that may open things, an open contest, an open poll, a channel.
// Chance then does with them what it likes.

type Api = (method: string, path: string, body?: object) => Promise<string>;

const Made = z.object({ id: z.string() });
const idIn = (text: string): string => Made.parse(JSON.parse(text)).id;

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
/** Opened: one by each kind of link, and one with the questions that an organiser works on afterwards. */
const polls = {
  choice,
  links: { ...choice, tier: "link" },
  words: {
    questions: [
      { kind: "open", text: "What?" },
      { kind: "estimate", text: "How many?", unit: "loaves", min: 0, max: 1000 },
    ],
  },
};

let stages = 0;

export const stage = async (api: Api, { name, nowMs }: { name: string; nowMs: number }): Promise<void> => {
  const number = ++stages;
  await api("PATCH", "/v1/workspace", lawful);
  const channel = idIn(await api("POST", "/v1/channels", { network: "feed", name, handle: `stage-${number}` }));
  await api("POST", "/v1/posts", { text: "Staged", channels: [channel], at: instant(nowMs + minutes(5)) });
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
  const polled = (kind: string, more: object) => api("POST", "/v1/polls", { slug: `stage-${number}-${kind}`, ...more });
  for (const [kind, more] of Object.entries(polls))
    await api("POST", `/v1/polls/${idIn(await polled(kind, more))}/open`);
  for (const draft of ["draft", "other"]) await polled(draft, choice);
  for (const [i, opensFor] of [minutes(30), minutes(600)].entries()) {
    const contest = await api("POST", "/v1/contests", {
      slug: `stage-${number}-${i}`,
      title: "Staged",
      closesAt: instant(nowMs + opensFor),
      drawAt: instant(nowMs + opensFor + minutes(10)),
      organiser: { name, address: "Kade 1, Breda", contact: "contest@example.nl" },
      promotes: "Bread",
      prizes: [{ description: "A cake", number: 2, valueCents: 2000 }],
    });
    await api("POST", `/v1/contests/${idIn(contest)}/open`);
  }
};
