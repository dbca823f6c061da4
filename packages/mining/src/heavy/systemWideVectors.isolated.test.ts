import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { heavyMatrix } from "./heavyMatrix.ts";
import { createHeavySearch } from "./heavySearch.ts";
import { useWideVectors } from "./systemWideVectors.ts";
import { differingHeaders } from "./testing/differingHeaders.ts";

it("agrees with plain code on 1,000 random headers", async () => {
  useWideVectors();
  // V8 pairs vectors when it optimises, in the background.
  const root = new Uint8Array(32).fill(3);
  const search = createHeavySearch(root, 0n, heavyMatrix(root));
  for (let slice = 0; slice < 500; slice++) {
    search(0n, 1n, 1_000, 0n);
    await setImmediate();
  }
  expect(differingHeaders(1_000)).toEqual([]);
});
