import type { Hex } from "@trellis/base";
import type { BlockReference, ChainClient, PreparedTransaction } from "@trellis/client";

/** Executes at most once, and not after its last block. */
export interface SubmissionJob {
  /** Permanent idempotency key. */
  readonly id: string;
  readonly call: { readonly to: Hex; readonly data: Hex };
  readonly gasLimit: bigint;
  readonly lastBlock: number;
  /** Executable only on a chain with this block. */
  readonly anchor?: BlockReference;
  /** Default: the node's suggestion. */
  readonly tipWei?: bigint;
  readonly feeLimitWei?: bigint;
}

/** Without a job, an attempt only uses up the nonce. */
export interface NonceSlotAttempt extends PreparedTransaction {
  readonly job: SubmissionJob | undefined;
  readonly preparedAtMs: number;
  readonly isPassed?: true;
}

export interface NonceSlotInclusion {
  readonly transactionHash: Hex;
  readonly block: BlockReference;
  readonly isReverted: boolean;
  readonly gasUsed: bigint;
  readonly gasPriceWei?: bigint;
  readonly l1FeeWei?: bigint;
}

/**
 * `sent`: recorded and broadcast; `included`: an attempt is in a canonical block; `final`: the block is
 * final, or another transaction used the nonce.
 */
export type NonceSlotState = "sent" | "included" | "final";

export interface NonceSlot {
  readonly nonce: number;
  readonly state: NonceSlotState;
  /** In signing order. */
  readonly attempts: readonly [NonceSlotAttempt, ...NonceSlotAttempt[]];
  readonly inclusion: NonceSlotInclusion | undefined;
  readonly version: number;
}

export type NonceSlotChange = Pick<NonceSlot, "state" | "attempts" | "inclusion">;

/** Expired attempts kept for workers that book late. */
export const PASSED_KEPT_MAX = 16;
/** Reached only if finality stops; chains finalize within 64 to 100 blocks. */
export const ATTEMPTS_MAX = 256;

export function keptAttempts({ attempts }: NonceSlot): readonly NonceSlotAttempt[] {
  const old = new Set(attempts.filter(({ isPassed }) => isPassed).slice(0, -PASSED_KEPT_MAX));
  return attempts.filter((attempt) => !old.has(attempt));
}

export function newestOf({ attempts }: NonceSlot): NonceSlotAttempt {
  return attempts.at(-1) ?? attempts[0];
}

/** No later block can execute the newest job. */
export async function isIdle(
  slot: NonceSlot,
  headHeight: number,
  client: Pick<ChainClient, "blockHash">,
): Promise<boolean> {
  const { job } = newestOf(slot);
  return job === undefined || (await isExpired(job, headHeight, client));
}

/** No block after the head can execute the job. [ARB-16] */
export async function isExpired(
  job: SubmissionJob,
  headHeight: number,
  client: Pick<ChainClient, "blockHash">,
): Promise<boolean> {
  return job.lastBlock <= headHeight || !(await isAnchored(job, client));
}

async function isAnchored(
  { anchor }: SubmissionJob,
  client: Pick<ChainClient, "blockHash">,
): Promise<boolean> {
  return anchor === undefined || (await client.blockHash(anchor.height)) === anchor.hash;
}

export type JobOutcome = "open" | "executed" | "reverted" | "expired";

export function outcomeOf({ state, attempts, inclusion }: NonceSlot, jobId: string): JobOutcome {
  const included = attempts.find(({ hash }) => hash === inclusion?.transactionHash);
  const hasPassed = attempts.some(({ job, isPassed }) => job?.id === jobId && isPassed === true);
  if (included === undefined) return state === "final" || hasPassed ? "expired" : "open";
  if (included.job?.id !== jobId) return "expired";
  return inclusion?.isReverted === true ? "reverted" : "executed";
}

/** The newest job is charged for a self-transfer. */
export function payerOf({ attempts, inclusion }: NonceSlot): string | undefined {
  const included = attempts.find(({ hash }) => hash === inclusion?.transactionHash);
  return (included?.job ?? attempts.findLast(({ job }) => job !== undefined)?.job)?.id;
}
