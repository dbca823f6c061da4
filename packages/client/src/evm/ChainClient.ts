import type { Hex } from "@trellis/base";
import type { BlockReference, ChainView } from "./ChainView.ts";

/** `latest` may be reorganised, `finalized` is not, by the rules of its chain. */
export type BlockTag = "latest" | "safe" | "finalized";

export interface ChainBlock extends BlockReference {
  readonly parentHash: Hex;
  /** Unix time. */
  readonly timeSeconds: number;
  /** Undefined for chains from before EIP-1559. */
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
  /** What each unit of it cost, base fee and tip; missing where the node does not tell. */
  readonly gasPriceWei?: bigint;
  /** What a rollup of the OP stack charged beside gas, for the transaction's data; missing on other chains. */
  readonly l1FeeWei?: bigint;
  /** Undefined unless the transaction created a contract. */
  readonly contractAddress: Hex | undefined;
}

export interface LogFilter {
  readonly address: Hex;
  /** By place; null stands for any. */
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

/**
 * Port: an EVM chain through one node, or through several that agree. Every method throws NODE_UNREACHABLE,
 * NODE_REFUSED, NODE_ANSWER_INVALID, NODE_OF_OTHER_CHAIN; one over several nodes NODES_TOO_FEW, NODES_DISAGREE.
 */
export interface ChainClient extends ChainView {
  /** The canonical block at a height, or the one with a tag; undefined when there is none. */
  block(at: BlockTag | number): Promise<ChainBlock | undefined>;
  /** In the state of a block; empty where there is no contract. @throws NODE_BLOCK_UNKNOWN */
  code(address: Hex, blockHash: Hex): Promise<Hex>;
  /** The account's next nonce: by the head or the canonical block at a height, or counting what waits in the node's pool. */
  nextNonce(address: Hex, at: "latest" | "pending" | number): Promise<number>;
  /** Undefined while it is in no canonical block. */
  receipt(transactionHash: Hex): Promise<ChainReceipt | undefined>;
  /** Whether the node has it, in a block or waiting. */
  hasTransaction(transactionHash: Hex): Promise<boolean>;
  /** In the order of the chain. */
  logs(filter: LogFilter): Promise<readonly ChainLog[]>;
  /** In the newest state. @throws TRANSACTION_WOULD_REVERT */
  estimateGas(call: ContractCall): Promise<bigint>;
  /** What to offer for inclusion beside the base fee, per unit of gas. */
  suggestedTipWei(): Promise<bigint>;
  /**
   * Hands a signed transaction over. One that the node has already is no error.
   * @throws TRANSACTION_NONCE_TAKEN, TRANSACTION_UNDERPRICED
   */
  send(raw: Hex): Promise<void>;
}
