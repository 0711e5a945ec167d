import type { Context, EventBridgeEvent } from "aws-lambda";
import * as z from "zod";
import { onEvent } from "../platform/background.ts";
import { Conflict, put } from "../platform/table.ts";
import { begin } from "./delivery.ts";
import { parseName } from "./replay.ts";
import { deliveries, findReplay, findWebhook } from "./table.ts";
import { matches } from "./webhook.ts";

// An archived event comes by once more: it is saved as a delivery to the one webhook that asked, and sent in its turn.

export const on = "replays";

const Replayed = z.object({ "replay-name": z.string() });

export const handler = (event: EventBridgeEvent<string, unknown>, context: Context): Promise<void> =>
  onEvent(async ({ type, detail, now, save }) => {
    const { workspaceId, replayId } = parseName(Replayed.parse(event)["replay-name"]);
    // A replay brings the events of all workspaces by.
    if (detail.workspaceId !== workspaceId) return;
    const replay = await findReplay(workspaceId, replayId, now);
    if (!replay) return;
    const { webhookId } = replay;
    const wanted = replay.patterns ?? (await findWebhook(workspaceId, webhookId, now))?.patterns ?? [];
    if (!matches(wanted, type)) return;
    try {
      await save([put(deliveries, begin({ workspaceId, webhookId, replayId }, { type, detail }, now))]);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error; // It came by twice.
    }
  })(event, context);
