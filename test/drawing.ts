import { expect, vi } from "vitest";
import * as z from "zod";
import { ContestView } from "../functions/contests/contest.ts";
import { EvidenceShape } from "../functions/contests/verify.ts";
import { later, minutes } from "../functions/platform/clock.ts";
import type { Workspace, World } from "./world.ts";

export type Made = z.infer<typeof ContestView>;

let slugs = 0;
const json = { accept: "application/json" };

/** Contests that are opened, entered and drawn, and what is shown of it. `on`: where, once it is there. */
export const drawing = (on: () => { world: World; bakery: Workspace }) => {
  const opened = async (more: { channels?: string[]; openFor?: number } = {}): Promise<Made> => {
    const closesAt = later(on().world.now(), more.openFor ?? minutes(10));
    const made = await on().bakery.api("POST", "/v1/contests", {
      slug: `trekking-${slugs++}`,
      title: "Win een taart",
      organiser: { name: "Bakkerij Zon", address: "Voorstraat 12, Utrecht", contact: "actie@bakkerij-zon.example" },
      promotes: "Desembrood",
      prizes: [{ description: "Taart", number: 1, valueCents: 2_800 }],
      reserves: 1,
      channels: more.channels ?? [],
      closesAt,
      drawAt: later(closesAt, minutes(3)),
    });
    const contest = made.as(ContestView);
    expect((await on().bakery.api("POST", `/v1/contests/${contest.id}/open`)).status).toBe(200);
    return contest;
  };
  const Personal = z.looseObject({ personalUrl: z.string(), receipt: EvidenceShape });
  const entered = async ({ slug }: Made, email: string) => {
    await on().world.http("POST", `/c/${slug}`, { body: { email } });
    await on().world.settle();
    const link =
      /https?:\/\/\S+/.exec(on().world.mails.findLast(({ to }) => to.includes(email))?.text ?? "")?.[0] ?? "";
    const t = new URL(link).searchParams.get("t");
    return (await on().world.http("POST", `/c/${slug}/confirm`, { body: { t } })).as(Personal);
  };
  const bundleOf = async ({ slug }: Made) => (await on().world.http("GET", `/c/${slug}/draw.json`)).body;
  const Shown = z.looseObject({
    status: z.string(),
    commitHash: z.string().optional(),
    round: z.number().optional(),
    voided: z.array(z.object({ commitHash: z.string(), round: z.number() })).optional(),
  });
  const shown = async ({ slug }: Made) =>
    (await on().world.http("GET", `/c/${slug}/draw`, { headers: json })).as(Shown);
  const page = async ({ slug }: Made, language = "nl") =>
    (await on().world.visitor().open(`/c/${slug}/draw?lang=${language}`)).text;
  const eventsOf = ({ id }: Made, type: string) =>
    on().world.events.filter(({ type: of, detail }) => of === type && detail.data.contestId === id);
  return { opened, entered, bundleOf, shown, page, eventsOf };
};

/** The beacon's relays as they are while `answer` gives something else for this round. */
export const relaysSay = (round: number, answer: () => Response | Promise<Response>) => {
  const { fetch } = globalThis;
  return vi.spyOn(globalThis, "fetch").mockImplementation(async (asked, init) => {
    const url = asked instanceof Request ? asked.url : String(asked);
    return new RegExp(`/(?:public|rounds)/${round}$`).test(url) ? answer() : fetch(asked, init);
  });
};
