import * as z from "zod";
import { networkOf } from "../../functions/channels/networks.ts";
import type { Item } from "./history.ts";

// The directory of public names against the things that they name: each name leads to a thing that stands and has it, each
// thing that stands and has a public name is in the directory.

const Name = z.looseObject({
  space: z.string(),
  name: z.string(),
  workspaceId: z.string(),
  id: z.string(),
  type: z.string().optional(),
});

/** How things of a kind have public names: which, where they stand for the public, and whether one may have others besides. */
type Space = {
  kind: string;
  id: string;
  /** Which thing a name leads to, where that is not its id. */
  leadsTo?: (name: z.infer<typeof Name>) => string;
  name: (thing: Item) => unknown;
  /** Whoever stands must be found by that name. */
  stands: (thing: Item) => boolean;
  /** A name that leads to it may stay, though it is another or nothing stands there. */
  mayKeep?: (name: z.infer<typeof Name>) => boolean;
};
const hasStatus =
  (...some: string[]) =>
  ({ status }: Item): boolean =>
    some.includes(String(status));
const isNot =
  (...some: string[]) =>
  (thing: Item): boolean =>
    !hasStatus(...some)(thing);

/** By the directory's name for the space. One that is not here is a mistake as well. */
const spaces: Readonly<Record<string, Space>> = {
  // A revoked key is known as revoked; a rotated one has two secrets for a while.
  key: { kind: "key", id: "keyId", name: ({ hash }) => hash, stands: () => true, mayKeep: () => true },
  contest: { kind: "contest", id: "contestId", name: ({ slug }) => slug, stands: isNot("removed") },
  poll: { kind: "poll", id: "pollId", name: ({ slug }) => slug, stands: isNot("removed") },
  // The handles of other networks are theirs.
  channel: {
    kind: "channel",
    id: "id",
    name: ({ handle }) => handle,
    stands: (channel) => isNot("disconnected")(channel) && networkOf(String(channel.network)).profile.named,
  },
  actor: { kind: "fediverse-actor", id: "channelId", name: ({ channelId }) => channelId, stands: () => true },
  board: { kind: "board", id: "boardId", name: ({ slug }) => slug, stands: isNot("removed") },
  // By its own name one learns which board it is on.
  idea: {
    kind: "idea",
    id: "ideaId",
    leadsTo: ({ name }) => name,
    name: ({ ideaId }) => ideaId,
    stands: isNot("removed"),
  },
  // What was published and is deleted is known to be gone.
  media: {
    kind: "media",
    id: "mediaId",
    name: ({ mediaId }) => mediaId,
    stands: hasStatus("published"),
    mayKeep: ({ type }) => type === undefined,
  },
  host: {
    kind: "workspace",
    id: "workspaceId",
    name: ({ host }) => z.looseObject({ host: z.string() }).safeParse(host).data?.host,
    stands: ({ host }) => z.looseObject({ status: z.literal("verified") }).safeParse(host).success,
  },
};

/** What does not agree. */
export const nameMistakes = (items: Iterable<Item>): string[] => {
  const all = [...items];
  const names = all.filter(({ kind }) => kind === "name").map((item) => Name.parse(item));
  const unknown = new Set(names.map(({ space }) => space).filter((space) => !(space in spaces)));
  const about = Object.entries(spaces).flatMap(
    ([space, { kind, id: idOf, name: nameOf, stands, mayKeep, leadsTo }]) => {
      const thingOf = (name: z.infer<typeof Name>): string => leadsTo?.(name) ?? name.id;
      const things = new Map(all.filter((item) => item.kind === kind).map((item) => [String(item[idOf]), item]));
      const here = names.filter((name) => name.space === space);
      const taken = new Map(here.map((name) => [name.name, thingOf(name)]));
      const dangling = here.flatMap((name) => {
        const thing = things.get(thingOf(name));
        if (!thing) return [`The ${space} name ${name.name} leads to ${name.id}, which is not there.`];
        if ((stands(thing) && nameOf(thing) === name.name) || mayKeep?.(name)) return [];
        return [`The ${space} name ${name.name} leads to ${name.id}, which is gone or has another.`];
      });
      const nameless = [...things].flatMap(([id, thing]) =>
        !stands(thing) || taken.get(String(nameOf(thing))) === id
          ? []
          : [`The ${space} ${id} is not found by its name ${String(nameOf(thing))}.`],
      );
      return [...dangling, ...nameless];
    },
  );
  return [
    ...about,
    ...[...unknown].map((space) => `Names of the space ${space} are not looked at: teach test/faults/names.ts.`),
  ];
};
