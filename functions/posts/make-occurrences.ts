import { event } from "../events/posts.ts";
import type { Task } from "../platform/background.ts";
import { clock, later } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import { newId } from "../platform/ids.ts";
import { isLeaving } from "../platform/leaving.ts";
import { type Change, put } from "../platform/table.ts";
import { askedFrom, checksOf, contentAsked, NewPost, sendable } from "./compose.ts";
import { isUntouched, stop, write } from "./post.ts";
import { type Occurrence, occurrencesAfter } from "./recurrence.ts";
import { type Active, ahead, goOn, type Series, type Standing, series } from "./series.ts";
import { findPost, posts } from "./table.ts";

export { checkRule } from "./recurrence.ts";

/** The first occurrence after a moment that is neither to be skipped nor made already. */
export const nextOf = (
  { rule, start, skip, made }: Pick<Standing, "rule" | "start" | "skip" | "made">,
  after: string,
): Occurrence | undefined => {
  const done = new Set([...skip, ...made.map(({ date }) => date)]);
  const [first] = occurrencesAfter(rule, start, after, 1);
  if (!first || !done.has(first.date)) return first;
  return occurrencesAfter(rule, start, after, done.size + 1).find(({ date }) => !done.has(date));
};

/** As `nextOf`, for a rule that was taken: where years on end have no day of it (any more), it is over. */
const nextIn = (one: Parameters<typeof nextOf>[0], after: string): Occurrence | undefined => {
  try {
    return nextOf(one, after);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return undefined;
  }
};

/** The post of an occurrence. That the same was said before is meant. Refuses what cannot be sent (any more). */
const postOf = async ({ workspaceId, seriesId, asked, start }: Active, { at, wall }: Occurrence, now: string) => {
  const content = await contentAsked(workspaceId, NewPost.parse(asked), now);
  const timed = { ...content, when: { at, local: { wall, zone: start.zone } }, seriesId };
  sendable(timed, await checksOf(workspaceId, timed, now));
  return write(workspaceId, newId("post", now), timed, await askedFrom(workspaceId, timed, now));
};

/** A series is due: its next occurrence becomes a post, and it goes on to the one after, in one write. */
export const makeOccurrences = async ({ state, now, save }: Task & { state: Series }): Promise<void> => {
  if (state.status !== "active" || !state.next || later(state.next.at, -ahead) > now) return;
  if (await isLeaving(state.workspaceId, clock.now())) return;
  const { next, seriesId } = state;
  const { date, at } = next;
  // What was missed while nothing ran is not said late.
  if (at <= now) return save([put(series, goOn(state, nextIn(state, now), undefined, now))]);
  const after = (postId: string | undefined): Active => {
    const made = { date, at, ...(postId === undefined ? {} : { postId }) };
    return goOn(state, nextIn({ ...state, made: [...state.made, made] }, at), made, now);
  };
  try {
    const [post, events] = await postOf(state, next, now);
    await save([put(series, after(post.id)), put(posts, post, events)]);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await save([put(series, after(undefined), [event("series.missed", { seriesId, at, code: error.code })])]);
  }
};

/**
 * Takes back what was made of a series and has not left: posts that nobody changed, after `now` and of these days. Gives what
 * is left of what was made, and the changes that cancel the others.
 */
export const takenBack = async (
  { workspaceId, made }: Standing,
  isMeant: (date: string) => boolean,
  now: string,
): Promise<{ made: Standing["made"]; changes: Change[] }> => {
  const looked = await Promise.all(
    made.map(async (one) => {
      const post = one.postId === undefined ? undefined : await findPost(workspaceId, one.postId, now);
      const isOurs = post && post.revision === 1 && post.status !== "draft" && one.at > now && isMeant(one.date);
      // What could not be made may be made by now.
      if (one.postId === undefined && one.at > now && isMeant(one.date)) return { changes: [] };
      if (!isOurs || !isUntouched(post)) return { stays: one, changes: [] };
      return { changes: [put(posts, ...stop(post))] };
    }),
  );
  return {
    made: looked.flatMap(({ stays }) => stays ?? []),
    changes: looked.flatMap(({ changes }) => changes),
  };
};
