import type { GovernedValues, ShardRecord } from "@trellis/contracts";
import type { Address } from "@trellis/protocol";

/** What other shards need of shard 0's state. Small, so that it outlives the state. */
export interface AnchoredState {
  /** Undefined without staking contracts. [SHARD-14.5] */
  readonly values: GovernedValues | undefined;
  /** By shard. The record of shard 0 is the anchor itself. [SHARD-12] */
  readonly records: readonly AnchoredRecord[];
}

export type AnchoredRecord = Pick<ShardRecord, "height" | "number" | "hash" | "stateRoot" | "epoch">;

export interface Voter {
  readonly address: Address;
  readonly publicKey: Uint8Array;
  /** Stake in wei. */
  readonly power: bigint;
}
