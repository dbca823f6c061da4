import type { Counter, Metrics } from "@trellis/base";
import { networkMetrics } from "../metrics.ts";

/** Series start at 0, so that rates include the first block. */
export function countBlocks(metrics: Metrics): Counter<"source"> {
  const received = metrics.counter(networkMetrics.trellis_blocks_received_total);
  for (const source of ["gossip", "request", "sync"]) received.add(0, { source });
  return received;
}
