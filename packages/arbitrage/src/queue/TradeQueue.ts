import type { BlockReference } from "@trellis/client";

export interface TradeJob {
  readonly id: string;
  readonly block: BlockReference;
  readonly lastBlock: number;
  readonly worthWei: bigint;
}

export interface Claim {
  readonly job: TradeJob;
  readonly token: string;
}

/** Two workers may process one job: the journal guarantees at most one execution. [ARB-17] */
export interface TradeQueue {
  offer(jobs: readonly TradeJob[]): Promise<void>;
  /** Claims an unclaimed job, or one with an expired lease, whose last block is not reached. */
  claim(height: number): Promise<Claim | undefined>;
  /** @returns false if another worker claimed the job */
  finish(claim: Claim): Promise<boolean>;
  /** Only other workers may claim the job again. */
  pass(claim: Claim): Promise<void>;
}

export interface QueueOptions {
  /** Unique per process. */
  readonly worker: string;
  readonly leaseMs: number;
}

/** No worker may lag further behind than this. */
export const JOBS_KEPT_BLOCKS = 256;
