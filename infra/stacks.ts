import { join } from "node:path";
import type { App } from "aws-cdk-lib";
import { AppStack } from "./app-stack.ts";
import { bundle } from "./bundle.ts";
import { CdnStack, CertificateStack } from "./cdn.ts";
import { DataStack } from "./data-stack.ts";
import { grantsOf, impossible } from "./grants.ts";
import { writeDocs } from "./openapi.ts";
import { RoutesStack } from "./routes-stack.ts";
import { type Manifest, readManifest } from "./wakes.ts";

/**
 * The stacks of one installation, from the manifest. Context (`-c name=value`):
 * `stage`: "production" (the default) is protected against deletion, any other is not;
 * `table`: the ARN of the stream of a restored table, to run on that one;
 * `domain`: where people find it and where mail comes from; `zone`: the id of the Route 53 zone that the domain is in; `hosts`:
 * hosts of workspaces' own, with commas between; `smtp`: the ARN of a secret with the address of an SMTP server, instead of SES; `alarms`: an address that is mailed when something is wrong.
 */
export const addStacks = async (app: App, manifest: Manifest): Promise<{ data: DataStack; app: AppStack }> => {
  const production = (context(app, "stage") ?? "production") === "production";
  const domain = context(app, "domain");
  const hosts = context(app, "hosts")?.split(",").filter(Boolean) ?? [];
  const site = domain ? { domain, hosts, zone: context(app, "zone") } : undefined;

  const wakings = await readManifest(manifest);
  const bundles = await bundle(Object.keys(manifest), join(app.outdir, "bundles"));
  const unknown = await impossible(bundles.values());
  if (unknown.length > 0)
    throw new Error(
      `${unknown.join(", ")}: needed, and no bundle calls it. infra/actions.ts says how calls are allowed.`,
    );
  const functions = await Promise.all(
    wakings.map(async (waking) => {
      const built = bundles.get(waking.file)!;
      return { ...waking, code: built.folder, grants: await grantsOf(built) };
    }),
  );
  await writeDocs(manifest, bundles.get("platform/docs")!.folder);

  const data = new DataStack(app, "samenspraak-data", { production, domain, restoredStream: context(app, "table") });
  const running = new AppStack(app, "samenspraak-app", {
    data,
    functions,
    production,
    site,
    smtp: context(app, "smtp"),
    alarmMail: context(app, "alarms"),
  });
  new RoutesStack(app, "samenspraak-routes", { httpApi: running.httpApi, lambdas: running.lambdas, production });
  if (site) {
    const certificate = new CertificateStack(app, site, { terminationProtection: production });
    new CdnStack(app, site, {
      httpApi: running.httpApi,
      cdnKey: running.cdnKey,
      bucket: data.bucket,
    }).addStackDependency(certificate);
  }
  return { data, app: running };
};

const context = (app: App, name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  if (value === undefined || typeof value === "string") return value;
  throw new Error(`-c ${name} takes one value.`);
};
