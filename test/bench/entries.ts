import * as z from "zod";
import { findContestBySlug } from "../../functions/contests/table.ts";
import { httpRequest } from "../http.ts";
import { ask, asks, later, measure, system } from "./against-raw.ts";
import type { Done } from "./load.ts";

// Confirmed entries a second.
//   npm run bench -- entries [seconds] [disk] [whole]
// `whole`: each entry from its address, through the mail, to the button; without it the mails are there already, as in the
// minute before a close, and the button is what is measured.

const isWhole = asks("whole");
const atOnce = 32;

const made = await ask("POST", "/v1/contests", {
  slug: "bench",
  title: "Bench",
  promotes: "Taarten",
  prizes: [{ description: "Een taart", number: 1, valueCents: 2_800 }],
  closesAt: later(86_400_000),
  drawAt: later(87_000_000),
});
const { id: contestId } = made.as(z.object({ id: z.string() }));
await ask("POST", `/v1/contests/${contestId}/open`);
const opened = await findContestBySlug("bench", later(0));
if (!opened) throw new Error("The contest did not open.");
const contest = opened;

// ── An entry as people make it ──────────────────────────────────────────────────────────────────────────────────────

const askFor = (email: string) => httpRequest(system.url, "POST", "/c/bench", { body: { email } });
const linkTo = async (email: string): Promise<string> => {
  await system.settle();
  const mail = system.mails.findLast(({ to }) => to.includes(email));
  return /https?:\/\/\S+confirm\S+/.exec(mail?.text ?? "")?.[0] ?? "";
};
await askFor("eerste@example.nl");
const firstLink = new URL(await linkTo("eerste@example.nl"));
const html = { accept: "text/html,application/xhtml+xml" };
const page = await httpRequest(system.url, "GET", `${firstLink.pathname}${firstLink.search}`, { headers: html });
/** The token of the page with the button: it holds for a day, whoever was shown it. */
const form = /name="form" value="([^"]+)"/.exec(page.text)?.[1] ?? "";

const { confirmationUrl } = await import("../../functions/contests/links.ts");
let people = 0;
const bodies = async (count: number): Promise<string[]> => {
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const identity = `email:deelnemer-${people++}@example.nl`;
    const link = await confirmationUrl(contest, { identity, referrer: undefined, language: "nl" });
    const t = new URL(link).searchParams.get("t") ?? "";
    found.push(new URLSearchParams({ t, form }).toString());
  }
  return found;
};

/** From an address, through the mail, to the button. */
const enterWholly = async (forSeconds: number): Promise<Done> => {
  const from = performance.now();
  const isOver = () => performance.now() - from > 1000 * forSeconds;
  let answered = 0;
  const enter = async () => {
    while (!isOver()) {
      const email = `deelnemer-${people++}@example.nl`;
      await askFor(email);
      let mail = system.mails.findLast(({ to }) => to.includes(email));
      for (; !mail; mail = system.mails.findLast(({ to }) => to.includes(email)))
        await new Promise((resolve) => setTimeout(resolve, 5));
      const t = new URL(/https?:\/\/\S+confirm\S+/.exec(mail.text)?.[0] ?? "").searchParams.get("t") ?? "";
      const asked = { form: { t, form }, headers: html };
      const { status, text } = await httpRequest(system.url, "POST", "/c/bench/confirm", asked);
      if (status !== 303) throw new Error(`${status} ${text.slice(0, 500)}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, enter));
  return { answered, failed: 0, tookMs: performance.now() - from, said: "" };
};

await measure({
  title: `Entries ${isWhole ? "from address to button" : "by the button"}`,
  ...{ done: "confirmed", one: "an entry", kind: "entry" },
  to: {
    url: `${system.url}/c/bench/confirm`,
    headers: { ...html, "content-type": "application/x-www-form-urlencoded" },
  },
  bodies,
  whole: isWhole ? enterWholly : undefined,
  counted: async () =>
    (await ask("GET", `/v1/contests/${contestId}`)).as(z.object({ counts: z.object({ entries: z.number() }) })).counts
      .entries,
  least: isWhole ? undefined : 0.3,
});
