import type { BlockObserver, Hash, TransactionRun } from "@trellis/protocol";
import { chainErrors } from "./errors.ts";

/** Reference rate. [EXEC-28] */
const GAS_PER_MS = 60_000;
/** A transaction is slow if it exceeds its reference time by this factor. */
const MARGIN = 2;
const BUDGET_MS_MIN = 1_000;
const STOP_BUDGETS = 2;

function shareMs(gas: bigint): number {
  return (Number(gas) * MARGIN) / GAS_PER_MS;
}

/** Ignores merged blocks, because every miner must execute them. [EXEC-28] */
export class TimeBudget implements BlockObserver {
  readonly #budgetMs: number;
  readonly #own: ReadonlySet<Hash>;
  readonly #runs: TransactionRun[] = [];
  #spentMs = 0;
  #stoppedIn: Hash | undefined;

  constructor(own: Iterable<Hash>, gasLimit: bigint, budgetMs = Math.max(BUDGET_MS_MIN, shareMs(gasLimit))) {
    this.#own = new Set(own);
    this.#budgetMs = budgetMs;
  }

  onTransaction(run: TransactionRun): void {
    if (!this.#own.has(run.transactionHash)) return;
    this.#spentMs += run.timeMs;
    this.#runs.push(run);
  }

  onPause({ transactionHash, timeMs }: Omit<TransactionRun, "gasUsed">): void {
    if (!this.#own.has(transactionHash)) return;
    const spentMs = this.#spentMs + timeMs;
    if (spentMs <= STOP_BUDGETS * this.#budgetMs) return;
    this.#stoppedIn = transactionHash;
    throw chainErrors.TEMPLATE_TOO_SLOW({ spentMs, budgetMs: this.#budgetMs });
  }

  check(): void {
    if (this.toLeaveOut().length === 0) return;
    throw chainErrors.TEMPLATE_TOO_SLOW({ spentMs: this.#spentMs, budgetMs: this.#budgetMs });
  }

  /** Slow transactions, greatest excess first, until the others fit the budget. */
  toLeaveOut(): Hash[] {
    const leftOut: Hash[] = [];
    let spentMs = this.#spentMs;
    const slow = this.#runs
      .map((run) => ({ ...run, excessMs: run.timeMs - shareMs(run.gasUsed) }))
      .filter(({ excessMs }) => excessMs > 0)
      .sort((a, b) => b.excessMs - a.excessMs);
    for (const { transactionHash, timeMs } of slow) {
      if (spentMs <= this.#budgetMs) break;
      leftOut.push(transactionHash);
      spentMs -= timeMs;
    }
    return this.#stoppedIn === undefined ? leftOut : [...leftOut, this.#stoppedIn];
  }
}
