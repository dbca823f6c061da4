export { jobsErrors } from "./errors.ts";
export type {
  AddOptions,
  DeadLetter,
  JobCounts,
  JobKind,
  JobProgress,
  JobRun,
  JobState,
  Jobs,
  JobView,
} from "./Jobs.ts";
export { type Occurrences, occurrencesOf } from "./occurrences.ts";
export { type JobsOptions, type JobsPorts, openJobs } from "./openJobs.ts";
export { traceJobs } from "./traceJobs.ts";
