import { defineMetrics } from "@trellis/base";
import { DELIVERY_OUTCOMES } from "@trellis/contracts";

const STREAM = { stream: 16 } as const;
const PURPOSE = { purpose: ["import", "template"] } as const;

export const chainMetrics = defineMetrics({
  trellis_shard_info: {
    type: "gauge",
    unit: "flag",
    meaning: "1 for the chain and the shard that this node follows.",
    labels: { chain_id: 4, shard: 16 },
  },
  trellis_shard_messages_sent_total: {
    type: "counter",
    unit: "messages",
    meaning: "Messages to other shards that chain blocks sent, including removed ones.",
    labels: { destination: 256 },
  },
  trellis_shard_messages_delivered_total: {
    type: "counter",
    unit: "messages",
    meaning:
      "Messages of other shards that chain blocks delivered, including removed ones. Reverted and expired ones failed; credited ones are refunds.",
    labels: { source: 256, outcome: DELIVERY_OUTCOMES },
  },
  trellis_shard_messages_waiting: {
    type: "gauge",
    unit: "messages",
    meaning: "Messages to another shard that are not acknowledged.",
    labels: { destination: 256 },
  },
  trellis_shard_messages_due: {
    type: "gauge",
    unit: "messages",
    meaning: "Known messages of another shard that are not delivered.",
    labels: { source: 256 },
  },
  trellis_shard_in_flight_coins: {
    type: "gauge",
    unit: "coins",
    meaning: "Coins sent to a shard that it has not received, by final states, if the node follows both.",
    labels: { source: 256, destination: 256 },
  },
  trellis_shard_delivery_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time between the TIMESTAMPs of sending and delivery, of messages that are no refunds.",
    labels: { source: 256 },
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 1_024, 4_096],
  },
  trellis_chain_blocks_total: {
    type: "counter",
    unit: "blocks",
    meaning: "Blocks that entered the DAG.",
    labels: STREAM,
  },
  trellis_chain_head_number: {
    type: "gauge",
    unit: "blocks",
    meaning: "Number of the sink.",
  },
  trellis_chain_finalized_number: {
    type: "gauge",
    unit: "blocks",
    meaning: "Number of the newest final block.",
  },
  trellis_chain_tips: {
    type: "gauge",
    unit: "blocks",
    meaning: "Blocks of the DAG without children.",
  },
  trellis_chain_transactions_total: {
    type: "counter",
    unit: "transactions",
    meaning: "Transactions accepted by chain blocks, including removed ones.",
  },
  trellis_chain_gas_total: {
    type: "counter",
    unit: "gas",
    meaning: "Gas used by chain blocks, including removed ones.",
  },
  trellis_chain_removed_blocks_total: {
    type: "counter",
    unit: "blocks",
    meaning: "Chain blocks that a reorganisation removed.",
  },
  trellis_block_size_bytes: {
    type: "histogram",
    unit: "bytes",
    meaning: "Encoded size of the body of each block that entered the DAG.",
    buckets: [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304],
  },
  trellis_block_import_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning:
      "Time of each stage of an import before its commit. An import takes one block, or several during sync.",
    labels: { stage: ["isolation", "senders", "ordering", "execution"] },
  },
  trellis_block_commit_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Time to store an import, or a move of the final block, until it is on disk.",
  },
  trellis_blocks_mined_total: {
    type: "counter",
    unit: "blocks",
    meaning: "Imported blocks on templates of this node, of its own and other miners.",
    labels: STREAM,
  },
  trellis_chain_execution_seconds: {
    type: "histogram",
    unit: "seconds",
    meaning: "Processor time of the transactions of one chain block.",
    labels: PURPOSE,
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32],
  },
  trellis_chain_execution_gas_total: {
    type: "counter",
    unit: "gas",
    meaning: "Gas of executed transactions, templates included.",
    labels: PURPOSE,
  },
  trellis_chain_slow_transactions_total: {
    type: "counter",
    unit: "transactions",
    meaning: "Executions of transactions that took 250 ms or more at less than 30 Mgas per second.",
  },
  trellis_chain_execution_gas_per_second: {
    type: "gauge",
    unit: "gas per second",
    meaning: "Gas per second of processor time of the last executed block with at least one million gas.",
  },
  trellis_mempool_transactions: {
    type: "gauge",
    unit: "transactions",
    meaning: "Transactions in the mempool, executable (pending) or not yet (queued).",
    labels: { kind: ["pending", "queued"] },
  },
  trellis_mempool_bytes: {
    type: "gauge",
    unit: "bytes",
    meaning: "Encoded bytes of the transactions in the mempool.",
  },
  trellis_mempool_floor_wei: {
    type: "gauge",
    unit: "wei",
    meaning: "Minimum tip per gas that the mempool accepts.",
  },
  trellis_mempool_refused_total: {
    type: "counter",
    unit: "transactions",
    meaning: "Transactions refused at admission, by error code.",
    labels: { code: 64 },
  },
  trellis_mempool_added_total: {
    type: "counter",
    unit: "transactions",
    meaning: "Transactions admitted, or restored after a reorganisation.",
  },
  trellis_mempool_replaced_total: {
    type: "counter",
    unit: "transactions",
    meaning: "Transactions replaced by a higher-paying one with the same nonce.",
  },
  trellis_mempool_dropped_total: {
    type: "counter",
    unit: "transactions",
    meaning: "Transactions removed from the mempool.",
    labels: { reason: 16 },
  },
  trellis_finality_height: {
    type: "gauge",
    unit: "checkpoints",
    meaning: "Height of the newest final checkpoint.",
  },
  trellis_finality_round: {
    type: "gauge",
    unit: "rounds",
    meaning: "Round of the vote on the next checkpoint.",
  },
  trellis_finality_epoch: { type: "gauge", unit: "epochs", meaning: "Current voting epoch." },
  trellis_finality_validators: { type: "gauge", unit: "validators", meaning: "Validators that vote." },
  trellis_finality_lag_blocks: {
    type: "gauge",
    unit: "blocks",
    meaning: "Chain blocks between the sink and the newest final one.",
  },
  trellis_finality_lag_seconds: {
    type: "gauge",
    unit: "seconds",
    meaning: "Time since a checkpoint became final here.",
  },
  trellis_finality_active: {
    type: "gauge",
    unit: "flag",
    meaning: "1 while blocks become final in time: by depth until validators take over, then by their votes.",
  },
  trellis_finality_participation_ratio: {
    type: "gauge",
    unit: "ratio",
    meaning: "Share of the validators' votes included in the newest 256 certificates.",
  },
  trellis_finality_own_votes_missed: {
    type: "gauge",
    unit: "certificates",
    meaning: "Certificates without this node's vote among the newest 256.",
  },
  trellis_finality_signing: {
    type: "gauge",
    unit: "flag",
    meaning: "1 while this node's validator is signing.",
  },
  trellis_finality_listening: {
    type: "gauge",
    unit: "flag",
    meaning: "1 for the condition that this node's validator is waiting for before signing.",
    labels: { waits_for: ["others", "time", "block", "certificates", "votes"] },
  },
  trellis_finality_evidence: {
    type: "gauge",
    unit: "validators",
    meaning: "Validators with known equivocations.",
  },
});
