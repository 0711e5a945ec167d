import { randomBytes } from "node:crypto";
import * as z from "zod";
import { clock, instant } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { found, type Refusal, refuse } from "../platform/errors.ts";
import { Id, newId, Slug } from "../platform/ids.ts";
import { type Mail, sendMail } from "../platform/mail.ts";
import { checkForm, formToken, type Html, html, type Page, page, pages, type Visit } from "../platform/page.ts";
import { sha256 } from "../platform/secrets.ts";
import { Conflict, drop, put } from "../platform/table.ts";
import { Language, sayTime } from "../platform/words.ts";
import { timeOfRound } from "./beacon.ts";
import {
  bundleOfContest,
  type Closing,
  commitHashOf,
  commitmentOf,
  hasCommitment,
  hasDraw,
  hasLedger,
  type Open,
  type Published,
  prizeOf,
  rulesOf,
  Status,
  takes,
  type WithDraw,
  winnerCount,
  winningPositions,
} from "./contest.ts";
import { weightOf } from "./draw.ts";
import {
  Address,
  addressOf,
  type Entry,
  type EntryKeys,
  enter,
  entryKeys,
  evidenceOf,
  identityOf,
  linkTokenOf,
  openReceiptKey,
  type Place,
  placeOf,
  readLinkToken,
  refOf,
  sealIdentity,
} from "./entry.ts";
import { nodeSha256 } from "./hash.ts";
import {
  type Confirmation,
  confirmationUrl,
  openConfirmation,
  openPersonal,
  pathOf,
  personalPath,
  personalUrl,
} from "./links.ts";
import { beaconOf, chainToPublish } from "./randomness.ts";
import {
  entries,
  findContestBySlug,
  findEntry,
  friendCount,
  readLedger,
  readPositions,
  recentEntryCounts,
  standingEntry,
  throttles,
  wasMailedJustNow,
} from "./table.ts";
import { EvidenceShape, entryProof } from "./verify.ts";
import { words } from "./words.ts";

// Where people enter: an address, a button behind a mailed link, a personal page with a link to share; and where the draw is
// explained. A form carries a token of the page that showed it; an app sends the same fields as JSON, without one.

/** An entry must be written, or not at all, well before the entries are counted (see contest.ts): this ends it. */
export const limits = { timeoutSeconds: 20 };

const params = z.strictObject({ slug: Slug });
const linkParams = z.strictObject({ slug: Slug, token: z.string().max(100) });
const Token = z.string().max(1024);
const tokenQuery = z.strictObject({ t: Token.default("") });

type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "speak">;

const contestHere = async ({ params, now }: Pick<Here, "params" | "now">): Promise<Published> =>
  found(await findContestBySlug(params.slug, now), "contest");

const times = (contest: Published, language: Language) => (at: string) => sayTime(at, language, contest.zone);

// ── The contest ─────────────────────────────────────────────────────────────────────────────────────────────────────

const PublicContest = z
  .object({
    id: Id("contest"),
    slug: z.string(),
    status: Status,
    title: z.string(),
    description: z.string().optional(),
    language: Language,
    organiser: z.string(),
    promotes: z.string(),
    prizes: z.array(z.object({ description: z.string(), number: z.int(), valueCents: z.int() })),
    closesAt: z.iso.datetime(),
    drawAt: z.iso.datetime(),
    entries: z.int().describe("By now, a few seconds behind; exact once sealed."),
    cancelled: z.string().optional().describe("The reason."),
  })
  .meta({ id: "PublicContest" });

const entriesOf = async (contest: Published, now: string): Promise<number> =>
  hasLedger(contest) ? contest.entries : (await recentEntryCounts(contest, now)).entries;

const publicContest = async (contest: Published, now: string): Promise<z.infer<typeof PublicContest>> =>
  PublicContest.parse({
    ...contest,
    id: contest.contestId,
    organiser: contest.organiser.name,
    entries: await entriesOf(contest, now),
    ...(contest.status === "cancelled" ? { cancelled: contest.reason } : {}),
  });

