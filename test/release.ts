import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { startDynamodb } from "../infra/local/dynamodb.ts";
import { tableName } from "../infra/local/names.ts";

// A data folder as a release left it: its table, its bucket, its keys and its clock.

/** What the story of a release tells of what stands there. The keys in it guard nothing else. */
const Story = z.object({
  release: z.string(),
  now: z.iso.datetime(),
  workspaceId: z.string(),
  apiKey: z.string(),
  channel: z.string(),
  posts: z.record(z.string(), z.string()),
  contest: z.object({
    id: z.string(),
    slug: z.string(),
    personal: z.string(),
    share: z.string(),
    pending: z.string(),
    receipt: z.unknown(),
  }),
  drawn: z.object({ id: z.string(), slug: z.string(), personal: z.string() }),
  poll: z.object({ id: z.string(), slug: z.string(), options: z.array(z.string()) }),
  draftContest: z.string(),
  secrets: z.object({ masterKey: z.string(), beaconKey: z.string() }),
});
export type Story = z.infer<typeof Story>;

const Item = z.record(z.string(), z.record(z.string(), z.unknown()));
export type Item = z.infer<typeof Item>;
const Line = z.union([
  z.strictObject({ story: Story }),
  z.strictObject({ item: Item }),
  z.strictObject({ object: z.strictObject({ name: z.string(), base64: z.base64() }) }),
]);

export type Release = { story: Story; items: Item[]; objects: { name: string; base64: string }[] };

export const readRelease = (release: string): Release => {
  const lines = readFileSync(join(import.meta.dirname, `fixtures/release-${release}.jsonl`), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => Line.parse(JSON.parse(line)));
  const [story] = lines.flatMap((line) => ("story" in line ? [line.story] : []));
  if (!story) throw new Error(`The fixture of ${release} has no story.`);
  return {
    story,
    items: lines.flatMap((line) => ("item" in line ? [line.item] : [])),
    objects: lines.flatMap((line) => ("object" in line ? [line.object] : [])),
  };
};

const Described = z.object({ StreamDescription: z.object({ Shards: z.array(z.object({ ShardId: z.string() })) }) });
const Iterator = z.object({ ShardIterator: z.string().optional() });
const Records = z.object({
  Records: z.array(z.object({ dynamodb: z.object({ SequenceNumber: z.string() }) })),
  NextShardIterator: z.string().optional(),
});

/**
 * Lays a release's data into a new folder, and gives the folder. That the items are written lies behind the runner's
 * checkpoint of the stream: they were relayed long ago, and a restored table's stream is empty.
 */
export const layDown = async ({ story, items, objects }: Release): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "samenspraak-release-"));
  mkdirSync(join(folder, "bucket"));
  for (const { name, base64 } of objects) writeFileSync(join(folder, "bucket", name), Buffer.from(base64, "base64"));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(story.secrets), { mode: 0o600 });
  writeFileSync(join(folder, "clock.json"), JSON.stringify({ now: Date.parse(story.now), aheadMs: 0 }));
  const { call, streamArn, stop } = await startDynamodb({
    folder: join(folder, "dynamodb"),
    fastJava: true,
    ended: (reason) => console.error(reason),
  });
  for (let from = 0; from < items.length; from += 25) {
    const puts = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    await call("BatchWriteItem", { RequestItems: { [tableName]: puts } });
  }
  const checkpoint: Record<string, { after: string }> = {};
  const { Shards } = Described.parse(await call("DescribeStream", { StreamArn: streamArn })).StreamDescription;
  for (const { ShardId } of Shards) {
    const asked = { StreamArn: streamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" };
    for (let { ShardIterator: next } = Iterator.parse(await call("GetShardIterator", asked)); next; ) {
      const page = Records.parse(await call("GetRecords", { ShardIterator: next, Limit: 1000 }));
      const last = page.Records.at(-1);
      if (last) checkpoint[ShardId] = { after: last.dynamodb.SequenceNumber };
      next = last ? page.NextShardIterator : undefined;
    }
  }
  writeFileSync(join(folder, "stream.json"), JSON.stringify(checkpoint));
  await stop();
  return folder;
};
