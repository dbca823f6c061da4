import { availableParallelism } from "node:os";
import { defineConfig, type TestUserConfig } from "vitest/config";

/** They replace modules (`vi.mock`), which other files must not see. */
const REPLACING = "packages/*/src/**/*.isolated.test.ts";

const shared = {
  pool: "forks",
  // One more than there are cores: tests of processes, networks and browsers wait for most of their time.
  maxWorkers: availableParallelism() + 1,
  setupFiles: ["testing/kit/src/propertySeed.ts", "testing/kit/src/restoreGlobals.ts"],
  // No test measures time by these: they end what hangs.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 120_000 } },
} satisfies TestUserConfig;

// Projects run one after another without a pause, in the order of their names.
export default defineConfig({
  test: {
    // With --coverage: counted in the tests' own processes. `tools/src/coverage/main.ts` prints it by package.
    coverage: {
      // By function; `--coverage.provider v8` measures blocks, which takes up to twice the time.
      provider: "custom",
      customProviderModule: "tools/src/coverage/functionCoverage.ts",
      include: ["{packages,apps}/*/src/**/*.{ts,tsx}"],
      exclude: ["**/*.test.{ts,tsx}", "**/{fixtures,testing}/**", "packages/evm/src/core/**"],
      reporter: ["json-summary"],
    },
    projects: [
      {
        // The console's files also replace globals of a browser, those of the executable set its environment.
        test: {
          ...shared,
          name: "1 isolated",
          include: [REPLACING, "{apps,testing}/*/src/**/*.test.{ts,tsx}", "{bench,tools}/src/**/*.test.ts"],
          exclude: ["testing/e2e/**"],
        },
      },
      {
        // A process runs many files: to load the modules again for each takes a third of the processor time.
        // `.ci/nightly` runs each file alone, and all in other orders.
        test: {
          ...shared,
          name: "2 parts",
          isolate: false,
          include: ["packages/*/src/**/*.test.ts"],
          exclude: [REPLACING],
        },
      },
      {
        test: {
          ...shared,
          name: "3 whole",
          include: ["testing/e2e/src/**/*.test.ts"],
          exclude: ["testing/e2e/src/attacks/**"],
        },
      },
    ],
  },
});
