import { defineErrors } from "@trellis/base";

export const mempoolErrors = defineErrors({
  ALREADY_KNOWN: {
    message: "transaction already in the mempool",
    hint: "wait, or replace it with the same nonce and both fees raised",
    consequence: "ignore",
  },
  NONCE_TOO_LOW: {
    message: "nonce already used by the account",
    hint: "sign again with the nonce that eth_getTransactionCount returns for pending",
    consequence: "reject",
    facts: { sender: "string", nonce: "bigint", accountNonce: "bigint" },
  },
  NONCE_TOO_FAR: {
    message: "nonce too far ahead of the account's nonce",
    hint: "send the transactions with lower nonces first",
    consequence: "reject",
    facts: { sender: "string", nonce: "bigint", nonceMax: "bigint", accountNonce: "bigint" },
  },
  REPLACEMENT_UNDERPRICED: {
    message: "replacement transaction underpriced",
    hint: "raise both fees to the required values",
    consequence: "reject",
  },
  FUNDS_INSUFFICIENT: {
    message: "balance does not cover the transaction and the sender's pending ones",
    hint: "fund the account, or lower the value, gas limit or fee cap",
    consequence: "reject",
    facts: { sender: "string", balance: "bigint", cost: "bigint", pendingCost: "bigint", missing: "bigint" },
  },
  FEE_CAP_BELOW_FLOOR: {
    message: "fee cap below the minimum base fee plus tip",
    hint: "raise maxFeePerGas (gasPrice of a legacy transaction)",
    consequence: "reject",
    facts: { maxFeePerGas: "bigint", baseFee: "bigint", feeCapMin: "bigint", floor: "bigint" },
  },
  TIP_BELOW_FLOOR: {
    message: "priority fee below the mempool's current minimum",
    hint: "raise maxPriorityFeePerGas, or wait until the minimum falls",
    consequence: "retry",
    facts: { maxPriorityFeePerGas: "bigint", floor: "bigint" },
  },
  POOL_FULL: {
    message: "mempool full of transactions with higher fees",
    hint: "raise the fees, or wait",
    consequence: "retry",
  },
  SENDER_LIMIT_REACHED: {
    message: "sender exceeds its mempool limit",
    hint: "wait until transactions are included, or fill the nonce gap",
    consequence: "retry",
    facts: { sender: "string", limit: "string", got: "number", max: "number" },
  },
  SENDER_HAS_CODE: {
    message: "sender is a contract (EIP-3607)",
    hint: "send from an account without code",
    consequence: "reject",
    facts: { sender: "string", codeHash: "string" },
  },
  KEY_NOT_VALID: {
    message: "signing key not registered for the sender",
    hint: "sign with the account's key in the key registry",
    consequence: "reject",
  },
  JOURNAL_CORRUPT: {
    message: "transaction journal damaged before its end",
    hint: "move the file away to start without the pending local transactions",
    consequence: "fatal",
  },
  JOURNAL_UNAVAILABLE: {
    message: "transaction journal cannot be read or written",
    hint: "check that the directory exists, is writable and has free space",
    consequence: "retry",
  },
});
