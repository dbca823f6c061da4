import { UINT256_MAX } from "../arithmetic/uint.ts";
import { poolErrors } from "../errors.ts";

/** Ticks of prices 2⁻¹²⁸ and 2¹²⁸ (Uniswap v3 Core, section 6.1). */
export const TICK_MIN = -887272;
export const TICK_MAX = 887272;
/** Q64.96: inclusive minimum, exclusive maximum. */
export const SQRT_RATIO_MIN = 4295128739n;
export const SQRT_RATIO_MAX = 1461446703485210103287273052203988822378723970342n;

/** 2¹²⁸ · 1.0001^(−2ⁱ⁻¹). */
const POWERS_X128: readonly bigint[] = [
  0xfffcb933bd6fad37aa2d162d1a594001n,
  0xfff97272373d413259a46990580e213an,
  0xfff2e50f5f656932ef12357cf3c7fdccn,
  0xffe5caca7e10e4e61c3624eaa0941cd0n,
  0xffcb9843d60f6159c9db58835c926644n,
  0xff973b41fa98c081472e6896dfb254c0n,
  0xff2ea16466c96a3843ec78b326b52861n,
  0xfe5dee046a99a2a811c461f1969c3053n,
  0xfcbe86c7900a88aedcffc83b479aa3a4n,
  0xf987a7253ac413176f2b074cf7815e54n,
  0xf3392b0822b70005940c7a398e4b70f3n,
  0xe7159475a2c29b7443b29c7fa6e889d9n,
  0xd097f3bdfd2022b8845ad8f792aa5825n,
  0xa9f746462d870fdf8a65dc1f90e061e5n,
  0x70d869a156d2a1b890bb3df62baf32f7n,
  0x31be135f97d08fd981231505542fcfa6n,
  0x9aa508b5b7a84e1c677de54f3e99bc9n,
  0x5d6af8dedb81196699c329225ee604n,
  0x2216e584f5fa1ea926041bedfe98n,
  0x48a170391f7dc42444e8fa2n,
];

const ONE_X128 = 1n << 128n;
const LOW_32_BITS = 0xffffffffn;

/** Q64.96, rounded up. @throws SWAP_INVALID */
export function tickToSqrtRatio(tick: number): bigint {
  const distance = Math.abs(tick);
  if (!Number.isInteger(tick) || distance > TICK_MAX) throw poolErrors.SWAP_INVALID({ tick });
  let ratioX128 = ONE_X128;
  for (let bits = distance, place = 0; bits !== 0; bits >>= 1, place++) {
    if ((bits & 1) === 1) ratioX128 = (ratioX128 * (POWERS_X128[place] ?? 0n)) >> 128n;
  }
  if (tick > 0) ratioX128 = UINT256_MAX / ratioX128;
  const ratioX96 = ratioX128 >> 32n;
  return (ratioX128 & LOW_32_BITS) === 0n ? ratioX96 : ratioX96 + 1n;
}

const LOG_OF_A_TICK = Math.log(1.0001) / 2;
const LOG_OF_Q96 = 96 * Math.LN2;

/** The float logarithm is accurate to 10⁻⁶ ticks: one correction suffices. @throws SWAP_INVALID */
export function sqrtRatioToTick(sqrtRatioX96: bigint): number {
  if (sqrtRatioX96 < SQRT_RATIO_MIN || sqrtRatioX96 >= SQRT_RATIO_MAX)
    throw poolErrors.SWAP_INVALID({ sqrtRatioX96 });
  const estimate = Math.floor((Math.log(Number(sqrtRatioX96)) - LOG_OF_Q96) / LOG_OF_A_TICK);
  let tick = Math.max(TICK_MIN, Math.min(TICK_MAX - 1, estimate));
  while (tickToSqrtRatio(tick) > sqrtRatioX96) tick--;
  while (tickToSqrtRatio(tick + 1) <= sqrtRatioX96) tick++;
  return tick;
}
