import { defineErrors } from "@trellis/base";

export const jobsErrors = defineErrors({
  JOB_UNKNOWN: {
    message: "unknown job or kind of job",
    hint: "check the id and the kind; finished jobs are deleted after their retention period",
    consequence: "reject",
  },
  JOB_CANCELLED: {
    message: "job cancelled",
    hint: "start the job again if its work is still needed",
    consequence: "ignore",
  },
  LEASE_LOST: {
    message: "lease lost to another process",
    hint: "stop the work that the lease protected",
    consequence: "ignore",
  },
});
