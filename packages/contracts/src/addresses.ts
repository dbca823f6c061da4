import { type Address, SYSTEM_ADDRESS, TREASURY_ADDRESS } from "@trellis/protocol";

/**
 * System contracts stand at 0x5001 and upwards, outside the range of Ethereum's precompiles. An address is never
 * used again for another contract. The Solidity sources have the same in SystemAddresses.sol. [PARAM-7, STAKE-1]
 */
export const KEY_REGISTRY_ADDRESS: Address = "0x0000000000000000000000000000000000005001";
export const STAKING_ADDRESS: Address = "0x0000000000000000000000000000000000005003";
export const PARAMETERS_ADDRESS: Address = "0x0000000000000000000000000000000000005004";
export const GOVERNOR_ADDRESS: Address = "0x0000000000000000000000000000000000005005";
export const TIMELOCK_ADDRESS: Address = "0x0000000000000000000000000000000000005006";
export { SYSTEM_ADDRESS, TREASURY_ADDRESS };

/**
 * The proxy that deploys with CREATE2 at the same address on every chain. Its transaction is from before EIP-155,
 * which no network of Trellis takes, so genesis brings it; Foundry and others rely on it.
 */
export const DETERMINISTIC_DEPLOYER_ADDRESS: Address = "0x4e59b44847b379578588920ca78fbf26c0b4956c";
