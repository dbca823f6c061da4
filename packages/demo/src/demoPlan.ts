import { DEMO_ASSETS } from "./demoCustodian.ts";
import { demoTokens } from "./demoTokens.ts";

export const CONFIRMATIONS = 1;

/** Format: docs/guides/reserves.md. */
export function demoPlan(chainId: number, rpc: string): object {
  const chain = `eip155:${chainId}`;
  const tokens = new Map(demoTokens().map(({ asset, address }) => [asset.id, address]));
  return {
    quote: "USD",
    chains: [{ chain, nodes: [rpc], confirmations: CONFIRMATIONS }],
    assets: DEMO_ASSETS.map(({ id, haircutBasisPoints }) => {
      const token = tokens.get(id);
      const gas = token === undefined ? { tolerance: String(10n ** 18n) } : {};
      return { asset: id, haircutBasisPoints, counted: [{ chain, token: token ?? null }], ...gas };
    }),
    prices: [{ name: "demo", from: "file:prices.json" }],
  };
}

export function demoPrices(): object {
  const prices = Object.fromEntries(DEMO_ASSETS.map(({ id, price }) => [id, price]));
  return { quote: "USD", timeMs: 1_767_225_600_000, prices };
}
