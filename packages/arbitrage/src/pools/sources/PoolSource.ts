import type { Hex } from "@trellis/base";
import type { ChainLog, ChainView } from "@trellis/client";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";

export type PoolLog = Pick<ChainLog, "address" | "topics" | "data">;
export type PoolCaller = Pick<ChainView, "call">;

export interface ReadOptions {
  readonly blockHash: Hex;
  /** Address of Multicall3. */
  readonly multicall?: PoolAddress;
  readonly wordsAround?: number;
}

/** "reread": the log lacks the new state. */
export type LogEffect = Pool | "reread" | undefined;

export interface PoolSource {
  readonly kind: string;
  readonly address: PoolAddress;
  /** Undefined if only `read` returns them. */
  readonly tokens: readonly TokenAddress[] | undefined;
  /** Contracts that log the pool's changes: itself or its vault. */
  readonly emitters: readonly PoolAddress[];
  isAbout(log: PoolLog): boolean;
  /** @throws POOL_LOG_INVALID if the log contradicts the state */
  applyLog(pool: Pool, log: PoolLog): LogEffect;
  /** @throws POOL_UNREADABLE for another kind of contract, POOL_INVALID, and the caller's errors */
  read(caller: PoolCaller, options: ReadOptions): Promise<Pool>;
  /** The state changes with time, so the pool is read at every block. */
  isMoving?(pool: Pool): boolean;
  differenceOf(kept: Pool, read: Pool): string | undefined;
}
