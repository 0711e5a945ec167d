import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { Answer } from "./http.ts";
import { invited, joined, linksTo, opened, type Person, pressed, signInLink } from "./members.ts";
import { idOf, openWorld, type World } from "./world.ts";

// People who run a workspace: invited, signed in, with a role, and out again at once.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

const Created = z.object({ workspaceId: z.string(), apiKey: z.string() });
const Members = z.object({
  items: z.array(z.object({ id: z.string(), address: z.string(), role: z.string(), status: z.string() })),
});
const Sessions = z.object({ items: z.array(z.object({ id: z.string(), isThis: z.boolean() })) });
const json = { accept: "application/json" };
const statusOf = (answers: readonly Answer[], status: number) => answers.filter((answer) => answer.status === status);

let people = 0;
/** An address that no other test has. */
const someone = (name = "anna") => `${name}.${people++}@example.nl`;

describe("members", () => {
  test("a workspace made with an owner mails the invitation, and accepting it signs in", async () => {
    const owner = someone();
    const made = await world.invoke("samenspraak-workspaces-create", { name: "Bakkerij Zon", owner });
    const { workspaceId, apiKey } = Created.parse(made);
    await world.settle();
    const [link = ""] = linksTo(world, owner);
    const { session } = await pressed(world, link);
    const answer = await world.http("GET", "/v1/members", { key: session });
    expect(answer.as(Members).items).toMatchObject([{ address: owner, role: "owner", status: "active" }]);
    await world.settle();
    const by = (of: string) => world.eventsOf(workspaceId).find(({ type }) => type === of)?.detail.actor;
    expect(by("member.invited")).toBe("system:operator");
    expect(by("member.joined")).toMatch(/^mem_/);
    expect(apiKey).toMatch(/^ssp_/);
  });

  test("an invitation is mailed once however often it is asked for in ten minutes, and again after", async () => {
    const { api } = await world.workspace();
    const address = someone();
    const ask = () => api("POST", "/v1/members", { address, role: "viewer" });
    const first = idOf(await ask());
    expect(idOf(await ask())).toBe(first);
    await world.settle();
    expect(linksTo(world, address)).toHaveLength(1);
    await world.advance("PT11M");
    await ask();
    await world.settle();
    expect(linksTo(world, address)).toHaveLength(2);
    const { items } = (await api("GET", "/v1/members")).as(Members);
    expect(items).toHaveLength(1);
  });

  test("the same address invited twice at the same moment, in capitals too, is one member and one mail", async () => {
    const { api } = await world.workspace();
    const address = someone();
    const ask = (as: string) => api("POST", "/v1/members", { address: as, role: "viewer" });
    const answers = await Promise.all([ask(address), ask(address.toUpperCase()), ask(` ${address}`)]);
    expect(statusOf(answers, 201).length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    expect((await api("GET", "/v1/members")).as(Members).items).toHaveLength(1);
    await world.settle();
    expect(linksTo(world, address)).toHaveLength(1);
  });

  test("an invitation ends after a week, and at once when it is taken back", async () => {
    const workspace = await world.workspace();
    const [late, unwanted] = [someone(), someone()];
    const memberId = await invited(world, workspace, unwanted, "editor");
    const [taken = ""] = linksTo(world, unwanted);
    const press = await opened(world, taken);
    expect((await workspace.api("DELETE", `/v1/members/${memberId}`)).status).toBe(204);
    expect((await world.http("POST", press.path, { body: press.body, headers: json })).body).toMatchObject({
      code: "link_ended",
    });
    await invited(world, workspace, late, "editor");
    const [week = ""] = linksTo(world, late);
    const open = await opened(world, week);
    await world.advance("P7D");
    expect((await world.http("POST", open.path, { body: open.body, headers: json })).body).toMatchObject({
      status: 410,
    });
    expect((await workspace.api("GET", `/v1/members/${memberId}`)).status).toBe(404);
  });

  test("accepting twice at the same moment is one member and one session; a GET changes nothing", async () => {
    const workspace = await world.workspace();
    const address = someone();
    await invited(world, workspace, address, "editor");
    const [link = ""] = linksTo(world, address);
    const { path, body } = await opened(world, link);
    const elsewhere = await opened(world, link);
    const { items } = (await workspace.api("GET", "/v1/members")).as(Members);
    expect(items).toMatchObject([{ status: "invited" }]);
    const press = (sent: object) => world.http("POST", path, { body: sent, headers: json });
    const answers = await Promise.all([press(body), press(body), press(body)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    // The same link on another page: whoever finds it later has nothing.
    expect((await press(elsewhere.body)).body).toMatchObject({ status: 410, code: "link_used" });
    await world.settle();
    const events = world.eventsOf(workspace.workspaceId).map(({ type }) => type);
    expect(events.filter((type) => type === "member.joined")).toHaveLength(1);
    expect(events.filter((type) => type === "session.started")).toHaveLength(1);
  });

  test("two owners who demote or remove each other at the same moment leave one", async () => {
    for (const way of ["demote", "remove"] as const) {
      const workspace = await world.workspace();
      const [a, b] = [
        await joined(world, workspace, someone(), "owner"),
        await joined(world, workspace, someone(), "owner"),
      ];
      const against = (who: Person, { memberId }: Person) =>
        way === "demote"
          ? who.api("PATCH", `/v1/members/${memberId}`, { role: "viewer" })
          : who.api("DELETE", `/v1/members/${memberId}`);
      await Promise.all([against(a, b), against(b, a)]);
      const { items } = (await workspace.api("GET", "/v1/members")).as(Members);
      const owners = items.filter(({ role }) => role === "owner");
      expect(owners).toHaveLength(1);
      const [last] = owners;
      for (const refused of [
        await workspace.api("PATCH", `/v1/members/${last?.id}`, { role: "editor" }),
        await workspace.api("DELETE", `/v1/members/${last?.id}`),
      ])
        expect(refused.body).toMatchObject({ status: 409, code: "last_owner" });
    }
  });

  test("another role and a removal act at once, while the session is in use", async () => {
    const workspace = await world.workspace();
    const anna = await joined(world, workspace, someone(), "editor");
    const write = () => anna.api("POST", "/v1/posts", { text: "Brood" });
    expect((await write()).status).toBe(201);
    const [, ...answers] = await Promise.all([
      workspace.api("PATCH", `/v1/members/${anna.memberId}`, { role: "viewer" }),
      write(),
      write(),
    ]);
    expect(answers.filter(({ status }) => ![201, 403].includes(status))).toEqual([]);
    expect((await write()).body).toMatchObject({ status: 403, code: "scope_missing" });
    expect((await anna.api("GET", "/v1/posts")).status).toBe(200);
    await workspace.api("DELETE", `/v1/members/${anna.memberId}`);
    expect((await anna.api("GET", "/v1/posts")).body).toMatchObject({ status: 403, code: "not_a_member" });
  });

  test("nobody gives a role that may do more than they may", async () => {
    const { api } = await world.workspace();
    const asked = { name: "Members only", scopes: ["members:read", "members:write"] };
    const { apiKey } = (await api("POST", "/v1/keys", asked)).as(z.object({ apiKey: z.string() }));
    const refused = await world.http("POST", "/v1/members", {
      key: apiKey,
      body: { address: someone(), role: "owner" },
    });
    expect(refused.body).toMatchObject({ status: 403, code: "scope_missing", errors: [{ pointer: "#/role" }] });
  });

  test("a member who is invited again is refused, and a removed one can come back as another", async () => {
    const workspace = await world.workspace();
    const anna = await joined(world, workspace, someone(), "viewer");
    const again = await workspace.api("POST", "/v1/members", { address: anna.address, role: "owner" });
    expect(again.body).toMatchObject({ status: 409, code: "already_member" });
    await workspace.api("DELETE", `/v1/members/${anna.memberId}`);
    await world.advance("PT11M");
    const back = await joined(world, workspace, anna.address, "editor");
    expect(back.memberId).not.toBe(anna.memberId);
    // The session of before is nobody's: it was another member's.
    expect((await anna.api("GET", "/v1/members")).body).toMatchObject({ status: 403, code: "not_a_member" });
    expect((await back.api("GET", "/v1/members")).as(Members).items).toMatchObject([{ role: "editor" }]);
  });

  test("an address is mailed one invitation in ten minutes, however often it is invited and taken back", async () => {
    const workspace = await world.workspace();
    const address = someone("veel");
    for (let i = 0; i < 4; i++) {
      const memberId = await invited(world, workspace, address, "viewer");
      await workspace.api("DELETE", `/v1/members/${memberId}`);
    }
    await world.settle();
    expect(linksTo(world, address)).toHaveLength(1);
  });

  test("what was answered with an Idempotency-Key is for who asked, not for another key with the same one", async () => {
    const { api } = await world.workspace();
    const make = async (name: string, scopes: string[]) =>
      (await api("POST", "/v1/keys", { name, scopes })).as(z.object({ apiKey: z.string() })).apiKey;
    const small = await make("small", ["workspace:write"]);
    const body = { name: "full", scopes: ["members:write"] };
    const headers = { "idempotency-key": "create-key-1" };
    expect((await api("POST", "/v1/keys", body, headers)).status).toBe(201);
    const asked = await world.http("POST", "/v1/keys", { key: small, body, headers });
    expect(asked.body).toMatchObject({ status: 403, code: "scope_missing" });
  });

  test("a key makes none that outlives it, and only who may do everything names an issuer", async () => {
    const { api } = await world.workspace();
    const expiresAt = new Date(Date.parse(world.now()) + 3_600_000).toISOString();
    const made = await api("POST", "/v1/keys", { name: "hour", scopes: ["workspace:write"], expiresAt });
    const { apiKey: key } = made.as(z.object({ apiKey: z.string() }));
    const body = { name: "forever", scopes: ["workspace:write"] };
    expect((await world.http("POST", "/v1/keys", { key, body })).body).toMatchObject({ expiresAt });
    const issuer = { issuer: "https://issuer.example", clientId: "c", clientSecret: "s", domains: ["a.example"] };
    expect((await world.http("PUT", "/v1/workspace/sign-in", { key, body: issuer })).body).toMatchObject({
      status: 403,
      code: "scope_missing",
    });
  });

  test("no event and no log line holds an address or a token", async () => {
    const workspace = await world.workspace();
    const anna = await joined(world, workspace, someone("geheim"), "owner");
    await anna.api("PATCH", `/v1/members/${anna.memberId}`, { language: "en" });
    await signInLink(world, anna.address);
    await world.settle();
    const said = JSON.stringify([world.events, world.logs]);
    for (const secret of [anna.address, "geheim", anna.session, anna.session.slice(-30)])
      expect(said).not.toContain(secret);
  });
});

describe("signing in", () => {
  test("an address that is nobody's gets the same answer and no mail", async () => {
    const workspace = await world.workspace();
    const { address } = await joined(world, workspace, someone(), "viewer");
    const ask = (as: string) =>
      world.http("POST", "/sign-in", { form: { address: as }, headers: { accept: "text/html" } });
    const [known, unknown] = [await ask(address), await ask(someone("niemand"))];
    for (const answer of [known, unknown]) expect(answer).toMatchObject({ status: 303, text: "" });
    expect(known.headers.location).toBe(unknown.headers.location);
    const writes = async (as: string) => (await world.weigh("asked to sign in", () => ask(as))).map(({ kind }) => kind);
    await world.settle();
    const before = world.mails.length;
    const stranger = await writes(someone("niemand"));
    expect(stranger[0]).toBe("sign-in-asked");
    expect(world.mails).toHaveLength(before);
  });

  test("a person is mailed at most once in ten minutes, however often it is asked", async () => {
    const workspace = await world.workspace();
    const { address } = await joined(world, workspace, someone(), "viewer");
    const ask = () => world.http("POST", "/sign-in", { body: { address }, headers: json });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(answers.map(({ status, body }) => ({ status, body }))).toEqual(
      Array.from({ length: 3 }, () => ({ status: 202, body: { status: "asked" } })),
    );
    await world.settle();
    expect(linksTo(world, address)).toHaveLength(2); // The invitation, and one to sign in.
    await world.advance("PT9M");
    expect(await signInLink(world, address)).toBeUndefined();
    await world.advance("PT2M");
    expect(await signInLink(world, address)).toBeDefined();
  });

  test("in a browser: a form, a mail, one button, and pressing it twice is the same session", async () => {
    const workspace = await world.workspace();
    const { address } = await joined(world, workspace, someone(), "viewer");
    const browser = world.visitor();
    const sent = await browser.submit(await browser.open("/sign-in"), { address });
    expect(sent.text).toContain("Kijk in uw mail");
    await world.settle();
    const link = linksTo(world, address).at(-1) ?? "";
    const page = await browser.open(link);
    expect(page.forms).toHaveLength(1);
    const first = await browser.submit(page);
    const session = browser.cookies().session;
    const second = await browser.submit(page);
    for (const shown of [first, second]) expect(shown.text).toContain("Bakkerij Zon");
    expect(browser.cookies().session).toBe(session);
    // Back, which asks for the page anew, and once more: who is in is shown that, and not that the link was used.
    const again = await browser.submit(await browser.open(link));
    expect(again.text).toContain("U bent ingelogd");
    expect(browser.cookies().session).toBe(session);
    // Another browser with the same link, and one that was not shown the page, get in nowhere.
    const thief = world.visitor();
    expect((await thief.submit(await thief.open(link))).text).toContain("al gebruikt");
    expect((await world.visitor().submit(page)).status).toBe(400);
    const wrong = await browser.submit(await browser.open("/sign-in"), { address: "anna" });
    expect(wrong.status).toBe(400);
    expect(wrong.text).toContain("geen e-mailadres");
  });

  test("a link works for a quarter of an hour", async () => {
    const workspace = await world.workspace();
    const { address } = await joined(world, workspace, someone(), "viewer");
    const link = (await signInLink(world, address)) ?? "";
    const { path, body } = await opened(world, link);
    await world.advance("PT15M");
    expect((await world.http("POST", path, { body, headers: json })).body).toMatchObject({ code: "link_ended" });
    expect((await world.visitor().open(link)).status).toBe(410);
  });

  test("one person in several workspaces says which one; a session in one needs not", async () => {
    const [one, two, theirs] = [
      await world.workspace("Een"),
      await world.workspace("Twee"),
      await world.workspace("Drie"),
    ];
    const anna = await joined(world, one, someone(), "viewer");
    expect((await world.http("GET", "/v1/workspace", { key: anna.session })).status).toBe(200);
    const more = await joined(world, two, anna.address, "editor");
    const ask = (session: string, workspace?: string) =>
      world.http("GET", "/v1/workspace", {
        key: session,
        headers: workspace === undefined ? {} : { "samenspraak-workspace": workspace },
      });
    // A session is good for where its owner was a member when it started.
    expect((await ask(anna.session)).body).toMatchObject({ name: "Een" });
    expect((await ask(anna.session, two.workspaceId)).body).toMatchObject({ status: 403, code: "not_a_member" });
    expect((await ask(more.session)).body).toMatchObject({ status: 400, code: "workspace_needed" });
    expect((await ask(more.session, one.workspaceId)).body).toMatchObject({ name: "Een" });
    expect((await ask(more.session, two.workspaceId)).body).toMatchObject({ name: "Twee" });
    for (const other of [theirs.workspaceId, "no workspace"])
      expect((await ask(more.session, other)).body).toMatchObject({ status: 403, code: "not_a_member" });
  });
});

describe("a session", () => {
  test("ends twelve hours after it began, and two hours after it was last used", async () => {
    const workspace = await world.workspace();
    const busy = await joined(world, workspace, someone(), "viewer");
    const idle = await joined(world, workspace, someone(), "viewer");
    const ask = (of: typeof busy) => of.api("GET", "/v1/workspace");
    for (let hour = 0; hour < 11; hour++) {
      await world.advance("PT1H");
      expect((await ask(busy)).status).toBe(200);
      if (hour > 1) expect((await ask(idle)).body).toMatchObject({ status: 401, code: "session_expired" });
    }
    await world.advance("PT1H");
    expect((await ask(busy)).body).toMatchObject({ status: 401, code: "session_expired" });
  });

  test("its use is written down at most once an hour, and a key's too", async () => {
    const workspace = await world.workspace();
    const anna = await joined(world, workspace, someone(), "viewer");
    await workspace.api("GET", "/v1/workspace");
    const many = async () => {
      for (let i = 0; i < 5; i++) {
        await anna.api("GET", "/v1/workspace");
        await workspace.api("GET", "/v1/workspace");
      }
    };
    expect(await world.weigh("used within the hour", many)).toEqual([]);
    await world.advance("PT1H");
    const writes = await world.weigh("used an hour later", many);
    expect(
      writes
        .filter(({ applied }) => applied)
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(["key-use", "session"]);
  });

  test("is listed to its owner only, and ends at once here, there and everywhere", async () => {
    const workspace = await world.workspace();
    const anna = await joined(world, workspace, someone(), "viewer");
    const other = await joined(world, workspace, someone(), "owner");
    const more = [];
    for (let i = 0; i < 2; i++) {
      await world.advance("PT11M");
      more.push(await pressed(world, (await signInLink(world, anna.address)) ?? ""));
    }
    const list = async () => (await anna.api("GET", "/v1/sessions")).as(Sessions).items;
    expect(await list()).toHaveLength(3);
    expect((await list()).filter(({ isThis }) => isThis)).toHaveLength(1);
    expect((await other.api("DELETE", `/v1/sessions/${more[0]?.sessionId}`)).status).toBe(404);
    expect((await anna.api("DELETE", `/v1/sessions/${more[0]?.sessionId}`)).status).toBe(204);
    const ask = (session = "") => world.http("GET", "/v1/workspace", { key: session });
    expect((await ask(more[0]?.session)).body).toMatchObject({ status: 401, code: "session_ended" });
    expect((await ask(more[1]?.session)).status).toBe(200);
    expect((await anna.api("DELETE", "/v1/sessions")).status).toBe(204);
    for (const session of [more[1]?.session, anna.session])
      expect((await ask(session)).body).toMatchObject({ status: 401, code: "session_ended" });
    expect((await other.api("GET", "/v1/workspace")).status).toBe(200);
    expect((await workspace.api("GET", "/v1/sessions")).as(Sessions).items).toEqual([]);
    await world.settle();
    const ended = world.eventsOf(workspace.workspaceId).filter(({ type }) => type === "session.ended");
    expect(ended).toHaveLength(3);
    for (const { detail } of ended) expect(detail.actor).toBe(anna.memberId);
  });

  test("in a browser it needs the header that a foreign page cannot send, and counts for our own pages only", async () => {
    const { workspaceId, ...workspace } = await world.workspace();
    const { session } = await joined(world, { workspaceId, ...workspace }, someone(), "owner");
    const header = { "samenspraak-workspace": workspaceId };
    const ask = (headers: Record<string, string>, method = "PATCH") =>
      world.http(method, "/v1/workspace", {
        cookies: { session },
        headers,
        ...(method === "PATCH" ? { body: { name: "Gekaapt" } } : {}),
      });
    for (const method of ["GET", "PATCH"])
      expect((await ask({}, method)).body).toMatchObject({ status: 400, code: "workspace_needed" });
    const elsewheres: Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const elsewhere of elsewheres)
      expect((await ask({ ...header, ...elsewhere })).body).toMatchObject({ status: 403, code: "cross_site" });
    expect((await workspace.api("GET", "/v1/workspace")).body).not.toMatchObject({ name: "Gekaapt" });
    const ours = await ask({ ...header, origin: world.url, "sec-fetch-site": "same-origin" });
    expect(ours.status).toBe(200);
    expect(
      (await world.http("OPTIONS", "/v1/workspace", { headers: { origin: "https://evil.example" } })).headers,
    ).not.toHaveProperty("access-control-allow-origin");
  });

  test("signs out on its page with that page's own form only", async () => {
    const workspace = await world.workspace();
    const { address } = await joined(world, workspace, someone(), "viewer");
    const [anna, thief] = [world.visitor(), world.visitor()];
    const signIn = async (browser: typeof anna, of: string) => {
      await browser.submit(await browser.open("/sign-in"), { address: of });
      await world.settle();
      return browser.submit(await browser.open(linksTo(world, of).at(-1) ?? ""));
    };
    const me = await signIn(anna, address);
    const theirs = await signIn(thief, (await joined(world, workspace, someone(), "viewer")).address);
    const formOf = ({ forms }: typeof me, which: string) => forms.find(({ fields }) => fields.which === which);
    // Another's form in her browser does nothing.
    expect((await anna.submit(me, {}, formOf(theirs, "here"))).status).toBe(400);
    expect((await anna.open("/me")).text).toContain("U bent ingelogd");
    const shown = await anna.open("/me");
    expect((await anna.submit(shown, {}, formOf(shown, "here"))).path).toContain("/sign-in");
    expect((await anna.open("/me")).path).toContain("/sign-in");
    expect((await thief.open("/me?lang=en")).text).toContain("You are signed in");
  });
});

describe("keys", () => {
  const Made = z.object({ id: z.string(), apiKey: z.string() });
  const works = async (key: string) => (await world.http("GET", "/v1/workspace", { key })).body;

  test("a rotated key has a new secret at once, and the one of before until the overlap is over", async () => {
    const { api, workspaceId } = await world.workspace();
    const made = (await api("POST", "/v1/keys", { name: "K", scopes: ["workspace:read"] })).as(Made);
    const rotated = (await api("POST", `/v1/keys/${made.id}/rotate`, { overlapHours: 2 })).as(Made);
    expect(rotated.id).toBe(made.id);
    for (const key of [made.apiKey, rotated.apiKey]) expect(await works(key)).toMatchObject({ id: workspaceId });
    await world.advance("PT2H");
    expect(await works(made.apiKey)).toMatchObject({ status: 401, code: "key_expired" });
    expect(await works(rotated.apiKey)).toMatchObject({ id: workspaceId });
    // Hours are whole: the database cannot hold every fraction.
    for (const overlapHours of [5e-324, 0.5])
      expect((await api("POST", `/v1/keys/${made.id}/rotate`, { overlapHours })).status).toBe(400);
    const now = (await api("POST", `/v1/keys/${made.id}/rotate`, { overlapHours: 0 })).as(Made);
    expect(await works(rotated.apiKey)).toMatchObject({ status: 401, code: "key_expired" });
    await api("DELETE", `/v1/keys/${made.id}`);
    expect(await works(now.apiKey)).toMatchObject({ status: 401, code: "key_revoked" });
    expect((await api("POST", `/v1/keys/${made.id}/rotate`, {})).body).toMatchObject({
      status: 409,
      code: "key_ended",
    });
  });

  test("revoking ends every secret of a key, those in their overlap too", async () => {
    const { api } = await world.workspace();
    const made = (await api("POST", "/v1/keys", { name: "K", scopes: ["workspace:read"] })).as(Made);
    const rotated = (await api("POST", `/v1/keys/${made.id}/rotate`, {})).as(Made);
    await api("DELETE", `/v1/keys/${made.id}`);
    for (const key of [made.apiKey, rotated.apiKey]) expect(await works(key)).toMatchObject({ code: "key_revoked" });
  });

  test("rotated twice at the same moment, every secret that was given works", async () => {
    const { api, workspaceId } = await world.workspace();
    const made = (await api("POST", "/v1/keys", { name: "K", scopes: ["workspace:read"] })).as(Made);
    const rotate = () => api("POST", `/v1/keys/${made.id}/rotate`, {});
    const answers = await Promise.all([rotate(), rotate()]);
    const given = statusOf(answers, 200).map((answer) => answer.as(Made).apiKey);
    expect(given.length).toBeGreaterThan(0);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    for (const key of [made.apiKey, ...given]) expect(await works(key)).toMatchObject({ id: workspaceId });
  });

  test("nobody rotates a key that may do more than they may", async () => {
    const { api } = await world.workspace();
    const big = (await api("POST", "/v1/keys", { name: "Big", scopes: ["posts:write"] })).as(Made);
    const small = (await api("POST", "/v1/keys", { name: "Small", scopes: ["workspace:write"] })).as(Made);
    const refused = await world.http("POST", `/v1/keys/${big.id}/rotate`, { key: small.apiKey, body: {} });
    expect(refused.body).toMatchObject({ status: 403, code: "scope_missing" });
  });

  test("a key ends when it was to end, and says when it was last used", async () => {
    const { api, workspaceId } = await world.workspace();
    const expiresAt = new Date(Date.parse(world.now()) + 3_600_000).toISOString();
    const made = (await api("POST", "/v1/keys", { name: "K", scopes: ["workspace:read"], expiresAt })).as(Made);
    expect((await api("GET", `/v1/keys/${made.id}`)).body).not.toHaveProperty("lastUsedAt");
    const usedAt = world.now();
    expect(await works(made.apiKey)).toMatchObject({ id: workspaceId });
    expect((await api("GET", `/v1/keys/${made.id}`)).body).toMatchObject({
      lastUsedAt: usedAt,
      expiresAt,
      status: "active",
    });
    const Keys = z.object({ items: z.array(z.object({ id: z.string(), lastUsedAt: z.string().optional() })) });
    const { items } = (await api("GET", "/v1/keys")).as(Keys);
    expect(items.find(({ id }) => id === made.id)).toMatchObject({ lastUsedAt: usedAt });
    await world.advance("PT1H");
    expect(await works(made.apiKey)).toMatchObject({ status: 401, code: "key_expired" });
    expect((await api("GET", `/v1/keys/${made.id}`)).body).toMatchObject({ status: "expired" });
    const late = await api("POST", "/v1/keys", { name: "K", scopes: ["workspace:read"], expiresAt: usedAt });
    expect(late.body).toMatchObject({ status: 422, code: "due_in_past", errors: [{ pointer: "#/expiresAt" }] });
  });
});

test("every event says who did it: a key, a member, the system, or a visitor, and none of them by more than an opaque id", async () => {
  const workspace = await world.workspace();
  const anna = await joined(world, workspace, someone(), "editor");
  const browser = world.visitor();
  const poll = { slug: `wie-${people++}`, question: "Wie?", options: [{ text: "a" }, { text: "b" }] };
  const pollId = idOf(await anna.api("POST", "/v1/polls", poll));
  await anna.api("POST", `/v1/polls/${pollId}/open`);
  const page = await browser.open(`/p/${poll.slug}`);
  const [option = ""] = page.forms[0]?.choices.option ?? [];
  await browser.submit(page, { option });
  const channel = { network: "feed", name: "Feed", handle: `wie-${people++}` };
  const channelId = idOf(await workspace.api("POST", "/v1/channels", channel));
  await anna.api("POST", "/v1/posts", { text: "Brood", channels: [channelId], at: world.now() });
  await workspace.api("PATCH", `/v1/members/${anna.memberId}`, { role: "viewer" });
  await anna.api("DELETE", "/v1/sessions");
  await workspace.api("DELETE", `/v1/members/${anna.memberId}`);
  await world.advance("PT1H");
  const events = world.eventsOf(workspace.workspaceId);
  const by = (actor: RegExp) =>
    new Set(events.filter(({ detail }) => actor.test(detail.actor)).map(({ type }) => type));
  expect([...by(/^mem_[0-9a-z]{26}$/)]).toEqual(
    expect.arrayContaining(["member.joined", "session.started", "session.ended", "poll.opened"]),
  );
  expect([...by(/^key_[0-9a-z]{26}$/)]).toEqual(
    expect.arrayContaining(["member.invited", "member.role_changed", "member.removed", "channel.connected"]),
  );
  expect([...by(/^visitor$/)]).toEqual(["response.given"]);
  // Of the whole run, by whichever workspace.
  for (const { type, detail } of world.events) {
    expect(detail.actor, type).toMatch(/^((key|mem)_[0-9a-z]{26}|system:[a-z_.-]+|visitor)$/);
    expect(detail.workspaceId, type).toMatch(/^ws_[0-9a-z]{26}$/);
  }
});
