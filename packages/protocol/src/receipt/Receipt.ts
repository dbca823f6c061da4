import type { TransactionType } from "../transaction/Transaction.ts";
import type { Address, Hash } from "../words.ts";

export interface LogEntry {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Uint8Array;
}

/** Receipt of a delivered message. [SHARD-13.2] */
export const DELIVERY_TYPE = 0x7e;

/** EIP-658, EIP-2718, and derived fields. */
export interface Receipt {
  readonly type: TransactionType | typeof DELIVERY_TYPE;
  readonly status: 0 | 1;
  readonly cumulativeGasUsed: bigint;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
  readonly logs: readonly LogEntry[];
  readonly transactionHash: Hash;
  readonly gasUsed: bigint;
  readonly effectiveGasPrice: bigint;
  /** Set even if the creation failed. */
  readonly contractAddress: Address | null;
}
