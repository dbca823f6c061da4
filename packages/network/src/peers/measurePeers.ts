import type { Counter, Gauge, Metrics } from "@trellis/base";
import type { BanView } from "@trellis/protocol";
import { networkMetrics } from "../metrics.ts";
import type { Connection } from "../transport/Transport.ts";
import type { PlaceRefusal } from "./ConnectionTable.ts";
import { OFFENCES } from "./offences.ts";

export type Refusal =
  | PlaceRefusal
  | "peer banned"
  | "address banned"
  | "peer mistrusted"
  | "too many attempts";

export interface PeerMeters {
  readonly connected: Gauge;
  readonly bans: Counter;
  readonly refusals: Counter;
  readonly evictions: Counter;
  readonly offences: Counter;
  readonly overLimit: Counter;
}

const DIRECTIONS: readonly Connection["direction"][] = ["inbound", "outbound"];
const BAN_KINDS: readonly BanView["kind"][] = ["peer", "ip"];
const REFUSALS: Readonly<Record<Refusal, true>> = {
  "peer banned": true,
  "address banned": true,
  "peer mistrusted": true,
  "too many attempts": true,
  "outbound full": true,
  "inbound full": true,
  "host full": true,
  "subnet full": true,
};

/** All series start at 0, so that alerts detect the first increase. */
export function measurePeers(metrics: Metrics, buckets: Iterable<string>): PeerMeters {
  const meters = defineMeters(metrics);
  for (const direction of DIRECTIONS) meters.connected.set(0, { direction });
  for (const kind of BAN_KINDS) meters.bans.add(0, { kind });
  for (const reason of Object.keys(REFUSALS)) meters.refusals.add(0, { reason });
  for (const offence of Object.keys(OFFENCES)) meters.offences.add(0, { offence });
  for (const bucket of buckets) meters.overLimit.add(0, { bucket });
  return meters;
}

function defineMeters(metrics: Metrics): PeerMeters {
  return {
    connected: metrics.gauge(networkMetrics.trellis_peers),
    bans: metrics.counter(networkMetrics.trellis_peer_bans_total),
    refusals: metrics.counter(networkMetrics.trellis_peer_refusals_total),
    evictions: metrics.counter(networkMetrics.trellis_peer_evictions_total),
    offences: metrics.counter(networkMetrics.trellis_peer_offences_total),
    overLimit: metrics.counter(networkMetrics.trellis_peer_over_limit_total),
  };
}
