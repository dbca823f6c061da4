import { defineErrors } from "@trellis/base";

export const finalityErrors = defineErrors({
  VOTE_INVALID: {
    message: "the message of a validator is not valid",
    hint: "see the reason: validators, their keys and their turns follow from the state at the epoch's beginning",
    consequence: "penalise",
  },
  VOTE_UNTIMELY: {
    message: "the message of a validator is not of now",
    hint: "nothing to do, what matters is sent again; if it lasts compare both machines' clocks and last checkpoints",
    consequence: "ignore",
  },
  FINALITY_CERTIFICATE_INVALID: {
    message: "the certificate does not make final",
    hint: "aggregate the precommits of more than two thirds of the power, named by one bit a validator",
    consequence: "penalise",
  },
  EVIDENCE_UNUSABLE: {
    message: "the evidence is not needed, or cannot be judged here",
    hint: "nothing to do: one proof is enough, of an epoch in which this node has followed the votes",
    consequence: "ignore",
  },
  PROTECTION_FILE_INVALID: {
    message: "the protection file cannot be used for this key and chain",
    hint: "take one that `trellis validator protection export` wrote where the key has signed on this chain",
    consequence: "reject",
  },
  VOTE_HEIGHT_PAST: {
    message: "the checkpoint is final already",
    hint: "nothing to do; the certificate is there for who asks",
    consequence: "ignore",
  },
  VOTE_HEIGHT_AHEAD: {
    message: "the checkpoint is ahead of what this node can judge",
    hint: "certificates of the heights before it are fetched first",
    consequence: "ignore",
  },
  VOTE_KNOWN: {
    message: "the message is known",
    hint: "nothing to do; messages are said again while a round lasts",
    consequence: "ignore",
  },
  VOTE_CONFLICTING: {
    message: "the validator has said something else in this ballot",
    hint: "its first vote counts; both are evidence, which goes into a block",
    consequence: "ignore",
  },
  EVIDENCE_INVALID: {
    message: "the two votes are no contradiction of one validator",
    hint: "evidence is two valid votes of one validator in one step of one round for different values",
    consequence: "penalise",
  },
  VOTE_PROTECTED: {
    message: "the signer has already signed something that this would contradict",
    hint: "never run two validators with one key; after a restore, import the newest protection file",
    consequence: "reject",
  },
  VOTE_KEY_ELSEWHERE: {
    message: "somebody signs with this validator's key: a vote that this node's log does not know",
    hint: "stop the other node, or import the protection file of the one that had the key last; then start again",
    consequence: "reject",
  },
  VOTE_LOG_LOCKED: {
    message: "another process has this validator's key and votes",
    hint: "stop it first: two validators with one key are slashed",
    consequence: "fatal",
  },
  VOTE_LOG_MISSING: {
    message: "the log of this validator's votes is not there",
    hint: "the key may have signed elsewhere: import the protection file of where it was last",
    consequence: "fatal",
  },
  NOTHING_SIGNED: {
    message: "the key has signed nothing yet, so nothing needs to be taken along",
    hint: "move the validator's whole directory to the other machine, and leave none of it here",
    consequence: "reject",
  },
  VOTE_LOG_UNREADABLE: {
    message: "the log of this validator's votes is damaged",
    hint: "restore nothing older: import a newer protection file, or begin a log when the chain is well past its last vote",
    consequence: "fatal",
  },
  VOTE_LOG_OTHER: {
    message: "the log of votes is another key's or another chain's",
    hint: "keep one directory for each key and chain",
    consequence: "fatal",
  },
  VOTE_LOG_UNAVAILABLE: {
    message: "the log of this validator's votes cannot be read or written",
    hint: "check the disk and the rights of the directory; nothing was signed meanwhile",
    consequence: "fatal",
  },
});
