import * as z from "zod";
import { days, later } from "../platform/clock.ts";
import { refuse } from "../platform/errors.ts";
import type { Letter } from "../platform/letter.ts";
import { openToken, sealToken } from "../platform/secrets.ts";
import type { Hashes } from "./address.ts";

/** Longer than anyone keeps a newsletter. */
const worksMs = days(730);

/** Where the reader of a marketing mail ends it. The link says who by a hash only, encrypted. */
export const unsubscribeUrl = async ({ brand, language }: Letter, hashes: Hashes, now: string): Promise<string> => {
  const { workspaceId, url } = brand;
  const t = await sealToken(workspaceId, "unsubscribe", later(now, worksMs), hashes);
  return `${url}/unsubscribe/${workspaceId}?t=${t}&lang=${language}`;
};

const Carried = z.object({ address: z.string(), everywhere: z.string() });

/** Refuses `link_ended`. */
export const openUnsubscribe = async (workspaceId: string, t: string, now: string): Promise<Hashes> => {
  const opened = await openToken(workspaceId, "unsubscribe", t, Carried, now);
  if (opened.state === "valid") return opened.data;
  return refuse("link_ended", "This link is over, or was not copied completely.");
};
