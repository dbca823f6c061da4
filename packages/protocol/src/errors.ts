import { defineErrors } from "@trellis/base";

export const protocolErrors = defineErrors({
  RLP_INVALID: {
    message: "invalid or non-canonical RLP encoding",
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
    message: "transaction type or signature algorithm not supported",
    hint: "send a legacy transaction with a chain id, or type 1, 2, 4 (since Prague) or 0x50 with algorithm 1 (ML-DSA-44), 2 (ML-DSA-65) or 3 (secp256k1)",
    consequence: "penalise",
    facts: { type: "number?", algorithm: "number?" },
  },
  TX_BLOBS_UNSUPPORTED: {
    message: "blob transactions not supported",
    hint: "send the data as call data of a type 2 transaction; Trellis has no blobs (EIP-4844)",
    consequence: "penalise",
  },
  TX_UNPROTECTED: {
    message: "legacy transaction without replay protection",
    hint: "sign with the network's chain id (EIP-155)",
    consequence: "penalise",
  },
  TX_SIGNATURE_INVALID: {
    message: "invalid transaction signature",
    hint: "sign the transaction again, unchanged, with the account's key and a low s (EIP-2)",
    consequence: "penalise",
  },
  TX_TOO_LARGE: {
    message: "transaction exceeds the size limit",
    hint: "split the data over several transactions",
    consequence: "penalise",
    facts: { transaction: "string?", got: "number", bytesMax: "number" },
  },
  TX_CHAIN_ID_MISMATCH: {
    message: "transaction signed for another chain id",
    hint: "sign with the chain id that eth_chainId returns",
    consequence: "penalise",
    facts: { transaction: "string?", got: "bigint", expected: "bigint" },
  },
  TX_INITCODE_TOO_LARGE: {
    message: "init code exceeds the size limit",
    hint: "split the contract: EIP-3860 allows 49,152 bytes",
    consequence: "penalise",
    facts: { transaction: "string?", got: "number", bytesMax: "number" },
  },
  TX_GAS_LIMIT_TOO_HIGH: {
    message: "gas limit exceeds that of a transaction or block",
    hint: "lower the gas limit, or use several transactions",
    consequence: "penalise",
    facts: { transaction: "string?", got: "bigint", gasMax: "bigint", of: "string" },
  },
  TX_TIP_ABOVE_FEE_CAP: {
    message: "priority fee exceeds the fee cap",
    hint: "raise maxFeePerGas or lower maxPriorityFeePerGas",
    consequence: "penalise",
  },
  TX_FEE_OVERFLOW: {
    message: "gas limit times fee exceeds 256 bits",
    hint: "lower the fee",
    consequence: "penalise",
  },
  TX_NONCE_MAX: {
    message: "nonce exceeds the maximum",
    hint: "check the nonce: EIP-2681 limits it to 2^64 - 2",
    consequence: "penalise",
  },
  TX_INTRINSIC_GAS_TOO_LOW: {
    message: "gas limit below the intrinsic gas",
    hint: "raise the gas limit to at least gasMin",
    consequence: "penalise",
    facts: { transaction: "string?", got: "bigint", gasMin: "bigint" },
  },

  BLOCK_TOO_LARGE: {
    message: "block or block part exceeds a size limit",
    hint: "keep the body within the network's bodyBytesMax, and leave further certificates and evidence for the next block; a header has at most 16 parents, 16 seal siblings and 256 extra bytes",
    consequence: "penalise",
  },
  MESSAGE_INVALID: {
    message: "invalid message between shards",
    hint: "compare the message with docs/spec/shards.md, SHARD-4 and SHARD-6",
    consequence: "penalise",
  },
  BITS_INVALID: {
    message: "invalid compact target",
    hint: "clear the sign bit, and use a target from 1 to 2^256 - 1",
    consequence: "penalise",
  },
  PARAMETERS_INVALID: {
    message: "inconsistent network parameters",
    hint: "correct the named field; docs/spec/dag.md lists the constraints, docs/spec/staking.md (STAKE-18) those of a handover, docs/spec/shards.md (SHARD-2) those of shards",
    consequence: "fatal",
  },
});
