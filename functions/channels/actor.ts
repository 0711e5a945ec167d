import { escaped, paragraphs } from "./markup.ts";

// A channel on the feed as the fediverse knows it: an actor of ActivityPub (W3C Recommendation of 2018-01-23) whom anyone can
// follow as @handle@host. Its addresses are made of its id and of the host that it had first, so that they stay the same when
// its handle or its workspace's host changes.

export const activityType = "application/activity+json";
/** What others ask and answer with. */
export const accepts = `${activityType}, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`;

const everyone = "https://www.w3.org/ns/activitystreams#Public";
const context = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"];

/** Where a channel is on the fediverse. */
export type Place = { home: string; channelId: string };

export const actorUrl = ({ home, channelId }: Place): string => `${home}/fediverse/${channelId}`;
export const inboxUrl = (place: Place): string => `${actorUrl(place)}/inbox`;
export const outboxUrl = (place: Place): string => `${actorUrl(place)}/outbox`;
export const followersUrl = (place: Place): string => `${actorUrl(place)}/followers`;
export const keyId = (place: Place): string => `${actorUrl(place)}#main-key`;
export const noteUrl = (place: Place, itemId: string): string => `${actorUrl(place)}/posts/${itemId}`;

/** The post that an address of ours names; undefined where it names none of this actor. */
export const itemOf = (place: Place, url: unknown): string | undefined => {
  const start = noteUrl(place, "");
  if (typeof url !== "string" || !url.startsWith(start)) return undefined;
  const itemId = url.slice(start.length);
  return /^[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$/.test(itemId) ? itemId : undefined;
};

/** How a channel shows itself. `url`: its page for people. */
export type Self = Place & {
  handle: string;
  name: string;
  description: string;
  url: string;
  iconUrl?: string | undefined;
  since: string;
  publicKey: string;
};

export const actorOf = (self: Self) => ({
  "@context": context,
  id: actorUrl(self),
  type: "Organization",
  preferredUsername: self.handle,
  name: self.name,
  summary: escaped(self.description),
  url: self.url,
  published: self.since,
  manuallyApprovesFollowers: false,
  discoverable: true,
  inbox: inboxUrl(self),
  outbox: outboxUrl(self),
  followers: followersUrl(self),
  ...(self.iconUrl === undefined ? {} : { icon: { type: "Image", url: self.iconUrl } }),
  publicKey: { id: keyId(self), owner: actorUrl(self), publicKeyPem: self.publicKey },
});

/** WebFinger (RFC 7033). */
export const webFingerOf = (self: Self) => ({
  subject: accountOf(self),
  aliases: [actorUrl(self), self.url],
  links: [
    { rel: "self", type: activityType, href: actorUrl(self) },
    { rel: "http://webfinger.net/rel/profile-page", type: "text/html", href: self.url },
  ],
});
export const accountOf = ({ handle, home }: Pick<Self, "handle" | "home">): string =>
  `acct:${handle}@${new URL(home).host}`;

/** A post, with its page for people, its pictures, and the language that it is in. */
export type Said = {
  itemId: string;
  text: string;
  publishedAt: string;
  url: string;
  language: string;
  pictures: readonly { url: string; type: string; width: number; height: number; alt?: string | undefined }[];
};

export const noteOf = (place: Place, said: Said) => {
  const content = paragraphs(said.text).join("");
  return {
    id: noteUrl(place, said.itemId),
    type: "Note",
    attributedTo: actorUrl(place),
    to: [everyone],
    cc: [followersUrl(place)],
    published: said.publishedAt,
    url: said.url,
    content,
    contentMap: { [said.language]: content },
    ...(said.pictures.length === 0
      ? {}
      : {
          attachment: said.pictures.map(({ url, type, width, height, alt }) => ({
            type: "Document",
            mediaType: type,
            url,
            ...(alt === undefined ? {} : { name: alt }),
            width,
            height,
          })),
        }),
  };
};

export const createOf = (place: Place, said: Said) => {
  const note = noteOf(place, said);
  const { to, cc, published } = note;
  return { id: `${note.id}#create`, type: "Create", actor: actorUrl(place), published, to, cc, object: note };
};

export const deleteOf = (place: Place, itemId: string) => {
  const id = noteUrl(place, itemId);
  return {
    id: `${id}#delete`,
    type: "Delete",
    actor: actorUrl(place),
    to: [everyone],
    cc: [followersUrl(place)],
    object: { id, type: "Tombstone" },
  };
};

/** Says yes to who asked to follow. `id`: a name of the answer. */
export const acceptOf = (place: Place, { id, follow, follower }: { id: string; follow: string; follower: string }) => ({
  id: `${actorUrl(place)}#accept-${id}`,
  type: "Accept",
  actor: actorUrl(place),
  object: { id: follow, type: "Follow", actor: follower, object: actorUrl(place) },
});

/** A whole document. */
export const inContext = <T extends object>(document: T) => ({ "@context": context, ...document });

export const outboxOf = (place: Place, said: readonly Said[]) => ({
  id: outboxUrl(place),
  type: "OrderedCollection",
  orderedItems: said.map((one) => createOf(place, one)),
});

/** How many they are, and not who. */
export const followersOf = (place: Place, number: number) => ({
  id: followersUrl(place),
  type: "OrderedCollection",
  totalItems: number,
});
