import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BalancerWeightedPool } from "@trellis/arbitrage";
import { type Hex, hexToBytes, isTrellisError } from "@trellis/base";
import { balancerArtifact, EvmChain } from "@trellis/market";
import type { Address } from "@trellis/protocol";
import { type Abi, encodeFunctionData } from "viem";
import type { Chance } from "./Chance.ts";
import type { Differences } from "./Differences.ts";
import { StateCalls } from "./StateCalls.ts";

const VAULT: Address = `0x${"ba".repeat(20)}`;
const NOBODY: Address = `0x${"00".repeat(20)}`;
const POOL_ID: Hex = `0x${"1".padStart(64, "0")}`;
const SWAPS_A_POOL = 250;
const ONE = 10n ** 18n;
const TOKENS_MAX = 8;
const BALANCE_BITS = 112;

const REASONS: Readonly<Record<string, string>> = {
  "BAL#004": "ZERO_DIVISION",
  "BAL#304": "MAX_IN_RATIO",
  "BAL#305": "MAX_OUT_RATIO",
};

interface Deployment {
  readonly hasExactPowers: boolean;
  readonly abi: Abi;
  readonly bytecode: Hex;
  argumentsOf(tokens: readonly Address[], weights: readonly bigint[], fee: bigint): readonly unknown[];
}

/** Returns the first deployment and, if available, a later one with exact powers for some exponents. */
function deployments(directory: string | undefined): readonly [Deployment, ...Deployment[]] {
  const first: Deployment = {
    hasExactPowers: false,
    ...balancerArtifact("WeightedPool"),
    argumentsOf: (tokens, weights, fee) => [VAULT, "", "", tokens, weights, fee, 0n, 0n, NOBODY],
  };
  if (directory === undefined) return [first];
  const path = join(directory, "dist/tasks/20230206-weighted-pool-v3/artifact/WeightedPool.json");
  const later = JSON.parse(readFileSync(path, "utf8")) as Pick<Deployment, "abi" | "bytecode">;
  return [
    first,
    {
      hasExactPowers: true,
      abi: later.abi,
      bytecode: later.bytecode,
      argumentsOf: (tokens, normalizedWeights, swapFeePercentage) => {
        const nobodies = tokens.map(() => NOBODY);
        const parameters = { name: "", symbol: "", tokens, normalizedWeights, swapFeePercentage };
        const providers = { rateProviders: nobodies, assetManagers: nobodies };
        return [{ ...parameters, ...providers }, VAULT, VAULT, 0n, 0n, NOBODY, ""];
      },
    },
  ];
}

/**
 * @param directory unpacked npm package @balancer-labs/v2-deployments 3.2.0, which is not a dependency
 * because it would install a second toolchain
 */
export function compareBalancerSwaps(
  swaps: number,
  chance: Chance,
  differences: Differences,
  directory?: string,
): void {
  const kinds = deployments(directory);
  for (let done = 0; done < swaps; done += SWAPS_A_POOL) {
    const open = openPool(chance.of(kinds), chance);
    for (let swap = 0; swap < Math.min(SWAPS_A_POOL, swaps - done); swap++)
      compareSwap(open, chance, differences);
  }
}

interface OpenPool {
  readonly abi: Abi;
  readonly address: Address;
  readonly calls: StateCalls;
  readonly pool: BalancerWeightedPool;
}

function openPool({ abi, bytecode, hasExactPowers, argumentsOf }: Deployment, chance: Chance): OpenPool {
  const chain = new EvmChain();
  const count = chance.integer(2, TOKENS_MAX);
  const tokens = Array.from(
    { length: count },
    (_, at): Address => `0x${(0x1000 + at).toString(16).padStart(40, "0")}`,
  );
  const decimals = tokens.map(() => chance.of([18, 18, 8, 6, 0]));
  chain.state.setCode(VAULT, codeAnswering(1));
  for (const [at, token] of tokens.entries()) chain.state.setCode(token, codeAnswering(decimals[at] ?? 18));
  const weights = anyWeights(count, chance);
  const fee = BigInt(chance.integer(1, 100_000)) * 10n ** 12n;
  const { address } = chain.deploy(abi, bytecode, argumentsOf(tokens, weights, fee));
  const balances = tokens.map(() => chance.amount(BALANCE_BITS));
  const pool = new BalancerWeightedPool({
    address,
    vault: VAULT,
    tokens,
    balances,
    weights,
    decimals,
    fee,
    hasExactPowers,
  });
  return { abi, address, calls: new StateCalls(chain), pool };
}

function codeAnswering(number: number): Uint8Array {
  return hexToBytes(`0x60${number.toString(16).padStart(2, "0")}60005260206000f3`);
}

/** Weights often have a ratio of 1 or 4, for which later pools compute exact powers. */
function anyWeights(count: number, chance: Chance): bigint[] {
  if (count === 2 && chance.isOneIn(2)) {
    const first = chance.of([ONE / 2n, ONE / 5n, (4n * ONE) / 5n]);
    return [first, ONE - first];
  }
  const least = ONE / 100n;
  const weights = Array.from({ length: count }, () => least);
  let left = ONE - least * BigInt(count);
  for (let at = 0; at < count - 1; at++) {
    const more = (left * BigInt(chance.integer(0, 1000))) / 1000n;
    weights[at] = least + more;
    left -= more;
  }
  weights[count - 1] = least + left;
  return weights;
}

function compareSwap(
  { abi, address, calls, pool }: OpenPool,
  chance: Chance,
  differences: Differences,
): void {
  const { tokens, balances } = pool.state;
  const tokenIn = chance.integer(0, tokens.length - 1);
  const tokenOut = (tokenIn + chance.integer(1, tokens.length - 1)) % tokens.length;
  const isInput = chance.isOneIn(2);
  const known = balances[isInput ? tokenIn : tokenOut] ?? 1n;
  const amount = chance.isOneIn(4)
    ? chance.amount(BALANCE_BITS)
    : (chance.amount(60) * known) / (3n << 60n) + 1n;
  const request = {
    kind: isInput ? 0 : 1,
    tokenIn: tokens[tokenIn],
    tokenOut: tokens[tokenOut],
    amount,
    poolId: POOL_ID,
    lastChangeBlock: 0n,
    from: VAULT,
    to: VAULT,
    userData: "0x",
  };
  const args = [request, balances[tokenIn], balances[tokenOut]];
  const { refusal, output } = calls.call(
    VAULT,
    address,
    encodeFunctionData({ abi, functionName: "onSwap", args }),
  );
  const what = () =>
    `weights ${pool.state.weights} decimals ${pool.state.decimals} ${args.slice(1)} ${amount}`;
  const said = refusal === undefined ? BigInt(output) : (REASONS[refusal] ?? refusal);
  const quote = quoteOf(pool, tokenIn, tokenOut, isInput, amount);
  // The vault rejects overflow, but the pool does not.
  if (quote !== "BALANCE_TOTAL_OVERFLOW") differences.compare(what, said, quote);
}

function quoteOf(
  pool: BalancerWeightedPool,
  tokenIn: number,
  tokenOut: number,
  isInput: boolean,
  amount: bigint,
): unknown {
  try {
    return isInput
      ? pool.swapExactInput(tokenIn, tokenOut, amount).amountOut
      : pool.swapExactOutput(tokenIn, tokenOut, amount).amountIn;
  } catch (error) {
    if (!isTrellisError(error, "SWAP_WOULD_REVERT")) throw error;
    return error.facts.reason;
  }
}
