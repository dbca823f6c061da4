import type { Hex } from "@trellis/base";
import type { ChainLog, ChainView } from "@trellis/client";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";

export type PoolLog = Pick<ChainLog, "address" | "topics" | "data">;
/** Calls at the state of a block, selected by its hash. */
export type PoolCaller = Pick<ChainView, "call">;

export interface ReadOptions {
  readonly blockHash: Hex;
  /** Address of Multicall3; without it every call is a request. */
  readonly multicall?: PoolAddress;
  /** Uniswap v3: bitmap words to read on each side of the price (default: all). */
  readonly wordsAround?: number;
}

/**
 * Result of a log: the new state; "reread" if the log does not contain the new state; undefined if nothing relevant
 * changed.
 */
export type LogEffect = Pool | "reread" | undefined;

/** Immutable facts about a pool, and how its state is read. */
export interface PoolSource {
  readonly kind: string;
  readonly address: PoolAddress;
  /** Undefined if only the contract knows them. */
  readonly tokens: readonly TokenAddress[] | undefined;
  /** Contracts whose logs concern the pool: the pool itself or its vault. */
  readonly emitters: readonly PoolAddress[];
  isAbout(log: PoolLog): boolean;
  /** @throws POOL_LOG_INVALID if the log is impossible in this state */
  applyLog(pool: Pool, log: PoolLog): LogEffect;
  /**
   * @throws POOL_UNREADABLE if the contract is not of this kind, POOL_INVALID if its answers contradict each other, and
   * the caller's errors
   */
  read(caller: PoolCaller, options: ReadOptions): Promise<Pool>;
  /** True if the state changes with time alone, so that it is read at every block. */
  isMoving?(pool: Pool): boolean;
  /** First difference between the tracked and the read state of one block. */
  differenceOf(kept: Pool, read: Pool): string | undefined;
}
