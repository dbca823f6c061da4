import { hexToBytes } from "@trellis/base";
import { type GenesisContracts, type StakingGenesis, withSystemContracts } from "@trellis/contracts";
import { DEMO_ACCOUNTS, MARKET_ACCOUNTS } from "@trellis/demo/accounts";
import { constructAccounts } from "@trellis/evm";
import {
  type Address,
  devParameters,
  type GenesisAccount,
  type Hash,
  localParameters,
  main,
  type NetworkParameters,
  test,
  withShards,
} from "@trellis/protocol";
import { developmentAccounts } from "./developmentAccounts.ts";
import { developmentStaking } from "./developmentValidators.ts";
import type { NetworkName } from "./networkSettings.ts";
import { predeployedAccounts } from "./predeployed/predeployedAccounts.ts";

export interface ForkedGenesis {
  readonly chainId: number;
  readonly number: number;
  readonly timestampMs: number;
  readonly baseFee: bigint | undefined;
  readonly hash: Hash;
  /** Created contracts must not collide with those of the forked chain. */
  readonly nonceOf: (address: Address) => bigint;
}

interface GenesisSettings {
  readonly accounts: number;
  readonly gasLimit?: number;
  readonly mnemonic?: string;
  readonly chainId?: number | undefined;
  readonly allowUnprotected?: boolean;
  readonly fork?: ForkedGenesis | undefined;
  /** If 0, block depth decides finality. */
  readonly validators: number;
  /** Default: 1. */
  readonly shards?: number;
}

/** The first validators to register form the first validator set. */
const NO_VALIDATORS: StakingGenesis = { validators: [] };

export function networkOf(name: NetworkName | "dev", settings: GenesisSettings): NetworkParameters {
  if (name === "main" || name === "test")
    return withSystemContracts(name === "main" ? main : test, withStaking(NO_VALIDATORS));
  const accounts = genesisAccounts(settings);
  const gasLimit = settings.gasLimit === undefined ? undefined : BigInt(settings.gasLimit);
  const genesis = { accounts, gasLimit };
  const defaults = name === "dev" ? devParameters(genesis) : localParameters(genesis);
  const { validators, fork, chainId = fork?.chainId, shards = 1 } = settings;
  const forked = fork === undefined ? defaults : withFork(defaults, fork);
  const network = chainId === undefined ? forked : { ...forked, chainId: BigInt(chainId) };
  return withSystemContracts(
    withShards(name === "dev" ? forOneUser(network, settings) : network, shards),
    validators === 0 ? undefined : withStaking(developmentStaking(validators, shards)),
  );
}

function forOneUser(
  network: NetworkParameters,
  { allowUnprotected = false, fork, shards = 1 }: GenesisSettings,
): NetworkParameters {
  // The forked chain has its own.
  if (fork !== undefined) return { ...network, allowUnprotected };
  const { genesis } = network;
  const accounts = [...genesis.accounts, ...predeployedAccounts(network, constructAccounts)];
  const own = { ...network, allowUnprotected, genesis: { ...genesis, accounts } };
  return shards === 1 ? own : withoutControl(own);
}

/** [DEV-1] */
function withoutControl({ isControlled: _, ...network }: NetworkParameters): NetworkParameters {
  return network;
}

export function genesisAccounts({
  accounts,
  mnemonic,
}: Pick<GenesisSettings, "accounts" | "mnemonic">): readonly GenesisAccount[] {
  const { funded } = developmentAccounts(accounts, mnemonic);
  return [...funded, ...DEMO_ACCOUNTS, ...MARKET_ACCOUNTS];
}

/** The genesis is the forked block's child; the hash makes that of each block different. [DEV-7] */
function withFork(network: NetworkParameters, fork: ForkedGenesis): NetworkParameters {
  const { baseFeeMin, genesis } = network;
  const { number, timestampMs, baseFee = network.baseFeeGenesis, hash, nonceOf } = fork;
  return {
    ...network,
    baseFeeGenesis: atLeast(baseFeeMin, baseFee),
    genesis: {
      number: number + 1,
      timestampMs: timestampMs + 1_000,
      extra: hexToBytes(hash),
      accounts: genesis.accounts.map((account) => ({ ...account, nonce: nonceOf(account.address) })),
    },
  };
}

function atLeast(min: bigint, value: bigint): bigint {
  if (value < min) return min;
  return value;
}

function withStaking(staking: StakingGenesis): GenesisContracts {
  return { staking, construct: constructAccounts };
}
