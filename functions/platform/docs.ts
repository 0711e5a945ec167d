import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { config } from "./config.ts";
import { refuse } from "./errors.ts";
import { type Answer, api, type Route } from "./http.ts";

// The description of the API for programs, and the same to read and try for people. The files are made from the route
// tables when the system is built (infra/openapi.ts). No other route is the gateway's `$default`: `api` answers it, not found.

/** What the reference consists of beside its page, by name. */
const assets: Readonly<Record<string, { type: string; text: () => Promise<string> }>> = {
  "swagger-ui.css": { type: "text/css; charset=utf-8", text: () => built("swagger-ui.css") },
  "swagger-ui-bundle.js": { type: "text/javascript; charset=utf-8", text: () => built("swagger-ui-bundle.js") },
  "init.js": { type: "text/javascript; charset=utf-8", text: async () => init },
};

/** Swagger UI draws with styles of its own; scripts are ours only, and only we are asked. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const reference = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Samenspraak API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<noscript>The reference needs a script; the same is in <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/init.js"></script>
</body>
</html>
`;

const init = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null });\n`;

const built = (name: string): Promise<string> => readFile(join(config.docs(), name), "utf8");

const document = (type: string, body: string, headers: Record<string, string> = {}): Answer => ({
  statusCode: 200,
  headers: { "content-type": type, "cache-control": "public, max-age=300", ...headers },
  body,
});

const Asset = z.strictObject({ asset: z.string() });

export const routes: Readonly<Record<string, Route>> = {
  describeApi: {
    method: "GET",
    path: "/openapi.json",
    access: "public",
    summary: "This document (OpenAPI 3.1).",
    answer: async () => document("application/json; charset=utf-8", await built("openapi.json")),
  },
  readReference: {
    method: "GET",
    path: "/docs",
    access: "public",
    summary: "The reference of the API, to read and to try.",
    answer: async () => document("text/html; charset=utf-8", reference, { "content-security-policy": policy }),
  },
  readReferenceAsset: {
    method: "GET",
    path: "/docs/{asset}",
    access: "public",
    summary: "What the reference's page consists of.",
    params: Asset,
    answer: async (event) => {
      const { asset } = Asset.parse(event.pathParameters);
      const known = Object.hasOwn(assets, asset) ? assets[asset] : undefined;
      return known ? document(known.type, await known.text()) : refuse("not_found", "The reference has no such file.");
    },
  },
};

export const handler = api(routes);
