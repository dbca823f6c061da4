import { defineErrors } from "@trellis/base";

export const apiErrors = defineErrors({
  RESERVES_CHAINS_MISSING: {
    message: "this service reads no chains, so that it attests nothing",
    hint: "start it with --chains; docs/guides/reserves.md shows the file",
    consequence: "reject",
  },
  JOB_RUNNING: {
    message: "the same work is waiting or running already",
    hint: "wait for it; jobs of its kind are listed",
    consequence: "ignore",
  },
  ENTRIES_REFUSED: {
    message: "nothing of the batch was entered",
    hint: "correct the named entries and send the batch again",
    consequence: "reject",
  },
  IMPORT_REFUSED: {
    message: "nothing of the file was entered",
    hint: "correct the named lines and send the file under a new idempotency key",
    consequence: "reject",
  },
  PROOF_OF_SEVERAL: {
    message: "this route verifies a proof of one customer alone",
    hint: "verify it with the page or the program, which ask nobody",
    consequence: "reject",
  },
  LOG_HEAD_MISSING: {
    message: "the log has no signed head yet",
    hint: "wait for the first snapshot",
    consequence: "retry",
  },
});
