import * as z from "zod";
import { isCounted } from "../events/ideas.ts";
import { hmac } from "../platform/secrets.ts";

/**
 * One person's support of one idea. The row is itself the event `idea.supported`, and counts once, whatever brought it: their
 * own pressing of the button, or ideas that they supported and that were merged into this one.
 */
export const Support = z.object({
  workspaceId: z.string(),
  boardId: z.string(),
  ideaId: z.string(),
  /** Which partition of the idea's support; from the hash below. */
  shard: z.number().int(),
  /** A keyed hash of who supports, in base64url: of a device or an address, by the board's tier. */
  who: z.string(),
  id: z.string(),
  /** They pressed the button here. */
  own: z.boolean(),
  /** The ideas that they supported and that are merged into this one. */
  via: z.array(z.string()).optional(),
  at: z.iso.datetime(),
  /** A keyed hash of the network that it came from. */
  network: z.string().optional(),
});
export type Support = z.infer<typeof Support>;
export type Place = Pick<Support, "workspaceId" | "boardId" | "ideaId" | "shard" | "who">;

type Board = { workspaceId: string; boardId: string; shards: number };

/** Who somebody is on a board. `name`: of a device, or what `byAddress` says. */
export const whoIs = ({ boardId }: Pick<Board, "boardId">, pepper: Uint8Array, name: string): string =>
  hmac(pepper, `${boardId}\0${name}`).subarray(0, 16).toString("base64url");
/** No device has a name like it. */
export const byAddress = (mailbox: string): string => `email:${mailbox}`;

/** Where somebody's support of an idea lives: in the same shard of every idea. */
export const placeOf = ({ workspaceId, boardId, shards }: Board, ideaId: string, who: string): Place => ({
  workspaceId,
  boardId,
  ideaId,
  shard: Buffer.from(who, "base64url").readUInt16BE(0) & (shards - 1),
  who,
});

export { isCounted };

const withVia = ({ via: _, ...row }: Support, via: readonly string[]): Support =>
  via.length > 0 ? { ...row, via: [...via] } : row;

/** Presses the button: the same row where it is pressed already. */
export const press = (row: Support): Support => (row.own ? row : { ...row, own: true });

/** Takes it back, by whatever it came. */
export const withdraw = (row: Support): Support => (isCounted(row) ? withVia({ ...row, own: false }, []) : row);

/** Brings the support of a merged idea along; undefined where there is nothing to bring. `id`: of the row, where it is new. */
export const carry = (from: Support, into: Support | undefined, target: string, id: string): Support | undefined => {
  if (!isCounted(from)) return undefined;
  if (into?.via?.includes(from.ideaId)) return undefined;
  if (into) return withVia(into, [...(into.via ?? []), from.ideaId]);
  const { workspaceId, boardId, shard, who, at } = from;
  return { workspaceId, boardId, ideaId: target, shard, who, id, own: false, via: [from.ideaId], at };
};

/** Takes along again what came with an idea that is merged no more; undefined where nothing did. */
export const takeBack = (row: Support, ideaId: string): Support | undefined =>
  row.via?.includes(ideaId)
    ? withVia(
        row,
        row.via.filter((id) => id !== ideaId),
      )
    : undefined;
