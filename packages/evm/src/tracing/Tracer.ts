import type { Account, Address, Hash, Json, StateChanges } from "@trellis/protocol";
import type { TraceHooks } from "./TraceHooks.ts";
import type { TraceSize } from "./TraceSize.ts";

export interface TracedState {
  account(address: Address): Account;
  code(address: Address): Uint8Array;
  slot(address: Address, slot: Hash): bigint;
}

/** Of a transaction in the chain. */
export interface TracedPlace {
  readonly blockHash: Hash;
  readonly blockNumber: bigint;
  readonly transactionHash: Hash;
  readonly transactionPosition: number;
}

export interface Traced {
  readonly state: TracedState;
  /** By the block so far. */
  readonly changes: () => StateChanges;
  readonly from: Address;
  readonly to: Address;
  readonly isCreation: boolean;
  readonly gasLimit: bigint;
  readonly beneficiaries: readonly Address[];
  /** Accounts that might delegate by the transaction (EIP-7702). */
  readonly authorities: Iterable<Address>;
  readonly precompiles: ReadonlySet<Address>;
  readonly place: TracedPlace | undefined;
  readonly size: TraceSize;
}

export interface Tracer {
  readonly hooks: TraceHooks;
  result(gasUsed: bigint): Json;
}
