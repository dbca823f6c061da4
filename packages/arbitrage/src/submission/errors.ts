import { defineErrors } from "@trellis/base";

export const submissionErrors = defineErrors({
  SUBMISSION_BUSY: {
    message: "pending transactions of the wallet block this job",
    hint: "wait, allow more pending transactions, or use another wallet; stop any other program that sends from this wallet: a wallet has one journal",
    consequence: "retry",
  },
  SUBMISSION_EXPIRED: {
    message: "job expired: its last block passed, or its base block was reorganised",
    hint: "no action needed: nothing was sent, and the opportunity must be found again",
    consequence: "ignore",
  },
  SLOT_SETTLED: {
    message: "final nonce slot cannot change",
    hint: "report this defect with the facts",
    consequence: "fatal",
  },
  SLOT_CONFLICT: {
    message: "another worker wrote the nonce slot or took the job first",
    hint: "read the journal again; nothing was written or sent",
    consequence: "retry",
  },
  RELAY_REFUSED: {
    message: "transaction rejected by all private relays",
    hint: "see the relays' reasons; the job is sent again until its block passes, never to a public mempool",
    consequence: "retry",
  },
});
