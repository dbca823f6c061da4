import type { Account, Address, Hash, Json } from "@trellis/protocol";
import type { TraceHooks } from "./TraceHooks.ts";
import type { TraceSize } from "./TraceSize.ts";

/** The state as it is when it is asked, in the middle of a transaction too. */
export interface TracedState {
  account(address: Address): Account;
  code(address: Address): Uint8Array;
  slot(address: Address, slot: Hash): bigint;
}

/** The transaction or call that is traced, before it changed anything. */
export interface Traced {
  readonly state: TracedState;
  readonly from: Address;
  /** Where a creation will put its contract, else the recipient. */
  readonly to: Address;
  readonly isCreation: boolean;
  readonly gasLimit: bigint;
  /** COINBASE and, if it is another, who gets the tip. */
  readonly beneficiaries: readonly Address[];
  /** Of this trace and those that are given away with it. */
  readonly size: TraceSize;
}

export interface Tracer {
  readonly hooks: TraceHooks;
  /** Once the transaction is over, fees and refunds included. */
  result(gasUsed: bigint): Json;
}
