import type { Hex } from "@trellis/base";
import type { BlockReference, ChainView } from "./ChainView.ts";

export type BlockTag = "latest" | "safe" | "finalized";

export interface ChainBlock extends BlockReference {
  readonly parentHash: Hex;
  readonly timeSeconds: number;
  /** Undefined without EIP-1559. */
  readonly baseFeeWei: bigint | undefined;
}

export interface ChainLog {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly block: BlockReference;
  readonly transactionHash: Hex;
  readonly logIndex: number;
}

export interface ChainReceipt {
  readonly transactionHash: Hex;
  readonly block: BlockReference;
  readonly isReverted: boolean;
  readonly gasUsed: bigint;
  /** Base fee plus tip. */
  readonly gasPriceWei?: bigint;
  /** Data fee of OP Stack rollups. */
  readonly l1FeeWei?: bigint;
  readonly contractAddress: Hex | undefined;
}

export interface LogFilter {
  readonly address: Hex;
  /** By position; null matches any topic. */
  readonly topics: readonly (Hex | null)[];
  readonly fromHeight: number;
  readonly toHeight: number;
}

export interface ContractCall {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  readonly valueWei?: bigint;
}

/** @throws NODE_UNREACHABLE, NODE_REFUSED, NODE_OF_OTHER_CHAIN; with several nodes, QUORUM_NOT_REACHED */
export interface ChainClient extends ChainView {
  block(at: BlockTag | number): Promise<ChainBlock | undefined>;
  /** `0x` for an account without code. @throws NODE_BLOCK_UNKNOWN */
  code(address: Hex, blockHash: Hex): Promise<Hex>;
  nextNonce(address: Hex, at: "latest" | "pending" | number): Promise<number>;
  receipt(transactionHash: Hex): Promise<ChainReceipt | undefined>;
  hasTransaction(transactionHash: Hex): Promise<boolean>;
  logs(filter: LogFilter): Promise<readonly ChainLog[]>;
  /** @throws TRANSACTION_WOULD_REVERT */
  estimateGas(call: ContractCall): Promise<bigint>;
  /** Per gas. */
  suggestedTipWei(): Promise<bigint>;
  /** Idempotent. @throws TRANSACTION_NONCE_TAKEN, TRANSACTION_UNDERPRICED */
  send(raw: Hex): Promise<void>;
}