const prizeLines = (contest: Published, language: Language): string[] =>
  contest.prizes.map(({ number, description, valueCents }) =>
    words[language].enter.prize(number, description, words[language].euros(valueCents)),
  );

const termsOf = (contest: Published, language: Language): string[] => {
  const at = times(contest, language);
  return words[language].terms({
    title: contest.title,
    organiser: contest.organiser,
    promotes: contest.promotes,
    prizes: prizeLines(contest, language),
    opens: at(contest.openedAt),
    closes: at(contest.closesAt),
    draws: at(contest.drawAt),
    winners: winnerCount(contest),
    reserves: contest.reserves,
    ...contest.chances,
  });
};

const head = (contest: Published, language: Language): Html =>
  html`<p class="brand">${words[language].enter.brand(contest.organiser.name)}</p><h1>${contest.title}</h1>`;

const prizes = (contest: Published, language: Language): Html =>
  html`<h2>${words[language].enter.prizes}</h2><ul>${prizeLines(contest, language).map((line) => html`<li>${line}</li>`)}</ul>`;

/** What stands where the form stood. */
const overPart = (contest: Published, language: Language): Html => {
  const say = words[language].over;
  const at = times(contest, language);
  const toDraw = html`<a class="button" href="${pathOf(contest, "/draw", language)}">${say.toDraw}</a>`;
  if (contest.status === "cancelled")
    return html`<div class="error"><p>${say.cancelled}</p><p>${contest.reason}</p></div>`;
  const drawn = hasDraw(contest) || contest.status === "final";
  return html`<p>${say.closed(at(contest.closesAt))}</p><p>${drawn ? say.drawn : say.willDraw(at(contest.drawAt))}</p>${toDraw}`;
};

type Came = { by: "friend"; token: string } | { by: "broken-link" } | { by: "itself" };

const enterPart = async (
  contest: Published,
  here: Here,
  came: Came,
  problem: { text: string; email: string } | undefined,
): Promise<Html> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language].enter;
  const token = await formToken(contest.workspaceId, "enter", contest.contestId, now);
  const action = pathOf(contest, came.by === "friend" ? `/r/${came.token}` : "", language);
  return html`${came.by === "friend" && html`<p class="good">${say.broughtBy}</p>`}
${came.by === "broken-link" && html`<p class="error">${say.brokenLink}</p>`}
<h2>${say.heading}</h2>
<form method="post" action="${action}" novalidate>
<input type="hidden" name="form" value="${token}">
<label for="email">${say.address}</label>
${problem && html`<p class="error" id="problem" role="alert">${problem.text}</p>`}
<input type="email" id="email" name="email" required maxlength="254" autocomplete="email" value="${problem?.email}"${problem && html` aria-invalid="true" aria-describedby="problem"`}>
<p class="soft">${say.hint}</p>
<button>${say.button}</button>
<p class="soft">${say.agree}</p>
</form>
<details><summary>${say.terms}</summary>${termsOf(contest, language).map((text) => html`<p>${text}</p>`)}</details>`;
};

/** The page of a contest as it is now; `problem` says why a form came back. */
const contestPage = async (
  contest: Published,
  here: Here,
  came: Came,
  problem?: { text: string; email: string },
): Promise<Page> => {
  const { now, speak } = here;
  const language = speak(contest.language);
  const say = words[language].enter;
  const at = times(contest, language);
  const count = await entriesOf(contest, now);
  const isOpen = takes(contest, Date.parse(now));
  return {
    language,
    title: contest.title,
    description: contest.description ?? say.until(at(contest.closesAt)),
    json: await publicContest(contest, now),
    ...(isOpen ? { returnable: true as const } : {}),
    body: html`${head(contest, language)}
${contest.description !== undefined && html`<p>${contest.description}</p>`}
${prizes(contest, language)}
${isOpen ? html`<p>${say.until(at(contest.closesAt))} ${say.drawn(at(contest.drawAt))}</p>` : overPart(contest, language)}
${count > 0 && html`<p class="soft">${say.entrants(count)}</p>`}
${isOpen && (await enterPart(contest, here, came, problem))}
${isOpen && html`<p><a href="${pathOf(contest, "/draw", language)}">${say.howDrawn}</a></p>`}`,
  };
};

