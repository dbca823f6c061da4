import type { Clock, Log, Metrics } from "@trellis/base";
import type { BlockObserver, Hash, TransactionRun } from "@trellis/protocol";
import { chainMetrics } from "../metrics.ts";
import type { SlowGas } from "./SlowGas.ts";

export type ExecutionPurpose = "import" | "template";

const SLOW_MS = 250;
const SLOW_GAS_PER_MS = 30_000;
const LOG_EVERY_MS = 10_000;
/** Smaller blocks execute too quickly to measure. */
const RATED_GAS_MIN = 1_000_000;

interface MeterPorts {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** [EXEC-29] */
export class ExecutionMeter {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #slowGas: SlowGas;
  readonly #seconds;
  readonly #gas;
  readonly #slow;
  readonly #rate;
  #loggedAtMs = Number.NEGATIVE_INFINITY;
  #unlogged = 0;

  constructor({ metrics, clock, log }: MeterPorts, slowGas: SlowGas) {
    this.#slowGas = slowGas;
    this.#clock = clock;
    this.#log = log;
    this.#seconds = metrics.histogram(chainMetrics.trellis_chain_execution_seconds);
    this.#gas = metrics.counter(chainMetrics.trellis_chain_execution_gas_total);
    this.#slow = metrics.counter(chainMetrics.trellis_chain_slow_transactions_total);
    this.#rate = metrics.gauge(chainMetrics.trellis_chain_execution_gas_per_second);
  }

  watch(purpose: ExecutionPurpose, also?: BlockObserver): ExecutionWatch {
    return new ExecutionWatch(this, purpose, also);
  }

  block(purpose: ExecutionPurpose, gas: number, timeMs: number): void {
    this.#seconds.observe(timeMs / 1_000, { purpose });
    this.#gas.add(gas, { purpose });
    this.#slowGas.executed(gas, timeMs);
    if (gas >= RATED_GAS_MIN && timeMs > 0) this.#rate.set((gas / timeMs) * 1_000);
  }

  transaction({ transactionHash, gasUsed, timeMs }: TransactionRun): void {
    if (timeMs < SLOW_MS || Number(gasUsed) / timeMs >= SLOW_GAS_PER_MS) return;
    this.#slow.add();
    this.#logSlow(transactionHash, Number(gasUsed), timeMs);
  }

  #logSlow(transaction: Hash, gas: number, timeMs: number): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#loggedAtMs < LOG_EVERY_MS) {
      this.#unlogged += 1;
      return;
    }
    const mgasPerSecond = Math.round(gas / timeMs / 100) / 10;
    const facts = { transaction, gas, timeMs: Math.round(timeMs), mgasPerSecond, notLogged: this.#unlogged };
    this.#log.warn("transaction.slow", facts);
    this.#loggedAtMs = nowMs;
    this.#unlogged = 0;
  }
}

class ExecutionWatch implements BlockObserver {
  readonly #meter: ExecutionMeter;
  readonly #purpose: ExecutionPurpose;
  readonly #also: BlockObserver | undefined;
  #gas = 0;
  #timeMs = 0;
  #runningMs = 0;
  #isReported = false;

  constructor(meter: ExecutionMeter, purpose: ExecutionPurpose, also: BlockObserver | undefined) {
    this.#meter = meter;
    this.#purpose = purpose;
    this.#also = also;
  }

  onTransaction(run: TransactionRun): void {
    this.#isReported = true;
    this.#gas += Number(run.gasUsed);
    this.#timeMs += run.timeMs;
    this.#runningMs = 0;
    this.#meter.transaction(run);
    this.#also?.onTransaction?.(run);
  }

  onPause(running: Omit<TransactionRun, "gasUsed">): void {
    this.#isReported = true;
    this.#runningMs = running.timeMs;
    this.#also?.onPause?.(running);
  }

  /** Also call after an aborted block. */
  end(): void {
    if (this.#isReported) this.#meter.block(this.#purpose, this.#gas, this.#timeMs + this.#runningMs);
  }
}
