import * as z from "zod";
import { instant, milliseconds } from "../platform/clock.ts";
import { Id } from "../platform/ids.ts";
import { type Html, html, type Page } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import { brandOf } from "../workspaces/brand.ts";
import { timeOfRound } from "./beacon.ts";
import { takes } from "./close.ts";
import { commitHashOf, commitmentOf } from "./commit.ts";
import {
  hasCommitment,
  hasDraw,
  hasLedger,
  type Published,
  prizeOf,
  rulesOf,
  Status,
  type WithDraw,
} from "./contest.ts";
import { homeOf, pathOf } from "./links.ts";
import { winningPositions } from "./outcome.ts";
import { beaconOf, chainToPublish } from "./randomness.ts";
import { currentEntries } from "./table.ts";
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
  entries: await currentEntries(contest, now),
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
        bundle: `${await homeOf(contest)}/draw.json`,
      }
    : {}),
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
  const row = (drawn: WithDraw["positions"][number], place: number, prize?: string) =>
    html`<tr><th scope="row">${place}</th>${prize !== undefined && html`<td>${prize}</td>`}<td>${say.entryNumber(drawn.index + 1)}</td><td class="code">${drawn.commit.slice(0, 12)}</td></tr>\n`;
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
  const at = timesIn(contest, language);
  const { round } = commitmentOf(contest);
  const roundAt = instant(timeOfRound(beaconOf(rulesOf(contest)).chain, round) * 1000);
  return html`<h2>${say.committedTo}</h2>
<p>${say.counts(contest.entries, contest.tickets)} ${say.round(round, at(roundAt))}</p>
${contest.moves.map(({ from, to }) => html`<p class="error">${say.moved(at(from), at(to))}</p>`)}
<p>${say.commitHash}<br><span class="code">${commitHashOf(contest)}</span></p>`;
};

export const drawPage = async (contest: Published, language: Language, now: string): Promise<Page> => {
  const say = words[language].draw;
  const listed = (lines: readonly string[]) => html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  const count = await currentEntries(contest, now);
  return {
    language,
    title: say.title(contest.title),
    brand: await brandOf(contest.workspaceId, now),
    json: PublicDraw.parse(await publicDraw(contest, now)),
    body: html`<h1>${say.title(contest.title)}</h1>
${stagePart(contest, language, now)}
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
