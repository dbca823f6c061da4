import { defineConfig } from "vitest/config";

// `npm run mutate -- FOLDER` runs the tests of the folder. Stryker ends hanging tests.
export default defineConfig({
  test: {
    // Searched only in the folder of `tools/src/mutate.ts`: searching all folders takes a second per mutant.
    include: ["**/*.test.{ts,tsx}"],
    // Loading the modules again for each file takes most of the time.
    isolate: false,
    setupFiles: ["testing/kit/src/propertySeed.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    bail: 1,
  },
});
