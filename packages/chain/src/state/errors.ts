import { defineErrors } from "@trellis/base";

export const stateErrors = defineErrors({
  STATE_UNAVAILABLE: {
    message: "the state after this block is not kept",
    hint: "ask about a newer block, or run the node with an archive",
    consequence: "reject",
  },
  STATE_CORRUPT: {
    message: "the stored state contradicts itself",
    hint: "restore the data directory from a backup, or sync it anew",
    consequence: "fatal",
  },
});
