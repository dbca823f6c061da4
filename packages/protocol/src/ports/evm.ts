import type { GenesisAccount } from "../parameters/NetworkParameters.ts";
import type { Receipt } from "../receipt/Receipt.ts";
import type { AccessListEntry, SignedBy } from "../transaction/Transaction.ts";
import type { Address, Awaitable, Hash } from "../words.ts";
import type { EncodedJson } from "./EncodedJson.ts";
import type { Json } from "./Json.ts";
import type { StateChanges, StateReader } from "./state.ts";

/** What the block opcodes see. */
export interface BlockContext {
  readonly chainId: bigint;
  readonly number: bigint;
  /** seconds */
  readonly timestamp: bigint;
  /** Of all carriers together. */
  readonly gasLimit: bigint;
  /** wei per gas */
  readonly baseFee: bigint;
  readonly prevRandao: Hash;
  /** The hash of one of the 256 chain blocks before this one; zero hash otherwise. */
  blockHash(number: bigint): Hash;
}

/** One block of the mergeset with its transactions, in execution order. */
export interface Carrier {
  /** What COINBASE gives while its transactions run. */
  readonly coinbase: Address;
  /** Who gets the tips: the carrier's miner, or the merging miner when the carrier is red. */
  readonly tipRecipient: Address;
  /**
   * A transaction is skipped when its gas limit exceeds what is left of this budget, or, unless this is the last
   * carrier, of the context's gas limit less the last carrier's.
   */
  readonly gasLimit: bigint;
  readonly transactions: readonly SignedBy[];
}

export interface Credit {
  readonly address: Address;
  /** wei */
  readonly amount: bigint;
}

/** As whom a chain block calls system contracts; nobody has its key (as in EIP-4788). [STAKE-1] */
export const SYSTEM_ADDRESS: Address = "0xfffffffffffffffffffffffffffffffffffffffe";

/** A call that the chain block itself makes, as SYSTEM_ADDRESS and without a fee. [EVM-11] */
export interface SystemCall {
  readonly to: Address;
  /** wei, new: nobody pays it */
  readonly value: bigint;
  readonly data: Uint8Array;
  /** All of it is for the code: there is no intrinsic gas. Below 2^63. */
  readonly gasLimit: bigint;
}

/** What became of it. A call that failed has changed nothing. */
export interface SystemCallResult {
  readonly isSuccess: boolean;
  /** Return or revert data. */
  readonly output: Uint8Array;
}

/** A transaction of a block and what it has cost so far. */
export interface TransactionRun {
  readonly transactionHash: Hash;
  readonly gasUsed: bigint;
  /** Processor time without pauses. */
  readonly timeMs: number;
}

/** Learns what a block's transactions cost while they run. An engine without a clock tells nothing. [EVM-15] */
export interface BlockObserver {
  /** After each accepted transaction. */
  onTransaction?(run: TransactionRun): void;
  /** At each pause inside of a transaction. What it throws ends the execution. */
  onPause?(running: Omit<TransactionRun, "gasUsed">): void;
}

export interface BlockInput {
  /** The state of the selected parent. */
  readonly state: StateReader;
  /** See CallInput. */
  readonly stateBlock?: Hash | undefined;
  readonly context: BlockContext;
  /** The chain block's mergeset; the last is the chain block itself. */
  readonly carriers: readonly Carrier[];
  /** Made in this order after the transactions, before anything is credited. */
  readonly systemCalls: readonly SystemCall[];
  /** Part of the base fee that is credited instead of burned, after the transactions. */
  readonly baseFeeShare: { readonly recipient: Address; readonly basisPoints: number };
  /** Block rewards, credited after the transactions. */
  readonly credits: readonly Credit[];
  readonly observer?: BlockObserver | undefined;
}

/** Why a transaction did not run when its turn came. It pays nothing and leaves no receipt. */
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
  /** By carrier, then by transaction: the shape of the input. */
  readonly outcomes: readonly (readonly TransactionOutcome[])[];
  readonly gasUsed: bigint;
  /** 256 bytes: the union of the receipts' blooms. */
  readonly logsBloom: Uint8Array;
  /** One for each of the input's. */
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

