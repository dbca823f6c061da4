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

/** A transaction that a chain block accepted. */
export interface AcceptedTransaction extends SignedBy {
  /** The block whose body carried it. */
  readonly carrier: Hash;
  readonly receipt: Receipt;
}

export interface SkippedTransaction {
  readonly transactionHash: Hash;
  readonly carrier: Hash;
  readonly reason: SkipReason;
}

/** A chain block with what executing it gave: to Ethereum's tools, the block of its number. */
export interface ChainBlock {
  readonly hash: Hash;
  readonly header: Header;
  /** Seconds; never falls along the chain. */
  readonly timestamp: number;
  /** Budget of one carrier × carriers. */
  readonly gasLimit: bigint;
  readonly prevRandao: Hash;
  /** Bytes of the encoded header and the accepted transactions. */
  readonly size: number;
  /** The blocks it executed in order, itself last. */
  readonly carriers: readonly Hash[];
  readonly transactions: readonly AcceptedTransaction[];
  readonly skipped: readonly SkippedTransaction[];
}

/** What of a chain block can be read at no cost that grows with its transactions. */
export type ChainHeader = Pick<ChainBlock, "hash" | "header" | "timestamp" | "gasLimit">;

/** What happened to the chain, in order; replaying it rebuilds every index. */
export type ChainEvent =
  /** A block entered the DAG (not yet, or never, on the selected chain). */
  | { readonly kind: "block"; readonly hash: Hash; readonly header: Header }
  /** A chain block left the selected chain; newest first. */
  | { readonly kind: "removed"; readonly block: ChainBlock }
  /** A chain block joined the selected chain; oldest first. */
  | { readonly kind: "added"; readonly block: ChainBlock }
  /** Everything up to this chain block is permanent. */
  | { readonly kind: "finalized"; readonly hash: Hash; readonly number: number };

/** A block's place in the DAG. */
export interface DagBlock {
  readonly hash: Hash;
  readonly header: Header;
  readonly children: readonly Hash[];
  readonly blues: readonly Hash[];
  readonly reds: readonly Hash[];
  readonly isChainBlock: boolean;
  /** Colour as the selected chain sees it; undefined while no chain block merged it. */
  readonly color: "blue" | "red" | undefined;
  /** The chain block that merged it, itself for chain blocks. */
  readonly mergedBy: Hash | undefined;
  readonly transactionHashes: readonly Hash[];
  /** A chain candidate whose roots were wrong. */
  readonly isDisqualified: boolean;
}

export type DagHeader = Pick<DagBlock, "hash" | "header">;

export interface StreamStatus {
  readonly name: string;
  readonly algorithm: string;
  readonly bits: number;
  /** Expected hashes for a block at the sink. */
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
  /** One slot after another, because there can be many. @throws STATE_UNAVAILABLE when the state is gone meanwhile */
  proveSlot(slot: Hash): SlotProof;
}

interface SlotProof {
  readonly value: bigint;
  /** Nodes that several proofs share are the same arrays; they must not be changed. */
  readonly proof: readonly Uint8Array[];
}

export type TransactionStatus =
  | { readonly kind: "unknown" }
  | { readonly kind: "pending" }
  /** In blocks that no chain block has merged yet. */
  | { readonly kind: "included"; readonly carriers: readonly Hash[] }
  | { readonly kind: "skipped"; readonly carriers: readonly Hash[]; readonly reason: SkipReason }
  | {
      readonly kind: "accepted" | "finalized";
      readonly carriers: readonly Hash[];
      readonly block: Hash;
      readonly blockNumber: number;
      readonly index: number;
      /** Chain blocks on top. */
      readonly confirmations: number;
    };

/** Overrides for the block that a simulated call sees. */
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
  /** Once it is over, the call ends with CALL_STOPPED, or with CALL_ABANDONED if it had not started. */
  readonly cancellation?: Cancellation;
}

/** Runs messages on the state after a chain block. Each throws STATE_UNAVAILABLE when that state is gone. */
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

/** Executed blocks by their hashes: what these reads give never changes, and goes only when it is pruned. */
export interface BlockReader {
  /** Any block that was executed, on the selected chain or removed from it. */
  blockByHash(hash: Hash): ChainBlock | undefined;
  /** Of what `blockByHash` gives that which takes no body to read. */
  chainHeader(hash: Hash): ChainHeader | undefined;
  /** The header alone: cheap, however much the block holds. There are headers of blocks whose bodies are pruned. */
  header(hash: Hash): Header | undefined;
}

/** What the rest of a node may ask of its chain. Reads are synchronous and consistent between awaits. */
export interface ChainView extends BlockReader {
  readonly parameters: NetworkParameters;
  readonly genesisHash: Hash;
  /** The sink: `latest`. */
  head(): ChainBlock;
  /** 10 chain blocks under the head. */
  safe(): ChainBlock;
  finalized(): ChainBlock;
  /** The oldest number whose body and receipts are still stored. */
  oldestNumber(): number;
  /** Names the selected chain's block of that number. */
  hashByNumber(number: number): Hash | undefined;
  /** The selected chain's block of that number. */
  blockByNumber(number: number): ChainBlock | undefined;
  isOnSelectedChain(hash: Hash): boolean;
  /** Whether `blockByHash` gives a block from memory: else it reads and decodes all that the block holds. */
  isAtHand(hash: Hash): boolean;
  /** Blocks of the selected chain that executed a transaction: one of them accepted it, or none. */
  executorsOf(transaction: Hash): readonly Hash[];
  /** Where the selected chain accepted a transaction. */
  locate(transaction: Hash): { readonly block: ChainBlock; readonly index: number } | undefined;
  transactionStatus(transaction: Hash): TransactionStatus;
  /** Base fee of the next chain block. wei per gas */
  nextBaseFee(): bigint;
  /** What one block on the head may use, as governance has it: no transaction may have more. */
  nextGasLimit(): bigint;
  /** @throws STATE_UNAVAILABLE */
  stateAt(block: Hash): StateReader;
  /** @throws STATE_UNAVAILABLE */
  proofAt(block: Hash, address: Address): AccountProof;
  readonly simulation: Simulation;

  tips(): readonly Hash[];
  /** Any block of the DAG. */
  dagBlock(hash: Hash): DagBlock | undefined;
  /** The block as it was mined. */
  block(hash: Hash): Block | undefined;
  /** Blocks with blue score in [from, to], ascending by (blue score, hash); at most `countMax`. */
  dagRange(fromBlueScore: number, toBlueScore: number, countMax: number): readonly DagHeader[];
  streams(): readonly StreamStatus[];
  counts(): { readonly blocks: number; readonly orphans: number };

  /** Listeners run after the commit, in order; a listener that throws is logged and goes on. */
  subscribe(listener: (event: ChainEvent) => void): () => void;
  blockContext(at: Hash): BlockContext;
}