const cameBy = async (contest: Published, token: string): Promise<Came> =>
  readLinkToken(await entryKeys(contest), token) === undefined ? { by: "broken-link" } : { by: "friend", token };

// ── Asking to enter ─────────────────────────────────────────────────────────────────────────────────────────────────

const Asked = z.object({
  email: Address,
  form: z.string().max(2000).optional().describe("The token of a form that this page showed; an app sends none."),
});

const checkShown = async (
  contest: Published,
  form: "enter" | "confirm",
  token: string | undefined,
  { now, wantsJson }: Pick<Visit, "now" | "wantsJson">,
): Promise<void> => {
  if (token === undefined && wantsJson) return;
  await checkForm(contest.workspaceId, form, contest.contestId, token ?? "", now);
};

const confirmationMail = (contest: Published, to: string, link: string, language: Language): Mail => {
  const say = words[language].confirmMail;
  const lines = say.lines(contest.title, times(contest, language)(contest.closesAt));
  return {
    to,
    from: contest.organiser.name,
    subject: say.subject(contest.title),
    text: [...lines, link, say.ignore].join("\n\n"),
    html: html`<html lang="${language}"><body>${lines.map((line) => html`<p>${line}</p>`)}<p><a href="${link}">${say.link}</a></p><p>${say.ignore}</p></body></html>`
      .markup,
  };
};

/**
 * Mails the link that confirms, unless this address was mailed in the last ten minutes. Whoever asks learns nothing of it.
 * That it was mailed is written before it is, so that a crowd of requests is one mail, and taken back where no mail left.
 */
const mailConfirmation = async (
  contest: Published,
  place: Place,
  asked: Confirmation,
  { now, save }: Pick<Visit, "now" | "save">,
): Promise<void> => {
  if (await wasMailedJustNow(place, now)) return;
  const throttle = put(throttles, { ...place, mailedAt: now });
  try {
    await save([throttle]);
  } catch (error) {
    if (error instanceof Conflict) return;
    throw error;
  }
  const link = await confirmationUrl(contest, asked);
  try {
    await sendMail(confirmationMail(contest, addressOf(asked.identity), link, asked.language));
  } catch (error) {
    await save([drop(throttles, throttle.after)]);
    throw error;
  }
};

const Mailed = z
  .object({
    status: z.literal("mailed"),
    confirmBefore: z.iso.datetime().describe("Only what is confirmed before it counts."),
  })
  .meta({ id: "EntryAsked" });

