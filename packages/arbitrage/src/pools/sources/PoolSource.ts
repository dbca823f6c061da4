import type { Hex } from "@trellis/base";
import type { ChainLog, ChainView } from "@trellis/client";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";

export type PoolLog = Pick<ChainLog, "address" | "topics" | "data">;
export type PoolCaller = Pick<ChainView, "call">;

export interface ReadOptions {
  readonly blockHash: Hex;
  /** Address of Multicall3. */
  readonly multicall?: PoolAddress;
  /** Uniswap v3 bitmap words per side (default: all). */
  readonly wordsAround?: number;
}

/** "reread": the log lacks the new state; undefined: nothing relevant changed. */
export type LogEffect = Pool | "reread" | undefined;

export interface PoolSource {
  readonly kind: string;
  readonly address: PoolAddress;
  /** Undefined if the tokens must be read from the contract. */
  readonly tokens: readonly TokenAddress[] | undefined;
  /** Contracts that log for the pool: the pool or its vault. */
  readonly emitters: readonly PoolAddress[];
  isAbout(log: PoolLog): boolean;
  /** @throws POOL_LOG_INVALID for a log that contradicts the state */
  applyLog(pool: Pool, log: PoolLog): LogEffect;
  /**
   * @throws POOL_UNREADABLE for another kind of contract, POOL_INVALID for contradictory answers, and the caller's
   * errors
   */
  read(caller: PoolCaller, options: ReadOptions): Promise<Pool>;
  /** True if the state changes with time, so that the pool is read at every block. */
  isMoving?(pool: Pool): boolean;
  differenceOf(kept: Pool, read: Pool): string | undefined;
}
