import { type Address, SYSTEM_ADDRESS, TREASURY_ADDRESS } from "@trellis/protocol";

/**
 * Outside Ethereum's precompile range. Addresses are never reused and must equal SystemAddresses.sol.
 * [PARAM-7, STAKE-1]
 */
export const KEY_REGISTRY_ADDRESS: Address = "0x0000000000000000000000000000000000005001";
export const STAKING_ADDRESS: Address = "0x0000000000000000000000000000000000005003";
export const PARAMETERS_ADDRESS: Address = "0x0000000000000000000000000000000000005004";
export const GOVERNOR_ADDRESS: Address = "0x0000000000000000000000000000000000005005";
export const TIMELOCK_ADDRESS: Address = "0x0000000000000000000000000000000000005006";
export { SYSTEM_ADDRESS, TREASURY_ADDRESS };

/**
 * CREATE2 proxy at the same address on every chain, as Foundry expects. Part of genesis, because its deployment
 * transaction predates EIP-155, which Trellis networks require.
 */
export const DETERMINISTIC_DEPLOYER_ADDRESS: Address = "0x4e59b44847b379578588920ca78fbf26c0b4956c";
