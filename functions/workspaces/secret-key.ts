import { createHash, randomBytes } from "node:crypto";

/** A new API key as its owner sees it, once: recognisable to secret scanners, with 256 random bits. */
export const newSecretKey = (): string => `ssp_${randomBytes(32).toString("base64url")}`;

/** What is kept of a key. With 256 random bits a plain hash is enough; there is nothing to guess. */
export const hashKey = (key: string): string => createHash("sha256").update(key).digest("hex");
