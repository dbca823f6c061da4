import type { ForkName } from "../forks/forks.ts";
import type { GenesisAccount, NetworkParameters } from "../parameters/NetworkParameters.ts";
import type { Receipt } from "../receipt/Receipt.ts";
import type { AccessListEntry, Authorization, SignedBy } from "../transaction/Transaction.ts";
import type { Address, Awaitable, Hash } from "../words.ts";
import type { EncodedJson } from "./EncodedJson.ts";
import type { Json } from "./Json.ts";
import type { StateChanges, StateReader } from "./state.ts";

export interface BlockContext {
  readonly chainId: bigint;
  readonly number: bigint;
  /** seconds */
  readonly timestamp: bigint;
  readonly gasLimit: bigint;
  readonly baseFee: bigint;
  readonly prevRandao: Hash;
  /** [EVM-22] */
  readonly fork: ForkName;
  /** Zero outside the last 256 chain blocks. */
  blockHash(number: bigint): Hash;
}

export interface Carrier {
  readonly coinbase: Address;
  /** For a red carrier, the merging chain block's miner. */
  readonly tipRecipient: Address;
  /** Gas budget of this carrier. Merged carriers share the chain block's gas limit minus its own budget. [EXEC-8] */
  readonly gasLimit: bigint;
  readonly transactions: readonly SignedBy[];
}

export interface Credit {
  readonly address: Address;
  /** wei */
  readonly amount: bigint;
}

/** Caller of EIP-4788; nobody has its key. [STAKE-1] */
export const SYSTEM_ADDRESS: Address = "0xfffffffffffffffffffffffffffffffffffffffe";

/** EIP-2935. [EVM-24] */
export const HISTORY_STORAGE_ADDRESS: Address = "0x0000f90827f1c53a10cb7a02335b175320002935";

/** A contract that a fork adds, with nonce 1. */
export type Deployment = Required<Pick<GenesisAccount, "address" | "code">>;

/** Pays no fee. [EVM-11] */
export interface SystemCall {
  readonly to: Address;
  /** wei, minted for the call. */
  readonly value: bigint;
  readonly data: Uint8Array;
  /** Excludes intrinsic gas. Below 2^63. */
  readonly gasLimit: bigint;
}

/** A failed call changes no state. */
export interface SystemCallResult {
  readonly isSuccess: boolean;
  readonly output: Uint8Array;
}

/** Precedes the transactions. [SHARD-13] */
export interface OpeningCall extends SystemCall {
  /** If true, the gas used counts for the block, the limit for its own budget, and the logs stay. */
  readonly isDelivery: boolean;
  /** Of a delivery that traces shall include. */
  readonly transactionHash?: Hash;
}

/** Without gas and logs if the call is no delivery. */
export interface OpeningResult extends SystemCallResult, Pick<Receipt, "gasUsed" | "logs" | "logsBloom"> {}

export interface TransactionRun {
  readonly transactionHash: Hash;
  readonly gasUsed: bigint;
  readonly timeMs: number;
}

/** Requires an engine with a clock. [EVM-15] */
export interface BlockObserver {
  onTransaction?(run: TransactionRun): void;
  /** An exception aborts the execution. */
  onPause?(running: Omit<TransactionRun, "gasUsed">): void;
}

export interface BlockInput {
  readonly state: StateReader;
  /** Inputs with the same `stateBlock` may share cached reads of `state`. */
  readonly stateBlock?: Hash | undefined;
  readonly context: BlockContext;
  /** In execution order; the chain block is last. */
  readonly carriers: readonly Carrier[];
  /** Put into the state before the transactions. Default: none. [EVM-24] */
  readonly deployments?: readonly Deployment[];
  /** Executed in order, before the transactions. Default: none. */
  readonly openingCalls?: readonly OpeningCall[] | undefined;
  /** Executed in order, after the transactions and before the credits. */
  readonly systemCalls: readonly SystemCall[];
  readonly baseFeeShare: { readonly recipient: Address; readonly basisPoints: number };
  readonly credits: readonly Credit[];
  /** Of the block, for traces. */
  readonly hash?: Hash;
  readonly observer?: BlockObserver | undefined;
}

