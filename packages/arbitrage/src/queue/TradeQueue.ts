import type { BlockReference } from "@trellis/client";

export interface TradeJob {
  readonly id: string;
  readonly block: BlockReference;
  /** The trade is void when this block is the head. */
  readonly lastBlock: number;
  readonly worthWei: bigint;
}

export interface Claim {
  readonly job: TradeJob;
  /** Each claim has a new token. */
  readonly token: string;
}

/** Avoids duplicate work; the journal guarantees at most one execution. [ARB-17] */
export interface TradeQueue {
  /** Ignores known jobs. */
  offer(jobs: readonly TradeJob[]): Promise<void>;
  /** Claims a job that is free or past its lease, and not void at this height. */
  claim(height: number): Promise<Claim | undefined>;
  /** @returns false if another worker claimed the job */
  finish(claim: Claim): Promise<boolean>;
  /** Releases the job for other workers only. */
  pass(claim: Claim): Promise<void>;
}

export interface QueueOptions {
  /** Unique per process. */
  readonly worker: string;
  readonly leaseMs: number;
}

/** Finished jobs are kept for this many blocks; no worker may lag further behind. */
export const JOBS_KEPT_BLOCKS = 256;
