import { defineErrors } from "@trellis/base";

export const signerErrors = defineErrors({
  SIGNER_REFUSED: {
    message: "request rejected by the signer's policy",
    hint: "see `rule`: for chain, contract, call or value, send only a zero-value execute call to the owner's Arbitrageur, or an empty transfer to the wallet; for wallet, send SIGHUP to the engine, which has a former wallet; for gasPrice, gas or day, raise the limit in the signer's settings, or wait: daily limits reset at midnight UTC",
    consequence: "reject",
  },
  SIGNER_MESSAGE_INVALID: {
    message: "invalid message between engine and signer",
    hint: "use the same version for both, and the engine's wallet in the signer; nothing was sent",
    consequence: "reject",
  },
  SIGNER_RATE_EXCEEDED: {
    message: "signer's rate limit exceeded",
    hint: "wait, or raise the signer's limit",
    consequence: "retry",
  },
  SIGNER_UNAUTHENTICATED: {
    message: "message between engine and signer not authenticated",
    hint: "configure the same secret for both",
    consequence: "reject",
  },
  SIGNER_UNREACHABLE: {
    message: "signer or key holder unreachable",
    hint: "start the signer, and check its address and log, or the Vault, key service, HSM or remote signer in the facts; nothing new is sent meanwhile",
    consequence: "retry",
  },
  SIGNER_AUDIT_BROKEN: {
    message: "signer's audit file modified, or written by another process",
    hint: "compare it with a copy and find the cause, then start a new file; do not trust the list of signed transactions",
    consequence: "fatal",
  },
  SIGNER_AUDIT_UNWRITABLE: {
    message: "signer's audit file cannot be written",
    hint: "check the disk: nothing is signed without an audit entry",
    consequence: "retry",
  },
  SIGNER_SETUP_INVALID: {
    message: "signer's address or one of its keys not usable",
    hint: "see the reason; an address is unix:PATH or 127.0.0.1:PORT, and one wallet has one signer, so stop any other process using it",
    consequence: "fatal",
  },
});
