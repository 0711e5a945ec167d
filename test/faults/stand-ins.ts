import { vi } from "vitest";
import { Operation } from "../../functions/platform/aws.ts";
import type { Simulator } from "./simulator.ts";

/** The shipped code reaches the simulated machine, not AWS and not this one's clock, until vi.restoreAllMocks(). */
export const standInFor = (simulating: () => Simulator): void => {
  vi.stubEnv("TABLE_NAME", "simulated");
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(Operation.prototype, "send").mockImplementation(function (this: Operation<object, object>, input) {
    return simulating().operation(this.target, input);
  });
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => simulating().timeout(ms));
};
