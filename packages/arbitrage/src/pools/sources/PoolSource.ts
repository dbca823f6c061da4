import type { Hex } from "@trellis/base";
import type { ChainLog, ChainView } from "@trellis/client";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";

export type PoolLog = Pick<ChainLog, "address" | "topics" | "data">;
/** The slice of a chain that pools are read through: calls in the state of a block named by its hash. */
export type PoolCaller = Pick<ChainView, "call">;

/** Calls at once: a node's own limit, or a multicall contract's. */
export interface ReadOptions {
  readonly blockHash: Hex;
  /** Address of Multicall3 on this chain; without it every call is a request. */
  readonly multicall?: PoolAddress;
  /** Uniswap v3: how many words of the bitmap to each side of the price are read; all by default. */
  readonly wordsAround?: number;
}

/**
 * What became of a pool by a log: another state; "reread" where the log says that something changed and not what it
 * is now; undefined where nothing that matters changed.
 */
export type LogEffect = Pool | "reread" | undefined;

/** What is known of a pool forever, and how its state is learned from its chain. */
export interface PoolSource {
  readonly kind: string;
  readonly address: PoolAddress;
  /** Undefined where only its contract tells them: the pool that is read has them. */
  readonly tokens: readonly TokenAddress[] | undefined;
  /** Who emits the logs that tell of the pool: itself, or the vault that holds its balances. */
  readonly emitters: readonly PoolAddress[];
  /** Whether a log of one of the emitters is about this pool. */
  isAbout(log: PoolLog): boolean;
  /** @throws POOL_LOG_INVALID for what no such pool says in this state */
  applyLog(pool: Pool, log: PoolLog): LogEffect;
  /**
   * The state at a block. @throws POOL_UNREADABLE where the contract does not answer as one of its kind, POOL_INVALID
   * where its answers contradict each other, and what the caller throws
   */
  read(caller: PoolCaller, options: ReadOptions): Promise<Pool>;
  /** Whether its state changes by time alone, so that it is read at every block; never where this is not there. */
  isMoving?(pool: Pool): boolean;
  /** The state that logs left and the one that was read, of the same block: what differs, or undefined. */
  differenceOf(kept: Pool, read: Pool): string | undefined;
}
