import { type Hash, type Header, ZERO_HASH } from "@trellis/protocol";
import { expect, it } from "vitest";
import { blocksWithRecords } from "./RecordImporter.ts";

const hashAt = (number: number): Hash => `0x${number.toString(16).padStart(64, "0")}`;

/** Headers from `oldest` on. */
function chainFrom(oldest: number, anchor: number | undefined) {
  const named = { hash: anchor === undefined ? ZERO_HASH : hashAt(anchor), number: anchor ?? 0, epoch: 0 };
  const numberOf = (hash: Hash): number => Number(BigInt(hash));
  return {
    blocks: { storedHeader: (hash: Hash) => ({ number: numberOf(hash), anchor: named }) as Header },
    chainDag: {
      selectedParent: (hash: Hash) => (numberOf(hash) <= oldest ? undefined : hashAt(numberOf(hash) - 1)),
    },
  };
}

it("SYNC-STATE-7: blocks from the anchor to the imported block, if peers can have all states", () => {
  const numbers = (oldest: number, anchor: number | undefined) =>
    blocksWithRecords(chainFrom(oldest, anchor), hashAt(1_000))?.map(({ header }) => header.number);
  expect(numbers(900, undefined)).toEqual([]);
  expect(numbers(900, 997)).toEqual([997, 998, 999]);
  expect(numbers(997, 997)).toEqual([997, 998, 999]);
  expect(numbers(998, 997)).toBeUndefined();
  expect(numbers(0, 1_000 - 128)).toHaveLength(128);
  expect(numbers(0, 1_000 - 129)).toBeUndefined();
});
