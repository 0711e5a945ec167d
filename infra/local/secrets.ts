import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";

const Secrets = z.object({ masterKey: z.base64(), beaconKey: z.base64() });

/** What this machine's KMS and beacon keep to themselves: 32 bytes each. */
export type LocalSecrets = { masterKey: Uint8Array; beaconKey: Uint8Array };

const make = (): z.infer<typeof Secrets> => {
  const beaconKey = randomBytes(32);
  // Below the order of the curve, 0x73ed…, as a key of the beacon must be.
  beaconKey[0] = (beaconKey[0] ?? 0) & 0x3f;
  return { masterKey: randomBytes(32).toString("base64"), beaconKey: beaconKey.toString("base64") };
};

/** The secrets in `file` (mode 600), made if it is not there; without a file, new ones. */
export const localSecrets = (file: string | undefined): LocalSecrets => {
  const isThere = file !== undefined && existsSync(file);
  const secrets = isThere ? Secrets.parse(JSON.parse(readFileSync(file, "utf8"))) : make();
  if (file && !isThere) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
  }
  return {
    masterKey: Buffer.from(secrets.masterKey, "base64"),
    beaconKey: Buffer.from(secrets.beaconKey, "base64"),
  };
};
