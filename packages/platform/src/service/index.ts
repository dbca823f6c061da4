export { addOperations, type OperatedService } from "./addOperations.ts";
export { type AdminKeyParts, firstAdminKey } from "./adminKey.ts";
export { serviceErrors } from "./errors.ts";
export { type Following, type FollowingPorts, keepFollowing } from "./keepFollowing.ts";
export { keepMeasuring } from "./keepMeasuring.ts";
export { measureJobs } from "./measureJobs.ts";
export { type Authentication, type AuthenticationParts, openAuthentication } from "./openAuthentication.ts";
export { type DynamicParts, openDynamic } from "./openDynamic.ts";
export { openEventStream, type ServiceEventStream } from "./openEventStream.ts";
export { type NotifierParts, openNotifier, readNotificationPlan } from "./openNotifier.ts";
export { openRateLimits, type RateLimits } from "./openRateLimits.ts";
export { type DatabasePlace, openServiceDatabase } from "./openServiceDatabase.ts";
export { readAddress, readSecret } from "./readSecret.ts";
export { repeat } from "./repeat.ts";
export type { Output, ProcessIo, ServiceIo } from "./ServiceIo.ts";
export {
  hasServiceKey,
  openServiceKeys,
  type ServiceKeys,
  serviceKeyFile,
  webhookKey,
} from "./serviceKeys.ts";
export { type DatabaseWatch, watchDatabase } from "./watchDatabase.ts";
export { watchDeadJobs } from "./watchDeadJobs.ts";
