import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

// X.509 certificates (RFC 5280) of a test's own authority, as DER (X.690) by hand: Node reads certificates and makes none.

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  if (content.length < 128) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const length = Buffer.from(content.length.toString(16).replace(/^(.(..)*)$/, "0$1"), "hex");
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, content]);
};
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const object = (hex: string) => der(0x06, Buffer.from(hex, "hex"));
const bits = (content: Uint8Array) => der(0x03, Buffer.of(0), content);
const time = (rfc3339: string) => der(0x18, Buffer.from(`${rfc3339.replace(/[-:T]|\.\d+/g, "")}`));
const named = (name: string) => sequence(der(0x31, sequence(object("550403"), der(0x0c, Buffer.from(name))))); // commonName
const isTrue = der(0x01, Buffer.of(0xff));

const ecdsaWithSha256 = sequence(object("2a8648ce3d040302"));
const basicConstraints = (isAuthority: boolean) =>
  sequence(object("551d13"), isTrue, der(0x04, isAuthority ? sequence(isTrue) : sequence()));
const subjectAlternativeName = (name: string) =>
  sequence(object("551d11"), der(0x04, sequence(der(0x82, Buffer.from(name)))));

const certificateOf = (of: {
  subject: string;
  issuer: string;
  key: KeyObject;
  signedBy: KeyObject;
  until: string;
  extensions: Buffer[];
}): string => {
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))), // version 3
    der(0x02, Buffer.of(1), randomBytes(15)), // serial number
    ecdsaWithSha256,
    named(of.issuer),
    sequence(time("2019-01-01T00:00:00Z"), time(of.until)),
    named(of.subject),
    of.key.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...of.extensions)),
  );
  const signature = createSign("sha256").update(content).sign(of.signedBy);
  const text = sequence(content, ecdsaWithSha256, bits(signature)).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${text.match(/.{1,64}/g)?.join("\n")}\n-----END CERTIFICATE-----\n`;
};

/** An authority that issues certificates for servers, PEM. */
export const authority = (issuer: string) => {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const ends = "2099-01-01T00:00:00Z";
  return {
    certificate: certificateOf({
      subject: issuer,
      issuer,
      key: own.publicKey,
      signedBy: own.privateKey,
      until: ends,
      extensions: [basicConstraints(true)],
    }),
    issue: ({ name, until = ends }: { name: string; until?: string }) => {
      const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      return {
        key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
        certificate: certificateOf({
          subject: name,
          issuer,
          key: publicKey,
          signedBy: own.privateKey,
          until,
          extensions: [basicConstraints(false), subjectAlternativeName(name)],
        }),
      };
    },
  };
};
