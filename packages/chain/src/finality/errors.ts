import { defineErrors } from "@trellis/base";

export const finalityErrors = defineErrors({
  VOTE_STRANGER: {
    message: "the sender of the vote is not a validator of its epoch",
    hint: "check which epoch the node is in; validators are known from the state at its beginning",
    consequence: "penalise",
  },
  VOTE_EPOCH_WRONG: {
    message: "the vote is of another epoch than its height",
    hint: "the epoch of a height follows from the final state; compare both nodes' last checkpoints",
    consequence: "ignore",
  },
  VOTE_SIGNATURE_INVALID: {
    message: "the signature is not the validator's",
    hint: "check that the validator signs with the key that it registered, for this chain id",
    consequence: "penalise",
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
  VOTE_ROUND_FAR: {
    message: "the round is too far from that of this node",
    hint: "nothing to do; what matters of it is said again when this node is there",
    consequence: "ignore",
  },
  PRESENCE_UNTIMELY: {
    message: "the presence is not of now",
    hint: "compare the clocks of both machines; who is there says so again",
    consequence: "ignore",
  },
  PROPOSER_WRONG: {
    message: "another validator proposes in this round",
    hint: "the proposer of a round follows from the epoch's stakes",
    consequence: "penalise",
  },
  PROPOSAL_PROOF_INVALID: {
    message: "the proposal's valid round is not proven by two thirds of prevotes",
    hint: "send the certificate of the prevotes with the proposal",
    consequence: "penalise",
  },
  CERTIFICATE_STEP_WRONG: {
    message: "only precommits make final",
    hint: "a certificate of prevotes belongs into a proposal",
    consequence: "penalise",
  },
  CERTIFICATE_SIGNERS_INVALID: {
    message: "the bitmap of the certificate does not fit the validator set",
    hint: "it has one bit a validator and none behind the last",
    consequence: "penalise",
  },
  CERTIFICATE_POWER_LOW: {
    message: "the signers of the certificate hold no more than two thirds of the power",
    hint: "collect more votes",
    consequence: "penalise",
  },
  CERTIFICATE_SIGNATURE_INVALID: {
    message: "the aggregate signature is not that of the named validators",
    hint: "aggregate the signatures of exactly the votes that the bitmap names",
    consequence: "penalise",
  },
  EVIDENCE_INVALID: {
    message: "the two votes are no contradiction of one validator",
    hint: "evidence is two valid votes of one validator in one step of one round for different values",
    consequence: "penalise",
  },
  EVIDENCE_KNOWN: {
    message: "evidence against this validator of this epoch is known",
    hint: "nothing to do; one proof is enough",
    consequence: "ignore",
  },
  EVIDENCE_EPOCH_UNKNOWN: {
    message: "the validators of the evidence's epoch are not known here",
    hint: "evidence is taken of the epochs in which this node has followed the votes",
    consequence: "ignore",
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
  PROTECTION_MALFORMED: {
    message: "this is no protection file",
    hint: "take one that `trellis validator protection export` wrote",
    consequence: "reject",
  },
  PROTECTION_OTHER_CHAIN: {
    message: "the protection file is of another chain",
    hint: "votes of one chain say nothing about another; take the file of this one",
    consequence: "reject",
  },
  PROTECTION_KEY_MISSING: {
    message: "the protection file does not name this validator's key, or the key has signed nothing there",
    hint: "export it where the key has signed",
    consequence: "reject",
  },
});
