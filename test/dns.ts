import { createSocket } from "node:dgram";
import { once } from "node:events";

// A DNS server on this machine (RFC 1035), for what it is told of CNAME and TXT records; of all else there is none.

type DnsRecord = { type: "CNAME" | "TXT"; name: string; value: string };

const codes: Record<number, DnsRecord["type"]> = { 5: "CNAME", 16: "TXT" };
const nameError = 3;

const labels = (name: string): Buffer =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
    Buffer.alloc(1),
  ]);

/** The one question of a message: its name, its type, and where it ends. */
const questionOf = (message: Buffer): { name: string; code: number; end: number } => {
  const parts: string[] = [];
  let at = 12;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    parts.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: parts.join(".").toLowerCase(), code: message.readUInt16BE(at + 1), end: at + 5 };
};

const answerTo = (message: Buffer, records: readonly DnsRecord[]): Buffer => {
  const { name, code, end } = questionOf(message);
  const ofName = records.filter((record) => record.name === name);
  const found = ofName.filter(({ type }) => type === codes[code]);
  const head = Buffer.from(message.subarray(0, 12));
  // An answer to what was asked, by who knows; recursion is available.
  head.writeUInt16BE(0x8580 | (ofName.length > 0 ? 0 : nameError), 2);
  head.writeUInt16BE(found.length, 6);
  head.writeUInt32BE(0, 8);
  const answers = found.map(({ type, value }) => {
    const data = type === "CNAME" ? labels(value) : Buffer.from(`${String.fromCharCode(value.length)}${value}`);
    const fixed = Buffer.alloc(12);
    fixed.writeUInt16BE(0xc00c, 0);
    fixed.writeUInt16BE(code, 2);
    fixed.writeUInt16BE(1, 4);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([head, message.subarray(12, end), ...answers]);
};

/** `address`: `host:port`. `set` replaces all that it knows. */
export const startDns = async () => {
  const socket = createSocket("udp4");
  let records: readonly DnsRecord[] = [];
  socket.on("message", (message, { port, address }) => socket.send(answerTo(message, records), port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    set: (known: readonly DnsRecord[]): void => {
      records = known;
    },
    stop: (): void => void socket.close(),
  };
};
