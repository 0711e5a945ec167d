import { App } from "aws-cdk-lib";
import { functions } from "../functions/manifest.ts";
import { check } from "./findings.ts";
import { addStacks } from "./stacks.ts";

const app = new App();
await addStacks(app, functions);
check(app);
app.synth();
