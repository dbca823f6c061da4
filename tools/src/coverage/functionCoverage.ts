import { Session } from "node:inspector/promises";
import v8 from "@vitest/coverage-v8";
import type { CoverageProviderModule } from "vitest/node";

/**
 * Vitest's V8 coverage, by function instead of by block: V8 marks each function once, when it first runs.
 * Counted calls prevent inlining and counted blocks call a builtin each, which doubles the processor time of tests
 * that compute; docs/guides/contributing.md has the figures. Without blocks, each line and branch of a function that
 * ran counts as covered.
 */
const functionCoverage: CoverageProviderModule = {
  async startCoverage() {
    // Kept by Vitest's module, which is loaded once: this one is loaded again for each isolated file. A process of
    // many files starts once, and `stopCoverage` then leaves the session open.
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
