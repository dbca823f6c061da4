export { KeyRegistry } from "../generated/KeyRegistry.ts";
export { DETERMINISTIC_DEPLOYER_ADDRESS, KEY_REGISTRY_ADDRESS } from "./addresses.ts";
export { isKeyValid, keyRegistrySlot } from "./keyRegistry.ts";
export { systemAccounts, withSystemContracts } from "./systemAccounts.ts";
