import { hexToBytes } from "@trellis/base";
import {
  type Deployment,
  FORKS,
  type GenesisAccount,
  HISTORY_STORAGE_ADDRESS,
  type NetworkParameters,
  validateParameters,
} from "@trellis/protocol";
import { KeyRegistry } from "../generated/KeyRegistry.ts";
import { DETERMINISTIC_DEPLOYER_ADDRESS, KEY_REGISTRY_ADDRESS } from "./addresses.ts";
import { type GenesisContracts, systemAccountsWith } from "./genesis/systemAccountsWith.ts";
import { shardAccounts } from "./shards/shardAccounts.ts";

/** Calldata is a salt (32 bytes), then initcode. */
const DETERMINISTIC_DEPLOYER_CODE = hexToBytes(
  "0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3",
);

/** EIP-2935. [EVM-24] */
const HISTORY_STORAGE: Deployment = {
  address: HISTORY_STORAGE_ADDRESS,
  code: hexToBytes(
    "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500",
  ),
};

export const systemAccounts: readonly GenesisAccount[] = [
  contract(KEY_REGISTRY_ADDRESS, hexToBytes(KeyRegistry.runtimeBytecode)),
  contract(DETERMINISTIC_DEPLOYER_ADDRESS, DETERMINISTIC_DEPLOYER_CODE),
];

/**
 * Only shard 0 has staking and governance. [SHARD-3]
 * @param staked undefined without staking and governance
 * @throws PARAMETERS_INVALID for a system contract's address in `genesis`, GENESIS_CONTRACT_REFUSED
 */
export function withSystemContracts(
  parameters: NetworkParameters,
  staked?: GenesisContracts,
): NetworkParameters {
  const { genesis, shards } = parameters;
  const history = deploymentsAt(parameters, 0).map(({ address, code }) => contract(address, code));
  const constructed = staked === undefined ? [] : systemAccountsWith(parameters, staked);
  const withAccounts = (chain: NetworkParameters["genesis"], added: readonly GenesisAccount[]) => ({
    ...chain,
    accounts: [...systemAccounts, ...history, ...added, ...chain.accounts],
  });
  return validateParameters({
    ...parameters,
    genesis: withAccounts(genesis, [...constructed, ...shardAccounts(parameters, 0)]),
    ...(shards && {
      shards: {
        ...shards,
        others: shards.others.map((chain, index) => ({
          ...chain,
          genesis: withAccounts(chain.genesis, shardAccounts(parameters, index + 1)),
        })),
      },
    }),
  });
}

/** Contracts that chain block `number` adds. [EVM-24] */
export function deploymentsAt(
  { forks }: Pick<NetworkParameters, "forks">,
  number: number,
): readonly Deployment[] {
  return forks.find(({ name }) => FORKS[name].hasBlockHashHistory)?.number === number
    ? [HISTORY_STORAGE]
    : [];
}

/** A contract starts with nonce 1 (EIP-161). */
function contract(address: GenesisAccount["address"], code: Uint8Array): GenesisAccount {
  return { address, balance: 0n, nonce: 1n, code };
}
