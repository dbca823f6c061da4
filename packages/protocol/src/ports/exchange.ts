import type { TrellisError } from "@trellis/base";
import type { Block } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Hash } from "../words.ts";

/** Result for a block, or for its header alone. */
export type BlockOutcome =
  | { readonly kind: "imported" }
  | { readonly kind: "known" }
  /** Parents neither stored nor earlier in the batch. */
  | { readonly kind: "orphan"; readonly missing: readonly Hash[] }
  /** The error's consequence for the sender: "penalise", or "retry" when the block may become valid. */
  | { readonly kind: "refused"; readonly error: TrellisError };

/** Chain functions for the network. */
export interface BlockExchange {
  /** True if the block is in the DAG. */
  has(hash: Hash): boolean;
  /** Chain block up to which bodies of the past are pruned; genesis if none are. */
  oldest(): { readonly hash: Hash; readonly number: number };
  /**
   * Checks form, time and proof of work.
   * @throws the broken rule
   */
  checkHeader(header: Header): Promise<void>;
  /**
   * Imports a batch, parents before children. Rejected blocks do not affect the others. Resolves after the commit, with
   * an outcome per block.
   * @throws CHAIN_STOPPED
   */
  importBlocks(blocks: readonly Block[]): Promise<readonly BlockOutcome[]>;
  /** Selected chain hashes: the sink, then doubling distances, last genesis or the oldest known. */
  locator(): readonly Hash[];
  /**
   * Headers in the past of the sink, but not of the locator's newest hash on the selected chain. Whole mergesets, each
   * followed by its chain block: at least one, and few more than `countMax` headers. Undefined if no hash is known.
   */
  headersAfter(
    locator: readonly Hash[],
    countMax: number,
  ): { readonly from: Hash; readonly headers: readonly Header[]; readonly isEnd: boolean } | undefined;
  /**
   * Chain block that depth makes final, ignoring the limit. Undefined once validators finalize: the limit does not bind
   * them.
   */
  finalPoint(): { readonly hash: Hash; readonly number: number } | undefined;
  /**
   * Allows finality only on the chain of this block, until changed; undefined removes the limit.
   * @throws CHAIN_STOPPED
   */
  limitFinality(newest: Hash | undefined): Promise<void>;
}

/** Part of a state trie with its proof. */
export interface StateRange {
  /** Ascending by key; values as in the trie. */
  readonly entries: readonly { readonly key: Hash; readonly value: Uint8Array }[];
  /** Nodes that prove the requested key and the last entry. */
  readonly proof: readonly Uint8Array[];
  /** Nothing follows the last entry. */
  readonly isEnd: boolean;
}

export interface ChainPlace {
  readonly number: number;
  readonly blueWork: bigint;
  /** Blue score between the two blocks. */
  readonly depth: number;
}

/** Serves states to peers and imports a state. */
export interface StateExchange {
  /** @throws STATE_UNAVAILABLE */
  stateRange(block: Hash, owner: Hash | undefined, from: Hash, bytesMax: number): Promise<StateRange>;
  code(hash: Hash): Uint8Array | undefined;
  /** Final blocks whose states stay available for a while, newest first. */
  kept(): readonly Hash[];
  /**
   * Blue score below the heaviest sink from which a chain block's unexecuted state can become the base. Applies before
   * anything is executed. [SYNC-30]
   */
  readonly trustDepth: number;
  /** Position on the chain of `on` by headers, or undefined. */
  chainPlace(block: Hash, on: Hash): ChainPlace | undefined;
  /**
   * Imports headers whose bodies a state import makes unnecessary, parents before children. Only before anything but
   * genesis is executed.
   * @throws CHAIN_STOPPED, CHAIN_HAS_STATE
   */
  importHeaders(headers: readonly Header[]): Promise<readonly BlockOutcome[]>;
  /** Unfinished import; survives a restart. */
  currentImport(): StateImport | undefined;
  /**
   * Starts to import the state after `block`, whose header must be known and trusted. An import in progress switches to
   * it and keeps equal parts. The chain continues from the block once the state is complete.
   */
  startImport(block: Hash): Promise<StateImport>;
}

/** A state import in progress. Stored parts survive a restart. */
export interface StateImport {
  readonly block: Hash;
  readonly root: Hash;
  /** Next requests, which may run concurrently. Empty when the state is complete. */
  missing(countMax: number): readonly StateRequest[];
  /** Verifies a range against the root and stores it. @throws STATE_RANGE_INVALID */
  putRange(request: StateRequest & { readonly kind: "range" }, range: StateRange): Promise<void>;
  /** @throws STATE_RANGE_INVALID */
  putCode(hash: Hash, code: Uint8Array): Promise<void>;
  /** Makes the block the base of the chain. @throws ARGUMENT_INVALID */
  complete(): Promise<void>;
}

export type StateRequest =
  | {
      readonly kind: "range";
      readonly owner: Hash | undefined;
      readonly from: Hash;
      /** Some of what follows is stored, so a short range may suffice. */
      readonly isPartlyHere: boolean;
    }
  | { readonly kind: "code"; readonly hash: Hash };
