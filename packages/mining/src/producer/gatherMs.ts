export interface ProducerLoad {
  /** Executable transactions in the mempool. */
  readonly pending: number;
  /** A transaction arrived since the last block began, or since the previous call. */
  readonly isArriving: boolean;
  /** Transactions of the last block. */
  readonly lastCount: number;
  /** Time that the last block took. */
  readonly lastMs: number;
  /** Time since the last block. */
  readonly sinceMs: number;
}

/** Beyond this number, a block's fixed cost is small. */
const GATHERED_MAX = 128;
const LOOK_MS = 2;

/**
 * Under load, transactions gather while more arrive, at most as long as the last block took. Fewer blocks then
 * carry more each, and at most half of the time is waiting. A lone transaction does not wait.
 * @returns time until the next call; 0: make a block now
 */
export function gatherMs({ pending, isArriving, lastCount, lastMs, sinceMs }: ProducerLoad): number {
  const isLone = pending <= 1 && lastCount <= 1;
  const hasClockGoneBack = sinceMs < 0;
  if (isLone || !isArriving || pending >= GATHERED_MAX || hasClockGoneBack) return 0;
  return Math.max(0, Math.min(LOOK_MS, lastMs - sinceMs));
}
