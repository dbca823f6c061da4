import type { Metrics } from "@trellis/base";
import { chainMetrics } from "../metrics.ts";
import { shardErrors } from "./errors.ts";
import type { ShardTotals } from "./shardTotals.ts";

const WEI_PER_COIN = 1e18;

/** Compares what shards received with what their sources sent, for a node that follows both. [SHARD-17] */
export class SupplyAudit {
  readonly #newest = new Map<number, ShardTotals>();
  readonly #inFlight;

  constructor(metrics: Metrics) {
    this.#inFlight = metrics.gauge(chainMetrics.trellis_shard_in_flight_coins);
  }

  /** @throws RECEIPT_UNCOVERED */
  take(totals: ShardTotals): void {
    this.#newest.set(totals.shard, totals);
    for (const other of this.#newest.values()) {
      if (other.shard === totals.shard) continue;
      this.#compare(totals, other);
      this.#compare(other, totals);
    }
  }

  #compare(source: ShardTotals, destination: ShardTotals): void {
    // This node may import the source later than the destination.
    if (source.number < destination.recorded[source.shard]!) return;
    const sent = source.sent[destination.shard]!;
    const received = destination.received[source.shard]!;
    const pair = { source: source.shard, destination: destination.shard };
    if (received > sent)
      throw shardErrors.RECEIPT_UNCOVERED({ ...pair, sent: String(sent), received: String(received) });
    this.#inFlight.set(Number(sent - received) / WEI_PER_COIN, {
      source: String(pair.source),
      destination: String(pair.destination),
    });
  }
}
