import type { Hex } from "@trellis/base";
import { pairAddressV2, poolAddressV3 } from "@trellis/contracts/arbitrage";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress, TokenAddress } from "../Pool.ts";
import { signed, topicOf, wordsOf, wordToAddress } from "../sources/abi.ts";
import { balancerWeightedSource } from "../sources/balancerWeightedSource.ts";
import type { PoolLog, PoolSource } from "../sources/PoolSource.ts";
import { uniswapV2Source } from "../sources/uniswapV2Source.ts";
import { newUniswapV3Pool, uniswapV3Source } from "../sources/uniswapV3Source.ts";
import { type PoolFee, UniswapV2Pool } from "../uniswapV2/UniswapV2Pool.ts";

export interface CreatedPool {
  readonly source: PoolSource;
  readonly pool: Pool | undefined;
}

export interface PoolFactory {
  readonly address: PoolAddress;
  /** @returns undefined for an unrelated log @throws FACTORY_LOG_INVALID */
  poolOf(log: PoolLog): CreatedPool | undefined;
}

export interface FactoryOptions {
  readonly address: PoolAddress;
  readonly initCodeHash: Hex;
}

const FEE_UNITS = 1_000_000;
const PAIR_CREATED: Hex = topicOf("PairCreated(address,address,address,uint256)");
const POOL_CREATED: Hex = topicOf("PoolCreated(address,address,uint24,int24,address)");
const WEIGHTED_CREATED: Hex = topicOf("PoolCreated(address)");

/** Uniswap v2, or a fork with one fee for all pools. */
export function uniswapV2Factory({
  address,
  initCodeHash,
  fee,
}: FactoryOptions & { readonly fee: PoolFee }): PoolFactory {
  return {
    address,
    poolOf({ topics, data }) {
      if (topics[0] !== PAIR_CREATED) return undefined;
      const tokens = tokensOf(topics);
      const pair = wordToAddress(wordsOf(data)[0]);
      if (tokens === undefined || pair !== pairAddressV2(address, initCodeHash, ...tokens))
        throw invalid(address, pair);
      const identity = { address: pair, tokens, fee };
      return {
        source: uniswapV2Source(identity),
        pool: new UniswapV2Pool({ ...identity, reserves: [0n, 0n] }),
      };
    },
  };
}

export function uniswapV3Factory({ address, initCodeHash }: FactoryOptions): PoolFactory {
  return {
    address,
    poolOf({ topics, data }) {
      if (topics[0] !== POOL_CREATED) return undefined;
      const tokens = tokensOf(topics);
      const fee = Number(topics[3] ?? Number.NaN);
      const [spacing, poolWord] = wordsOf(data);
      const pool = wordToAddress(poolWord);
      if (tokens === undefined || spacing === undefined || !(fee < FEE_UNITS)) throw invalid(address, pool);
      if (pool === undefined || pool !== poolAddressV3(address, initCodeHash, ...tokens, fee))
        throw invalid(address, pool);
      const identity = { address: pool, tokens, fee, tickSpacing: Number(signed(spacing)) };
      return { source: uniswapV3Source(identity), pool: newUniswapV3Pool(identity) };
    },
  };
}

/** The log proves nothing: a later read checks that pool and vault refer to each other. */
export function balancerWeightedFactory({
  address,
  ...kind
}: {
  readonly address: PoolAddress;
  readonly vault: PoolAddress;
  readonly hasExactPowers: boolean;
}): PoolFactory {
  return {
    address,
    poolOf({ topics }) {
      if (topics[0] !== WEIGHTED_CREATED) return undefined;
      const pool = topics[1] === undefined ? undefined : wordToAddress(BigInt(topics[1]));
      if (pool === undefined) throw invalid(address, pool);
      return { source: balancerWeightedSource({ ...kind, address: pool }), pool: undefined };
    },
  };
}

function tokensOf(topics: readonly Hex[]): readonly [TokenAddress, TokenAddress] | undefined {
  const [token0, token1] = [topics[1], topics[2]].map((topic) =>
    topic === undefined ? undefined : wordToAddress(BigInt(topic)),
  );
  return token0 === undefined || token1 === undefined || token0 >= token1 ? undefined : [token0, token1];
}

function invalid(factory: PoolAddress, pool: PoolAddress | undefined) {
  return poolErrors.FACTORY_LOG_INVALID({ factory, pool });
}
