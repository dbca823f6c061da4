import { networkMetrics } from "../metrics.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import type { BlockQueue } from "./blockQueue/BlockQueue.ts";
import type { Handshakes } from "./handshake/Handshakes.ts";
import type { HeaderSync } from "./headers/HeaderSync.ts";
import { METRICS_MS } from "./limits.ts";
import type { SyncProgress } from "./SyncProgress.ts";

interface MeasuredSync {
  readonly queue: BlockQueue;
  readonly headers: HeaderSync;
  readonly handshakes: Handshakes;
  readonly progress: () => SyncProgress | undefined;
}

const PHASES = ["headers", "blocks", "snapshot-headers", "snapshot-state"] as const;

export function measureSync(
  { metrics, scheduler }: Pick<NetworkPorts, "metrics" | "scheduler">,
  { queue, headers, handshakes, progress }: MeasuredSync,
): () => void {
  const behind = metrics.gauge(networkMetrics.trellis_sync_blocks_behind);
  const phase = metrics.gauge(networkMetrics.trellis_sync_phase);
  const waiting = metrics.gauge(networkMetrics.trellis_sync_blocks_waiting);
  const underway = metrics.gauge(networkMetrics.trellis_sync_body_requests);
  const orphans = metrics.gauge(networkMetrics.trellis_sync_orphans);
  const orphanBytes = metrics.gauge(networkMetrics.trellis_sync_orphan_bytes);
  const peers = metrics.gauge(networkMetrics.trellis_sync_peers);
  const set = (): void => {
    const current = progress();
    behind.set(current === undefined ? 0 : current.highestBlock - current.currentBlock);
    for (const name of PHASES) phase.set(current?.phase === name ? 1 : 0, { phase: name });
    const { blocksWaiting, requestsUnderway } = headers.load();
    waiting.set(blocksWaiting);
    underway.set(requestsUnderway);
    orphans.set(queue.orphanCount);
    orphanBytes.set(queue.orphanBytes);
    peers.set(handshakes.ready().length);
  };
  set();
  let timer = scheduler.after(METRICS_MS, function again() {
    set();
    timer = scheduler.after(METRICS_MS, again);
  });
  return () => timer.cancel();
}
