import { defineErrors } from "@trellis/base";

export const clientErrors = defineErrors({
  NODE_UNREACHABLE: {
    message: "node unreachable, or its response invalid",
    hint: "check the address, and that the node is running; a sent transaction may have arrived",
    consequence: "retry",
  },
  NODE_REFUSED: {
    message: "node refused the request",
    hint: "see the node's reason",
    consequence: "reject",
  },
  NODE_OF_OTHER_CHAIN: {
    message: "node is on another chain, or on a fork that conflicts with a final block",
    hint: "correct the node's address or the chain id in the settings, or replace the node",
    consequence: "reject",
  },
  NODE_BLOCK_UNKNOWN: {
    message: "block not known to the node, or no longer on its chain",
    hint: "retry if the node lags; use a newer block if it pruned or reorganised",
    consequence: "retry",
  },
  QUORUM_INVALID: {
    message: "quorum not a majority of the nodes, or duplicate node names",
    hint: "set a quorum above half of the nodes, and a different name for each: otherwise two different answers could both reach it",
    consequence: "reject",
  },
  QUORUM_NOT_REACHED: {
    message: "no quorum: too few nodes responded, or their answers differ",
    hint: "retry, and check the listed nodes; if answers differ, add nodes and keep the answers: one node is wrong or dishonest",
    consequence: "retry",
  },
  ACCOUNT_KEY_NOT_VALID: {
    message: "key not valid for the account",
    hint: "sign with the key that the account was rotated to; `trellis account show ADDRESS` shows it",
    consequence: "reject",
  },
  ACCOUNT_FUNDS_INSUFFICIENT: {
    message: "account balance too low for the call",
    hint: "send coins to the account, or lower the amount or stake; gas is paid on top",
    consequence: "reject",
  },
  TRANSACTION_WOULD_REVERT: {
    message: "transaction would revert in the newest state",
    hint: "decode the contract's error in the data; nothing was sent",
    consequence: "reject",
  },
  TRANSACTION_NONCE_TAKEN: {
    message: "nonce already used by an included transaction",
    hint: "check the account's transactions, and use the next nonce",
    consequence: "reject",
  },
  TRANSACTION_UNDERPRICED: {
    message: "transaction underpriced",
    hint: "raise both fees by at least 10 % for a replacement, otherwise to at least the node's minimum",
    consequence: "reject",
  },
  TRANSACTION_FEE_PAST_LIMIT: {
    message: "gas price above the sender's limit",
    hint: "wait for a lower base fee, or raise the limit",
    consequence: "retry",
  },
  TRANSACTION_REVERTED: {
    message: "transaction included and reverted",
    hint: "trace it on a node",
    consequence: "reject",
  },
  TRANSACTION_NOT_FINAL: {
    message: "transaction not final within the time limit",
    hint: "see its status in the facts; wait longer, or replace it with higher fees",
    consequence: "retry",
  },
  MESSAGE_NOT_DELIVERED: {
    message: "message to another shard not delivered within the time limit",
    hint: "see its status in the facts, and wait longer: it is delivered or refunded as soon as both shards make blocks",
    consequence: "retry",
  },
});
