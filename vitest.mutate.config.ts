import { defineConfig } from "vitest/config";

// Stryker ends hanging tests.
export default defineConfig({
  test: {
    // Searching all folders takes a second per mutant, so `tools/src/mutate.ts` sets the folder.
    include: ["**/*.test.{ts,tsx}"],
    // Loading the modules again takes most of the time.
    isolate: false,
    setupFiles: ["testing/kit/src/propertySeed.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    bail: 1,
  },
});
