import { join, resolve } from "node:path";

/** What the local system calls itself where AWS has an account, a region and names. */
export const region = "eu-west-1";
export const accountId = "000000000000";
/** Another one where a backup was restored under another name. */
export const apiId = "local";
export const tableName = process.env.SAMENSPRAAK_TABLE ?? "samenspraak";
export const bucketName = "samenspraak";
export const busName = "samenspraak";
export const busArn = `arn:aws:events:${region}:${accountId}:event-bus/${busName}`;
export const archiveArn = `arn:aws:events:${region}:${accountId}:archive/${busName}`;
export const replayRuleArn = `arn:aws:events:${region}:${accountId}:rule/${busName}/samenspraak-replays`;
export const keyId = "alias/samenspraak";
export const keyArn = `arn:aws:kms:${region}:${accountId}:key/00000000-0000-4000-8000-000000000000`;
export const queuePrefix = "samenspraak-due-";
export const deadLettersName = "samenspraak-dead-letters";
export const mailFrom = "noreply@samenspraak.example";

/** `post.deliver` → `samenspraak-due-post-deliver`, as `config.dueQueue` does. */
export const queueName = (dueKind: string): string => `${queuePrefix}${dueKind.replaceAll(".", "-")}`;

/** `mail` → `samenspraak-work-mail`. */
export const workQueueName = (name: string): string => `samenspraak-work-${name}`;

/** EventBridge tells time in whole seconds. */
export const wholeSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Where `npm start` keeps what it does: `.data/` of the project, or where SAMENSPRAAK_DATA says. */
export const dataFolder = resolve(process.env.SAMENSPRAAK_DATA ?? join(import.meta.dirname, "../../.data"));
