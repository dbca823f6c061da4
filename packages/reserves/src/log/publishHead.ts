import type { Clock } from "@trellis/base";
import type { TransparencyLog } from "./createTransparencyLog.ts";
import { checkAgainst, keep, type WitnessMemory } from "./createWitness.ts";
import type { HeadSigner } from "./signers.ts";
import { signHead } from "./signHead.ts";

export interface HeadPublisher {
  readonly log: TransparencyLog;
  /** What was signed last. Kept apart from the log's storage, so that a restored backup does not bring it back. */
  readonly memory: WitnessMemory;
  readonly signers: readonly HeadSigner[];
  readonly clock: Clock;
}

/**
 * Signs the log's head as it is now, if it continues the head that was signed last. A storage that was restored to
 * an earlier state, and filled with other entries since, is noticed before it becomes a split that anyone can prove.
 * @returns the signed head's text
 * @throws LOG_SHRANK, LOG_SPLIT_VIEW, LOG_OLD_ROOT_MISMATCH, LOG_NEW_ROOT_MISMATCH: nothing is signed;
 *   LOG_WITNESS_BEHIND when another process signed meanwhile
 */
export async function publishHead(
  origin: string,
  { log, memory, signers, clock }: HeadPublisher,
): Promise<string> {
  const size = await log.size();
  const root = await log.root(size);
  const seen = await memory.read(origin);
  const proof =
    seen !== undefined && seen.size > 0 && seen.size < size
      ? await log.consistencyProof(seen.size, size)
      : [];
  checkAgainst(seen, { size, root }, seen?.size ?? 0, proof);
  await keep(origin, memory, seen, { size, root });
  return signHead({ origin, size, root, timeMs: clock.nowMs() }, signers);
}
