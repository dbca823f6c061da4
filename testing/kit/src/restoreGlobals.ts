import { afterAll, vi } from "vitest";

/** After every test file: what it replaced is put back, for the next file that the process tests. */
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
