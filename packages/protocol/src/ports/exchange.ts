import type { TrellisError } from "@trellis/base";
import type { Block } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Hash } from "../words.ts";

export type BlockOutcome =
  | { readonly kind: "imported" }
  | { readonly kind: "known" }
  | { readonly kind: "orphan"; readonly missing: readonly Hash[] }
  /** The error's consequence is "penalise", or "retry" if the block can become valid later. */
  | { readonly kind: "refused"; readonly error: TrellisError };

export interface BlockExchange {
  has(hash: Hash): boolean;
  /** Pruning point or imported block, whichever is newer; otherwise genesis. */
  oldest(): { readonly hash: Hash; readonly number: number };
  /** @param hash the header's, if it is known @throws the error of the broken rule */
  checkHeader(header: Header, hash?: Hash): Promise<void>;
  /** Starts to recover the senders of blocks that are imported later. */
  recoverAhead(blocks: readonly Block[]): void;
  /**
   * Parents first. A refused block does not stop other imports. Resolves after the commit.
   * @throws CHAIN_STOPPED
   */
  importBlocks(blocks: readonly Block[]): Promise<readonly BlockOutcome[]>;
  /** The sink, chain blocks at doubling distances, and the oldest known block. */
  locator(): readonly Hash[];
  /**
   * Headers in the past of the sink but not of `from`, the newest locator hash on the selected chain.
   * Undefined without such a hash. Mergesets are returned whole, so the count can exceed `countMax`.
   */
  headersAfter(
    locator: readonly Hash[],
    countMax: number,
  ): { readonly from: Hash; readonly headers: readonly Header[]; readonly isEnd: boolean } | undefined;
  /**
   * Newest block that is final by depth, regardless of `limitFinality`. Undefined once validators finalize.
   */
  finalPoint(): { readonly hash: Hash; readonly number: number } | undefined;
  /** Limits finality to this block's chain; undefined removes the limit. @throws CHAIN_STOPPED */
  limitFinality(newest: Hash | undefined): Promise<void>;
}

export interface StateRange {
  readonly entries: readonly { readonly key: Hash; readonly value: Uint8Array }[];
  readonly proof: readonly Uint8Array[];
  readonly isEnd: boolean;
}

export interface ChainPlace {
  readonly number: number;
  readonly blueWork: bigint;
  /** Difference in blue score. */
  readonly depth: number;
}

/** A block above a checkpoint's root. [SYNC-32] */
export interface PastBlock {
  readonly header: Header;
  /** Undefined if the blocks above the root determine it. */
  readonly place: TrustedPlace | undefined;
}

/** Data that the header implies only together with blocks below the root. */
export interface TrustedPlace {
  /** By stream. */
  readonly daaCounts: readonly number[];
  /** By stream. */
  readonly bitsOfStreams: readonly number[];
  /** Positions in the mergeset without blocks below the root, ascending. */
  readonly blues: readonly number[];
}

/** Collects a checkpoint's past before the chain begins above the root. [SYNC-32] */
export interface PastImport {
  /** Next blocks, children first. @throws PAST_INVALID */
  take(blocks: readonly PastBlock[]): void;
  /** Replaces all headers. @throws PAST_INVALID, PAST_UNVERIFIABLE, CHAIN_HAS_STATE, CHAIN_STOPPED */
  complete(): Promise<void>;
}

export interface StateExchange {
  /** @throws STATE_UNAVAILABLE */
  stateRange(block: Hash, owner: Hash | undefined, from: Hash, bytesMax: number): Promise<StateRange>;
  code(hash: Hash): Uint8Array | undefined;
  /** Blocks whose states stay available for some time, newest first. */
  kept(): readonly Hash[];
  /** Minimum blue-score distance between an imported state and the sink. [SYNC-30] */
  readonly trustDepth: number;
  chainPlace(block: Hash, on: Hash): ChainPlace | undefined;
  /** False while blocks above `block` need unknown states of shard 0. [SYNC-STATE-7] */
  canImport(block: Hash): boolean;
  /** In shard 0, before `startImport`. Undefined if nothing is missing. [SYNC-STATE-7] */
  startRecords(block: Hash): RecordImport | undefined;
  /**
   * Blocks in the past of the checkpoint and not of its root, children first, below `after`. Empty if the node
   * has pruned them, and if the root would be genesis.
   */
  pastOf(
    checkpoint: Hash,
    after: Hash | undefined,
    countMax: number,
  ): { readonly blocks: readonly PastBlock[]; readonly isEnd: boolean };
  /** @throws CHAIN_HAS_STATE */
  startPast(checkpoint: Hash): PastImport;
  /**
   * Parents first. Possible only while genesis is the only executed block.
   * @throws CHAIN_STOPPED, CHAIN_HAS_STATE
   */
  importHeaders(headers: readonly Header[]): Promise<readonly BlockOutcome[]>;
  currentImport(): StateImport | undefined;
  /**
   * The header of `block` must be trusted. An import in progress switches to `block` and keeps the parts that
   * both states share.
   */
  startImport(block: Hash): Promise<StateImport>;
}

/** Proves records of shard 0's states below an imported one. [SYNC-STATE-7] */
export interface RecordImport {
  /** The range to request. Undefined once the records are stored. */
  readonly next: RecordRange | undefined;
  /** @throws STATE_RANGE_INVALID */
  give(range: StateRange): Promise<void>;
}

export interface RecordRange {
  readonly block: Hash;
  readonly owner: Hash | undefined;
  readonly from: Hash;
}

/** Stored parts survive a restart. */
export interface StateImport {
  readonly block: Hash;
  readonly root: Hash;
  /** Requests that may run concurrently. */
  missing(countMax: number): readonly StateRequest[];
  /** @throws STATE_RANGE_INVALID */
  putRange(request: StateRequest & { readonly kind: "range" }, range: StateRange): Promise<void>;
  /** @throws STATE_RANGE_INVALID */
  putCode(hash: Hash, code: Uint8Array): Promise<void>;
  complete(): Promise<void>;
}

export type StateRequest =
  | {
      readonly kind: "range";
      readonly owner: Hash | undefined;
      readonly from: Hash;
      readonly isPartlyHere: boolean;
    }
  | { readonly kind: "code"; readonly hash: Hash };
