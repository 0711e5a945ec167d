/** What the stack (or the local runner) tells every function, read when first asked for, so that importing a handler needs nothing. */
const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
};

export const config = {
  table: () => required("TABLE_NAME"),
  bucket: () => required("BUCKET_NAME"),
  /** Where the bucket is for others than us, without a slash at the end. */
  bucketUrl: () => {
    const local = process.env.AWS_ENDPOINT_URL_S3;
    const name = required("BUCKET_NAME");
    return local ? `${local}/${name}` : `https://${name}.s3.${required("AWS_REGION")}.amazonaws.com`;
  },
  bus: () => required("BUS_NAME"),
  region: () => required("AWS_REGION"),
  /** Lambda hands them to a function in its environment. */
  credentials: () => ({
    accessKeyId: required("AWS_ACCESS_KEY_ID"),
    secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
    sessionToken: process.env.AWS_SESSION_TOKEN,
  }),
  /** ARNs: the bus, its archive, and the one rule that takes what webhooks/start-replay.ts has replayed. */
  replay: () => ({
    bus: required("BUS_ARN"),
    archive: required("ARCHIVE_ARN"),
    rule: required("REPLAY_RULE_ARN"),
  }),
  key: () => required("KMS_KEY_ID"),
  /** The queue of a kind of due time has this prefix and then its name with dashes, e.g. …/samenspraak-due-post-deliver. */
  dueQueue: (dueKind: string) => `${required("DUE_QUEUE_PREFIX")}${dueKind.replaceAll(".", "-")}`,
  mailFrom: () => required("MAIL_FROM"),
  /** Where posted letters wait for mail/send.ts. */
  mailQueue: () => required("MAIL_QUEUE_URL"),
  /** "ses", an smtp: or smtps: address, or the ARN of a secret that holds such an address. */
  mailTransport: () => process.env.MAIL_TRANSPORT || "ses",
  /** What SES does with our mail, and whom it tells of it. */
  mailConfigurationSet: () => process.env.MAIL_CONFIGURATION_SET || undefined,
  /** Without a domain the stack has no address to send mail from. */
  canMail: () => Boolean(process.env.MAIL_FROM),
  /** Where participants find us, without a slash at the end. */
  publicUrl: () => required("PUBLIC_URL"),
  /** Hosts of workspaces' own that this installation serves. */
  hosts: () => (process.env.HOSTS ?? "").split(",").filter(Boolean),
  /** What our CDN shows, so that what it says of a visitor is believed. Without a domain there is no CDN. */
  cdnKey: () => process.env.CDN_KEY || undefined,
  /** Another server to ask for DNS records than the machine's own: `address:port`. Only tests set it. */
  dnsServer: () => process.env.DNS_SERVER,
  /** Another beacon than the public one: { chain, relays } as JSON. Only the local runner and tests set it. */
  beacon: () => process.env.BEACON,
  /** Servers on loopback (`host:port`, with commas between) that outgoing.ts may reach. Only the local runner and tests set it. */
  outgoingTestServers: () => (process.env.OUTGOING_TEST_SERVERS ?? "").split(",").filter(Boolean),
  /** The folder with openapi.json and the interactive reference. */
  docs: () => required("DOCS_FOLDER"),
};
