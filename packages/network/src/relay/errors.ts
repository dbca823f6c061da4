import { defineErrors } from "@trellis/base";

export const relayErrors = defineErrors({
  RELAY_BLOCK_UNKNOWN: {
    message: "the block whose transactions are asked for is not here",
    hint: "ask a peer that announced it",
    consequence: "ignore",
  },
  RELAY_INDEX_UNKNOWN: {
    message: "the block has fewer transactions than were asked for",
    hint: "indexes are positions in the block's body",
    consequence: "penalise",
  },
});
