import { defineErrors } from "@trellis/base";

export const clientErrors = defineErrors({
  NODE_UNREACHABLE: {
    message: "a node gave no answer",
    hint: "check its address and that it runs; what was sent may have arrived",
    consequence: "retry",
  },
  NODE_REFUSED: {
    message: "a node refused a request",
    hint: "the reason is the node's own",
    consequence: "reject",
  },
  NODE_ANSWER_INVALID: {
    message: "a node's answer is not what was asked for",
    hint: "it counts as no answer: look at the node",
    consequence: "retry",
  },
  NODE_OF_OTHER_CHAIN: {
    message:
      "a node is of another chain than it was named for, or has not the block that is proven to be final",
    hint: "correct the node's address or the chain id in the settings; a node that lies is replaced by another",
    consequence: "reject",
  },
  NODE_BLOCK_UNKNOWN: {
    message: "a node does not know the block, or not any more as part of its chain",
    hint: "it lags behind, has pruned the block's state, or the block was reorganised: ask for a newer block",
    consequence: "retry",
  },
  QUORUM_INVALID: {
    message: "a quorum is not more than half of the nodes",
    hint: "two different answers could both reach it: ask for more agreement, or for more nodes",
    consequence: "reject",
  },
  NODES_TOO_FEW: {
    message: "fewer nodes answered than must agree",
    hint: "try again; if it stays so, look at the nodes that the error names",
    consequence: "retry",
  },
  NODES_DISAGREE: {
    message: "nodes give different answers and none reaches the quorum",
    hint: "ask further nodes; keep the answers, one of the nodes is wrong or lies",
    consequence: "retry",
  },
  TRANSACTION_WOULD_REVERT: {
    message: "a transaction would revert in the newest state",
    hint: "the data is the contract's error; nothing was sent",
    consequence: "reject",
  },
  TRANSACTION_NONCE_TAKEN: {
    message: "a transaction of this nonce was included already",
    hint: "look at what the account sent; a new transaction takes the next nonce",
    consequence: "reject",
  },
  TRANSACTION_UNDERPRICED: {
    message: "a transaction offers less than the node takes",
    hint: "one that replaces another offers at least a tenth more for both fees; others at least the node's minimum",
    consequence: "reject",
  },
  TRANSACTION_FEE_PAST_LIMIT: {
    message: "a transaction would cost more for each unit of gas than the sender admits",
    hint: "wait for a lower base fee, or raise the limit",
    consequence: "retry",
  },
  TRANSACTION_REVERTED: {
    message: "a transaction was included and reverted",
    hint: "trace it on a node to see why",
    consequence: "reject",
  },
  TRANSACTION_NOT_FINAL: {
    message: "a transaction did not become final in the time that was given",
    hint: "the facts tell how far it came; ask again, or replace it by one with higher fees",
    consequence: "retry",
  },
});
