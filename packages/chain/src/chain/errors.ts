import { defineErrors } from "@trellis/base";

export const chainErrors = defineErrors({
  GENESIS_MISMATCH: {
    message: "data directory belongs to another network",
    hint: "choose another data directory, or the network and release that created it; the number of shards, and a devnet's --accounts, --chain-id, --gas-limit and --mnemonic, are part of its genesis, and --reset starts a new chain",
    consequence: "fatal",
  },
  BLOCK_NOT_TAKEN: {
    message: "internal failure while importing the block; the state is unchanged",
    hint: "see the log for the error, which the block did not cause; send the block again",
    consequence: "retry",
  },
  CHAIN_STOPPED: {
    message: "chain stopped after a fatal error",
    hint: "see the log for the error, and restart the process",
    consequence: "fatal",
  },
  CHAIN_UNAVAILABLE: {
    message: "node accepts no blocks or transactions",
    hint: "use another node, or wait: if the chain waits for disk space or imports a state, it resumes by itself; otherwise restart the node",
    consequence: "retry",
    facts: { reason: "string" },
  },
  CALL_ABANDONED: {
    message: "queued call abandoned: its client disconnected",
    hint: "retry later, with smaller requests: the node is busy with other calls",
    consequence: "retry",
  },
  GENESIS_NOT_TRACEABLE: {
    message: "genesis is not traceable",
    hint: "trace another block: genesis executes no transactions",
    consequence: "reject",
  },
  MESSAGES_UNAVAILABLE: {
    message: "messages that a block of this shard must carry are missing",
    hint: "wait: the node takes the messages from the shards that it follows; after 60 s of block time, blocks may leave them out",
    consequence: "retry",
  },
  TEMPLATE_TOO_SLOW: {
    message: "transactions of the template exceed the execution time limit of a block",
    hint: "wait: the node retries without the slowest transactions; see transaction.slow in the log",
    consequence: "retry",
  },
});
