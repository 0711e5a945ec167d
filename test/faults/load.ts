import { randomUUID } from "node:crypto";
import * as z from "zod";
import { instant, minutes, seconds } from "../../functions/platform/clock.ts";
import type { Random } from "../fuzz/random.ts";
import { type Answer, type Asked, httpRequest } from "../http.ts";

// A mixed load on a system that comes and goes. Whoever gets no answer asks the same again, as a careful client does: with
// the same Idempotency-Key, the same device, the same link, or after reading what stands there. What was answered is kept.

const Id = z.object({ id: z.string() });
const Versioned = z.object({ name: z.string(), version: z.number() });
const Code = z.object({ code: z.string() });
const codeOf = ({ body }: Answer): string => Code.safeParse(body).data?.code ?? "";

/** How the system is reached now. */
export type Reach = {
  url: () => string;
  /** Its time, Unix milliseconds. */
  nowMs: () => number;
  key: string;
  /** The mails that have left, oldest first. */
  mails: () => { to: string[]; text: string }[];
};

/** What was acknowledged. */
export type Kept = {
  /** By their text: the id, or undefined where it was refused. */
  posts: Map<string, string | undefined>;
  // `maybe`: how many got no answer before the close, and a refusal after it. What they asked may have been done.
  polls: {
    id: string;
    slug: string;
    options: string[];
    closesAtMs: number;
    responses: Map<string, string>;
    maybe: number;
  }[];
  contests: { id: string; slug: string; closesAtMs: number; entries: Map<string, string>; maybe: number }[];
  /** By their handle: the id, and the names that it was given one after the other. */
  channels: Map<string, { id: string; names: string[] }>;
  /** Answers that were no answers: refused connections, cut ones, 5xx. */
  unanswered: number;
  wrong: string[];
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Between one try and the next. */
const PATIENCE_MS = 40;

export const mixedLoad = (reach: Reach, random: Random, isPaused: () => boolean) => {
  const kept: Kept = { posts: new Map(), polls: [], contests: [], channels: new Map(), unanswered: 0, wrong: [] };
  let made = 0;
  let people = 0;

  /** Asks until there is an answer: one that says that nothing is decided yet is none. */
  const ask = async (method: string, path: string, asked: Asked = {}): Promise<Answer & { isRepeat: boolean }> => {
    for (let isRepeat = false; ; isRepeat = true) {
      while (isPaused()) await pause(PATIENCE_MS);
      try {
        const answer = await httpRequest(reach.url(), method, path, asked);
        if (answer.status < 500 && codeOf(answer) !== "request_in_progress") return { ...answer, isRepeat };
      } catch {
        // Killed before, while or after it was done: who knows?
      }
      kept.unanswered += 1;
      await pause(PATIENCE_MS);
    }
  };
  const api = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    ask(method, path, { key: reach.key, body, headers });
  /** A POST that is one thing however often it is sent. */
  const once = (path: string, body?: object) => api("POST", path, body, { "idempotency-key": randomUUID() });
  const asVisitor = (method: string, path: string, body?: object) =>
    ask(method, path, { body, headers: { accept: "application/json" } });
  const at = (ms: number): string => instant(reach.nowMs() + ms);
  const expected = (answer: Answer, what: string, ...codes: string[]): void => {
    if (!codes.includes(codeOf(answer))) kept.wrong.push(`${what} was answered ${answer.status} ${answer.text}`);
  };

  const connectChannel = async (handle: string): Promise<void> => {
    const answer = await once("/v1/channels", { network: "feed", name: `${handle} 0`, handle });
    kept.channels.set(handle, { id: answer.as(Id).id, names: [`${handle} 0`] });
  };

  const writePost = async (): Promise<void> => {
    const text = `Post ${++made}`;
    const { id } = random.pick([...kept.channels.values()]);
    const answer = await once("/v1/posts", { text, channels: [id], at: at(seconds(random.int(1, 50))) });
    kept.posts.set(text, answer.status === 201 ? answer.as(Id).id : undefined);
    // Its time may have come before it could be asked again.
    if (answer.status !== 201) expected(answer, text, "due_in_past");
  };

  /** Only one worker changes a channel, so that what stands there after a lost answer is its own doing or not. */
  const renameChannel = async (handle: string): Promise<void> => {
    const channel = kept.channels.get(handle)!;
    const path = `/v1/channels/${channel.id}`;
    const name = `${handle} ${channel.names.length}`;
    for (;;) {
      const stands = (await api("GET", path)).as(Versioned);
      if (stands.name === name) break;
      const answer = await api("PATCH", path, { name }, { "if-match": `"${stands.version}"` });
      if (answer.status === 200) break;
      expected(answer, `Renaming ${handle}`, "stale", "changed_meanwhile");
    }
    channel.names.push(name);
  };

  const openPoll = async (): Promise<void> => {
    const slug = `poll-${++made}`;
    const closesAtMs = reach.nowMs() + minutes(random.int(2, 8));
    const Made = z.object({ id: z.string(), options: z.array(Id) });
    const answer = await once("/v1/polls", {
      slug,
      question: "Which?",
      options: [{ text: "This" }, { text: "That" }],
      closesAt: instant(closesAtMs),
    });
    if (answer.status !== 201) return expected(answer, slug, "due_in_past");
    const { id, options } = answer.as(Made);
    const opened = await once(`/v1/polls/${id}/open`);
    if (opened.status !== 200) return expected(opened, `Opening ${slug}`, "due_in_past");
    kept.polls.push({
      id,
      slug,
      options: options.map((option) => option.id),
      closesAtMs,
      responses: new Map(),
      maybe: 0,
    });
  };

  const respond = async (): Promise<void> => {
    const open = kept.polls.filter(({ closesAtMs }) => closesAtMs > reach.nowMs() + seconds(5));
    if (open.length === 0) return;
    const poll = random.pick(open);
    const { slug, options, responses } = poll;
    const device = `device-of-person-${++people}`;
    const answer = await asVisitor("POST", `/p/${slug}`, { option: random.pick(options), device });
    if (answer.status !== 201) {
      if (answer.isRepeat) poll.maybe += 1;
      return expected(answer, device, "poll_not_open");
    }
    responses.set(device, answer.as(z.object({ responseId: z.string() })).responseId);
    if (!random.chance(0.2)) return;
    const again = await asVisitor("POST", `/p/${slug}`, { option: options[0]!, device });
    const second = z.object({ responseId: z.string() }).safeParse(again.body).data?.responseId;
    if (second !== undefined && second !== responses.get(device)) kept.wrong.push(`${device} has two responses`);
  };

  const openContest = async (): Promise<void> => {
    const slug = `contest-${++made}`;
    const closesAtMs = reach.nowMs() + minutes(random.int(4, 10));
    const answer = await once("/v1/contests", {
      slug,
      title: slug,
      closesAt: instant(closesAtMs),
      drawAt: instant(closesAtMs + minutes(4)),
      organiser: { name: "Bakkerij", address: "Kade 1, Breda", contact: "contest@example.nl" },
      promotes: "Bread",
      prizes: [{ description: "A cake", number: 2, valueCents: 2000 }],
    });
    if (answer.status !== 201) return expected(answer, slug, "due_in_past");
    const { id } = answer.as(Id);
    const opened = await once(`/v1/contests/${id}/open`);
    if (opened.status !== 200) return expected(opened, `Opening ${slug}`, "due_in_past", "rules_broken");
    kept.contests.push({ id, slug, closesAtMs, entries: new Map(), maybe: 0 });
  };

  const tokenOf = (slug: string, address: string): string | undefined => {
    const link = new RegExp(`/c/${slug}/confirm\\?t=([\\w-]+)`);
    return reach
      .mails()
      .filter(({ to }) => to.includes(address))
      .flatMap(({ text }) => link.exec(text)?.[1] ?? [])
      .at(-1);
  };

  /** Asks to enter, waits for the mail, presses the button. */
  const enter = async (): Promise<void> => {
    const open = kept.contests.filter(({ closesAtMs }) => closesAtMs > reach.nowMs() + seconds(30));
    if (open.length === 0) return;
    const contest = random.pick(open);
    const { slug, entries } = contest;
    const email = `person-${++people}@example.nl`;
    const asked = await asVisitor("POST", `/c/${slug}`, { email });
    if (asked.status !== 202) return expected(asked, email, "contest_not_open");
    // A mail that was noted and did not leave is asked for again after ten minutes; this person does not wait that long.
    for (let tries = 0; tries < 20 && tokenOf(slug, email) === undefined; tries++) await pause(2 * PATIENCE_MS);
    const t = tokenOf(slug, email);
    if (t === undefined) return;
    const confirmed = await asVisitor("POST", `/c/${slug}/confirm`, { t });
    if (confirmed.status !== 200) {
      if (confirmed.isRepeat) contest.maybe += 1;
      return expected(confirmed, `Confirming ${email}`, "contest_not_open", "link_ended");
    }
    entries.set(email, confirmed.as(z.object({ entryId: z.string() })).entryId);
  };

  let stopped = false;
  const worker = async (work: () => Promise<void>): Promise<void> => {
    while (!stopped) {
      await work();
      await pause(random.int(1, 30));
    }
  };

  return {
    kept,
    ask,
    api,
    connectChannel,
    /** Runs until `stop`, and then ends what it has begun. */
    run: async (): Promise<void> => {
      const handles = [...kept.channels.keys()];
      const mixed = () =>
        random.weighted<() => Promise<void>>([
          [4, writePost],
          [5, respond],
          [5, enter],
          [kept.polls.length < 40 ? 0.15 : 0, openPoll],
          [kept.contests.length < 25 ? 0.1 : 0, openContest],
        ])();
      await openPoll();
      await openContest();
      await Promise.all([
        ...handles.map((handle) => worker(() => renameChannel(handle))),
        ...Array.from({ length: 6 }, () => worker(mixed)),
      ]);
    },
    stop: (): void => {
      stopped = true;
    },
  };
};
export type Load = ReturnType<typeof mixedLoad>;
