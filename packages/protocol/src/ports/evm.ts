import type { GenesisAccount } from "../parameters/NetworkParameters.ts";
import type { Receipt } from "../receipt/Receipt.ts";
import type { AccessListEntry, SignedBy } from "../transaction/Transaction.ts";
import type { Address, Awaitable, Hash } from "../words.ts";
import type { EncodedJson } from "./EncodedJson.ts";
import type { Json } from "./Json.ts";
import type { StateChanges, StateReader } from "./state.ts";

/** Input of the block opcodes. */
export interface BlockContext {
  readonly chainId: bigint;
  readonly number: bigint;
  /** seconds */
  readonly timestamp: bigint;
  /** All carriers together. */
  readonly gasLimit: bigint;
  /** wei per gas */
  readonly baseFee: bigint;
  readonly prevRandao: Hash;
  /** Hash of one of the last 256 chain blocks; zero hash otherwise. */
  blockHash(number: bigint): Hash;
}

/** A block of the mergeset, in execution order. */
export interface Carrier {
  /** COINBASE of its transactions. */
  readonly coinbase: Address;
  /** The carrier's miner; for a red carrier, the merging miner. */
  readonly tipRecipient: Address;
  /**
   * A transaction is skipped when its gas limit exceeds the rest of this budget. Except in the last carrier, it is also
   * skipped when it exceeds the rest of the context's gas limit less the last carrier's.
   */
  readonly gasLimit: bigint;
  readonly transactions: readonly SignedBy[];
}

export interface Credit {
  readonly address: Address;
  /** wei */
  readonly amount: bigint;
}

/** Caller of system calls; nobody has its key (as in EIP-4788). [STAKE-1] */
export const SYSTEM_ADDRESS: Address = "0xfffffffffffffffffffffffffffffffffffffffe";

/** Made by the chain block as SYSTEM_ADDRESS, without a fee. [EVM-11] */
export interface SystemCall {
  readonly to: Address;
  /** Minted. wei */
  readonly value: bigint;
  readonly data: Uint8Array;
  /** All for the code: no intrinsic gas. Below 2^63. */
  readonly gasLimit: bigint;
}

/** A failed call changes nothing. */
export interface SystemCallResult {
  readonly isSuccess: boolean;
  /** Return or revert data. */
  readonly output: Uint8Array;
}

/** Cost of a transaction so far. */
export interface TransactionRun {
  readonly transactionHash: Hash;
  readonly gasUsed: bigint;
  /** Processor time without pauses. */
  readonly timeMs: number;
}

/** Observes the cost of running transactions. Needs an engine with a clock. [EVM-15] */
export interface BlockObserver {
  /** After each accepted transaction. */
  onTransaction?(run: TransactionRun): void;
  /** At each pause within a transaction. Throwing ends the execution. */
  onPause?(running: Omit<TransactionRun, "gasUsed">): void;
}

export interface BlockInput {
  /** State of the selected parent. */
  readonly state: StateReader;
  /** See CallInput. */
  readonly stateBlock?: Hash | undefined;
  readonly context: BlockContext;
  /** The mergeset; the last is the chain block. */
  readonly carriers: readonly Carrier[];
  /** Made in order, after the transactions and before credits. */
  readonly systemCalls: readonly SystemCall[];
  /** Part of the base fee credited after the transactions instead of burned. */
  readonly baseFeeShare: { readonly recipient: Address; readonly basisPoints: number };
  /** Block rewards, credited after the transactions. */
  readonly credits: readonly Credit[];
  readonly observer?: BlockObserver | undefined;
}

