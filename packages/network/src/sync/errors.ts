import { defineErrors } from "@trellis/base";

export const syncErrors = defineErrors({
  PEER_NOT_GREETED: {
    message: "the peer asks before it has said which chain it follows",
    hint: "send a hello first",
    consequence: "reject",
  },
  LOCATOR_UNKNOWN: {
    message: "no block of the locator is known here",
    hint: "its last hash must be genesis; check the network of both nodes",
    consequence: "penalise",
  },
  DESK_FULL: {
    message: "too many blocks wait to be imported",
    hint: "send the block again later",
    consequence: "retry",
  },
  STATE_UNDERWAY: {
    message: "blocks are not taken before the state under them is here",
    hint: "wait until the snapshot sync has ended",
    consequence: "retry",
  },
  NETWORK_STOPPED: {
    message: "this node's network part has stopped",
    hint: "see the log for the cause; restart the process",
    consequence: "retry",
  },
  BLOCK_BELOW_PRUNED: {
    message: "the block is no higher than the oldest that is kept here, and can never be merged",
    hint: "nothing to do; an archive can tell what became of it",
    consequence: "ignore",
  },
});
