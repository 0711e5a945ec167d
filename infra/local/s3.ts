import { createHash, createHmac } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import * as z from "zod";
import { bucketName } from "./names.ts";
import { Refusal, unsupported } from "./refusal.ts";

/** What is known of an object beside its bytes. `headers`: those that are given back as they were sent. */
const Meta = z.object({
  key: z.string(),
  size: z.number(),
  etag: z.string(),
  lastModified: z.number(),
  headers: z.record(z.string(), z.string()),
});
type Meta = z.infer<typeof Meta>;

export type S3Request = {
  method: string;
  /** Percent-decoded, with the slash in front. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
};
export type S3Answer = { status: number; headers: Record<string, string>; body: Buffer | string };

/** Headers that an object keeps. */
const KEPT = [
  "content-type",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "expires",
];
/** Headers of the protocol, and those that change nothing here. */
const UNDERSTOOD = new Set([
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-user-agent",
  "x-amz-security-token",
  "x-amz-decoded-content-length",
  "x-amz-trailer",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-checksum-crc32",
  "x-amz-checksum-mode",
]);
const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

const header = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(",") : value;

/** Undoes aws-chunked: sizes in hexadecimal, chunks, and at the end trailers such as the checksum. */
export const dechunk = (body: Buffer): { content: Buffer; trailers: Record<string, string> } => {
  const chunks: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = body.indexOf("\r\n", at);
    if (end < 0) throw new Refusal("IncompleteBody", "The body ends in the middle of a chunk.");
    const text = body.toString("latin1", at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const size = Number.parseInt(line().split(";")[0] ?? "", 16);
    if (Number.isNaN(size) || at + size > body.length)
      throw new Refusal("IncompleteBody", "A chunk is not as long as it says.");
    if (size === 0) break;
    chunks.push(body.subarray(at, at + size));
    at += size + 2;
  }
  const trailers: Record<string, string> = {};
  while (at < body.length) {
    const [name, ...value] = line().split(":");
    if (name) trailers[name.toLowerCase()] = value.join(":").trim();
  }
  return { content: Buffer.concat(chunks), trailers };
};

const crc32Of = (content: Buffer): string => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  return sum.toString("base64");
};

const xml = (text: string): string => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** Objects in a folder (a file each: a line of JSON, then the bytes) or in memory. */
const objectStore = (folder: string | undefined) => {
  const index = new Map<string, Meta>();
  const memory = new Map<string, Buffer>();
  const fileOf = (key: string): string => join(folder ?? "", createHash("sha256").update(key).digest("hex"));
  const read = (file: string): { meta: Meta; content: Buffer } => {
    const bytes = readFileSync(file);
    const end = bytes.indexOf("\n");
    return { meta: Meta.parse(JSON.parse(bytes.toString("utf8", 0, end))), content: bytes.subarray(end + 1) };
  };
  if (folder) {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder).filter((file) => /^[0-9a-f]{64}$/.test(file))) {
      const { meta } = read(join(folder, name));
      index.set(meta.key, meta);
    }
  }
  return {
    index: index as ReadonlyMap<string, Meta>,
    content: (key: string): Buffer => (folder ? read(fileOf(key)).content : (memory.get(key) ?? Buffer.alloc(0))),
    put: (meta: Meta, content: Buffer): void => {
      if (folder) {
        const file = fileOf(meta.key);
        writeFileSync(`${file}.new`, Buffer.concat([Buffer.from(`${JSON.stringify(meta)}\n`), content]));
        renameSync(`${file}.new`, file);
      } else {
        memory.set(meta.key, Buffer.from(content));
      }
      index.set(meta.key, meta);
    },
    remove: (key: string): void => {
      index.delete(key);
      memory.delete(key);
      if (folder && existsSync(fileOf(key))) rmSync(fileOf(key));
    },
  };
};

type Form = { fields: Record<string, string>; file: Buffer };

