// A real PDS with its PLC directory, both in this process (@atproto/dev-env), and nothing of the internet. It says on its
// first line of output where it is; it ends when its input does. Plain JavaScript: it runs under its own installation.
import { TestNetworkNoAppView } from "@atproto/dev-env";

const network = await TestNetworkNoAppView.create({});
console.log(JSON.stringify({ pds: network.pds.url }));
process.stdin.resume();
process.stdin.once("end", async () => {
  await network.close();
  process.exit(0);
});
