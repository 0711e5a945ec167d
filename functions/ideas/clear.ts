import * as z from "zod";
import { hashOfErased } from "../people/table.ts";
import { onEvent, type Task } from "../platform/background.ts";
import { erase } from "../platform/erase.ts";
import { names } from "../platform/names.ts";
import { keysOf } from "../platform/table.ts";
import { forgetPerson } from "./forget.ts";
import { allBoards, partitionsBelow, partitionsOf } from "./table.ts";

// Once an idea or a board is removed, all that lies below it goes for good: support, comments, followers, and of a board its
// ideas and what was known of people. Once a person is erased, what is theirs goes on every board.

export const on = ["idea.removed", "board.removed", "person.erased"];

export const limits = { timeoutSeconds: 300, memoryMB: 1024 };

const Erased = z.object({ personId: z.string() });
const Removed = z.object({ boardId: z.string(), ideaId: z.string().optional() });

/** Of every board: support is spread over no more. */
const mostShards = 16;

const clear = async (partitions: readonly string[]): Promise<void> => {
  for (const pk of partitions) for await (const keys of keysOf(pk)) await erase(keys);
};

/** Somebody who is erased is forgotten on every board too, where they proved their address. */
const forgetEverywhere = async (workspaceId: string, personId: string, task: Task): Promise<void> => {
  const hash = await hashOfErased(workspaceId, personId, task.now);
  if (hash === undefined) return;
  for (const board of await allBoards(workspaceId, task.now)) await forgetPerson(board, hash, task);
};

export const handler = onEvent(async ({ type, detail, ...task }) => {
  const { workspaceId } = detail;
  if (type === "person.erased") return forgetEverywhere(workspaceId, Erased.parse(detail.data).personId, task);
  const { boardId, ideaId } = Removed.parse(detail.data);
  const at = { workspaceId, boardId };
  const named = (id: string) => names.key({ space: "idea", name: id, workspaceId, id: boardId });
  if (ideaId !== undefined) {
    await clear(partitionsBelow({ ...at, ideaId }, mostShards));
    return erase([named(ideaId)]);
  }
  const [ideas = "", ...others] = partitionsOf(at);
  for await (const keys of keysOf(ideas)) {
    for (const { sk } of keys) await clear(partitionsBelow({ ...at, ideaId: sk }, mostShards));
    await erase([...keys.map(({ sk }) => named(sk)), ...keys]);
  }
  await clear(others);
});
