import { defineErrors } from "@trellis/base";

export const storageErrors = defineErrors({
  STORE_LOCKED: {
    message: "data directory locked by another process",
    hint: "stop any other process using it, or choose another directory with --data-dir",
    consequence: "fatal",
  },
  STORE_KIND_DIFFERS: {
    message: "data directory created with another kind of store",
    hint: "start with the --store that created it, or choose another --data-dir and sync again; a devnet uses lmdb",
    consequence: "fatal",
  },
  STORE_UNAVAILABLE: {
    message: "data directory cannot be opened",
    hint: "check that the path is a directory on a local disk with free space, and that this user owns it; `reason` is the system's error",
    consequence: "fatal",
  },
  STORE_CORRUPT: {
    message: "stored data damaged, inconsistent or incomplete",
    hint: "restore the data directory from a backup, or delete it and sync again",
    consequence: "fatal",
  },
  STORE_CLOSED: {
    message: "store closed",
    hint: "restart the process: a store is not read or written once shutdown begins",
    consequence: "reject",
  },
  STORE_WRITE_FAILED: {
    message: "batch not written",
    hint: "free disk space and restart; no part of the batch is stored",
    consequence: "fatal",
  },
  SCHEMA_UNSUPPORTED: {
    message: "schema of the stored data not supported by this version",
    hint: "run the version that wrote the data; for missing migrations, run each intermediate version in order; choose another directory if another program wrote it",
    consequence: "fatal",
  },
  TRIE_PROOF_INVALID: {
    message: "invalid Merkle-Patricia trie node or proof",
    hint: "request the proof again and check that it belongs to this root; restore a stored node from a backup",
    consequence: "reject",
  },
});
