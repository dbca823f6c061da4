export { repeat } from "../lifecycle/repeat.ts";
export { addOperations, type RuntimeControl } from "./addOperations.ts";
export { firstAdminKey } from "./adminKey.ts";
export { type Following, keepFollowing } from "./keepFollowing.ts";
export { keepMeasuring } from "./keepMeasuring.ts";
export { measureJobs } from "./measureJobs.ts";
export { measureSpace } from "./measureSpace.ts";
export { type Authentication, openAuthentication } from "./openAuthentication.ts";
export { openCost, openDatabaseCost, type ServiceCosts } from "./openCost.ts";
export { openEventStream, type ServiceEventStream } from "./openEventStream.ts";
export { GUARD_WINDOW_MS, type OpenedGuard, openGuard, readAddressLists } from "./openGuard.ts";
export { openNotifier } from "./openNotifier.ts";
export { doorOf, openRateLimits, type RateLimits } from "./openRateLimits.ts";
export { openServiceDatabase } from "./openServiceDatabase.ts";
export { openTls } from "./openTls.ts";
export { readRequestKey } from "./readRequestKey.ts";
export { releaseStartMemory } from "./releaseStartMemory.ts";
export type { Output, ProcessIo, ServiceIo } from "./ServiceIo.ts";
export {
  hasServiceKey,
  openServiceKeys,
  ringOfSeed,
  ServiceKeys,
  webhookKey,
} from "./serviceKeys.ts";
export { startRuntimeSettings } from "./startRuntimeSettings.ts";
export { type DatabaseWatch, watchDatabase } from "./watchDatabase.ts";
export { watchDeadJobs } from "./watchDeadJobs.ts";
