import type { Brand } from "../platform/brand.ts";
import { milliseconds } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { found } from "../platform/errors.ts";
import { getCached } from "../platform/table.ts";
import { urlOf } from "./host.ts";
import { system } from "./person.ts";
import { workspaceKey, workspaces } from "./table.ts";
import type { Workspace } from "./workspace.ts";

export { lacksInPublic, organiserOf } from "./brand-fields.ts";

/** White text has a contrast of 9:1 on it. */
const usualAccent = "#7a2e1d";

export const toBrand = (workspace: Workspace): Brand => {
  const { workspaceId, name, legalName, address, registerNumber, logo } = workspace;
  const url = urlOf(workspace);
  return {
    workspaceId,
    name,
    url,
    accent: workspace.accent ?? usualAccent,
    logoUrl: logo === undefined ? undefined : `${url}/m/${logo}`,
    imprint: [legalName ?? name, address, registerNumber?.replace(/^(?=\d{8}$)/, "KvK ")].filter(
      (line) => line !== undefined,
    ),
    privacyUrl: workspace.privacyUrl,
    replyTo: workspace.replyTo,
    languages: workspace.languages ?? ["nl", "en"],
    zone: workspace.zone ?? "Europe/Amsterdam",
  };
};

/** Our own, for mail that is no workspace's: a person may be in several, and none of them has a say in it. */
export const ourBrand = (): Brand => ({
  workspaceId: system,
  name: "Samenspraak",
  url: config.publicUrl(),
  accent: usualAccent,
  logoUrl: undefined,
  imprint: ["Samenspraak"],
  privacyUrl: undefined,
  replyTo: undefined,
  languages: ["nl", "en"],
  zone: "Europe/Amsterdam",
});

const cached = getCached(workspaces);

/** The workspace as a crowd sees it: at most five seconds old. */
export const workspaceOf = async (workspaceId: string, now: string): Promise<Workspace> =>
  found(await cached(workspaceKey(workspaceId), milliseconds(now)), "workspace");

/** How a workspace shows itself; at most five seconds old. */
export const brandOf = async (workspaceId: string, now: string): Promise<Brand> =>
  toBrand(await workspaceOf(workspaceId, now));
