import { defineConfig } from "vitest/config";

// Measures latencies under attack, one file at a time, on an idle machine. `.ci/nightly` runs it.
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
