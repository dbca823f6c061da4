import fc from "fast-check";
import type { FollowedShards } from "../messages.ts";

export const anyFollowedShards: fc.Arbitrary<FollowedShards> = fc
  .uniqueArray(fc.integer({ min: 1, max: 0xffff }), { maxLength: 255 })
  .chain((shards) =>
    fc.record({
      shards: fc.tuple(
        ...shards
          .sort((a, b) => a - b)
          .map((shard) =>
            fc.record({
              shard: fc.constant(shard),
              addresses: fc.array(fc.string({ maxLength: 256 }), { maxLength: 4 }),
            }),
          ),
      ),
    }),
  );
