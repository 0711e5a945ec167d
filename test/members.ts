import * as z from "zod";
import { idOf, type Workspace, type World } from "./world.ts";

// People who run a workspace, as a test has them: invited by mail, joined with a program, signed in.

/** The addresses of buttons in the mails to somebody, oldest first. */
export const linksTo = (world: World, address: string): string[] =>
  world.mails
    .filter(({ to }) => to.includes(address))
    .flatMap(({ text }) => /https?:\/\/\S+\?t=\S+/.exec(text) ?? [])
    .map((url) => url.slice(new URL(url).origin.length));

const Button = z.object({ form: z.string() });
const Started = z.object({ session: z.string(), sessionId: z.string(), workspaces: z.array(z.string()) });
export type Started = z.infer<typeof Started>;

const json = { headers: { accept: "application/json" } };
/** Opens a mailed link as a program, without pressing its button: what it would send. */
export const opened = async (
  world: World,
  link: string,
): Promise<{ path: string; body: { t: string; form: string } }> => {
  const { pathname, searchParams } = new URL(link, world.url);
  const { form } = (await world.http("GET", link, json)).as(Button);
  return { path: pathname, body: { t: searchParams.get("t") ?? "", form } };
};

/** Opens a mailed link as a program and presses its button. */
export const pressed = async (world: World, link: string): Promise<Started> => {
  const { path, body } = await opened(world, link);
  return (await world.http("POST", path, { ...json, body })).as(Started);
};

export type Person = {
  memberId: string;
  address: string;
  session: string;
  api: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => ReturnType<World["http"]>;
};

export const invited = async (world: World, { api }: Workspace, address: string, role: string): Promise<string> => {
  const memberId = idOf(await api("POST", "/v1/members", { address, role }));
  await world.settle();
  return memberId;
};

/** Invites somebody as a viewer, and gives the link of the mail. */
export const invitationTo = async (world: World, workspace: Workspace, address: string): Promise<string> => {
  await invited(world, workspace, address, "viewer");
  return linksTo(world, address.toLowerCase()).at(-1) ?? "";
};

/** Somebody who was invited and joined, with a session for this workspace. */
export const joined = async (world: World, workspace: Workspace, address: string, role: string): Promise<Person> => {
  const memberId = await invited(world, workspace, address, role);
  const { session } = await pressed(world, linksTo(world, address).at(-1) ?? "");
  return {
    memberId,
    address,
    session,
    api: (method, path, body, headers) =>
      world.http(method, path, {
        key: session,
        body,
        headers: { "samenspraak-workspace": workspace.workspaceId, ...headers },
      }),
  };
};

/** Asks for a link to sign in, and opens the mail. */
export const signInLink = async (world: World, address: string): Promise<string | undefined> => {
  const before = linksTo(world, address).length;
  await world.http("POST", "/sign-in", { ...json, body: { address } });
  await world.settle();
  return linksTo(world, address)[before];
};
