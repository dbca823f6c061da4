import { defineErrors } from "@trellis/base";

export const assetsErrors = defineErrors({
  CHALLENGE_REFUSED: {
    message: "a challenge is not open for this answer",
    hint: "ask for a challenge of this custodian, snapshot and address, and have that signed: each is answered once",
    consequence: "reject",
  },
  OWNERSHIP_SIGNATURE_INVALID: {
    message: "a signature does not prove that the address is the signer's",
    hint: "the reason says what is wrong: sign the challenge's text with the key of its address, by bip322 for Bitcoin, by eip191, eip712 or, for a contract, eip1271 for EVM chains",
    consequence: "reject",
  },
  CHAIN_ADDRESS_INVALID: {
    message: "not an address of its chain",
    hint: "Bitcoin: base58check (P2PKH, P2SH), bech32 (version 0) or bech32m (version 1 and later); EVM: 20 bytes behind 0x, mixed case as EIP-55 says",
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
  CHALLENGE_MALFORMED: {
    message: "not the text of a challenge",
    hint: "sign the challenge's text unchanged, line for line",
    consequence: "reject",
  },
  ADDRESS_CLAIMED_TWICE: {
    message: "an address is claimed twice for one snapshot",
    hint: "leave out the second claim: an address counts once",
    consequence: "reject",
  },
  ADDRESS_CLAIMED_BY_ANOTHER: {
    message: "an address is claimed by another custodian",
    hint: "both hold its key: neither can count it before the other gives it up",
    consequence: "reject",
  },
  BLOCK_REORGANISED: {
    message: "the block at which balances were read is no longer part of the chain",
    hint: "read again at a final block",
    consequence: "retry",
  },
  TOKEN_UNREADABLE: {
    message: "a token's contract does not answer with a balance",
    hint: "check the token's address and that the contract existed at the block",
    consequence: "reject",
  },
});
