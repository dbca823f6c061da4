import { isTrellisError } from "@trellis/base";
import type { TransparencyLog } from "./createTransparencyLog.ts";
import { checkAgainst, type SeenHead, type WitnessMemory } from "./createWitness.ts";
import { logErrors } from "./errors.ts";

export interface ContinuedLog {
  readonly log: TransparencyLog;
  /** What was signed last. Kept apart from the log's storage, so that a restored backup does not bring it back. */
  readonly memory: WitnessMemory;
}

/**
 * That the log as it is now continues the head that was signed last. A storage that was restored to an earlier state
 * does not, whether it was filled with other entries since or not.
 * @returns the head that was signed last, and the one that may be signed now
 * @throws LOG_ROLLED_BACK, LOG_TILE_DAMAGED
 */
export async function requireContinued(
  origin: string,
  { log, memory }: ContinuedLog,
): Promise<{ readonly seen: SeenHead | undefined; readonly head: SeenHead }> {
  // First: what another process appends and signs in between is then in the log that is read.
  const seen = await memory.read(origin);
  return { seen, head: await requireContinuing(seen, log) };
}

/** @returns the log's head. @throws as requireContinued */
export async function requireContinuing(seen: SeenHead | undefined, log: TransparencyLog): Promise<SeenHead> {
  const size = await log.size();
  const head = { size, root: await log.root(size) };
  const proof =
    seen !== undefined && seen.size > 0 && seen.size < size
      ? await log.consistencyProof(seen.size, size)
      : [];
  try {
    checkAgainst(seen, head, seen?.size ?? 0, proof);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    throw logErrors.LOG_ROLLED_BACK(
      { signedSize: seen?.size, size, reason: error.facts.reason ?? error.code },
      error,
    );
  }
  return head;
}
