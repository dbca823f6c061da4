import { createRequire } from "node:module";
import type { Hex } from "@trellis/base";
import type { Address } from "@trellis/protocol";
import type { Abi } from "viem";
import { CONTRACTS, type TOKENS } from "./contracts.ts";
import { EvmChain, type EvmContract } from "./EvmChain.ts";

const require = createRequire(import.meta.url);

export function uniswapArtifact(name: "V2Factory" | "V2Pair" | "V3Factory" | "V3Pool"): {
  readonly abi: Abi;
  readonly bytecode: Hex;
} {
  const contract = `Uniswap${name}`;
  if (name.startsWith("V2")) {
    const { abi, evm } = require(`@uniswap/v2-core/build/${contract}.json`) as {
      readonly abi: Abi;
      readonly evm: { readonly bytecode: { readonly object: string } };
    };
    return { abi, bytecode: `0x${evm.bytecode.object}` };
  }
  return require(`@uniswap/v3-core/artifacts/contracts/${contract}.sol/${contract}.json`) as {
    readonly abi: Abi;
    readonly bytecode: Hex;
  };
}

const ADMIN: Address = `0x${"ad".repeat(20)}`;
const Q96 = 2n ** 96n;
const TICK_MAX = 887_272;
const SPACINGS: Readonly<Record<number, number>> = { 500: 10, 3000: 60, 10000: 200 };

export type TokenKind = keyof typeof TOKENS;

export type Stock = readonly [a: EvmContract, amountA: bigint, b: EvmContract, amountB: bigint];

export interface Market {
  readonly chain: EvmChain;
  readonly factoryV2: EvmContract;
  readonly factoryV3: EvmContract;
  readonly user: EvmContract;
  readonly admin: Address;
  token(kind?: TokenKind): EvmContract;
  deploy(name: keyof typeof CONTRACTS, args?: readonly unknown[]): EvmContract;
  pairV2(...stock: Stock): EvmContract;
  poolV3(feePpm: 500 | 3_000 | 10_000, ...stock: Stock): EvmContract;
}

export function openMarket(): Market {
  const chain = new EvmChain();
  const deploy = (name: keyof typeof CONTRACTS, args: readonly unknown[] = []): EvmContract => {
    const { abi, bytecode } = CONTRACTS[name];
    return chain.deploy(abi, bytecode, args, ADMIN);
  };
  const v2 = uniswapArtifact("V2Factory");
  const v3 = uniswapArtifact("V3Factory");
  const factoryV2 = chain.deploy(v2.abi, v2.bytecode, [ADMIN], ADMIN);
  const factoryV3 = chain.deploy(v3.abi, v3.bytecode, [], ADMIN);
  const user = deploy("PoolUser");

  function pairV2(...[a, amountA, b, amountB]: Stock): EvmContract {
    factoryV2.do(ADMIN, "createPair", [a.address, b.address]);
    const address = factoryV2.view<string>("getPair", [a.address, b.address]);
    const pair = chain.at(uniswapArtifact("V2Pair").abi, address);
    a.do(ADMIN, "mint", [pair.address, amountA]);
    b.do(ADMIN, "mint", [pair.address, amountB]);
    pair.do(ADMIN, "mint", [ADMIN]);
    return pair;
  }

  function poolV3(feePpm: 500 | 3_000 | 10_000, ...[a, amountA, b, amountB]: Stock): EvmContract {
    factoryV3.do(ADMIN, "createPool", [a.address, b.address, feePpm]);
    const address = factoryV3.view<string>("getPool", [a.address, b.address, feePpm]);
    const pool = chain.at(uniswapArtifact("V3Pool").abi, address);
    const [amount0, amount1] = a.address < b.address ? [amountA, amountB] : [amountB, amountA];
    pool.do(ADMIN, "initialize", [squareRoot((amount1 * Q96 * Q96) / amount0)]);
    for (const [token, amount] of [
      [a, amountA],
      [b, amountB],
    ] as const)
      token.do(ADMIN, "mint", [user.address, 2n * amount]);
    const spacing = SPACINGS[feePpm]!;
    const tick = Math.floor(TICK_MAX / spacing) * spacing;
    user.do(ADMIN, "mint", [pool.address, -tick, tick, squareRoot(amount0 * amount1)]);
    return pool;
  }

  return {
    chain,
    factoryV2,
    factoryV3,
    user,
    admin: ADMIN,
    token: (kind = "PlainToken") => deploy(kind),
    deploy,
    pairV2,
    poolV3,
  };
}

function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
