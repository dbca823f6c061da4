import type { Hex } from "viem";

/** To and from another shard. */
export interface QueuesJson {
  readonly destination: number;
  readonly sent: Hex;
  readonly acknowledged: Hex;
  readonly waiting: Hex;
  readonly received: Hex;
  readonly due: Hex;
}

/** Null: the node does not follow the shard. [RPC-35] */
export interface ShardJson {
  readonly shard: number;
  readonly chainId: Hex | null;
  readonly isFollowed: boolean;
  readonly number: Hex | null;
  readonly finalityLagBlocks: Hex | null;
  readonly finalityLagMs: Hex | null;
  readonly gasShare: number | null;
  readonly transactionsPerSecond: number | null;
  readonly queues: readonly QueuesJson[] | null;
  /** In shard 0's newest state; null for shard 0. */
  readonly record: { readonly number: Hex } | null;
}

export const MESSAGE_STATUSES = [
  "pending",
  "finalized",
  "acknowledged",
  "delivered",
  "failed",
  "refunded",
] as const;

export interface PlaceJson {
  readonly shard: number;
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly timestampMs: Hex;
  readonly transactionHash: Hex;
  readonly isFinal: boolean;
}

/** [RPC-35.1] */
export interface MessageJson {
  readonly id: Hex;
  readonly kind: "call" | "refund";
  readonly source: number;
  readonly destination: number;
  readonly sender: Hex;
  readonly recipient: Hex;
  readonly value: Hex;
  readonly gasLimit: Hex;
  /** Unix seconds; 0 for refunds. */
  readonly expiry: Hex;
  readonly data: Hex;
  readonly status: (typeof MESSAGE_STATUSES)[number];
  readonly sent: PlaceJson | null;
  readonly delivery: (PlaceJson & { readonly outcome: string; readonly refund: Hex | null }) | null;
  readonly refunded: (PlaceJson & { readonly id: Hex }) | null;
  readonly refundOf: Hex | null;
  readonly unknownShards: readonly number[];
}
