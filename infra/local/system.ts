import { randomUUID } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as z from "zod";
import { replaceClock } from "../../functions/platform/clock.ts";
import { configurationSetName } from "../feedback.ts";
import type { Manifest } from "../wakes.ts";
import { asynchronousInvocations } from "./asynchronous.ts";
import { startAws } from "./aws.ts";
import { localBeacon } from "./beacon.ts";
import { eventBus } from "./bus.ts";
import type { Called } from "./calls.ts";
import { type LocalClock, localClock } from "./clock.ts";
import { type DeadLetter, deadLetterBox, type LayAside } from "./dead-letters.ts";
import { reachDynamodb, startDynamodb } from "./dynamodb.ts";
import { mailFeedback } from "./feedback.ts";
import { type LocalRoute, startGateway } from "./gateway.ts";
import { invoker, loadFunctions, nameOf } from "./invoke.ts";
import { keyService } from "./kms.ts";
import { lambdaService } from "./lambda.ts";
import { claimFolder } from "./lock.ts";
import { type Mail, mailService, type SesEvent } from "./mail.ts";
import { metricRecorder } from "./metrics.ts";
import {
  accountId,
  archiveArn,
  bucketName,
  busArn,
  busName,
  keyId,
  mailFrom,
  queuePrefix,
  region,
  replayRuleArn,
  tableName,
  workQueueName,
} from "./names.ts";
import { dueQueues } from "./queues.ts";
import { relayAgain } from "./repair.ts";
import { bucket } from "./s3.ts";
import { minuteSchedule } from "./schedule.ts";
import { localSecrets } from "./secrets.ts";
import { streamReader } from "./stream.ts";
import type { StreamAside } from "./stream-lane.ts";
import { streamSource } from "./stream-source.ts";

export type SystemOptions = {
  /** The manifest, or one of the same shape. */
  functions: Manifest;
  /** A folder to keep everything in; without one it lives in memory and ends with the system. */
  data?: string;
  /** The ports to try for the gateway, in order; by default any that is free. */
  ports?: readonly number[];
  /**
   * `running` is real time, or (`from`, on the first start of a data folder) goes on from a time in the past or the future.
   * `frozen` stands still until it is moved. Neither is ever before the time at which the data folder was left.
   */
  clock: "running" | { running: { from: string } } | { frozen: { at: string } };
  /** Writes openapi.json and the reference's files into a folder. */
  writeDocs?: (folder: string) => Promise<void>;
  /** The address of a DynamoDB Local that runs already, and goes on when this ends; by default one is started. */
  dynamodb?: string;
  /** Puts something before the database: takes its address, gives the one that the functions are to use. */
  aheadOfDynamodb?: (endpoint: string) => string | Promise<string>;
  /** Java compiles quickly rather than well: for tests, not for measuring. */
  fastJava?: boolean;
  /** What someone should know: failures, dead letters, what a local part does not know. By default a line on stderr. */
  say?: (line: string) => void;
  /** Told of each IAM action that a function calls. */
  called?: Called;
  /** The database ended by itself, so nothing works any more. */
  broken?: (reason: string) => void;
};

export type System = Awaited<ReturnType<typeof startSystem>>;

/** Before anything that a local contest could refer to. */
const BEACON_GENESIS_SECONDS = Date.parse("2020-01-01T00:00:00Z") / 1000;

/** How many lines of the functions' logs are remembered. */
const LOG_LINES = 10_000;

/** How long a stop waits for what runs. */
const STOP_LIMIT_MS = 3_000;

const Moved = z.object({ now: z.number(), aheadMs: z.number() });

/** Where the clock stood when this data folder was last used. */
const readClock = (file: string | undefined): z.infer<typeof Moved> | undefined =>
  file && existsSync(file) ? Moved.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;

