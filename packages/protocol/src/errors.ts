import { defineErrors } from "@trellis/base";

export const protocolErrors = defineErrors({
  RLP_INVALID: {
    message: "an RLP encoding is not the canonical one of what is expected",
    hint: "compare the named field with docs/spec/transactions.md, RLP-1 to RLP-4",
    consequence: "penalise",
    facts: {
      reason: "string",
      field: "string?",
      rule: "string?",
      list: "string?",
      offset: "number?",
      size: "number?",
      left: "number?",
      read: "number?",
      bytes: "number?",
      got: "scalar?",
      expected: "scalar?",
      max: "scalar?",
      sizeMax: "number?",
      countMax: "number?",
      itemsMax: "number?",
    },
  },

  TX_TYPE_UNSUPPORTED: {
    message: "no transaction has this type, or no key-agile one this signature algorithm",
    hint: "send a legacy transaction with a chain id, or type 1, 2 or 0x50, with algorithm 1 (ML-DSA-44), 2 (ML-DSA-65) or 3 (secp256k1)",
    consequence: "penalise",
    facts: { type: "number?", algorithm: "number?" },
  },
  TX_UNPROTECTED: {
    message: "a legacy transaction without replay protection",
    hint: "sign with the network's chain id (EIP-155)",
    consequence: "penalise",
  },
  TX_SIGNATURE_INVALID: {
    message: "the transaction's signature is not valid",
    hint: "sign the transaction again, unchanged, with the account's own key and a low s (EIP-2)",
    consequence: "penalise",
  },
  TX_TOO_LARGE: {
    message: "the transaction has too many bytes",
    hint: "split the data over several transactions",
    consequence: "penalise",
    facts: { transaction: "string?", got: "number", bytesMax: "number" },
  },
  TX_CHAIN_ID_MISMATCH: {
    message: "the transaction is for another chain",
    hint: "sign with the chain id that eth_chainId gives",
    consequence: "penalise",
    facts: { transaction: "string?", got: "bigint", expected: "bigint" },
  },
  TX_INITCODE_TOO_LARGE: {
    message: "the creation's code has too many bytes",
    hint: "EIP-3860 admits 49,152 bytes: split the contract",
    consequence: "penalise",
    facts: { transaction: "string?", got: "number", bytesMax: "number" },
  },
  TX_GAS_LIMIT_TOO_HIGH: {
    message: "the transaction asks for more gas than a block has",
    hint: "lower the gas limit, or do the work in several transactions",
    consequence: "penalise",
  },
  TX_TIP_ABOVE_FEE_CAP: {
    message: "the priority fee is greater than the most that the sender would pay",
    hint: "raise maxFeePerGas or lower maxPriorityFeePerGas",
    consequence: "penalise",
  },
  TX_FEE_OVERFLOW: {
    message: "gas limit times fee passes 256 bits",
    hint: "lower the fee",
    consequence: "penalise",
  },
  TX_NONCE_MAX: {
    message: "the nonce is the greatest there is, and no account can pass it",
    hint: "EIP-2681 ends nonces at 2^64 - 2: check the nonce",
    consequence: "penalise",
  },
  TX_INTRINSIC_GAS_TOO_LOW: {
    message: "the gas limit does not pay for the transaction itself",
    hint: "raise the gas limit to at least what the error names",
    consequence: "penalise",
    facts: { transaction: "string?", got: "bigint", gasMin: "bigint" },
  },

  BLOCK_TOO_LARGE: {
    message: "a block, or its part that is named, has too many bytes or items",
    hint: "keep the body within the network's bodyBytesMax, and certificates and evidence beyond their limits for the next block; a header has at most 16 parents, 16 seal siblings and 256 extra bytes",
    consequence: "penalise",
  },
  BITS_INVALID: {
    message: "not a compact target",
    hint: "the sign bit is clear and the target lies between 1 and 2^256 - 1",
    consequence: "penalise",
  },
  PARAMETERS_INVALID: {
    message: "the network parameters contradict themselves or the rules",
    hint: "correct the named field; docs/spec/blocks.md states the relations, docs/spec/staking.md (STAKE-18) those of a handover",
    consequence: "fatal",
  },
});
