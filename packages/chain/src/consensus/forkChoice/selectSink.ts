import type { Hash } from "@trellis/protocol";

export interface SinkCandidates {
  /** Returns the heaviest candidate. */
  next(): Hash | undefined;
  /** Replaces the candidate by its parents. */
  refuse(candidate: Hash): void;
}

/** Returns the heaviest valid block whose selected chain contains the final block (docs/spec/dag.md). */
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
