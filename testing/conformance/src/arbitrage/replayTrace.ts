import { simulateCycle, sizeCycle, UNISWAP_V2_FEE, UniswapV2Pool } from "@trellis/arbitrage";
import { firstDifference, type NamedCase } from "../namedCase.ts";

interface TracedCall {
  readonly action: { readonly to: string; readonly from: string; readonly input: string };
  readonly result?: { readonly output: string };
  readonly traceAddress: readonly number[];
  readonly transactionHash: string;
}

interface Hop {
  readonly pool: UniswapV2Pool;
  readonly tokenIn: 0 | 1;
}

const GET_RESERVES = "0x0902f1ac";
const SWAP_EXACT_TOKENS_FOR_TOKENS = "0x38ed1739";
const BALANCE_OF = "0x70a08231";

const OPTIMA: Readonly<Record<string, { readonly amountInWei: bigint; readonly profitWei: bigint }>> = {
  "0xddbf97f758bd0958487e18d9e307cd1256b1ad6763cd34090f4c9720ba1b4acc": {
    amountInWei: 923_130_000_000_000_000n,
    profitWei: 10_151_440_486_718_436n,
  },
};
/** Published inputs have five digits. */
const INPUT_TOLERANCE_WEI = 5_000_000_000_000n;

export function replayTrace(text: string): NamedCase[] {
  const calls = JSON.parse(text) as readonly TracedCall[];
  const [router] = calls;
  if (router === undefined || !router.action.input.startsWith(SWAP_EXACT_TOKENS_FOR_TOKENS))
    return [{ name: "router", failure: "the first call is not swapExactTokensForTokens" }];
  const hops = hopsOf(calls, pathOf(router.action.input));
  const [amountIn = 0n, ...outputs] = wordsOf(router.result?.output ?? "0x").slice(2);
  if (hops.length === 0 || hops.length !== outputs.length)
    return [{ name: "hops", failure: `${hops.length} reserves were read for ${outputs.length} hops` }];
  return [...replay(calls, hops, amountIn, outputs), ...sized(router.transactionHash, hops, amountIn)];
}

function replay(
  calls: readonly TracedCall[],
  hops: readonly Hop[],
  amountIn: bigint,
  outputs: readonly bigint[],
): NamedCase[] {
  let amount = amountIn;
  return hops.map(({ pool, tokenIn }, place) => {
    const { amountOut, after } = pool.swapExactInput(tokenIn, 1 - tokenIn, amount);
    amount = amountOut;
    const [reserve0, reserve1] = (after as UniswapV2Pool).reserves;
    const expected = { amountOut: outputs[place], ...balancesAfter(calls, pool) };
    return {
      name: `hop ${place} in ${pool.address}`,
      failure: firstDifference(expected, { amountOut, reserve0, reserve1 }),
    };
  });
}

function sized(transactionHash: string, hops: readonly Hop[], tradedWei: bigint): NamedCase[] {
  const legs = hops.map(({ pool, tokenIn }) => ({ pool, tokenIn, tokenOut: 1 - tokenIn }));
  const traded = (simulateCycle(legs, tradedWei)?.at(-1) ?? 0n) - tradedWei;
  const best = sizeCycle(legs);
  if (best === undefined) return [{ name: "optimum", failure: "no trade was found that pays" }];
  const beaten =
    best.profit < traded ? `${best.profit} wei earned, the transaction earned ${traded}` : undefined;
  const cases: NamedCase[] = [{ name: "earns at least what the transaction did", failure: beaten }];
  const optimum = OPTIMA[transactionHash];
  if (optimum === undefined) return cases;
  const distance = best.amountIn - optimum.amountInWei;
  const isNear = distance <= INPUT_TOLERANCE_WEI && distance >= -INPUT_TOLERANCE_WEI;
  const { profit } = best;
  return [
    ...cases,
    { name: "optimum's profit", failure: firstDifference({ profit: optimum.profitWei }, { profit }) },
    {
      name: "optimum's input",
      failure: isNear ? undefined : `is ${best.amountIn}, expected about ${optimum.amountInWei}`,
    },
  ];
}

function hopsOf(calls: readonly TracedCall[], path: readonly string[]): Hop[] {
  return calls
    .filter(({ action }) => action.input === GET_RESERVES)
    .map(({ action, result }, hop) => {
      const [input = "", output = ""] = path.slice(hop);
      const tokenIn = input < output ? 0 : 1;
      const [reserve0 = 0n, reserve1 = 0n] = wordsOf(result?.output ?? "0x");
      const pool = new UniswapV2Pool({
        address: action.to as `0x${string}`,
        tokens: (tokenIn === 0 ? [input, output] : [output, input]) as [`0x${string}`, `0x${string}`],
        fee: UNISWAP_V2_FEE,
        reserves: [reserve0, reserve1],
      });
      return { pool, tokenIn };
    });
}

function balancesAfter(calls: readonly TracedCall[], { address, tokens }: UniswapV2Pool) {
  const [reserve0, reserve1] = tokens.map((token) => {
    const asked = calls.findLast(
      ({ action }) => action.from === address && action.to === token && action.input.startsWith(BALANCE_OF),
    );
    return wordsOf(asked?.result?.output ?? "0x")[0];
  });
  return { reserve0, reserve1 };
}

function pathOf(input: string): string[] {
  return wordsOf(`0x${input.slice(SWAP_EXACT_TOKENS_FOR_TOKENS.length)}`)
    .slice(6)
    .map((word) => `0x${word.toString(16).padStart(40, "0")}`);
}

function wordsOf(data: string): bigint[] {
  return (data.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));
}
