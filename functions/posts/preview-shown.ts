import type { Channel } from "../channels/channel.ts";
import type { Check, Said as SaidThere } from "../channels/network.ts";
import { networkOf } from "../channels/networks.ts";
import { linksIn } from "../channels/written.ts";
import { type Html, html } from "../platform/page.ts";
import { ballotAt, type Said, type Standing, saidOn } from "./post.ts";
import { countsOfPart, fitted, hasCard, piecesOf } from "./preview.ts";
import type { words } from "./preview-words.ts";
import { readOn } from "./read-on.ts";

type Say = (typeof words)["nl"];

/** A page stays small: so much of a text is shown, and so much of all of a channel's parts. */
const mostShown = 3000;
const mostOfParts = 6000;

const partShown = (
  part: Said,
  n: number,
  { channel, check, say, most }: { channel: Channel; check: Check; say: Say; most: number },
): { markup: Html; fits: string; beyond: string } => {
  const { media = [] } = part;
  const { fits, beyond } = fitted(part.text, { media }, networkOf(channel.network), channel.account);
  const [nearest] = countsOfPart(check, n);
  const on = readOn(channel);
  const [address] = linksIn(fits);
  const showsCard = address !== undefined && media.length === 0 && hasCard.includes(on);
  const shown = fits.length > most ? `${fits.slice(0, most)}…` : fits;
  const over = beyond.length > most ? `${beyond.slice(0, most)}…` : beyond;
  const markup = html`<article>${piecesOf(shown, on).map(({ text, isLink }) => (isLink ? html`<u>${text}</u>` : text))}${
    over !== "" &&
    html`
<strong>${say.beyond}</strong> <mark>${over}</mark>`
  }</article>
${media.map(({ mediaId, type, alt, width, height }, i) =>
  type.startsWith("image/")
    ? html`<figure><img class="picture" src="/m/${mediaId}" alt="${alt ?? say.picture(i + 1)}" width="${width}" height="${height}" loading="lazy"><figcaption class="soft">${alt === undefined ? say.noAlt : html`${say.alt} ${alt}`}</figcaption></figure>`
    : html`<p><a href="/m/${mediaId}">${say.film(i + 1)}</a>${alt !== undefined && html` ${alt}`}</p>`,
)}
${showsCard && html`<p class="soft">${say.card(URL.parse(address.url)?.host ?? "")}</p>`}
${nearest && html`<p class="soft">${say.counted(nearest.counted, nearest.most, nearest.unit)}${nearest.left < 0 && html` (${say.over(-nearest.left)})`}</p>`}`;
  return { markup, fits, beyond };
};

/** A post on one of its channels: as markup, and as data. */
export const channelShown = (post: Standing, channel: Channel, at: string, say: Say) => {
  const { ballot, ...said } = saidOn(post, channel.id);
  const asked: SaidThere = { ...said, ...(ballot ? { ballot: ballotAt(ballot, at) } : {}) };
  const check = networkOf(channel.network).check(asked, channel.account);
  const parts: Said[] = [said, ...(said.thread ?? [])];
  const most = Math.min(mostShown, Math.floor(mostOfParts / parts.length));
  const shown = parts.map((part, n) => partShown(part, n, { channel, check, say, most }));
  const codes = [...new Set(check.problems.map(({ code }) => code))];
  return {
    json: {
      channelId: channel.id,
      network: readOn(channel),
      text: shown[0]?.fits ?? "",
      beyond: shown[0]?.beyond ?? "",
      taken: codes.length === 0,
    },
    markup: html`<h2>${say.on(channel.name)}</h2>
${shown.map(({ markup }, n) => html`${parts.length > 1 && html`<p class="brand">${say.part(n + 1, parts.length)}</p>`}${markup}`)}
${
  codes.length > 0
    ? html`<div class="error"><p><strong>${say.problems}</strong></p>${codes.map((code) => html`<p>${say.wrong[code] ?? say.otherwise}</p>`)}</div>`
    : html`<p class="good">${say.fine}</p>`
}`,
  };
};
