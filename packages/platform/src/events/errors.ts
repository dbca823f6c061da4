import { defineErrors } from "@trellis/base";

export const eventsErrors = defineErrors({
  EVENT_SEQUENCE_UNKNOWN: {
    message: "event number is not in the stream",
    hint: "resume from 0 for all retained events, or from the newest; older events are deleted after their retention period",
    consequence: "reject",
  },
});
