import type { Letter } from "../platform/letter.ts";
import { type Html, html } from "../platform/page.ts";
import { words } from "./words.ts";

// A letter as a mail: text, and HTML that says the same. Mail clients know tables and styles on elements; the only style
// sheet is for the dark, which those that know it apply.

/** `from`: the name that the reader sees; the address is ours. */
export type Mail = {
  to: string;
  from: string;
  replyTo: string | undefined;
  subject: string;
  text: string;
  html: string;
  headers: Readonly<Record<string, string>>;
};

// An encoded word has at most 75 characters (RFC 2047 §2), of which =?UTF-8?B? and ?= take 12; four carry three bytes.
const mostWordBytes = 45;
const mostNameLetters = 60;

/** A display name goes into a header: in encoded words it can carry any letter and break nothing. */
export const displayName = (name: string): string => {
  const words = [""];
  for (const letter of [...name].slice(0, mostNameLetters)) {
    const longer = `${words.at(-1)}${letter}`;
    if (Buffer.byteLength(longer) <= mostWordBytes) words[words.length - 1] = longer;
    else words.push(letter);
  }
  // What reads them leaves out the spaces between encoded words.
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString("base64")}?=`).join(" ");
};

const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const paragraph = `margin:0 0 16px;${font};font-size:17px;line-height:26px;color:#1d1b19`;
const small = `margin:0 0 8px;${font};font-size:13px;line-height:19px;color:#5c5650`;
const cell = `padding:6px 16px 6px 0;${font};font-size:15px;line-height:22px;color:#1d1b19;text-align:left;vertical-align:top`;

const dark = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media(prefers-color-scheme:dark){.wash{background:#191715!important}.paper{background:#262320!important}.ink{color:#f3ede6!important}.soft{color:#bdb4aa!important}}`;

const textBlock = (block: Letter["blocks"][number]): string => {
  if (typeof block === "string") return block;
  if ("button" in block) return `${block.button}:\n${block.url}`;
  return block.facts.map(([label, value]) => `${label}: ${value}`).join("\n");
};

const htmlBlock = (block: Letter["blocks"][number], { accent }: Letter["brand"], orHere: string): Html => {
  if (typeof block === "string") return html`<p class="ink" style="${paragraph}">${lines(block)}</p>`;
  if ("facts" in block) {
    return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px">${block.facts.map(
      ([label, value]) =>
        html`<tr><td class="soft" style="${cell};color:#5c5650">${label}</td><td class="ink" style="${cell}">${lines(value)}</td></tr>`,
    )}</table>`;
  }
  return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 16px"><tr><td bgcolor="${accent}" style="background:${accent};border-radius:8px"><a href="${block.url}" style="display:inline-block;padding:14px 24px;${font};font-size:17px;line-height:22px;font-weight:600;color:#ffffff;text-decoration:none">${block.button}</a></td></tr></table>
<p class="soft" style="${small};margin-bottom:20px;word-break:break-all">${orHere}<br><a class="soft" href="${block.url}" style="color:#5c5650">${block.url}</a></p>`;
};

const lines = (text: string): (Html | string)[] =>
  text.split("\n").flatMap((line, i) => (i === 0 ? [line] : [html`<br>`, line]));

/** The first words, which a mailbox shows beside the subject. */
const previewOf = ({ blocks }: Letter): string =>
  blocks.find((block) => typeof block === "string")?.slice(0, 120) ?? "";

/** `unsubscribe`: where one click ends mail like this; of marketing mail only. */
export const mailOf = (letter: Letter, unsubscribe?: string): Mail => {
  const { brand, language, to, from, subject, blocks } = letter;
  const say = words[language];
  const name = html`<p class="ink" style="margin:0;${font};font-size:19px;line-height:28px;font-weight:700;color:#1d1b19">${brand.name}</p>`;
  const head = brand.logoUrl
    ? html`<img src="${brand.logoUrl}" alt="${brand.name}" height="40" style="display:block;height:40px;width:auto;border:0;${font};font-size:19px;font-weight:700">`
    : name;
  const markup = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${subject}</title>
<style>${{ markup: dark }}</style>
</head>
<body class="wash" style="margin:0;padding:0;background:#f5efe7">
<div style="display:none;max-height:0;overflow:hidden">${previewOf(letter)}</div>
<table role="presentation" class="wash" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f5efe7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="paper" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;background:#fffdfa;border-radius:12px;border-top:4px solid ${brand.accent}">
<tr><td style="padding:28px 32px 20px">${head}</td></tr>
<tr><td style="padding:0 32px 12px">${blocks.map((block) => htmlBlock(block, brand, say.orHere))}</td></tr>
</table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px"><tr><td style="padding:20px 32px">
${brand.imprint.map((line) => html`<p class="soft" style="${small};margin-bottom:0">${line}</p>`)}
${brand.privacyUrl && html`<p class="soft" style="${small};margin-top:8px"><a class="soft" href="${brand.privacyUrl}" style="color:#5c5650">${say.privacy}</a></p>`}
${unsubscribe && html`<p class="soft" style="${small};margin-top:8px"><a class="soft" href="${unsubscribe}" style="color:#5c5650">${say.unsubscribe}</a></p>`}
</td></tr></table>
</td></tr></table>
</body>
</html>`.markup;
  const foot = [
    [...new Set([brand.name, ...brand.imprint])].join("\n"),
    ...(brand.privacyUrl ? [`${say.privacy}: ${brand.privacyUrl}`] : []),
    ...(unsubscribe ? [`${say.unsubscribe}:\n${unsubscribe}`] : []),
  ];
  return {
    to,
    from: from ?? brand.name,
    replyTo: brand.replyTo,
    subject,
    text: [...blocks.map(textBlock), `-- \n${foot.join("\n\n")}`].join("\n\n"),
    html: markup,
    headers: {
      // No holiday message comes back (RFC 3834 §5).
      "Auto-Submitted": "auto-generated",
      "Content-Language": language,
      // RFC 8058: its POST ends it, without a question.
      ...(unsubscribe
        ? { "List-Unsubscribe": `<${unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }
        : {}),
    },
  };
};
