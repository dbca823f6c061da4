import type { Precompile } from "./Precompile.ts";

/** Percent of Ethereum's prices: 60 Mgas take at most a second (docs/adr/0018). [EVM-18] */
export const TRELLIS_PRICE_PERCENT: ReadonlyMap<number, number> = new Map([
  [0x01, 200],
  [0x06, 250],
  [0x07, 200],
  [0x0a, 400],
  [0x0b, 1_100],
  [0x0c, 2_100],
  [0x0d, 1_300],
  [0x0e, 2_700],
  [0x0f, 1_700],
  [0x10, 2_200],
  [0x11, 1_900],
  [0x12, 400],
  [0x100, 2_500],
]);

/** Passes the gas that pays for the computation at Ethereum's price. */
export function atPrice(precompile: Precompile, percent: number): Precompile {
  return (input, gas) => {
    const result = precompile(input, Math.floor((gas * 100) / percent));
    return result && { ...result, gasUsed: Math.ceil((result.gasUsed * percent) / 100) };
  };
}
