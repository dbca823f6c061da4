import { defineMetrics } from "@trellis/base";

const DIRECTION = ["received", "sent"] as const;

export const networkMetrics = defineMetrics({
  trellis_network_bytes_total: {
    type: "counter",
    unit: "bytes",
    meaning: "Bytes on the wire, received from and sent to peers.",
    labels: { direction: DIRECTION },
  },
  trellis_network_messages_total: {
    type: "counter",
    unit: "messages",
    meaning:
      "Requests, answers and gossip messages. A gossip message counts once, whatever the number of its receivers.",
    labels: { protocol: 32, direction: DIRECTION },
  },
  trellis_network_message_bytes_total: {
    type: "counter",
    unit: "bytes",
    meaning: "Bytes of these messages, as compressed.",
    labels: { protocol: 32, direction: DIRECTION },
  },
  trellis_network_seed_addresses: {
    type: "gauge",
    unit: "addresses",
    meaning: "Peer addresses that DNS gave for the names among the bootstrap addresses.",
  },
  trellis_network_seed_lookups_total: {
    type: "counter",
    unit: "lookups",
    meaning: "Resolutions of these names.",
    labels: { outcome: ["resolved", "failed"] },
  },
  trellis_blocks_received_total: {
    type: "counter",
    unit: "blocks",
    meaning: "Blocks from peers by source: announced, requested because a block lacks parents, or synced.",
    labels: { source: ["gossip", "request", "sync"] },
  },
  trellis_peers: {
    type: "gauge",
    unit: "peers",
    meaning: "Connected peers.",
    labels: { direction: ["inbound", "outbound"] },
  },
  trellis_peer_latency_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time from a hello, which peers exchange often, to its answer.",
  },
  trellis_peer_bans_total: {
    type: "counter",
    unit: "bans",
    meaning: "Bans of peers and IP addresses.",
    labels: { kind: ["peer", "ip"] },
  },
  trellis_peer_refusals_total: {
    type: "counter",
    unit: "connections",
    meaning: "Connections refused.",
    labels: { reason: 16 },
  },
  trellis_peer_evictions_total: {
    type: "counter",
    unit: "peers",
    meaning: "Inbound peers evicted for another peer.",
  },
  trellis_peer_offences_total: {
    type: "counter",
    unit: "offences",
    meaning: "Offences that cost points.",
    labels: { offence: 16 },
  },
  trellis_peer_over_limit_total: {
    type: "counter",
    unit: "messages",
    meaning: "Messages beyond a peer's tokens.",
    labels: { bucket: 32 },
  },
  trellis_sync_blocks_behind: {
    type: "gauge",
    unit: "blocks",
    meaning: "Chain blocks between the sink and the sync target.",
  },
  trellis_sync_phase: {
    type: "gauge",
    unit: "flag",
    meaning: "1 for the current sync phase.",
    labels: { phase: ["headers", "blocks", "snapshot-headers", "snapshot-state"] },
  },
  trellis_sync_blocks_waiting: {
    type: "gauge",
    unit: "blocks",
    meaning: "Blocks with imported headers and missing or not yet imported bodies.",
  },
  trellis_sync_body_requests: {
    type: "gauge",
    unit: "requests",
    meaning: "Body requests in flight.",
  },
  trellis_sync_orphans: {
    type: "gauge",
    unit: "blocks",
    meaning: "Orphans that wait for their parents.",
  },
  trellis_sync_orphan_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Approximate memory use of orphans.",
  },
  trellis_sync_peers: {
    type: "gauge",
    unit: "peers",
    meaning: "Connected peers that follow this chain.",
  },
});
