import { hashesOf } from "../mail/address.ts";
import { personal } from "../polls/code.ts";
import { linkToken, pathOf } from "../polls/links.ts";
import { type Asked, type Standing as Poll, takes } from "../polls/poll.ts";
import { type Place, person, placeOf, type Response } from "../polls/response.ts";
import { eachResponse, findPoll, findResponse } from "../polls/table.ts";
import { linkEnd, pepperOf } from "../polls/visitor.ts";
import { brandOf } from "../workspaces/brand.ts";
import type { Bonus, Standing } from "./contest.ts";
import type { Source, Whose } from "./elsewhere.ts";
import { addressOf } from "./entry.ts";

// A bonus for a response to a poll. Whose response it is: in a poll by mailed code, that of the entry's own address; in a poll
// by personal link, that of the link which stands on the entrant's own page. In both the response's row keeps a keyed hash, and
// whoever enters several contests responds once all the same.

/** What a personal link calls them. No name that a workspace may give has a space in it. */
const nameOf = async (workspaceId: string, { identity }: Whose, now: string): Promise<string> =>
  `address ${(await hashesOf(workspaceId, addressOf(identity), now)).address}`;

const isAsked = (poll: Poll | undefined): poll is Asked => poll !== undefined && poll.status !== "draft";

/**
 * Whether the response of this address could be another entry's too: to a poll all addresses are one person that differ in
 * what follows a plus sign, to a contest only those of providers who say so.
 */
const isShared = (poll: Asked, { identity }: Whose): boolean =>
  poll.tier === "email" && personal(addressOf(identity)) !== addressOf(identity);

/** Where the response of an entrant is, or would be; undefined where it could be another's too. */
const placing = async (poll: Asked, now: string): Promise<(whose: Whose) => Promise<Place | undefined>> => {
  const pepper = await pepperOf(poll);
  return async (whose) => {
    if (isShared(poll, whose)) return undefined;
    const who =
      poll.tier === "link"
        ? person("link", await nameOf(poll.workspaceId, whose, now))
        : person("email", personal(addressOf(whose.identity)));
    return placeOf(poll, pepper, who);
  };
};

const lackOf = (poll: Poll | undefined): string | undefined => {
  if (!poll) return "There is no such poll.";
  if (poll.tier === "device") return 'Nobody proves who they are in it: ask it with "tier": "email" or "link".';
  if (poll.status === "draft") return "Open the poll first.";
  return poll.status === "closed" ? "The poll is over: nobody could earn it." : undefined;
};

export const earnedByPoll = async (
  contest: Standing,
  bonus: Extract<Bonus, { kind: "poll" }>,
  now: string,
): Promise<Source> => {
  const { workspaceId, closesAt = now } = contest;
  const poll = await findPoll(workspaceId, bonus.pollId, now);
  const isInTime = ({ at }: Response): boolean => at < closesAt;
  return {
    field: "pollId",
    lack: async () => lackOf(poll),
    own: async (whose, language) => {
      const place = isAsked(poll) ? await (await placing(poll, now))(whose) : undefined;
      if (!isAsked(poll) || !place) return { isEarned: false };
      const response = await findResponse(place, now);
      if (response) return { isEarned: isInTime(response) };
      if (!takes(poll, now)) return { isEarned: false };
      const { url } = await brandOf(workspaceId, now);
      if (poll.tier === "email") {
        const there = { url: `${url}${pathOf(poll, "", language)}`, address: addressOf(whose.identity) };
        return { isEarned: false, there };
      }
      const person = await nameOf(workspaceId, whose, now);
      const t = await linkToken(poll, { person, segment: undefined }, linkEnd(poll, now));
      return { isEarned: false, there: { url: `${url}${pathOf(poll, "", language, { t })}` } };
    },
    all: async () => {
      if (!isAsked(poll)) return undefined;
      const responded = new Set<string>();
      await eachResponse(poll, now, (response) => {
        if (isInTime(response)) responded.add(response.device);
      });
      if (responded.size === 0) return undefined;
      const placeIn = await placing(poll, now);
      return {
        has: async (whose) => {
          const place = await placeIn(whose);
          return place !== undefined && responded.has(place.device);
        },
      };
    },
  };
};
