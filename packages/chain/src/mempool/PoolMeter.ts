import type { Counter, Gauge, Metrics } from "@trellis/base";
import type { PoolStatus } from "@trellis/protocol";
import { chainMetrics } from "../metrics.ts";

const PENDING = { kind: "pending" };
const QUEUED = { kind: "queued" };

export class PoolMeter {
  readonly #transactions: Gauge;
  readonly #bytes: Gauge;
  readonly #floor: Gauge;
  readonly #refused: Counter;

  constructor(metrics: Metrics) {
    this.#transactions = metrics.gauge(chainMetrics.trellis_mempool_transactions);
    this.#bytes = metrics.gauge(chainMetrics.trellis_mempool_bytes);
    this.#floor = metrics.gauge(chainMetrics.trellis_mempool_floor_wei);
    this.#refused = metrics.counter(chainMetrics.trellis_mempool_refused_total);
  }

  holds(status: PoolStatus): void {
    this.#transactions.set(status.pending, PENDING);
    this.#transactions.set(status.queued, QUEUED);
    this.#bytes.set(status.bytes);
    this.#floor.set(Number(status.floorWei));
  }

  refused(code: string): void {
    this.#refused.add(1, { code });
  }
}
