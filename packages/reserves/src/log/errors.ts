import { defineErrors } from "@trellis/base";

export const logErrors = defineErrors({
  LOG_HEAD_REFUSED: {
    message: "a head is not one that the expected log signed",
    hint: "compare origin and key with those that the custodian published; the key may have been rotated, or the head changed after signing",
    consequence: "reject",
  },
  LOG_INCONSISTENT: {
    message: "a later head of a log does not continue an earlier one",
    hint: "keep both signed heads: unless they were swapped, they prove that the log rewrote or took back entries, or shows different people different ones",
    consequence: "reject",
  },
  LOG_PROOF_INVALID: {
    message: "a log proof does not hold",
    hint: "ask for the proof again, for exactly these sizes; if it stays so, keep the signed head: the log omitted what it promised",
    consequence: "reject",
  },
  LOG_SIZE_INVALID: {
    message: "not a size or index of a log",
    hint: "sizes and indexes are whole numbers from 0 to 2^53 - 1, an index lies below its size, a first head has entries; a subtree starts at a multiple of its width, rounded up to a power of two",
    consequence: "reject",
  },
  LOG_APPEND_CONFLICT: {
    message: "another writer appended to the log meanwhile",
    hint: "append again behind the entries that are there now",
    consequence: "retry",
  },
  LOG_TILE_DAMAGED: {
    message: "a tile of the log is missing or has fewer hashes than the log's size says",
    hint: "restore the log's storage from its backup; do not sign heads until it is whole",
    consequence: "fatal",
  },
  LOG_ENTRY_MALFORMED: {
    message: "not the encoding of a log entry",
    hint: "version 1, a known type, and a JSON object in canonical form (RFC 8785), at most 65,535 bytes: log the hash of a larger document",
    consequence: "reject",
  },
  LOG_KEY_INVALID: {
    message: "not a key that verifies heads",
    hint: "an Ed25519 key has 32 bytes, other algorithms need their verifying function; its name has 1 to 255 printable characters without spaces and plus signs, like example.com/reserves",
    consequence: "reject",
  },
  LOG_HEAD_MALFORMED: {
    message: "not a signed tree head",
    hint: "origin, size, root in base64, time; an empty line; lines of signatures; each ended by a line feed",
    consequence: "reject",
  },
  LOG_ROLLED_BACK: {
    message: "the log does not continue the head that was signed last",
    hint: "the database is older than what was signed: restore the newest; the guide to reserves says what if it is lost",
    consequence: "retry",
  },
  LOG_WITNESSES_TOO_FEW: {
    message: "fewer witnesses countersigned a head than are required",
    hint: "wait for the witnesses, or ask for a head that they have seen",
    consequence: "retry",
  },
  LOG_WITNESS_BEHIND: {
    message: "the consistency proof does not begin at the head that the witness saw last",
    hint: "send the proof from the size that the error names",
    consequence: "retry",
  },
});
