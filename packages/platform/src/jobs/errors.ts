import { defineErrors } from "@trellis/base";

export const jobsErrors = defineErrors({
  JOB_KIND_UNKNOWN: {
    message: "there is no such kind of job",
    hint: "declare the kind when the queue is opened",
    consequence: "reject",
  },
  JOB_UNKNOWN: {
    message: "there is no such job",
    hint: "it may have been deleted after its time",
    consequence: "reject",
  },
  JOB_CANCELLED: {
    message: "the job was cancelled",
    hint: "what it had not finished is not done",
    consequence: "ignore",
  },
  JOB_SCHEDULE_INVALID: {
    message: "this is no schedule",
    hint: "give a cron expression of five fields, in UTC",
    consequence: "reject",
  },
  LEASE_LOST: {
    message: "another process runs this now",
    hint: "stop what the lease was held for",
    consequence: "ignore",
  },
});
