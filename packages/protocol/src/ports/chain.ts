import type { Block } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { NetworkParameters } from "../parameters/NetworkParameters.ts";
import type { Receipt } from "../receipt/Receipt.ts";
import type { Delivery } from "../shards/Delivery.ts";
import type { SignedBy } from "../transaction/Transaction.ts";
import type { Address, Hash } from "../words.ts";
import type { EncodedJson } from "./EncodedJson.ts";
import type {
  AccessListResult,
  AccountOverride,
  BlockContext,
  BlockOverrides,
  BlockSimulation,
  BlockSimulationInput,
  CallBundle,
  CallRequest,
  CallResult,
  Cancellation,
  SkipReason,
  TracerRequest,
  TransactionTrace,
} from "./evm.ts";
import type { Json } from "./Json.ts";
import type { Account, StateReader } from "./state.ts";

export interface AcceptedTransaction extends SignedBy {
  readonly carrier: Hash;
  readonly receipt: Receipt;
}

export interface SkippedTransaction {
  readonly transactionHash: Hash;
  readonly carrier: Hash;
  readonly reason: SkipReason;
}

/** Executed block, as in Ethereum's JSON-RPC. */
export interface ChainBlock {
  readonly hash: Hash;
  readonly header: Header;
  /** Seconds; never decreases along the chain. */
  readonly timestamp: number;
  /** Gas limit of all carriers together. */
  readonly gasLimit: bigint;
  readonly prevRandao: Hash;
  readonly size: number;
  /** In execution order; the chain block is last. */
  readonly carriers: readonly Hash[];
  readonly transactions: readonly AcceptedTransaction[];
  readonly skipped: readonly SkippedTransaction[];
  /** Messages that precede the transactions, if there are any. [SHARD-13] */
  readonly deliveries?: readonly Delivery[];
}

export type ChainHeader = Pick<ChainBlock, "hash" | "header" | "timestamp" | "gasLimit">;

export type ChainEvent =
  /** The block need not be on the selected chain. */
  | { readonly kind: "block"; readonly hash: Hash; readonly header: Header }
  /** Newest blocks come first. */
  | { readonly kind: "removed"; readonly block: ChainBlock }
  /** Oldest blocks come first. */
  | { readonly kind: "added"; readonly block: ChainBlock }
  /** The block's past is final too. */
  | { readonly kind: "finalized"; readonly hash: Hash; readonly number: number };

export interface DagBlock {
  readonly hash: Hash;
  readonly header: Header;
  readonly children: readonly Hash[];
  readonly blues: readonly Hash[];
  readonly reds: readonly Hash[];
  readonly isChainBlock: boolean;
  /** Undefined until a chain block merges the block. */
  readonly color: "blue" | "red" | undefined;
  /** For a chain block, its own hash. */
  readonly mergedBy: Hash | undefined;
  readonly transactionHashes: readonly Hash[];
  /** The block cannot join the selected chain. */
  readonly isDisqualified: boolean;
}

export type DagHeader = Pick<DagBlock, "hash" | "header">;

export interface StreamStatus {
  readonly name: string;
  readonly algorithm: string;
  readonly bits: number;
  readonly difficulty: bigint;
  readonly targetIntervalMs: number;
  readonly subsidyWei: bigint;
  /** Among the newest `windowBlocks` of the DAG. */
  readonly recentBlocks: number;
  readonly windowBlocks: number;
}

export interface AccountProof {
  readonly account: Account | undefined;
  readonly storageRoot: Hash;
  /** RLP nodes from the root (EIP-1186). */
  readonly accountProof: readonly Uint8Array[];
  /** @throws STATE_UNAVAILABLE if the state was dropped */
  proveSlot(slot: Hash): SlotProof;
}

interface SlotProof {
  readonly value: bigint;
  /** Callers must not change the shared arrays. */
  readonly proof: readonly Uint8Array[];
}

export interface StoredSlot {
  /** Key in the account's trie. */
  readonly hash: Hash;
  /** Undefined if the node does not know it, because the newest state has no such slot. */
  readonly slot: Hash | undefined;
  readonly value: bigint;
}

export type TransactionStatus =
  | { readonly kind: "unknown" }
  | { readonly kind: "pending" }
  /** No chain block has merged the carriers yet. */
  | { readonly kind: "included"; readonly carriers: readonly Hash[] }
  | { readonly kind: "skipped"; readonly carriers: readonly Hash[]; readonly reason: SkipReason }
  | {
      readonly kind: "accepted" | "finalized";
      readonly carriers: readonly Hash[];
      readonly block: Hash;
      readonly blockNumber: number;
      readonly index: number;
      readonly confirmations: number;
    };

