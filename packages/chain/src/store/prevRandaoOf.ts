import { bigintToBytes, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type { Hash, Header } from "@trellis/protocol";

/** PREVRANDAO commits to the newest final block and all ancestors. */
export function prevRandaoOf({
  finalized,
  parents,
  miner,
  timestampMs,
}: Pick<Header, "finalized" | "parents" | "miner" | "timestampMs">): Hash {
  return keccak256Hex(
    concatBytes(
      hexToBytes(finalized),
      ...parents.map(hexToBytes),
      hexToBytes(miner),
      bigintToBytes(BigInt(timestampMs), 8),
    ),
  );
}
