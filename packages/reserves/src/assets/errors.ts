import { defineErrors } from "@trellis/base";

export const assetsErrors = defineErrors({
  BITCOIN_ADDRESS_INVALID: {
    message: "not a Bitcoin address of this network",
    hint: "give base58check (P2PKH, P2SH), bech32 (version 0) or bech32m (version 1 and later), of the network named",
    consequence: "reject",
  },
  BITCOIN_TRANSACTION_MALFORMED: {
    message: "not the encoding of a Bitcoin transaction",
    hint: "take the signature unchanged from the wallet",
    consequence: "reject",
  },
  BITCOIN_SCRIPT_UNSUPPORTED: {
    message: "a Bitcoin script does what this verifier does not judge",
    hint: "single keys, multisig and time locks are judged; ask the custodian to move such coins, or verify elsewhere",
    consequence: "reject",
  },
  BITCOIN_SCRIPT_FAILED: {
    message: "a Bitcoin script is not satisfied",
    hint: "the signature is not of this message, or not of this address's keys",
    consequence: "reject",
  },
  BIP322_ENCODING_INVALID: {
    message: "not a BIP-322 signature",
    hint: "base64 behind smp, ful or pof, or a witness in base64 without a prefix",
    consequence: "reject",
  },
  BIP322_FORMAT_UNFIT: {
    message: "a simple BIP-322 signature is only for native segwit addresses",
    hint: "sign in the full format",
    consequence: "reject",
  },
  BIP322_TRANSACTION_INVALID: {
    message: "a BIP-322 signature does not sign the transaction that message and address give",
    hint: "its first input spends the virtual coin, its only output is OP_RETURN of value zero, its version 0 or 2",
    consequence: "reject",
  },
  BIP322_COIN_MISSING: {
    message: "a BIP-322 proof of funds does not show the coin that an input spends",
    hint: "add the witness UTXO, or for legacy inputs the whole transaction that made the coin",
    consequence: "reject",
  },
  EVM_ADDRESS_INVALID: {
    message: "not an EVM address",
    hint: "20 bytes in hexadecimal behind 0x; mixed case must be the checksum of EIP-55",
    consequence: "reject",
  },
  EVM_SIGNATURE_INVALID: {
    message: "not an EVM signature",
    hint: "65 bytes: r, s (its low form), and v of 27 or 28",
    consequence: "reject",
  },
});
