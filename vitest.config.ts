import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,apps,testing}/*/src/**/*.test.ts", "{bench,tools}/src/**/*.test.ts"],
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
