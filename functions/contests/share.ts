import { type Html, html } from "../platform/page.ts";
import type { Language } from "../platform/words.ts";
import type { Published } from "./contest.ts";
import { pathOf } from "./links.ts";
import { takeWords } from "./take-words.ts";
import { words } from "./words.ts";

// How somebody shares their own link. Nobody is asked for a friend's address, anywhere: what leaves, leaves from the
// entrant's own apps, and each link says by which (`via`), so that the organiser sees what works.

const addressed = (base: string, fields: Record<string, string>): string =>
  `${base}?${Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&")}`;

/** What is shared. The disclosure belongs to the text itself, whichever way it goes: sharing for a chance is advertising. */
export const shareText = (contest: Published, language: Language): string => {
  const say = words[language].me;
  return `${say.shareText(contest.title, contest.organiser.name)} ${say.disclosure}`;
};

/** Where the buttons go, in the order in which they are shown. */
export const shareLinks = (
  contest: Published,
  shareUrl: string,
  language: Language,
): readonly { label: string; href: string }[] => {
  const say = words[language].me;
  const text = shareText(contest, language);
  const url = (via: string) => `${shareUrl}?via=${via}`;
  const mailed = { subject: say.mailSubject(contest.title), body: `${text} ${url("mail")}` };
  return [
    { label: say.whatsapp, href: addressed("https://wa.me/", { text: `${text} ${url("whatsapp")}` }) },
    { label: say.telegram, href: addressed("https://t.me/share/url", { url: url("telegram"), text }) },
    {
      label: takeWords[language].me.facebook,
      href: addressed("https://www.facebook.com/sharer/sharer.php", { u: url("facebook") }),
    },
    { label: say.mail, href: addressed("mailto:", mailed) },
  ];
};

/**
 * The phone's own sheet and a button that copies: where script runs they show themselves. (Whoever closes the sheet has not
 * shared; that is no failure.)
 */
export const shareScript = `{const by=(id)=>document.getElementById(id),text=by("share-text"),sheet=by("share-sheet"),copy=by("share-copy"),said=by("share-said");
if(navigator.share){sheet.hidden=false;sheet.onclick=()=>navigator.share({text:text.dataset.text,url:text.dataset.url}).catch(()=>undefined)}
if(navigator.clipboard){copy.hidden=false;copy.onclick=()=>navigator.clipboard.writeText(text.value).then(()=>{said.textContent=said.dataset.done},()=>text.select())}
text.onfocus=()=>text.select()}`;

/** `token`: of the personal link, whose address is `shareUrl`. */
export const sharePart = (contest: Published, shareUrl: string, token: string, language: Language): Html => {
  const say = takeWords[language].me;
  const text = shareText(contest, language);
  const copied = `${text} ${shareUrl}?via=copy`;
  return html`<h2>${say.share}</h2><p class="soft">${say.shareWhat}</p>
<button type="button" class="button quiet" id="share-sheet" hidden>${say.native}</button>
${shareLinks(contest, shareUrl, language).map(({ label, href }, i) => html`<a class="${i === 0 ? "button" : "button quiet"}" href="${href}" rel="noopener nofollow">${label}</a>\n`)}<label for="share-text">${say.text}</label>
<textarea id="share-text" readonly rows="7" data-text="${text}" data-url="${shareUrl}?via=share">${copied}</textarea>
<button type="button" class="button quiet" id="share-copy" hidden>${say.copy}</button><p role="status" id="share-said" data-done="${say.copied}"></p>
<p>${say.qr}</p><img class="code-to-scan" src="${pathOf(contest, `/r/${token}/qr.svg`, contest.language)}" alt="${say.qrAlt}" width="176" height="176" loading="lazy">`;
};
