import type { TransactionType } from "../transaction/Transaction.ts";
import type { Address, Hash } from "../words.ts";

export interface LogEntry {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: Uint8Array;
}

/** Consensus fields (EIP-658, EIP-2718) and fields derived by execution. */
export interface Receipt {
  readonly type: TransactionType;
  readonly status: 0 | 1;
  /** Gas of this and earlier accepted transactions of the chain block. */
  readonly cumulativeGasUsed: bigint;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
  readonly logs: readonly LogEntry[];
  /** Derived. */
  readonly transactionHash: Hash;
  /** Derived. */
  readonly gasUsed: bigint;
  /** Derived; wei per gas. */
  readonly effectiveGasPrice: bigint;
  /** Derived; contract of a creation, also of a failed one. */
  readonly contractAddress: Address | null;
}
