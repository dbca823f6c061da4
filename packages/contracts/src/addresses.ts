import type { Address } from "@trellis/protocol";

/**
 * System contracts stand at 0x5001 and upwards, outside the range of Ethereum's precompiles. An address is never
 * used again for another contract. 0x5002 is the treasury (`TREASURY_ADDRESS` of the protocol). [PARAM-7]
 */
export const KEY_REGISTRY_ADDRESS: Address = "0x0000000000000000000000000000000000005001";

/**
 * The proxy that deploys with CREATE2 at the same address on every chain. Its transaction is from before EIP-155,
 * which no network of Trellis takes, so genesis brings it; Foundry and others rely on it.
 */
export const DETERMINISTIC_DEPLOYER_ADDRESS: Address = "0x4e59b44847b379578588920ca78fbf26c0b4956c";
