import { defineErrors } from "@trellis/base";

export const signerErrors = defineErrors({
  SIGNER_REFUSED: {
    message: "the signer's policy does not admit a transaction",
    hint: "`rule` is chain, contract, call or value: the signer signs only execute of the owner's Arbitrageur, without coins, and an empty transfer to the wallet; or gasPrice, gas or day: a limit, which the signer's settings raise, and of a day is whole again at midnight UTC",
    consequence: "reject",
  },
  SIGNER_MESSAGE_INVALID: {
    message: "a message between engine and signer is not what is expected",
    hint: "nothing was sent; engine and signer must be of one version, and the signer must hold the engine's wallet",
    consequence: "reject",
  },
  SIGNER_ADDRESS_UNUSABLE: {
    message: "a signer cannot have this address",
    hint: "write unix:PATH, or 127.0.0.1:PORT of this machine; where another process has it, stop that one: one wallet has one signer",
    consequence: "fatal",
  },
  SIGNER_RATE_EXCEEDED: {
    message: "the signer was asked for more in a minute than its policy admits",
    hint: "wait; if trades need more, raise the signer's limit",
    consequence: "retry",
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
