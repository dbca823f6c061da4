import { defaultExclude, defineConfig } from "vitest/config";

// `npm run mutate -- FOLDER`: the folder's own tests, each once. Stryker ends what hangs.
export default defineConfig({
  test: {
    // Below the folder that `tools/src/mutate.ts` names: to look through all folders for each change takes a second.
    include: ["**/*.test.{ts,tsx}"],
    // Tests that replace modules need a process of their own; the others share one, as in `vitest.config.ts`.
    exclude: [...defaultExclude, "**/*.isolated.test.ts"],
    isolate: false,
    setupFiles: ["testing/kit/src/propertySeed.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    bail: 1,
  },
});
