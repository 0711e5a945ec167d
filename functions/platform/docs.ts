import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { config } from "./config.ts";
import { refuse } from "./errors.ts";
import { type Answer, api, type Event, type Route } from "./http.ts";
import { notFoundPage } from "./page.ts";

// The description of the API for programs, and the same to read and try for people. The files are made from the route
// tables when the system is built (infra/openapi.ts); so is the module with which a browser checks a draw. No other route is the gateway's `$default`: `api` answers it, not found.

/** What the reference consists of beside its page, and what checks a draw, by name. */
const assets: Readonly<Record<string, { type: string; text: () => Promise<string> }>> = {
  "swagger-ui.css": { type: "text/css; charset=utf-8", text: () => built("swagger-ui.css") },
  "swagger-ui-bundle.js": { type: "text/javascript; charset=utf-8", text: () => built("swagger-ui-bundle.js") },
  "check-draw.js": { type: "text/javascript; charset=utf-8", text: () => built("check-draw.js") },
  // Proof of work, where somebody confirms an entry: ALTCHA's widget without its styles, and its worker.
  "altcha.js": { type: "text/javascript; charset=utf-8", text: () => built("altcha.js") },
  "altcha-worker.js": { type: "text/javascript; charset=utf-8", text: () => built("altcha-worker.js") },
  "init.js": { type: "text/javascript; charset=utf-8", text: async () => init },
};

/** Swagger UI draws with styles of its own; scripts are ours only, and only we are asked. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const exampleAnswer = `{ "id": "ch_…", "version": 1, "network": "feed", "name": "Bakkerij Noord", "handle": "bakkerij-noord",
  "url": "…/@bakkerij-noord", "settings": {}, "secrets": [], "status": "connected", "whenUnknown": "never-duplicate",
  "connectedAt": "…" }`;

/** `url`: of this installation. */
const referencePage = (url: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Samenspraak API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>.start{font:16px/1.5 system-ui,sans-serif;color:#1d1b19;max-width:1460px;margin:0 auto;padding:1rem 20px}.start pre{background:#f5efe7;padding:.75rem 1rem;border-radius:.5rem;overflow:auto}.start h1{font-size:1.4rem;margin:.5rem 0}</style>
</head>
<body>
<main class="start">
<h1>The Samenspraak API</h1>
<p>Each request has an API key. Whoever runs this system makes the first one, with a workspace: <code>npm run workspace -- create "Bakkerij Zon"</code>. On the local runner the demonstration's is in <code>.data/local.json</code>. A key that may do so makes others: <code>POST /v1/keys</code>. With <em>Authorize</em>, below, the requests on this page have it.</p>
<p>A first request: a channel of our own feed, which stands at <a href="/@bakkerij-noord">/@bakkerij-noord</a> from then on.</p>
<pre><code>curl -X POST ${url}/v1/channels \\
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\
  -d '{"network":"feed","name":"Bakkerij Noord","handle":"bakkerij-noord"}'</code></pre>
<p>It is answered with 201 and the channel:</p>
<pre><code>${exampleAnswer}</code></pre>
</main>
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
    answer: async () =>
      document("text/html; charset=utf-8", referencePage(config.publicUrl()), { "content-security-policy": policy }),
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

/** What participants open; all else is for programs. */
const isOfPages = /^\/(?:[cpilm]\/|@)/;

export const handler = api(routes, (event: Event) => (isOfPages.test(event.rawPath) ? notFoundPage(event) : undefined));