/** Skipped transactions pay nothing and have no receipt. Stored by index. */
export const SKIP_REASONS = [
  "NONCE_TOO_LOW",
  "NONCE_TOO_HIGH",
  "FUNDS_INSUFFICIENT",
  "FEE_BELOW_BASE_FEE",
  "GAS_BUDGET_EXHAUSTED",
  "SENDER_HAS_CODE",
  "KEY_NOT_VALID",
  "REFUSED_BY_FORK",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export type TransactionOutcome =
  | { readonly kind: "accepted"; readonly receipt: Receipt }
  | { readonly kind: "skipped"; readonly reason: SkipReason };

export interface BlockResult {
  /** Present if the input has opening calls. */
  readonly openingCalls?: readonly OpeningResult[];
  readonly outcomes: readonly (readonly TransactionOutcome[])[];
  readonly gasUsed: bigint;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
  readonly systemCalls: readonly SystemCallResult[];
  readonly changes: StateChanges;
}

export interface DumpedAccount {
  readonly address: Address;
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly code: Uint8Array;
  /** Without zeros. */
  readonly storage: ReadonlyMap<Hash, bigint>;
}

export interface AccountOverride {
  readonly nonce?: bigint;
  readonly balance?: bigint;
  readonly code?: Uint8Array;
  readonly state?: ReadonlyMap<Hash, bigint>;
  readonly stateDiff?: ReadonlyMap<Hash, bigint>;
}

export interface BlockOverrides {
  readonly number?: bigint;
  readonly timestamp?: bigint;
  readonly gasLimit?: bigint;
  readonly coinbase?: Address;
  readonly prevRandao?: Hash;
  readonly baseFee?: bigint;
}

export interface CallRequest {
  readonly from: Address;
  readonly to: Address | null;
  readonly gasLimit: bigint;
  /** wei per gas. If both fees are 0, gas is free. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
  /** EIP-7702. */
  readonly authorizationList?: readonly Authorization[];
}

export interface Cancellation {
  readonly signal: AbortSignal;
  /** Polled by work that blocks this thread. True once `signal` aborts, or earlier. */
  isOver(): boolean;
}

export interface CallInput {
  readonly state: StateReader;
  readonly stateBlock?: Hash | undefined;
  readonly context: BlockContext;
  readonly coinbase: Address;
  readonly request: CallRequest;
  readonly overrides?: ReadonlyMap<Address, AccountOverride>;
  /** A cancelled call throws CALL_STOPPED. */
  readonly cancellation?: Cancellation | undefined;
}

export interface CallBundle {
  readonly blockOverrides: BlockOverrides | undefined;
  readonly calls: readonly { readonly request: CallRequest; readonly tracer: TracerRequest }[];
}

export interface CallSequenceInput extends Omit<CallInput, "request"> {
  readonly bundles: readonly CallBundle[];
}

export interface SimulatedCall {
  /** `gasLimit` undefined: the remaining gas of the block. */
  readonly request: Omit<CallRequest, "gasLimit"> & { readonly gasLimit: bigint | undefined };
  /** Undefined: the sender's. */
  readonly nonce: bigint | undefined;
}

export interface SimulatedBlock {
  /** BLOCKHASH in later blocks. */
  readonly hash: Hash;
  readonly overrides: BlockOverrides;
  readonly stateOverrides: ReadonlyMap<Address, AccountOverride> | undefined;
  readonly calls: readonly SimulatedCall[];
}

/** The context is that of the parent of the first block. */
export interface BlockSimulationInput extends Omit<CallInput, "request" | "overrides"> {
  readonly parent: { readonly hash: Hash; readonly gasUsed: bigint };
  readonly rules: Pick<NetworkParameters, "baseFeeChangeDenominator" | "baseFeeMin" | "forks">;
  readonly blocks: readonly SimulatedBlock[];
  /** Of all calls together. */
  readonly gasMax: bigint;
  /** If true, nonces, senders and base fees are checked like in blocks. */
  readonly validates: boolean;
  /** If true, transfers of coins are logs too. */
  readonly logsTransfers: boolean;
}

export interface SimulatedCallResult extends CallResult {
  readonly nonce: bigint;
  readonly gasLimit: bigint;
}

export interface SimulatedBlockResult {
  readonly baseFee: bigint;
  readonly gasUsed: bigint;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
  readonly calls: readonly SimulatedCallResult[];
}

export type BlockSimulation =
  | { readonly kind: "done"; readonly blocks: readonly SimulatedBlockResult[] }
  | {
      readonly kind: "refused";
      readonly reason: SimulationRefusal;
      readonly block: number;
      readonly call: number;
    };

export type SimulationRefusal =
  | Exclude<SkipReason, "KEY_NOT_VALID">
  | "INTRINSIC_GAS"
  | "MALFORMED"
  | "GAS_MAX_EXCEEDED";

export type CallOutcome = "success" | "revert" | "outOfGas" | "invalid";

export interface CallResult {
  readonly outcome: CallOutcome;
  /** geth's error message; undefined for a success or revert. */
  readonly failure?: string;
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

/** Tracers that a mux tracer can combine. */
export type NamedTracerRequest =
  | { readonly kind: "call"; readonly onlyTopCall: boolean; readonly withLog: boolean }
  | { readonly kind: "prestate"; readonly diffMode: boolean }
  | { readonly kind: "flatCall"; readonly convertParityErrors: boolean; readonly includePrecompiles: boolean }
  | { readonly kind: "fourByte" }
  | { readonly kind: "noop" };

export type FrameSelection =
  | { readonly kind: "all" }
  | { readonly kind: "index"; readonly index: number }
  | {
      readonly kind: "addresses";
      readonly from: readonly Address[];
      readonly to: readonly Address[];
      readonly mode: "union" | "intersection";
    };

export type TracerRequest =
  | {
      readonly kind: "structLogs";
      readonly enableMemory: boolean;
      readonly disableStack: boolean;
      readonly disableStorage: boolean;
      readonly enableReturnData: boolean;
      readonly limit: number;
    }
  | NamedTracerRequest
  | { readonly kind: "mux"; readonly tracers: readonly (readonly [name: string, NamedTracerRequest])[] }
  /** Frames of `trace_block`, with their place in the chain. */
  | { readonly kind: "parityFrames"; readonly select: FrameSelection }
  /** Result of `trace_call`. */
  | { readonly kind: "parityReplay"; readonly trace: boolean; readonly stateDiff: boolean }
  /** Slots that the block changed before the transaction. */
  | { readonly kind: "changedSlots"; readonly address: Address };

export interface TransactionTrace<Trace = Json> {
  readonly transactionHash: Hash;
  readonly result: Trace;
}

/** Without side effects. Every implementation returns the same results. */
export interface CallEvm<Trace = Json | EncodedJson> {
  /** @throws CALL_FUNDS_INSUFFICIENT, CALL_GAS_TOO_LOW; CALL_STOPPED if cancelled */
  call(input: CallInput): Awaitable<CallResult>;
  /**
   * Returns at most `request.gasLimit`. @throws CALL_REVERTED with the data, CALL_FAILED, CALL_FUNDS_INSUFFICIENT
   */
  estimateGas(input: CallInput): Awaitable<bigint>;
  createAccessList(input: CallInput): Awaitable<AccessListResult>;
  traceCall(input: CallInput, tracer: TracerRequest): Awaitable<Trace>;
  /** Each call sees the changes of those before. Returns a list of traces per bundle. */
  traceCalls(input: CallSequenceInput): Awaitable<Trace>;
  simulateBlocks(input: BlockSimulationInput): Awaitable<BlockSimulation>;
  /** Traces all accepted transactions, or only `only`. @throws CALL_TOO_LARGE; CALL_STOPPED if cancelled */
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

/** Constructor call at the contract's final address. */
export interface Construction {
  readonly address: Address;
  readonly initCode: Uint8Array;
  /** wei */
  readonly value: bigint;
}

type Constructed =
  | {
      readonly kind: "done";
      readonly accounts: readonly GenesisAccount[];
      readonly state: StateReader;
    }
  | {
      readonly kind: "refused";
      readonly address: Address;
      readonly outcome: string;
      readonly output: Uint8Array;
    };

export type ConstructAccounts = (
  context: BlockContext,
  sender: Address,
  constructions: readonly Construction[],
) => Constructed;
