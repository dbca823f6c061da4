import { availableParallelism } from "node:os";
import { defineConfig, type TestUserConfig } from "vitest/config";

/** These tests replace modules (`vi.mock`) and need isolation. */
const REPLACING = "packages/*/src/**/*.isolated.test.ts";
/** Start processes, and take a minute and more. */
const LONG = [
  "apps/trellis/src/verbs/backup/postgres.test.ts",
  "bench/src/benchmarks.test.ts",
  "packages/backup/src/runs/{pointInTime,postgres}.test.ts",
  "packages/reserves/src/snapshots/killed.test.ts",
];

const shared = {
  pool: "forks",
  // Tests of processes, networks and browsers mostly wait.
  maxWorkers: availableParallelism() + 1,
  setupFiles: ["compileCache", "propertySeed", "restoreGlobals"].map((name) => `testing/kit/src/${name}.ts`),
  // These limits only end hanging tests.
  testTimeout: 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 120_000 } },
} satisfies TestUserConfig;

// Projects run in sequence, ordered by name.
export default defineConfig({
  test: {
    // Only of the test processes. `tools/src/coverage/main.ts` prints it.
    coverage: {
      // `--coverage.provider v8` measures blocks and takes up to twice the time.
      provider: "custom",
      customProviderModule: "tools/src/coverage/functionCoverage.ts",
      include: ["{packages,apps}/*/src/**/*.{ts,tsx}"],
      exclude: ["**/*.test.{ts,tsx}", "**/testing/**", "packages/evm/src/core/**"],
      reporter: ["json-summary"],
    },
    projects: [
      {
        // Those that wait longest come first, so that short ones fill the cores at the end.
        test: {
          ...shared,
          name: "1 whole",
          include: ["testing/e2e/src/**/*.test.ts", ...LONG],
          exclude: ["testing/e2e/src/attacks/**"],
        },
      },
      {
        // Console tests replace browser globals; executable tests change the environment.
        test: {
          ...shared,
          name: "2 isolated",
          include: [REPLACING, "{apps,testing}/*/src/**/*.test.{ts,tsx}", "{bench,tools}/src/**/*.test.ts"],
          exclude: ["testing/e2e/**", ...LONG],
        },
      },
      {
        // Not isolated: loading the modules again for each file takes a third of the processor time.
        // `.ci/nightly` runs each file alone, and all files in other orders.
        test: {
          ...shared,
          name: "3 parts",
          isolate: false,
          include: ["packages/*/src/**/*.test.ts"],
          exclude: [REPLACING, ...LONG],
        },
      },
    ],
  },
});
