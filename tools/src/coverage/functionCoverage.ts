import { Session } from "node:inspector/promises";
import v8 from "@vitest/coverage-v8";
import type { CoverageProviderModule } from "vitest/node";

/**
 * All lines of an executed function count as covered. Block coverage can double the CPU time of compute-bound
 * tests (CONTRIBUTING.md).
 */
const functionCoverage: CoverageProviderModule = {
  async startCoverage() {
    // Isolated test files load this module again, but share Vitest's module, which keeps the session.
    if (v8.session) return;
    const session = new Session();
    session.connect();
    v8.session = session;
    await session.post("Profiler.enable");
    await session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: false });
  },
  takeCoverage: (options) => v8.takeCoverage?.(options),
  stopCoverage: (options) => v8.stopCoverage?.(options),
  getProvider: () => v8.getProvider(),
};

export default functionCoverage;
