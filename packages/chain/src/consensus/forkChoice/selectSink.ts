import type { Hash } from "@trellis/protocol";

export interface SinkCandidates {
  /** By (blueWork, hash). */
  next(): Hash | undefined;
  /** Its parents become candidates. */
  refuse(candidate: Hash): void;
}

/**
 * Heaviest valid block whose selected chain contains the final block (docs/spec/dag.md). The final block itself always
 * passes.
 */
export async function selectSink(
  candidates: SinkCandidates,
  {
    isOnFinalChain,
    isStateValid,
  }: {
    readonly isOnFinalChain: (block: Hash) => boolean;
    readonly isStateValid: (block: Hash) => Promise<boolean>;
  },
): Promise<Hash | undefined> {
  for (;;) {
    const candidate = candidates.next();
    if (candidate === undefined) return undefined;
    if (isOnFinalChain(candidate) && (await isStateValid(candidate))) return candidate;
    candidates.refuse(candidate);
  }
}
