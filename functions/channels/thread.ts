import { type Guard, keyOfPart, noTime, type Outcome, type Part, type Publication } from "./connector.ts";
import { Trouble } from "./trouble.ts";

// A thread is several posts, one after the other, each under a key of its own. What holds for all of them is here; how one is
// sent is its network's matter.

/** How one part is sent: it stands there; or it does not, for good or for now. */
export type Placed<Place> = { place: Place } | Exclude<Outcome, { outcome: "sent" | "handed" }>;

/**
 * Sends the parts in order; `send` gets the places of those before. Where a later one is refused, the first stands all the
 * same, and what is lacking is said. Where a later one may be sent again, all are: those that stand are met under their keys.
 */
export const sendInOrder = async <Place extends { externalId: string; url?: string | undefined }>(
  publication: Publication,
  guard: Guard,
  send: (part: Part, key: string, n: number, before: readonly Place[]) => Promise<Placed<Place>>,
): Promise<Outcome> => {
  const parts: readonly Part[] = [publication, ...publication.thread];
  const places: Place[] = [];
  for (const [n, part] of parts.entries()) {
    const [first] = places;
    const lacking = (why: string): Outcome => ({
      outcome: "sent",
      externalId: first?.externalId ?? "",
      url: first?.url,
      problem: `The first ${n} of ${parts.length} parts stand there. ${why}`,
    });
    try {
      const placed = guard.mayWrite() ? await send(part, keyOfPart(publication.key, n), n, places) : noTime;
      if ("place" in placed) {
        places.push(placed.place);
        continue;
      }
      if (!first) return placed;
      if (placed.outcome === "refused") return lacking(placed.detail);
      // Not "not sent": the first part is.
      throw new Error("The thread is not complete yet.");
    } catch (error) {
      const isFinal =
        error instanceof Trouble && error.kind.means === "refused" && error.code !== "network_access_expired";
      if (first && isFinal) return lacking(error.detail);
      if (first && error instanceof Trouble && error.kind.means === "not-sent")
        throw new Error("The thread is not complete yet.");
      throw error;
    }
  }
  const [first] = places;
  if (!first) throw new Error("A post has a first part.");
  return { outcome: "sent", externalId: first.externalId, url: first.url };
};
