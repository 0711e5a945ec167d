import { join } from "node:path";
import type { App } from "aws-cdk-lib";
import { AppStack } from "./app-stack.ts";
import { bundle } from "./bundle.ts";
import { DataStack } from "./data-stack.ts";
import { grantsOf } from "./grants.ts";
import { writeDocs } from "./openapi.ts";
import { type Manifest, readManifest } from "./wakes.ts";

/**
 * Both stacks of one installation, from the manifest. Context (`-c name=value`):
 * `stage`: "production" (the default) is protected against deletion, any other is not;
 * `domain`: where mail comes from; `alarms`: an address that is mailed when something is wrong.
 */
export const addStacks = async (app: App, manifest: Manifest): Promise<{ data: DataStack; app: AppStack }> => {
  const production = (context(app, "stage") ?? "production") === "production";
  const domain = context(app, "domain");

  const wakings = await readManifest(manifest);
  const bundles = await bundle(Object.keys(manifest), join(app.outdir, "bundles"));
  const functions = await Promise.all(
    wakings.map(async (waking) => {
      const { folder, modules } = bundles.get(waking.file)!;
      return { ...waking, code: folder, grants: await grantsOf(modules) };
    }),
  );
  await writeDocs(manifest, bundles.get("platform/docs")!.folder);

  const data = new DataStack(app, "samenspraak-data", { production, domain });
  return {
    data,
    app: new AppStack(app, "samenspraak-app", {
      data,
      functions,
      production,
      domain,
      alarmMail: context(app, "alarms"),
    }),
  };
};

const context = (app: App, name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  if (value === undefined || typeof value === "string") return value;
  throw new Error(`-c ${name} takes one value.`);
};
