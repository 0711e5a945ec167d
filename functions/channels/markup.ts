// A text as markup for others' pages; our own have platform/page.ts. The way back is html.ts.

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const escaped = (text: string): string => text.replace(/[&<>"]/g, (letter) => escapes[letter] ?? letter);

/** Addresses, without the punctuation that follows them. */
const link = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g;

const linked = (text: string): string => {
  let end = 0;
  let markup = "";
  for (const { 0: url, index } of text.matchAll(link)) {
    markup += `${escaped(text.slice(end, index))}<a href="${escaped(url)}">${escaped(url)}</a>`;
    end = index + url.length;
  }
  return markup + escaped(text.slice(end));
};

/** A text as paragraphs, which empty lines part; its addresses are links, and its other lines stay. */
export const paragraphs = (text: string): string[] =>
  text
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => `<p>${linked(part).replaceAll("\n", "<br>")}</p>`);
