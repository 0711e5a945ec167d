import { expect, test } from "vitest";
import * as z from "zod";
import { connectors } from "../functions/channels/connectors.ts";
import { checkable, checkLive, fieldsOf } from "../infra/check-live.ts";
import { networkServer, type Told } from "./network-server.ts";

// `npm run check-live` against small servers. With real ones: networks/together.

const signingSecret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const trying = async (name: string | undefined, environment: Record<string, string>) => {
  const lines: string[] = [];
  const status = await checkLive(name, environment, (line) => lines.push(line));
  return { status, lines, text: lines.join("\n") };
};
const environmentOf = (url: string) => ({ WEBHOOK_URL: `${url}/post`, WEBHOOK_SIGNING_SECRET: signingSecret });
const Payload = z.object({ type: z.string() });

test("every network that somebody can be asked of says which variables it takes, and what each is", async () => {
  expect(checkable).toEqual(["bluesky", "mastodon", "webhook", "wordpress"].filter((name) => connectors[name]));
  for (const name of checkable) {
    const fields = fieldsOf(connectors[name]!);
    expect(fields.some(({ isNeeded, of }) => isNeeded && of === "secrets")).toBe(true);
    for (const { variable, what } of fields) {
      expect(variable).toMatch(/^[A-Z][A-Z_]+$/);
      expect(what).toMatch(/\.$/);
    }
    const { status, text } = await trying(name, {});
    expect(status).toBe(2);
    for (const { variable } of fields) expect(text).toContain(variable);
  }
  expect(await trying("feed", {})).toMatchObject({ status: 2, text: expect.stringContaining("is ours") });
  expect((await trying("nergens", {})).text).toContain("Usage: npm run check-live -- bluesky");
  const wrong = await trying("webhook", { ...environmentOf("http://10.0.0.1"), WEBHOOK_SIGNING_SECRET: "sesame" });
  expect([wrong.status, wrong.text.includes("sesame")]).toEqual([2, false]);
  expect(wrong.text).toMatch(/WEBHOOK_URL is not right: .*\n.*WEBHOOK_SIGNING_SECRET is not right: /);
});

test("a network is tried step by step, and what was published is taken back", async () => {
  const there = await networkServer(() => ({ status: 204 }));
  const { status, lines } = await trying("webhook", environmentOf(there.url));
  expect(there.heard.map(({ json }) => Payload.parse(json).type)).toEqual([
    "channel.tested",
    "post.due",
    "post.retracted",
  ]);
  expect(lines.map((line) => line.slice(0, 5).trim())).toEqual(["ok", "--", "ok", "ok", "ok", "All o"]);
  expect(status).toBe(0);
});

test("a step that goes wrong is said in words, without a secret, and what is out is taken back or named", async () => {
  const refused = await networkServer(() => ({ status: 401 }));
  const first = await trying("webhook", environmentOf(refused.url));
  expect(first.lines[0]).toBe("WRONG connecting: The webhook does not accept these credentials.");
  expect([first.status, first.text.includes(signingSecret)]).toEqual([1, false]);

  const stuck = await networkServer(
    ({ json }): Told => ({ status: Payload.parse(json).type === "post.retracted" ? 403 : 204 }),
  );
  const second = await trying("webhook", environmentOf(stuck.url));
  expect(second.status).toBe(1);
  expect(second.text).toMatch(
    /WRONG taking it back: The webhook does not allow this.*\n\s+Remove it yourself: it is called \w+ there/,
  );
});
