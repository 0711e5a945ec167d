import * as z from "zod";
import { findChannelCached } from "../channels/table.ts";
import { instant, milliseconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { Id, Slug } from "../platform/ids.ts";
import { type Html, html, type Page, page, type Visit } from "../platform/page.ts";
import { type Language, sayNumber } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { timeOfRound } from "./beacon.ts";
import { publishedBundle } from "./bundle.ts";
import { hasDetails, openDetails, shownAs } from "./claim.ts";
import { takes } from "./close.ts";
import { commitHashOf, commitmentOf } from "./commit.ts";
import {
  hasCommitment,
  hasDraw,
  hasLedger,
  hasVerdict,
  hasWinners,
  type Published,
  prizeOf,
  rulesOf,
  Status,
  type WithCommitment,
  type WithDraw,
} from "./contest.ts";
import type { Counts } from "./count-check.ts";
import { drawScript } from "./draw-script.ts";
import { drawWords } from "./draw-words.ts";
import { contestHere } from "./here.ts";
import { judgingPage, winnersByJury } from "./jury-page.ts";
import { homeOf, pathOf } from "./links.ts";
import { strikeOf, winningPositions } from "./outcome.ts";
import { viewCounts } from "./public-counts.ts";
import { chainOf, chainToPublish } from "./randomness.ts";
import { currentEntries, findPublicCounts, readEntryProof, recentClaims } from "./table.ts";
import { timesIn, words } from "./words.ts";

// The draw in plain words: when it is, what is fixed for it, who won, what it proves and what not, and how to check it.

export const PublicDraw = z
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
    voided: z
      .array(z.object({ commitHash: z.string(), round: z.int(), at: z.iso.datetime() }))
      .optional()
      .describe("Commitments that nothing was drawn from: no relay had their round a week after its time."),
    winners: z
      .array(
        z.object({
          position: z.int(),
          number: z.int(),
          commit: z.string(),
          prize: z.string(),
          shownAs: z.string().optional(),
        }),
      )
      .optional()
      .describe("By prize. `shownAs`: once the prize was claimed; initials and town, or more where the winner agreed."),
    verdicts: z
      .array(z.object({ position: z.int(), prize: z.string(), reason: z.string(), shownAs: z.string().optional() }))
      .optional()
      .describe("By prize. Of a contest that a jury judges, once it has."),
    strikes: z.array(z.object({ position: z.int(), reason: z.string(), at: z.iso.datetime() })).optional(),
    bundle: z.string().optional().describe("Where all that a checker needs is."),
    counts: z.string().describe("Where the hourly public counts are."),
  })
  .meta({ id: "PublicDraw" });

const isPublicBeacon = (contest: Published): boolean => chainToPublish(chainOf(rulesOf(contest))) === undefined;

/** What is known of those who claimed, by position. */
const namesOf = async (contest: Published, now: string): Promise<Map<number, string>> => {
  if (!hasWinners(contest)) return new Map();
  const claimed = [...(await recentClaims(contest, now)).values()].filter(hasDetails);
  const named = claimed.map(async (claim) => [claim.position, shownAs(await openDetails(claim))] as const);
  return new Map(await Promise.all(named));
};

/** The winners by prize: whose it is, or that nobody is left for it. */
const winnersBy = (contest: WithDraw) =>
  winningPositions(contest).map((position, place) => ({
    prize: prizeOf(contest, place) ?? "",
    of: position === undefined ? undefined : contest.positions[position],
  }));

