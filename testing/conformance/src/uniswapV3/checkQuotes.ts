import { TickTable, UniswapV3Pool } from "@trellis/arbitrage";
import { isTrellisError } from "@trellis/base";
import { parseExactJson } from "../exactJson.ts";
import type { NamedCase } from "../namedCase.ts";

interface Token {
  readonly address: string;
  readonly symbol: string;
}

interface TicksFile {
  readonly pool: string;
  readonly scalars: {
    readonly fee: bigint;
    readonly tick_spacing: bigint;
    readonly sqrt_price_x96: bigint;
    readonly tick: bigint;
    readonly liquidity: bigint;
  };
  /** Gross liquidity, net liquidity and block, by tick. */
  readonly tick_data: Readonly<Record<string, readonly [bigint, bigint, bigint]>>;
  readonly token0: Token;
  readonly token1: Token;
}

interface QuotesFile {
  /** By `pool|function|IN->OUT|amount`. A reverted quote has no integer value. */
  readonly entries: Readonly<Record<string, { readonly value?: unknown }>>;
}

export function checkQuotes(quotesText: string, ticksText: string): NamedCase[] {
  const ticks = parseExactJson(ticksText) as TicksFile;
  const pool = poolOf(ticks);
  const { entries } = parseExactJson(quotesText) as QuotesFile;
  return Object.entries(entries).map(([name, { value }]) => ({
    name: name.slice(name.indexOf("|") + 1),
    failure: checkQuote(pool, ticks, name, value),
  }));
}

function poolOf({ pool, scalars, tick_data, token0, token1 }: TicksFile): UniswapV3Pool {
  const entries = Object.entries(tick_data).map(([tick, [liquidityGross, liquidityNet]]) => ({
    tick: Number(tick),
    liquidityGross,
    liquidityNet,
  }));
  return UniswapV3Pool.of({
    address: lowerCase(pool),
    tokens: [lowerCase(token0.address), lowerCase(token1.address)],
    fee: Number(scalars.fee),
    sqrtPriceX96: scalars.sqrt_price_x96,
    tick: Number(scalars.tick),
    liquidity: scalars.liquidity,
    ticks: new TickTable(Number(scalars.tick_spacing), entries),
  });
}

function checkQuote(
  pool: UniswapV3Pool,
  { token0, token1 }: TicksFile,
  name: string,
  value: unknown,
): string | undefined {
  const [address, method, direction, amount = ""] = name.split("|");
  const places: Readonly<Record<string, 0 | 1>> = {
    [`${token0.symbol}->${token1.symbol}`]: 0,
    [`${token1.symbol}->${token0.symbol}`]: 1,
  };
  const tokenIn = places[direction ?? ""];
  if (tokenIn === undefined || address?.toLowerCase() !== pool.address) return "is not a quote of this pool";
  const quoted = quote(pool, method, tokenIn, BigInt(amount));
  const expected = typeof value === "bigint" ? value : "refused";
  return quoted === expected ? undefined : `is ${quoted}, expected ${expected}`;
}

function quote(pool: UniswapV3Pool, method: string | undefined, tokenIn: 0 | 1, amount: bigint) {
  try {
    if (method === "quoteExactInputSingle")
      return pool.swapExactInput(tokenIn, 1 - tokenIn, amount).amountOut;
    if (method === "quoteExactOutputSingle")
      return pool.swapExactOutput(tokenIn, 1 - tokenIn, amount).amountIn;
    return `no such quote: ${method}`;
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return "refused";
  }
}

function lowerCase(address: string): `0x${string}` {
  return address.toLowerCase() as `0x${string}`;
}
