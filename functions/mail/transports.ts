import { remembers } from "../platform/cache.ts";
import { minutes } from "../platform/clock.ts";
import { config } from "../platform/config.ts";
import { ses } from "./ses.ts";
import type { Transport } from "./transport.ts";

const isSmtp = /^smtps?:/;

const made = remembers<Transport>(minutes(5));

/** The way that mail leaves by: SES, or the SMTP server of `config.mailTransport`, which is loaded only where it is used. */
export const transport = (): Promise<Transport> => {
  const by = config.mailTransport();
  return made.get(by, async () => {
    if (by === "ses") return ses;
    const { bySmtp } = await import("./smtp.ts");
    if (isSmtp.test(by)) return bySmtp(by);
    const { secretText } = await import("./secret.ts");
    return bySmtp(await secretText(by));
  });
};