const clockStart = (asked: SystemOptions["clock"], left: z.infer<typeof Moved> | undefined) => {
  if (asked !== "running" && "frozen" in asked) {
    return { frozen: { at: Math.max(Date.parse(asked.frozen.at), left?.now ?? 0) } };
  }
  if (left) return { running: { aheadMs: Math.max(left.aheadMs, left.now - Date.now()) } };
  return { running: { aheadMs: asked === "running" ? 0 : Date.parse(asked.running.from) - Date.now() } };
};

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What the stack tells its functions, and where it finds each service. */
const setEnvironment = (endpoints: { dynamodb: string; aws: string }, own: Record<string, string>): void => {
  for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"])
    delete process.env[name];
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_KMS: endpoints.aws,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.aws,
    AWS_ENDPOINT_URL_SQS: endpoints.aws,
    AWS_ENDPOINT_URL_SESV2: endpoints.aws,
    AWS_ENDPOINT_URL_S3: endpoints.aws,
    AWS_ENDPOINT_URL_LAMBDA: endpoints.aws,
    TABLE_NAME: tableName,
    BUCKET_NAME: bucketName,
    BUS_NAME: busName,
    BUS_ARN: busArn,
    ARCHIVE_ARN: archiveArn,
    REPLAY_RULE_ARN: replayRuleArn,
    KMS_KEY_ID: keyId,
    DUE_QUEUE_PREFIX: `${endpoints.aws}/${accountId}/${queuePrefix}`,
    MAIL_FROM: mailFrom,
    MAIL_QUEUE_URL: `${endpoints.aws}/${accountId}/${workQueueName("mail")}`,
    MAIL_CONFIGURATION_SET: configurationSetName,
    ...own,
  });
};

/**
 * Starts the whole system in this process: the functions of the manifest, and around them the parts of AWS that they
 * need. One system a process: it sets `process.env` and replaces the clock, and the functions keep their clients.
 */
