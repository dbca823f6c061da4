import { defineErrors } from "@trellis/base";

export const assetsErrors = defineErrors({
  CHALLENGE_REFUSED: {
    message: "challenge malformed, already answered, or not issued for this claim",
    hint: "request a challenge for this custodian, snapshot and address, and sign its text unchanged, line by line; each challenge is answered once",
    consequence: "reject",
  },
  OWNERSHIP_SIGNATURE_INVALID: {
    message: "signature does not prove ownership of the address",
    hint: "see the reason; sign the challenge's text with the key of its address: bip322 for Bitcoin; eip191, eip712 or, for a contract, eip1271 for EVM chains",
    consequence: "reject",
  },
  CHAIN_ADDRESS_INVALID: {
    message: "invalid address for its chain",
    hint: "Bitcoin: use base58check (P2PKH, P2SH), bech32 (version 0) or bech32m (version 1 and later); EVM: use 0x and 20 bytes, mixed case by EIP-55",
    consequence: "reject",
  },
  BITCOIN_SCRIPT_UNSUPPORTED: {
    message: "Bitcoin script not supported by this verifier",
    hint: "verify it elsewhere, or ask the custodian to move the coins: single keys, multisig and time locks are supported",
    consequence: "reject",
  },
  BITCOIN_SIGNATURE_INVALID: {
    message: "Bitcoin transaction malformed, or script not satisfied",
    hint: "use the wallet's signature unchanged; it must sign this message with the keys of this address",
    consequence: "reject",
  },
  ADDRESS_CLAIMED_TWICE: {
    message: "address claimed twice for one snapshot",
    hint: "omit the second claim: an address counts once per snapshot",
    consequence: "reject",
  },
  ADDRESS_CLAIMED_BY_ANOTHER: {
    message: "address claimed by another custodian",
    hint: "resolve it with the other custodian: both have its key, and only one can count it",
    consequence: "reject",
  },
  BLOCK_REORGANISED: {
    message: "block of the balances removed by a reorganisation",
    hint: "read the balances again at a final block",
    consequence: "retry",
  },
  TOKEN_UNREADABLE: {
    message: "token contract does not return a balance",
    hint: "check the token's address, and that the contract existed at the block",
    consequence: "reject",
  },
});
