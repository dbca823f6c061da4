import type { BlockContext, Hash, Header, NetworkParameters } from "@trellis/protocol";
import { prevRandaoOf } from "../store/prevRandaoOf.ts";

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