export interface SimulationOptions {
  readonly stateOverrides?: ReadonlyMap<Address, AccountOverride>;
  readonly blockOverrides?: BlockOverrides;
  /** A cancelled call throws CALL_STOPPED, or CALL_ABANDONED before its start. */
  readonly cancellation?: Cancellation;
}

/** Simulates on the state after a chain block. Methods throw STATE_UNAVAILABLE. */
export interface Simulation {
  call(at: Hash, request: CallRequest, options?: SimulationOptions): Promise<CallResult>;
  estimateGas(at: Hash, request: CallRequest, options?: SimulationOptions): Promise<bigint>;
  createAccessList(at: Hash, request: CallRequest, options?: SimulationOptions): Promise<AccessListResult>;
  traceCall(
    at: Hash,
    request: CallRequest,
    tracer: TracerRequest,
    options?: SimulationOptions,
  ): Promise<Json | EncodedJson>;
  /** Each call sees the changes of those before. Returns a list of traces per bundle. */
  traceCalls(
    at: Hash,
    bundles: readonly CallBundle[],
    options?: Omit<SimulationOptions, "blockOverrides">,
  ): Promise<Json | EncodedJson>;
  simulateBlocks(
    parent: Hash,
    request: Pick<BlockSimulationInput, "blocks" | "gasMax" | "validates" | "logsTransfers">,
    cancellation?: Cancellation,
  ): Promise<BlockSimulation>;
  traceTransaction(
    block: Hash,
    transaction: Hash,
    tracer: TracerRequest,
    cancellation?: Cancellation,
  ): Promise<Json | EncodedJson>;
  traceBlock(
    block: Hash,
    tracer: TracerRequest,
    cancellation?: Cancellation,
  ): Promise<readonly TransactionTrace<Json | EncodedJson>[]>;
}

/** Results are immutable until pruning removes their block. */
export interface BlockReader {
  /** Also returns blocks outside the selected chain. */
  blockByHash(hash: Hash): ChainBlock | undefined;
  /** Cheap: reads no body. */
  chainHeader(hash: Hash): ChainHeader | undefined;
  /** Cheap. Also returns headers without stored bodies. */
  header(hash: Hash): Header | undefined;
}

/** Synchronous, and consistent between awaits. */
export interface ChainView extends BlockReader {
  readonly parameters: NetworkParameters;
  readonly genesisHash: Hash;
  /** The sink, `latest` in JSON-RPC. */
  head(): ChainBlock;
  /** Ten chain blocks below the head. */
  safe(): ChainBlock;
  finalized(): ChainBlock;
  oldestNumber(): number;
  /** Chain block numbers of the oldest states that can be read and proven. [EXEC-32] */
  oldestState(): { readonly reads: number; readonly proofs: number };
  hashByNumber(number: number): Hash | undefined;
  blockByNumber(number: number): ChainBlock | undefined;
  isOnSelectedChain(hash: Hash): boolean;
  /** A block that a revert took from chain and DAG, while the cache has it. [DEV-3] */
  removedBlock(hash: Hash): ChainBlock | undefined;
  /** True if cached: readable without store access or decoding. */
  isAtHand(hash: Hash): boolean;
  /** Chain blocks that merged a carrier; at most one of them accepted the transaction. */
  executorsOf(transaction: Hash): readonly Hash[];
  /**
   * Also finds deliveries. The index is that of `entryAt`.
   * @param executors those of the transaction, if known
   */
  locate(
    transaction: Hash,
    executors?: readonly Hash[],
  ): { readonly block: ChainBlock; readonly index: number } | undefined;
  transactionStatus(transaction: Hash): TransactionStatus;
  nextBaseFee(): bigint;
  /** Set by governance. Also limits each transaction. */
  nextGasLimit(): bigint;
  /** @throws STATE_UNAVAILABLE */
  stateAt(block: Hash): StateReader;
  /** @throws STATE_UNAVAILABLE, STATE_INCOMPLETE */
  proofAt(block: Hash, address: Address): AccountProof;
  /** In the order of the hashes, from the first one ≥ `from`. @throws STATE_UNAVAILABLE, STATE_INCOMPLETE */
  slotsAt(block: Hash, address: Address, from: Hash, countMax: number): readonly StoredSlot[];
  readonly simulation: Simulation;

  tips(): readonly Hash[];
  dagBlock(hash: Hash): DagBlock | undefined;
  block(hash: Hash): Block | undefined;
  /** Both bounds are inclusive. Ascending by (blue score, hash). */
  dagRange(fromBlueScore: number, toBlueScore: number, countMax: number): readonly DagHeader[];
  streams(): readonly StreamStatus[];
  counts(): { readonly blocks: number; readonly orphans: number };

  /** Events arrive in order, after their commit. Listeners stay subscribed when they throw. */
  subscribe(listener: (event: ChainEvent) => void): () => void;
  blockContext(at: Hash): BlockContext;
}
