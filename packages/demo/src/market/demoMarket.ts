import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { create2Address, DETERMINISTIC_DEPLOYER_ADDRESS, pairAddressV2 } from "@trellis/contracts/arbitrage";
import {
  DemoToken,
  MARKET_PAIR_CODE_HASH,
  MarketFactory,
  MarketRouter,
  WrappedCoin,
} from "@trellis/contracts/market";
import { keccak256, privateKeyToAddress } from "@trellis/crypto";
import type { Abi } from "viem";
import { encodeDeployData } from "viem/utils";

/** These keys are public. */
const keyOf = (name: string): Uint8Array =>
  keccak256(new TextEncoder().encode(`trellis devnet: demo market, ${name}`));
const addressOf = (key: Uint8Array): Hex => bytesToHex(privateKeyToAddress(key));

export const TRADER_KEY = keyOf("trader");
export const TRADER: Hex = addressOf(TRADER_KEY);
export const OWNER_KEY = keyOf("owner");
export const OWNER: Hex = addressOf(OWNER_KEY);
export const WALLET_KEY = keyOf("wallet");
export const WALLET: Hex = addressOf(WALLET_KEY);

const COIN_WEI = 10n ** 18n;

export const MARKET_ACCOUNTS = [
  { address: TRADER, balance: 100_000n * COIN_WEI },
  { address: OWNER, balance: 100n * COIN_WEI },
  { address: WALLET, balance: 1_000n * COIN_WEI },
] as const;

interface Placed {
  readonly address: Hex;
  readonly deployment: { readonly to: Hex; readonly data: Hex };
}

interface MarketToken extends Placed {
  readonly symbol: string;
  readonly decimals: number;
  readonly cents: bigint;
}

export interface MarketPool {
  readonly address: Hex;
  readonly factory: Hex;
  /** Sorted by address, as in the pool. */
  readonly tokens: readonly [MarketToken, MarketToken];
  /** At the fair price. */
  readonly amounts: readonly [bigint, bigint];
}

export interface DemoMarket {
  readonly coin: MarketToken;
  readonly tokens: readonly MarketToken[];
  readonly factories: readonly (Placed & { readonly feeBasisPoints: bigint })[];
  readonly router: Placed;
  readonly pools: readonly MarketPool[];
}

const COIN = { symbol: "WTRL", decimals: 18, cents: 150n } as const;
const TOKENS = [
  { name: "Market dollar", symbol: "MUSD", decimals: 6, cents: 100n },
  { name: "Market ether", symbol: "METH", decimals: 18, cents: 300_000n },
  { name: "Market bitcoin", symbol: "MBTC", decimals: 8, cents: 6_500_000n },
] as const;
const TOKEN_SUPPLY = 1_000_000_000n;
const POOL_CENTS = 1_500_000n;
/** Most pairs exist with two fees, and each factory has cycles of three tokens. */
const FACTORIES = [
  {
    feeBasisPoints: 30n,
    pairs: ["WTRL/MUSD", "WTRL/METH", "WTRL/MBTC", "MUSD/METH", "MUSD/MBTC", "METH/MBTC"],
  },
  { feeBasisPoints: 5n, pairs: ["WTRL/MUSD", "WTRL/METH", "MUSD/METH", "MUSD/MBTC"] },
] as const;
const SALT = new Uint8Array(32);

export function demoMarket(): DemoMarket {
  const coin = { ...COIN, ...placed(WrappedCoin) };
  const tokens = [
    coin,
    ...TOKENS.map(({ name, symbol, decimals, cents }) => {
      const args = [name, symbol, decimals, TRADER, TOKEN_SUPPLY * 10n ** BigInt(decimals)];
      return { symbol, decimals, cents, ...placed(DemoToken, args) };
    }),
  ];
  const factories = FACTORIES.map(({ feeBasisPoints }) => ({
    feeBasisPoints,
    ...placed(MarketFactory, [feeBasisPoints]),
  }));
  const pools = FACTORIES.flatMap(({ pairs }, place) =>
    pairs.map((pair) => poolOf(factories[place]!.address, pair, tokens)),
  );
  return { coin, tokens, factories, router: placed(MarketRouter), pools };
}

function poolOf(factory: Hex, pair: string, tokens: readonly MarketToken[]): MarketPool {
  const pooled = pair
    .split("/")
    .map((symbol) => tokens.find((token) => token.symbol === symbol)!)
    .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1)) as [MarketToken, MarketToken];
  const amountOf = ({ decimals, cents }: MarketToken): bigint =>
    (POOL_CENTS * 10n ** BigInt(decimals)) / cents;
  const [a, b] = pooled;
  return {
    address: pairAddressV2(factory, MARKET_PAIR_CODE_HASH, a.address, b.address),
    factory,
    tokens: pooled,
    amounts: [amountOf(a), amountOf(b)],
  };
}

function placed(
  contract: { readonly abi: Abi; readonly bytecode: Hex },
  args: readonly unknown[] = [],
): Placed {
  const initCode = hexToBytes(encodeDeployData({ ...contract, args }));
  return {
    address: create2Address(DETERMINISTIC_DEPLOYER_ADDRESS, SALT, keccak256(initCode)),
    deployment: { to: DETERMINISTIC_DEPLOYER_ADDRESS, data: bytesToHex(concatBytes(SALT, initCode)) },
  };
}
