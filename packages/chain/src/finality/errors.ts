import { defineErrors } from "@trellis/base";

export const finalityErrors = defineErrors({
  VOTE_INVALID: {
    message: "invalid message or evidence of a validator",
    hint: "see the reason; compare validators, keys and proposers with the state at the start of the epoch; evidence needs two valid votes of one validator for different values at one height, round and step",
    consequence: "penalise",
  },
  VOTE_UNTIMELY: {
    message: "message or evidence of a validator not needed now",
    hint: "no action needed; if this continues, compare the clocks and last checkpoints of both machines",
    consequence: "ignore",
  },
  FINALITY_CERTIFICATE_INVALID: {
    message: "invalid finality certificate",
    hint: "aggregate precommits of more than two thirds of the voting power, one bit per validator",
    consequence: "penalise",
  },
  PROTECTION_FILE_INVALID: {
    message: "slashing protection file not usable for this key and chain",
    hint: "export the file with `trellis validator protection export` on the machine where this key signed on this chain",
    consequence: "reject",
  },
  VOTE_HEIGHT_AHEAD: {
    message: "checkpoint height above what this node can verify",
    hint: "wait: the node first fetches the certificates of the lower heights",
    consequence: "ignore",
  },
  VOTE_KNOWN: {
    message: "message already known",
    hint: "no action needed; messages are repeated during a round",
    consequence: "ignore",
  },
  VOTE_CONFLICTING: {
    message: "conflicting vote of a validator in the same step",
    hint: "no action needed: the first vote counts, and both become evidence in a block",
    consequence: "ignore",
  },
  VOTE_PROTECTED: {
    message: "slashing protection refused to sign a conflicting vote",
    hint: "never run two validators with one key; after a restore, import the newest protection file",
    consequence: "reject",
  },
  VOTE_KEY_ELSEWHERE: {
    message: "another process is signing with this validator's key",
    hint: "stop the other node, or import the protection file of the node that had the key last; then restart",
    consequence: "reject",
  },
  VOTE_LOG_LOCKED: {
    message: "vote log locked by another process",
    hint: "stop any other process using it: two validators with one key are slashed",
    consequence: "fatal",
  },
  VOTE_LOG_UNUSABLE: {
    message: "vote log missing, damaged, or for another key or chain",
    hint: "never restore an older log: import the newest protection file of the key, or start a new log once the chain is well past the key's last vote; use one directory for each key and chain",
    consequence: "fatal",
  },
  NOTHING_SIGNED: {
    message: "no vote signed with this key yet",
    hint: "move the validator's whole directory to the other machine, and leave no copy here; there is nothing to export",
    consequence: "reject",
  },
  VOTE_LOG_UNAVAILABLE: {
    message: "vote log cannot be read or written",
    hint: "check the disk and the permissions of the directory; no vote was signed meanwhile",
    consequence: "fatal",
  },
});
