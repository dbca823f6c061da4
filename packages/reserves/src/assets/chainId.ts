import type { BitcoinNetwork } from "./bitcoin/address.ts";

export type ChainId = `eip155:${number}` | `bip122:${string}`;

/** CAIP-4: first 16 bytes of the genesis block hash. */
const BITCOIN_CHAINS: Readonly<Record<string, BitcoinNetwork>> = {
  "bip122:000000000019d6689c085ae165831e93": "mainnet",
  "bip122:000000000933ea01ad0ee984209779ba": "testnet",
  "bip122:0f9188f13cb7b2c71f2a335e3a4fc328": "regtest",
};

const EVM = /^eip155:([1-9][0-9]{0,15})$/;

export type Chain =
  | { readonly kind: "evm"; readonly chainId: number }
  | { readonly kind: "bitcoin"; readonly network: BitcoinNetwork };

export function parseChainId(text: string): Chain | undefined {
  const network = Object.hasOwn(BITCOIN_CHAINS, text) ? BITCOIN_CHAINS[text] : undefined;
  if (network !== undefined) return { kind: "bitcoin", network };
  const [, digits] = EVM.exec(text) ?? [];
  const chainId = Number(digits);
  return Number.isSafeInteger(chainId) ? { kind: "evm", chainId } : undefined;
}