const publicDraw = async (
  contest: Published,
  names: ReadonlyMap<number, string>,
  now: string,
): Promise<z.input<typeof PublicDraw>> => ({
  contestId: contest.contestId,
  status: contest.status,
  closesAt: contest.closesAt,
  drawAt: contest.drawAt,
  entries: await currentEntries(contest, now),
  ...(hasLedger(contest) ? { tickets: contest.tickets } : {}),
  beacon: { chainHash: rulesOf(contest).beacon, public: isPublicBeacon(contest) },
  ...(hasCommitment(contest)
    ? {
        commitment: contest.commitment,
        commitHash: commitHashOf(contest),
        round: commitmentOf(contest).round,
        ...(contest.voided.length > 0 ? { voided: contest.voided } : {}),
      }
    : {}),
  ...(hasDraw(contest)
    ? {
        winners: winnersBy(contest).flatMap(({ prize, of }) => {
          if (!of) return [];
          const { position, index, commit } = of;
          const name = names.get(position);
          return [{ position, number: index + 1, commit, prize, ...(name === undefined ? {} : { shownAs: name }) }];
        }),
        strikes: contest.strikes,
        bundle: `${await homeOf(contest)}/draw.json`,
      }
    : {}),
  ...(hasVerdict(contest)
    ? {
        verdicts: winnersByJury(contest, names).flatMap(({ position, prize, reason, shownAs }) =>
          position === undefined || reason === undefined
            ? []
            : [{ position, prize, reason, ...(shownAs === undefined ? {} : { shownAs }) }],
        ),
        strikes: contest.strikes,
      }
    : {}),
  counts: `${await homeOf(contest)}/counts.json`,
});

const stagePart = (contest: Published, language: Language, now: string): Html => {
  const say = words[language].draw.stages;
  const at = timesIn(contest, language);
  const line = (() => {
    switch (contest.status) {
      case "open":
        return takes(contest, milliseconds(now)) ? say.open(at(contest.drawAt)) : say.closing;
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
        return hasDraw(contest) ? `${say.drawn(at(contest.drawnAt))} ${say.final}` : say.none;
      case "cancelled":
        return say.cancelled;
    }
  })();
  return html`<p><strong>${line}</strong></p>`;
};

const columns = (names: string[]): Html =>
  html`<thead><tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>`;

const markOf = ({ commit }: WithDraw["positions"][number]): Html =>
  html`<span class="code">${commit.slice(0, 12)}</span>`;

const winnersTable = (contest: WithDraw, names: ReadonlyMap<number, string>, language: Language): Html => {
  const say = words[language].draw;
  const more = drawWords[language];
  const rows = winnersBy(contest).map(({ prize, of }, place) => {
    const who = of
      ? html`${names.get(of.position) ?? html`<span class="soft">${more.waiting}</span>`}<br><span class="soft">${say.entryNumber(of.index + 1)}</span> ${markOf(of)}`
      : html`<span class="soft">${more.vacant}</span>`;
    return html`<tr><th scope="row">${place + 1}</th><td>${prize}</td><td>${who}</td></tr>\n`;
  });
  return html`<h2>${say.winners}</h2>
<table>${columns([say.place, say.prize, more.name])}<tbody>${rows}</tbody></table>`;
};

const struckTable = (contest: WithDraw, language: Language): Html | false => {
  if (contest.strikes.length === 0) return false;
  const say = words[language].draw;
  const more = drawWords[language];
  const at = timesIn(contest, language);
  const rows = contest.strikes.map(({ position, reason, at: struckAt }) => {
    const drawn = contest.positions[position];
    return html`<tr><th scope="row">${drawn && say.entryNumber(drawn.index + 1)}<br>${drawn && markOf(drawn)}</th><td>${reason}<br><span class="soft">${at(struckAt)}</span></td></tr>\n`;
  });
  return html`<h2>${more.struck}</h2><table>${columns([say.entry, more.reason])}<tbody>${rows}</tbody></table>`;
};

const reservesPart = (contest: WithDraw, language: Language): Html => {
  const say = words[language].draw;
  const winning = winningPositions(contest);
  const reserves = contest.positions.filter(
    ({ position }) => !winning.includes(position) && strikeOf(contest, position) === undefined,
  );
  if (reserves.length === 0) return html`<h2>${say.reserves}</h2><p>${say.noReserve}</p>`;
  const rows = reserves.map(
    (of, i) =>
      html`<tr><th scope="row">${i + 1}</th><td>${say.entryNumber(of.index + 1)}</td><td>${markOf(of)}</td></tr>\n`,
  );
  return html`<h2>${say.reserves}</h2><table>${columns([say.place, say.entry, say.mark])}<tbody>${rows}</tbody></table>`;
};

