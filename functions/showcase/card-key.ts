import { type Card, versionOf } from "../platform/card.ts";

/** Forgotten after a month (infra/data-stack.ts), and drawn again for whoever asks then. */
export const keyOf = (workspaceId: string, card: Card): string => `cards/${workspaceId}/${versionOf(card)}.png`;
