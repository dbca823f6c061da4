import { hexToBytes } from "@trellis/base";
import { type GenesisAccount, type NetworkParameters, validateParameters } from "@trellis/protocol";
import { KeyRegistry } from "../generated/KeyRegistry.ts";
import { DETERMINISTIC_DEPLOYER_ADDRESS, KEY_REGISTRY_ADDRESS } from "./addresses.ts";
import { type GenesisContracts, systemAccountsWith } from "./genesis/systemAccountsWith.ts";

/** Creates with the salt in the first 32 bytes of calldata and the initcode behind it. */
const DETERMINISTIC_DEPLOYER_CODE = hexToBytes(
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3",
);

/** The contracts that every network has from its genesis block. */
export const systemAccounts: readonly GenesisAccount[] = [
  contract(KEY_REGISTRY_ADDRESS, hexToBytes(KeyRegistry.runtimeBytecode)),
  contract(DETERMINISTIC_DEPLOYER_ADDRESS, DETERMINISTIC_DEPLOYER_CODE),
];

/**
 * The parameters with the system contracts before the genesis accounts.
 * @param staked without it the network has neither staking nor governance
 * @throws PARAMETERS_INVALID if a genesis account has a system contract's address; GENESIS_CONTRACT_REFUSED, PARAMETERS_INVALID
 */
export function withSystemContracts(
  parameters: NetworkParameters,
  staked?: GenesisContracts,
): NetworkParameters {
  const { genesis } = parameters;
  const constructed = staked === undefined ? [] : systemAccountsWith(parameters, staked);
  const accounts = [...systemAccounts, ...constructed, ...genesis.accounts];
  return validateParameters({ ...parameters, genesis: { ...genesis, accounts } });
}

/** Contracts start with nonce 1 (EIP-161). */
function contract(address: GenesisAccount["address"], code: Uint8Array): GenesisAccount {
  return { address, balance: 0n, nonce: 1n, code };
}
