/** What the stack (or the local runner) tells every function, read when first asked for, so that importing a handler needs nothing. */
const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`The environment variable ${name} is not set.`);
  return value;
};

export const config = {
  table: () => required("TABLE_NAME"),
  bucket: () => required("BUCKET_NAME"),
  bus: () => required("BUS_NAME"),
  key: () => required("KMS_KEY_ID"),
  /** The queue of a kind of due time has this prefix and then its name with dashes, e.g. …/samenspraak-due-post-deliver. */
  dueQueue: (dueKind: string) => `${required("DUE_QUEUE_PREFIX")}${dueKind.replaceAll(".", "-")}`,
  mailFrom: () => required("MAIL_FROM"),
  /** Without a domain the stack has no address to send mail from. */
  canMail: () => Boolean(process.env.MAIL_FROM),
  /** Where participants find us, without a slash at the end. */
  publicUrl: () => required("PUBLIC_URL"),
  /** Another beacon than the public one: { chain, relays } as JSON. Only the local runner and tests set it. */
  beacon: () => process.env.BEACON,
  /** The folder with openapi.json and the interactive reference. */
  docs: () => required("DOCS_FOLDER"),
};
