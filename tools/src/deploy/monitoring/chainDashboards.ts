import type { Dashboard } from "./Dashboard.ts";
import { quantile, rate } from "./promql.ts";

export const chainDashboards: readonly Dashboard[] = [
  {
    id: "chain",
    title: "Chain and DAG",
    panels: [
      { title: "Head", unit: "none", queries: { "{{instance}}": "trellis_chain_head_number{@}" } },
      {
        title: "Final block",
        unit: "none",
        queries: { "{{instance}}": "trellis_chain_finalized_number{@}" },
      },
      {
        title: "Blocks by stream",
        unit: "ops",
        queries: { "{{stream}}": rate("trellis_chain_blocks_total", "stream") },
      },
      { title: "Tips", unit: "short", queries: { "{{instance}}": "trellis_chain_tips{@}" } },
      {
        title: "Transactions",
        unit: "ops",
        queries: { "{{instance}}": "instance:trellis_chain_transactions:rate1m{@}" },
      },
      {
        title: "Gas in a second",
        unit: "short",
        queries: { "{{instance}}": "instance:trellis_chain_gas:rate1m{@}" },
      },
      {
        title: "Chain blocks replaced",
        unit: "ops",
        queries: { "{{instance}}": rate("trellis_chain_removed_blocks_total", "instance") },
      },
      {
        title: "Size of a block",
        unit: "bytes",
        queries: {
          median: quantile(0.5, "trellis_block_size_bytes"),
          p99: quantile(0.99, "trellis_block_size_bytes"),
        },
      },
      {
        title: "Own blocks",
        unit: "ops",
        queries: { "{{stream}} {{colour}}": rate("trellis_own_blocks_total", "stream, colour") },
        isRare: true,
      },
      {
        title: "Own rewards",
        unit: "short",
        queries: { "{{instance}}": "increase(trellis_own_rewards_coins_total{@}[1h])" },
        isRare: true,
      },
      {
        title: "Hash rate by stream",
        unit: "short",
        queries: { "{{algorithm}} {{device}}": rate("trellis_mining_hashes_total", "algorithm, device") },
        isRare: true,
      },
      {
        title: "Blocks of miners",
        unit: "ops",
        queries: { "{{device}} {{outcome}}": rate("trellis_miner_blocks_total", "device, outcome") },
        isRare: true,
      },
      { title: "Index behind", unit: "short", queries: { "{{instance}}": "trellis_index_behind_blocks{@}" } },
    ],
  },
  {
    id: "finality",
    title: "Finality and validators",
    panels: [
      { title: "Finality lag", unit: "s", queries: { "{{instance}}": "trellis_finality_lag_seconds{@}" } },
      {
        title: "Chain blocks that are not final",
        unit: "short",
        queries: { "{{instance}}": "trellis_finality_lag_blocks{@}" },
      },
      {
        title: "Participation",
        unit: "percentunit",
        queries: { "{{instance}}": "trellis_finality_participation_ratio{@}" },
      },
      {
        title: "Validators that vote",
        unit: "short",
        queries: { "{{instance}}": "trellis_finality_validators{@}" },
      },
      { title: "Checkpoint", unit: "none", queries: { "{{instance}}": "trellis_finality_height{@}" } },
      { title: "Round", unit: "short", queries: { "{{instance}}": "trellis_finality_round{@}" } },
      {
        title: "Own votes missed of 256",
        unit: "short",
        queries: { "{{instance}}": "trellis_finality_own_votes_missed{@}" },
      },
      { title: "Signing", unit: "none", queries: { "{{instance}}": "trellis_finality_signing{@}" } },
      {
        title: "Waits before signing",
        unit: "none",
        queries: { "{{instance}} {{waits_for}}": "trellis_finality_listening{@}" },
      },
      {
        title: "Validators that signed twice",
        unit: "short",
        queries: { "{{instance}}": "trellis_finality_evidence{@}" },
      },
      {
        title: "Signer requests",
        unit: "ops",
        queries: { "{{operation}} {{outcome}}": rate("trellis_signer_requests_total", "operation, outcome") },
      },
      {
        title: "Signer p99",
        unit: "s",
        queries: { "{{operation}}": quantile(0.99, "trellis_signer_request_seconds", "operation") },
      },
    ],
  },
  {
    id: "mempool",
    title: "Mempool and fees",
    panels: [
      {
        title: "Transactions",
        unit: "short",
        queries: { "{{instance}} {{kind}}": "trellis_mempool_transactions{@}" },
      },
      { title: "Size", unit: "bytes", queries: { "{{instance}}": "trellis_mempool_bytes{@}" } },
      {
        title: "Least fee, wei of each gas",
        unit: "short",
        queries: { "{{instance}}": "trellis_mempool_floor_wei{@}" },
      },
      {
        title: "Admitted",
        unit: "ops",
        queries: { "{{instance}}": rate("trellis_mempool_added_total", "instance") },
      },
      {
        title: "Replaced",
        unit: "ops",
        queries: { "{{instance}}": rate("trellis_mempool_replaced_total", "instance") },
      },
      {
        title: "Refused",
        unit: "ops",
        queries: { "{{code}}": rate("trellis_mempool_refused_total", "code") },
        isRare: true,
      },
      {
        title: "Dropped",
        unit: "ops",
        queries: { "{{reason}}": rate("trellis_mempool_dropped_total", "reason") },
        isRare: true,
      },
    ],
  },
  {
    id: "network",
    title: "Network",
    panels: [
      { title: "Peers", unit: "short", queries: { "{{instance}} {{direction}}": "trellis_peers{@}" } },
      {
        title: "Latency of peers",
        unit: "s",
        queries: {
          median: quantile(0.5, "trellis_peer_latency_seconds"),
          p99: quantile(0.99, "trellis_peer_latency_seconds"),
        },
      },
      {
        title: "Traffic",
        unit: "Bps",
        queries: { "{{direction}}": rate("trellis_network_bytes_total", "direction") },
      },
      {
        title: "Messages",
        unit: "ops",
        queries: {
          "{{protocol}} {{direction}}": rate("trellis_network_messages_total", "protocol, direction"),
        },
      },
      {
        title: "Bytes by protocol",
        unit: "Bps",
        queries: {
          "{{protocol}} {{direction}}": rate("trellis_network_message_bytes_total", "protocol, direction"),
        },
      },
      {
        title: "Blocks received",
        unit: "ops",
        queries: { "{{source}}": rate("trellis_blocks_received_total", "source") },
      },
      { title: "Blocks behind", unit: "short", queries: { "{{instance}}": "trellis_sync_blocks_behind{@}" } },
      { title: "Sync phase", unit: "none", queries: { "{{instance}} {{phase}}": "trellis_sync_phase{@}" } },
      { title: "Orphans", unit: "short", queries: { "{{instance}}": "trellis_sync_orphans{@}" } },
      {
        title: "Offences",
        unit: "ops",
        queries: { "{{offence}}": rate("trellis_peer_offences_total", "offence") },
        isRare: true,
      },
      {
        title: "Bans",
        unit: "ops",
        queries: { "{{kind}}": rate("trellis_peer_bans_total", "kind") },
        isRare: true,
      },
      {
        title: "Connections refused",
        unit: "ops",
        queries: { "{{reason}}": rate("trellis_peer_refusals_total", "reason") },
        isRare: true,
      },
    ],
  },
  {
    id: "rpc",
    title: "RPC",
    panels: [
      {
        title: "Calls by method",
        unit: "ops",
        queries: { "{{method}}": `topk(12, ${rate("trellis_rpc_calls_total", "method")})` },
      },
      {
        title: "p99 by method",
        unit: "s",
        queries: { "{{method}}": `topk(12, ${quantile(0.99, "trellis_rpc_call_seconds", "method")})` },
      },
      {
        title: "p99 of all calls",
        unit: "s",
        queries: { "{{instance}}": "instance:trellis_rpc_call_seconds:p99{@}" },
      },
      {
        title: "Errors by method",
        unit: "ops",
        queries: { "{{method}}": rate("trellis_rpc_calls_total", "method", ',outcome="error"') },
        isRare: true,
      },
      {
        title: "Refused",
        unit: "ops",
        queries: { "{{status}}": rate("trellis_rpc_refused_total", "status") },
        isRare: true,
      },
      { title: "WebSockets", unit: "short", queries: { "{{instance}}": "trellis_rpc_websockets{@}" } },
      {
        title: "Guard: calls refused",
        unit: "ops",
        queries: { "{{reason}}": rate("trellis_guard_refusals_total", "reason") },
        isRare: true,
      },
      {
        title: "Guard: share of limits left to anonymous callers",
        unit: "percentunit",
        queries: { "{{instance}}": "trellis_guard_low_priority_ratio{@}" },
      },
    ],
  },
  {
    id: "execution",
    title: "Execution",
    panels: [
      {
        title: "Gas in a second of processor time",
        unit: "short",
        queries: { "{{instance}}": "trellis_chain_execution_gas_per_second{@}" },
        isRare: true,
      },
      {
        title: "Gas executed",
        unit: "ops",
        queries: { "{{instance}}": rate("trellis_chain_execution_gas_total", "instance") },
      },
      {
        title: "Execution of a block",
        unit: "s",
        queries: {
          median: quantile(0.5, "trellis_chain_execution_seconds"),
          p99: quantile(0.99, "trellis_chain_execution_seconds"),
        },
      },
      {
        title: "Import of a block by stage, p99",
        unit: "s",
        queries: { "{{stage}}": quantile(0.99, "trellis_block_import_seconds", "stage") },
      },
      {
        title: "Commit, p99",
        unit: "s",
        queries: { commit: quantile(0.99, "trellis_block_commit_seconds") },
      },
      {
        title: "Transactions slow for their gas",
        unit: "ops",
        queries: { "{{instance}}": rate("trellis_chain_slow_transactions_total", "instance") },
      },
    ],
  },
  {
    id: "storage",
    title: "Storage",
    panels: [
      { title: "Stores", unit: "bytes", queries: { "{{instance}} {{store}}": "trellis_store_bytes{@}" } },
      {
        title: "Free space",
        unit: "bytes",
        queries: { "{{instance}} {{volume}}": "trellis_host_disk_available_bytes{@}" },
      },
      {
        title: "Disk in use",
        unit: "percentunit",
        queries: {
          "{{instance}} {{volume}}":
            "1 - trellis_host_disk_available_bytes{@} / trellis_host_disk_size_bytes{@}",
        },
      },
      {
        title: "Free space in 30 days at the growth of the last day",
        unit: "bytes",
        queries: {
          "{{instance}} {{volume}}": "predict_linear(trellis_host_disk_available_bytes{@}[1d], 30 * 86400)",
        },
      },
      {
        title: "Age of backups",
        unit: "s",
        queries: { "{{repository}} {{run}}": "trellis_backup_age_seconds{@}" },
      },
      {
        title: "Duration of backups",
        unit: "s",
        queries: { "{{repository}} {{run}}": "trellis_backup_duration_seconds{@}" },
        isRare: true,
      },
      {
        title: "Size of backups",
        unit: "bytes",
        queries: { "{{repository}} {{run}}": "trellis_backup_bytes{@}" },
        isRare: true,
      },
      {
        title: "Added by backups",
        unit: "bytes",
        queries: { "{{repository}} {{run}}": "trellis_backup_added_bytes{@}" },
        isRare: true,
      },
    ],
  },
  {
    id: "shards",
    title: "Shards",
    panels: [
      {
        title: "Shards of each node",
        unit: "none",
        queries: { "{{instance}} shard {{shard}}": "trellis_shard_info{@}" },
      },
      {
        title: "Transactions by shard",
        unit: "ops",
        queries: {
          "shard {{shard}}":
            "sum by (shard) (instance:trellis_chain_transactions:rate1m{@} * on (job, instance) group_left (shard) trellis_shard_info{@})",
        },
      },
    ],
  },
];