/** A skipped transaction pays nothing and has no receipt. */
export const SKIP_REASONS = [
  "NONCE_TOO_LOW",
  "NONCE_TOO_HIGH",
  "FUNDS_INSUFFICIENT",
  "FEE_BELOW_BASE_FEE",
  "GAS_BUDGET_EXHAUSTED",
  "SENDER_HAS_CODE",
  "KEY_NOT_VALID",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export type TransactionOutcome =
  | { readonly kind: "accepted"; readonly receipt: Receipt }
  | { readonly kind: "skipped"; readonly reason: SkipReason };

export interface BlockResult {
  /** By carrier, then by transaction, as in the input. */
  readonly outcomes: readonly (readonly TransactionOutcome[])[];
  readonly gasUsed: bigint;
  /** 256 bytes: union of the receipts' blooms. */
  readonly logsBloom: Uint8Array;
  /** In the order of the input. */
  readonly systemCalls: readonly SystemCallResult[];
  readonly changes: StateChanges;
}

export interface AccountOverride {
  readonly nonce?: bigint;
  readonly balance?: bigint;
  readonly code?: Uint8Array;
  /** Replaces the whole storage. */
  readonly state?: ReadonlyMap<Hash, bigint>;
  /** Replaces single slots. */
  readonly stateDiff?: ReadonlyMap<Hash, bigint>;
}

/** An unsigned message, as for `eth_call`. */
export interface CallRequest {
  readonly from: Address;
  readonly to: Address | null;
  /** Includes intrinsic gas. */
  readonly gasLimit: bigint;
  /** wei per gas. 0 for both lets accounts without funds call. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
}

/** Stops work whose result is no longer needed. */
export interface Cancellation {
  /** Aborts on disconnect or timeout. For work on another thread. */
  readonly signal: AbortSignal;
  /** For work that blocks this thread. True at the latest once `signal` aborts. */
  isOver(): boolean;
}

export interface CallInput {
  readonly state: StateReader;
  /** Block after which `state` is the state. Inputs with the same block may share reads. */
  readonly stateBlock?: Hash | undefined;
  readonly context: BlockContext;
  readonly coinbase: Address;
  readonly request: CallRequest;
  readonly overrides?: ReadonlyMap<Address, AccountOverride>;
  /** A cancelled call ends with CALL_STOPPED. */
  readonly cancellation?: Cancellation | undefined;
}

export type CallOutcome = "success" | "revert" | "outOfGas" | "invalid";

export interface CallResult {
  readonly outcome: CallOutcome;
  /** geth's message if neither success nor revert, such as "out of gas" or "stack underflow (0 <=> 1)". */
  readonly failure?: string;
  /** Return or revert data. */
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  readonly logs: Receipt["logs"];
  readonly contractAddress: Address | null;
}

export interface AccessListResult {
  readonly accessList: readonly AccessListEntry[];
  readonly gasUsed: bigint;
  readonly failure?: string;
}

/** geth's tracers with their options and JSON results. */
export type TracerRequest =
  | {
      readonly kind: "structLogs";
      readonly enableMemory: boolean;
      readonly disableStack: boolean;
      readonly disableStorage: boolean;
      readonly enableReturnData: boolean;
      /** Maximum steps; 0 for all. */
      readonly limit: number;
    }
  | { readonly kind: "call"; readonly onlyTopCall: boolean; readonly withLog: boolean }
  | { readonly kind: "prestate"; readonly diffMode: boolean };

export interface TransactionTrace<Trace = Json> {
  readonly transactionHash: Hash;
  readonly result: Trace;
}

/**
 * Calls and traces without side effects. Traces may be JSON text encoded on another thread. Deterministic on every
 * implementation.
 */
export interface CallEvm<Trace = Json | EncodedJson> {
  /** @throws CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW; all calls with a cancellation also CALL_STOPPED */
  call(input: CallInput): Awaitable<CallResult>;
  /**
   * Least gas limit with which the call succeeds, up to `request.gasLimit`. @throws CALL_REVERTED with the data,
   * CALL_FAILED, CALL_FUNDS_INSUFFICIENT
   */
  estimateGas(input: CallInput): Awaitable<bigint>;
  createAccessList(input: CallInput): Awaitable<AccessListResult>;
  traceCall(input: CallInput, tracer: TracerRequest): Awaitable<Trace>;
  /** Traces accepted transactions, or only the one with the hash. @throws CALL_TOO_LARGE, as traceCall does */
  traceBlock(
    input: BlockInput,
    tracer: TracerRequest,
    only?: Hash,
    cancellation?: Cancellation,
  ): Awaitable<readonly TransactionTrace<Trace>[]>;
}

export interface Evm extends CallEvm<Json> {
  runBlock(input: BlockInput): Awaitable<BlockResult>;
}

/** A contract whose constructor runs at its final address. */
export interface Construction {
  readonly address: Address;
  /** Creation code followed by constructor arguments. */
  readonly initCode: Uint8Array;
  /** wei */
  readonly value: bigint;
}

type Constructed =
  | {
      readonly kind: "done";
      readonly accounts: readonly GenesisAccount[];
      /** State with all accounts. */
      readonly state: StateReader;
    }
  | {
      readonly kind: "refused";
      readonly address: Address;
      readonly outcome: string;
      readonly output: Uint8Array;
    };

/** Runs constructors in sequence, each on the state after the earlier ones. Deterministic. */
export type ConstructAccounts = (
  context: BlockContext,
  sender: Address,
  constructions: readonly Construction[],
) => Constructed;
