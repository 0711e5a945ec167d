import { derive, hmac } from "../platform/secrets.ts";
import { system, systemReady } from "../workspaces/person.ts";

// Addresses are known by keyed hashes: nothing that is kept about mail holds one.

const purpose = "mail/1";

const hash = (key: Buffer, text: string): string => hmac(key, text).toString("base64url");
const plain = (address: string): string => address.trim().toLowerCase();

/** An address within a workspace, and within the whole installation. */
export type Hashes = { address: string; everywhere: string };

export const hashesOf = async (workspaceId: string, address: string, now: string): Promise<Hashes> => {
  await systemReady(now);
  return {
    address: hash(await derive(workspaceId, purpose), `address ${plain(address)}`),
    everywhere: hash(await derive(system, purpose), plain(address)),
  };
};

/** That this letter went to this address. */
export const mailedHash = async (workspaceId: string, id: string, address: string): Promise<string> =>
  hash(await derive(workspaceId, purpose), `mailed ${id} ${plain(address)}`);
