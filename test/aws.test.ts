import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createMuteServer } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { isAwsRefusal, Operation } from "../functions/platform/aws.ts";
import { signed } from "../functions/platform/signature.ts";

// What table.ts and others stand on: AWS's JSON protocols over our own client, against a server on loopback that answers as
// AWS does, or does not.

describe("the signature", () => {
  const credentials = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: undefined,
  };
  const sessionToken =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
  const host = "example.amazonaws.com";
  const body = "Param1=value1";

  type Vector = {
    name: string;
    body?: string;
    more?: Record<string, string>;
    sessionToken?: string;
    signature: string;
    names: string;
  };
  // AWS's own test suite of Signature Version 4 (awslabs/aws-c-auth, tests/aws-signing-test-suite/v4).
  test.each<Vector>([
    {
      name: "post-vanilla",
      signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
      names: "host;x-amz-date",
    },
    {
      name: "post-header-key-sort",
      more: { "my-header1": "value1" },
      signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
      names: "host;my-header1;x-amz-date",
    },
    {
      name: "post-sts-header-before",
      sessionToken,
      signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
      names: "host;x-amz-date;x-amz-security-token",
    },
    {
      name: "post-x-www-form-urlencoded",
      body,
      more: {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": "13",
        "x-amz-content-sha256": "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
      },
      signature: "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
      names: "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
    },
  ])("is AWS's own of $name", ({ body = "", more = {}, sessionToken, signature, names }) => {
    const headers = signed({ host, ...more }, body, Date.parse("2015-08-30T12:36:00Z"), {
      service: "service",
      region: "us-east-1",
      credentials: { ...credentials, sessionToken },
    });
    expect(headers).toEqual({
      host,
      ...more,
      "x-amz-date": "20150830T123600Z",
      ...(sessionToken ? { "x-amz-security-token": sessionToken } : {}),
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    });
  });
});

/** What was waited for before each further attempt, in milliseconds. */
const waited: number[] = vi.hoisted(() => []);
vi.mock("node:timers/promises", async (load) => {
  const timers = await load<typeof import("node:timers/promises")>();
  const setTimeout = (ms: number): Promise<void> => {
    waited.push(ms);
    return timers.setTimeout(ms);
  };
  return { ...timers, setTimeout };
});

// ── A service that answers as it is told ────────────────────────────────────────────────────────────────────────────

type Heard = { headers: IncomingMessage["headers"]; body: string };
type Says = (response: ServerResponse, heard: Heard) => void;

let heard: Heard[] = [];
let says: Says[] = [];
let connections = 0;
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString();
  const one = { headers: request.headers, body };
  heard.push(one);
  // The last one says its piece as often as it is asked.
  const say = says.length > 1 ? says.shift() : says[0];
  say?.(response, one);
});
server.on("connection", () => {
  connections += 1;
});

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Says =>
  (response) =>
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0", ...headers }).end(JSON.stringify(body));
const refuses = (name: string, status = 400, more: object = {}): Says =>
  json(status, { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: "No.", ...more });
const done: Says = json(200, { Item: { pk: { S: "done" } } });