const sentPage = (contest: Published, { speak }: Pick<Here, "speak">): Page => {
  const language = speak(contest.language);
  const say = words[language].sent;
  return {
    language,
    title: say.title,
    json: { status: "mailed", confirmBefore: contest.closesAt } satisfies z.infer<typeof Mailed>,
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
<p>${say.text(times(contest, language)(contest.closesAt))}</p><p class="soft">${say.again}</p>
<a class="button quiet" href="${pathOf(contest, "", language)}">${say.back}</a>`,
  };
};

const askToEnter = async (
  visit: Visit<{ slug: string; token?: string }, unknown, z.output<typeof Asked>>,
): Promise<Page | { seeOther: string }> => {
  const { params, form, arrivedMs, speak, wantsJson } = visit;
  const contest = await contestHere(visit);
  await checkShown(contest, "enter", form.form, visit);
  if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
  const keys = await entryKeys(contest);
  const identity = identityOf(form.email);
  const referrer = params.token === undefined ? undefined : readLinkToken(keys, params.token);
  const language = speak(contest.language);
  await mailConfirmation(contest, placeOf(contest, keys, identity), { identity, referrer, language }, visit);
  return wantsJson ? { ...sentPage(contest, visit), status: 202 } : { seeOther: pathOf(contest, "/sent", language) };
};

const askAgain = async (
  visit: Visit<{ slug: string; token?: string }, unknown, Record<string, string>>,
  refusal: Refusal,
): Promise<Page> => {
  const contest = await contestHere(visit);
  const { token } = visit.params;
  const say = words[visit.speak(contest.language)].problems;
  const text = refusal.code === "invalid_input" ? say.address : say.form;
  const came: Came = token === undefined ? { by: "itself" } : await cameBy(contest, token);
  return contestPage(contest, visit, came, { text, email: visit.form.email ?? "" });
};

// ── Confirming ──────────────────────────────────────────────────────────────────────────────────────────────────────

const confirmPage = async (contest: Published, here: Here, t: string, problem?: string): Promise<Page> => {
  const { now, speak } = here;
  const language = speak((await openConfirmation(contest, t, now)).language);
  const say = words[language].confirm;
  const form = await formToken(contest.workspaceId, "confirm", contest.contestId, now);
  return {
    language,
    title: say.title,
    json: { status: "unconfirmed", confirmBefore: contest.closesAt },
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
${problem !== undefined && html`<p class="error" role="alert">${problem}</p>`}
<p>${say.text(contest.title)}</p>
<form method="post" action="${pathOf(contest, "/confirm", language, t)}">
<input type="hidden" name="form" value="${form}"><input type="hidden" name="t" value="${t}">
<button>${say.button}</button>
</form>
<p class="soft">${say.until(times(contest, language)(contest.closesAt))}</p>`,
  };
};

const Confirmed = z.object({ t: Token, form: z.string().max(2000).optional() });

/** Writes the entry, or gives the first one of the same person. */
const keep = async (entry: Entry, { save }: Pick<Visit, "save">): Promise<Entry> => {
  try {
    await save([put(entries, entry)]);
    return entry;
  } catch (error) {
    if (!(error instanceof Conflict) || !error.existing) throw error;
    return standingEntry(error.existing);
  }
};

const confirm = async (
  contest: Open | Closing,
  { identity, referrer }: Confirmation,
  language: Language,
  visit: Pick<Visit, "now" | "arrivedMs" | "save">,
): Promise<Entry> => {
  const { now, arrivedMs } = visit;
  const keys = await entryKeys(contest);
  const place = placeOf(contest, keys, identity);
  const asked = {
    place,
    id: newId("entry", now),
    salt: randomBytes(32),
    identity,
    sealedIdentity: await sealIdentity(place, identity),
    // Whoever uses their own link entered before it existed: that entry stands, and has no referrer.
    referrer,
    terms: sha256(termsOf(contest, language).join("\n")),
    arrivedMs,
  };
  // The time again: what waited too long is not written.
  return keep(enter(contest, asked, instant(clock.now())), visit);
};

// ── The personal page ───────────────────────────────────────────────────────────────────────────────────────────────

const PersonalView = z
  .object({
    contestId: Id("contest"),
    status: Status,
    entryId: Id("entry"),
    enteredAt: z.iso.datetime(),
    personalUrl: z.url().describe("For this person alone."),
    shareUrl: z.url().describe("Friends who enter by it raise the chances."),
    tickets: z.int(),
    provisional: z.boolean(),
    friends: z.int().optional(),
    number: z.int().optional().describe("The place in the sealed list, from 1."),
    position: z.int().optional().describe("The drawn position, from 0."),
    prize: z.string().optional(),
    receipt: EvidenceShape.describe("Show it to anyone who should check that this entry counts."),
  })
  .meta({ id: "PersonalEntry" });
type PersonalView = z.infer<typeof PersonalView>;

