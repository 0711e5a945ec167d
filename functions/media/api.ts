import * as z from "zod";
import { hours, later, milliseconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, list, route } from "../platform/http.ts";
import { Id, newId } from "../platform/ids.ts";
import { takeName, whoseNow } from "../platform/names.ts";
import { type Change, Conflict, put, unchanged } from "../platform/table.ts";
import { brandOf } from "../workspaces/brand.ts";
import { findWorkspace, workspaces } from "../workspaces/table.ts";
import {
  type Awaiting,
  addMedia,
  changeMedia,
  deleteMedia,
  judge,
  MediaPatch,
  MediaView,
  NewMedia,
  type Standing,
  standing,
  viewMedia,
} from "./media.ts";
import { findObject, publicKey, putPublic, uploadKey } from "./objects.ts";
import { presignedPost } from "./presign-post.ts";
import { signerNow } from "./signature.ts";
import { findMedia, listMedia, media } from "./table.ts";

/** A film is read and written as a whole. */
export const limits = { timeoutSeconds: 30, memoryMB: 1024 };

const params = z.strictObject({ mediaId: Id("media") });

const view = async (file: Standing, now: string) => viewMedia(file, (await brandOf(file.workspaceId, now)).url);

/** How long an upload may begin. */
const uploadMs = hours(1);

const Upload = z
  .object({
    url: z.url(),
    fields: z.record(z.string(), z.string()).describe("In this order, and after them the file, as `file`."),
    expiresAt: z.iso.datetime(),
  })
  .describe("A POST of multipart/form-data, straight into storage.");

const uploadOf = async ({ mediaId, type, bytes }: Awaiting, now: string): Promise<z.infer<typeof Upload>> => {
  const expiresAt = later(now, uploadMs);
  const asked = { bucket: config.bucket(), key: uploadKey(mediaId), type, bytes, expires: expiresAt };
  return { ...presignedPost(signerNow(now), asked), expiresAt };
};

/** The bytes to judge: those that an attempt before has written and not recorded, or else those that were uploaded. */
const bytesOf = async (mediaId: string): Promise<{ bytes: Uint8Array; isPublic: boolean }> => {
  const written = await findObject(publicKey(mediaId));
  if (written) return { bytes: written, isPublic: true };
  const uploaded = await findObject(uploadKey(mediaId));
  return uploaded
    ? { bytes: uploaded, isPublic: false }
    : refuse("media_not_uploaded", "The file has not come yet. Send it to the address of its upload first.");
};

const asAwaiting = (file: Standing): Awaiting =>
  file.status === "awaiting"
    ? file
    : refuse("media_refused", "The file that was uploaded was refused. Add it again: POST /v1/media.");

export const routes = {
  addMedia: route({
    method: "POST",
    path: "/v1/media",
    access: "media:write",
    summary: "Announces a picture or a film. The answer says where to upload it; then publish it.",
    status: 201,
    body: NewMedia,
    returns: MediaView.extend({ upload: Upload }),
    run: async ({ workspaceId, body, now, save }) => {
      const [file, events] = addMedia({ ...body, workspaceId, mediaId: newId("media", now) }, now);
      const change = put(media, file, events);
      return save([change], { ...(await view(change.after, now)), upload: await uploadOf(file, now) });
    },
  }),
  listMedia: list({
    method: "GET",
    path: "/v1/media",
    access: "media:read",
    summary: "The files, newest first.",
    filter: {
      status: z.enum(["awaiting", "published", "refused"]).optional(),
      tag: z.string().max(40).optional(),
      search: z
        .string()
        .trim()
        .min(1)
        .max(80)
        .optional()
        .describe("In names, descriptions and tags; capitals do not matter."),
    },
    item: MediaView,
    run: async ({ workspaceId, query, list, now }) => {
      const { items, next } = await listMedia(workspaceId, { ...list, ...query }, now);
      return { items: await Promise.all(items.map((file) => view(file, now))), next };
    },
  }),
  readMedia: route({
    method: "GET",
    path: "/v1/media/{mediaId}",
    access: "media:read",
    summary: "One file.",
    params,
    returns: MediaView,
    refuses: ["media_deleted"],
    run: async ({ workspaceId, params, now }) =>
      view(standing(found(await findMedia(workspaceId, params.mediaId, now), "file")), now),
  }),
  changeMedia: route({
    method: "PATCH",
    path: "/v1/media/{mediaId}",
    access: "media:write",
    summary: "Changes a file's name, description or tags. The bytes never change.",
    params,
    body: MediaPatch,
    returns: MediaView,
    refuses: ["media_deleted", "stale"],
    run: async ({ workspaceId, params, body, now, expect, save }) => {
      const file = standing(found(await findMedia(workspaceId, params.mediaId, now), "file"));
      expect(file);
      const [next, events] = changeMedia(file, body);
      if (events.length === 0) return view(file, now);
      const change = put(media, next, events);
      return save([change], await view(change.after, now));
    },
  }),
  publishMedia: route({
    method: "POST",
    path: "/v1/media/{mediaId}/publish",
    access: "media:write",
    summary: "Looks at what was uploaded. What it was announced as is public from now on; anything else is refused.",
    params,
    returns: MediaView,
    refuses: ["media_deleted", "media_not_uploaded", "media_refused"],
    run: async ({ workspaceId, params, now, save }) => {
      const file = standing(found(await findMedia(workspaceId, params.mediaId, now), "file"));
      if (file.status === "published") return view(file, now);
      const awaiting = asAwaiting(file);
      const { mediaId } = awaiting;
      const { bytes, isPublic } = await bytesOf(mediaId);
      const [next, events] = judge(awaiting, bytes, now);
      const change = put(media, next, events);
      if (next.status === "refused") return save([change], await view(change.after, now));
      // Someone publishes it at the same moment, perhaps from other bytes: theirs stand there.
      if (!isPublic && !(await putPublic(mediaId, bytes, next.type))) throw new Conflict(media.kind);
      const name = takeName({ space: "media", name: mediaId, workspaceId, id: mediaId, type: next.type });
      return save([change, name], await view(change.after, now));
    },
  }),
  deleteMedia: route({
    method: "DELETE",
    path: "/v1/media/{mediaId}",
    access: "media:write",
    summary: "Deletes a file. Here it is gone at once, in the CDN within an hour.",
    status: 204,
    params,
    query: z.strictObject({
      evenIfShown: z
        .stringbool()
        .default(false)
        .describe("Also where a contest or poll shows it: its page then shows nothing in that place."),
    }),
    refuses: ["media_deleted", "media_in_use", "stale"],
    run: async ({ workspaceId, params, query, now, expect, save }) => {
      const file = standing(found(await findMedia(workspaceId, params.mediaId, now), "file"));
      expect(file);
      const workspace = found(await findWorkspace(workspaceId, now), "workspace");
      if (workspace.logo === file.mediaId)
        refuse("media_in_use", 'This is the logo. Change that first: PATCH /v1/workspace {"logo": null}.');
      const changes: Change[] = [put(media, ...deleteMedia(file, now)), unchanged(workspaces, workspace)];
      const name = await whoseNow("media", file.mediaId, milliseconds(now));
      const [shows] = name?.shownBy ?? [];
      if (shows !== undefined && !query.evenIfShown)
        refuse("media_in_use", `${shows} shows it to the public. Say ?evenIfShown=true to delete it all the same.`);
      return save(name ? [...changes, takeName({ ...name, type: undefined })] : changes, undefined);
    },
  }),
};

export const handler = api(routes);
