import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { heavyMatrix } from "./heavyMatrix.ts";
import { createHeavySearch } from "./heavySearch.ts";
import { useWideVectors } from "./systemWideVectors.ts";
import { differingHeaders } from "./testing/differingHeaders.ts";

/** `.ci/nightly` tries 10,000. */
const HEADERS = Number(process.env.TRELLIS_MINING_HEADERS ?? 1_000);

it("agrees with plain code on random headers", async () => {
  useWideVectors();
  // V8 pairs vectors when it optimises, in the background. With --no-liftoff, V8 of Node 26 crashes.
  const root = new Uint8Array(32).fill(3);
  const search = createHeavySearch(root, 0n, heavyMatrix(root))!;
  for (let slice = 0; slice < 500; slice++) {
    search(0n, 1n, 1_000, 0n);
    await setImmediate();
  }
  expect(differingHeaders(HEADERS)).toEqual([]);
}, 600_000);