const viewEntry = async (
  contest: Published,
  entry: Entry,
  identity: string,
  keys: EntryKeys,
  language: Language,
  now: string,
): Promise<PersonalView> => {
  const inLedger = hasLedger(contest) ? entryProof(await readLedger(contest), entry.commit, nodeSha256) : undefined;
  const friends = inLedger ? undefined : await friendCount(contest, refOf(keys, entry.pid), now);
  const commit = Buffer.from(entry.commit).toString("hex");
  const drawn = hasDraw(contest) ? contest.positions.find((position) => position.commit === commit) : undefined;
  const prize =
    hasDraw(contest) && drawn ? prizeOf(contest, winningPositions(contest).indexOf(drawn.position)) : undefined;
  return {
    contestId: contest.contestId,
    status: contest.status,
    entryId: entry.id,
    enteredAt: instant(entry.enteredAt),
    personalUrl: await personalUrl(contest, identity, language),
    shareUrl: `${config.publicUrl()}/c/${contest.slug}/r/${linkTokenOf(keys, entry.pid)}`,
    tickets: inLedger ? inLedger.weight : weightOf(contest.chances, friends ?? 0),
    provisional: inLedger === undefined,
    ...(friends === undefined ? {} : { friends }),
    ...(inLedger ? { number: inLedger.index + 1 } : {}),
    ...(drawn ? { position: drawn.position } : {}),
    ...(prize === undefined ? {} : { prize }),
    receipt: evidenceOf(contest, entry, identity, await openReceiptKey(contest), inLedger),
  };
};

const resultPart = (contest: Published, view: PersonalView, language: Language): Html => {
  const say = words[language].me;
  const toDraw = html`<a class="button quiet" href="${pathOf(contest, "/draw", language)}">${say.toDraw}</a>`;
  if (contest.status === "cancelled") return html`<p>${say.nothing}</p>`;
  if (!hasDraw(contest)) return html`<p>${say.waiting(times(contest, language)(contest.drawAt))}</p>${toDraw}`;
  if (view.prize !== undefined)
    return html`<div class="good"><p>${say.won(view.prize)}</p><p>${say.wonNext}</p></div>${toDraw}`;
  if (view.position !== undefined)
    return html`<p class="good">${say.reserve(view.position - winnerCount(contest) + 1)}</p>${toDraw}`;
  return html`<p>${say.lost}</p>${toDraw}`;
};

const sharePart = (contest: Published, { shareUrl }: PersonalView, language: Language): Html => {
  const say = words[language].me;
  const { referralUnit, referralCap } = contest.chances;
  // The disclosure belongs to the text itself, whichever way it goes: sharing for a chance is advertising.
  const text = `${say.shareText(contest.title, contest.organiser.name)} ${say.disclosure}`;
  const whole = `${text} ${shareUrl}`;
  const to = (base: string, fields: Record<string, string>) =>
    `${base}?${Object.entries(fields)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&")}`;
  const button = (href: string, label: string) =>
    html`<a class="button quiet" href="${href}" rel="noopener nofollow">${label}</a>\n`;
  return html`<h2>${say.share}</h2><p>${say.shareHow(referralUnit, referralCap)}</p>
${button(to("https://wa.me/", { text: whole }), say.whatsapp)}
${button(to("https://t.me/share/url", { url: shareUrl, text }), say.telegram)}
${button(to("mailto:", { subject: say.mailSubject(contest.title), body: whole }), say.mail)}
<label for="share">${say.copy}</label><input type="text" id="share" readonly value="${whole}">`;
};

const personalPage = (contest: Published, view: PersonalView, language: Language, now: string): Page => {
  const say = words[language].me;
  const isOpen = takes(contest, Date.parse(now));
  const receipt = JSON.stringify(view.receipt, undefined, 2);
  const file = `data:application/json;base64,${Buffer.from(receipt).toString("base64")}`;
  return {
    language,
    title: say.title,
    json: PersonalView.parse(view),
    body: html`<p class="brand">${contest.title}</p><h1>${say.title}</h1>
${isOpen ? html`<p class="good">${say.in(contest.title)}</p>` : resultPart(contest, view, language)}
<p><strong>${say.tickets(view.tickets, view.friends ?? 0)}</strong></p>
${view.provisional ? html`<p class="soft">${say.provisional}</p>` : ""}
${view.number !== undefined && hasLedger(contest) ? html`<p>${say.sealed(view.number, contest.entries)}</p>` : ""}
${isOpen && contest.chances.referralUnit > 0 && sharePart(contest, view, language)}
<h2>${say.receipt}</h2><p>${say.receiptWhy}</p>
<a class="button quiet" href="${file}" download="${contest.slug}-receipt.json">${say.download}</a>
<p class="soft">${say.keep}</p>`,
  };
};

