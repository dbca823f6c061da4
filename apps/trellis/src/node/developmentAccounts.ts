import { bytesToHex } from "@trellis/base";
import { accountsFromMnemonic } from "@trellis/crypto";
import type { GenesisAccount } from "@trellis/protocol";
import { DEVELOPMENT_MNEMONIC } from "./developmentMnemonic.ts";

const BALANCE_WEI = 10_000n * 10n ** 18n;

export interface DevelopmentAccounts {
  readonly privateKeys: readonly Uint8Array[];
  readonly funded: readonly GenesisAccount[];
}

/** @throws CRYPTO_KEY_INVALID */
export function developmentAccounts(count: number, mnemonic = DEVELOPMENT_MNEMONIC): DevelopmentAccounts {
  const accounts = accountsFromMnemonic(mnemonic, count);
  return {
    privateKeys: accounts.map(({ privateKey }) => privateKey),
    funded: accounts.map(({ address }) => ({ address: bytesToHex(address), balance: BALANCE_WEI })),
  };
}
