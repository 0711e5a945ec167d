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
    /** It also asks for a number. */
    estimates: boolean;
    closesAtMs: number;
    responses: Map<string, string>;
    maybe: number;
  }[];
  contests: {
    id: string;
    slug: string;
    closesAtMs: number;
    entries: Map<string, string>;
    /** By address, the key to somebody's own page. */
    personal: Map<string, string>;
    /** By entry, what was asked about it: `maybe` withdrawn is without an answer before the close, and refused after it. */
    out: Map<string, "excluded" | "withdrawn" | "maybe" | "refused">;
    maybe: number;
  }[];
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
    const estimates = made % 2 === 0;
    const options = [{ text: "This" }, { text: "That" }];
    const questions = [
      { kind: "single", text: "Which?", options },
      { kind: "estimate", text: "How many?", unit: "loaves", min: 0, max: 100 },
    ];
    const closesAtMs = reach.nowMs() + minutes(random.int(2, 8));
    const Made = z.object({ id: z.string(), options: z.array(Id) });
    const answer = await once("/v1/polls", {
      slug,
      ...(estimates ? { questions } : { question: "Which?", options }),
      closesAt: instant(closesAtMs),
    });
    if (answer.status !== 201) return expected(answer, slug, "due_in_past");
    const { id, options: shown } = answer.as(Made);
    const opened = await once(`/v1/polls/${id}/open`);
    if (opened.status !== 200) return expected(opened, `Opening ${slug}`, "due_in_past");
    kept.polls.push({
      id,
      slug,
      options: shown.map((option) => option.id),
      estimates,
      closesAtMs,
      responses: new Map(),
      maybe: 0,
    });
  };

  const respond = async (): Promise<void> => {
    const open = kept.polls.filter(({ closesAtMs }) => closesAtMs > reach.nowMs() + seconds(5));
    if (open.length === 0) return;
    const poll = random.pick(open);
    const { slug, options, estimates, responses } = poll;
    const device = `device-of-person-${++people}`;
    const answering = (option: string, number: number) =>
      asVisitor("POST", `/p/${slug}`, {
        ...(estimates ? { answers: { q1: option, q2: number } } : { option }),
        device,
      });
    const answer = await answering(random.pick(options), random.int(0, 100));
    if (answer.status !== 201) {
      if (answer.isRepeat) poll.maybe += 1;
      return expected(answer, device, "poll_not_open");
    }
    responses.set(device, answer.as(z.object({ responseId: z.string() })).responseId);
    if (!random.chance(0.2)) return;
    const again = await answering(options[0]!, 1);
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
    kept.contests.push({
      id,
      slug,
      closesAtMs,
      entries: new Map(),
      personal: new Map(),
      out: new Map(),
      maybe: 0,
    });
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
    const { entryId, personalUrl } = confirmed.as(z.object({ entryId: z.string(), personalUrl: z.url() }));
    contest.personal.set(email, new URL(personalUrl).searchParams.get("t") ?? "");
    entries.set(email, entryId);
  };

  /** Somebody is excluded, or leaves by the link to their own page: each is asked about once. */
  const takeOut = async (): Promise<void> => {
    const standing = kept.contests
      .filter(({ closesAtMs }) => closesAtMs > reach.nowMs())
      .flatMap((contest) => [...contest.entries].map(([email, entry]) => ({ contest, email, entry })))
      .filter(({ contest, entry }) => !contest.out.has(entry));
    if (standing.length === 0) return;
    const { contest, email, entry } = random.pick(standing);
    const { id, slug, out, personal } = contest;
    out.set(entry, "refused");
    if (random.chance(0.5)) {
      const answer = await once(`/v1/contests/${id}/exclusions`, { entryIds: [entry], reason: "automated" });
      if (answer.status !== 201) return expected(answer, `Excluding ${email}`, "contest_sealed");
      out.set(entry, "excluded");
    } else {
      const answer = await asVisitor("POST", `/c/${slug}/withdraw`, { t: personal.get(email) });
      if (answer.status !== 200) {
        if (answer.isRepeat) out.set(entry, "maybe");
        return expected(answer, `${email} leaving`, "contest_sealed");
      }
      out.set(entry, "withdrawn");
    }
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
          [1, takeOut],
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