/** A message to run without a signature, as `eth_call` takes it. */
export interface CallRequest {
  readonly from: Address;
  readonly to: Address | null;
  /** The most gas the call may use, intrinsic gas included. */
  readonly gasLimit: bigint;
  /** wei per gas; 0 for both lets accounts without funds call. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
}

/** Tells running work that nobody waits for its result any more. */
export interface Cancellation {
  /** Aborts when the client is gone or its time is over: for work on another thread. */
  readonly signal: AbortSignal;
  /** For work that blocks this thread, where no event arrives. True at the latest once `signal` is aborted. */
  isOver(): boolean;
}

export interface CallInput {
  readonly state: StateReader;
  /** The block after which `state` is the state: inputs that name the same block may share what was read. */
  readonly stateBlock?: Hash | undefined;
  readonly context: BlockContext;
  readonly coinbase: Address;
  readonly request: CallRequest;
  readonly overrides?: ReadonlyMap<Address, AccountOverride>;
  /** Once it is over, the call ends with CALL_STOPPED. */
  readonly cancellation?: Cancellation | undefined;
}

export type CallOutcome = "success" | "revert" | "outOfGas" | "invalid";

export interface CallResult {
  readonly outcome: CallOutcome;
  /** Why it is neither success nor revert, in geth's words: "out of gas", "stack underflow (0 <=> 1)", "invalid opcode: INVALID". */
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

/** Which of geth's tracers to run, with its options; results have geth's JSON shape. */
export type TracerRequest =
  | {
      readonly kind: "structLogs";
      readonly enableMemory: boolean;
      readonly disableStack: boolean;
      readonly disableStorage: boolean;
      readonly enableReturnData: boolean;
      /** The most steps to record; 0 records all. */
      readonly limit: number;
    }
  | { readonly kind: "call"; readonly onlyTopCall: boolean; readonly withLog: boolean }
  | { readonly kind: "prestate"; readonly diffMode: boolean };

export interface TransactionTrace<Trace = Json> {
  readonly transactionHash: Hash;
  readonly result: Trace;
}

/**
 * Runs calls and traces, which change nothing. A trace may come as JSON text: an implementation on another thread
 * encodes it there. Deterministic: equal input gives equal output on every implementation.
 */
export interface CallEvm<Trace = Json | EncodedJson> {
  /** @throws CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW; like all that take a cancellation CALL_STOPPED */
  call(input: CallInput): Awaitable<CallResult>;
  /** The least gas limit with which the call succeeds; `request.gasLimit` is the most that is tried. @throws CALL_REVERTED with the data, CALL_FAILED, CALL_FUNDS_INSUFFICIENT */
  estimateGas(input: CallInput): Awaitable<bigint>;
  createAccessList(input: CallInput): Awaitable<AccessListResult>;
  traceCall(input: CallInput, tracer: TracerRequest): Awaitable<Trace>;
  /** Runs the whole block and traces its accepted transactions, or only the one of that hash. @throws CALL_TOO_LARGE, as traceCall does */
  traceBlock(
    input: BlockInput,
    tracer: TracerRequest,
    only?: Hash,
    cancellation?: Cancellation,
  ): Awaitable<readonly TransactionTrace<Trace>[]>;
}

/** Executes bytecode. */
export interface Evm extends CallEvm<Json> {
  runBlock(input: BlockInput): Awaitable<BlockResult>;
}

/** A contract whose constructor runs at the address where it will stand. */
export interface Construction {
  readonly address: Address;
  /** Creation code with the constructor's arguments behind it. */
  readonly initCode: Uint8Array;
  /** wei */
  readonly value: bigint;
}

type Constructed =
  | {
      readonly kind: "done";
      readonly accounts: readonly GenesisAccount[];
      /** All of them together. */
      readonly state: StateReader;
    }
  | {
      readonly kind: "refused";
      readonly address: Address;
      readonly outcome: string;
      readonly output: Uint8Array;
    };

/** Runs constructors one after another, each in the state that those before it left. Equal input gives equal accounts. */
export type ConstructAccounts = (
  context: BlockContext,
  sender: Address,
  constructions: readonly Construction[],
) => Constructed;
