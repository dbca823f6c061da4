import { poolErrors } from "../errors.ts";
import { type InitializedTick, type TickRange, TickTable, WORD_TICKS } from "../uniswapV3/TickTable.ts";
import { TICK_MAX, TICK_MIN } from "../uniswapV3/tickMath.ts";
import { UniswapV3Pool } from "../uniswapV3/UniswapV3Pool.ts";
import { encodeCall, signed, wordToAddress } from "./abi.ts";
import type { PoolCaller, ReadOptions } from "./PoolSource.ts";
import { readWords } from "./readWords.ts";
import type { UniswapV3Identity } from "./UniswapV3Identity.ts";

export async function readV3Pool(
  identity: UniswapV3Identity,
  caller: PoolCaller,
  options: ReadOptions,
): Promise<UniswapV3Pool> {
  const { address, tokens, fee, tickSpacing } = identity;
  const to = address;
  const answers = await readWords(
    caller,
    [
      { to, data: encodeCall("slot0()"), words: 2 },
      ...["liquidity()", "fee()", "tickSpacing()", "token0()", "token1()"].map((method) => ({
        to,
        data: encodeCall(method),
      })),
    ],
    options,
  );
  const [[sqrtPriceX96 = 0n, tickWord = 0n] = [], [liquidity = 0n] = [], ...names] = answers;
  const said = [
    Number(names[0]?.[0]),
    Number(names[1]?.[0]),
    wordToAddress(names[2]?.[0]),
    wordToAddress(names[3]?.[0]),
  ];
  if (String(said) !== String([fee, tickSpacing, ...tokens]))
    throw poolErrors.POOL_UNREADABLE({ pool: address, said: String(said) });
  const tick = Number(signed(tickWord));
  const range = rangeAround(tick, tickSpacing, options.wordsAround);
  const entries = sqrtPriceX96 === 0n ? [] : await readTicks(identity, range, caller, options);
  const ticks = new TickTable(tickSpacing, entries, rangeOf(range, tickSpacing));
  if (options.wordsAround === undefined && liquidity !== ticks.netBetween(TICK_MIN - 1, tick))
    throw poolErrors.POOL_INVALID({ pool: address, liquidity, tick });
  return UniswapV3Pool.of({ address, tokens, fee, sqrtPriceX96, tick, liquidity, ticks });
}

/** Inclusive. */
interface WordRange {
  readonly first: number;
  readonly last: number;
}

function rangeAround(tick: number, spacing: number, wordsAround = Number.POSITIVE_INFINITY): WordRange {
  const wordOf = (at: number) => Math.floor(Math.floor(at / spacing) / WORD_TICKS);
  return {
    first: Math.max(wordOf(tick) - wordsAround, wordOf(TICK_MIN)),
    last: Math.min(wordOf(tick) + wordsAround, wordOf(TICK_MAX)),
  };
}

function rangeOf({ first, last }: WordRange, spacing: number): TickRange {
  const width = WORD_TICKS * spacing;
  return { lowest: Math.max(first * width, TICK_MIN), highest: Math.min(last * width + width - 1, TICK_MAX) };
}

async function readTicks(
  { address, tickSpacing }: UniswapV3Identity,
  { first, last }: WordRange,
  caller: PoolCaller,
  options: ReadOptions,
): Promise<InitializedTick[]> {
  const words = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const bitmaps = await readWords(
    caller,
    words.map((word) => ({ to: address, data: encodeCall("tickBitmap(int16)", BigInt(word)) })),
    options,
  );
  const ticks = words.flatMap((word, at) =>
    placesIn(bitmaps[at]?.[0] ?? 0n).map((place) => (word * WORD_TICKS + place) * tickSpacing),
  );
  const answers = await readWords(
    caller,
    ticks.map((tick) => ({ to: address, data: encodeCall("ticks(int24)", BigInt(tick)), words: 2 })),
    options,
  );
  return ticks.map((tick, at) => {
    const [liquidityGross = 0n, net = 0n] = answers[at] ?? [];
    return { tick, liquidityGross, liquidityNet: signed(net) };
  });
}

function placesIn(bitmap: bigint): number[] {
  const places: number[] = [];
  for (let place = 0, rest = bitmap; rest !== 0n; place++, rest >>= 1n)
    if ((rest & 1n) === 1n) places.push(place);
  return places;
}
