import { defineErrors } from "@trellis/base";

export const notifyErrors = defineErrors({
  WEBHOOK_URL_REFUSED: {
    message: "nothing is sent to this address",
    hint: "give an https address that is reached over the public internet",
    consequence: "reject",
  },
  NOTIFICATION_CHANNEL_FAILED: {
    message: "a notification could not be sent",
    hint: "it is tried again; check the channel's address and credentials if it lasts",
    consequence: "retry",
  },
  NOTIFICATION_RULE_INVALID: {
    message: "the file that says who is told cannot be followed",
    hint: "check the path that --notify names, and who may read it; name channels that exist, times as HH:MM, and a time zone of the IANA database",
    consequence: "fatal",
  },
});
