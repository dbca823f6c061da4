import type { TrellisError } from "@trellis/base";
import type { Block } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Hash } from "../words.ts";

export type BlockOutcome =
  | { readonly kind: "imported" }
  | { readonly kind: "known" }
  /** Parents that are neither stored nor earlier in the batch. */
  | { readonly kind: "orphan"; readonly missing: readonly Hash[] }
  /** `error.consequence` is "penalise", or "retry" when the block may become valid. */
  | { readonly kind: "refused"; readonly error: TrellisError };

export interface BlockExchange {
  has(hash: Hash): boolean;
  /** Newest block whose body and past bodies are pruned; genesis if none are. */
  oldest(): { readonly hash: Hash; readonly number: number };
  /**
   * Checks form, time and proof of work.
   * @throws the broken rule
   */
  checkHeader(header: Header): Promise<void>;
  /**
   * Parents before children. Rejected blocks do not affect the others. Resolves after the commit.
   * @throws CHAIN_STOPPED
   */
  importBlocks(blocks: readonly Block[]): Promise<readonly BlockOutcome[]>;
  /** The sink, then doubling distances, last genesis or the oldest known. */
  locator(): readonly Hash[];
  /**
   * Headers in the past of the sink, but not of the locator's newest hash on the selected chain: at least one whole
   * mergeset, each followed by its chain block, few more than `countMax`. Undefined if no hash is known.
   */
  headersAfter(
    locator: readonly Hash[],
    countMax: number,
  ): { readonly from: Hash; readonly headers: readonly Header[]; readonly isEnd: boolean } | undefined;
  /** Final by depth, ignoring the limit. Undefined once validators finalize: the limit does not bind them. */
  finalPoint(): { readonly hash: Hash; readonly number: number } | undefined;
  /**
   * Limits finality to the chain of this block; undefined removes the limit.
   * @throws CHAIN_STOPPED
   */
  limitFinality(newest: Hash | undefined): Promise<void>;
}

export interface StateRange {
  /** Ascending by key. */
  readonly entries: readonly { readonly key: Hash; readonly value: Uint8Array }[];
  /** Proves the requested key and the last entry. */
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

export interface StateExchange {
  /** @throws STATE_UNAVAILABLE */
  stateRange(block: Hash, owner: Hash | undefined, from: Hash, bytesMax: number): Promise<StateRange>;
  code(hash: Hash): Uint8Array | undefined;
  /** States served for a while, newest first. */
  kept(): readonly Hash[];
  /** Minimum blue score below the sink of a state that becomes the base, before anything is executed. [SYNC-30] */
  readonly trustDepth: number;
  /** Reads headers only. */
  chainPlace(block: Hash, on: Hash): ChainPlace | undefined;
  /**
   * Headers whose bodies a state import makes unnecessary, parents before children. Only before anything but genesis is
   * executed.
   * @throws CHAIN_STOPPED, CHAIN_HAS_STATE
   */
  importHeaders(headers: readonly Header[]): Promise<readonly BlockOutcome[]>;
  /** Unfinished import, also after a restart. */
  currentImport(): StateImport | undefined;
  /**
   * The header of `block` must be trusted. An import in progress switches to it and keeps equal parts. Then the chain
   * continues from the block.
   */
  startImport(block: Hash): Promise<StateImport>;
}

/** Stored parts survive a restart. */
export interface StateImport {
  readonly block: Hash;
  readonly root: Hash;
  /** May be requested concurrently. Empty when complete. */
  missing(countMax: number): readonly StateRequest[];
  /** @throws STATE_RANGE_INVALID */
  putRange(request: StateRequest & { readonly kind: "range" }, range: StateRange): Promise<void>;
  /** @throws STATE_RANGE_INVALID */
  putCode(hash: Hash, code: Uint8Array): Promise<void>;
  /** Makes the block the base. @throws ARGUMENT_INVALID */
  complete(): Promise<void>;
}

export type StateRequest =
  | {
      readonly kind: "range";
      readonly owner: Hash | undefined;
      readonly from: Hash;
      /** Part of it is stored, so a short range may suffice. */
      readonly isPartlyHere: boolean;
    }
  | { readonly kind: "code"; readonly hash: Hash };
