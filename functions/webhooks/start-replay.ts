import {
  EventBridgeClient,
  LimitExceededException,
  ResourceAlreadyExistsException,
  StartReplayCommand,
} from "@aws-sdk/client-eventbridge";
import { onDue } from "../platform/background.ts";
import { config } from "../platform/config.ts";
import { put } from "../platform/table.ts";
import { nameOf, postpone, type Requested, started } from "./replay.ts";
import { replays } from "./table.ts";

// A replay was asked for: EventBridge is told to start it. It allows a few at a time; another waits its turn.

export const needs = [{ archive: ["events:StartReplay"] }] as const;
export const due = "webhook.replay";

let shared: EventBridgeClient | undefined;
const eventbridge = (): EventBridgeClient => {
  shared ??= new EventBridgeClient();
  return shared;
};

const start = async (replay: Requested): Promise<"started" | "later"> => {
  const { bus, archive, rule } = config.replay();
  try {
    await eventbridge().send(
      new StartReplayCommand({
        ReplayName: nameOf(replay),
        EventSourceArn: archive,
        EventStartTime: new Date(replay.from),
        EventEndTime: new Date(replay.to),
        Destination: { Arn: bus, FilterArns: [rule] },
      }),
    );
    return "started";
  } catch (error) {
    if (error instanceof ResourceAlreadyExistsException) return "started"; // By an attempt that did not hear the answer.
    if (error instanceof LimitExceededException) return "later";
    throw error;
  }
};

export const handler = onDue(due, replays, async ({ state: replay, now, save }) => {
  if (replay.state !== "requested") return;
  const next = (await start(replay)) === "started" ? started(replay, now) : postpone(replay, now);
  await save([put(replays, next)]);
});
