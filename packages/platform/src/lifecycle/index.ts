export { endWithParent, readyLineOf, spawnChild, stopChild } from "./childProcess.ts";
export { createLifecycle } from "./createLifecycle.ts";
export type { Lifecycle, LifecycleState } from "./Lifecycle.ts";
export {
  type ProcessPort,
  REPEATED_SIGNAL_MS,
  STOP_DEADLINE_MS,
  type SupervisionOptions,
  superviseProcess,
} from "./superviseProcess.ts";
