import { UNISWAP_V2_FEE, UniswapV2Pool } from "@trellis/arbitrage";
import { type Hex, isTrellisError } from "@trellis/base";
import { openMarket, uniswapArtifact } from "@trellis/market";
import type { Address } from "@trellis/protocol";
import { encodeAbiParameters, encodeFunctionData } from "viem";
import type { Chance } from "./Chance.ts";
import type { Differences } from "./Differences.ts";
import { CALLBACK_V2, payerCode } from "./payer.ts";
import { type CallAnswer, StateCalls } from "./StateCalls.ts";

const PAYER: Address = `0x${"0a".repeat(20)}`;
const SWAPS_A_PAIR = 250;
const RESERVE_BITS = 112;
const PAIR_ABI = uniswapArtifact("V2Pair").abi;
const REFUSED = "UniswapV2: K";

export function compareV2Swaps(swaps: number, chance: Chance, differences: Differences): void {
  for (let done = 0; done < swaps; done += SWAPS_A_PAIR) {
    const { pool, calls } = openPair(chance);
    for (let swap = 0; swap < Math.min(SWAPS_A_PAIR, swaps - done); swap++)
      compareSwap(pool, calls, chance, differences);
  }
}

interface OpenPair {
  readonly pool: UniswapV2Pool;
  readonly calls: StateCalls;
}

function openPair(chance: Chance): OpenPair {
  const { chain, factoryV2, admin, token } = openMarket();
  const [a, b] = [token(), token()];
  factoryV2.do(admin, "createPair", [a.address, b.address]);
  const pair = chain.at(PAIR_ABI, factoryV2.view<string>("getPair", [a.address, b.address]));
  const [token0, token1] = a.address < b.address ? [a, b] : [b, a];
  const reserves = [chance.amount(RESERVE_BITS), chance.amount(RESERVE_BITS)] as const;
  token0.do(admin, "mint", [pair.address, reserves[0]]);
  token1.do(admin, "mint", [pair.address, reserves[1]]);
  pair.do(admin, "sync");
  chain.state.setCode(PAYER, payerCode([token0.address, token1.address], CALLBACK_V2));
  for (const either of [token0, token1]) either.do(admin, "mint", [PAYER, 1n << 200n]);
  const tokens = [token0.address, token1.address] as const;
  const pool = new UniswapV2Pool({ address: pair.address, tokens, fee: UNISWAP_V2_FEE, reserves });
  return { pool, calls: new StateCalls(chain) };
}

function compareSwap(pool: UniswapV2Pool, calls: StateCalls, chance: Chance, differences: Differences): void {
  const tokenIn = chance.of<0 | 1>([0, 1]);
  const isInput = chance.isOneIn(2);
  const amount = chance.amount(RESERVE_BITS);
  const what = () => `v2 ${pool.reserves} token ${tokenIn} ${isInput ? "in" : "for exact output"} ${amount}`;
  let swapped: ReturnType<UniswapV2Pool["swapExactInput"]>;
  try {
    swapped = isInput
      ? pool.swapExactInput(tokenIn, 1 - tokenIn, amount)
      : pool.swapExactOutput(tokenIn, 1 - tokenIn, amount);
  } catch (error) {
    if (!isTrellisError(error, "SWAP_WOULD_REVERT")) throw error;
    compareRefusal(
      pool,
      calls,
      { tokenIn, isInput, amount, reason: String(error.facts.reason) },
      differences,
      what,
    );
    return;
  }
  const { amountIn, amountOut, after } = swapped;
  // A pair rejects an output of 0. The swap below, with one unit more, still tests the limit.
  if (amountOut > 0n) {
    const answer = swapAt(pool, calls, tokenIn, amountIn, amountOut);
    differences.compare(
      what,
      answer.refusal ?? reservesAfter(answer),
      String((after as UniswapV2Pool).reserves),
    );
  }
  const refused = isInput
    ? swapAt(pool, calls, tokenIn, amountIn, amountOut + 1n)
    : swapAt(pool, calls, tokenIn, amountIn - 1n, amountOut);
  const isOfAll = isInput && amountOut + 1n === pool.reserves[1 - tokenIn];
  const expected = isOfAll
    ? "UniswapV2: INSUFFICIENT_LIQUIDITY"
    : amountIn === 1n && !isInput
      ? "UniswapV2: INSUFFICIENT_INPUT_AMOUNT"
      : REFUSED;
  differences.compare(() => `${what()}, one unit better`, refused.refusal, expected);
}

interface RefusedSwap {
  readonly tokenIn: 0 | 1;
  readonly isInput: boolean;
  readonly amount: bigint;
  readonly reason: string;
}

/**
 * If the reserve is 1 or the output is given, the error depends on the other amount, so only the rejection is
 * compared.
 */
function compareRefusal(
  pool: UniswapV2Pool,
  calls: StateCalls,
  { tokenIn, isInput, amount, reason }: RefusedSwap,
  differences: Differences,
  what: () => string,
): void {
  const { refusal } = swapAt(pool, calls, tokenIn, isInput ? amount : 1n << 120n, isInput ? 1n : amount);
  const isNamed = isInput && pool.reserves[tokenIn === 0 ? 1 : 0] !== 1n;
  const said = isNamed || refusal === undefined ? refusal : `UniswapV2: ${reason}`;
  differences.compare(what, said, `UniswapV2: ${reason}`);
}

function swapAt(
  { address }: UniswapV2Pool,
  calls: StateCalls,
  tokenIn: 0 | 1,
  amountIn: bigint,
  amountOut: bigint,
): CallAnswer {
  const bothWays = (amount: bigint, place: 0 | 1): [bigint, bigint] =>
    place === 0 ? [amount, 0n] : [0n, amount];
  const data = encodeAbiParameters([{ type: "uint256" }, { type: "uint256" }], bothWays(amountIn, tokenIn));
  const [out0, out1] = bothWays(amountOut, tokenIn === 0 ? 1 : 0);
  return calls.call(
    PAYER,
    address,
    encodeFunctionData({ abi: PAIR_ABI, functionName: "swap", args: [out0, out1, PAYER, data] }),
  );
}

const SYNC: Hex = "0x1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1";

function reservesAfter({ logs }: CallAnswer): string {
  const sync = logs.find(({ topics }) => topics[0] === SYNC);
  const words = sync === undefined ? [] : [sync.data.subarray(0, 32), sync.data.subarray(32, 64)];
  return words.map((word) => BigInt(`0x${Buffer.from(word).toString("hex")}`)).join();
}
