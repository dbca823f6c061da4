import { GOVERNED, type Governed, PARAMETERS_ADDRESS } from "@trellis/contracts";
import type { GenesisAccount, NetworkParameters } from "@trellis/protocol";
import { slotOf } from "../node/SimNetwork.ts";

/** Decided before genesis, because a vote takes longer than most runs. [GOV-3] */
export interface GovernedChange {
  readonly name: Governed;
  readonly value: bigint;
  /** From which epoch on. */
  readonly epoch: number;
}

/** Bits of the fields of Parameters.Entry. */
const [NEXT, EPOCH] = [112n, 224n];
const VALUE_MASK = (1n << NEXT) - 1n;

export function withGovernedChange(
  network: NetworkParameters,
  { name, value, epoch }: GovernedChange,
): NetworkParameters {
  const slot = slotOf(GOVERNED.indexOf(name));
  const changed = (account: GenesisAccount): GenesisAccount => {
    if (account.address !== PARAMETERS_ADDRESS) return account;
    const now = ((account.storage?.get(slot) ?? 0n) >> NEXT) & VALUE_MASK;
    const entry = now | (value << NEXT) | (BigInt(epoch) << EPOCH);
    return { ...account, storage: new Map(account.storage).set(slot, entry) };
  };
  const { genesis } = network;
  return { ...network, genesis: { ...genesis, accounts: genesis.accounts.map(changed) } };
}
