import { bytesToHex, type Hex } from "@trellis/base";
import { keccak256, privateKeyToAddress } from "@trellis/crypto";

const keyOf = (name: string): Uint8Array =>
  keccak256(new TextEncoder().encode(`trellis devnet: demo custodian, ${name}`));

export const CUSTODIAN_KEY = keyOf("reserves");
export const ANCHOR_KEY = keyOf("anchor");

export const CUSTODIAN_NAME = "demo.trellis.example";
export const CUSTODIAN_ADDRESS: Hex = bytesToHex(privateKeyToAddress(CUSTODIAN_KEY));

const COIN_WEI = 10n ** 18n;

export const DEMO_ACCOUNTS = [
  { address: CUSTODIAN_ADDRESS, balance: 100_000n * COIN_WEI },
  { address: bytesToHex(privateKeyToAddress(ANCHOR_KEY)), balance: 100n * COIN_WEI },
] as const;

export interface DemoAsset {
  readonly id: string;
  readonly name: string;
  readonly decimals: number;
  /** USD per unit. */
  readonly price: string;
  readonly haircutBasisPoints: number;
}

const DEMO_COIN: DemoAsset = {
  id: "TRL",
  name: "Trellis coin",
  decimals: 18,
  price: "1.5",
  haircutBasisPoints: 2_000,
};
export const DEMO_TOKENS: readonly DemoAsset[] = [
  { id: "DUSD", name: "Demo dollar", decimals: 6, price: "1", haircutBasisPoints: 0 },
  { id: "DEUR", name: "Demo euro", decimals: 6, price: "1.08", haircutBasisPoints: 0 },
  { id: "DBTC", name: "Demo bitcoin", decimals: 8, price: "65000", haircutBasisPoints: 500 },
  { id: "DXAU", name: "Demo gold", decimals: 4, price: "2400", haircutBasisPoints: 1_000 },
];
export const DEMO_ASSETS: readonly DemoAsset[] = [DEMO_COIN, ...DEMO_TOKENS];

export const CUSTOMER_COUNT = 1_000;
export const SHOWN_CUSTOMER = "customer-0007";

export function customerName(index: number): string {
  return `customer-${String(index + 1).padStart(4, "0")}`;
}

export function depositOf(customer: number, asset: number): bigint {
  const hundredths = BigInt(((customer * 7_919 + asset * 104_729) % 9_973) + 27);
  return (hundredths * 10n ** BigInt(DEMO_ASSETS[asset]!.decimals)) / 100n;
}

export function totalOf(asset: number): bigint {
  let total = 0n;
  for (let customer = 0; customer < CUSTOMER_COUNT; customer += 1) total += depositOf(customer, asset);
  return total;
}

/** 25 % more than liabilities, to cover them after the haircut. */
export function reserveOf(asset: number): bigint {
  return (totalOf(asset) * 5n) / 4n;
}
