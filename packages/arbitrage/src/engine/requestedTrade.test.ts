import { expect, it } from "vitest";
import { TokenGraph } from "../graph/TokenGraph.ts";
import { addressOf, pairPool } from "../graph/testing/randomMarket.ts";
import { threeTokenPool } from "../graph/testing/threeTokenPool.ts";
import { requestedTrade } from "./requestedTrade.ts";

type Given = Parameters<typeof requestedTrade>;
const OPTIONS = { prices: new Map() } as unknown as Given[2];

it("TRADE_REFUSED: a cycle through an excluded token whose pools are followed", () => {
  const pools = [threeTokenPool(1, 3, 1), pairPool(2, [0, 2], [10n, 20n])];
  const ask = (traded?: ReadonlySet<`0x${string}`>) => {
    const watch = { graph: new TokenGraph(pools, traded) } as unknown as Given[1];
    const hops = [0, 2].map((token, place) => ({ pool: pools[place]!.address, tokenIn: addressOf(token) }));
    return () => requestedTrade({ hops, amountIn: undefined }, watch, OPTIONS);
  };
  expect(ask()).toThrow(expect.objectContaining({ code: "TRADE_REFUSED" }));
  expect(ask(new Set([addressOf(0), addressOf(1)]))).toThrow(
    expect.objectContaining({
      code: "TRADE_REFUSED",
      facts: expect.objectContaining({ reason: "brokenCycle" }),
    }),
  );
});
