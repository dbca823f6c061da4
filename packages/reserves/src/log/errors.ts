import { defineErrors } from "@trellis/base";

export const logErrors = defineErrors({
  LOG_HEAD_REFUSED: {
    message: "log head not signed by the expected log",
    hint: "compare origin and key with those that the custodian published; the key may have been rotated, or the head modified",
    consequence: "reject",
  },
  LOG_INCONSISTENT: {
    message: "later log head does not extend the earlier one",
    hint: "keep both signed heads: unless they were swapped, they prove that the log rewrote or removed entries, or shows different entries to different people",
    consequence: "reject",
  },
  LOG_PROOF_INVALID: {
    message: "invalid log proof",
    hint: "request the proof again for exactly these sizes; if it fails again, keep the signed head: the log omitted an entry",
    consequence: "reject",
  },
  LOG_SIZE_INVALID: {
    message: "invalid log size or index",
    hint: "use whole numbers from 0 to 2^53 - 1, an index below its size, a first head with entries; a subtree starts at a multiple of its width, rounded up to a power of two",
    consequence: "reject",
  },
  LOG_APPEND_CONFLICT: {
    message: "concurrent append to the log",
    hint: "append again after the current entries",
    consequence: "retry",
  },
  LOG_TILE_DAMAGED: {
    message: "log tile missing or too short for the log's size",
    hint: "restore the log's storage from its backup, and sign no head until it is complete",
    consequence: "fatal",
  },
  LOG_MALFORMED: {
    message: "malformed log head, log entry or verification key",
    hint: "see the reason; docs/spec/reserves-attestation.md describes entries (LOG-1), heads (LOG-9), names (LOG-10) and keys (LOG-12)",
    consequence: "reject",
  },
  LOG_ROLLED_BACK: {
    message: "log does not extend the head signed last",
    hint: "restore a newer database, because this one is older than the last signed head; docs/guides/reserves.md explains what to do without one",
    consequence: "retry",
  },
  LOG_WITNESSES_TOO_FEW: {
    message: "too few witness signatures on the head",
    hint: "wait for the witnesses, or request a head that they have signed",
    consequence: "retry",
  },
  LOG_WITNESS_BEHIND: {
    message: "consistency proof does not start at the head that the witness signed last",
    hint: "send the proof from the size in the facts",
    consequence: "retry",
  },
});
