import { once } from "node:events";
import { createServer } from "node:http";
import * as z from "zod";
import { functions } from "../../functions/manifest.ts";
import { startSystem } from "../../infra/local/system.ts";
import type { Units } from "../../infra/prices.ts";
import { startProxy } from "../faults/proxy.ts";
import { type Answer, type Asked, httpRequest } from "../http.ts";

// What a piece of work takes, counted on the local runner: each alone, with all that it causes, and with caches as old as
// between two strangers. In a crowd the counts and the events of many are written together, and it is less.

export type Piece = { name: string; units: Units };

const Created = z.object({ apiKey: z.string() });
const Thing = z.object({ id: z.string() });
const minutes = (n: number) => n * 60_000;
/** Of the minute, and of up to a thousand records of the stream at once: nobody's alone. */
const shared = ["sweep", "relay", "tally"].map((name) => `samenspraak-platform-${name}`);

const none: Units = { requests: 0, writeUnits: 0, readUnits: 0, invocations: 0, events: 0, messages: 0, mails: 0 };
const less = (a: Units, b: Units): Units => ({
  requests: a.requests - b.requests,
  writeUnits: a.writeUnits - b.writeUnits,
  readUnits: a.readUnits - b.readUnits,
  invocations: a.invocations - b.invocations,
  events: a.events - b.events,
  messages: a.messages - b.messages,
  mails: a.mails - b.mails,
});

const done = (answer: Answer): Answer => {
  if (answer.status >= 400) throw new Error(`${answer.status} ${answer.text}`);
  return answer;
};

/** Starts the whole system, counts, and stops it. */
export const measurePieces = async (): Promise<Piece[]> => {
  let proxy: Awaited<ReturnType<typeof startProxy>> | undefined;
  let messages = 0;
  const system = await startSystem({
    functions,
    clock: { frozen: { at: "2026-06-01T10:00:00.000Z" } },
    fastJava: true,
    aheadOfDynamodb: async (target) => {
      proxy = await startProxy({ target, now: () => system.clock.now() });
      return proxy.endpoint;
    },
    called: (_, action) => {
      if (action === "sqs:SendMessage") messages += 1;
    },
  });
  const receiver = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const address = receiver.address();
  const host = typeof address === "object" && address ? `127.0.0.1:${address.port}` : "";

  const counted = (): Units => ({
    requests: system.metrics.filter(({ namespace, name }) => namespace === "AWS/ApiGateway" && name === "Count").length,
    writeUnits: proxy?.writes().reduce((sum, { units }) => sum + units, 0) ?? 0,
    readUnits: proxy?.readUnits() ?? 0,
    invocations: system.metrics.filter(
      ({ name, dimensions }) => name === "Invocations" && !shared.includes(dimensions.FunctionName ?? ""),
    ).length,
    events: system.events.length,
    messages,
    mails: system.mails.length,
  });
  const spent = async (run: () => Promise<unknown>): Promise<Units> => {
    // What was remembered for five seconds is asked for again; a workspace's key is remembered for five minutes.
    await system.advance(10_000);
    await system.settle();
    const before = counted();
    await run();
    await system.settle();
    return less(counted(), before);
  };

  try {
    const made = await system.invoke("workspaces/create", {
      name: "Bakkerij Zon",
      legalName: "Bakkerij Zon B.V.",
      address: "Voorstraat 12, 3512 AK Utrecht",
      replyTo: "actie@bakkerij-zon.example",
      privacyUrl: "https://bakkerij-zon.example/privacy",
    });
    const key = Created.parse(made).apiKey;
    const ask = async (method: string, path: string, body?: unknown) =>
      done(await httpRequest(system.url, method, path, { key, body }));
    const idOf = async (path: string, body: unknown): Promise<string> => (await ask("POST", path, body)).as(Thing).id;
    const visit = async (method: string, path: string, asked: Asked = {}) =>
      done(await httpRequest(system.url, method, path, { ...asked, headers: { accept: "application/json" } }));
    const at = (ms: number) => new Date(system.clock.now() + ms).toISOString();

    const contest = await idOf("/v1/contests", {
      slug: "win",
      title: "Win een taart",
      organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
      promotes: "Taarten",
      prizes: [{ description: "Een mokkataart", number: 1, valueCents: 2_800 }],
      closesAt: at(minutes(10_000)),
      drawAt: at(minutes(10_005)),
    });
    await ask("POST", `/v1/contests/${contest}/open`);
    const enter = async (email: string): Promise<void> => {
      await visit("GET", "/c/win");
      await visit("POST", "/c/win", { body: { email } });
      await system.settle();
      const mail = system.mails.findLast(({ to }) => to.includes(email));
      const t = /confirm\?t=([\w.-]+)/.exec(mail?.text ?? "")?.[1];
      await visit("GET", `/c/win/confirm?t=${t}`);
      await visit("POST", "/c/win/confirm", { body: { t } });
    };

    const poll = await ask("POST", "/v1/polls", {
      slug: "brood",
      question: "Welk brood?",
      options: [{ text: "Wit" }, { text: "Bruin" }],
    });
    await ask("POST", `/v1/polls/${poll.as(Thing).id}/open`);
    const [option] = poll.as(z.object({ options: z.array(Thing) })).options;
    const respond = async (device: string): Promise<void> => {
      await visit("GET", "/p/brood");
      await visit("POST", "/p/brood", { body: { option: option?.id, device } });
    };

    const channel = await idOf("/v1/channels", { network: "feed", name: "Zon", handle: "zon" });
    const soon = minutes(8);
    const publish = async (text: string): Promise<void> => {
      await ask("POST", "/v1/posts", { text, channels: [channel], at: at(minutes(6)) });
      await system.advance(soon);
    };
    const draft = (slug: string) =>
      ask("POST", "/v1/polls", { slug, question: "?", options: [{ text: "a" }, { text: "b" }] });

    // Once for nothing: what is made at a first time (a tally, a shard's item) is not part of each.
    await enter("eerste@example.nl");
    await respond("device-of-nobody-000000000001");
    await publish("Een");
    const entry = await spent(() => enter("tweede@example.nl"));
    const response = await spent(() => respond("device-of-nobody-000000000002"));
    const idle = await spent(() => system.advance(soon));
    const post = less(await spent(() => publish("Twee")), {
      ...none,
      writeUnits: idle.writeUnits,
      readUnits: idle.readUnits,
    });

    const quiet = await spent(() => draft("zonder"));
    process.env.OUTGOING_TEST_SERVERS = host;
    await ask("POST", "/v1/webhooks", { url: `http://${host}/`, events: ["poll.created"] });
    await system.settle();
    await draft("eerst");
    const heard = await spent(() => draft("met"));
    return [
      { name: "entry", units: entry },
      { name: "response", units: response },
      { name: "post to a channel", units: post },
      { name: "webhook delivery", units: less(heard, quiet) },
    ];
  } finally {
    receiver.closeAllConnections();
    receiver.close();
    await system.stop();
    await proxy?.close();
  }
};
