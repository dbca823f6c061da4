import { bytesToHex } from "@trellis/base";
import { accountsFromMnemonic } from "@trellis/crypto";
import type { GenesisAccount } from "@trellis/protocol";

/** Hardhat's development mnemonic. */
export const MNEMONIC = "test test test test test test test test test test test junk";
const BALANCE_WEI = 10_000n * 10n ** 18n;

export interface DevelopmentAccounts {
  readonly privateKeys: readonly Uint8Array[];
  readonly funded: readonly GenesisAccount[];
}

export function developmentAccounts(count: number): DevelopmentAccounts {
  const accounts = accountsFromMnemonic(MNEMONIC, count);
  return {
    privateKeys: accounts.map(({ privateKey }) => privateKey),
    funded: accounts.map(({ address }) => ({ address: bytesToHex(address), balance: BALANCE_WEI })),
  };
}
