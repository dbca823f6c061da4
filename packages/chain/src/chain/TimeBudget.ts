import type { BlockObserver, Hash, TransactionRun } from "@trellis/protocol";
import { chainErrors } from "./errors.ts";

/** What the reference machine is meant to reach with whatever a transaction does: docs/spec/evm.md. */
const GAS_PER_MS = 60_000;
/** How much longer than that a transaction may take before it counts as slow. */
const MARGIN = 2;
/** The least budget: a small gas limit is no reason to look at single milliseconds. */
const BUDGET_MS_MIN = 1_000;
/** A template is given up while it is executed when it takes this many budgets. */
const STOP_BUDGETS = 2;

/** Processor time that goes with an amount of gas, ms. */
function shareMs(gas: bigint): number {
  return (Number(gas) * MARGIN) / GAS_PER_MS;
}

/**
 * The processor time of a template's own transactions. What its merged blocks take is not counted: whoever merges
 * them has to execute them. [EXEC-28]
 */
export class TimeBudget implements BlockObserver {
  readonly #budgetMs: number;
  readonly #own: ReadonlySet<Hash>;
  readonly #runs: TransactionRun[] = [];
  #spentMs = 0;
  #stoppedIn: Hash | undefined;

  /**
   * @param gasLimit of the block's own transactions
   * @param budgetMs instead of what follows from the gas limit
   */
  constructor(own: Iterable<Hash>, gasLimit: bigint, budgetMs = Math.max(BUDGET_MS_MIN, shareMs(gasLimit))) {
    this.#own = new Set(own);
    this.#budgetMs = budgetMs;
  }

  onTransaction(run: TransactionRun): void {
    if (!this.#own.has(run.transactionHash)) return;
    this.#spentMs += run.timeMs;
    this.#runs.push(run);
  }

  /** @throws TEMPLATE_TOO_SLOW */
  onPause({ transactionHash, timeMs }: Omit<TransactionRun, "gasUsed">): void {
    if (!this.#own.has(transactionHash)) return;
    const spentMs = this.#spentMs + timeMs;
    if (spentMs <= STOP_BUDGETS * this.#budgetMs) return;
    this.#stoppedIn = transactionHash;
    throw chainErrors.TEMPLATE_TOO_SLOW({ spentMs, budgetMs: this.#budgetMs });
  }

  /** After the execution. @throws TEMPLATE_TOO_SLOW if it took longer than the budget */
  check(): void {
    if (this.toLeaveOut().length === 0) return;
    throw chainErrors.TEMPLATE_TOO_SLOW({ spentMs: this.#spentMs, budgetMs: this.#budgetMs });
  }

  /** Transactions without which the others stay within the budget: those first that exceed their share most. */
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
