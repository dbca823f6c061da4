import { defineErrors } from "@trellis/base";

export const apiErrors = defineErrors({
  RESERVES_CHAINS_MISSING: {
    message: "no chains configured, so nothing is attested",
    hint: "start the service with --chains; docs/guides/reserves.md describes the file",
    consequence: "reject",
  },
  JOB_RUNNING: {
    message: "same job queued or running",
    hint: "wait until it has finished; the list of jobs shows it",
    consequence: "ignore",
  },
  ENTRIES_REFUSED: {
    message: "batch rejected; no entry recorded",
    hint: "correct the listed entries and send the batch again",
    consequence: "reject",
  },
  IMPORT_REFUSED: {
    message: "file rejected; no line recorded",
    hint: "correct the listed lines and send the file with a new idempotency key",
    consequence: "reject",
  },
  LOG_HEAD_MISSING: {
    message: "no signed log head yet",
    hint: "wait for the first snapshot",
    consequence: "retry",
  },
});
