import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  closingOf,
  type Digest,
  emptied,
  letterId,
  type News,
  nextMorning,
  withNews,
} from "../functions/notices/notice.ts";
import { days, later } from "../functions/platform/clock.ts";
import { joined, type Person, pressed, signInLink } from "./members.ts";
import { idOf, openWorld, type Workspace, type World } from "./world.ts";

// The people who run a workspace are mailed what they should know, at once or with the day's news.

describe("the rules of notices", () => {
  const news = (id: string): News => ({ id, type: "delivery.expired", at: "2026-06-01T10:00:00.000Z", about: {} });
  const none: Digest = { workspaceId: "workspace_1", memberId: "mem_1", news: [], more: 0 };

  test("a day's news is mailed at eight in the morning, on the workspace's clock", () => {
    const mornings: [now: string, zone: string, at: string][] = [
      ["2026-06-01T10:00:00.000Z", "Europe/Amsterdam", "2026-06-02T06:00:00.000Z"],
      ["2026-06-01T05:59:59.000Z", "Europe/Amsterdam", "2026-06-01T06:00:00.000Z"],
      ["2026-06-01T06:00:00.000Z", "Europe/Amsterdam", "2026-06-02T06:00:00.000Z"],
      // The clocks go back in the night to 25 October: the day has 25 hours.
      ["2026-10-24T06:00:00.000Z", "Europe/Amsterdam", "2026-10-25T07:00:00.000Z"],
      ["2026-06-01T10:00:00.000Z", "Asia/Kathmandu", "2026-06-02T02:15:00.000Z"],
      ["2026-06-01T10:00:00.000Z", "Pacific/Chatham", "2026-06-01T19:15:00.000Z"],
    ];
    for (const [now, zone, at] of mornings) expect(nextMorning(now, zone), `${now} ${zone}`).toBe(at);
  });

  test("the same news is in a digest once, the first decides when it leaves, and what does not fit is counted", () => {
    const at = "2026-06-02T06:00:00.000Z";
    const one = withNews(none, news("a"), at);
    expect(one).toMatchObject({ news: [{ id: "a" }], wakesAt: at });
    expect(withNews(one, news("a"), "2026-06-03T06:00:00.000Z")).toBe(one);
    const full = Array.from({ length: 60 }, (_, i) => news(`n${i}`)).reduce((d, n) => withNews(d, n, at), none);
    expect(full).toMatchObject({ more: 10, wakesAt: at });
    expect(full.news).toHaveLength(50);
    expect(emptied(full)).toEqual(none);
  });

  test("of a contest of less than a day nobody needs to hear that it closes; a letter is named by reader and news", () => {
    const contest = { workspaceId: "w", contestId: "c", closesAt: "2026-06-03T10:00:00.000Z" };
    expect(closingOf(contest, "2026-06-01T10:00:00.000Z")?.wakesAt).toBe("2026-06-02T10:00:00.000Z");
    expect(closingOf(contest, "2026-06-02T10:00:00.000Z")).toBeUndefined();
    expect(letterId("mem_1", "a", "b")).toBe(letterId("mem_1", "a", "b"));
    expect(new Set([letterId("mem_1", "a"), letterId("mem_2", "a"), letterId("mem_1", "a", "b")]).size).toBe(3);
  });
});

