import type { Block } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { NetworkParameters } from "../parameters/NetworkParameters.ts";
import type { Receipt } from "../receipt/Receipt.ts";
import type { SignedBy } from "../transaction/Transaction.ts";
import type { Address, Hash } from "../words.ts";
import type { EncodedJson } from "./EncodedJson.ts";
import type {
  AccessListResult,
  AccountOverride,
  BlockContext,
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
  /** Block whose body contains it. */
  readonly carrier: Hash;
  readonly receipt: Receipt;
}

export interface SkippedTransaction {
  readonly transactionHash: Hash;
  readonly carrier: Hash;
  readonly reason: SkipReason;
}

/** An executed chain block: a block to Ethereum's tools. */
export interface ChainBlock {
  readonly hash: Hash;
  readonly header: Header;
  /** Seconds; never decreases along the chain. */
  readonly timestamp: number;
  /** Budget per carrier × carriers. */
  readonly gasLimit: bigint;
  readonly prevRandao: Hash;
  /** Bytes of the encoded header and the accepted transactions. */
  readonly size: number;
  /** Executed blocks in order, itself last. */
  readonly carriers: readonly Hash[];
  readonly transactions: readonly AcceptedTransaction[];
  readonly skipped: readonly SkippedTransaction[];
}

/** Fields that cost no body read. */
export type ChainHeader = Pick<ChainBlock, "hash" | "header" | "timestamp" | "gasLimit">;

/** Chain changes in order. Replaying them rebuilds every index. */
export type ChainEvent =
  /** A block entered the DAG; it may never join the selected chain. */
  | { readonly kind: "block"; readonly hash: Hash; readonly header: Header }
  /** A chain block left the selected chain, newest first. */
  | { readonly kind: "removed"; readonly block: ChainBlock }
  /** A chain block joined the selected chain, oldest first. */
  | { readonly kind: "added"; readonly block: ChainBlock }
  /** This chain block and its past are final. */
  | { readonly kind: "finalized"; readonly hash: Hash; readonly number: number };

export interface DagBlock {
  readonly hash: Hash;
  readonly header: Header;
  readonly children: readonly Hash[];
  readonly blues: readonly Hash[];
  readonly reds: readonly Hash[];
  readonly isChainBlock: boolean;
  /** Colour on the selected chain; undefined until a chain block merges it. */
  readonly color: "blue" | "red" | undefined;
  /** Chain block that merged it; itself for chain blocks. */
  readonly mergedBy: Hash | undefined;
  readonly transactionHashes: readonly Hash[];
  /** Its roots were wrong, so it cannot join the selected chain. */
  readonly isDisqualified: boolean;
}

export type DagHeader = Pick<DagBlock, "hash" | "header">;

export interface StreamStatus {
  readonly name: string;
  readonly algorithm: string;
  readonly bits: number;
  /** Expected hashes of a block at the sink. */
  readonly difficulty: bigint;
  readonly targetIntervalMs: number;
  readonly subsidyWei: bigint;
  /** Among the newest `windowBlocks` blocks of the DAG. */
  readonly recentBlocks: number;
  readonly windowBlocks: number;
}

export interface AccountProof {
  readonly account: Account | undefined;
  readonly storageRoot: Hash;
  /** RLP nodes from the root (EIP-1186). */
  readonly accountProof: readonly Uint8Array[];
  /** Called per slot, because there can be many. @throws STATE_UNAVAILABLE when the state was dropped meanwhile */
  proveSlot(slot: Hash): SlotProof;
}

interface SlotProof {
  readonly value: bigint;
  /** Proofs share node arrays; do not change them. */
  readonly proof: readonly Uint8Array[];
}

export type TransactionStatus =
  | { readonly kind: "unknown" }
  | { readonly kind: "pending" }
  /** In blocks that are not yet merged. */
  | { readonly kind: "included"; readonly carriers: readonly Hash[] }
  | { readonly kind: "skipped"; readonly carriers: readonly Hash[]; readonly reason: SkipReason }
  | {
      readonly kind: "accepted" | "finalized";
      readonly carriers: readonly Hash[];
      readonly block: Hash;
      readonly blockNumber: number;
      readonly index: number;
      /** Number of later chain blocks. */
      readonly confirmations: number;
    };

export interface BlockOverrides {
  readonly number?: bigint;
  readonly timestamp?: bigint;
  readonly gasLimit?: bigint;
  readonly coinbase?: Address;
  readonly prevRandao?: Hash;
  readonly baseFee?: bigint;
}

export interface SimulationOptions {
  readonly stateOverrides?: ReadonlyMap<Address, AccountOverride>;
  readonly blockOverrides?: BlockOverrides;
  /** A cancelled call ends with CALL_STOPPED, or CALL_ABANDONED if it had not started. */
  readonly cancellation?: Cancellation;
}

/** Runs messages on the state after a chain block. Methods throw STATE_UNAVAILABLE. */
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

/** Executed blocks by hash. Results never change; pruning removes them. */
export interface BlockReader {
  /** Any executed block, also after a reorganisation. */
  blockByHash(hash: Hash): ChainBlock | undefined;
  /** The cheap subset of `blockByHash`: no body is read. */
  chainHeader(hash: Hash): ChainHeader | undefined;
  /** Cheap. Also available for pruned bodies. */
  header(hash: Hash): Header | undefined;
}

/** Read access to the chain for the rest of a node. Reads are synchronous and consistent between awaits. */
export interface ChainView extends BlockReader {
  readonly parameters: NetworkParameters;
  readonly genesisHash: Hash;
  /** The sink: `latest`. */
  head(): ChainBlock;
  /** 10 chain blocks below the head. */
  safe(): ChainBlock;
  finalized(): ChainBlock;
  /** Oldest number with body and receipts. */
  oldestNumber(): number;
  /** On the selected chain. */
  hashByNumber(number: number): Hash | undefined;
  /** On the selected chain. */
  blockByNumber(number: number): ChainBlock | undefined;
  isOnSelectedChain(hash: Hash): boolean;
  /** True if `blockByHash` is in memory; otherwise it reads and decodes the whole block. */
  isAtHand(hash: Hash): boolean;
  /** Selected chain blocks that executed the transaction; at most one accepted it. */
  executorsOf(transaction: Hash): readonly Hash[];
  /** Acceptance on the selected chain. */
  locate(transaction: Hash): { readonly block: ChainBlock; readonly index: number } | undefined;
  transactionStatus(transaction: Hash): TransactionStatus;
  /** Of the next chain block. wei per gas */
  nextBaseFee(): bigint;
  /** Budget of one block on the head, set by governance. Also the limit of a transaction. */
  nextGasLimit(): bigint;
  /** @throws STATE_UNAVAILABLE */
  stateAt(block: Hash): StateReader;
  /** @throws STATE_UNAVAILABLE */
  proofAt(block: Hash, address: Address): AccountProof;
  readonly simulation: Simulation;

  tips(): readonly Hash[];
  dagBlock(hash: Hash): DagBlock | undefined;
  /** As mined. */
  block(hash: Hash): Block | undefined;
  /** Blue score in [from, to], ascending by (blue score, hash), at most `countMax`. */
  dagRange(fromBlueScore: number, toBlueScore: number, countMax: number): readonly DagHeader[];
  streams(): readonly StreamStatus[];
  counts(): { readonly blocks: number; readonly orphans: number };

  /** Listeners run after the commit, in order. A throwing listener is logged and stays subscribed. */
  subscribe(listener: (event: ChainEvent) => void): () => void;
  blockContext(at: Hash): BlockContext;
}
