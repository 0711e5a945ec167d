import * as z from "zod";
import { type Reply as Answer, type Asking, ask, saidOf } from "../ask.ts";
import {
  type Call,
  type Connection,
  connector,
  type Finding,
  type Guard,
  type Medium,
  noTime,
  type Outcome,
  type Publication,
  type Reply,
} from "../connector.ts";
import { textOf } from "../html.ts";
import { escaped, paragraphs } from "../markup.ts";
import { wordpress as network, type WordPressSecrets, type WordPressSettings } from "../networks/wordpress.ts";
import { shorten } from "../text.ts";
import { Trouble } from "../trouble.ts";

// WordPress, by its REST API (developer.wordpress.org/rest-api). A post is made as a draft whose slug is our key, its id is
// kept, and then it is made public by that id. Between making and keeping, the slug finds it again; until it is public nobody
// sees it, so that at worst a draft is left over.

const { title } = network.profile;

type To = Connection<z.infer<typeof WordPressSettings>, z.infer<typeof WordPressSecrets>>;

/** By `rest_route`, which is there whatever a site's addresses look like. */
const askRest = (
  { settings, secrets }: To,
  call: Call,
  method: Asking["method"],
  route: string,
  query: Record<string, string> = {},
  more: Partial<Asking> = {},
): Promise<Answer> => {
  const url = new URL(settings.url);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/`;
  url.search = new URLSearchParams({ rest_route: `/wp/v2/${route}`, ...query }).toString();
  const basic = Buffer.from(`${secrets.username}:${secrets.applicationPassword}`).toString("base64");
  return ask(call, {
    title,
    method,
    url: url.href,
    ...more,
    headers: { authorization: `Basic ${basic}`, ...more.headers },
  });
};

/** What is there; anything else is no WordPress. */
const read = <T>(schema: z.ZodType<T>, { body }: Answer): T => {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Trouble("network_is_another", title);
  return parsed.data;
};

const Me = z.object({
  id: z.number(),
  name: z.string(),
  link: z.string().optional(),
  capabilities: z.record(z.string(), z.unknown()).default({}),
});
const Post = z.object({ id: z.number(), status: z.string(), link: z.string() });
type Post = z.infer<typeof Post>;
const Uploaded = z.object({ id: z.number(), source_url: z.string(), slug: z.string() });
type Uploaded = z.infer<typeof Uploaded>;
const Comment = z.object({
  id: z.number(),
  author: z.number(),
  author_name: z.string(),
  date_gmt: z.string(),
  content: z.object({ rendered: z.string() }),
  link: z.string(),
});

const slugOf = (key: string): string => `samenspraak-${key}`.toLowerCase();

/** A slug that a draft has. What is public has a readable one, and what was thrown away another. */
const findDraft = async (to: To, call: Call, key: string): Promise<Post | undefined> => {
  const query = { slug: slugOf(key), status: "draft", context: "edit" };
  return read(z.array(Post), await askRest(to, call, "GET", "posts", query))[0];
};

/** As its owner sees it, whatever its state; undefined where it is gone. */
const findById = async (to: To, call: Call, id: string): Promise<Post | undefined> => {
  const answer = await askRest(to, call, "GET", `posts/${id}`, { context: "edit" }, { mine: [404] });
  if (answer.status !== 404) return read(Post, answer);
  // A page that says 404 is no answer about a post.
  if (answer.body === undefined) throw new Trouble("network_is_another", title);
  return undefined;
};

const extensions: Record<string, string> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/gif": "gif",
  "image/webp": "webp",
  "video/mp4": "mp4",
};

/** Uploads those that are not there yet, in their order; undefined where the time is over. */
const upload = async (to: To, { key, media }: Publication, guard: Guard): Promise<Uploaded[] | undefined> => {
  if (media.length === 0) return [];
  const slugs = media.map((_, i) => `${slugOf(key)}-${i + 1}`);
  const query = { slug: slugs.join(","), per_page: "100", context: "edit" };
  const there = read(z.array(Uploaded), await askRest(to, guard, "GET", "media", query));
  const uploaded: Uploaded[] = [];
  for (const [i, slug] of slugs.entries()) {
    const known = there.find((one) => one.slug === slug);
    const medium = media[i];
    if (known) uploaded.push(known);
    else if (medium) {
      const bytes = await medium.read();
      if (!guard.mayWrite()) return undefined;
      uploaded.push(await uploadOne(to, guard, slug, medium, bytes));
    }
  }
  return uploaded;
};

const uploadOne = async (to: To, call: Call, slug: string, { type, alt = "" }: Medium, bytes: Uint8Array) =>
  read(
    Uploaded,
    await askRest(
      to,
      call,
      "POST",
      "media",
      { slug, alt_text: alt },
      {
        body: { bytes, type },
        headers: { "content-disposition": `attachment; filename="${slug}.${extensions[type] ?? "bin"}"` },
      },
    ),
  );

const mostTitle = 120;

/** The first line is the title; a long one is one in short, and stays in the text. */
export const titled = (text: string): { title: string; rest: string } => {
  const [first = "", ...others] = text.trim().split("\n");
  const line = shorten(first.trim(), mostTitle);
  const rest = others.join("\n").trim();
  return { title: line, rest: line === first.trim() && rest !== "" ? rest : text.trim() };
};

/** A square bracket could call what a plug-in offers ("shortcodes"). */
const quiet = (markup: string): string => markup.replaceAll("[", "&#91;");

type File = { id: number; url: string; alt: string; isFilm: boolean };

/** What is to be seen in a film stands under it: its block has no other place for that. */
const fileBlock = ({ id, url, alt, isFilm }: File): string => {
  const said = quiet(escaped(alt));
  if (!isFilm)
    return `<!-- wp:image {"id":${id}} --><figure class="wp-block-image"><img src="${escaped(url)}" alt="${said}" class="wp-image-${id}"/></figure><!-- /wp:image -->`;
  const caption = alt === "" ? "" : `<figcaption class="wp-element-caption">${said}</figcaption>`;
  return `<!-- wp:video {"id":${id}} --><figure class="wp-block-video"><video controls src="${escaped(url)}"></video>${caption}</figure><!-- /wp:video -->`;
};

/** A text as blocks, and files after it. */
export const blocks = (text: string, files: readonly File[]): string =>
  [
    ...paragraphs(text).map((markup) => `<!-- wp:paragraph -->${quiet(markup)}<!-- /wp:paragraph -->`),
    ...files.map(fileBlock),
  ].join("\n\n");

/** The draft that an earlier try kept, or left, or a new one; undefined where the time is over. */
const makeDraft = async (to: To, publication: Publication, guard: Guard): Promise<Post | undefined> => {
  const left = await findDraft(to, guard, publication.key);
  if (left) return left;
  const uploaded = await upload(to, publication, guard);
  if (!uploaded || !guard.mayWrite()) return undefined;
  const { title: name, rest } = titled(publication.text);
  const files = uploaded.map(({ id, source_url: url }, i): File => {
    const { alt = "", type } = publication.media[i] ?? {};
    return { id, url, alt, isFilm: type?.startsWith("video/") ?? false };
  });
  // Its first picture stands above it; a film is no such picture.
  const featured = files.find(({ isFilm }) => !isFilm);
  const others = files.filter((file) => file !== featured);
  return read(
    Post,
    await askRest(
      to,
      guard,
      "POST",
      "posts",
      { context: "edit" },
      {
        json: {
          status: "draft",
          slug: slugOf(publication.key),
          title: quiet(escaped(name)),
          content: blocks(rest, others),
          ...(featured ? { featured_media: featured.id } : {}),
        },
      },
    ),
  );
};

const sentAs = ({ id, link: url }: Post): Outcome => ({ outcome: "sent", externalId: String(id), url });
const goneOf = ({ channelId }: To, { postId }: Publication): Outcome => ({
  outcome: "refused",
  code: "network_refused",
  detail: `Somebody at WordPress threw the draft of this post away. Send it again: POST /v1/posts/${postId}/retry {"channelId":"${channelId}"}.`,
});

const publish = async (to: To, publication: Publication, guard: Guard): Promise<Outcome> => {
  if (!guard.mayWrite()) return noTime;
  const kept = publication.kept.draft;
  const draft = kept === undefined ? await makeDraft(to, publication, guard) : await findById(to, guard, kept);
  if (!draft) return kept === undefined ? noTime : goneOf(to, publication);
  if (kept === undefined) await guard.keep({ draft: String(draft.id) });
  if (draft.status === "publish") return sentAs(draft);
  if (draft.status === "trash") return goneOf(to, publication);
  if (!guard.mayWrite()) return noTime;
  // Without a slug WordPress makes one of the title, as it does for its own editor.
  const answer = await askRest(
    to,
    guard,
    "POST",
    `posts/${draft.id}`,
    { context: "edit" },
    {
      json: { status: "publish", slug: "" },
      mine: [404],
    },
  );
  if (answer.status === 404) return goneOf(to, publication);
  const now = read(Post, answer);
  if (now.status === "publish") return sentAs(now);
  return {
    outcome: "refused",
    code: "network_refused",
    detail: `WordPress keeps it as “${now.status}” and does not show it. Publish it there, or ask for the right to.`,
  };
};

const find = async (to: To, { kept }: Publication, call: Call): Promise<Finding> => {
  // Nothing is made public before its id is kept.
  if (kept.draft === undefined) return { finding: "absent" };
  const post = await findById(to, call, kept.draft);
  return post?.status === "publish"
    ? { finding: "found", externalId: String(post.id), url: post.link }
    : { finding: "absent" };
};

const perPage = 100;
const mostPages = 10;

const replyOf = ({
  id,
  author,
  author_name: name,
  date_gmt: at,
  content,
  link: url,
}: z.infer<typeof Comment>): Reply => ({
  externalId: String(id),
  at: `${at}Z`,
  // A visitor without an account is nobody in particular.
  author: { id: author > 0 ? `user-${author}` : `comment-${id}`, handle: name, name },
  text: textOf(content.rendered),
  url,
});

export const wordpress = connector(network, {
  test: async (to, call) => {
    const answer = await askRest(to, call, "GET", "users/me", { context: "edit" }, { mine: [404] });
    if (answer.status === 404) throw new Trouble("network_is_another", title);
    const { id, name, capabilities } = read(Me, answer);
    if (capabilities.publish_posts !== true || capabilities.upload_files !== true)
      throw new Trouble("network_forbidden", title, { said: "This user may not publish posts and upload files." });
    const { host, pathname } = new URL(to.settings.url);
    const site = `${host}${pathname.replace(/\/+$/, "")}`;
    return { id: `${site} ${id}`, handle: `${name} (${site})`, url: to.settings.url };
  },
  publish,
  find,
  retract: async (to, { externalId }, call) => {
    // Gone (404) and in the bin already (410) are the same to us.
    const answer = await askRest(to, call, "DELETE", `posts/${externalId}`, {}, { mine: [404, 410] });
    if (answer.body === undefined) throw new Trouble("network_is_another", title);
  },
  /** Newest first down to what was seen: comments have no filter by id, and times of one second tie. */
  collect: async (to, { externalId }, cursor, call) => {
    const seen = Number(cursor ?? 0);
    const replies: Reply[] = [];
    let count = 0;
    let newest = seen;
    for (let page = 1; page <= mostPages; page++) {
      const query = { post: externalId, orderby: "id", order: "desc", per_page: String(perPage), page: String(page) };
      const answer = await askRest(to, call, "GET", "comments", query, { mine: [400] });
      // Beyond the last page it says 400.
      if (answer.status === 400) {
        if (page > 1) break;
        throw new Trouble("network_refused", title, { said: saidOf(answer.body) ?? "" });
      }
      const comments = read(z.array(Comment), answer);
      if (page === 1) count = Number(answer.headers["x-wp-total"] ?? comments.length);
      const fresh = comments.filter(({ id }) => id > seen);
      newest = Math.max(newest, ...fresh.map(({ id }) => id));
      replies.push(...fresh.map(replyOf));
      if (comments.length < perPage || fresh.length < comments.length) break;
    }
    return { figures: { replies: count }, replies: replies.toReversed(), cursor: String(newest) };
  },
});
