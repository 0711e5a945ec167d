import { once } from "node:events";
import { createServer } from "node:http";

// The world outside: the one server that requests going out may reach, for webhooks and issuers that the fuzzer makes up. It
// takes most things, fails some, and says of some that they are gone.

export const startOutside = async () => {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    const status = asked % 23 === 0 ? 410 : asked % 7 === 0 ? 500 : 200;
    request.resume().once("end", () => response.writeHead(status, { "content-type": "text/plain" }).end("ok"));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The outside has no port.");
  return {
    /** `host:port`. */
    host: `127.0.0.1:${address.port}`,
    close: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
};
