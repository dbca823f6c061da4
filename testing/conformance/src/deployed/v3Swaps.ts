import {
  type PriceSwap,
  SQRT_RATIO_MAX,
  SQRT_RATIO_MIN,
  sqrtRatioToTick,
  TICK_SPACINGS,
  TickTable,
  tickToSqrtRatio,
  UniswapV3Pool,
} from "@trellis/arbitrage";
import { type Hex, isTrellisError } from "@trellis/base";
import { type EvmContract, type Market, openMarket, uniswapArtifact } from "@trellis/market";
import type { Address } from "@trellis/protocol";
import { decodeFunctionResult, encodeFunctionData } from "viem";
import type { Chance } from "./Chance.ts";
import type { Differences } from "./Differences.ts";
import { CALLBACK_V3, payerCode } from "./payer.ts";
import { StateCalls } from "./StateCalls.ts";

const PAYER: Address = `0x${"0a".repeat(20)}`;
const SWAPS_A_POOL = 250;
const SWAPS_A_STATE = 25;
const POOL_ABI = uniswapArtifact("V3Pool").abi;
const PLENTY = 1n << 240n;
const FEES: readonly [number, ...number[]] = [100, 500, 3000, 10000];

export function compareV3Swaps(swaps: number, chance: Chance, differences: Differences): void {
  for (let done = 0; done < swaps; done += SWAPS_A_POOL) {
    const open = openPool(chance);
    for (let swap = 0; swap < Math.min(SWAPS_A_POOL, swaps - done); swap++) {
      if (swap % SWAPS_A_STATE === SWAPS_A_STATE - 1) moveOn(open, chance, differences);
      compareSwap(open, anySwap(open.pool, chance), differences);
    }
  }
}

interface OpenPool {
  readonly market: Market;
  readonly contract: EvmContract;
  readonly calls: StateCalls;
  pool: UniswapV3Pool;
}

function openPool(chance: Chance): OpenPool {
  const market = openMarket();
  const { chain, factoryV3, admin, token, user } = market;
  const [a, b] = [token(), token()];
  const fee = chance.of(FEES);
  if (fee === 100) factoryV3.do(admin, "enableFeeAmount", [100, 1]);
  factoryV3.do(admin, "createPool", [a.address, b.address, fee]);
  const contract = chain.at(POOL_ABI, factoryV3.view<string>("getPool", [a.address, b.address, fee]));
  const sqrtPriceX96 = anyPrice(chance);
  contract.do(admin, "initialize", [sqrtPriceX96]);
  const tokens = (a.address < b.address ? [a.address, b.address] : [b.address, a.address]) as [
    Address,
    Address,
  ];
  chain.state.setCode(PAYER, payerCode(tokens, CALLBACK_V3));
  for (const either of [a, b])
    for (const rich of [PAYER, user.address]) either.do(admin, "mint", [rich, PLENTY]);

  const spacing = TICK_SPACINGS[fee] ?? 1;
  const tick = sqrtRatioToTick(sqrtPriceX96);
  let ticks = new TickTable(spacing, []);
  let liquidity = 0n;
  for (let count = chance.integer(1, 8); count > 0; count--) {
    const { lower, upper, amount } = anyPosition(tick, spacing, chance);
    user.do(admin, "mint", [contract.address, lower, upper, amount]);
    ticks = ticks.withPosition(lower, upper, amount);
    if (lower <= tick && tick < upper) liquidity += amount;
  }
  const pool = UniswapV3Pool.of({
    address: contract.address,
    tokens,
    fee,
    sqrtPriceX96,
    tick,
    liquidity,
    ticks,
  });
  return { market, contract, calls: new StateCalls(chain), pool };
}

function anyPrice(chance: Chance): bigint {
  const tick = chance.isOneIn(3) ? chance.integer(-887272, 887270) : chance.integer(-50_000, 50_000);
  const low = tickToSqrtRatio(tick);
  return chance.isOneIn(4) ? low : low + (chance.amount(160) % (tickToSqrtRatio(tick + 1) - low));
}

function anyPosition(tick: number, spacing: number, chance: Chance) {
  const last = Math.floor(887272 / spacing);
  const clamp = (place: number) => Math.max(-last, Math.min(last, place));
  const near = Math.round(tick / spacing);
  const reach = chance.of([2, 20, 300, 2000, last]);
  const lower = Math.min(clamp(near + chance.integer(-reach, reach)), last - 1);
  const upper = Math.max(clamp(lower + chance.integer(1, reach)), lower + 1);
  // Maximum liquidity per tick: 107 bits for spacing 1, shared by up to eight positions.
  return { lower: lower * spacing, upper: upper * spacing, amount: chance.amount(104) };
}