const postedPart = async (contest: WithCommitment, language: Language, now: string): Promise<Html> => {
  const say = drawWords[language];
  const found = await Promise.all(contest.channels.map((id) => findChannelCached(contest.workspaceId, id, now)));
  const names = found.flatMap((channel) => (channel?.status === "connected" ? [channel.name] : []));
  return html`<p class="soft">${names.length === 0 ? say.noChannels : say.posted(names)}</p>
${!hasDraw(contest) && html`<p class="soft">${say.keepIt}</p>`}`;
};

const committedPart = async (contest: Published, language: Language, now: string): Promise<Html | false> => {
  if (!hasCommitment(contest)) return false;
  const say = words[language].draw;
  const more = drawWords[language];
  const at = timesIn(contest, language);
  const { round } = commitmentOf(contest);
  const roundAt = instant(timeOfRound(chainOf(rulesOf(contest)), round) * 1000);
  return html`<h2>${say.committedTo}</h2>
<p>${say.counts(contest.entries, contest.tickets)} ${say.round(round, at(roundAt))}</p>
${contest.moves.map(({ from, to, reason }) => html`<p class="error">${(reason === "round_missing" ? more.roundMissing : say.moved)(at(from), at(to))}</p>`)}
${contest.voided.map(({ round, at: voidedAt }) => html`<p class="error">${more.voided(round, at(voidedAt))}</p>`)}
<p>${say.commitHash}<br><span class="code">${commitHashOf(contest)}</span></p>
${await postedPart(contest, language, now)}`;
};

const mostShownCounts = 48;

const countsPart = (contest: Published, counted: Counts["counts"], language: Language): Html => {
  const say = drawWords[language].counts;
  const at = timesIn(contest, language);
  const last = counted.at(-1);
  const excluded = hasLedger(contest) ? (contest.exclusions?.count ?? 0) : 0;
  const rows = counted
    .slice(-mostShownCounts)
    .toReversed()
    .map(
      ({ at: when, entries }) =>
        html`<tr><th scope="row">${at(when)}</th><td>${sayNumber(entries, language)}</td></tr>\n`,
    );
  return html`<h2>${say.title}</h2><p>${say.why}</p>
${last && hasLedger(contest) && html`<p>${say.compared(last.entries, at(last.at), contest.entries + excluded)} ${excluded > 0 && say.excluded(excluded)}</p>`}
${
  last
    ? html`<details><summary>${say.all}</summary><table>${columns([say.when, say.entries])}<tbody>${rows}</tbody></table></details>`
    : html`<p class="soft">${say.none}</p>`
}
<p><a href="/c/${contest.slug}/counts.json">${say.file}</a></p>`;
};

const checkPart = (contest: Published, language: Language): Html | false => {
  if (!hasCommitment(contest)) return false;
  const say = words[language].draw;
  const { check, mine } = drawWords[language];
  const texts = JSON.stringify({ ...check, in: mine.in, out: mine.out, notSealed: mine.notSealed });
  const drawn =
    hasDraw(contest) &&
    html`<p>${say.checkHow("npm run verify -- draw.json")} ${check.countsToo("npm run verify -- draw.json counts.json")}</p>
<a class="button quiet" href="/c/${contest.slug}/draw.json" download="draw.json">${say.bundle}</a>`;
  return html`<h2>${say.check}</h2>${drawn}
<noscript><p class="soft">${check.noScript("npm run verify -- draw.json")} ${say.checkEntry}</p></noscript>
<details id="checks" hidden data-home="/c/${contest.slug}" data-say="${texts}"><summary>${check.button}</summary>
<p>${check.here}</p>
<label for="seen">${check.seen}</label><input type="text" id="seen" maxlength="64" autocomplete="off" spellcheck="false" aria-describedby="seen-hint"><p class="soft" id="seen-hint">${check.seenHint}</p>
${hasDraw(contest) && html`<button type="button" id="check">${check.button}</button>`}
<label for="bundle">${check.file}</label><input type="file" id="bundle" accept=".json,application/json">
<div id="outcome" role="status"></div>
<h3>${mine.title}</h3><p>${mine.how}</p>
<label for="receipt">${mine.receipt}</label><input type="file" id="receipt" accept=".json,application/json">
<label for="mine">${mine.link}</label><input type="url" id="mine" autocomplete="off">
<button type="button" id="find">${mine.button}</button>
<div id="found" role="status"></div>
</details>`;
};

