import { defineErrors } from "@trellis/base";

export const notificationErrors = defineErrors({
  NOTIFICATION_PLAN_UNREADABLE: {
    message: "the file that says who is told cannot be read",
    hint: "check the path that --notify names, and who may read it",
    consequence: "fatal",
  },
});
