// What networks and pages give as HTML, read as text. It is only ever shown as text, so nothing here needs to be safe HTML.

const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };
/** The names that encoders write, and every number. */
const unescaped = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return named[name.toLowerCase()] ?? all;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff) ? String.fromCodePoint(point) : all;
  });

/** The words of a piece of HTML, with its paragraphs and lines. */
export const textOf = (html: string): string =>
  unescaped(
    html
      .replaceAll(/<br\s*\/?>/gi, "\n")
      .replaceAll(/<\/p>\s*(?=\S)/gi, "\n\n")
      .replaceAll(/<[^>]*>/g, ""),
  ).trim();

/** What a page says of itself to whoever links to it (ogp.me), or in its title. */
export type About = { title: string; description: string; image?: string };

export const aboutOf = (html: string): About | undefined => {
  const said = new Map<string, string>();
  for (const [tag] of html.matchAll(/<meta\s[^>]{1,4000}>/gi)) {
    const attributes = new Map(
      [...tag.matchAll(/([a-z:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)].map(([, name = "", double, single]) => [
        name.toLowerCase(),
        unescaped(double ?? single ?? "").trim(),
      ]),
    );
    const name = (attributes.get("property") ?? attributes.get("name") ?? "").toLowerCase();
    const content = attributes.get("content");
    if (content && !said.has(name)) said.set(name, content);
  }
  const title = said.get("og:title") ?? textOf(/<title[^>]*>([^<]{1,1000})/i.exec(html)?.[1] ?? "");
  if (title === "") return undefined;
  const image = said.get("og:image");
  return {
    title,
    description: said.get("og:description") ?? said.get("description") ?? "",
    ...(image === undefined ? {} : { image }),
  };
};
