import * as z from "zod";
import { days, hours, instant, minutes, seconds } from "../../functions/platform/clock.ts";

// What a first start shows: a bakery that has used the system for a week. All of it comes in through the front door, so
// the week really passes: the clock starts seven days ago and is moved to now.

/** What of the running system the seeding needs. */
export type Front = {
  url: string;
  clock: { now: () => number };
  advance: (ms: number) => Promise<void>;
  settle: () => Promise<void>;
  mails: readonly { to: readonly string[]; text: string }[];
  invoke: (functionName: string, payload: unknown) => Promise<unknown>;
};

export const Demonstration = z.object({
  workspaceId: z.string(),
  apiKey: z.string(),
  links: z.array(z.object({ label: z.string(), url: z.string() })),
});
export type Demonstration = z.infer<typeof Demonstration>;

/** How far back the clock starts. */
export const demonstrationStartsBefore = days(7);

/** What the law asks for before something public opens. */
const brand = {
  legalName: "Bakkerij Zon B.V.",
  address: "Voorstraat 12, 3512 AK Utrecht",
  registerNumber: "12345678",
  replyTo: "actie@bakkerij-zon.example",
  privacyUrl: "https://bakkerij-zon.example/privacy",
};

const Created = z.object({ workspaceId: z.string(), apiKey: z.string() });
const Named = z.object({ id: z.string() });
const Poll = Named.extend({ options: z.array(z.object({ id: z.string() })) });

/** On any day of the week: it starts a week before whichever day this is. */
export const posts = [
  {
    day: 0,
    hour: 7,
    text: "Goedemorgen Utrecht! De oven is om vier uur aangegaan; het desembrood ligt nog warm in de winkel.",
  },
  {
    day: 1,
    hour: 8,
    text: "Vandaag bakken we met spelt van Boer Jansen, tien kilometer verderop. Proef het verschil.",
  },
  {
    day: 2,
    hour: 7,
    text: "Win een jaar lang brood! Doe mee en deel uw link: elke vriend die meedoet geeft een extra kans.",
  },
  {
    day: 3,
    hour: 9,
    text: "Vraag van een klant: hoe bewaar je desem? In een linnen zak, met de snijkant naar beneden. Niet in de koelkast.",
  },
  {
    day: 4,
    hour: 8,
    text: "Rozijnenbrood of krentenbrood? Stem mee, de meeste stemmen liggen volgende week in de winkel.",
  },
  {
    day: 5,
    hour: 16,
    text: "De win-actie is gesloten. De trekking is na te rekenen, door iedereen. Gefeliciteerd aan de winnaars!",
  },
  { day: 6, hour: 7, text: "Morgen: croissants tot tien uur, daarna zijn ze op. Wie eerst komt, eerst maalt." },
];

const names = [
  "anna",
  "bram",
  "chantal",
  "daan",
  "esra",
  "femke",
  "gijs",
  "hanna",
  "ibrahim",
  "joris",
  "karin",
  "lars",
  "mila",
  "noor",
  "omar",
  "pien",
  "quinten",
  "roos",
  "sem",
  "tess",
];
const person = (i: number): string => `${names[i % names.length]}.${Math.floor(i / names.length) + 1}@example.nl`;

/** Runs `work` for 0 … count-1, a few at once, as visitors come. */
const crowd = async (count: number, work: (i: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const visitor = async () => {
    for (let i = next++; i < count; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: 8 }, visitor));
};