/** The parts of multipart/form-data (RFC 7578) by their names in lower case, up to and with `file`. */
const formOf = (contentType: string | undefined, body: Buffer): Form => {
  const boundary = /^multipart\/form-data;.*\bboundary="?([^";]+)"?/i.exec(contentType ?? "")?.[1];
  const malformed = () =>
    new Refusal("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.");
  if (!boundary)
    throw new Refusal("PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data", 412);
  const fields: Record<string, string> = {};
  for (let at = body.indexOf(`--${boundary}\r\n`); at >= 0; ) {
    const start = at + boundary.length + 4;
    const headEnd = body.indexOf("\r\n\r\n", start);
    const end = body.indexOf(`\r\n--${boundary}`, headEnd);
    if (headEnd < 0 || end < 0) throw malformed();
    const name = /\bname="([^"]*)"/i.exec(body.toString("utf8", start, headEnd))?.[1]?.toLowerCase();
    if (name === undefined) throw malformed();
    const content = body.subarray(headEnd + 4, end);
    if (name === "file") return { fields, file: content };
    fields[name] = content.toString("utf8");
    at = body.indexOf(`--${boundary}\r\n`, end);
  }
  throw new Refusal("InvalidArgument", "POST requires exactly one file upload per request.");
};

const Policy = z.object({
  expiration: z.iso.datetime(),
  conditions: z.array(
    z.union([
      z.tuple([z.literal("content-length-range"), z.number(), z.number()]),
      z.tuple([z.enum(["eq", "starts-with"]), z.string().startsWith("$"), z.string()]),
      z.record(z.string(), z.string()),
    ]),
  ),
});

/** Fields that a policy need not name. */
const FREE = ["x-amz-signature", "file", "policy"];

