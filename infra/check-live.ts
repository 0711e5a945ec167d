import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import * as z from "zod";
import type { Call, Connection, Connector, Kept, Medium, Publication, Sent } from "../functions/channels/connector.ts";
import { connectors } from "../functions/channels/connectors.ts";
import type { Account } from "../functions/channels/network.ts";
import { Trouble } from "../functions/channels/trouble.ts";
import { clock, instant, seconds } from "../functions/platform/clock.ts";
import { newId } from "../functions/platform/ids.ts";

// npm run check-live -- <network>
// Tries one network itself, with an account of yours that the environment names: connects, publishes a text and a picture, looks them
// up, reads their figures and takes them back, each said in words. What it published is taken back too where a step goes wrong.

type Environment = Readonly<Record<string, string | undefined>>;
type Field = { variable: string; of: "settings" | "secrets"; name: string; isNeeded: boolean; what: string };

const Shape = z.object({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })).default({}),
  required: z.array(z.string()).default([]),
});
const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** What a network takes, as variables of the environment: settings and secrets by the names of the API, BLUESKY_APP_PASSWORD. */
export const fieldsOf = ({ network }: Connector): Field[] =>
  (["settings", "secrets"] as const).flatMap((of) => {
    const { properties, required } = Shape.parse(z.toJSONSchema(network[of], { io: "input", unrepresentable: "any" }));
    return (
      Object.entries(properties)
        .map(([name, { description: what = "" }]) => ({
          variable: `${snake(network.profile.name)}_${snake(name)}`,
          ...{ of, name, isNeeded: required.includes(name), what },
        }))
        // What we make ourselves.
        .filter(({ what }) => !/Leave it out\.$/.test(what))
    );
  });

/** What asks nobody is ours: trying it would try us. */
const ours = ["feed", "reminder"];
export const checkable = Object.keys(connectors).filter((name) => !ours.includes(name));

const fromText = (text: string): unknown => (text === "true" ? true : text === "false" ? false : text);

const given = (connector: Connector, environment: Environment, say: (line: string) => void) => {
  const fields = fieldsOf(connector);
  const missing = fields.filter(({ variable, isNeeded }) => isNeeded && !environment[variable]);
  for (const { variable, what } of missing) say(`${variable} is not set: ${what}`);
  const other = fields.filter((field) => !field.isNeeded);
  if (missing.length > 0) {
    for (const { variable, what } of other) say(`${variable} may be set: ${what}`);
    return undefined;
  }
  const of = (kind: Field["of"]) =>
    Object.fromEntries(
      fields.flatMap(({ of, name, variable }) => {
        const text = environment[variable];
        return of === kind && text ? [[name, fromText(text)]] : [];
      }),
    );
  const read = z
    .object({ settings: connector.network.settings, secrets: connector.network.secrets })
    .safeParse({ settings: of("settings"), secrets: of("secrets") });
  if (read.success) return read.data;
  for (const { path, message } of read.error.issues) {
    const wrong = fields.find(({ of, name }) => of === path[0] && name === path[1]);
    say(`${wrong?.variable ?? path.join(".")} is not right: ${message}`);
  }
  return undefined;
};

const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAKAAAAB4AQMAAABPbGssAAAAA1BMVEV6Lh2WHbWpAAAAGUlEQVR42u3BAQ0AAADCoPdPbQ8HFAAADwYJ2AABe5SMGwAAAABJRU5ErkJggg==",
  "base64",
);
const medium = (): Medium => ({
  ...{ mediaId: "check", type: "image/png", bytes: picture.length, width: 160, height: 120, url: "" },
  ...{ alt: "Een bruin vlak", sha256: createHash("sha256").update(picture).digest("hex") },
  read: async () => picture,
});

/** What went wrong, without anything of the request. */
const wordsOf = (error: unknown): string =>
  error instanceof Trouble ? error.detail : error instanceof Error ? `${error.name}.` : "Something went wrong.";

const stepMs = seconds(30);
const newCall = (): Call => ({
  signal: AbortSignal.timeout(stepMs),
  endsMs: clock.now() + stepMs,
  learn: () => undefined,
});
/** A server may work on a file for a while, or take no more for a moment. */
const mostTries = 10;
const mostWaitSeconds = 30;

/** A step that does not go well ends the rest; what is out is taken back all the same. */
class Stopped extends Error {}

/**
 * Tries a network. `say` hears a line a step; no secret is in them. Gives the exit status: 0 where every step went well, 1 where
 * one did not, 2 where what it needs was not given.
 */
