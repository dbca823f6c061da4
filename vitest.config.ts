import { availableParallelism } from "node:os";
import { defineConfig, type TestUserConfig } from "vitest/config";

const shared = {
  pool: "forks",
  // One more than there are cores: tests of processes, networks and browsers wait for most of their time.
  maxWorkers: availableParallelism() + 1,
  setupFiles: ["testing/kit/src/propertySeed.ts"],
  // No test measures time by these: they end what hangs.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 120_000 } },
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
        },
      },
      {
        // The long ones come after all others, without a pause: projects go by name.
        test: {
          ...shared,
          name: "whole",
          include: ["testing/e2e/src/**/*.test.ts"],
          exclude: ["testing/e2e/src/attacks/**"],
        },
      },
    ],
  },
});