// ── The draw ────────────────────────────────────────────────────────────────────────────────────────────────────────

const PublicDraw = z
  .object({
    contestId: Id("contest"),
    status: Status,
    closesAt: z.iso.datetime(),
    drawAt: z.iso.datetime(),
    entries: z.int(),
    tickets: z.int().optional(),
    beacon: z.object({ chainHash: z.string(), public: z.boolean() }),
    commitment: z.string().optional(),
    commitHash: z.string().optional(),
    round: z.int().optional(),
    winners: z.array(z.object({ position: z.int(), number: z.int(), commit: z.string() })).optional(),
    bundle: z.string().optional().describe("Where all that a checker needs is."),
  })
  .meta({ id: "PublicDraw" });

const isPublicBeacon = (contest: Published): boolean => chainToPublish(beaconOf(rulesOf(contest)).chain) === undefined;

const publicDraw = async (contest: Published, now: string): Promise<z.infer<typeof PublicDraw>> => ({
  contestId: contest.contestId,
  status: contest.status,
  closesAt: contest.closesAt,
  drawAt: contest.drawAt,
  entries: await entriesOf(contest, now),
  ...(hasLedger(contest) ? { tickets: contest.tickets } : {}),
  beacon: { chainHash: rulesOf(contest).beacon, public: isPublicBeacon(contest) },
  ...(hasCommitment(contest)
    ? { commitment: contest.commitment, commitHash: commitHashOf(contest), round: commitmentOf(contest).round }
    : {}),
  ...(hasDraw(contest)
    ? {
        winners: winningPositions(contest).flatMap((position) => {
          const { index, commit } = contest.positions[position] ?? {};
          return index === undefined || commit === undefined ? [] : [{ position, number: index + 1, commit }];
        }),
        bundle: `${config.publicUrl()}/c/${contest.slug}/draw.json`,
      }
    : {}),
});

const stagePart = (contest: Published, language: Language): Html => {
  const say = words[language].draw.stages;
  const at = times(contest, language);
  const line = (() => {
    switch (contest.status) {
      case "open":
        return say.open(at(contest.drawAt));
      case "closing":
      case "counting":
      case "sealed":
        return say.closing;
      case "committed":
        return say.committed(at(contest.drawAt));
      case "drawn":
      case "announced":
        return say.drawn(at(contest.drawnAt));
      case "final":
        return contest.outcome === "no_entries" ? say.none : `${say.drawn(at(contest.drawnAt))} ${say.final}`;
      case "cancelled":
        return say.cancelled;
    }
  })();
  return html`<p><strong>${line}</strong></p>`;
};

const resultTable = (contest: WithDraw, language: Language): Html => {
  const say = words[language].draw;
  const winning = winningPositions(contest);
  const reserves = contest.positions.filter(({ position }) => !winning.includes(position));
  const row = ({ position, index, commit }: WithDraw["positions"][number], place: number, prize?: string) =>
    html`<tr><th scope="row">${place}</th>${prize !== undefined && html`<td>${prize}</td>`}<td>${say.entryNumber(index + 1)}</td><td class="code">${commit.slice(0, 12)}</td></tr>\n`;
  const columns = (names: string[]) =>
    html`<thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>`;
  const winners = winning.flatMap((position) => contest.positions[position] ?? []);
  return html`<h2>${say.winners}</h2>
<table>${columns([say.place, say.prize, say.entry, say.mark])}<tbody>${winners.map((of, i) => row(of, i + 1, prizeOf(contest, i) ?? ""))}</tbody></table>
<h2>${say.reserves}</h2>
${
  reserves.length === 0
    ? html`<p>${say.noReserve}</p>`
    : html`<table>${columns([say.place, say.entry, say.mark])}<tbody>${reserves.map((of, i) => row(of, i + 1))}</tbody></table>`
}`;
};

