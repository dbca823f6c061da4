import { defineErrors } from "@trellis/base";

export const trellisErrors = defineErrors({
  DATA_DIRECTORY_EMPTY: {
    message: "no chain in the data directory",
    hint: "pass the directory of a devnet or node with --data-dir",
    consequence: "fatal",
  },
  RESET_REFUSED: {
    message: "directory contains files that do not belong to a chain; nothing deleted",
    hint: "choose another --data-dir, or delete the files yourself",
    consequence: "fatal",
  },
  FORK_DIFFERENT: {
    message: "node of --fork-url is on another chain, or has another block, than the devnet forks",
    hint: "pass the URL of the same chain, or start with --reset to fork again",
    consequence: "reject",
  },
  FORK_READ_FAILED: {
    message: "value of the forked chain cannot be read",
    hint: "check --fork-url; if its node has pruned the block, use an archive node, or --reset and a newer --fork-block",
    consequence: "retry",
  },
  SHARD_HOST_FAILED: {
    message: "thread of a shard has ended, or does not answer",
    hint: "see the log lines of this shard; restart the node, and report the failure if it repeats",
    consequence: "fatal",
  },
  SHARD_DATA_MISSING: {
    message: "a shard's data lacks blocks that shard 0 has recorded",
    hint: "restore a backup of the whole data directory, or start a new chain with --reset",
    consequence: "fatal",
  },
  INPUT_INVALID: {
    message: "invalid or missing input",
    hint: "see the expected form in the facts; `trellis help VERB ACTION` describes it",
    consequence: "reject",
  },
  USAGE_INVALID: {
    message: "invalid command line",
    hint: "run `trellis help` for the verbs, or `trellis help VERB` for the operands and flags of a verb",
    consequence: "fatal",
  },
  VALIDATOR_KEY_MISSING: {
    message: "no key in the validator directory",
    hint: "create one with `trellis validator keys`; --validator-dir sets the directory",
    consequence: "fatal",
  },
  UPSTREAM_UNREACHABLE: {
    message: "service or node RPC does not respond as expected",
    hint: "check --rpc or --url, and that the node or service is running and synced; retry in a few seconds, and see /ready",
    consequence: "retry",
  },
  MINER_REFUSED: {
    message: "node refuses the request of the miner",
    hint: "see code and reason; without the method, the node needs --rpc-roles public,mining",
    consequence: "reject",
    facts: { code: "string", reason: "string" },
  },
  STAKING_REFUSED: {
    message: "staking contract missing, or call rejected by it",
    hint: "see the rule in the facts and docs/spec/staking.md; if the contract is missing, check --rpc; nothing was changed",
    consequence: "reject",
  },
  NOTHING_TO_WITHDRAW: {
    message: "no unbonded stake to withdraw yet",
    hint: "see `trellis validator status` for the epoch from which you can withdraw",
    consequence: "retry",
  },
  PROOF_REFUSED: {
    message: "proof verification failed",
    hint: "download the file again; if it fails again, keep it and ask the custodian",
    consequence: "reject",
  },
  RESERVES_RECORD_UNKNOWN: {
    message: "published record not available, so the file is not compared with it",
    hint: "pass the published rootRecordHash with --record, or the service with --url; --offline checks only the file itself",
    consequence: "reject",
  },
  DRILL_FAILED: {
    message: "drill failed",
    hint: "`check` has the first failed check; the report (--report FILE or --json) has all of them and the figures; fix the cause, then repeat the drill",
    consequence: "reject",
    facts: { check: "string", detail: "string", failed: "number" },
  },
  FILE_EXISTS: {
    message: "file or directory already exists",
    hint: "use another path, or remove the existing one first",
    consequence: "reject",
  },
  FILE_UNREADABLE: {
    message: "file cannot be read",
    hint: "check the path, its permissions and its type: a key file is a keystore of version 3 (account) or 4 (validator)",
    consequence: "reject",
  },
  FILE_UNWRITABLE: {
    message: "file cannot be written",
    hint: "check the path, its permissions and the free space; an existing file is unchanged, and no partial file remains",
    consequence: "reject",
  },
});
