import * as z from "zod";
import type { Published } from "../contests/contest.ts";
import { entryKeys, readLinkToken } from "../contests/entry.ts";
import { homeOf, shareUrlOf } from "../contests/links.ts";
import { findContestBySlug } from "../contests/table.ts";
import { found, refuse } from "../platform/errors.ts";
import { Slug } from "../platform/ids.ts";
import { html, type Page, page, shownAt, type Visit } from "../platform/page.ts";

// The addresses of contests as QR codes.

const params = z.strictObject({ slug: Slug });

const contestHere = async (visit: Pick<Visit<{ slug: string }>, "params" | "now" | "owner">): Promise<Published> =>
  found(shownAt(visit, await findContestBySlug(visit.params.slug, visit.now)), "contest");

const code = ({ title, language }: Published, visit: Visit, document: NonNullable<Page["document"]>): Page => ({
  language: visit.speak(language),
  title,
  body: html``,
  document,
});

export const codeRoutes = {
  showContestQr: page({
    method: "GET",
    path: "/c/{slug}/qr.svg",
    summary: "The address of a contest as a QR code (SVG), for print.",
    params,
    run: async (visit) => {
      const contest = await contestHere(visit);
      const { qrDocument } = await import("../platform/qr.ts");
      return code(contest, visit, qrDocument(await homeOf(contest)));
    },
  }),
  showContestQrPng: page({
    method: "GET",
    path: "/c/{slug}/qr.png",
    summary: "The same as a PNG.",
    params,
    run: async (visit) => {
      const contest = await contestHere(visit);
      const { qrPng } = await import("../platform/qr.ts");
      return code(contest, visit, { type: "image/png", text: qrPng(await homeOf(contest)) });
    },
  }),
  showContestOfFriendQr: page({
    method: "GET",
    path: "/c/{slug}/r/{token}/qr.svg",
    summary: "A personal link as a QR code (SVG), for a friend to scan.",
    params: params.extend({ token: z.string().max(100) }),
    run: async (visit) => {
      const contest = await contestHere(visit);
      const { token } = visit.params;
      if (readLinkToken(await entryKeys(contest), token) === undefined)
        return refuse("not_found", "There is no such link.");
      const { qrDocument } = await import("../platform/qr.ts");
      return code(contest, visit, qrDocument(`${await shareUrlOf(contest, token)}?via=qr`));
    },
  }),
};
