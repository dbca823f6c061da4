import { createRing, withNewKey } from "@trellis/platform/keys";
import { ServiceKeys } from "@trellis/platform/service";

interface TestKeysOptions {
  readonly fill?: number;
  readonly rotations?: number;
  readonly dataDir?: string;
}

export function testKeys({ fill = 1, rotations = 0, dataDir = "" }: TestKeysOptions = {}): ServiceKeys {
  let byte = fill;
  const random = { bytes: (size: number) => new Uint8Array(size).fill(byte++) };
  const clock = { nowMs: () => 1_000 };
  let ring = createRing(44, { random, clock });
  for (let count = 0; count < rotations; count += 1) ring = withNewKey(ring, "encryption", { random, clock });
  const loaded = { ring, newerMasters: [] };
  return new ServiceKeys(loaded, { dataDir, read: async () => loaded, random, clock });
}
