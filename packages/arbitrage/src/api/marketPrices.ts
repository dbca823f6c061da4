import type { TokenPrices } from "../engine/index.ts";
import { referencePrices } from "../graph/referencePrices.ts";
import type { TokenGraph } from "../graph/TokenGraph.ts";
import type { MarketPrice } from "./ArbitrageParts.ts";

/** What the pools say a token is worth is told of so many base units, so that integers hold it. */
const AMOUNT = 10n ** 18n;

/**
 * What tokens are worth: by the settings where they say it, else by the deepest pools on the way to the first token
 * that the settings price, without fees. Tokens that no pools join with it have no price. Only for people: floats.
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

/** Tokens that pools join with one, that one among them. */
function joinedWith({ pairStart, pairTo }: TokenGraph, from: number): ReadonlySet<number> {
  const joined = new Set([from]);
  // What is added while it is gone through is gone through too.
  for (const token of joined)
    for (let pair = pairStart[token]!; pair < pairStart[token + 1]!; pair += 1) joined.add(pairTo[pair]!);
  return joined;
}
