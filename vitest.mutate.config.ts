import { defineConfig } from "vitest/config";

// `npm run mutate -- FOLDER`: the folder's own tests, each once. Stryker ends what hangs.
export default defineConfig({
  test: {
    // Below the folder that `tools/src/mutate.ts` names: a search of all folders takes a second per mutant.
    include: ["**/*.test.{ts,tsx}"],
    // Loading the modules again for each file takes most of the time.
    isolate: false,
    setupFiles: ["testing/kit/src/propertySeed.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    bail: 1,
  },
});
