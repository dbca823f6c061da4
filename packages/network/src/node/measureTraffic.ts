import { networkMetrics } from "../metrics.ts";
import type { NetworkPorts } from "../ports/NetworkPorts.ts";
import { METRICS_MS } from "../sync/limits.ts";
import type { Transport } from "../transport/Transport.ts";

export function measureTraffic(
  transport: Pick<Transport, "totalTraffic">,
  { metrics, scheduler }: Pick<NetworkPorts, "metrics" | "scheduler">,
): () => void {
  if (transport.totalTraffic === undefined) return () => {};
  const bytes = metrics.counter(networkMetrics.trellis_network_bytes_total);
  let counted = { bytesIn: 0, bytesOut: 0 };
  const add = (): void => {
    const { bytesIn, bytesOut } = transport.totalTraffic!();
    bytes.add(bytesIn - counted.bytesIn, { direction: "received" });
    bytes.add(bytesOut - counted.bytesOut, { direction: "sent" });
    counted = { bytesIn, bytesOut };
  };
  add();
  let timer = scheduler.after(METRICS_MS, function again() {
    add();
    timer = scheduler.after(METRICS_MS, again);
  });
  return () => timer.cancel();
}
