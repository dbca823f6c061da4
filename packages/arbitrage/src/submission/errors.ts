import { defineErrors } from "@trellis/base";

export const submissionErrors = defineErrors({
  SUBMISSION_BUSY: {
    message: "transactions of the wallet that are on their way keep a job from being sent",
    hint: "wait for them, allow more, or use a further wallet; where others sent them, stop whoever else sends with it: a wallet must have one journal",
    consequence: "retry",
  },
  SUBMISSION_EXPIRED: {
    message:
      "no block to come can execute a job: its last one has passed, or its anchor was reorganised away",
    hint: "nothing was sent: what was found in an older block's state must be found again",
    consequence: "ignore",
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
