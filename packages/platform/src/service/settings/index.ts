export { REFERENCE, reference, secretPlace } from "../../secrets/reference.ts";
export {
  type AuthenticationSettings,
  authenticationSettings,
  hostsOf,
  namesOf,
} from "./authenticationSettings.ts";
export { baseUrl } from "./baseUrl.ts";
export { type CostSettings, costSettings, type UsageSettings, usageSettings } from "./costSettings.ts";
export {
  type AccessSetting,
  type GuardSettings,
  guardSettings,
  type NodeGuardSettings,
  nodeGuardSettings,
} from "./guardSettings.ts";
export { keyUri } from "./keyUri.ts";
export { listenHost } from "./listenHost.ts";
export { LEVELS, logLevelSetting } from "./logLevel.ts";
export {
  type DrainSettings,
  drainSettings,
  type OperationSettings,
  operationSettings,
} from "./operationSettings.ts";
export { type ServiceSettings, serviceSettings, signingSettings } from "./serviceSettings.ts";
export { type TlsSettings, tlsSettings, trustSettings } from "./tlsSettings.ts";
