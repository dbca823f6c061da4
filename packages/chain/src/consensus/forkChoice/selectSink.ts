import type { Hash } from "@trellis/protocol";

export interface SinkCandidates {
  /** The heaviest candidate that is left, by (blueWork, hash). */
  next(): Hash | undefined;
  /** Puts a refused candidate's parents in its place. */
  refuse(candidate: Hash): void;
}

/**
 * The sink: the heaviest block whose chain contains the final block and whose state is valid. A tip that is
 * refused makes room for its parents (docs/spec/dag.md). Ends, because the final block itself always passes.
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
