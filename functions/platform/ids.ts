import { randomBytes } from "node:crypto";
import * as z from "zod";

// TypeID (github.com/jetify-com/typeid, spec 0.3): a prefix, "_", and a UUIDv7 (RFC 9562) in 26 letters of Crockford's base 32.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** 16 bytes as 26 letters: sorts as the bytes do. */
const encode = (bytes: Uint8Array): string => {
  let n = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (let i = 0; i < 26; i++) {
    text = alphabet[Number(n & 31n)] + text;
    n >>= 5n;
  }
  return text;
};

const uuidV7 = (atMs: number, random: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(random);
  bytes.writeUIntBE(atMs, 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return bytes;
};

export const prefixes = {
  workspace: "ws",
  key: "key",
  member: "mem",
  session: "sess",
  suppression: "supp",
  media: "media",
  channel: "ch",
  post: "post",
  contest: "contest",
  entry: "entry",
  view: "view",
  person: "person",
  poll: "poll",
  option: "opt",
  response: "resp",
  board: "board",
  idea: "idea",
  comment: "comment",
  support: "spt",
  follower: "flw",
  event: "evt",
  request: "req",
  attempt: "att",
  webhook: "wh",
  delivery: "dlv",
  replay: "rpl",
  export: "exp",
  share: "share",
  series: "series",
  import: "imp",
} as const;
export type Thing = keyof typeof prefixes;

/** A new id of a kind of thing, sortable by time. `at`: RFC 3339. `random`: 16 bytes, when the caller wants to choose them. */
export const newId = (thing: Thing, at: string, random: Uint8Array = randomBytes(16)): string =>
  `${prefixes[thing]}_${encode(uuidV7(Date.parse(at), random))}`;

/** An id made from 16 bytes of a hash: the same for the same bytes. */
export const derivedId = (thing: Thing, bytes: Uint8Array): string =>
  `${prefixes[thing]}_${encode(bytes.subarray(0, 16))}`;

/** The 16 bytes behind an id. */
export const idBytes = (id: string): Uint8Array => {
  let n = 0n;
  for (const letter of id.slice(id.lastIndexOf("_") + 1)) n = (n << 5n) | BigInt(alphabet.indexOf(letter));
  return Buffer.from(n.toString(16).padStart(32, "0"), "hex");
};

/** An id of this kind of thing; another kind's is refused. */
export const Id = (thing: Thing) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefixes[thing]}_[0-7][${alphabet}]{25}$`),
      `Expected an id of the form ${prefixes[thing]}_….`,
    );

/** Readable names in public addresses. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/, "Use 1 to 60 lower-case letters, digits and hyphens, not at an end.")
  // /c/post/confirm would also be the post "confirm" of the channel "c" (/@{handle}/post/{itemId}).
  .refine((slug) => slug !== "post", "This word has a meaning of its own in our addresses.");
