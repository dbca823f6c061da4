import type { TrellisError } from "@trellis/base";
import type { Block } from "../block/Block.ts";
import type { Header } from "../block/Header.ts";
import type { Hash } from "../words.ts";

/** What became of one block, or of its header alone. */
export type BlockOutcome =
  | { readonly kind: "imported" }
  | { readonly kind: "known" }
  /** Parents that are neither here nor among the blocks before it. */
  | { readonly kind: "orphan"; readonly missing: readonly Hash[] }
  /** The error's consequence says what the sender deserves: "penalise", or "retry" when it may come again later. */
  | { readonly kind: "refused"; readonly error: TrellisError };

/** What the network asks of the chain and feeds it with. */
export interface BlockExchange {
  /** Whether the block has its place in the DAG. */
  has(hash: Hash): boolean;
  /** The chain block whose body and whose past's bodies are not kept: all others are. Genesis where all are kept. */
  oldest(): { readonly hash: Hash; readonly number: number };
  /**
   * What a header can tell by itself: its form, its time and its proof of work.
   * @throws the rule that it breaks
   */
  checkHeader(header: Header): Promise<void>;
  /**
   * Takes blocks in, parents before children, and stores them together; one that is refused does not keep the others
   * out. Resolves when they are stored, with an outcome for each.
   * @throws CHAIN_STOPPED
   */
  importBlocks(blocks: readonly Block[]): Promise<readonly BlockOutcome[]>;
  /** Hashes of the selected chain: the sink, then at doubling distances, genesis (or the oldest known) last. */
  locator(): readonly Hash[];
  /**
   * What is in the past of the sink and not in that of the newest hash of the locator on the selected chain: whole
   * mergesets, each followed by its chain block, at least one and not many more than `countMax` headers.
   * Undefined if no hash of the locator is known here.
   */
  headersAfter(
    locator: readonly Hash[],
    countMax: number,
  ): { readonly from: Hash; readonly headers: readonly Header[]; readonly isEnd: boolean } | undefined;
  /**
   * The chain block that the sink makes final, but for a limit; undefined where validators who are known by what is
   * final here make final, whom no limit holds.
   */
  finalPoint(): { readonly hash: Hash; readonly number: number } | undefined;
  /**
   * Nothing but what lies on the chain of this block becomes final, until another limit is set, or none.
   * @throws CHAIN_STOPPED
   */
  limitFinality(newest: Hash | undefined): Promise<void>;
}

/** Part of a state trie with its proof. */
export interface StateRange {
  /** Ascending by key; values as the trie holds them. */
  readonly entries: readonly { readonly key: Hash; readonly value: Uint8Array }[];
  /** Nodes that prove the key that was asked for and the last entry. */
  readonly proof: readonly Uint8Array[];
  /** Nothing follows the last entry. */
  readonly isEnd: boolean;
}

/** How deep a chain block stands. */
export interface ChainPlace {
  readonly number: number;
  readonly blueWork: bigint;
  /** Blue score between the two blocks. */
  readonly depth: number;
}

/** What a node that begins from a state asks of others, and how it begins. */
export interface StateExchange {
  /** @throws STATE_UNAVAILABLE */
  stateRange(block: Hash, owner: Hash | undefined, from: Hash, bytesMax: number): Promise<StateRange>;
  code(hash: Hash): Uint8Array | undefined;
  /** Final blocks whose states will be given away for a while, newest first. */
  kept(): readonly Hash[];
  /**
   * Blue score under the heaviest sink at which a chain block's state, which nobody here has executed, becomes the base;
   * told while nothing is executed. [SYNC-30]
   */
  readonly trustDepth: number;
  /** Where a block stands on the chain of another, by their headers; undefined if it does not. */
  chainPlace(block: Hash, on: Hash): ChainPlace | undefined;
  /**
   * Takes headers in without bodies, parents before children, as far as a state that will be imported makes their
   * bodies unnecessary. Only a chain that has executed nothing but genesis does that.
   * @throws CHAIN_STOPPED, CHAIN_HAS_STATE
   */
  importHeaders(headers: readonly Header[]): Promise<readonly BlockOutcome[]>;
  /** What is begun and not finished, after a restart too. */
  currentImport(): StateImport | undefined;
  /**
   * Begins to take over the state after `block`, whose header is known and trusted; or goes on with it where another
   * was underway: what is alike in both stays. The chain goes on from that block when the state is whole.
   */
  startImport(block: Hash): Promise<StateImport>;
}

/** A state that is being taken over; what was put outlives a restart. */
export interface StateImport {
  readonly block: Hash;
  readonly root: Hash;
  /** What is to be asked for next; several can be asked for at once. Empty when the state is whole. */
  missing(countMax: number): readonly StateRequest[];
  /** Checks a range against the root and keeps it. @throws STATE_RANGE_INVALID */
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
      /** Of what follows something is here already, so that a short range may do. */
      readonly isPartlyHere: boolean;
    }
  | { readonly kind: "code"; readonly hash: Hash };
