import type { Account, Address, Hash, Json } from "@trellis/protocol";
import type { TraceHooks } from "./TraceHooks.ts";
import type { TraceSize } from "./TraceSize.ts";

/** Current state, also within a transaction. */
export interface TracedState {
  account(address: Address): Account;
  code(address: Address): Uint8Array;
  slot(address: Address, slot: Hash): bigint;
}

export interface Traced {
  readonly state: TracedState;
  readonly from: Address;
  /** The recipient, or the created contract. */
  readonly to: Address;
  readonly isCreation: boolean;
  readonly gasLimit: bigint;
  /** COINBASE and the tip's recipient. */
  readonly beneficiaries: readonly Address[];
  /** Shared by all traces of a response. */
  readonly size: TraceSize;
}

export interface Tracer {
  readonly hooks: TraceHooks;
  /** Called after fees and refunds. */
  result(gasUsed: bigint): Json;
}
