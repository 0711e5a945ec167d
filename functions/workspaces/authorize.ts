import type { APIGatewayRequestAuthorizerEventV2 } from "aws-lambda";
import { clock } from "../platform/clock.ts";
import { whoseNow } from "../platform/names.ts";
import { hashKey } from "./secret-key.ts";

// It never refuses by itself: a gateway's own refusal would be no problem document. It passes on whose key it is, or the
// refusal for `http.ts` to give. Nothing is cached, so a revoked key is refused at once.

export const authorizes = true as const;

type Verdict = { isAuthorized: true; context: Record<string, string> };
const refusal = (code: "key_missing" | "key_invalid" | "key_revoked", detail: string): Verdict => ({
  isAuthorized: true,
  context: { refusal: code, detail },
});

export const handler = async (event: APIGatewayRequestAuthorizerEventV2): Promise<Verdict> => {
  const header = event.headers?.authorization;
  if (!header) return refusal("key_missing", "Send an API key in the header Authorization: Bearer <key>.");
  const key = /^Bearer +(ssp_[\w-]{43})$/i.exec(header.trim())?.[1];
  if (!key) return refusal("key_invalid", "The header Authorization holds no API key of ours; it reads Bearer ssp_….");
  const name = await whoseNow("key", hashKey(key), clock.now());
  if (!name) return refusal("key_invalid", "This API key is not known.");
  if (!name.scopes?.length) return refusal("key_revoked", "This API key was revoked. Use another one.");
  return {
    isAuthorized: true,
    context: { workspaceId: name.workspaceId, actor: name.id, scopes: name.scopes.join(" ") },
  };
};
