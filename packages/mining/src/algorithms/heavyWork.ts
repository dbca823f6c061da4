import { createHeavyHasher } from "../heavy/kHeavyHash.ts";
import type { PreparedWork } from "./PowAlgorithm.ts";

/** kHeavyHash of the seal root and nonce. Its timestamp field is zero: the seal root commits to the timestamp. */
export function heavyWork(sealRoot: Uint8Array): PreparedWork {
  return { digest: createHeavyHasher(sealRoot, 0n) };
}
