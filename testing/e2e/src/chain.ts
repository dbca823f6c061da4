import { defineChain, type HDAccount } from "viem";
import { mnemonicToAccount } from "viem/accounts";

export const devnetChain = defineChain({
  id: 31337,
  name: "Trellis devnet",
  nativeCurrency: { name: "Coin", symbol: "TRL", decimals: 18 },
  rpcUrls: { default: { http: [] } },
});

export const MNEMONIC = "test test test test test test test test test test test junk";

export const GENESIS_BALANCE = 10_000n * 10n ** 18n;

/** Cached, because deriving a key takes as long as thousands of calls. */
const accounts = new Map<number, HDAccount>();

export function accountOf(index: number): HDAccount {
  const account = accounts.get(index) ?? mnemonicToAccount(MNEMONIC, { addressIndex: index });
  accounts.set(index, account);
  return account;
}

export function privateKeyOf(index: number): `0x${string}` {
  return `0x${Buffer.from(accountOf(index).getHdKey().privateKey!).toString("hex")}`;
}
