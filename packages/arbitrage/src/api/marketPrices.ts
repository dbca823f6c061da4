import type { TokenPrices } from "../engine/index.ts";
import { referencePrices } from "../graph/referencePrices.ts";
import type { TokenGraph } from "../graph/TokenGraph.ts";
import type { MarketPrice } from "./ArbitrageApiPorts.ts";

/** Base units per price, enough for precise integers. */
const AMOUNT = 10n ** 18n;

/**
 * Prices other tokens from the first configured token through the deepest pools, without fees. Computed in
 * floats, for display only.
 */
export function marketPrices(graph: TokenGraph | undefined, prices: TokenPrices): MarketPrice[] {
  const given = [...prices].map(([token, price]): MarketPrice => ({ token, ...price, source: "settings" }));
  const anchor = given.find(({ token }) => graph?.tokenIds.has(token));
  const anchorId = anchor && graph?.tokenIds.get(anchor.token);
  if (graph === undefined || anchor === undefined || anchorId === undefined) return given;
  const logPrices = referencePrices(graph);
  const weiOfUnit = Number(anchor.wei) / Number(anchor.amount);
  const joined = joinedWith(graph, anchorId);
  const found = [...joined].flatMap((id): MarketPrice[] => {
    const token = graph.tokens[id];
    const wei = Math.exp(logPrices[id]! - logPrices[anchorId]!) * weiOfUnit * Number(AMOUNT);
    if (token === undefined || prices.has(token) || !Number.isFinite(wei)) return [];
    return [{ token, amount: AMOUNT, wei: BigInt(Math.round(wei)), source: "pools" }];
  });
  return [...given, ...found.sort((a, b) => (a.token < b.token ? -1 : 1))];
}

function joinedWith({ pairStart, pairTo }: TokenGraph, from: number): ReadonlySet<number> {
  const joined = new Set([from]);
  for (const token of joined)
    for (let pair = pairStart[token]!; pair < pairStart[token + 1]!; pair += 1) joined.add(pairTo[pair]!);
  return joined;
}
