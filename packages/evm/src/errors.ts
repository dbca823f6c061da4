import { defineErrors } from "@trellis/base";

export const evmErrors = defineErrors({
  CALL_FUNDS_INSUFFICIENT: {
    message: "insufficient funds for gas * price + value",
    hint: "lower the value, the gas limit or the fees, or omit the fees",
    consequence: "reject",
    facts: { sender: "string", balance: "bigint", cost: "bigint?", value: "bigint?", missing: "bigint?" },
  },
  CALL_GAS_TOO_LOW: {
    message: "intrinsic gas too low",
    hint: "raise the gas limit to at least the intrinsic gas",
    consequence: "reject",
    facts: { got: "bigint", gasMin: "bigint?" },
  },
  CALL_REVERTED: {
    message: "execution reverted",
    hint: "decode the data: it is the contract's revert data (ABI: Error, Panic or a custom error)",
    consequence: "reject",
    facts: { data: "string", gasUsed: "bigint?" },
  },
  CALL_FAILED: {
    message: "execution fails with any gas limit",
    hint: "see the reason, and trace the call",
    consequence: "reject",
    facts: { reason: "string?" },
  },
  CALL_INVALID: {
    message: "call parameters not valid for a transaction",
    hint: "lower the tip to at most the fee cap, raise the fee cap to at least the base fee, and keep init code within 49,152 bytes",
    consequence: "reject",
    facts: { sender: "string?", gasLimit: "bigint?", verdict: "string?", data: "string?", reason: "string?" },
  },
  CALL_STOPPED: {
    message: "call stopped at its time limit",
    hint: "request less at once",
    consequence: "reject",
  },
  CALL_TOO_LARGE: {
    message: "execution or trace exceeds a memory limit",
    hint: "limit the steps, omit memory, trace only the top call or one transaction; an operator can raise the named limit",
    consequence: "reject",
  },
  TRANSACTION_INVALID: {
    message: "block contains a transaction that can never execute",
    hint: "refuse the block before execution: the envelope is malformed, or the gas limit is below the intrinsic gas",
    consequence: "reject",
  },
});
