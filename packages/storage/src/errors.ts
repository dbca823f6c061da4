import { defineErrors } from "@trellis/base";

export const storageErrors = defineErrors({
  STORE_LOCKED: {
    message: "another process works on the data directory",
    hint: "stop the other process, or choose another directory with --data-dir",
    consequence: "fatal",
  },
  STORE_KIND_DIFFERS: {
    message: "the data directory was made with another kind of store",
    hint: "start with --store as it was made, or choose another --data-dir and sync again; a devnet has lmdb",
    consequence: "fatal",
  },
  STORE_UNAVAILABLE: {
    message: "the data directory cannot be opened",
    hint: "see the reason; check that the path is a directory on a local disk with free space",
    consequence: "fatal",
  },
  STORE_FORBIDDEN: {
    message: "this user may not read and write the data directory",
    hint: "run as the user that owns the directory, change its owner with chown, or choose another --data-dir",
    consequence: "fatal",
  },
  STORE_CORRUPT: {
    message: "what is stored is damaged or contradicts itself, or a part of it is missing",
    hint: "restore the data directory from a backup, or delete it and sync again",
    consequence: "fatal",
  },
  STORE_CLOSED: {
    message: "the store is closed",
    hint: "nothing may be read or written after the stop began",
    consequence: "reject",
  },
  STORE_WRITE_FAILED: {
    message: "a batch could not be written",
    hint: "make room on the disk and start again; nothing of the batch was stored",
    consequence: "fatal",
  },
  SCHEMA_NEWER: {
    message: "the data was written by a newer version",
    hint: "run the version that wrote it, or restore a backup from before the upgrade",
    consequence: "fatal",
  },
  SCHEMA_UNKNOWN: {
    message: "the store holds data of an unknown schema",
    hint: "choose another directory; this one was not written by this program",
    consequence: "fatal",
  },
  SCHEMA_GAP: {
    message: "no migration leads from the data's schema to this one",
    hint: "run the versions in between first; migrations go one step at a time",
    consequence: "fatal",
  },
  TRIE_NODE_MALFORMED: {
    message: "the bytes are not a node of a Merkle-Patricia trie",
    hint: "a proof must be copied whole; a stored node must be restored from a backup",
    consequence: "reject",
  },
  TRIE_PROOF_INVALID: {
    message: "the proof does not lead from the root to the key",
    hint: "ask for the proof again, and check that it belongs to this root",
    consequence: "reject",
  },
});
