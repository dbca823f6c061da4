import { availableParallelism } from "node:os";
import { defineConfig, type TestUserConfig } from "vitest/config";

const shared = {
  pool: "forks",
  setupFiles: ["testing/kit/src/propertySeed.ts"],
  // No test measures time by these: they end what hangs.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 60_000 } },
} satisfies TestUserConfig;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "parts",
          include: ["{packages,apps,testing}/*/src/**/*.test.{ts,tsx}", "{bench,tools}/src/**/*.test.ts"],
          exclude: ["testing/e2e/**"],
          // One more than there are cores: tests of processes and networks wait for most of their time.
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: "whole",
          include: ["testing/e2e/src/**/*.test.ts"],
          // Each runs several processes, and browsers, of its own.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
