import { defineErrors } from "@trellis/base";

export const signerErrors = defineErrors({
  SIGNER_CHAIN_REFUSED: {
    message: "the signer signs nothing for this chain",
    hint: "its policy names the chains: compare them with the engine's settings",
    consequence: "reject",
  },
  SIGNER_CONTRACT_REFUSED: {
    message: "the signer signs no calls of this contract",
    hint: "only the owner's Arbitrageur is called, and the wallet itself with a transfer of nothing",
    consequence: "reject",
  },
  SIGNER_CALL_REFUSED: {
    message: "the signer signs no such call of the Arbitrageur",
    hint: "only execute with a whole route, and an empty transfer to the wallet itself, are signed",
    consequence: "reject",
  },
  SIGNER_VALUE_REFUSED: {
    message: "a transaction sends more coins than the signer's policy admits",
    hint: "trades send none: whoever asked for this is not the engine",
    consequence: "reject",
  },
  SIGNER_GAS_PRICE_REFUSED: {
    message: "a transaction offers more for a unit of gas than the signer's policy admits",
    hint: "wait for lower fees, or raise the signer's limit",
    consequence: "reject",
  },
  SIGNER_GAS_REFUSED: {
    message: "a transaction may use more gas than the signer's policy admits",
    hint: "no trade needs so much: compare the limits of engine and signer",
    consequence: "reject",
  },
  SIGNER_RATE_EXCEEDED: {
    message: "the signer was asked for more in a minute than its policy admits",
    hint: "wait; if trades need more, raise the signer's limit",
    consequence: "retry",
  },
  SIGNER_DAY_EXCEEDED: {
    message: "the day's transactions may cost more, or are more, than the signer's policy admits",
    hint: "the limit is whole again at midnight UTC, or when it is raised and the signer started anew",
    consequence: "reject",
  },
  SIGNER_REQUEST_INVALID: {
    message: "a request to the signer is not of its protocol",
    hint: "engine and signer must be of one version",
    consequence: "reject",
  },
  SIGNER_UNAUTHENTICATED: {
    message: "a message between engine and signer is not by who shares their secret",
    hint: "both must be given the same secret",
    consequence: "reject",
  },
  SIGNER_UNREACHABLE: {
    message: "the signer gave no answer",
    hint: "nothing new is sent without it; start it, and look at its address and its log",
    consequence: "retry",
  },
  SIGNER_ANSWER_INVALID: {
    message: "the signer's answer is not what was asked for",
    hint: "nothing was sent; compare the versions of engine and signer, and whose wallet the signer holds",
    consequence: "reject",
  },
  SIGNER_ADDRESS_INVALID: {
    message: "an address of a signer is neither a Unix socket nor on this machine",
    hint: "write unix:PATH, or 127.0.0.1:PORT",
    consequence: "fatal",
  },
  SIGNER_ADDRESS_TAKEN: {
    message: "another process uses the signer's address or directory",
    hint: "one wallet has one signer: stop the other one",
    consequence: "fatal",
  },
  SIGNER_AUDIT_BROKEN: {
    message: "the signer's audit file was changed, or written by another process",
    hint: "what was signed cannot be told: compare with a copy, find out who changed it, then begin with a new file",
    consequence: "fatal",
  },
  SIGNER_AUDIT_UNWRITABLE: {
    message: "the signer's audit file cannot be written",
    hint: "nothing is signed that is not written down: look at the disk",
    consequence: "retry",
  },
  SIGNER_KEY_UNUSABLE: {
    message: "the wallet's key cannot be used",
    hint: "the facts tell what is wrong with it",
    consequence: "fatal",
  },
  SIGNER_KEY_UNREACHABLE: {
    message: "what holds the wallet's key gave no answer",
    hint: "look at the Vault, key service or remote signer that the facts name",
    consequence: "retry",
  },
});
