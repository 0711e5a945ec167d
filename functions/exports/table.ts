import { milliseconds } from "../platform/clock.ts";
import { get, type Key, type Kind, page, type Stretch } from "../platform/table.ts";
import { Export, forgottenAt, type Standing } from "./export.ts";

// What is asked                                     Where the answer lives
// an export, the exports of a workspace             WS#<workspace>#EXPORTS · <export>
// its parts                                         the bucket: exports/<workspace>/<export>/<number>-<section>.jsonl
// which is being written                            due: export.write

export const exports: Kind<Export> = {
  kind: "export",
  schema: Export,
  key: ({ workspaceId, exportId }) => exportKey(workspaceId, exportId),
  due: (export_) => (export_.status === "running" ? { at: export_.wakesAt, kind: "export.write" } : undefined),
  expires: forgottenAt,
};
const exportsOf = (workspaceId: string): string => `WS#${workspaceId}#EXPORTS`;
const exportKey = (workspaceId: string, exportId: string): Key => ({ pk: exportsOf(workspaceId), sk: exportId });

const standing = (export_: Export | undefined): Standing | undefined =>
  export_?.status === "deleted" ? undefined : export_;

export const findExport = async (workspaceId: string, exportId: string, now: string): Promise<Standing | undefined> =>
  standing(await get(exports, exportKey(workspaceId, exportId), milliseconds(now)));

/** Newest first. */
export const listExports = async (
  workspaceId: string,
  list: { limit: number; startAfter: Key | undefined },
  now: string,
): Promise<Stretch<Standing>> => {
  const keep = (export_: Export): boolean => export_.status !== "deleted";
  const range = { pk: exportsOf(workspaceId), newestFirst: true };
  const { items, next } = await page(exports, range, { ...list, nowMs: milliseconds(now), keep });
  return { items: items.flatMap((export_) => standing(export_) ?? []), next };
};
