import { defineConfig } from "vitest/config";

// `npm run mutate -- FOLDER`: the folder's own tests, each once. Stryker ends what hangs.
export default defineConfig({
  test: {
    include: ["{packages,apps,testing}/*/src/**/*.test.{ts,tsx}", "{bench,tools}/src/**/*.test.ts"],
    setupFiles: ["testing/kit/src/propertySeed.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    bail: 1,
  },
});
