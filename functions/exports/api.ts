import * as z from "zod";
import { findContest } from "../contests/table.ts";
import { presignedGet } from "../media/presign-get.ts";
import { signerNow } from "../media/signature.ts";
import { minutes, seconds } from "../platform/clock.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { put } from "../platform/table.ts";
import { findPoll } from "../polls/table.ts";
import { Table } from "./csv.ts";
import { deleteExport, ExportView, type Standing, startExport, viewExport } from "./export.ts";

import { firstSection } from "./sections.ts";
import { exports, findExport, listExports } from "./table.ts";

const params = z.strictObject({ exportId: Id("export") });

const linkLifeSeconds = minutes(15) / seconds(1);

/** `isLinked`: with a link to each part. */
const view = async (export_: Standing, now: string, isLinked = true) => {
  const signer = signerNow(now);
  return viewExport(export_, isLinked ? (key) => presignedGet(signer, key, linkLifeSeconds) : undefined);
};

export const routes = {
  startExport: route({
    method: "POST",
    path: "/v1/exports",
    access: "exports:write",
    whileLeaving: true,
    summary:
      "Writes all that the workspace has to files of JSON lines. It goes on by itself; `export.finished` says when it is done. With `personal` it says who people are, which takes the scope personal:read.",
    status: 202,
    body: z.strictObject({
      personal: z.boolean().default(false).describe("With the addresses of members and of who entered a contest."),
      csv: Table.optional().describe(
        "One table as CSV instead of everything. `responses` is of one poll. `posts` has a line for each post and channel, with the latest figures. `entries` has no addresses; `newsletter` has those of who agreed to it, and needs `personal`.",
      ),
    }),
    returns: ExportView,
    refuses: ["scope_missing", "export_running"],
    run: async ({ workspaceId, scopes, body, now, save }) => {
      if (body.personal && !scopes.includes("personal:read"))
        return refuse("scope_missing", "An export that says who people are needs the scope personal:read.", [
          { pointer: "#/personal", detail: "Leave it out, or use a key with personal:read." },
        ]);
      const { csv } = body;
      if (csv && body.personal !== (csv.table === "newsletter"))
        return refuse("invalid_input", "The addresses of who agreed are in `newsletter`, and in no other table.", [
          { pointer: "#/personal", detail: "true for `newsletter`, and only for that." },
        ]);
      if (csv?.table === "entries") found(await findContest(workspaceId, csv.contestId, now), "contest");
      if (csv?.table === "responses") found(await findPoll(workspaceId, csv.pollId, now), "poll");
      const [latest] = (await listExports(workspaceId, { limit: 1, startAfter: undefined }, now)).items;
      if (latest?.status === "running")
        return refuse(
          "export_running",
          `The export ${latest.exportId} is still being written. Wait until it is finished.`,
        );
      const asked = {
        workspaceId,
        exportId: newId("export", now),
        personal: body.personal,
        section: csv?.table ?? firstSection,
        ...(csv ? { csv } : {}),
      };
      const change = put(exports, ...startExport(asked, now));
      return save([change], await view(change.after, now));
    },
  }),
  listExports: list({
    method: "GET",
    path: "/v1/exports",
    access: "exports:read",
    summary: "The exports of the last week, newest first. Links to what says who people are stand in each alone.",
    item: ExportView,
    run: async ({ workspaceId, list, now }) => {
      const { items, next } = await listExports(workspaceId, list, now);
      return { items: await Promise.all(items.map((export_) => view(export_, now, !export_.personal))), next };
    },
  }),
  readExport: route({
    method: "GET",
    path: "/v1/exports/{exportId}",
    access: "exports:read",
    summary: "One export: how far it is, and once it is finished a link to each part, good for 15 minutes.",
    params,
    returns: ExportView,
    refuses: ["scope_missing"],
    run: async ({ workspaceId, scopes, params, now }) => {
      const export_ = found(await findExport(workspaceId, params.exportId, now), "export");
      if (export_.personal && !scopes.includes("personal:read"))
        return refuse("scope_missing", "This export says who people are: it needs the scope personal:read.");
      return view(export_, now);
    },
  }),
  deleteExport: route({
    method: "DELETE",
    path: "/v1/exports/{exportId}",
    access: "exports:write",
    whileLeaving: true,
    summary: "Deletes an export and its parts before their week is over.",
    params,
    status: 204,
    refuses: ["export_running", "stale"],
    run: async ({ workspaceId, params, now, expect, save }) => {
      const export_ = found(await findExport(workspaceId, params.exportId, now), "export");
      expect(export_);
      const change = put(exports, ...deleteExport(export_, now));
      // First the parts: what is left after a crash is asked to be deleted again.
      const { deleteObject } = await import("../media/objects.ts");
      for (const { key } of export_.parts) await deleteObject(key);
      return save([change], undefined);
    },
  }),
};

export const handler = api(routes);
