import { bigintToBytes, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import type { BlockContext, Hash, Header, NetworkParameters } from "@trellis/protocol";

/** The header fields that the execution of a block depends on: all are known before its roots are. */
export type ExecutionHeader = Pick<
  Header,
  "parents" | "timestampMs" | "number" | "baseFee" | "miner" | "stream" | "finalized"
>;

/**
 * What TIMESTAMP gives, in seconds. A header may be earlier than its selected parent (it only has to pass
 * the median), but contracts never see time fall along the chain.
 */
export function chainTimestamp(timestampMs: number, parentTimestamp: number): number {
  return Math.max(Math.floor(timestampMs / 1000), parentTimestamp);
}

/** What PREVRANDAO gives: bound to the newest final block and to everything the block builds on. */
export function prevRandaoOf(header: ExecutionHeader): Hash {
  return keccak256Hex(
    concatBytes(
      hexToBytes(header.finalized),
      ...header.parents.map(hexToBytes),
      hexToBytes(header.miner),
      bigintToBytes(BigInt(header.timestampMs), 8),
    ),
  );
}

/** @param gasLimit of all carriers together */
export function blockContextOf(
  { chainId }: Pick<NetworkParameters, "chainId">,
  header: ExecutionHeader,
  timestamp: number,
  gasLimit: bigint,
  blockHash: (number: bigint) => Hash,
): BlockContext {
  return {
    chainId,
    number: BigInt(header.number),
    timestamp: BigInt(timestamp),
    gasLimit,
    baseFee: header.baseFee,
    prevRandao: prevRandaoOf(header),
    blockHash,
  };
}
