import type { Wakeable } from "../functions/manifest.ts";

/** Why a function runs: the one thing besides `handler` that its file exports. */
export type Wake =
  | { by: "routes"; routes: NonNullable<Wakeable["routes"]> }
  | { by: "events"; names: NonNullable<Wakeable["on"]> }
  | { by: "due"; kind: string }
  | { by: "minute" }
  | { by: "request" }
  | { by: "stream"; reads: NonNullable<Wakeable["reads"]> }
  | { by: "work"; queue: NonNullable<Wakeable["takes"]> }
  | { by: "service"; name: NonNullable<Wakeable["hears"]> }
  | { by: "name" };

export type Waking = {
  /** Its file under functions/, as the manifest names it. */
  file: string;
  /** Its name on AWS and on the local runner. */
  functionName: string;
  wake: Wake;
  limits: NonNullable<Wakeable["limits"]>;
};

export type Manifest = Readonly<Record<string, () => Promise<Wakeable>>>;

/** Loads every file of the manifest and says what wakes each. Throws for a file that nothing wakes, or two things. */
export const readManifest = (manifest: Manifest): Promise<Waking[]> =>
  Promise.all(
    Object.entries(manifest).map(async ([file, load]) => {
      const module = await load();
      const functionName = `samenspraak-${file.replaceAll("/", "-")}`;
      return { file, functionName, wake: onlyWake(file, module), limits: module.limits ?? {} };
    }),
  );

const onlyWake = (
  file: string,
  { routes, on, due, every, authorizes, reads, takes, hears, invoked }: Wakeable,
): Wake => {
  const wakes: Wake[] = [];
  if (routes) wakes.push({ by: "routes", routes });
  if (on) wakes.push({ by: "events", names: on });
  if (due) wakes.push({ by: "due", kind: due });
  if (every) wakes.push({ by: "minute" });
  if (authorizes) wakes.push({ by: "request" });
  if (reads) wakes.push({ by: "stream", reads });
  if (takes) wakes.push({ by: "work", queue: takes });
  if (hears) wakes.push({ by: "service", name: hears });
  if (invoked) wakes.push({ by: "name" });
  const [only, ...others] = wakes;
  if (!only || others.length > 0) {
    throw new Error(`functions/${file}.ts must export exactly one thing that wakes it, and exports ${wakes.length}.`);
  }
  return only;
};
