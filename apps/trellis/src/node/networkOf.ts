import { type GenesisContracts, type StakingGenesis, withSystemContracts } from "@trellis/contracts";
import { DEMO_ACCOUNTS, MARKET_ACCOUNTS } from "@trellis/demo/accounts";
import { constructAccounts } from "@trellis/evm";
import { devParameters, localParameters, main, type NetworkParameters, test } from "@trellis/protocol";
import { developmentAccounts } from "./developmentAccounts.ts";
import { developmentStaking } from "./developmentValidators.ts";
import type { NetworkName } from "./networkSettings.ts";
import { predeployedAccounts } from "./predeployed/predeployedAccounts.ts";

interface GenesisSettings {
  readonly accounts: number;
  readonly gasLimit?: number;
  readonly mnemonic?: string;
  readonly chainId?: number;
  readonly allowUnprotected?: boolean;
  /** If 0, block depth decides finality. */
  readonly validators: number;
}

/** The first validators to register form the first validator set. */
const NO_VALIDATORS: StakingGenesis = { validators: [] };

export function networkOf(name: NetworkName | "dev", settings: GenesisSettings): NetworkParameters {
  if (name === "main" || name === "test")
    return withSystemContracts(name === "main" ? main : test, withStaking(NO_VALIDATORS));
  const { funded } = developmentAccounts(settings.accounts, settings.mnemonic);
  const accounts = [...funded, ...DEMO_ACCOUNTS, ...MARKET_ACCOUNTS];
  const gasLimit = settings.gasLimit === undefined ? undefined : BigInt(settings.gasLimit);
  const genesis = { accounts, gasLimit };
  const defaults = name === "dev" ? devParameters(genesis) : localParameters(genesis);
  const { validators, chainId } = settings;
  const network = chainId === undefined ? defaults : { ...defaults, chainId: BigInt(chainId) };
  return withSystemContracts(
    name === "dev" ? forOneUser(network, settings) : network,
    validators === 0 ? undefined : withStaking(developmentStaking(validators)),
  );
}

function forOneUser(
  network: NetworkParameters,
  { allowUnprotected = false }: GenesisSettings,
): NetworkParameters {
  const { genesis } = network;
  const accounts = [...genesis.accounts, ...predeployedAccounts(network, constructAccounts)];
  return { ...network, allowUnprotected, genesis: { ...genesis, accounts } };
}

function withStaking(staking: StakingGenesis): GenesisContracts {
  return { staking, construct: constructAccounts };
}
