import { minutes, seconds } from "../platform/clock.ts";
import { exchange } from "../platform/exchange.ts";
import { presignedGet } from "./presign-get.ts";
import { signerNow } from "./signature.ts";

/** Reads an object of the bucket without the SDK's client, which is half of a start; undefined where there is none. */
export const fetchObject = async (key: string, now: string): Promise<Uint8Array | undefined> => {
  const address = presignedGet(signerNow(now), key, minutes(1) / seconds(1));
  const { status, bytes } = await exchange(new URL(address), { method: "GET" });
  if (status === 200) return bytes;
  // S3 says 403 of an object that is not there to whoever may not list the bucket.
  if (status === 404 || status === 403) return undefined;
  throw new Error(`The bucket answered ${status}.`);
};
