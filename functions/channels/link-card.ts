import { clock, seconds } from "../platform/clock.ts";
import { type Answered, OutgoingFailure, outgoing } from "../platform/outgoing.ts";
import { type About, aboutOf } from "./html.ts";
import { shorten } from "./text.ts";

// What stands on the card under a post that has a link, for networks where whoever posts makes it. A page that says nothing in
// time has none: the link works without.

export type Card = Omit<About, "image"> & { picture?: { bytes: Uint8Array; type: string } };

const mostMs = seconds(4);
const mostPageBytes = 300_000;
const mostHops = 3;

/** Follows a few redirects, each address checked like the first: a short link of ours is one. */
const get = async (url: string, endsMs: number, mostBytes: number): Promise<Answered | undefined> => {
  let at = url;
  for (let hop = 0; hop <= mostHops; hop++) {
    const timeoutMs = Math.min(mostMs, endsMs - clock.now());
    if (timeoutMs <= 0) return undefined;
    try {
      const answered = await outgoing({ method: "GET", url: at, timeoutMs, mostBytes });
      const { status, headers } = answered;
      const next = status >= 300 && status < 400 ? URL.parse(headers.location ?? "", at)?.href : undefined;
      if (next === undefined) return status === 200 ? answered : undefined;
      at = next;
    } catch (error) {
      if (!(error instanceof OutgoingFailure)) throw error;
      return undefined; // The page cannot be read, and the post does not wait for it.
    }
  }
  return undefined;
};

/** `endsMs`: Unix milliseconds until which it may take. `mostPictureBytes`: what the network takes. */
export const cardOf = async (
  url: string,
  { endsMs, mostPictureBytes }: { endsMs: number; mostPictureBytes: number },
): Promise<Card | undefined> => {
  const page = await get(url, endsMs, mostPageBytes);
  const about =
    page && (page.headers["content-type"] ?? "").includes("html") ? aboutOf(page.body.toString("utf8")) : undefined;
  if (!about) return undefined;
  const card = { title: shorten(about.title, 200), description: shorten(about.description, 300) };
  const image = about.image === undefined ? undefined : URL.parse(about.image, url)?.href;
  const answered = image === undefined ? undefined : await get(image, endsMs, mostPictureBytes);
  const [type = ""] = (answered?.headers["content-type"] ?? "").split(";");
  return answered && !answered.cut && /^image\/(png|jpeg|webp)$/.test(type)
    ? { ...card, picture: { bytes: answered.body, type } }
    : card;
};