const committedPart = (contest: Published, language: Language): Html => {
  if (!hasCommitment(contest)) return html``;
  const say = words[language].draw;
  const at = times(contest, language);
  const { round } = commitmentOf(contest);
  const roundAt = instant(timeOfRound(beaconOf(rulesOf(contest)).chain, round) * 1000);
  return html`<h2>${say.committedTo}</h2>
<p>${say.counts(contest.entries, contest.tickets)} ${say.round(round, at(roundAt))}</p>
${contest.moves.map(({ from, to }) => html`<p class="error">${say.moved(at(from), at(to))}</p>`)}
<p>${say.commitHash}<br><span class="code">${commitHashOf(contest)}</span></p>`;
};

const drawPage = async (contest: Published, { now, speak }: Here): Promise<Page> => {
  const language = speak(contest.language);
  const say = words[language].draw;
  const listed = (lines: readonly string[]) => html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  const count = await entriesOf(contest, now);
  return {
    language,
    title: say.title(contest.title),
    json: PublicDraw.parse(await publicDraw(contest, now)),
    body: html`<h1>${say.title(contest.title)}</h1>
${stagePart(contest, language)}
${!hasLedger(contest) && count > 0 && html`<p>${words[language].enter.entrants(count)}</p>`}
${hasDraw(contest) && resultTable(contest, language)}
${committedPart(contest, language)}
${!isPublicBeacon(contest) && html`<p class="error">${say.localBeacon}</p>`}
<h2>${say.how}</h2><ol>${say.howSteps.map((step) => html`<li>${step}</li>`)}</ol>
<h2>${say.proves}</h2>${listed(say.provesThat)}
<h2>${say.provesNot}</h2>${listed(say.provesNotThat)}
${
  hasDraw(contest) &&
  html`<h2>${say.check}</h2><p>${say.checkHow("npm run verify -- draw.json")}</p>
<a class="button quiet" href="/c/${contest.slug}/draw.json">${say.bundle}</a><p class="soft">${say.checkEntry}</p>`
}
<p><a href="${pathOf(contest, "", language)}">${say.back}</a></p>`,
  };
};

// ── The routes ──────────────────────────────────────────────────────────────────────────────────────────────────────

const entering = {
  form: Asked,
  status: 202,
  returns: Mailed,
  refuses: ["form_altered", "form_expired", "contest_not_open"],
  run: askToEnter,
  again: askAgain,
} as const;

