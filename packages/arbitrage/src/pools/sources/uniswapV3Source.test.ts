import { describe, expect, it } from "vitest";
import { POOL, TOKEN_0, TOKEN_1 } from "../testing/addresses.ts";
import { codeOf } from "../testing/codeOf.ts";
import { blockOf, logOf } from "../testing/logs.ts";
import { poolOfPositions } from "../testing/positions.ts";
import { tickToSqrtRatio } from "../uniswapV3/tickMath.ts";
import type { UniswapV3Pool } from "../uniswapV3/UniswapV3Pool.ts";
import { newUniswapV3Pool, uniswapV3Source } from "./uniswapV3Source.ts";

const IDENTITY = { address: POOL, tokens: [TOKEN_0, TOKEN_1], fee: 3000, tickSpacing: 60 } as const;
const source = uniswapV3Source(IDENTITY);
const ONE_TO_ONE = 1n << 96n;
const SWAP = "Swap(address,address,int256,int256,uint160,uint128,int24)";
const MINT = "Mint(address,address,int24,int24,uint128,uint256,uint256)";
const BURN = "Burn(address,int24,int24,uint128,uint256,uint256)";
const POSITIONS = [{ lower: -600, upper: 600, liquidity: 10n ** 18n }];

const log = (event: string, indexed: readonly bigint[], words: readonly bigint[]) =>
  logOf(blockOf(1), 0, POOL, event, indexed, words);
const swapLog = (price: bigint, liquidity: bigint, tick: bigint) =>
  log(SWAP, [1n, 2n], [1n, -1n, price, liquidity, tick]);
const apply = (pool: UniswapV3Pool, ...given: Parameters<typeof log>) => source.applyLog(pool, log(...given));
const pool = poolOfPositions(3000, ONE_TO_ONE, POSITIONS);

describe("logs of a Uniswap v3 pool", () => {
  it("a swap's log gives the same pool as the swap", () => {
    const { after } = pool.swap({ isZeroForOne: true, amountSpecified: 10n ** 18n });
    const { sqrtPriceX96, liquidity, tick } = after.state;
    const followed = source.applyLog(pool, swapLog(sqrtPriceX96, liquidity, BigInt(tick)));
    expect((followed as UniswapV3Pool).state).toEqual(after.state);
  });

  it("an empty burn and collected fees change nothing", () => {
    expect(apply(pool, BURN, [1n, -600n, 600n], [0n, 0n, 0n])).toBe(undefined);
    expect(
      apply(pool, "Collect(address,address,int24,int24,uint128,uint128)", [1n, -600n, 600n], [1n, 1n, 1n]),
    ).toBe(undefined);
  });

  it("a price outside the known words causes a new read", () => {
    const near = poolOfPositions(3000, ONE_TO_ONE, POSITIONS, { lowest: 0, highest: 0 });
    expect(source.applyLog(near, swapLog(tickToSqrtRatio(-60), 10n ** 18n, -60n))).toBe("reread");
  });

  it("POOL_LOG_INVALID: liquidity that contradicts the positions, a second initialization, half a log", () => {
    const invalid = [
      () => source.applyLog(pool, swapLog(ONE_TO_ONE, 1n, 0n)),
      () => source.applyLog(pool, swapLog(tickToSqrtRatio(700), 10n ** 18n, 700n)),
      () => apply(pool, SWAP, [1n, 2n], [1n, 1n]),
      () => apply(pool, "Initialize(uint160,int24)", [], [ONE_TO_ONE, 0n]),
      () => apply(pool, MINT, [1n, 600n, -600n], [1n, 1n, 1n, 1n]),
      () => apply(pool, MINT, [1n, -600n], [1n, 1n, 1n, 1n]),
      () => apply(pool, BURN, [1n, -600n, 600n], []),
    ];
    for (const run of invalid) expect(codeOf(run)).toBe("POOL_LOG_INVALID");
  });

  it("POOL_INVALID: a price off its tick, a burn above the liquidity, impossible ticks", () => {
    const invalid = [
      () => source.applyLog(pool, swapLog(tickToSqrtRatio(5), 10n ** 18n, 7n)),
      () => apply(pool, BURN, [1n, -600n, 600n], [10n ** 18n + 1n, 0n, 0n]),
      () => apply(pool, MINT, [1n, -601n, 600n], [1n, 1n, 1n, 1n]),
      () => apply(pool, MINT, [1n, -600n, 900_000n], [1n, 1n, 1n, 1n]),
      () => apply(newUniswapV3Pool(IDENTITY), "Initialize(uint160,int24)", [], [1n, 0n]),
    ];
    for (const run of invalid) expect(codeOf(run)).toBe("POOL_INVALID");
  });
});
