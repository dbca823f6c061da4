import type { Counter, Gauge, Metrics } from "@trellis/base";
import type { PoolStatus } from "@trellis/protocol";

const PENDING = { kind: "pending" };
const QUEUED = { kind: "queued" };

export class PoolMeter {
  readonly #transactions: Gauge;
  readonly #bytes: Gauge;
  readonly #floor: Gauge;
  readonly #refused: Counter;

  constructor(metrics: Metrics) {
    this.#transactions = metrics.gauge({
      name: "trellis_mempool_transactions",
      help: "transactions in the mempool, executable (pending) or not yet (queued)",
      labels: ["kind"],
    });
    this.#bytes = metrics.gauge({
      name: "trellis_mempool_bytes",
      help: "encoded bytes of the transactions in the mempool",
    });
    this.#floor = metrics.gauge({
      name: "trellis_mempool_floor_wei",
      help: "minimum tip per gas that the mempool accepts",
    });
    this.#refused = metrics.counter({
      name: "trellis_mempool_refused_total",
      help: "transactions refused at admission",
      labels: ["code"],
    });
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
