/**
 * The version that was read, the ids of its last writes (see table.ts), and attributes that this code does not know; it rides
 * along when a state is spread.
 */
export const origin = Symbol("origin");
export type Origin = { version: number; writes: string[]; unknown: Record<string, unknown> };
export const originOf = (state: object): Origin | undefined => (state as { [origin]?: Origin })[origin];

/** The version of a state that was read or saved; 0 for one that never was. */
export const versionOf = (state: object): number => originOf(state)?.version ?? 0;

export const writesOf = (state: object): string[] => originOf(state)?.writes ?? [];

/**
 * The next state of a thing that keeps nothing of the one before (a tombstone): saved on the version that was read. Where a
 * state is spread into the next one, this is not needed.
 */
export const insteadOf = <T extends object>(before: object, next: T): T =>
  Object.assign(
    { ...next },
    { [origin]: { version: versionOf(before), writes: writesOf(before), unknown: {} } satisfies Origin },
  );
