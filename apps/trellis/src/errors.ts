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
  CLUSTER_NODE_ENDED: {
    message: "a node of the cluster ended before it served",
    hint: "see what it wrote above; fewer --nodes need less memory",
    consequence: "fatal",
  },
  INPUT_INVALID: {
    message: "what was given does not say what is to be done",
    hint: "give what is expected; `trellis help VERB ACTION` shows how",
    consequence: "reject",
  },
  USAGE_INVALID: {
    message: "the command line does not say what is to be done",
    hint: "`trellis help` lists the verbs, `trellis help VERB` what each needs and takes",
    consequence: "fatal",
  },
  CONFIG_PROBLEMS: {
    message: "something is wrong with the settings",
    hint: "correct what was told",
    consequence: "fatal",
  },
  KEY_NOT_FOUND: {
    message: "the keystore has no such key",
    hint: "`trellis keys list` shows the addresses",
    consequence: "reject",
  },
  VALIDATOR_KEY_MISSING: {
    message: "the validator's directory has no key",
    hint: "`trellis validator keys` makes one; --validator-dir names the directory",
    consequence: "fatal",
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
  FILE_EXISTS: {
    message: "a file or directory is there already, and is not replaced",
    hint: "name one that is not there yet, or remove it first if you mean to replace it",
    consequence: "reject",
  },
  FILE_UNREADABLE: {
    message: "a file cannot be read",
    hint: "check the path, its permissions, and that it is what is asked for: a key file is a keystore, version 3 of an account, version 4 of a validator",
    consequence: "reject",
  },
  FILE_UNWRITABLE: {
    message: "a file cannot be written",
    hint: "check the path, its permissions and the free space; what was there is as it was, and nothing unfinished is left under this name",
    consequence: "reject",
  },
});
