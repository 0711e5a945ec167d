import { expect } from "vitest";
import type * as z from "zod";
import { ContestView } from "../functions/contests/contest.ts";
import { PersonalView } from "../functions/contests/personal-page.ts";
import type { NewContest } from "../functions/contests/setup.ts";
import { hours, later, minutes } from "../functions/platform/clock.ts";
import { PageOf } from "../functions/platform/http.ts";
import type { Workspace, World } from "./world.ts";

// Contests that are set up, opened and entered, as tests do it: by the API, and as an app does.

export type Made = z.infer<typeof ContestView>;
export type Asked = Partial<z.input<typeof NewContest>>;

const json = { accept: "application/json" };

/** A refusal with this status and code; `pointer`: one of the fields that it names. */
export const refused = (status: number, code: string, pointer?: string) =>
  expect.objectContaining({
    status,
    body: expect.objectContaining({
      code,
      ...(pointer === undefined ? {} : { errors: expect.arrayContaining([expect.objectContaining({ pointer })]) }),
    }),
  });

const usual = {
  title: "Win een taart",
  organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
  promotes: "Het desembrood van Bakkerij Zon",
  prizes: [{ description: "Taart", number: 1, valueCents: 2_800 }],
  reserves: 1,
};

/** A contest with a code of a newsletter, and of two places. */
export const withCodes: Asked = {
  chances: {
    bonuses: [
      { kind: "code", id: "brief", label: "Onze nieuwsbrief", tickets: 5, code: "Zomer-2026" },
      { kind: "place", id: "markt", label: "De winkel op de Markt", tickets: 3, code: "markt 12" },
      { kind: "place", id: "haven", label: "De winkel aan de haven", tickets: 3, code: "haven 3" },
    ],
  },
};

let slugs = 0;

/**
 * Contests of a workspace. `on`: where, once it is there. `set`: what its contests are, where a test says nothing.
 * `openFor`: how long they take entries, in milliseconds.
 */
export const contesting = (
  on: () => { world: World; bakery: Workspace },
  { set = usual, openFor = hours(1) }: { set?: Asked; openFor?: number } = {},
) => {
  const newSlug = (): string => `actie-${slugs++}`;
  const asked = (more: Asked = {}) => {
    const closesAt = later(on().world.now(), openFor);
    return { ...set, slug: newSlug(), closesAt, drawAt: later(closesAt, minutes(3)), ...more };
  };
  const drafted = async (more: Asked = {}, of = on().bakery): Promise<Made> =>
    (await of.api("POST", "/v1/contests", asked(more))).as(ContestView);
  const open = ({ id }: Made, of = on().bakery) => of.api("POST", `/v1/contests/${id}/open`);
  const opened = async (more: Asked = {}, of = on().bakery): Promise<Made> =>
    (await open(await drafted(more, of), of)).as(ContestView);
  /** Cancels those that are still open: what a test left behind would be drawn while another moves the time. */
  const cancelAll = async (of = on().bakery): Promise<void> => {
    const { items } = (await of.api("GET", "/v1/contests?status=open&limit=100")).as(PageOf(ContestView));
    await Promise.all(items.map(({ id }) => of.api("POST", `/v1/contests/${id}/cancel`, { reason: "Voorbij." })));
  };
  const statusOf = async ({ id }: Made, of = on().bakery): Promise<string> =>
    (await of.api("GET", `/v1/contests/${id}`)).as(ContestView).status;
  /** What was announced of a contest, of one type or of all. */
  const eventsAbout = ({ id }: Made, type?: string) =>
    on().world.events.filter(
      ({ type: of, detail }) => detail.data.contestId === id && (type === undefined || of === type),
    );

  const mailsTo = (address: string, subject = "") =>
    on().world.mails.filter(({ to, subject: of }) => to.includes(address) && of.includes(subject));
  /** The path of the link in the newest mail to this address. */
  const mailedPath = async (address: string): Promise<string> => {
    await on().world.settle();
    const found = /https?:\/\/\S+/.exec(mailsTo(address).at(-1)?.text ?? "")?.[0];
    if (!found) throw new Error(`No link was mailed to ${address}.`);
    return pathIn(found);
  };
  const confirmed = async ({ slug }: Made, t: string) =>
    (await on().world.http("POST", `/c/${slug}/confirm`, { body: { t } })).as(PersonalView);
  /** Enters as an app does; by a friend's `link`, with what else a form may say. */
  const entered = async (
    contest: Made,
    email: string,
    { link, ...more }: { link?: string; code?: string; via?: string; newsletter?: number } = {},
  ) => {
    const path = link === undefined ? `/c/${contest.slug}` : new URL(link).pathname;
    expect(await on().world.http("POST", path, { body: { email, ...more } })).toMatchObject({ status: 202 });
    return confirmed(contest, tokenIn(await mailedPath(email)));
  };
  /** Enters several people at the same time. */
  const enteredBy = async (contest: Made, emails: readonly string[]) => {
    await Promise.all(emails.map((email) => on().world.http("POST", `/c/${contest.slug}`, { body: { email } })));
    await on().world.settle();
    return Promise.all(emails.map((email) => mailedPath(email).then((path) => confirmed(contest, tokenIn(path)))));
  };
  /** What somebody sees of their own entry. */
  const own = async ({ personalUrl }: { personalUrl: string }) =>
    (await on().world.http("GET", pathIn(personalUrl), { headers: json })).as(PersonalView);
  const bundleOf = async ({ slug }: Made) => (await on().world.http("GET", `/c/${slug}/draw.json`)).body;

  return {
    newSlug,
    asked,
    drafted,
    open,
    opened,
    cancelAll,
    statusOf,
    eventsAbout,
    mailsTo,
    mailedPath,
    confirmed,
    entered,
    enteredBy,
    own,
    bundleOf,
  };
};

/** The path of an address, with what follows it. */
export const pathIn = (url: string): string => new URL(url).pathname + new URL(url).search;
/** The token of a link. */
export const tokenIn = (path: string): string => new URLSearchParams(path.split("?")[1]).get("t") ?? "";
/** A token with another letter in its middle: at the end it may have been that letter, or one of which not every bit counts. */
export const altered = (token: string): string => {
  const at = token.length >> 1;
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
};
