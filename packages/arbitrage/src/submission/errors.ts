import { defineErrors } from "@trellis/base";

export const submissionErrors = defineErrors({
  SUBMISSION_EXPIRED: {
    message:
      "no block to come can execute a job: its last one has passed, or its anchor was reorganised away",
    hint: "nothing was sent: what was found in an older block's state must be found again",
    consequence: "ignore",
  },
  SUBMISSION_BUSY: {
    message: "the wallet has as many transactions on their way as it may",
    hint: "wait for them, allow more, or use a further wallet",
    consequence: "retry",
  },
  SUBMISSION_WALLET_SHARED: {
    message: "transactions of the wallet wait that nobody here has sent",
    hint: "a wallet must have one journal: stop whoever else sends with it, or wait until they are included",
    consequence: "retry",
  },
  SLOT_SETTLED: {
    message: "what is final does not change",
    hint: "this is a defect: report it with the facts",
    consequence: "fatal",
  },
  SLOT_CONFLICT: {
    message: "another worker wrote a slot or took a job first",
    hint: "nothing was written or sent: look again at what stands in the journal",
    consequence: "retry",
  },
  RELAY_REFUSED: {
    message: "no private relay takes a transaction",
    hint: "the reasons are the relays' own; the job is sent again while its block has not passed, and never to a public pool",
    consequence: "retry",
  },
});
