import { type Browser, type BrowserContextOptions, chromium } from "playwright-core";

// A real browser: on Linux x64 it comes with the project from npm; elsewhere the machine's own Chrome or Edge is used.

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const shipped = async (): Promise<Browser> => {
  const { default: build } = await import("@sparticuz/chromium");
  return chromium.launch({ executablePath: await build.executablePath(), args: flags, headless: true });
};

const installed = async (): Promise<Browser> => {
  const problems: string[] = [];
  for (const channel of ["chrome", "msedge"]) {
    try {
      return await chromium.launch({ channel, headless: true });
    } catch (error) {
      problems.push(String(error).split("\n")[0] ?? "");
    }
  }
  throw new Error(
    `No browser was found. Install Google Chrome or Microsoft Edge and run this again.\n${problems.join("\n")}`,
  );
};

export const openBrowser = async (): Promise<Browser> => {
  if (process.platform !== "linux" || process.arch !== "x64") return installed();
  try {
    return await shipped();
  } catch (error) {
    throw new Error(
      `The browser that comes with the project did not start. On Debian or Ubuntu: apt-get install --no-install-recommends libnss3 libnspr4.\n${String(error)}`,
    );
  }
};

/** A common phone: 390 x 844 CSS pixels, touch, a mobile layout. */
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  locale: "nl-NL",
  timezoneId: "Europe/Amsterdam",
};
