import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { clock, hours, instant, milliseconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import type { accessRefusals } from "../platform/errors.ts";
import { log } from "../platform/log.ts";
import { whoseNow } from "../platform/names.ts";
import { put, save } from "../platform/table.ts";
import { admit } from "./admit.ts";
import { sessionIn } from "./cookie.ts";
import { scopesOf } from "./role.ts";
import { hashKey } from "./secret-key.ts";
import { seen } from "./session.ts";
import { findKeyUse, keyUses, sessions } from "./table.ts";

// It never refuses by itself: a gateway's own refusal would be no problem document. It passes on who asks and what they may,
// or the refusal for `http.ts` to give. Nothing is cached: a key that was revoked, a session that was ended and a member who
// was removed or given another role are so at once.
//
// A key comes as Authorization: Bearer ssp_…, a session as Bearer sss_… or, from a browser, as a cookie. A cookie is sent by
// whatever page makes the browser ask; so it counts only with a header that a foreign page cannot set (without CORS, which
// these routes never allow), and not from what the browser itself calls another site or origin.

export const authorizes = true as const;

type Verdict = { isAuthorized: true; context: Record<string, string> };
const refusal = (code: (typeof accessRefusals)[number], detail: string): Verdict => ({
  isAuthorized: true,
  context: { refusal: code, detail },
});

export const handler = async (event: APIGatewayRequestAuthorizerEventV2): Promise<Verdict> => {
  const headers = event.headers ?? {};
  const now = instant(clock.now());
  const workspace = headers["samenspraak-workspace"];
  if (headers.authorization !== undefined) return byHeader(headers.authorization, workspace, now);
  const token = sessionIn(cookiesOf(event.cookies ?? []));
  if (token === undefined)
    return refusal("key_missing", "Send an API key or a session in the header Authorization: Bearer <key>.");
  if (isFromElsewhere(headers))
    return refusal("cross_site", "A browser's session works only for pages of our own address.");
  if (workspace === undefined) return whichWorkspace;
  return bySession(token, workspace, now);
};

const whichWorkspace = refusal(
  "workspace_needed",
  "Say which workspace, in the header Samenspraak-Workspace: <id of the workspace>.",
);

const cookiesOf = (cookies: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    cookies.map((cookie) => [cookie.slice(0, cookie.indexOf("=")), cookie.slice(cookie.indexOf("=") + 1)]),
  );

/** What a browser says of where a request comes from (Fetch Metadata, W3C; Origin, RFC 6454). */
const isFromElsewhere = (headers: Record<string, string | undefined>): boolean => {
  const { origin, "sec-fetch-site": site } = headers;
  return (
    (site !== undefined && site !== "same-origin") ||
    (origin !== undefined && origin !== new URL(config.publicUrl()).origin)
  );
};

const byHeader = async (header: string, workspace: string | undefined, now: string): Promise<Verdict> => {
  const token = /^Bearer +(\S+)$/i.exec(header.trim())?.[1] ?? "";
  if (token.startsWith("sss_")) return bySession(token, workspace, now);
  if (!/^ssp_[\w-]{43}$/.test(token))
    return refusal(
      "key_invalid",
      "What the header Authorization holds is no API key of ours. Send it as: Bearer ssp_…",
    );
  return byKey(token, now);
};

const byKey = async (token: string, now: string): Promise<Verdict> => {
  const name = await whoseNow("key", hashKey(token), milliseconds(now));
  if (!name) return refusal("key_invalid", "This API key is not known.");
  if (!name.scopes?.length) return refusal("key_revoked", "This API key was revoked. Use another one.");
  if (name.endsAt !== undefined && name.endsAt <= now)
    return refusal("key_expired", "This API key has expired, or was replaced by a newer one. Use that.");
  await keyUsed({ workspaceId: name.workspaceId, keyId: name.id }, now);
  return {
    isAuthorized: true,
    context: { workspaceId: name.workspaceId, actor: name.id, scopes: name.scopes.join(" ") },
  };
};

const bySession = async (token: string, workspaceId: string | undefined, now: string): Promise<Verdict> => {
  const admitted = await admit(token, workspaceId, now);
  if ("refusal" in admitted) return refusal(admitted.refusal, admitted.detail);
  const { session, memberships } = admitted;
  if (workspaceId === undefined && memberships.length > 1) return whichWorkspace;
  const [membership] = memberships;
  if (!membership) return refusal("not_a_member", "With this session you are no member of this workspace.");
  const used = seen(session, now);
  if (used) await noted("session", () => save([put(sessions, used)], { now, actor: "system:authorize", cause: "use" }));
  return {
    isAuthorized: true,
    context: {
      workspaceId: membership.workspaceId,
      actor: membership.memberId,
      scopes: scopesOf[membership.role].join(" "),
      session: session.sessionId,
    },
  };
};

/** When a key's use is looked at again; by key, in this container. */
const nextLook = new Map<string, number>();
const mostKeys = 10_000;

/** Writes the use of a key down, at most once an hour: the hour is kept in the row, which this container reads once an hour. */
const keyUsed = async (key: { workspaceId: string; keyId: string }, now: string): Promise<void> => {
  const nowMs = milliseconds(now);
  if ((nextLook.get(key.keyId) ?? 0) > nowMs) return;
  if (nextLook.size >= mostKeys) nextLook.clear();
  nextLook.set(key.keyId, nowMs + hours(1));
  await noted("key", async () => {
    const use = await findKeyUse(key, now);
    const nextMs = use ? milliseconds(use.lastUsedAt) + hours(1) : 0;
    if (nextMs > nowMs) nextLook.set(key.keyId, nextMs);
    else
      await save([put(keyUses, { ...use, ...key, lastUsedAt: now })], { now, actor: "system:authorize", cause: "use" });
  });
};

/** What is written down of a use is not worth a refusal: whoever was first wrote the same, and a failure is only logged. */
const noted = async (what: string, write: () => Promise<void>): Promise<void> => {
  try {
    await write();
  } catch (error) {
    log.warn("A use was not written down", { what, error: error instanceof Error ? error.name : "unknown" });
  }
};
