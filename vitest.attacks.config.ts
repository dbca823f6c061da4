import { defineConfig } from "vitest/config";

// `npm run attacks`: latencies of an honest client while others attack. They are measured, so one file runs at a time, when
// nothing else runs, and never again. `.ci/nightly` runs them; the ordinary tests hold no time limits.
export default defineConfig({
  test: {
    name: "attacks",
    include: ["testing/e2e/src/attacks/*.test.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
