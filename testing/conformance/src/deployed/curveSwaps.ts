import { CurveStablePool } from "@trellis/arbitrage";
import { isTrellisError } from "@trellis/base";
import { type EvmContract, openMarket } from "@trellis/market";
import type { Address } from "@trellis/protocol";
import type { Chance } from "./Chance.ts";
import type { Differences } from "./Differences.ts";
import { StateCalls } from "./StateCalls.ts";

const SWAPS_A_POOL = 250;
const TOKENS_MAX = 4;
const RATE_DECIMALS = 36;

interface OpenPool {
  readonly contract: EvmContract;
  readonly calls: StateCalls;
  readonly pool: CurveStablePool;
}

/** Compares with a contract that was written from Curve's publications. */
export function compareCurveSwaps(swaps: number, chance: Chance, differences: Differences): void {
  for (let done = 0; done < swaps; done += SWAPS_A_POOL) {
    const { market, ...open } = openPool(chance);
    const count = Math.min(SWAPS_A_POOL, swaps - done);
    for (let swap = 1; swap < count; swap++) compareQuote(open, chance, differences);
    compareExchange(open, market.admin, chance, differences);
  }
}

function openPool(chance: Chance) {
  const market = openMarket();
  const count = chance.integer(2, TOKENS_MAX);
  const decimals = Array.from({ length: count }, () => chance.of([18, 18, 8, 6]));
  const tokens = decimals.map((places) => market.deploy("DecimalsToken", [places]));
  const [amplification, fee, adminFee] = [
    BigInt(chance.integer(1, 5_000)),
    BigInt(chance.integer(0, 40_000_000)),
    BigInt(chance.integer(0, 10)) * 1_000_000_000n,
  ];
  const addresses = tokens.map(({ address }) => address);
  const contract = market.deploy("StableSwapPool", [addresses, amplification, fee, adminFee]);
  const balances = decimals.map(
    (places) => BigInt(chance.integer(1_000, 100_000_000)) * 10n ** BigInt(places),
  );
  for (const [at, token] of tokens.entries()) {
    token.do(market.admin, "mint", [contract.address, balances[at]]);
    token.do(market.admin, "mint", [market.admin, 1n << 120n]);
    token.do(market.admin, "approve", [contract.address, 1n << 120n]);
  }
  contract.do(market.admin, "take");
  const pool = new CurveStablePool({
    address: contract.address,
    tokens: addresses,
    balances,
    rates: decimals.map((places) => 10n ** BigInt(RATE_DECIMALS - places)),
    amplification: amplification * 100n,
    amplificationPrecision: 100n,
    fee,
    adminFee,
  });
  return { market, contract, calls: new StateCalls(market.chain), pool };
}

function anySwap(
  { state: { balances } }: CurveStablePool,
  chance: Chance,
): readonly [number, number, bigint] {
  const tokenIn = chance.integer(0, balances.length - 1);
  const tokenOut = (tokenIn + chance.integer(1, balances.length - 1)) % balances.length;
  return [tokenIn, tokenOut, (chance.amount(60) * (balances[tokenIn] ?? 0n)) / (1n << 58n) + 1n];
}

function compareQuote({ contract, calls, pool }: OpenPool, chance: Chance, differences: Differences): void {
  const swap = anySwap(pool, chance);
  const { refusal, output } = calls.call(contract.address, contract.address, contract.encode("get_dy", swap));
  const what = () => `balances ${pool.state.balances} swap ${swap}`;
  differences.compare(what, refusal === undefined ? BigInt(output) : "refused", quoteOf(pool, swap));
}

function compareExchange(
  { contract, pool }: Omit<OpenPool, "calls">,
  account: Address,
  chance: Chance,
  differences: Differences,
): void {
  const [tokenIn, tokenOut, amountIn] = anySwap(pool, chance);
  const sent = contract.send(account, "exchange", [tokenIn, tokenOut, amountIn, 0n]);
  const quote = quoteOf(pool, [tokenIn, tokenOut, amountIn]);
  differences.compare(() => "exchange", sent.isReverted ? "refused" : BigInt(sent.output), quote);
  if (sent.isReverted || quote === "refused") return;
  const { after } = pool.swapExactInput(tokenIn, tokenOut, amountIn);
  const left = pool.tokens.map((_, at) => contract.view<bigint>("balances", [at]));
  differences.compare(() => "balances", String(left), String((after as CurveStablePool).state.balances));
}

function quoteOf(pool: CurveStablePool, [tokenIn, tokenOut, amountIn]: readonly [number, number, bigint]) {
  try {
    return pool.swapExactInput(tokenIn, tokenOut, amountIn).amountOut;
  } catch (error) {
    if (!isTrellisError(error, "SWAP_WOULD_REVERT")) throw error;
    return "refused";
  }
}