export const drawPage = async (contest: Published, language: Language, now: string): Promise<Page> => {
  const names = await namesOf(contest, now);
  if (contest.method === "jury")
    return {
      ...(await judgingPage(contest, names, language, now)),
      json: PublicDraw.parse(await publicDraw(contest, names, now)),
    };
  const say = words[language].draw;
  const listed = (lines: readonly string[]) => html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  const count = await currentEntries(contest, now);
  const { counts } = viewCounts(contest, await findPublicCounts(contest, now));
  return {
    language,
    title: say.title(contest.title),
    brand: await brandOf(contest.workspaceId, now),
    json: PublicDraw.parse(await publicDraw(contest, names, now)),
    ...(hasCommitment(contest) ? { script: drawScript, asksUs: true as const } : {}),
    body: html`<h1>${say.title(contest.title)}</h1>
${stagePart(contest, language, now)}
${!hasLedger(contest) && count > 0 && html`<p>${words[language].enter.entrants(count)}</p>`}
${hasDraw(contest) && html`${winnersTable(contest, names, language)}${struckTable(contest, language)}${reservesPart(contest, language)}`}
${await committedPart(contest, language, now)}
${!isPublicBeacon(contest) && html`<p class="error">${say.localBeacon}</p>`}
${contest.status !== "cancelled" && countsPart(contest, counts, language)}
<h2>${say.how}</h2><ol>${say.howSteps.map((step) => html`<li>${step}</li>`)}</ol>
<h2>${say.proves}</h2>${listed(say.provesThat)}
<h2>${say.provesNot}</h2>${listed([...say.provesNotThat, drawWords[language].provesNotToo])}
${checkPart(contest, language)}
<p><a href="${pathOf(contest, "", language)}">${say.back}</a></p>`,
  };
};

const Commit = z.string().regex(/^[0-9a-f]{64}$/);

export const InclusionView = z
  .object({ index: z.int(), weight: z.int(), proof: z.array(z.object({ sum: z.int(), hash: z.string() })) })
  .meta({ id: "InclusionProof" });

const params = z.strictObject({ slug: Slug });
type Here = Pick<Visit<{ slug: string }>, "params" | "now" | "owner" | "speak">;
/** A file for programs, kept by caches for a minute. */
const file = (contest: Published, visit: Here, content: unknown): Page => ({
  language: visit.speak(contest.language),
  title: contest.title,
  body: html``,
  document: { type: "application/json; charset=utf-8", text: JSON.stringify(content) },
});

export const drawRoutes = {
  showDraw: page({
    method: "GET",
    path: "/c/{slug}/draw",
    summary: "The draw, explained: when it is, what is fixed for it, who won, what it proves and what not.",
    params,
    returns: PublicDraw,
    run: async (visit) => {
      const contest = await contestHere(visit);
      return drawPage(contest, visit.speak(contest.language), visit.now);
    },
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
      return file(contest, visit, await publishedBundle(contest));
    },
  }),
  readPublicCounts: page({
    method: "GET",
    path: "/c/{slug}/counts.json",
    summary: "How many had entered, each hour while the contest was open, signed with the key that signs receipts.",
    params,
    run: async (visit) => {
      const contest = await contestHere(visit);
      return file(contest, visit, viewCounts(contest, await findPublicCounts(contest, visit.now)));
    },
  }),
  readInclusionProof: page({
    method: "GET",
    path: "/c/{slug}/proof/{commit}",
    summary: "The proof that an entry is in the sealed list, by its commit: that hides whose it is.",
    params: z.strictObject({ slug: Slug, commit: Commit }),
    refuses: ["contest_not_sealed"],
    run: async (visit) => {
      const contest = await contestHere(visit);
      if (!hasLedger(contest)) return refuse("contest_not_sealed", "The list of entries is not sealed yet.");
      const proof = await readEntryProof(contest, Buffer.from(visit.params.commit, "hex"));
      return file(contest, visit, InclusionView.parse(found(proof, "entry in the sealed list")));
    },
  }),
};
