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
  const behind = metrics.gauge({
    name: "trellis_sync_blocks_behind",
    help: "chain blocks between the sink and the sync target",
  });
  const phase = metrics.gauge({
    name: "trellis_sync_phase",
    help: "1 for the current sync phase",
    labels: ["phase"],
  });
  const waiting = metrics.gauge({
    name: "trellis_sync_blocks_waiting",
    help: "blocks with imported headers and missing or not yet imported bodies",
  });
  const underway = metrics.gauge({
    name: "trellis_sync_body_requests",
    help: "body requests in flight",
  });
  const orphans = metrics.gauge({
    name: "trellis_sync_orphans",
    help: "orphans that wait for their parents",
  });
  const orphanBytes = metrics.gauge({
    name: "trellis_sync_orphan_bytes",
    help: "approximate memory use of orphans",
  });
  const peers = metrics.gauge({
    name: "trellis_sync_peers",
    help: "connected peers that follow this chain",
  });
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
