import { type GenesisContracts, type StakingGenesis, withSystemContracts } from "@trellis/contracts";
import { DEMO_ACCOUNTS, MARKET_ACCOUNTS } from "@trellis/demo/accounts";
import { constructAccounts } from "@trellis/evm";
import { devParameters, localParameters, main, type NetworkParameters, test } from "@trellis/protocol";
import { developmentAccounts } from "./developmentAccounts.ts";
import { developmentStaking } from "./developmentValidators.ts";
import type { NetworkName } from "./networkSettings.ts";

interface GenesisSettings {
  /** How many development accounts a network on one machine funds. */
  readonly accounts: number;
  /** How many of them are validators; without any there is no staking, and depth makes final. */
  readonly validators: number;
}

/** A public network begins without validators: whoever registers first makes the first set. */
const NO_VALIDATORS: StakingGenesis = { validators: [] };

/** All that a network's nodes agree on, its system contracts included. */
export function networkOf(name: NetworkName | "dev", settings: GenesisSettings): NetworkParameters {
  if (name === "main" || name === "test")
    return withSystemContracts(name === "main" ? main : test, withStaking(NO_VALIDATORS));
  const accounts = [...developmentAccounts(settings.accounts).funded, ...DEMO_ACCOUNTS, ...MARKET_ACCOUNTS];
  const network = name === "dev" ? devParameters({ accounts }) : localParameters({ accounts });
  const { validators } = settings;
  return withSystemContracts(
    network,
    validators === 0 ? undefined : withStaking(developmentStaking(validators)),
  );
}

function withStaking(staking: StakingGenesis): GenesisContracts {
  return { staking, construct: constructAccounts };
}
