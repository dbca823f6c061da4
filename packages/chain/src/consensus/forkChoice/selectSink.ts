import type { Hash } from "@trellis/protocol";

export interface SinkCandidates {
  next(): Hash | undefined;
  refuse(candidate: Hash): void;
}

/** [DAG-12] */
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
