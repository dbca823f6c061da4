import { defineErrors } from "@trellis/base";

export const mempoolErrors = defineErrors({
  ALREADY_KNOWN: {
    message: "the transaction is in the mempool already",
    hint: "wait for it, or replace it by one of the same nonce with both fees raised",
    consequence: "ignore",
  },
  NONCE_TOO_LOW: {
    message: "the account has used this nonce already",
    hint: "sign again with the nonce that eth_getTransactionCount gives for pending",
    consequence: "reject",
    facts: { sender: "string", nonce: "bigint", accountNonce: "bigint" },
  },
  NONCE_TOO_FAR: {
    message: "the nonce is further ahead of the account's than the mempool keeps",
    hint: "send the transactions of the lower nonces first",
    consequence: "reject",
    facts: { sender: "string", nonce: "bigint", nonceMax: "bigint", accountNonce: "bigint" },
  },
  REPLACEMENT_UNDERPRICED: {
    message: "a transaction of this sender and nonce is there and its fees are not outbid",
    hint: "raise both fees to the required ones",
    consequence: "reject",
  },
  FUNDS_INSUFFICIENT: {
    message: "the balance does not cover this transaction on top of the sender's pending ones",
    hint: "fund the account, or lower value, gas limit or fee cap",
    consequence: "reject",
    facts: { sender: "string", balance: "bigint", cost: "bigint", pendingCost: "bigint", missing: "bigint" },
  },
  FEE_CAP_BELOW_FLOOR: {
    message: "the fee cap is below the least base fee with the least tip",
    hint: "raise maxFeePerGas (the gas price of a legacy transaction)",
    consequence: "reject",
    facts: { maxFeePerGas: "bigint", baseFee: "bigint", feeCapMin: "bigint", floor: "bigint" },
  },
  TIP_BELOW_FLOOR: {
    message: "the tip is below the least that the mempool takes now",
    hint: "raise maxPriorityFeePerGas, or wait for the floor to fall",
    consequence: "retry",
    facts: { maxPriorityFeePerGas: "bigint", floor: "bigint" },
  },
  POOL_FULL: {
    message: "the mempool is full of transactions that pay more",
    hint: "raise the fees, or wait",
    consequence: "retry",
  },
  SENDER_LIMIT_REACHED: {
    message: "the sender has as many transactions here as one sender may have",
    hint: "wait until some are accepted, or fill the nonce gap",
    consequence: "retry",
    facts: { sender: "string", limit: "string", got: "number", max: "number" },
  },
  SENDER_HAS_CODE: {
    message: "the sender is a contract, which cannot sign (EIP-3607)",
    hint: "send from an account without code",
    consequence: "reject",
    facts: { sender: "string", codeHash: "string" },
  },
  KEY_NOT_VALID: {
    message: "the key that signed does not speak for the sender",
    hint: "sign with the key that the key registry names for the account",
    consequence: "reject",
  },
  JOURNAL_CORRUPT: {
    message: "the journal of local transactions is damaged before its end",
    hint: "move the file away to start without the local transactions that were pending",
    consequence: "fatal",
  },
  JOURNAL_UNAVAILABLE: {
    message: "the journal of local transactions cannot be read or written",
    hint: "check that the directory exists, is writable and has space",
    consequence: "retry",
  },
});
