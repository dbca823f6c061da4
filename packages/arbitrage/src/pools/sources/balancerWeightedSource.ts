import type { Hex } from "@trellis/base";
import { BalancerWeightedPool } from "../balancer/BalancerWeightedPool.ts";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";
import { encodeCall, topicOf, wordsOf, wordToAddress } from "./abi.ts";
import type { LogEffect, PoolCaller, PoolLog, PoolSource, ReadOptions } from "./PoolSource.ts";
import { poolOfKind } from "./poolOfKind.ts";
import { readDecimals } from "./readDecimals.ts";
import { readWords } from "./readWords.ts";

export interface BalancerWeightedIdentity {
  readonly address: PoolAddress;
  readonly vault: PoolAddress;
  readonly hasExactPowers: boolean;
}

const SWAP: Hex = topicOf("Swap(bytes32,address,address,uint256,uint256)");
const ID_DIGITS = 2 + 40;

/** Every log except the vault's swaps causes a read. */
export function balancerWeightedSource(identity: BalancerWeightedIdentity): PoolSource {
  const { address, vault } = identity;
  return {
    kind: "balancer-weighted",
    address,
    tokens: undefined,
    emitters: [vault, address],
    // A pool id starts with the pool's address.
    isAbout: (log) =>
      log.address === address || (log.address === vault && log.topics[1]?.slice(0, ID_DIGITS) === address),
    applyLog: (pool, log) =>
      log.address === vault && log.topics[0] === SWAP ? swapped(weightedOf(pool), log) : "reread",
    read: (caller, options) => readWeightedPool(identity, caller, options),
    differenceOf(kept, read) {
      const [mine, theirs] = [stateText(kept), stateText(read)];
      return mine === theirs ? undefined : `${mine}, the contract has ${theirs}`;
    },
  };
}

async function readWeightedPool(
  { address, vault, hasExactPowers }: BalancerWeightedIdentity,
  caller: PoolCaller,
  options: ReadOptions,
): Promise<BalancerWeightedPool> {
  const methods = ["getVault()", "getPoolId()", "getSwapFeePercentage()", "getNormalizedWeights()"];
  const calls = methods.map((method) => ({ to: address, data: encodeCall(method) }));
  const answers = await readWords(caller, calls, options);
  const [itsVault, poolId = 0n, fee = 0n] = answers.map(([word]) => word);
  if (wordToAddress(itsVault) !== vault) throw poolErrors.POOL_UNREADABLE({ pool: address, vault: itsVault });
  const getTokens = { to: vault, data: encodeCall("getPoolTokens(bytes32)", poolId), words: 5 };
  const [answer = []] = await readWords(caller, [getTokens], options);
  const tokens = arrayAt(answer, 0).map((word) => wordToAddress(word) ?? "0x");
  const decimals = await readDecimals(address, tokens, caller, options);
  const [balances, weights] = [arrayAt(answer, 1), arrayAt(answers[3] ?? [], 0)];
  return new BalancerWeightedPool({
    address,
    vault,
    tokens,
    balances,
    weights,
    decimals,
    fee,
    hasExactPowers,
  });
}

function swapped(pool: BalancerWeightedPool, { topics, data }: PoolLog): LogEffect {
  const [amountIn, amountOut] = wordsOf(data);
  const places = [topics[2], topics[3]].map((topic) => pool.tokens.indexOf(addressOf(topic)));
  const [tokenIn = -1, tokenOut = -1] = places;
  if (amountIn === undefined || amountOut === undefined || tokenIn < 0 || tokenOut < 0)
    throw poolErrors.POOL_LOG_INVALID({ pool: pool.address, event: "Swap" });
  const balances = [...pool.state.balances];
  balances[tokenIn] = (balances[tokenIn] ?? 0n) + amountIn;
  balances[tokenOut] = (balances[tokenOut] ?? 0n) - amountOut;
  return pool.withBalances(balances);
}

function addressOf(topic: Hex | undefined): TokenAddress {
  return wordToAddress(BigInt(topic ?? -1)) ?? "0x";
}

function arrayAt(words: readonly bigint[], place: number): readonly bigint[] {
  const start = Number((words[place] ?? 0n) / 32n);
  return words.slice(start + 1, start + 1 + Number(words[start] ?? 0n));
}

function stateText(pool: Pool): string {
  const { balances, fee } = weightedOf(pool).state;
  return `balances ${balances} fee ${fee}`;
}

const weightedOf = (pool: Pool): BalancerWeightedPool => poolOfKind(pool, BalancerWeightedPool);