const environment = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
};
beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** What a call waits for before each further attempt is this share of the longest wait. */
let share: number;
beforeEach(() => {
  heard = [];
  waited.length = 0;
  says = [done];
  share = 0;
  for (const [name, value] of Object.entries({ ...environment, AWS_ENDPOINT_URL: endpoint() })) vi.stubEnv(name, value);
  vi.spyOn(Math, "random").mockImplementation(() => share);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

type Input = { TableName: string; Item?: Record<string, { B: Uint8Array } | { M: object }> };
const getItem = new Operation<Input, { Item?: unknown }>("DynamoDB_20120810.GetItem");
const ask = () => getItem.send({ TableName: "t" });

describe("a request", () => {
  test("is signed, says its operation, and goes to the service's own address, or else to the one for all", async () => {
    vi.stubEnv("AWS_SESSION_TOKEN", "token");
    expect(await ask()).toEqual({ Item: { pk: { S: "done" } } });
    const { headers, body } = heard[0]!;
    expect(body).toBe('{"TableName":"t"}');
    expect(headers).toMatchObject({
      "x-amz-target": "DynamoDB_20120810.GetItem",
      "content-type": "application/x-amz-json-1.0",
      "content-length": "17",
      "x-amz-security-token": "token",
    });
    const at = String(headers["x-amz-date"]).replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:");
    const { authorization } = signed(
      {
        host: String(headers.host),
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.GetItem",
      },
      body,
      Date.parse(at),
      {
        service: "dynamodb",
        region: "eu-west-1",
        credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" },
      },
    );
    expect(headers.authorization).toBe(authorization);

    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", endpoint());
    await ask();
    vi.stubEnv("AWS_ENDPOINT_URL_KMS", endpoint());
    await new Operation("TrentService.Decrypt").send({});
    expect(heard.map(({ headers }) => [headers["x-amz-target"], headers["content-type"]])).toEqual([
      ["DynamoDB_20120810.GetItem", "application/x-amz-json-1.0"],
      ["DynamoDB_20120810.GetItem", "application/x-amz-json-1.0"],
      ["TrentService.Decrypt", "application/x-amz-json-1.1"],
    ]);
  });

  test("takes a connection that is there", async () => {
    await ask();
    const before = connections;
    for (let i = 0; i < 5; i++) await ask();
    expect(connections).toBe(before);
  });

  test("carries bytes as base64, whichever class holds them, there and back; a name of ours is never taken for bytes", async () => {
    const bytes = Uint8Array.of(0, 255, 7);
    const M = { B: { S: "AAAA" }, Plaintext: { S: "AAAA" } };
    says = [(response, { body }) => response.end(body)];
    const Item = { buffer: { B: Buffer.from(bytes) }, array: { B: bytes }, map: { M } };
    expect(await getItem.send({ TableName: "t", Item })).toEqual({
      TableName: "t",
      Item: { buffer: { B: bytes }, array: { B: bytes }, map: { M } },
    });
    expect(heard[0]?.body).toContain('"buffer":{"B":"AP8H"},"array":{"B":"AP8H"}');
    says = [json(200, { Plaintext: "AP8H" })];
    expect(await new Operation("TrentService.Decrypt").send({})).toEqual({ Plaintext: bytes });
  });

  test("takes an answer whose characters come in pieces", async () => {
    says = [
      (response) => {
        const text = Buffer.from(JSON.stringify({ Item: "één €" }));
        const cut = text.indexOf(0x82);
        response.writeHead(200, { "content-length": text.length }).write(text.subarray(0, cut));
        setImmediate(() => response.end(text.subarray(cut)));
      },
    ];
    expect(await ask()).toEqual({ Item: "één €" });
  });
});

describe("a refusal", () => {
  test("has its code as a name, and tells what AWS told; it is not asked again", async () => {
    says = [refuses("ConditionalCheckFailedException", 400, { Item: { last: { B: "AP8H" } } })];
    const error = await ask().catch((error: unknown) => error);
    expect(isAwsRefusal(error, "ConditionalCheckFailedException") && error.Item).toEqual({
      last: { B: Uint8Array.of(0, 255, 7) },
    });
    expect(isAwsRefusal(error, "TransactionCanceledException")).toBe(false);
    expect(error).toMatchObject({ message: "No.", status: 400 });

    says = [refuses("TransactionCanceledException", 400, { CancellationReasons: [{ Code: "None" }] })];
    const other = await ask().catch((error: unknown) => error);
    expect(isAwsRefusal(other, "TransactionCanceledException") && other.CancellationReasons).toEqual([
      { Code: "None" },
    ]);
    expect(heard).toHaveLength(2);
  });

  test.each([
    ["a header", json(400, { Message: "No." }, { "x-amzn-errortype": "NotFoundException:https://aws.example/" })],
    ["a bare type", json(400, { __type: "NotFoundException", message: "No." })],
  ])("has its code from %s too", async (_, say) => {
    says = [say];
    await expect(ask()).rejects.toMatchObject({
      name: "NotFoundException",
      message: "No.",
      status: 400,
      stack: expect.stringMatching(/^NotFoundException: No\./),
    });
  });

  test("that is no JSON has its status as a name", async () => {
    says = [(response) => response.writeHead(413).end("<html>")];
    await expect(ask()).rejects.toMatchObject({ name: "Status413", status: 413 });
    expect(heard).toHaveLength(1);
  });
});

describe("it is asked again", () => {
  test.each<[string, Says]>([
    ["a lost answer", (response) => response.destroy()],
    [
      "an answer that breaks off",
      (response) => {
        response.writeHead(200, { "content-length": 100 }).write('{"Item":');
        setImmediate(() => response.destroy());
      },
    ],
    ["half an answer that ends as if it were whole", (response) => response.writeHead(200).end('{"Item":')],
    ["a 500", refuses("InternalServerError", 500)],
    ["a 503 that is no JSON", (response) => response.writeHead(503).end("Slow down.")],
    ["throttling", refuses("ProvisionedThroughputExceededException")],
    ["throttling by status", (response) => response.writeHead(429).end()],
    ["a transaction that is still under way", refuses("TransactionInProgressException")],
  ])("after %s, with the same words", async (_, fault) => {
    says = [fault, fault, done];
    expect(await ask()).toEqual({ Item: { pk: { S: "done" } } });
    expect(heard.map(({ body }) => body)).toEqual(Array(3).fill('{"TableName":"t"}'));
  });

  /** The time of the one limit that runs is moved; all else goes on in real time. */
  const passes = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
  };

  test("after an answer that does not come in five seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const arrived = new Promise<void>((resolve) => {
      says = [() => resolve(), done];
    });
    const answered = ask();
    await arrived;
    await passes(5_000);
    await answered;
    expect(heard).toHaveLength(2);
  });

  test("after a connection that does not come about in two seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let taken = 0;
    // Mute where TLS should begin; the connections after the first are ended.
    const mute = createMuteServer((socket) => {
      taken += 1;
      if (taken > 1) socket.destroy();
    });
    await once(mute.listen(0, "127.0.0.1"), "listening");
    vi.stubEnv("AWS_ENDPOINT_URL", `https://127.0.0.1:${(mute.address() as AddressInfo).port}`);
    const connected = once(mute, "connection");
    const refused = expect(ask()).rejects.toMatchObject({ code: "ECONNRESET" });
    await connected;
    await passes(2_000);
    await refused;
    mute.close();
    expect(taken).toBe(6);
  });

  test("where nobody listens, and then says so", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    await expect(ask()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("six times in all, each time later; then it is the last refusal", async () => {
    share = 1;
    says = [refuses("InternalServerError", 500)];
    await expect(ask()).rejects.toMatchObject({ name: "InternalServerError" });
    expect(heard).toHaveLength(6);
    expect(waited).toEqual([50, 100, 200, 400, 800]);
  });

  test("after a second at most where it is throttled, and twice that the next time", async () => {
    share = 0.2;
    says = [refuses("ThrottlingException"), refuses("ThrottlingException"), done];
    await ask();
    expect(waited).toEqual([200, 400]);
  });

  test("with AWS's time where this machine's clock is wrong, and then goes on with it", async () => {
    const theirs = Date.now() + 20 * 60_000;
    says = [
      json(
        400,
        { __type: "com.amazon.coral.service#InvalidSignatureException", message: "Signature expired." },
        { date: new Date(theirs).toUTCString() },
      ),
      done,
    ];
    const signedAt = () =>
      heard.map(({ headers }) =>
        Date.parse(String(headers["x-amz-date"]).replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:")),
      );
    await ask();
    await ask();
    expect(signedAt()).toHaveLength(3);
    for (const at of signedAt().slice(1)) expect(Math.abs(at - theirs)).toBeLessThan(10_000);

    // And back.
    says = [refuses("InvalidSignatureException"), done];
    await ask();
    expect(Math.abs(signedAt().at(-1)! - Date.now())).toBeLessThan(10_000);
  });

  test("until what all calls may spend on it is spent, and again once AWS answers", async () => {
    // A refusal that is no fault says as well that AWS is there.
    for (const answer of [done, refuses("ConditionalCheckFailedException")]) {
      says = [refuses("InternalServerError", 500)];
      const asked: number[] = [];
      do {
        heard = [];
        await expect(ask()).rejects.toMatchObject({ name: "InternalServerError" });
        asked.push(heard.length);
      } while (heard.length > 1 && asked.length < 12);
      expect(asked[0]).toBeGreaterThan(1);
      expect(asked.at(-1)).toBe(1);
      says = [answer];
      for (let i = 0; i < 14; i++) await Promise.allSettled([ask()]);
      says = [refuses("InternalServerError", 500), done];
      heard = [];
      await ask();
      expect(heard).toHaveLength(2);
    }
  });
});
