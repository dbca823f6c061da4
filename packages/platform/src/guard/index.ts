export {
  type AccessPrincipal,
  ANONYMOUS_ID,
  anonymousPrincipal,
  LOCAL_PRINCIPAL,
  PRIORITIES,
  type Priority,
} from "./AccessPrincipal.ts";
export { AddressList, parseNetwork, readNetworks } from "./AddressList.ts";
export { addressKey, isLoopback, normalAddress } from "./address.ts";
export type { Caller, CallRefusal } from "./Caller.ts";
export { GAS_PER_UNIT, settledCost, UNITS_PER_MS } from "./callCost.ts";
export { clientAddress } from "./clientAddress.ts";
export { createCredentials, keyHash } from "./createCredentials.ts";
export { createHttpLimits, type HttpLimits, noteRefusal } from "./createHttpLimits.ts";
export { createNonceStore, createSharedNonceStore } from "./createNonceStore.ts";
export { createTokenCheck, type TokenCheckOptions, type TokenIssuer } from "./createTokenCheck.ts";
export { guardErrors } from "./errors.ts";
export { type ArrivalFacts, type Credentials, Guard } from "./Guard.ts";
export type { GuardLimits, GuardOptions } from "./GuardOptions.ts";
export { guardRoutes } from "./guardRoutes.ts";
export { PERMISSION, PERMISSION_FORMS, Permissions, permissionOf } from "./Permissions.ts";
export { rateFields } from "./rateFields.ts";
export {
  type Listening,
  type ProxiedListener,
  requireKnownClients,
  requireSafeListeners,
} from "./requireSafeListeners.ts";
export { type CounterStore, SharedLimits } from "./SharedLimits.ts";
export { watchLoad } from "./systemLoad.ts";
export { type AddressLists, type Ban, Visitors } from "./Visitors.ts";
