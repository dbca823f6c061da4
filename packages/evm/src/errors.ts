import { defineErrors } from "@trellis/base";

/** What the EVM refuses, and where its own limits end. */
export const evmErrors = defineErrors({
  CALL_FUNDS_INSUFFICIENT: {
    message: "insufficient funds for gas * price + value",
    hint: "lower the value, the gas limit or the fees, or leave the fees out",
    consequence: "reject",
    facts: { sender: "string", balance: "bigint", cost: "bigint?", value: "bigint?", missing: "bigint?" },
  },
  CALL_GAS_TOO_LOW: {
    message: "intrinsic gas too low",
    hint: "give at least the gas that a transaction pays before its first opcode",
    consequence: "reject",
    facts: { got: "bigint", gasMin: "bigint?" },
  },
  CALL_REVERTED: {
    message: "execution reverted",
    hint: "the contract refused the call: decode the data for its reason",
    consequence: "reject",
    facts: { data: "string" },
  },
  CALL_FAILED: {
    message: "the call fails whatever gas it gets",
    hint: "look at the reason; trace the call",
    consequence: "reject",
    facts: { reason: "string?" },
  },
  CALL_INVALID: {
    message: "the call cannot be a transaction",
    hint: "the tip must not exceed the highest fee, the fee must reach the base fee, init code holds at most 49,152 bytes",
    consequence: "reject",
    facts: { sender: "string?", gasLimit: "bigint?", verdict: "string?", data: "string?", reason: "string?" },
  },
  CALL_STOPPED: {
    message: "the call ran for longer than whoever asked waits",
    hint: "ask for less at once",
    consequence: "reject",
  },
  CALL_TOO_LARGE: {
    message: "the call or its trace needs more memory than one may",
    hint: "ask for less: a limit of steps, no memory, the outermost call alone, one transaction instead of a block",
    consequence: "reject",
  },
  TRANSACTION_INVALID: {
    message: "a transaction in the block can never run",
    hint: "its envelope is malformed or its gas limit is below the intrinsic gas: refuse such a block before executing it",
    consequence: "reject",
  },
  ENGINE_LIMIT: {
    message: "the engine's memory is too small for this execution",
    hint: "raise the named limit, or lower the gas that one execution may use",
    consequence: "reject",
  },
});
