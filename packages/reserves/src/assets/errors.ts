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
  CHALLENGE_MALFORMED: {
    message: "not the text of a challenge",
    hint: "sign the challenge's text unchanged, line for line",
    consequence: "reject",
  },
  CHALLENGE_VERSION_UNKNOWN: {
    message: "a challenge is of a version that is not known",
    hint: "update the verifier, or ask for a challenge of version 1",
    consequence: "reject",
  },
  CHALLENGE_CUSTODIAN_MISMATCH: {
    message: "a challenge is another custodian's",
    hint: "a signature made for one custodian counts for no other: have this custodian's challenge signed",
    consequence: "reject",
  },
  CHALLENGE_SNAPSHOT_MISMATCH: {
    message: "a challenge is of another snapshot",
    hint: "signatures are made anew for every snapshot: have this snapshot's challenge signed",
    consequence: "reject",
  },
  CHALLENGE_BLOCK_MISMATCH: {
    message: "a challenge is of another block height, or of a chain that the snapshot does not count",
    hint: "have the challenge signed that names the snapshot's height on this chain",
    consequence: "reject",
  },
  CHALLENGE_NONCE_UNKNOWN: {
    message: "a challenge was not given out for this address",
    hint: "ask for a challenge, and sign that",
    consequence: "reject",
  },
  CHALLENGE_REPLAYED: {
    message: "a challenge was answered already",
    hint: "an answer counts once: ask for a new challenge",
    consequence: "reject",
  },
  OWNERSHIP_METHOD_UNFIT: {
    message: "a way of signing does not fit the chain of the address",
    hint: "bip322 for Bitcoin; eip191, eip712 or eip1271 for EVM chains",
    consequence: "reject",
  },
  OWNERSHIP_SIGNER_MISMATCH: {
    message: "another address signed the challenge",
    hint: "sign with the key of the address that the challenge names; a contract's wallet is proved by eip1271",
    consequence: "reject",
  },
  OWNERSHIP_CONTRACT_REFUSED: {
    message: "a contract wallet does not accept the signature",
    hint: "the contract must answer 0x1626ba7e to isValidSignature (EIP-1271) at the challenge's block",
    consequence: "reject",
  },
  OWNERSHIP_KEYLESS: {
    message: "an address asks for no signature",
    hint: "whoever knows its script can answer any challenge: such an address proves nobody's reserves",
    consequence: "reject",
  },
  OWNERSHIP_LOCKED: {
    message: "an address's keys can't move its coins yet",
    hint: "sign by a way of the script that is open at the snapshot's block",
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
