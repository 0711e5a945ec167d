import { randomBytes } from "node:crypto";
import { sha256 } from "../platform/secrets.ts";

/** A new API key as its owner sees it, once: recognisable to secret scanners, with 256 random bits. */
export const newSecretKey = (): string => `ssp_${randomBytes(32).toString("base64url")}`;

/** What is kept of a key. With 256 random bits a plain hash is enough; there is nothing to guess. */
export const hashKey = (key: string): string => sha256(key).toString("hex");
