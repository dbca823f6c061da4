import { defineErrors } from "@trellis/base";

export const eventsErrors = defineErrors({
  EVENT_SEQUENCE_UNKNOWN: {
    message: "the stream has no event of this number to go on from",
    hint: "go on from 0 for all that is kept, or from the newest; older events are deleted after their time",
    consequence: "reject",
  },
});
