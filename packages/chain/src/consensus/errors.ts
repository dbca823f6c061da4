import { defineErrors } from "@trellis/base";

const MINED_WRONG = "the miner built the block against other rules; check its network and version";

export const dagErrors = defineErrors({
  DAG_PARENT_UNKNOWN: {
    message: "a parent is not in the DAG",
    hint: "insert the parents first",
    consequence: "retry",
  },
  DAG_BLOCK_UNKNOWN: {
    message: "no such block in the DAG",
    hint: "it was never inserted, or it was pruned",
    consequence: "reject",
  },
  DAG_BLOCK_KNOWN: {
    message: "the block is in the DAG already",
    hint: "nothing to do",
    consequence: "ignore",
  },
  PARENT_IS_ANCESTOR: {
    message: "a parent is an ancestor of another parent",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  MERGESET_TOO_LARGE: {
    message: "the block merges more blocks than one may",
    hint: MINED_WRONG,
    consequence: "penalise",
  },
  MERGE_DEPTH_VIOLATED: {
    message: "the block merges a red block that lies deeper than merging reaches, and no blue vouches for it",
    hint: "a branch that was hidden for so long cannot be merged any more",
    consequence: "penalise",
  },
  DAG_NOT_LAST: {
    message: "only the block that was inserted last can be taken back",
    hint: "take back the newer ones first",
    consequence: "reject",
  },
  DAG_RECORD_INVALID: {
    message: "a stored DAG record cannot be read",
    hint: "restore the data directory from a backup, or sync it anew",
    consequence: "fatal",
  },
});
