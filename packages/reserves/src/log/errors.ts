import { defineErrors } from "@trellis/base";

export const logErrors = defineErrors({
  LOG_SIZE_INVALID: {
    message: "not a size or index of a log",
    hint: "sizes and indexes are whole numbers from 0 to 2^53 - 1, and an index lies below its size",
    consequence: "reject",
  },
  LOG_HASH_SIZE_INVALID: {
    message: "a hash of a log proof does not have 32 bytes",
    hint: "take the proof unchanged from the log",
    consequence: "reject",
  },
  LOG_PROOF_TOO_SHORT: {
    message: "a log proof ends before it reaches the root",
    hint: "ask for the proof again, for exactly these sizes",
    consequence: "reject",
  },
  LOG_PROOF_TOO_LONG: {
    message: "a log proof goes on past the root",
    hint: "ask for the proof again, for exactly these sizes",
    consequence: "reject",
  },
  LOG_ROOT_MISMATCH: {
    message: "an entry is not in the log with this root",
    hint: "check index, size and root; if they are right, keep the signed head: the log omitted what it promised",
    consequence: "reject",
  },
  LOG_SHRANK: {
    message: "a later head of a log has fewer entries than an earlier one",
    hint: "keep both signed heads: they show that the log took entries back, unless they were swapped",
    consequence: "reject",
  },
  LOG_OLD_SIZE_ZERO: {
    message: "an empty log is consistent with every other, which proves nothing",
    hint: "begin with the first head that has entries",
    consequence: "reject",
  },
  LOG_SPLIT_VIEW: {
    message: "two heads of one size have different roots",
    hint: "keep both signed heads: together they prove that the log shows different people different entries",
    consequence: "reject",
  },
  LOG_OLD_ROOT_MISMATCH: {
    message: "a consistency proof does not lead to the earlier root",
    hint: "keep both signed heads and ask for the proof again; if it stays so, the log rewrote entries",
    consequence: "reject",
  },
  LOG_NEW_ROOT_MISMATCH: {
    message: "a consistency proof does not lead to the later root",
    hint: "keep both signed heads and ask for the proof again; if it stays so, the log rewrote entries",
    consequence: "reject",
  },
  LOG_SUBTREE_INVALID: {
    message: "not a subtree of a log",
    hint: "a subtree starts at a multiple of its width, rounded up to a power of two, and ends within the log",
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
    hint: "version 1, a known type, and a JSON object in canonical form (RFC 8785)",
    consequence: "reject",
  },
  LOG_ENTRY_TOO_LARGE: {
    message: "a log entry is larger than admitted",
    hint: "log the hash of a large document, and keep the document elsewhere",
    consequence: "reject",
  },
  LOG_NAME_INVALID: {
    message: "not a name of a log or a witness",
    hint: "1 to 255 printable characters without spaces and plus signs, like example.com/reserves",
    consequence: "reject",
  },
  LOG_KEY_INVALID: {
    message: "not a key that verifies heads",
    hint: "an Ed25519 key has 32 bytes; keys of other algorithms need their verifying function",
    consequence: "reject",
  },
  LOG_HEAD_MALFORMED: {
    message: "not a signed tree head",
    hint: "origin, size, root in base64, time; an empty line; lines of signatures; each ended by a line feed",
    consequence: "reject",
  },
  LOG_ORIGIN_MISMATCH: {
    message: "a head is of another log",
    hint: "compare the origin with the one that the custodian published",
    consequence: "reject",
  },
  LOG_HEAD_UNSIGNED: {
    message: "a head has no signature of the expected key",
    hint: "compare the key with the one that the custodian published; it may have been rotated",
    consequence: "reject",
  },
  LOG_SIGNATURE_INVALID: {
    message: "a signature does not match the head that it stands under",
    hint: "the head was changed after signing, or was never signed",
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
