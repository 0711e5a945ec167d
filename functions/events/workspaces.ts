import * as z from "zod";
import { announces } from "./event.ts";

export const { catalogue, event } = announces({
  "workspace.created": {
    data: z.object({ workspaceId: z.string() }),
    example: { workspaceId: "ws_01jd0000000000000000000000" },
  },
  "workspace.approval_required": {
    data: z.object({ workspaceId: z.string() }).describe("From now on a post with a time waits for somebody's yes."),
    example: { workspaceId: "ws_01jd0000000000000000000000" },
  },
  "workspace.approval_lifted": {
    data: z.object({ workspaceId: z.string() }).describe("What waits already goes on waiting."),
    example: { workspaceId: "ws_01jd0000000000000000000000" },
  },
  "workspace.publishing_paused": {
    data: z.object({ workspaceId: z.string() }).describe("Nothing leaves until it is resumed."),
    example: { workspaceId: "ws_01jd0000000000000000000000" },
  },
  "workspace.publishing_resumed": {
    data: z.object({ workspaceId: z.string() }),
    example: { workspaceId: "ws_01jd0000000000000000000000" },
  },
  "workspace.changed": {
    data: z.object({
      workspaceId: z.string(),
      fields: z.array(z.string()).describe("The names of the fields that changed."),
    }),
    example: { workspaceId: "ws_01jd0000000000000000000000", fields: ["name"] },
  },
  "host.added": {
    data: z.object({ workspaceId: z.string(), host: z.string() }),
    example: { workspaceId: "ws_01jd0000000000000000000000", host: "acties.example.nl" },
  },
  "host.verified": {
    data: z.object({ workspaceId: z.string(), host: z.string() }).describe("The DNS says whose it is, and leads here."),
    example: { workspaceId: "ws_01jd0000000000000000000000", host: "acties.example.nl" },
  },
  "host.removed": {
    data: z.object({ workspaceId: z.string(), host: z.string() }),
    example: { workspaceId: "ws_01jd0000000000000000000000", host: "acties.example.nl" },
  },
  "workspace.keys_rotated": {
    data: z.object({ workspaceId: z.string(), keyVersion: z.int(), usedFrom: z.iso.datetime() }),
    example: {
      workspaceId: "ws_01jd0000000000000000000000",
      keyVersion: 2,
      usedFrom: "2026-11-27T16:10:00.000Z",
    },
  },
  "key.created": {
    data: z.object({ keyId: z.string(), scopes: z.array(z.string()) }),
    example: { keyId: "key_01jd0000000000000000000000", scopes: ["posts:write"] },
  },
  "key.rotated": {
    data: z.object({
      keyId: z.string(),
      overlapHours: z.number().describe("So long the secret of before works too."),
    }),
    example: { keyId: "key_01jd0000000000000000000000", overlapHours: 24 },
  },
  "member.invited": {
    data: z
      .object({ memberId: z.string(), role: z.string() })
      .describe("A mail is on its way; so it is again when asked again."),
    example: { memberId: "mem_01jd0000000000000000000000", role: "editor" },
  },
  "member.joined": {
    data: z.object({ memberId: z.string(), role: z.string() }),
    example: { memberId: "mem_01jd0000000000000000000000", role: "editor" },
  },
  "member.role_changed": {
    data: z.object({ memberId: z.string(), from: z.string(), role: z.string() }),
    example: { memberId: "mem_01jd0000000000000000000000", from: "viewer", role: "editor" },
  },
  "member.removed": {
    data: z.object({ memberId: z.string() }).describe("A member, or somebody who was invited."),
    example: { memberId: "mem_01jd0000000000000000000000" },
  },
  "session.started": {
    data: z.object({
      sessionId: z.string(),
      memberId: z.string(),
      endsAt: z.iso.datetime().describe("At the latest; then it ends without another event."),
    }),
    example: {
      sessionId: "sess_01jd0000000000000000000000",
      memberId: "mem_01jd0000000000000000000000",
      endsAt: "2026-06-01T22:00:00.000Z",
    },
  },
  "session.ended": {
    data: z.object({ sessionId: z.string(), memberId: z.string() }).describe("Somebody signed out."),
    example: { sessionId: "sess_01jd0000000000000000000000", memberId: "mem_01jd0000000000000000000000" },
  },
  "key.revoked": {
    data: z.object({ keyId: z.string() }),
    example: { keyId: "key_01jd0000000000000000000000" },
  },
});