export const checkLive = async (
  name: string | undefined,
  environment: Environment,
  say: (line: string) => void,
): Promise<0 | 1 | 2> => {
  const connector = connectors[name ?? ""];
  if (name === undefined || !connector || !checkable.includes(name)) {
    const what = name !== undefined && ours.includes(name) ? `${name} is ours: there is nobody to try it with.` : "";
    say(`${what}${what && " "}Usage: npm run check-live -- ${checkable.join(" | ")}`);
    return 2;
  }
  const read = given(connector, environment, say);
  if (!read) return 2;
  const { network, retract, collect, renew } = connector;
  const { profile } = network;

  let isWell = true;
  let broken: unknown;
  const step = async <T>(what: string, run: () => Promise<[T, string]>): Promise<T> => {
    try {
      const [result, said] = await run();
      say(`ok    ${what}: ${said}`);
      return result;
    } catch (error) {
      isWell = false;
      say(`WRONG ${what}: ${error instanceof Stopped ? error.message : wordsOf(error)}`);
      throw new Stopped(what);
    }
  };
  const not = (what: string, why: string): void => say(`--    ${what}: ${why}`);

  let to: Connection = { workspaceId: "check", channelId: "check", handle: "", ...read };
  const out: { publication: Publication; sent: Sent }[] = [];
  /** A publication with the connector's notes, as a delivery has them. */
  const notes = new Map<string, Kept>();
  const noted = (publication: Publication): Publication => ({ ...publication, kept: notes.get(publication.key) ?? {} });
  const look = (publication: Publication) =>
    connector.find(to, noted(publication), { ...newCall(), isTaken: async () => false });
  const publish = async (publication: Publication): Promise<Sent> => {
    for (let tries = 1; ; tries++) {
      const call = newCall();
      const outcome = await connector.publish(to, noted(publication), {
        ...call,
        mayWrite: () => clock.now() < call.endsMs,
        keep: async (more) => void notes.set(publication.key, { ...notes.get(publication.key), ...more }),
      });
      if (outcome.outcome === "sent") {
        const { externalId, url } = outcome;
        return { key: publication.key, externalId, url };
      }
      if (outcome.outcome !== "not-sent" || tries === mostTries)
        throw new Stopped("detail" in outcome ? outcome.detail : `It was ${outcome.outcome}.`);
      await setTimeout(seconds(Math.min(outcome.retryAfterSeconds ?? 2, mostWaitSeconds)));
    }
  };
  const publicationOf = (text: string, media: Medium[]): Publication => {
    const at = instant(clock.now());
    const key = newId("post", at).slice("post_".length);
    // Two equal texts would be one to a network that knows posts by their words.
    const said = `${text} ${key.slice(-6)}`;
    return { postId: "check", key, at, text: said, language: "nl", media, thread: [], kept: {} };
  };
  const there = ({ externalId, url }: Sent): string =>
    url ? `it stands at ${url}` : `it is called ${externalId} there`;

  try {
    const account = await step<Account>("connecting", async () => {
      const renewed = await renew?.(to, newCall());
      if (renewed) to = { ...to, secrets: renewed.secrets };
      const found = await connector.test(to, newCall());
      const { handle, url, limits = [] } = found;
      const takes = limits.map(({ most, unit }) => `; it takes ${most} ${unit}`).join("");
      return [found, `we are ${handle}${url ? ` (${url})` : ""}${takes}`];
    });
    to = { ...to, account, handle: account.handle };

    const shows = name !== "webhook" && profile.media.some(({ types }) => types.includes("image/png"));
    const wanted: [string, Publication][] = [
      ["a text", publicationOf("Een proef van Samenspraak, die zo weer weg is:", [])],
      ...(shows
        ? [
            ["a picture", publicationOf("Een proef met een plaatje, die zo weer weg is:", [medium()])] satisfies [
              string,
              Publication,
            ],
          ]
        : []),
    ];
    if (!shows) not("publishing a picture", "it is shown by its public address, and there is none to try with");
    const idempotency = network.idempotencyOf?.(to.settings, account) ?? profile.idempotency;
    for (const [what, publication] of wanted) {
      const sent = await step(`publishing ${what}`, async () => {
        const one = await publish(publication).catch(async (error: unknown) => {
          // It may stand there all the same.
          const found = await look(publication).catch(() => undefined);
          if (found?.finding === "found") out.push({ publication, sent: { key: publication.key, ...found } });
          throw error;
        });
        out.push({ publication, sent: one });
        return [one, there(one)];
      });
      if (idempotency === "A")
        await step(`publishing ${what} again under its key`, async () => {
          const again = await publish(publication);
          if (again.externalId !== sent.externalId) {
            out.push({ publication, sent: again });
            throw new Stopped(`there are two now, and this network is taken to make one (${again.externalId})`);
          }
          return [again, "it stands there once"];
        });
      await step(`looking up ${what}`, async () => {
        const finding = await look(publication);
        if (finding.finding === "found") {
          if (finding.externalId !== sent.externalId) throw new Stopped(`another was found: ${finding.externalId}`);
          return [undefined, "it was found"];
        }
        if (finding.finding === "absent" || idempotency === "B")
          throw new Stopped(`it was not found: ${finding.finding}`);
        return [undefined, "nobody can be asked, as we thought"];
      });
      if (collect)
        await step(`reading the figures of ${what}`, async () => {
          const { figures, replies } = await collect(to, sent, undefined, newCall());
          const told = Object.entries(figures).map(([figure, count]) => `${figure} ${count}`);
          return [undefined, [...told, `${replies.length} answers`].join(", ")];
        }).catch(() => undefined);
    }
  } catch (error) {
    if (!(error instanceof Stopped)) broken = error;
  }
  for (const { publication, sent } of out.toReversed())
    try {
      if (!retract) not("taking it back", `${profile.title} lets nobody do that. Remove it yourself: ${there(sent)}`);
      else
        await step("taking it back", async () => {
          await retract(to, sent, newCall());
          const finding = await look(publication);
          if (finding.finding === "found")
            throw new Stopped(`it stands there still: ${finding.url ?? finding.externalId}`);
          return [undefined, finding.finding === "absent" ? "it is gone" : "it was taken"];
        });
    } catch (error) {
      if (!(error instanceof Stopped)) broken = error;
      say(`      Remove it yourself: ${there(sent)}`);
    }
  if (broken) throw broken;
  say(
    isWell
      ? `All of it went well. In functions/channels/networks/${name}.ts, "verified" may be "live", from ${instant(clock.now()).slice(0, 10)}.`
      : "Not all of it went well.",
  );
  return isWell ? 0 : 1;
};

if (import.meta.main) process.exitCode = await checkLive(process.argv[2], process.env, (line) => console.log(line));
