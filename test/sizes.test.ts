import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { look } from "../functions/media/look.ts";
import { MediaView } from "../functions/media/media.ts";
import { mostSide, mostSmallerBytes, smaller } from "../functions/media/smaller.ts";
import { PostView } from "../functions/posts/post-view.ts";
import { littleBluesky, littleMastodon } from "./little-networks.ts";
import { send } from "./network-server.ts";
import { jpeg, mp4, noise, png, published } from "./pictures-of.ts";
import { openWorld, type World } from "./world.ts";

// Large pictures, made smaller for the networks that do not take them.

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world?.close());

test("a picture is scaled into what the strictest network takes, the same each time; of what is none nothing is made", async () => {
  const made = await smaller(png(2560, 320), "image/png");
  expect(made).toMatchObject({ width: mostSide, height: mostSide / 8 });
  expect(made && look(Buffer.from(made.bytes))).toEqual({ type: "image/jpeg", width: mostSide, height: mostSide / 8 });
  const again = await smaller(png(2560, 320), "image/png");
  expect(Buffer.from(again?.bytes ?? []).equals(Buffer.from(made?.bytes ?? []))).toBe(true);
  await expect(smaller(jpeg(3000, 3000), "image/jpeg")).rejects.toThrow();
});

test("a large picture goes small to Bluesky and as it is to Mastodon, and the file says so; deleted, both are gone", async () => {
  const workspace = await world.workspace();
  const mastodon = await littleMastodon(world);
  const bluesky = await littleBluesky();
  const { id: onMastodon } = await mastodon.connect(workspace);
  const { id: onBluesky } = await bluesky.connect(workspace);
  const picture = noise(1100, 700);
  expect(picture.length).toBeGreaterThan(2_000_000);
  const mediaId = await published(workspace, picture);
  await world.settle();
  const file = (await workspace.api("GET", `/v1/media/${mediaId}`)).as(MediaView);
  expect(file.smaller).toMatchObject({ type: "image/jpeg" });
  expect(file.smaller?.bytes).toBeLessThanOrEqual(mostSmallerBytes);
  expect(file).toMatchObject({ type: "image/png", bytes: picture.length });

  const media = [{ mediaId, alt: "Ruis" }];
  const id = await send(world, workspace, onMastodon, { text: "Kijk", media, channels: [onMastodon, onBluesky] });
  const post = (await workspace.api("GET", `/v1/posts/${id}`)).as(PostView);
  expect(post.deliveries.map(({ state }) => state)).toEqual(["published", "published"]);
  expect(mastodon.files.map(({ type, bytes }) => [type, bytes.length])).toEqual([["image/png", picture.length]]);
  expect(bluesky.blobs.map(({ type, bytes }) => [type, bytes.length])).toEqual([["image/jpeg", file.smaller?.bytes]]);
  expect(look(bluesky.blobs[0]?.bytes ?? Buffer.alloc(0))).toEqual({
    type: "image/jpeg",
    width: file.smaller?.width,
    height: file.smaller?.height,
  });
  expect(bluesky.records()[0]).toMatchObject({
    embed: { images: [{ alt: "Ruis", aspectRatio: { width: file.smaller?.width, height: file.smaller?.height } }] },
  });
  expect(world.eventsOf(workspace.workspaceId).some(({ type }) => type === "media.sized")).toBe(true);

  const { items } = (await workspace.api("GET", "/v1/media?search=pict")).as(z.object({ items: z.array(MediaView) }));
  expect(items.map((one) => one.id)).toEqual([mediaId]);
  expect((await workspace.api("GET", "/v1/media?search=brood")).body).toMatchObject({ items: [] });
  expect((await workspace.api("DELETE", `/v1/media/${mediaId}`)).status).toBe(204);
  await world.advance("PT2M");
});

test("a picture of more pixels than a server takes goes there smaller, and one that cannot be made small enough is refused", async () => {
  const workspace = await world.workspace();
  const mastodon = await littleMastodon(world, { image_matrix_limit: 600_000 });
  const strict = await littleMastodon(world, { image_matrix_limit: 100_000 });
  const [{ id: channelId }, { id: onStrict }] = [await mastodon.connect(workspace), await strict.connect(workspace)];
  const mediaId = await published(workspace, png(2560, 320));
  await world.settle();
  await send(world, workspace, channelId, { text: "Breed", media: [{ mediaId }] });
  expect(mastodon.files.map(({ bytes }) => look(bytes))).toEqual([
    { type: "image/jpeg", width: mostSide, height: 256 },
  ]);
  const asked = { text: "Breed", media: [{ mediaId }], channels: [onStrict], at: "2026-12-24T09:00:00Z" };
  expect((await workspace.api("POST", "/v1/posts", asked)).body).toMatchObject({
    code: "unsendable",
    errors: [{ pointer: "#/media/0", detail: expect.stringContaining("Make it 894 by 111 pixels.") }],
  });
});

test("a film that is too long for where it is posted is said before, with how much to cut", async () => {
  const workspace = await world.workspace();
  const settings = { to: "anna@example.nl", where: "Threads", countsAs: "threads" };
  const { id: channelId } = (
    await workspace.api("POST", "/v1/channels", { network: "reminder", name: "Threads", settings })
  ).as(z.object({ id: z.string() }));
  const film = async (seconds: number) => published(workspace, mp4(1080, 1920, 1000, { seconds }), "video/mp4");
  const [fits, long] = [await film(300), await film(312.4)];
  expect((await workspace.api("GET", `/v1/media/${long}`)).body).toMatchObject({ seconds: 312.4 });
  const asked = (mediaId: string) => ({ text: "Kijk", media: [{ mediaId }], channels: [channelId] });
  const problems = async (mediaId: string) =>
    (await workspace.api("POST", "/v1/posts/validate", asked(mediaId))).as(
      z.object({ checks: z.array(z.object({ problems: z.array(z.unknown()) })) }),
    ).checks[0]?.problems;
  expect(await problems(fits)).toEqual([]);
  expect(await problems(long)).toMatchObject([
    { code: "film_too_long", pointer: "/media/0", mend: "Cut 13 seconds from it." },
  ]);
  const saved = await workspace.api("POST", "/v1/posts", { ...asked(long), at: "2026-12-24T09:00:00Z" });
  expect(saved.body).toMatchObject({ code: "unsendable" });
});
