import { defineErrors } from "@trellis/base";

export const trellisErrors = defineErrors({
  DATA_DIRECTORY_EMPTY: {
    message: "there is no chain in the data directory",
    hint: "name the directory of a devnet or node with --data-dir",
    consequence: "fatal",
  },
  RESET_REFUSED: {
    message: "the directory holds something that is not a chain's, so nothing was deleted",
    hint: "choose another --data-dir, or look at what lies there and delete it yourself",
    consequence: "fatal",
  },
  DATA_CORRUPT: {
    message: "what is stored contradicts itself",
    hint: "restore the data directory from a backup, or sync it anew",
    consequence: "fatal",
  },
  INDEX_CORRUPT: {
    message: "the file of the index is damaged",
    hint: "delete the named directory: the node builds the index again from the chain",
    consequence: "fatal",
  },
  BACKUP_EXISTS: {
    message: "something has the name of the backup already",
    hint: "name a directory that is not there yet; a backup never replaces anything",
    consequence: "reject",
  },
  BACKUP_UNWRITABLE: {
    message: "the backup cannot be written there",
    hint: "check the path and its permissions; nothing was left under its name",
    consequence: "reject",
  },
  CLUSTER_NODE_ENDED: {
    message: "a node of the cluster ended before it served",
    hint: "see what it wrote above; fewer --nodes need less memory",
    consequence: "fatal",
  },
  ARGUMENT_UNEXPECTED: {
    message: "an argument is none of those that are expected here",
    hint: "`trellis help VERB` shows what may be given",
    consequence: "fatal",
  },
  ARGUMENT_MISSING: {
    message: "an argument is missing",
    hint: "`trellis help` lists the verbs, `trellis help VERB` what each needs",
    consequence: "fatal",
  },
  CONFIG_PROBLEMS: {
    message: "something is wrong with the settings",
    hint: "correct what was told",
    consequence: "fatal",
  },
  RESULT_UNWRITABLE: {
    message: "the result cannot be written to the file",
    hint: "check the path of --out, its permissions and the free space; what was there is as it was",
    consequence: "reject",
    facts: { file: "string", reason: "string" },
  },
  PASSWORDS_DIFFER: {
    message: "the two passwords are not the same",
    hint: "try again; nothing was written",
    consequence: "reject",
  },
  KEY_FILE_EXISTS: {
    message: "the key is already in the keystore",
    hint: "remove the file first if you mean to replace it",
    consequence: "reject",
  },
  KEY_NOT_FOUND: {
    message: "the keystore has no such key",
    hint: "`trellis keys list` shows the addresses",
    consequence: "reject",
  },
  KEY_FILE_UNREADABLE: {
    message: "the key file cannot be read",
    hint: "check the path, its permissions, and that it holds a keystore: version 3 of an account, version 4 of a validator",
    consequence: "reject",
  },
  VALIDATOR_KEY_MISSING: {
    message: "the validator's directory has no key",
    hint: "`trellis validator keys` makes one; --validator-dir names the directory",
    consequence: "fatal",
  },
  PROTECTION_FILE_UNUSABLE: {
    message: "the protection file cannot be read or written",
    hint: "check the path and its permissions; an existing file is never replaced",
    consequence: "reject",
  },
  VALIDATOR_AMBIGUOUS: {
    message: "a node votes with one key, and with a development key only on the network local",
    hint: "give --validator-dir, or --development-validator with --network local",
    consequence: "fatal",
  },
  RPC_UNREACHABLE: {
    message: "the node's RPC does not answer as it should",
    hint: "check --rpc, and that the node runs and has caught up",
    consequence: "retry",
  },
  ACCOUNT_FUNDS_INSUFFICIENT: {
    message: "the account has too few coins for the call",
    hint: "send coins to the account, or give a lower --stake; gas comes on top of the stake",
    consequence: "reject",
  },
  STAKING_MISSING: {
    message: "the network behind the RPC has no staking contract",
    hint: "check --rpc; a network that has one was made with it in its genesis",
    consequence: "reject",
  },
  STAKING_REFUSED: {
    message: "the staking contract refuses the call",
    hint: "docs/spec/staking.md explains the reason it gives; nothing was changed",
    consequence: "reject",
  },
  NOTHING_TO_WITHDRAW: {
    message: "nothing that was unbonded can be withdrawn yet",
    hint: "`trellis validator status` shows from which epoch on it can",
    consequence: "retry",
  },
  SERVICE_ABSENT: {
    message: "the service behind this address does not answer",
    hint: "try again in a few seconds; /ready says what is wrong if it lasts",
    consequence: "retry",
  },
  RESERVES_SNAPSHOT_MISSING: {
    message: "there is no signed snapshot",
    hint: "`trellis reserves snapshot` takes one",
    consequence: "reject",
  },
  PROOF_REFUSED: {
    message: "the proof does not hold",
    hint: "fetch the file again; if it fails again, ask the custodian, and keep the file",
    consequence: "reject",
  },
  RESERVES_RECORD_UNKNOWN: {
    message: "the service that publishes the records cannot be asked, so the proof is compared with nothing",
    hint: "give the published rootRecordHash with --record, or the service with --url; --offline only checks the file in itself",
    consequence: "reject",
  },
  IMPORT_LINES_BAD: {
    message: "lines of the file cannot be entered, so nothing was sent",
    hint: "correct the lines that were told",
    consequence: "reject",
  },
  FILE_UNREADABLE: {
    message: "a file that an argument names cannot be read",
    hint: "check the path and its permissions",
    consequence: "reject",
  },
  INPUT_INVALID: {
    message: "what was given does not say what is to be done",
    hint: "give what is expected; `trellis help VERB ACTION` shows how",
    consequence: "reject",
  },
});