describe("members", () => {
  let world: World;
  let workspace: Workspace;
  let owner: Person;
  let editor: Person;
  let viewer: Person;
  beforeAll(async () => {
    world = await openWorld();
    workspace = await world.workspace("Bakkerij Zon");
    owner = await joined(world, workspace, "olga@example.nl", "owner");
    editor = await joined(world, workspace, "eva@example.nl", "editor");
    viewer = await joined(world, workspace, "vera@example.nl", "viewer");
  });
  afterAll(() => world?.close());

  const noticesTo = ({ address }: Person, subject: string) =>
    world.mails.filter((mail) => mail.to.includes(address) && mail.subject.includes(subject));
  let handles = 0;
  const channel = async (): Promise<string> =>
    idOf(
      await workspace.api("POST", "/v1/channels", { network: "feed", name: "De feed", handle: `feed-${++handles}` }),
    );
  /** A session lasts half a day; the next one begins with a mail. */
  const asked = async (person: Person, method: string, body?: object) => {
    const ask = (key: string) =>
      world.http(method, "/v1/notices", { key, body, headers: { "samenspraak-workspace": workspace.workspaceId } });
    const answer = await ask(person.session);
    if (answer.status !== 401) return answer;
    person.session = (await pressed(world, (await signInLink(world, person.address)) ?? "")).session;
    return ask(person.session);
  };
  const choose = async (person: Person, choices: object) =>
    expect((await asked(person, "PATCH", { choices })).status).toBe(200);

  test("who may act on it hears at once that a channel was disconnected, in their language, once; who may not does not", async () => {
    await workspace.api("PATCH", `/v1/members/${editor.memberId}`, { language: "en" });
    const id = await channel();
    expect((await workspace.api("DELETE", `/v1/channels/${id}`)).status).toBeLessThan(300);
    await world.settle();
    const [mail, ...more] = noticesTo(owner, "Een kanaal is losgekoppeld");
    expect(more).toEqual([]);
    expect(mail?.text).toContain("“De feed”");
    expect(mail?.text).toContain("Bakkerij Zon");
    expect(noticesTo(editor, "A channel was disconnected")).toHaveLength(1);
    expect(noticesTo(viewer, "kanaal")).toEqual([]);
    const event = world.eventsOf(workspace.workspaceId).find(({ type }) => type === "channel.disconnected");
    await world.invoke("samenspraak-notices-hear", {
      "detail-type": event?.type,
      source: "samenspraak",
      detail: event?.detail,
    });
    await world.advance("PT1M");
    expect(noticesTo(owner, "Een kanaal is losgekoppeld")).toHaveLength(1);
  });

  test("that there is a new owner hears who was one already, and not the new one", async () => {
    const second = await joined(world, workspace, "otto@example.nl", "owner");
    await world.settle();
    expect(noticesTo(owner, "Er is een eigenaar bij")).toHaveLength(1);
    expect(noticesTo(second, "Er is een eigenaar bij")).toEqual([]);
    await workspace.api("DELETE", `/v1/members/${second.memberId}`);
  });

  test("who chose the day's news gets it in one mail in the morning, and who chose nothing gets none", async () => {
    await choose(owner, { channels: "daily" });
    await choose(editor, { channels: "off" });
    expect((await asked(owner, "GET")).body).toMatchObject({
      choices: { channels: "daily", posts: "at_once", contests: "daily" },
    });
    const before = noticesTo(editor, "").length;
    for (const id of [await channel(), await channel()]) await workspace.api("DELETE", `/v1/channels/${id}`);
    await world.advance("PT1H");
    expect(noticesTo(owner, "Een kanaal")).toHaveLength(1);
    expect(noticesTo(owner, "meldingen")).toEqual([]);
    await world.advance("PT20H");
    const [mail, ...more] = noticesTo(owner, "2 meldingen van de afgelopen dag");
    expect(more).toEqual([]);
    expect(mail?.text.match(/is losgekoppeld/g)).toHaveLength(2);
    expect(noticesTo(owner, "melding")).toHaveLength(1);
    expect(noticesTo(editor, "")).toHaveLength(before);
  });

  test("that ideas or comments of a board wait is told once a day to who may approve them", async () => {
    await choose(editor, { moderation: "at_once" });
    const made = await workspace.api("POST", "/v1/boards", {
      slug: "wachtrij",
      title: "Wat bakken we?",
      moderation: "before",
    });
    await workspace.api("POST", `/v1/boards/${idOf(made)}/open`);
    for (const title of ["Taart met peren", "Brood van spelt", "Koek met gember"])
      await world.http("POST", "/i/wachtrij", { body: { title, device: `toestel-van-${title.slice(0, 5)}-bedenker` } });
    await world.settle();
    const [mail, ...more] = noticesTo(editor, "Ideas wait for you");
    expect(more).toEqual([]);
    expect(mail?.text).toContain("“Wat bakken we?”");
    expect(noticesTo(viewer, "wachten")).toEqual([]);
  });

  test("what a pause lets come too late is told at once, once; and all of it in one mail in the morning", async () => {
    await choose(owner, { posts: "daily" });
    await choose(editor, { posts: "at_once" });
    const channels = [await channel(), await channel()];
    const plan = (text: string, minutes: number) =>
      workspace.api("POST", "/v1/posts", {
        text,
        channels,
        at: later(world.now(), minutes * 60_000),
        maxLatenessMinutes: 5,
      });
    for (const [text, minutes] of [
      ["Eerste te laat", 10],
      ["Tweede te laat", 10],
      ["Derde te laat", 90],
    ] as const)
      expect((await plan(text, minutes)).status).toBe(201);
    await workspace.api("PATCH", "/v1/workspace", { publishing: "paused" });
    await world.advance("PT3H");
    await workspace.api("PATCH", "/v1/workspace", { publishing: "running" });
    const [mail, ...more] = noticesTo(editor, "Publishing is paused");
    expect(more).toEqual([]);
    expect(mail?.text).toMatch(/“\w+ te laat” was not published[\s\S]*publishing: running/);
    expect(noticesTo(owner, "Het plaatsen staat stil")).toEqual([]);
    for (const person of [owner, editor]) expect(noticesTo(person, "niet geplaatst")).toEqual([]);
    await world.advance("PT20H");
    for (const [person, word] of [
      [owner, "melding"],
      [editor, "notice"],
    ] as const) {
      const [digest] = noticesTo(person, word).slice(-1);
      for (const nth of ["Eerste", "Tweede", "Derde"]) expect(digest?.text.split(`“${nth} te laat”`)).toHaveLength(3);
    }
    // Without a pause each is told at once, as ever.
    expect(noticesTo(editor, "A post was not published")).toEqual([]);
    await choose(owner, { posts: "at_once" });
  });

  test("a post that a channel refuses is told, with its first words and what to do", async () => {
    const id = await channel();
    const at = new Date(Date.parse(world.now()) + 600_000).toISOString();
    await workspace.api("POST", "/v1/posts", { text: "Verse   broodjes\nvanaf acht uur", channels: [id], at });
    await choose(editor, { posts: "at_once" });
    await workspace.api("DELETE", `/v1/channels/${id}`);
    await world.advance("PT15M");
    const [mail] = noticesTo(editor, "A post was refused");
    expect(mail?.text).toContain("“Verse broodjes vanaf acht uur”");
    expect(mail?.text).toContain("retry");
    expect(mail?.html).toContain("Verse broodjes");
  });

  test("a day before a contest closes it is told, with the time; of a cancelled one it is not", async () => {
    await choose(owner, { contests: "at_once" });
    const later = (hours: number) => new Date(Date.parse(world.now()) + hours * 3_600_000).toISOString();
    const contest = async (slug: string) => {
      const id = idOf(
        await workspace.api("POST", "/v1/contests", {
          slug,
          title: `Win een ${slug}`,
          closesAt: later(48),
          drawAt: later(49),
          organiser: { name: "Bakkerij Zon", address: "Markt 1, Utrecht", contact: "zon@example.nl" },
          promotes: "Ons brood",
          prizes: [{ description: "Een taart", number: 1, valueCents: 2500 }],
        }),
      );
      await workspace.api("PATCH", "/v1/workspace", {
        legalName: "Bakkerij Zon",
        address: "Markt 1, Utrecht",
        replyTo: "zon@example.nl",
        privacyUrl: "https://zon.example.nl/privacy",
      });
      const opened = await workspace.api("POST", `/v1/contests/${id}/open`);
      expect(opened.status, opened.text).toBe(200);
      return id;
    };
    await contest("taart");
    const cancelled = await contest("krentenbol");
    await workspace.api("POST", `/v1/contests/${cancelled}/cancel`, { reason: "De krenten zijn op." });
    await world.advance("PT23H");
    expect(noticesTo(owner, "Een win-actie sluit")).toEqual([]);
    await world.advance("PT2H");
    const [mail, ...more] = noticesTo(owner, "Een win-actie sluit binnenkort");
    expect(more).toEqual([]);
    expect(mail?.text).toMatch(/“Win een taart” sluit \w+dag \d+ juni/);
  });

  test("that the day's mail is used up is told once there is room again", async () => {
    await choose(owner, { channels: "at_once" });
    world.mailAccount.perDay = 0;
    const id = await channel();
    await workspace.api("DELETE", `/v1/channels/${id}`);
    await world.advance("PT1H");
    expect(noticesTo(owner, "De mail van vandaag is op")).toEqual([]);
    world.mailAccount.perDay = 50_000;
    await world.advance("PT1H");
    expect(noticesTo(owner, "De mail van vandaag is op")).toHaveLength(1);
    expect(world.eventsOf(workspace.workspaceId).filter(({ type }) => type === "mail.cap_reached")).toHaveLength(1);
  });

  test("whoever has left hears nothing more, and a key has no settings of its own", async () => {
    await choose(owner, { channels: "daily" });
    await choose(editor, { channels: "daily" });
    const id = await channel();
    await workspace.api("DELETE", `/v1/channels/${id}`);
    await world.settle();
    const before = noticesTo(editor, "").length;
    await workspace.api("DELETE", `/v1/members/${editor.memberId}`);
    await world.advance("P1D");
    expect(noticesTo(editor, "")).toHaveLength(before);
    expect((await workspace.api("GET", "/v1/notices")).body).toMatchObject({ status: 403, code: "not_a_member" });
    expect((await asked(owner, "PATCH", { choices: { weather: "daily" } })).body).toMatchObject({
      code: "invalid_input",
    });
  });

  test("a digest tells of what still waits for a yes, and of nothing that got one overnight", async () => {
    const id = await channel();
    await workspace.api("PATCH", "/v1/workspace", { approval: "required" });
    const [kept, approved] = await Promise.all(
      ["Dit wacht nog", "Dit mag al"].map(async (text) =>
        idOf(await workspace.api("POST", "/v1/posts", { text, channels: [id], at: later(world.now(), days(9)) })),
      ),
    );
    await world.settle();
    await workspace.api("POST", `/v1/posts/${approved}/approve`, { revision: 1 });
    const before = noticesTo(owner, "van de afgelopen dag").length;
    await world.advance("PT24H");
    const [mail, ...more] = noticesTo(owner, "van de afgelopen dag").slice(before);
    expect(more).toEqual([]);
    expect(mail?.text).toContain("Dit wacht nog");
    expect(mail?.text).not.toContain("Dit mag al");
    await workspace.api("POST", `/v1/posts/${kept}/cancel`);
    await workspace.api("PATCH", "/v1/workspace", { approval: "off" });
    await workspace.api("DELETE", `/v1/channels/${id}`);
  });
});
