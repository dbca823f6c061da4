import { defineErrors } from "@trellis/base";

export const notifyErrors = defineErrors({
  WEBHOOK_URL_REFUSED: {
    message: "webhook address not allowed",
    hint: "use an https address on the public internet",
    consequence: "reject",
  },
  NOTIFICATION_CHANNEL_FAILED: {
    message: "notification not sent",
    hint: "if this continues, check the channel's address and credentials; sending is retried",
    consequence: "retry",
  },
});