export const routes = {
  showContest: page({
    method: "GET",
    path: "/c/{slug}",
    summary: "A contest, to enter.",
    params,
    returns: PublicContest,
    run: async (visit) => contestPage(await contestHere(visit), visit, { by: "itself" }),
  }),
  askToEnterContest: page({
    method: "POST",
    path: "/c/{slug}",
    summary:
      "Asks to enter: a link to confirm by is mailed. The answer is the same whether the address is known or not.",
    params,
    ...entering,
  }),
  showContestOfFriend: page({
    method: "GET",
    path: "/c/{slug}/r/{token}",
    summary: "A contest, by a friend's personal link. A link that is not right shows the contest all the same.",
    params: linkParams,
    returns: PublicContest,
    run: async (visit) => {
      const contest = await contestHere(visit);
      return contestPage(contest, visit, await cameBy(contest, visit.params.token));
    },
  }),
  askToEnterContestOfFriend: page({
    method: "POST",
    path: "/c/{slug}/r/{token}",
    summary: "Asks to enter by a friend's personal link: once confirmed, it raises the friend's chances.",
    params: linkParams,
    ...entering,
  }),
  showContestMailed: page({
    method: "GET",
    path: "/c/{slug}/sent",
    summary: "Says to look in the mail, and by when to confirm.",
    params,
    returns: Mailed,
    run: async (visit) => sentPage(await contestHere(visit), visit),
  }),
  showConfirmation: page({
    method: "GET",
    path: "/c/{slug}/confirm",
    summary: "The page behind the mailed link, with one button. Opening it changes nothing.",
    params,
    query: tokenQuery,
    refuses: ["link_ended"],
    run: async (visit) => confirmPage(await contestHere(visit), visit, visit.query.t),
  }),
  confirmEntry: page({
    method: "POST",
    path: "/c/{slug}/confirm",
    summary:
      "Confirms an entry. What counts is that this arrives before the close; a second time gives the first receipt.",
    params,
    form: Confirmed,
    returns: PersonalView,
    refuses: ["form_altered", "form_expired", "contest_not_open", "link_ended"],
    run: async (visit) => {
      const { form, now, arrivedMs, speak, wantsJson } = visit;
      const contest = await contestHere(visit);
      await checkShown(contest, "confirm", form.form, visit);
      if (!takes(contest, arrivedMs)) return refuse("contest_not_open", "This contest takes no entries now.");
      const confirmation = await openConfirmation(contest, form.t, instant(arrivedMs));
      const language = speak(confirmation.language);
      const entry = await confirm(contest, confirmation, language, visit);
      const { identity } = confirmation;
      if (!wantsJson) return { seeOther: await personalPath(contest, identity, language) };
      const view = await viewEntry(contest, entry, identity, await entryKeys(contest), language, now);
      return personalPage(contest, view, language, now);
    },
    again: async (visit, refusal) => {
      const contest = await contestHere(visit);
      if (refusal.code === "contest_not_open") return contestPage(contest, visit, { by: "itself" });
      if (refusal.code === "link_ended") throw refusal;
      const problem = words[visit.speak(contest.language)].problems.form;
      return confirmPage(contest, visit, visit.form.t ?? "", problem);
    },
  }),
  showEntry: page({
    method: "GET",
    path: "/c/{slug}/me",
    summary: "The personal page: chances, the link to share, the receipt, and after the draw the result.",
    params,
    query: tokenQuery,
    returns: PersonalView,
    refuses: ["link_ended"],
    run: async (visit) => {
      const { query, now, speak } = visit;
      const contest = await contestHere(visit);
      const identity = await openPersonal(contest, query.t, now);
      const keys = await entryKeys(contest);
      const entry = await findEntry(placeOf(contest, keys, identity), now);
      if (!entry) return refuse("link_ended", "This entry is no longer kept.");
      const language = speak(contest.language);
      const view = await viewEntry(contest, entry, identity, keys, language, now);
      return personalPage(contest, view, language, now);
    },
  }),
  showDraw: page({
    method: "GET",
    path: "/c/{slug}/draw",
    summary: "The draw, explained: when it is, what is fixed for it, who won, what it proves and what not.",
    params,
    returns: PublicDraw,
    run: async (visit) => drawPage(await contestHere(visit), visit),
  }),
  readDrawBundle: page({
    method: "GET",
    path: "/c/{slug}/draw.json",
    summary: "All that it takes to check the draw offline (FairDraw 1, section 5).",
    params,
    refuses: ["contest_not_drawn"],
    run: async (visit) => {
      const contest = await contestHere(visit);
      if (!hasDraw(contest)) return refuse("contest_not_drawn", "The winners are not drawn yet.");
      const { chain } = beaconOf(rulesOf(contest));
      const positions = await readPositions(contest);
      const bundle = bundleOfContest(contest, contest.signature, positions, chainToPublish(chain));
      return {
        language: visit.speak(contest.language),
        title: contest.title,
        body: html``,
        document: { type: "application/json; charset=utf-8", text: JSON.stringify(bundle) },
      };
    },
  }),
};

export const handler = pages(routes);
