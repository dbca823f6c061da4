import type { Hex } from "@trellis/base";
import type { BlockReference, ChainClient, PreparedTransaction } from "@trellis/client";

/** What is to be executed at most once, and only up to a block. */
export interface SubmissionJob {
  /** Unique forever: a job that is handed in again is the same one. */
  readonly id: string;
  readonly call: { readonly to: Hex; readonly data: Hex };
  readonly gasLimit: bigint;
  /** Height of the last block that can include it. */
  readonly lastBlock: number;
  /** A block that the chain must have: on another branch the job can do nothing. */
  readonly anchor?: BlockReference;
  /** What to offer for inclusion, per unit of gas; the node's suggestion unless given. */
  readonly tipWei?: bigint;
  /** The most for a unit of gas. */
  readonly feeLimitWei?: bigint;
}

/** One signed transaction. Without a job it does nothing but use the nonce. */
export interface NonceSlotAttempt extends PreparedTransaction {
  readonly job: SubmissionJob | undefined;
  readonly preparedAtMs: number;
  /** The job's last block is final, and the wallet had not used the nonce by then: nothing executes it any more. */
  readonly isPassed?: true;
}

export interface NonceSlotInclusion {
  readonly transactionHash: Hex;
  readonly block: BlockReference;
  readonly isReverted: boolean;
  readonly gasUsed: bigint;
  /** Missing where the node does not tell. */
  readonly gasPriceWei?: bigint;
  /** What a rollup charged beside gas; missing on other chains. */
  readonly l1FeeWei?: bigint;
}

/**
 * `sent`: attempts are signed and written down, and handed over; `included`: one of them is in a canonical block;
 * `final`: that block is final, or something else used the nonce.
 */
export type NonceSlotState = "sent" | "included" | "final";

/** One nonce of a wallet, and the transactions that were signed with it: at most one of them is included. */
export interface NonceSlot {
  readonly nonce: number;
  readonly state: NonceSlotState;
  /** In the order of their signing, without the oldest that have passed. */
  readonly attempts: readonly [NonceSlotAttempt, ...NonceSlotAttempt[]];
  /** Undefined unless one is included; of a final slot: something else used the nonce. */
  readonly inclusion: NonceSlotInclusion | undefined;
  /** Grows with every change. */
  readonly version: number;
}

export type NonceSlotChange = Pick<NonceSlot, "state" | "attempts" | "inclusion">;

/** Attempts that have passed and are kept: workers that book late still find what became of their jobs. */
export const PASSED_KEPT_MAX = 16;
/** Where nothing becomes final a slot takes no more. Above the blocks that other chains take for that, 64 to 100. */
export const ATTEMPTS_MAX = 256;

/** The attempts without the oldest ones that have passed: no block executes them, and no relay holds them any more. */
export function keptAttempts({ attempts }: NonceSlot): readonly NonceSlotAttempt[] {
  const old = new Set(attempts.filter(({ isPassed }) => isPassed).slice(0, -PASSED_KEPT_MAX));
  return attempts.filter((attempt) => !old.has(attempt));
}

export function newestOf({ attempts }: NonceSlot): NonceSlotAttempt {
  return attempts.at(-1) ?? attempts[0];
}

/** Whether no block after the head can execute the newest attempt's job. One without a job executes nothing. */
export async function isIdle(
  slot: NonceSlot,
  headHeight: number,
  client: Pick<ChainClient, "blockHash">,
): Promise<boolean> {
  const { job } = newestOf(slot);
  return job === undefined || (await isExpired(job, headHeight, client));
}

/** Whether no block after the head can execute the job. [ARB-16] */
export async function isExpired(
  job: SubmissionJob,
  headHeight: number,
  client: Pick<ChainClient, "blockHash">,
): Promise<boolean> {
  return job.lastBlock <= headHeight || !(await isAnchored(job, client));
}

/** Whether the chain has the block that the job is bound to. */
async function isAnchored(
  { anchor }: SubmissionJob,
  client: Pick<ChainClient, "blockHash">,
): Promise<boolean> {
  return anchor === undefined || (await client.blockHash(anchor.height)) === anchor.hash;
}

/** What became of a job. */
export type JobOutcome = "open" | "executed" | "reverted" | "expired";

/** @param slot where the job was put */
export function outcomeOf({ state, attempts, inclusion }: NonceSlot, jobId: string): JobOutcome {
  const included = attempts.find(({ hash }) => hash === inclusion?.transactionHash);
  const hasPassed = attempts.some(({ job, isPassed }) => job?.id === jobId && isPassed === true);
  if (included === undefined) return state === "final" || hasPassed ? "expired" : "open";
  if (included.job?.id !== jobId) return "expired";
  return inclusion?.isReverted === true ? "reverted" : "executed";
}

/** The job that the included transaction's gas is counted to: what only uses the nonce is there for the newest one. */
export function payerOf({ attempts, inclusion }: NonceSlot): string | undefined {
  const included = attempts.find(({ hash }) => hash === inclusion?.transactionHash);
  return (included?.job ?? attempts.findLast(({ job }) => job !== undefined)?.job)?.id;
}
