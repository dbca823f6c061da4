import { defineErrors } from "@trellis/base";

export const protocolErrors = defineErrors({
  RLP_TRUNCATED: {
    message: "an RLP item reaches past the end of what holds it",
    hint: "send the whole encoding; the header's length must lie within the list or the input",
    consequence: "penalise",
  },
  RLP_NON_CANONICAL: {
    message: "an RLP item is not written in its shortest form",
    hint: "no leading zeros in lengths or integers, no length byte where none is needed",
    consequence: "penalise",
  },
  RLP_TRAILING: {
    message: "bytes follow the RLP item",
    hint: "send one item and nothing behind it",
    consequence: "penalise",
  },
  RLP_TOO_DEEP: {
    message: "RLP lists are nested too deeply",
    hint: "no message of this protocol nests that deep",
    consequence: "penalise",
  },
  RLP_TOO_MANY_ITEMS: {
    message: "an RLP encoding or list holds too many items",
    hint: "split what you send, or keep to the limit of the named field",
    consequence: "penalise",
  },
  RLP_KIND_UNEXPECTED: {
    message: "an RLP item is a list where bytes belong, or bytes where a list belongs",
    hint: "compare the order of the fields with docs/spec",
    consequence: "penalise",
  },
  RLP_LENGTH_UNEXPECTED: {
    message: "an RLP field has the wrong number of bytes",
    hint: "addresses have 20 bytes, hashes 32; other fields have the stated limits",
    consequence: "penalise",
  },
  RLP_INTEGER_TOO_GREAT: {
    message: "an RLP integer is greater than its field admits",
    hint: "see the field's range in docs/spec",
    consequence: "penalise",
  },
  RLP_FIELD_MISSING: {
    message: "an RLP list ends before a field",
    hint: "compare the order of the fields with docs/spec",
    consequence: "penalise",
  },
  RLP_FIELD_EXTRA: {
    message: "an RLP list has more fields than it should",
    hint: "compare the order of the fields with docs/spec",
    consequence: "penalise",
  },
  RLP_UNENCODABLE: {
    message: "RLP has no form for this value",
    hint: "integers must be whole, safe and not negative",
    consequence: "reject",
  },

  BLOCK_SECTION_TOO_LONG: {
    message: "a body carries too many certificates or too much evidence",
    hint: "leave the rest to the next block",
    consequence: "penalise",
  },

  TX_TYPE_UNSUPPORTED: {
    message: "no transaction has this type",
    hint: "send a legacy transaction with a chain id, or type 1, 2 or 0x50",
    consequence: "penalise",
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
  TX_SIGNATURE_KIND: {
    message: "the signature is of another kind than the transaction's type takes",
    hint: "type 0x50 takes a key-agile signature, every other an ECDSA signature",
    consequence: "reject",
  },
  TX_ALGORITHM_UNKNOWN: {
    message: "no signature algorithm has this number",
    hint: "1 is ML-DSA-44, 2 ML-DSA-65, 3 secp256k1",
    consequence: "penalise",
  },
  TX_FEES_DIFFER: {
    message: "a transaction of types 0 and 1 has one gas price",
    hint: "give the price as both fees, or use type 2",
    consequence: "reject",
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
    message: "the block has too many bytes",
    hint: "keep the body within the network's bodyBytesMax",
    consequence: "penalise",
  },
  BLOCK_HEADER_TOO_LARGE: {
    message: "the header has too many bytes",
    hint: "a header has at most 16 parents, 16 seal siblings and 256 extra bytes",
    consequence: "penalise",
  },
  BLOCK_BODY_TOO_LARGE: {
    message: "the body has too many bytes",
    hint: "keep the body within the network's bodyBytesMax",
    consequence: "penalise",
  },
  BITS_INVALID: {
    message: "not a compact target",
    hint: "the sign bit is clear and the target lies between 1 and 2^256 - 1",
    consequence: "penalise",
  },
  PARAMETERS_INVALID: {
    message: "the network parameters contradict themselves",
    hint: "correct the named field; docs/spec/blocks.md states the relations",
    consequence: "fatal",
  },
});
