import { defineErrors } from "@trellis/base";

export const chainErrors = defineErrors({
  GENESIS_MISMATCH: {
    message: "the data directory holds another network's chain",
    hint: "choose another data directory, or the network that it was made for; a devnet's accounts are part of it (--accounts), and --reset begins it again",
    consequence: "fatal",
  },
  BLOCK_NOT_TAKEN: {
    message: "this node failed to check or execute the block, and is as it was before",
    hint: "see the log for the error, which is not the block's; the block may be sent again",
    consequence: "retry",
  },
  CHAIN_STOPPED: {
    message: "the chain has stopped after an error that it cannot recover from",
    hint: "see the log for the error; restart the process",
    consequence: "fatal",
  },
  CHAIN_UNAVAILABLE: {
    message: "this node takes no blocks and no transactions",
    hint: "send to another node, or wait: a chain that waits for room on the disk, or takes a state over, resumes by itself; after another reason restart the node",
    consequence: "retry",
    facts: { reason: "string" },
  },
  CALL_ABANDONED: {
    message: "nobody waits for the call any more, which had not begun",
    hint: "the node is busy with other calls; ask again later, or for less at once",
    consequence: "retry",
  },
  GENESIS_NOT_TRACEABLE: {
    message: "genesis is not traceable",
    hint: "genesis executes nothing: its state is given",
    consequence: "reject",
  },
  TEMPLATE_TOO_SLOW: {
    message: "the transactions of a template take longer to execute than a block may",
    hint: "the node tries again without the slowest: look for transaction.slow in the log",
    consequence: "retry",
  },
});
