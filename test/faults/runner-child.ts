import { functions } from "../../functions/manifest.ts";
import { startSystem } from "../../infra/local/system.ts";

// A system in a process of its own, on a data folder, to be killed: its address is the first line that it prints.

const [data] = process.argv.slice(2);
if (!data) throw new Error("Say which data folder.");
const system = await startSystem({ functions, data, clock: "running", fastJava: true });
console.log(JSON.stringify({ url: system.url, lambda: system.endpoints.aws }));
