import { defineMetrics } from "@trellis/base";

const ALGORITHM = { algorithm: 8 } as const;
const STREAM = { stream: 16 } as const;
const DEVICE = { device: ["cpu", "gpu"] } as const;

export const nodeMetrics = defineMetrics({
  trellis_store_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Size of the chain's files and, if enabled, of the index.",
    labels: { store: ["chain", "index"] },
  },
  trellis_fork_read_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning:
      "Time to read from the node of a forked chain (`--fork-url`), with retries; without cached values.",
    labels: {
      kind: ["find", "check", "account", "slot", "blockHash", "request"],
      outcome: ["done", "failed"],
    },
    buckets: [0.01, 0.05, 0.2, 1, 5, 20],
  },
  trellis_mining_hashes_total: {
    type: "counter",
    unit: "hashes",
    meaning:
      "Hashes that this process has tried, counted when a search or a slice of a GPU ends; their rate is its hash rate.",
    labels: { ...ALGORITHM, ...DEVICE },
  },
  trellis_mining_search_seconds_total: {
    type: "counter",
    unit: "seconds",
    meaning: "Time that this process has searched.",
    labels: { ...ALGORITHM, ...DEVICE },
  },
  trellis_miner_connected: {
    type: "gauge",
    unit: "flag",
    meaning: "1 while `trellis miner` is connected to a node.",
  },
  trellis_miner_blocks_total: {
    type: "counter",
    unit: "blocks",
    meaning:
      "Blocks that `trellis miner` has submitted. Stale ones are of an expired template, lost ones have no answer.",
    labels: { ...DEVICE, outcome: ["accepted", "stale", "refused", "lost"] },
  },
  trellis_miner_final_blocks_total: {
    type: "counter",
    unit: "blocks",
    meaning: "Accepted blocks of `trellis miner`, counted when their colour is final.",
    labels: { ...DEVICE, colour: ["blue", "red"] },
  },
  trellis_miner_rewards_coins_total: {
    type: "counter",
    unit: "coins",
    meaning: "Block rewards of its final blue blocks, without tips.",
    labels: DEVICE,
  },
  trellis_own_blocks_total: {
    type: "counter",
    unit: "blocks",
    meaning: "Blocks that pay this node's miner, counted when they are final. Red blocks earn nothing.",
    labels: { ...STREAM, colour: ["blue", "red"] },
  },
  trellis_own_rewards_coins_total: {
    type: "counter",
    unit: "coins",
    meaning: "Block rewards of these blocks, without tips.",
    labels: STREAM,
  },
});