export const seed = async (front: Front, say: (line: string) => void): Promise<Demonstration> => {
  const { workspaceId, apiKey } = Created.parse(
    await front.invoke("samenspraak-workspaces-create", { name: "Bakkerij Zon", ...brand }),
  );
  const now = () => front.clock.now();
  const start = now();

  const request = async (method: string, path: string, body?: unknown, key?: string): Promise<unknown> => {
    const answer = await fetch(`${front.url}${path}`, {
      method,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`The demonstration could not be seeded: ${method} ${path} answered ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };
  const asBakery = (method: string, path: string, body?: unknown) => request(method, path, body, apiKey);

  /** Enters a contest as a visitor does: with an address, and by the button behind the mailed link. Gives the personal share path. */
  const enter = async (slug: string, email: string, sharePath = `/c/${slug}`): Promise<string> => {
    await request("POST", sharePath, { email });
    await front.settle();
    const mail = front.mails.findLast(({ to }) => to.includes(email));
    const token = /\/confirm\?t=([\w-]+)/.exec(mail?.text ?? "")?.[1];
    if (!token) throw new Error(`No confirmation was mailed to ${email}.`);
    const { shareUrl } = z
      .object({ shareUrl: z.string() })
      .parse(await request("POST", `/c/${slug}/confirm`, { t: token }));
    return new URL(shareUrl).pathname;
  };

  const channel = Named.parse(
    await asBakery("POST", "/v1/channels", { network: "feed", name: "Bakkerij Zon", handle: "bakkerij-zon" }),
  );
  for (const { day, hour, text } of posts) {
    const at = instant(Math.max(start - (start % days(1)) + days(day) + hours(hour), start + minutes(1 + day)));
    await asBakery("POST", "/v1/posts", { text, channels: [channel.id], at });
  }

  const cake = { description: "Een taart naar keuze", valueCents: 2_800 };
  const contest = async (slug: string, title: string, prizes: object[], closesMs: number, drawMs: number) => {
    const made = Named.parse(
      await asBakery("POST", "/v1/contests", {
        slug,
        title,
        description:
          "Vul uw e-mailadres in en bevestig het met de knop in uw mail. Deel daarna uw eigen link: elke vriend die meedoet, geeft u een extra kans.",
        organiser: {
          name: "Bakkerij Zon",
          address: "Voorstraat 12, 3512 AN Utrecht",
          contact: "actie@bakkerij-zon.example",
        },
        promotes: "Het desembrood van Bakkerij Zon",
        prizes,
        closesAt: instant(closesMs),
        drawAt: instant(drawMs),
      }),
    );
    await asBakery("POST", `/v1/contests/${made.id}/open`);
  };
  const poll = async (slug: string, question: string, options: string[], closesMs?: number) => {
    const closesAt = closesMs === undefined ? {} : { closesAt: instant(closesMs) };
    const made = Poll.parse(
      await asBakery("POST", "/v1/polls", { slug, question, options: options.map((text) => ({ text })), ...closesAt }),
    );
    await asBakery("POST", `/v1/polls/${made.id}/open`);
    return made;
  };

  say("A contest of 200 entrants …");
  const bread = { description: "Een jaar lang elke week een brood", number: 1, valueCents: 23_400 };
  await contest(
    "jaar-lang-brood",
    "Win een jaar lang brood",
    [bread, { ...cake, number: 2 }],
    start + days(5),
    start + days(5) + minutes(5),
  );
  const shared: string[] = [];
  await crowd(60, async (i) => {
    shared.push(await enter("jaar-lang-brood", person(i)));
  });
  await crowd(140, async (i) => {
    // Most came by a friend's link, and some friends bring many.
    const friend = shared[(i * i) % 23];
    await enter("jaar-lang-brood", person(60 + i), i % 4 ? friend : undefined);
  });

  say("A poll of 240 answers …");
  const breads = await poll(
    "welk-brood",
    "Welk brood bakken we volgende week?",
    ["Rozijnenbrood", "Krentenbrood", "Suikerbrood", "Notenbrood"],
    start + days(6),
  );
  await crowd(240, async (i) => {
    const option = breads.options[[0, 1, 0, 2, 1, 0, 3, 0][i % 8] ?? 0];
    await request("POST", "/p/welk-brood", {
      option: option?.id,
      device: `demonstration-device-${String(i).padStart(4, "0")}`,
    });
  });

  say("A week passes …");
  await front.advance(Math.max(0, Date.now() - now()));
  await front.settle();

  await contest(
    "taart-van-de-week",
    "Win de taart van de week",
    [{ ...cake, number: 1 }],
    now() + minutes(10),
    now() + minutes(13),
  );
  await poll("openingstijden", "Zullen we op zondag opengaan?", [
    "Ja, graag",
    "Nee, rust is goed",
    "Alleen in december",
  ]);
  await asBakery("POST", "/v1/posts", {
    text: "Vers uit de oven: de taart van de week is mokka-hazelnoot. Doe mee en win er een!",
    channels: [channel.id],
    at: instant(now() + seconds(20)),
  });

  const link = (label: string, path: string) => ({ label, url: `${front.url}${path}` });
  return {
    workspaceId,
    apiKey,
    links: [
      link("The bakery's feed; one more post leaves 20 seconds after the first start", "/@bakkerij-zon"),
      link(
        "A contest to enter: open for 10 minutes from the first start, drawn 3 minutes later",
        "/c/taart-van-de-week",
      ),
      link("A finished contest of 200 entrants, and how it was drawn", "/c/jaar-lang-brood/draw"),
      link("An open poll", "/p/openingstijden"),
      link("The result of a poll of 240 answers", "/p/welk-brood/results"),
    ],
  };
};
