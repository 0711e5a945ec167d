import { config } from "../platform/config.ts";
import { found, refuse } from "../platform/errors.ts";
import { api, route } from "../platform/http.ts";
import { seal } from "../platform/secrets.ts";
import { insteadOf, put } from "../platform/table.ts";
import { forgetIssuer, IssuerView, isOn, NewIssuer, useIssuer, viewIssuer } from "./issuer.ts";
import { discover, OpenIdFailure } from "./openid.ts";
import { boundSecret } from "./person.ts";
import { lackingFor } from "./role.ts";
import { findSignInWith, signInWiths } from "./table.ts";

// Which issuer the members may sign in with. It is a function of its own, since it speaks to an address that a user gave.

const tried = async (issuer: string): Promise<void> => {
  try {
    await discover(issuer);
  } catch (error) {
    if (!(error instanceof OpenIdFailure)) throw error;
    refuse("issuer_unusable", `The issuer cannot be used: ${error.reason}`, [
      { pointer: "#/issuer", detail: error.reason },
    ]);
  }
};

export const routes = {
  readSignIn: route({
    method: "GET",
    path: "/v1/workspace/sign-in",
    access: "workspace:read",
    summary: "The OpenID Connect issuer that members may sign in with, beside a mailed link.",
    returns: IssuerView,
    refuses: ["not_found"],
    run: async ({ workspaceId, now }) =>
      viewIssuer(found(isOn(await findSignInWith(workspaceId, now)), "issuer"), config.publicUrl()),
  }),
  changeSignIn: route({
    method: "PUT",
    path: "/v1/workspace/sign-in",
    access: "workspace:write",
    summary: "Lets members sign in with an OpenID Connect issuer, for this workspace only.",
    body: NewIssuer,
    returns: IssuerView,
    refuses: ["issuer_unusable", "stale"],
    run: async ({ workspaceId, scopes, body, now, expect, save }) => {
      // Who chooses the issuer chooses who signs in as whom.
      const lacking = lackingFor("owner", scopes).join(", ");
      if (lacking)
        refuse("scope_missing", `Only who may do everything chooses who vouches for the others; you lack ${lacking}.`);
      const before = await findSignInWith(workspaceId, now);
      if (before) expect(before);
      await tried(body.issuer);
      const clientSecret = await seal(workspaceId, boundSecret, body.clientSecret);
      const [issuer, events] = useIssuer({ ...body, workspaceId, clientSecret }, before);
      const change = put(signInWiths, issuer, events);
      return save([change], viewIssuer(change.after, config.publicUrl()));
    },
  }),
  removeSignIn: route({
    method: "DELETE",
    path: "/v1/workspace/sign-in",
    access: "workspace:write",
    whileLeaving: true,
    summary: "Members sign in with a mailed link only, from now on. Sessions by it are over.",
    status: 204,
    refuses: ["not_found", "stale"],
    run: async ({ workspaceId, now, expect, save }) => {
      const issuer = found(isOn(await findSignInWith(workspaceId, now)), "issuer");
      expect(issuer);
      const [off, events] = forgetIssuer(issuer);
      return save([put(signInWiths, insteadOf(issuer, off), events)], undefined);
    },
  }),
};

export const handler = api(routes);
