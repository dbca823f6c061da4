import {
  type Pool,
  sqrtRatioToTick,
  TICK_SPACINGS,
  TickTable,
  tickToSqrtRatio,
  UniswapV2Pool,
  UniswapV3Pool,
} from "@trellis/arbitrage";
import type { PublishedCurve } from "./parseCurves.ts";

const FEE_UNITS = 1_000_000;
const TICK = 1.0001;

export function poolOfCurve(curve: PublishedCurve): Pool | undefined {
  if (curve.form === "uv2") return constantProduct(curve);
  if (curve.form === "pkpp") return priceRange(curve);
  return undefined;
}

/** Derives an address from the id, because the dump has none. */
function addressOf({ id }: PublishedCurve): `0x${string}` {
  return `0x${id
    .replaceAll(/[^0-9a-f]/g, "")
    .slice(-40)
    .padStart(40, "0")}`;
}

function constantProduct(curve: PublishedCurve): UniswapV2Pool {
  const { tokenX, tokenY, xActual, yActual, decimalsX, decimalsY, fee } = curve;
  return new UniswapV2Pool({
    address: addressOf(curve),
    tokens: [tokenX, tokenY],
    fee: { numerator: BigInt(Math.round(fee * FEE_UNITS)), denominator: BigInt(FEE_UNITS) },
    reserves: [baseUnits(xActual, decimalsX), baseUnits(yActual, decimalsY)],
  });
}

/** The range ends where one real reserve is empty. */
function priceRange(curve: PublishedCurve): UniswapV3Pool {
  const fee = Math.round(curve.fee * FEE_UNITS);
  const spacing = TICK_SPACINGS[fee] ?? Number.NaN;
  const { k, x, xActual, yActual, decimalsX, decimalsY } = curve;
  const root = Math.sqrt(k);
  const unit = 10 ** ((decimalsY - decimalsX) / 2);
  const lower = nearestTick(((k / x - yActual) / root) * unit, spacing);
  const upper = nearestTick((root / (x - xActual)) * unit, spacing);
  const price = clamp(BigInt(Math.round((root / x) * unit * 2 ** 96)), lower, upper);
  const liquidity = baseUnits(root, (decimalsX + decimalsY) / 2);
  return UniswapV3Pool.of({
    address: addressOf(curve),
    tokens: [curve.tokenX, curve.tokenY],
    fee,
    sqrtPriceX96: price,
    tick: Math.min(sqrtRatioToTick(price), upper - 1),
    liquidity,
    ticks: new TickTable(spacing, [
      { tick: lower, liquidityGross: liquidity, liquidityNet: liquidity },
      { tick: upper, liquidityGross: liquidity, liquidityNet: -liquidity },
    ]),
  });
}

function nearestTick(rootOfPrice: number, spacing: number): number {
  return Math.round((2 * Math.log(rootOfPrice)) / Math.log(TICK) / spacing) * spacing;
}

function clamp(price: bigint, lower: number, upper: number): bigint {
  const low = tickToSqrtRatio(lower);
  const high = tickToSqrtRatio(upper);
  return price < low ? low : price > high ? high : price;
}

function baseUnits(amount: number, decimals: number): bigint {
  return BigInt(Math.round(amount * 10 ** decimals));
}
