import type { FinalAnchors } from "@trellis/chain";
import { type Hash, ZERO_HASH } from "@trellis/protocol";
import { expect, it } from "vitest";
import { startingRecord } from "./startingRecord.ts";

const hashAt = (number: number): Hash => `0x${number.toString(16).padStart(64, "0")}`;

/** Shard 0 knows anchors from `oldest` to `newest`. */
function anchorsFrom(oldest: number, newest: number, recorded: Hash): Parameters<typeof startingRecord>[0] {
  const anchorOf = (number: number) => ({ number, hash: hashAt(number), epoch: 0 });
  const record = { height: 1, number: 1, hash: recorded, stateRoot: ZERO_HASH, epoch: 0 };
  return {
    newest: () => anchorOf(newest),
    at: (number) => (number < oldest || number > newest ? undefined : anchorOf(number)),
    stateOf: (): ReturnType<FinalAnchors["stateOf"]> => ({ values: undefined, records: [record, record] }),
  };
}

it("SYNC-STATE-7: a shard starts above shard 0's record of it, if shard 0 lacks old anchors", () => {
  const recorded = hashAt(77);
  expect(startingRecord(anchorsFrom(50, 60, recorded), 1)).toBe(recorded);
  expect(startingRecord(anchorsFrom(50, 60, ZERO_HASH), 1)).toBeUndefined();
  expect(startingRecord(anchorsFrom(0, 60, recorded), 1)).toBeUndefined();
  expect(startingRecord(anchorsFrom(0, 0, recorded), 1)).toBeUndefined();
});