function anySwap({ state }: UniswapV3Pool, chance: Chance): PriceSwap {
  const isZeroForOne = chance.isOneIn(2);
  const amount = chance.amount(chance.of([90, 90, 160, 255]));
  const swap = { isZeroForOne, amountSpecified: chance.isOneIn(2) ? amount : -amount };
  return chance.isOneIn(3)
    ? { ...swap, sqrtPriceLimitX96: anyLimit(state.sqrtPriceX96, state.ticks, chance) }
    : swap;
}

function anyLimit(price: bigint, ticks: TickTable, chance: Chance): bigint {
  const word = 256 * ticks.spacing;
  switch (chance.integer(0, 3)) {
    case 0:
      return max(price + (chance.isOneIn(2) ? 1n : -1n) * chance.amount(80), 0n);
    case 1:
      return tickToSqrtRatio(ticks.tickAt(chance.integer(0, ticks.count - 1)));
    case 2:
      return tickToSqrtRatio(chance.integer(-Math.floor(887272 / word), Math.floor(887272 / word)) * word);
    default:
      return anyPrice(chance);
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function compareSwap({ contract, calls, pool }: OpenPool, swap: PriceSwap, differences: Differences): void {
  const { isZeroForOne, amountSpecified, sqrtPriceLimitX96 } = swap;
  const limit = sqrtPriceLimitX96 ?? (isZeroForOne ? SQRT_RATIO_MIN + 1n : SQRT_RATIO_MAX - 1n);
  const args = [PAYER, isZeroForOne, amountSpecified, limit, "0x"];
  const { refusal, output, logs } = calls.call(
    PAYER,
    contract.address,
    encodeFunctionData({ abi: POOL_ABI, functionName: "swap", args }),
  );
  const what = () => {
    const { fee, sqrtPriceX96, tick, liquidity, ticks } = pool.state;
    const positions = [...ticks.entries()].map((entry) => `${entry.tick}:${entry.liquidityNet}`);
    return `v3 fee ${fee} price ${sqrtPriceX96} tick ${tick} liquidity ${liquidity} ticks ${positions} swap ${args}`;
  };
  differences.compare(what, refusal ?? `${amountsOf(output)},${swapLogOf(logs)}`, quoteOf(pool, swap));
}

function quoteOf(pool: UniswapV3Pool, swap: PriceSwap): string {
  try {
    const { amountIn, amountOut, after } = pool.swap(swap);
    const amounts = swap.isZeroForOne ? [amountIn, -amountOut] : [-amountOut, amountIn];
    const { sqrtPriceX96, liquidity, tick } = after.state;
    return String([amounts, sqrtPriceX96, liquidity, tick]);
  } catch (error) {
    if (!isTrellisError(error, "SWAP_WOULD_REVERT")) throw error;
    return String(error.facts.reason);
  }
}

function amountsOf(output: Hex): string {
  return String(decodeFunctionResult({ abi: POOL_ABI, functionName: "swap", data: output }));
}

const SWAP: Hex = "0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67";

function swapLogOf(logs: ReturnType<StateCalls["call"]>["logs"]): string {
  const data = logs.find(({ topics }) => topics[0] === SWAP)?.data ?? new Uint8Array(160);
  const word = (place: number) =>
    BigInt(`0x${Buffer.from(data.subarray(32 * place, 32 * place + 32)).toString("hex")}`);
  return `${word(2)},${word(3)},${BigInt.asIntN(24, word(4))}`;
}

function moveOn(open: OpenPool, chance: Chance, differences: Differences): void {
  const { market, contract, calls } = open;
  const isZeroForOne = chance.isOneIn(2);
  const amountSpecified = chance.amount(90);
  const swap = [contract.address, isZeroForOne, amountSpecified];
  if (!market.user.send(market.admin, "swap", swap).isReverted)
    open.pool = open.pool.swap({ isZeroForOne, amountSpecified }).after;
  const [sqrtPriceX96, tick] = contract.view<readonly [bigint, number]>("slot0");
  const { state } = open.pool;
  differences.compare(
    () => `v3 after a swap that stays: ${swap}`,
    `${sqrtPriceX96},${tick}`,
    `${state.sqrtPriceX96},${state.tick}`,
  );
  calls.refresh();
}
