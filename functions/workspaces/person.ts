import { Refusal } from "../platform/errors.ts";
import { derive, hmac, newKeyring, open, seal } from "../platform/secrets.ts";
import { Conflict, save } from "../platform/table.ts";

// One person may run several workspaces, so people are known across them: by a keyed hash of their mail address. Its key
// comes from the system's own keyring, which stands where a workspace's does, under a name that no workspace can have. The
// hash is a key of storage and part of a session's token; it is in no event, no log and no answer.

/** The owner of the keyring that is nobody's. */
export const system = "system";

/** Makes the system's keyring when there is none yet; whoever comes second finds it. */
export const systemReady = async (now: string): Promise<void> => {
  try {
    await derive(system, "person/1");
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "not_found")) throw error;
    try {
      await save([await newKeyring(system)], { now, actor: "system:sign-in", cause: "first use" });
    } catch (raced) {
      if (!(raced instanceof Conflict)) throw raced;
    }
  }
};

/** Who has this address (as `Address` writes it): 16 bytes of an HMAC, base64url. */
export const personOf = async (address: string, now: string): Promise<string> => {
  await systemReady(now);
  return hmac(await derive(system, "person/1"), address)
    .subarray(0, 16)
    .toString("base64url");
};

/** 32 bytes that only we can make, the same for the same parts: the secret of the session that one press of a button starts. */
export const sessionSecret = async (...parts: readonly string[]): Promise<Buffer> =>
  hmac(await derive(system, "session/1"), parts.join("\n"));

const boundToMember = (memberId: string): string => `member ${memberId} address`;
export const sealAddress = (workspaceId: string, memberId: string, address: string): Promise<Buffer> =>
  seal(workspaceId, boundToMember(memberId), address);
export const addressOf = async ({
  workspaceId,
  memberId,
  address,
}: {
  workspaceId: string;
  memberId: string;
  address: Uint8Array;
}): Promise<string> => (await open(workspaceId, boundToMember(memberId), address)).toString();

const boundToPerson = (person: string): string => `sign-in ${person} address`;
/** For who asks to sign in, of whom no workspace may know. */
export const sealAsked = (person: string, address: string): Promise<Buffer> =>
  seal(system, boundToPerson(person), address);
export const openAsked = async ({ person, address }: { person: string; address: Uint8Array }): Promise<string> =>
  (await open(system, boundToPerson(person), address)).toString();

/** What a client's secret at an issuer is sealed for. */
export const boundSecret = "sign-in clientSecret";
