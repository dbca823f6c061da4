import type { BlockReference } from "@trellis/client";

/** A trade that was found at a block and can be included up to another. */
export interface TradeJob {
  /** The same for the same trade, whoever found it. */
  readonly id: string;
  readonly block: BlockReference;
  /** With this block there it is dead. */
  readonly lastBlock: number;
  readonly worthWei: bigint;
}

/** A job that one worker has for a time. */
export interface Claim {
  readonly job: TradeJob;
  /** Of this claim: who claims the job later has another. */
  readonly token: string;
}

/**
 * Port: which worker of a chain works on which trade. It spares work and decides nothing: that a job is executed at
 * most once is the journal's part. [ARB-17]
 */
export interface TradeQueue {
  /** Jobs that were offered before, by whomever and whatever became of them, are passed over. */
  offer(jobs: readonly TradeJob[]): Promise<void>;
  /** A job that nobody has, or whose worker is gone, and whose last block is above the height. */
  claim(height: number): Promise<Claim | undefined>;
  /** It is decided, and nobody gets it again. @returns false where another has claimed it meanwhile */
  finish(claim: Claim): Promise<boolean>;
  /** This worker cannot do it and is not given it again; others may take it at once. */
  pass(claim: Claim): Promise<void>;
}

export interface QueueTerms {
  /** Tells workers apart: of each process another. */
  readonly worker: string;
  /** A job whose worker has not finished it for so long is given to another. */
  readonly leaseMs: number;
}

/** How far behind the head finished jobs are known: no worker is further behind. blocks */
export const JOBS_KEPT_BLOCKS = 256;
