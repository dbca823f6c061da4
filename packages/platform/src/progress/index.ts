export { createProgress, type Progress, type ProgressOptions } from "./createProgress.ts";
