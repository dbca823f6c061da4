import { bigintToBytes, bytesToHex, concatBytes, type Hex } from "@trellis/base";

/** Of a table's row. Ordered by shard, then number. */
export function shardKey(shard: number, number: number): Hex {
  return bytesToHex(concatBytes(bigintToBytes(BigInt(shard), 2), bigintToBytes(BigInt(number), 8)));
}
