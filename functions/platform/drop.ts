import type { Change, Kind } from "./table.ts";
import { versionOf } from "./version.ts";

// A file of its own: whoever does not use it may not delete.
export const needs = [{ table: ["dynamodb:DeleteItem"] }] as const;

/** Removes a thing that nobody hears of (a name, a record of ours). What others know of is saved as a tombstone instead. */
export const drop = <S extends object>(kind: Kind<S>, state: S): Change<S> => {
  const { pk, sk } = kind.key(state);
  return { after: state, what: kind.kind, key: { pk, sk }, version: versionOf(state), step: () => ({ remove: true }) };
};
