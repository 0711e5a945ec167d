import { clock, seconds } from "./clock.ts";

/**
 * Remembers answers for a short time: what a crowd reads (an open contest, a poll, a public name) is read from the table
 * once in five seconds a container. A writer in the same process forgets its own copy.
 */
export const remembers = <T>(lifeMs: number = seconds(5), most = 1000) => {
  const held = new Map<string, { value: Promise<T>; until: number }>();
  return {
    get: (name: string, find: () => Promise<T>): Promise<T> => {
      const known = held.get(name);
      if (known && known.until > clock.now()) return known.value;
      if (held.size >= most) held.clear();
      const value = find();
      held.set(name, { value, until: clock.now() + lifeMs });
      // A failure is not remembered; whoever asked hears of it.
      value.catch(() => held.delete(name));
      return value;
    },
    forget: (name: string): void => {
      held.delete(name);
    },
  };
};
