import type { Change, Kind } from "./table.ts";
import { versionOf } from "./version.ts";

// A file of its own, as `drop` is: whoever does not use it needs no right to.
export const needs = [{ table: ["dynamodb:ConditionCheckItem"] }] as const;

/** Asks that a thing still is as it was read. */
export const unchanged = <S extends object>(kind: Kind<S>, state: S): Change<S> => {
  const { pk, sk } = kind.key(state);
  return { after: state, what: kind.kind, key: { pk, sk }, version: versionOf(state), step: () => ({ check: true }) };
};
