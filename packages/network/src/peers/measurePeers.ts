import type { Counter, Gauge, Metrics } from "@trellis/base";

export interface PeerMeters {
  readonly connected: Gauge;
  readonly bans: Counter;
  readonly refusals: Counter;
  readonly evictions: Counter;
  readonly offences: Counter;
  readonly overLimit: Counter;
}

export function measurePeers(metrics: Metrics): PeerMeters {
  return {
    connected: metrics.gauge({
      ...{ name: "trellis_peers", help: "Connected peers.", labels: ["direction"] },
    }),
    bans: metrics.counter({
      ...{ name: "trellis_peer_bans_total", help: "Bans of peers and IP addresses.", labels: ["kind"] },
    }),
    refusals: metrics.counter({
      ...{ name: "trellis_peer_refusals_total", help: "Connections refused.", labels: ["reason"] },
    }),
    evictions: metrics.counter({
      ...{ name: "trellis_peer_evictions_total", help: "Inbound peers that made room for another." },
    }),
    offences: metrics.counter({
      ...{ name: "trellis_peer_offences_total", help: "Offences that cost points.", labels: ["offence"] },
    }),
    overLimit: metrics.counter({
      ...{
        name: "trellis_peer_over_limit_total",
        help: "Messages beyond a peer's tokens.",
        labels: ["bucket"],
      },
    }),
  };
}