const refuseUnlessAllowed = (fields: Form["fields"], size: number, now: number): void => {
  const denied = (message: string) => new Refusal("AccessDenied", message, 403);
  const { policy: encoded, "x-amz-signature": signature, "x-amz-credential": credential = "" } = fields;
  if (!encoded) throw denied("Access Denied");
  const scope = credential.split("/").slice(1);
  const key = scope.reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${process.env.AWS_SECRET_ACCESS_KEY}`,
  );
  if (createHmac("sha256", key).update(encoded).digest("hex") !== signature)
    throw new Refusal(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
      403,
    );
  const policy = Policy.parse(JSON.parse(Buffer.from(encoded, "base64").toString("utf8")));
  if (Date.parse(policy.expiration) <= now) throw denied("Invalid according to Policy: Policy expired.");
  const named = new Set(FREE);
  for (const condition of policy.conditions) {
    if (Array.isArray(condition) && condition[0] === "content-length-range") {
      if (size < condition[1])
        throw new Refusal("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size.");
      if (size > condition[2])
        throw new Refusal("EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.");
      continue;
    }
    const rules = Array.isArray(condition)
      ? [[condition[0], condition[1].slice(1), condition[2]] as const]
      : Object.entries(condition).map(([name, value]) => ["eq", name, value] as const);
    for (const [how, name, value] of rules) {
      const given = name === "bucket" ? bucketName : (fields[name.toLowerCase()] ?? "");
      named.add(name.toLowerCase());
      if (how === "eq" ? given !== value : !given.startsWith(value))
        throw denied(`Invalid according to Policy: Policy Condition failed: ["${how}", "$${name}", "${value}"]`);
    }
  }
  const extra = Object.keys(fields).find((name) => !named.has(name) && !name.startsWith("x-ignore-"));
  if (extra) throw denied(`Invalid according to Policy: Extra input fields: ${extra}`);
};

const ListQuery = z.strictObject({
  "list-type": z.literal("2"),
  prefix: z.string().default(""),
  "max-keys": z.coerce.number().int().min(0).max(1000).default(1000),
  "start-after": z.string().default(""),
  "continuation-token": z.string().optional(),
  "encoding-type": z.literal("url").optional(),
  "x-id": z.string().optional(),
});

/**
 * One bucket of S3, addressed by path: PutObject (also streamed, with its CRC32; also "If-None-Match: *"), GetObject,
 * HeadObject, DeleteObject and ListObjectsV2, and a browser's POST with a policy. A presigned address works until its time is
 * over. Only the signature of a policy is checked.
 */
export const bucket = (options: { folder?: string; now: () => number }) => {
  const store = objectStore(options.folder);

  const find = (key: string): Meta => {
    const meta = store.index.get(key);
    if (!meta) throw new Refusal("NoSuchKey", "The specified key does not exist.", 404);
    return meta;
  };

  const put = (key: string, { headers, body }: S3Request): S3Answer => {
    if (headers["if-none-match"] !== undefined) {
      if (headers["if-none-match"] !== "*") throw unsupported("S3", "If-None-Match other than * for PutObject");
      if (store.index.has(key)) {
        throw new Refusal("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);
      }
    }
    const encoding = (header(headers["content-encoding"]) ?? "")
      .split(",")
      .map((e) => e.trim())
      .filter(Boolean);
    const { content, trailers } = encoding.includes("aws-chunked") ? dechunk(body) : { content: body, trailers: {} };
    const length = header(headers["x-amz-decoded-content-length"]);
    if (length !== undefined && Number(length) !== content.length)
      throw new Refusal("IncompleteBody", "The body is not as long as it says.");
    const checksum = trailers["x-amz-checksum-crc32"] ?? header(headers["x-amz-checksum-crc32"]);
    const actual = crc32Of(content);
    if (checksum !== undefined && checksum !== actual) {
      throw new Refusal("BadDigest", "The CRC32 you specified did not match the calculated checksum.");
    }
    const kept = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      KEPT.includes(name) || name.startsWith("x-amz-meta-") ? [[name, header(value) ?? ""]] : [],
    );
    const etag = `"${createHash("md5").update(content).digest("hex")}"`;
    const rest = encoding.filter((name) => name !== "aws-chunked").join(",");
    const stored = Object.fromEntries(kept.filter(([name]) => name !== "content-encoding"));
    store.put(
      {
        key,
        size: content.length,
        etag,
        lastModified: options.now(),
        headers: { ...stored, ...(rest && { "content-encoding": rest }), "x-amz-checksum-crc32": actual },
      },
      content,
    );
    return { status: 200, headers: { etag, "x-amz-checksum-crc32": actual }, body: "" };
  };

  const get = (key: string, { method, headers, query }: S3Request): S3Answer => {
    const condition = CONDITIONS.find((name) => headers[name] !== undefined);
    if (condition) throw unsupported("S3", `${condition} for GetObject`);
    const meta = find(key);
    const { "x-amz-checksum-crc32": checksum = "", ...kept } = meta.headers;
    const asked = [...query].flatMap(([name, value]): [string, string][] =>
      name.startsWith("response-") ? [[name.slice("response-".length), value]] : [],
    );
    const described = {
      "content-type": "binary/octet-stream",
      ...kept,
      ...Object.fromEntries(asked),
      etag: meta.etag,
      "last-modified": new Date(meta.lastModified).toUTCString(),
      "accept-ranges": "bytes",
    };
    const range = header(headers.range);
    if (range === undefined) {
      const whole: Record<string, string> =
        headers["x-amz-checksum-mode"] === "ENABLED" ? { "x-amz-checksum-crc32": checksum } : {};
      const body = method === "HEAD" ? "" : store.content(key);
      return { status: 200, headers: { ...described, ...whole, "content-length": String(meta.size) }, body };
    }
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
    if (first === undefined) throw unsupported("S3", `the range ${range}`);
    const from = Number(first);
    const to = Math.min(last ? Number(last) : meta.size - 1, meta.size - 1);
    if (from > to) throw new Refusal("InvalidRange", "The requested range is not satisfiable", 416);
    return {
      status: 206,
      headers: {
        ...described,
        "content-range": `bytes ${from}-${to}/${meta.size}`,
        "content-length": String(to - from + 1),
      },
      body: method === "HEAD" ? "" : store.content(key).subarray(from, to + 1),
    };
  };

  const list = (query: URLSearchParams): S3Answer => {
    const parsed = ListQuery.safeParse(Object.fromEntries(query));
    if (!parsed.success) throw unsupported("S3", `the query of ListObjectsV2 (${parsed.error.issues[0]?.message})`);
    const asked = parsed.data;
    const token = asked["continuation-token"];
    const after = token === undefined ? asked["start-after"] : Buffer.from(token, "base64url").toString("utf8");
    const found = [...store.index.values()]
      .filter(({ key }) => key.startsWith(asked.prefix) && key > after)
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const page = found.slice(0, asked["max-keys"]);
    const isTruncated = page.length < found.length;
    const next = Buffer.from(page.at(-1)?.key ?? "").toString("base64url");
    const shown = (key: string): string =>
      xml(asked["encoding-type"] ? encodeURIComponent(key).replaceAll("%2F", "/") : key);
    const contents = page.map(
      ({ key, size, etag, lastModified }) =>
        `<Contents><Key>${shown(key)}</Key><LastModified>${new Date(lastModified).toISOString()}</LastModified><ETag>${xml(etag)}</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
    );
    return {
      status: 200,
      headers: { "content-type": "application/xml" },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucketName}</Name><Prefix>${shown(asked.prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${asked["max-keys"]}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? `<NextContinuationToken>${next}</NextContinuationToken>` : ""}${contents.join("")}</ListBucketResult>`,
    };
  };

  /** A browser's upload: a form with a signed policy that says what it may be (S3 API reference, "POST Policy"). */
  const post = ({ path, query, headers, body }: S3Request): S3Answer => {
    const { fields, file } = formOf(header(headers["content-type"]), body);
    refuseUnlessAllowed(fields, file.length, options.now());
    const { key, "content-type": type } = fields;
    if (!key) throw new Refusal("InvalidArgument", "Bucket POST must contain a field named 'key'.");
    const { headers: answered } = put(key, {
      method: "PUT",
      path,
      query,
      headers: type === undefined ? {} : { "content-type": type },
      body: file,
    });
    return { status: 204, headers: answered, body: "" };
  };

  /** What no operation here understands, in the headers and the query. */
  const refuseStrange = ({ headers, query, method }: S3Request): void => {
    const strange = Object.keys(headers).find(
      (name) => name.startsWith("x-amz-") && !UNDERSTOOD.has(name) && !name.startsWith("x-amz-meta-"),
    );
    if (strange) throw unsupported("S3", `the header ${strange}`);
    const parameter = [...query.keys()].find(
      (name) =>
        !name.toLowerCase().startsWith("x-amz-") &&
        name !== "x-id" &&
        !(method === "GET" && name.startsWith("response-")),
    );
    if (parameter) throw unsupported("S3", `${method} with the query parameter ${parameter}`);
  };

  const refuseExpired = (query: URLSearchParams): void => {
    const seconds = query.get("X-Amz-Expires");
    if (seconds === null) return;
    const [, date, time] = /^(\d{8})T(\d{6})Z$/.exec(query.get("X-Amz-Date") ?? "") ?? [];
    if (!date || !time)
      throw new Refusal("AuthorizationQueryParametersError", "X-Amz-Date must be in the ISO8601 format.");
    const at = Date.parse(`${date.replace(/(....)(..)/, "$1-$2-")}T${time.replace(/(..)(..)/, "$1:$2:")}Z`);
    if (options.now() > at + Number(seconds) * 1000) throw new Refusal("AccessDenied", "Request has expired", 403);
  };

  return {
    handle: (request: S3Request): S3Answer => {
      const [, name, key = ""] = /^\/([^/]+)(?:\/(.*))?$/s.exec(request.path) ?? [];
      if (name !== bucketName) throw new Refusal("NoSuchBucket", "The specified bucket does not exist.", 404);
      refuseExpired(request.query);
      if (key === "") {
        if (request.method === "POST") return post(request);
        if (request.method !== "GET") throw unsupported("S3", `${request.method} of a bucket`);
        return list(request.query);
      }
      refuseStrange(request);
      switch (request.method) {
        case "PUT":
          return put(key, request);
        case "GET":
        case "HEAD":
          return get(key, request);
        case "DELETE":
          store.remove(key);
          return { status: 204, headers: {}, body: "" };
        default:
          throw unsupported("S3", `${request.method} of an object`);
      }
    },
    has: (key: string): boolean => store.index.has(key),
    /** Puts an object as the system itself does (a dead letter of the stream, for one). */
    write: (key: string, content: string, type: string): void => {
      const body = Buffer.from(content);
      put(key, {
        method: "PUT",
        path: `/${bucketName}/${key}`,
        query: new URLSearchParams(),
        headers: { "content-type": type },
        body,
      });
    },
  };
};

/** An error in S3's own shape. */
export const s3Error = ({ code, message, status }: Refusal): S3Answer => ({
  status,
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${xml(code)}</Code><Message>${xml(message)}</Message></Error>`,
});
