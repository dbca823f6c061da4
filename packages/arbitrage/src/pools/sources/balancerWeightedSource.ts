import type { Hex } from "@trellis/base";
import { BalancerWeightedPool } from "../balancer/BalancerWeightedPool.ts";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";
import { encodeCall, topicOf, wordsOf, wordToAddress } from "./abi.ts";
import type { LogEffect, PoolLog, PoolSource } from "./PoolSource.ts";
import { poolOfKind } from "./poolOfKind.ts";
import { readWords } from "./readWords.ts";

export interface BalancerWeightedIdentity {
  readonly address: PoolAddress;
  /** Holds the balances of all pools. */
  readonly vault: PoolAddress;
  /** 32 bytes; begins with the pool's address. */
  readonly poolId: Hex;
  readonly tokens: readonly TokenAddress[];
  readonly decimals: readonly number[];
  readonly weights: readonly bigint[];
  /** See BalancerWeightedState. */
  readonly hasExactPowers: boolean;
}

const SWAP: Hex = topicOf("Swap(bytes32,address,address,uint256,uint256)");

/** Swaps are followed by the vault's logs; whatever else the vault or the pool says has the pool read again. */
export function balancerWeightedSource(identity: BalancerWeightedIdentity): PoolSource {
  const { address, vault, poolId, tokens, decimals, weights, hasExactPowers } = identity;
  return {
    kind: "balancer-weighted",
    address,
    tokens,
    emitters: [vault, address],
    isAbout: (log) => log.address === address || (log.address === vault && log.topics[1] === poolId),
    applyLog: (pool, log) =>
      log.address === vault && log.topics[0] === SWAP ? swapped(weightedOf(pool), log) : "reread",
    async read(caller, options) {
      const [fee, balancesAnswer] = await readWords(
        caller,
        [
          { to: address, data: encodeCall("getSwapFeePercentage()") },
          {
            to: vault,
            data: encodeCall("getPoolTokens(bytes32)", BigInt(poolId)),
            words: 5 + 2 * tokens.length,
          },
        ],
        options,
      );
      const listed = arrayAt(balancesAnswer ?? [], 0).map(wordToAddress);
      if (String(listed) !== String(tokens))
        throw poolErrors.POOL_UNREADABLE({ pool: address, tokens: String(listed) });
      const balances = arrayAt(balancesAnswer ?? [], 1);
      const state = { address, tokens, balances, weights, decimals, fee: fee?.[0] ?? 0n, hasExactPowers };
      return new BalancerWeightedPool(state);
    },
    differenceOf(kept, read) {
      const [mine, theirs] = [stateText(kept), stateText(read)];
      return mine === theirs ? undefined : `${mine}, the contract has ${theirs}`;
    },
  };
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

/** The array whose offset is word `place`. */
function arrayAt(words: readonly bigint[], place: number): readonly bigint[] {
  const start = Number((words[place] ?? 0n) / 32n);
  return words.slice(start + 1, start + 1 + Number(words[start] ?? 0n));
}

function stateText(pool: Pool): string {
  const { balances, fee } = weightedOf(pool).state;
  return `balances ${balances} fee ${fee}`;
}

const weightedOf = (pool: Pool): BalancerWeightedPool => poolOfKind(pool, BalancerWeightedPool);
