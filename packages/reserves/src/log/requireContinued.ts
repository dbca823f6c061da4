import { isTrellisError } from "@trellis/base";
import type { TransparencyLog } from "./createTransparencyLog.ts";
import { checkAgainst, type SeenHead, type WitnessMemory } from "./createWitness.ts";
import { logErrors } from "./errors.ts";

export interface ContinuedLog {
  readonly log: TransparencyLog;
  /** Stored separately, so that restoring the log does not reset the memory. */
  readonly memory: WitnessMemory;
}

/**
 * Detects a log restored from a backup. @returns the last signed head and the head that may be signed now
 * @throws LOG_ROLLED_BACK, LOG_TILE_DAMAGED
 */
export async function requireContinued(
  origin: string,
  { log, memory }: ContinuedLog,
): Promise<{ readonly seen: SeenHead | undefined; readonly head: SeenHead }> {
  // Read before the log, which then includes everything other processes signed.
  const seen = await memory.read(origin);
  return { seen, head: await requireContinuing(seen, log) };
}

/** @throws LOG_ROLLED_BACK, LOG_TILE_DAMAGED */
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