export const startSystem = async (options: SystemOptions) => {
  const data = options.data === undefined ? undefined : resolve(options.data);
  const say = options.say ?? ((line: string) => console.error(line));
  const inData = (name: string): string | undefined => data && join(data, name);
  const stops: (() => unknown)[] = [];
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.reverse()) await stop();
    stops.length = 0;
  };
  try {
    return await start();
  } catch (error) {
    await stopAll();
    throw error;
  }

  async function start() {
    if (data) {
      mkdirSync(data, { recursive: true });
      const claim = await claimFolder(data);
      stops.push(claim.release);
    }
    const [dynamodb, functions] = await Promise.all([
      (options.dynamodb === undefined
        ? startDynamodb({
            folder: inData("dynamodb"),
            fastJava: options.fastJava,
            ended: (reason) => (options.broken ?? say)(reason),
          })
        : reachDynamodb(options.dynamodb)
      ).then((started) => {
        stops.push(started.stop);
        return started;
      }),
      loadFunctions(options.functions),
    ]);
    const byName = new Map(functions.map((fn) => [fn.name, fn]));

    // The clock, and what runs on it.
    const left = readClock(inData("clock.json"));
    const clock: LocalClock = localClock({
      start: clockStart(options.clock, left),
      // At each step of a move, so that the clock does not go back where the process ends in the middle of one.
      settle: () => {
        keepClock();
        return settle();
      },
      failed: (error) => say(`A timer failed: ${error instanceof Error ? error.stack : error}`),
    });
    const now = clock.now;
    const keepClock = (): void => {
      const file = inData("clock.json");
      if (!file) return;
      writeFileSync(`${file}.new`, JSON.stringify({ now: now(), aheadMs: now() - Date.now() }));
      renameSync(`${file}.new`, file);
    };
    keepClock();
    stops.push(keepClock);

    const metrics = metricRecorder(now);
    const logs: string[] = [];
    const log = (text: string): void => {
      const file = inData("functions.log");
      if (file) appendFileSync(file, text, { mode: 0o600 });
      for (const line of text.split("\n").filter(Boolean)) {
        logs.push(line);
        metrics.logged(line);
        if (line.includes('"level":"error"')) say(line);
      }
      if (logs.length > LOG_LINES) logs.splice(0, LOG_LINES / 10);
    };
    const ended = (functionName: string, failed: boolean): void => {
      metrics.invoked(functionName, failed);
      stream.nudge();
    };
    const invocations = invoker({ say, log, ended, called: options.called });
    stops.push(invocations.stop);
    const { invoke } = invocations;
    replaceClock({ now, until: (at) => invocations.sleeping(() => clock.until(at)) });

    // The parts of AWS.
    const objects = bucket({ folder: inData("bucket"), now });
    const box = deadLetterBox({ file: inData("dead-letters.jsonl"), now, say, isKept: objects.has });
    const layAside: LayAside = (letter) => {
      box.layAside(letter);
      // What the stream's readers give up on goes to the bucket, all else to the one queue.
      metrics.deadLetters("dead-letters", box.list().filter(({ from }) => from !== "stream").length);
    };
    const asynchronous = asynchronousInvocations({
      file: inData("invocations.jsonl"),
      functions: byName,
      clock,
      invoke,
      layAside,
    });
    const queues = dueQueues({ file: inData("queues.jsonl"), functions, clock, invoke, layAside });
    const bus = eventBus({
      functions,
      asynchronous,
      now,
      relayedFile: inData("relayed.log"),
      archiveFile: inData("events.jsonl"),
    });
    const secrets = localSecrets(inData("secrets.json"));
    const kms = keyService(secrets.masterKey);
    const feedback = mailFeedback(functions, asynchronous);
    const tell = (event: SesEvent): void => {
      metrics.mailFailed(event.detail.eventType === "Complaint" ? "complaint" : "bounce", mail.list().length);
      feedback(event);
    };
    const mail = mailService({ file: inData("mail.jsonl"), now, from: mailFrom, tell });
    const lambda = lambdaService({ functions: byName, invoke, asynchronous });
    const beacon = localBeacon({ secretKey: secrets.beaconKey, genesis: BEACON_GENESIS_SECONDS, period: 3 });
    stops.push(box.close, asynchronous.close, queues.close, mail.close);
    const aws = await startAws({
      operations: { ...bus.operations, ...queues.operations, ...box.operations, ...kms.operations },
      mail,
      lambda,
      bucket: objects,
      mounted: { beacon: (path) => beacon.respond(path, Math.floor(now() / 1000)) },
      say,
    });
    stops.push(aws.stop);

    // The stream.
    const readers = functions.filter((fn) => fn.reads);
    const keepStreamRecords: StreamAside = async ({ fn, shardId, records, error }) => {
      const at = new Date(now()).toISOString();
      const key = `aws/lambda/${fn.name}/${at.slice(0, 10).replaceAll("-", "/")}/${at.replaceAll(":", ".")}-${randomUUID()}`;
      const batch = {
        shardId,
        startSequenceNumber: records[0]?.dynamodb.SequenceNumber,
        endSequenceNumber: records.at(-1)?.dynamodb.SequenceNumber,
        batchSize: records.length,
        streamArn: dynamodb.streamArn,
      };
      const letter = {
        requestContext: {
          requestId: randomUUID(),
          functionArn: `arn:aws:lambda:${region}:${accountId}:function:${fn.name}`,
          condition: "RetryAttemptsExhausted",
          approximateInvokeCount: 20,
        },
        version: "1.0",
        timestamp: at,
        DDBStreamBatchInfo: batch,
        payload: JSON.stringify({ Records: records }),
      };
      objects.write(key, JSON.stringify(letter), "application/json");
      layAside({
        from: "stream",
        functionName: fn.name,
        error: `${error} (s3://${bucketName}/${key})`,
        object: key,
        payload: records,
      });
    };
    const stream = streamReader({
      source: streamSource(dynamodb.call, dynamodb.streamArn),
      readers,
      file: inData("stream.json"),
      invoke,
      layAside: keepStreamRecords,
      told: metrics.iteratorAge,
      isBusy: () => invocations.working() > 0,
      say,
    });
    stops.push(stream.stop);

    // The way in.
    let open = (): void => undefined;
    const ready = new Promise<void>((resolve) => {
      open = resolve;
    });
    const gateway = await startGateway({
      functions,
      invoke,
      now,
      ports: options.ports ?? [0],
      ready,
      say,
      told: metrics.answered,
    });
    stops.push(gateway.stop);

    const docs = inData("docs") ?? mkdtempSync(join(tmpdir(), "samenspraak-docs-"));
    if (!data) stops.push(() => rmSync(docs, { recursive: true, force: true }));
    const endpoints = {
      aws: aws.endpoint,
      dynamodb: (await options.aheadOfDynamodb?.(dynamodb.endpoint)) ?? dynamodb.endpoint,
    };
    const cdnKey = randomUUID();
    setEnvironment(endpoints, {
      PUBLIC_URL: gateway.url,
      CDN_KEY: cdnKey,
      DOCS_FOLDER: docs,
      BEACON: JSON.stringify({ chain: beacon.chain, relays: [`${aws.endpoint}/beacon`] }),
    });
    await options.writeDocs?.(docs);

    const activity = (): number => invocations.activity() + bus.activity() + queues.activity();
    const isQuiet = (): boolean =>
      !clock.hasOverdue() && invocations.working() + queues.waiting() + asynchronous.waiting() === 0;
    /** Everything that the present has caused is done: nothing is under way but what waits for the clock. */
    const settle = async (): Promise<void> => {
      for (;;) {
        const before = activity();
        while (!isQuiet()) await tick();
        await stream.drained();
        for (let turns = 0; turns < 3; turns += 1) await turn();
        if (activity() === before && isQuiet()) return;
      }
    };

    const { hasGap } = await stream.open();
    if (hasGap) {
      say("The stream may have forgotten what was not yet relayed; the items are asked for their events.");
      const { call, streamArn } = dynamodb;
      await bus.withoutRepeats(() => relayAgain({ call, streamArn, readers, invoke, layAside: keepStreamRecords }));
    }
    stream.run();
    bus.takeUp(asynchronous.start());
    queues.start();
    await minuteSchedule({ functions, clock, invoke, call: dynamodb.call }).start();
    open();

    /** From here on nothing new begins; what runs gets a moment. */
    stops.push(async () => {
      clock.stop();
      queues.stop();
      asynchronous.stop();
      const deadline = Date.now() + STOP_LIMIT_MS;
      while (invocations.working() > 0 && Date.now() < deadline) await tick();
    });
    let stopping: Promise<void> | undefined;

    return {
      /** Where the gateway is, without a slash at the end. */
      url: gateway.url,
      endpoints,
      /** Who shows this as `x-cdn-key` is believed to be the CDN. */
      cdnKey,
      /** The database itself, past anything that was put before it. */
      dynamodbEndpoint: dynamodb.endpoint,
      clock: { now, until: clock.until, isFrozen: clock.isFrozen },
      /** Moves the time forward, through everything that falls due on the way, in the order of its time. */
      advance: async (ms: number): Promise<void> => {
        await clock.advance(ms);
        keepClock();
      },
      settle,
      /** Every mail that was sent, oldest first. */
      get mails(): Mail[] {
        return mail.list();
      },
      /** How the mail service stands, to be changed. */
      mailAccount: mail.account,
      get deadLetters(): DeadLetter[] {
        return box.list();
      },
      /** What CloudWatch would have got, oldest first. */
      metrics: metrics.data,
      /** What the functions have logged: the latest lines, each JSON. */
      logs: logs as readonly string[],
      /** The latest events of the bus, oldest first. */
      events: bus.history,
      /** Tells of each event as it happens, until the function that it gives back is called. */
      onEvent: bus.onEvent,
      /** Invokes a function by its name, or by its file as the manifest has it; throws its error. */
      invoke: async (name: string, payload: unknown): Promise<unknown> => {
        const fn = byName.get(name) ?? byName.get(nameOf(name));
        if (!fn) throw new Error(`The manifest has no function ${name}.`);
        const outcome = await invoke(fn, payload);
        if ("error" in outcome)
          throw new Error(`${fn.name}: ${outcome.error.errorType}: ${outcome.error.errorMessage}`);
        return outcome.answer;
      },
      /** Lambda's own API, for who reaches this system from another process. */
      lambda: lambda.handle,
      /** Adds paths that only this machine has: `/` and all under `/local/`. */
      mount: (route: LocalRoute): void => gateway.mount(route),
      stop: (): Promise<void> => {
        stopping ??= stopAll();
        return stopping;
      },
    };
  }
};
