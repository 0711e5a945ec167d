import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { functions } from "../functions/manifest.ts";
import { instant } from "../functions/platform/clock.ts";
import { demonstrationStartsBefore, seed } from "../infra/local/demonstration.ts";
import { startSystem } from "../infra/local/system.ts";
import { writeDocs } from "../infra/openapi.ts";
import { openBrowser, phone } from "./browser.ts";

// npm run pictures: the README's pictures of the pages, made from the demonstration on a phone's screen.

const folder = join(import.meta.dirname, "../.github/pictures");
mkdirSync(folder, { recursive: true });
const system = await startSystem({
  functions,
  clock: { running: { from: instant(Date.now() - demonstrationStartsBefore) } },
  // Among them is what a phone computes where an entry is confirmed.
  writeDocs: (folder) => writeDocs(functions, folder),
});
await seed(system, console.log);
const browser = await openBrowser();
const page = await (await browser.newContext({ ...phone, deviceScaleFactor: 1.5 })).newPage();

const take = async (name: string): Promise<void> => {
  // Before that a phone lays a page out as wide as a desk's.
  await page.waitForLoadState("load");
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(`.github/pictures/${name}.png`);
};
const show = async (name: string, path: string): Promise<void> => {
  await page.goto(`${system.url}${path}`);
  await take(name);
};

await show("contest", "/c/taart-van-de-week");
await page.getByLabel("Uw e-mailadres").fill("sanne@example.nl");
await page.getByRole("button", { name: "Doe mee" }).click();
await page.getByRole("heading", { name: "Kijk in uw mail" }).waitFor();
await system.settle();
await page.goto(/https?:\/\/\S+/.exec(system.mails.at(-1)?.text ?? "")?.[0] ?? "");
await page.getByRole("button", { name: "Ja, ik doe mee" }).click();
await page.getByRole("heading", { name: "Uw deelname" }).waitFor();
await take("entry");
await show("draw", "/c/jaar-lang-brood/draw");
await show("results", "/p/welk-brood/results");

await browser.close();
await system.stop();
process.exit(0);
