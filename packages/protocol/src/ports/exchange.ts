import type { TrellisError } from "@trellis/base";
import type { Block } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Hash } from "../words.ts";

export type BlockOutcome =
  | { readonly kind: "imported" }
  | { readonly kind: "known" }
  | { readonly kind: "orphan"; readonly missing: readonly Hash[] }
  /** The consequence is "penalise", or "retry" if the block may become valid. */
  | { readonly kind: "refused"; readonly error: TrellisError };

export interface BlockExchange {
  has(hash: Hash): boolean;
  /** Newest block whose body and past bodies are pruned; otherwise genesis. */
  oldest(): { readonly hash: Hash; readonly number: number };
  /**
   * Checks form, time and proof of work.
   * @throws the broken rule
   */
  checkHeader(header: Header): Promise<void>;
  /**
   * Parents must precede children. Refused blocks do not affect the others. Resolves after the commit.
   * @throws CHAIN_STOPPED
   */
  importBlocks(blocks: readonly Block[]): Promise<readonly BlockOutcome[]>;
  /** The sink, then chain blocks at doubling distances, last genesis or the oldest known. */
  locator(): readonly Hash[];
  /**
   * Headers in the past of the sink, but not of the locator's newest hash on the selected chain: at least one
   * whole mergeset, each followed by its chain block, few more than `countMax`. Undefined if no hash is
   * known.
   */
  headersAfter(
    locator: readonly Hash[],
    countMax: number,
  ): { readonly from: Hash; readonly headers: readonly Header[]; readonly isEnd: boolean } | undefined;
  /** Newest block that is final by depth, without the limit. Undefined once validators finalize. */
  finalPoint(): { readonly hash: Hash; readonly number: number } | undefined;
  /**
   * Limits finality to this block's chain; undefined removes the limit.
   * @throws CHAIN_STOPPED
   */
  limitFinality(newest: Hash | undefined): Promise<void>;
}

export interface StateRange {
  readonly entries: readonly { readonly key: Hash; readonly value: Uint8Array }[];
  readonly proof: readonly Uint8Array[];
  /** True if no key follows the last entry. */
  readonly isEnd: boolean;
}

export interface ChainPlace {
  readonly number: number;
  readonly blueWork: bigint;
  /** Blue score between the two blocks. */
  readonly depth: number;
}

export interface StateExchange {
  /** @throws STATE_UNAVAILABLE */
  stateRange(block: Hash, owner: Hash | undefined, from: Hash, bytesMax: number): Promise<StateRange>;
  code(hash: Hash): Uint8Array | undefined;
  /** States served for some time, newest first. */
  kept(): readonly Hash[];
  /** Minimum blue score between an imported state and the sink. [SYNC-30] */
  readonly trustDepth: number;
  /** Reads headers only. */
  chainPlace(block: Hash, on: Hash): ChainPlace | undefined;
  /**
   * Imports headers whose bodies a state import makes unnecessary, parents before children. Possible only before
   * anything except genesis is executed.
   * @throws CHAIN_STOPPED, CHAIN_HAS_STATE
   */
  importHeaders(headers: readonly Header[]): Promise<readonly BlockOutcome[]>;
  currentImport(): StateImport | undefined;
  /**
   * The header of `block` must be trusted. An import in progress switches to this block and keeps equal parts. When
   * complete, the chain continues from the block.
   */
  startImport(block: Hash): Promise<StateImport>;
}

/** Stored parts survive a restart. */
export interface StateImport {
  readonly block: Hash;
  readonly root: Hash;
  /** Requests may run concurrently. Empty when complete. */
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
