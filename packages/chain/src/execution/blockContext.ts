import { type BlockContext, forkAt, type Hash, type Header, type NetworkParameters } from "@trellis/protocol";
import { prevRandaoOf } from "../store/prevRandaoOf.ts";

export type ExecutionHeader = Pick<
  Header,
  "parents" | "timestampMs" | "number" | "baseFee" | "miner" | "stream" | "finalized" | "extra" | "anchor"
>;

/** In seconds. Never below the parent's timestamp. */
export function chainTimestamp(timestampMs: number, parentTimestamp: number): number {
  return Math.max(Math.floor(timestampMs / 1000), parentTimestamp);
}

/** `gasLimit` is the limit of all carriers together. */
interface ContextOptions {
  /** In seconds. */
  readonly timestamp: number;
  readonly gasLimit: bigint;
  readonly blockHash: (number: bigint) => Hash;
  readonly prevRandao?: Hash | undefined;
}

export function blockContextOf(
  { chainId, forks }: Pick<NetworkParameters, "chainId" | "forks">,
  header: ExecutionHeader,
  { timestamp, gasLimit, blockHash, prevRandao = prevRandaoOf(header) }: ContextOptions,
): BlockContext {
  return {
    chainId,
    number: BigInt(header.number),
    timestamp: BigInt(timestamp),
    gasLimit,
    baseFee: header.baseFee,
    prevRandao,
    fork: forkAt(forks, header.number),
    blockHash,
  };
}
