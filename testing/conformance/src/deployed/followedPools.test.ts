import {
  type BookBlock,
  type PoolAddress,
  PoolBook,
  type PoolCaller,
  refreshPools,
  samplePools,
  sqrtRatioToTick,
  UNISWAP_V2_FEE,
  type UniswapV2Pool,
  type UniswapV3Pool,
  uniswapV2Factory,
  uniswapV2Source,
  uniswapV3Factory,
  uniswapV3Source,
} from "@trellis/arbitrage";
import { bytesToHex, type Hex } from "@trellis/base";
import { type EvmContract, type Market, openMarket, type Sent, uniswapArtifact } from "@trellis/market";
import { decodeFunctionData, encodeFunctionResult, keccak256, parseAbi } from "viem";
import { beforeEach, describe, expect, it } from "vitest";
import { Chance } from "./Chance.ts";

const MULTICALL_ABI = parseAbi([
  "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) returns ((bool success, bytes returnData)[])",
]);
const MULTICALL: PoolAddress = `0x${"ca".repeat(20)}`;
const PAIR_ABI = uniswapArtifact("V2Pair").abi;
const POOL_ABI = uniswapArtifact("V3Pool").abi;
const COIN = 10n ** 18n;
const random = { bytes: (count: number) => new Uint8Array(count).fill(3) };

function callerOf({ chain, admin }: Market): PoolCaller {
  const one = (to: Hex, data: Hex): Hex | undefined => {
    const { isReverted, output } = chain.call(admin, to as PoolAddress, data);
    return isReverted ? undefined : output;
  };
  return {
    async call(to, data) {
      if (to !== MULTICALL) return one(to, data);
      const { args } = decodeFunctionData({ abi: MULTICALL_ABI, data });
      const result = args[0].map(({ target, callData }) => {
        const returnData = one(target.toLowerCase() as Hex, callData);
        return { success: returnData !== undefined, returnData: returnData ?? "0x" };
      });
      return encodeFunctionResult({ abi: MULTICALL_ABI, functionName: "aggregate3", result });
    },
  };
}

const hashOf = (height: number): Hex => `0x${height.toString(16).padStart(64, "0")}`;
const blockOf = (height: number): BookBlock => ({
  height,
  hash: hashOf(height),
  parentHash: hashOf(height - 1),
});

let market: Market;
let book: PoolBook;
let caller: PoolCaller;
let pending: Sent["logs"][number][] = [];

beforeEach(() => {
  market = openMarket();
  caller = callerOf(market);
  pending = [];
  const factories = [
    uniswapV2Factory({
      address: market.factoryV2.address,
      initCodeHash: keccak256(uniswapArtifact("V2Pair").bytecode),
      fee: UNISWAP_V2_FEE,
    }),
    uniswapV3Factory({
      address: market.factoryV3.address,
      initCodeHash: keccak256(uniswapArtifact("V3Pool").bytecode),
    }),
  ];
  book = new PoolBook(blockOf(0), { factories, statesMax: 10 });
});

function sendAndKeep(contract: EvmContract, method: string, args: readonly unknown[] = []): void {
  const sent = contract.send(market.admin, method, args);
  if (!sent.isReverted) pending.push(...sent.logs);
}

function addBlock() {
  const block = blockOf(book.head.height + 1);
  const logs = pending.map(({ address, topics, data }, logIndex) => ({
    address,
    topics,
    data: bytesToHex(data),
    block,
    transactionHash: hashOf(0),
    logIndex,
  }));
  pending = [];
  return book.addBlock(block, logs);
}

function createV3(fee: number): EvmContract {
  const [a, b] = [market.token(), market.token()];
  sendAndKeep(market.factoryV3, "createPool", [a.address, b.address, fee]);
  for (const token of [a, b]) token.do(market.admin, "mint", [market.user.address, 1n << 200n]);
  return market.chain.at(POOL_ABI, market.factoryV3.view<string>("getPool", [a.address, b.address, fee]));
}

function createV2(): { pair: EvmContract; tokens: readonly EvmContract[] } {
  const tokens = [market.token(), market.token()].sort((a, b) => (a.address < b.address ? -1 : 1));
  const addresses = tokens.map(({ address }) => address);
  sendAndKeep(market.factoryV2, "createPair", addresses);
  return { pair: market.chain.at(PAIR_ABI, market.factoryV2.view<string>("getPair", addresses)), tokens };
}

async function expectAsRead(address: PoolAddress): Promise<void> {
  const source = book.source(address)!;
  for (const multicall of [undefined, MULTICALL]) {
    const read = await source.read(caller, { blockHash: book.head.hash, ...(multicall && { multicall }) });
    expect(source.differenceOf(book.pool(address)!, read)).toBe(undefined);
  }
}

describe("pools of factories", () => {
  it("a v3 pool from its creation, through positions, swaps and burns", async () => {
    const pool = createV3(3000);
    expect(addBlock().created).toEqual([pool.address]);
    sendAndKeep(pool, "initialize", [1n << 96n]);
    const chance = new Chance(1);
    const positions: [number, number, bigint][] = [];
    for (let round = 0; round < 12; round++) {
      for (let deed = chance.integer(1, 4); deed > 0; deed--) doAny(pool, positions, chance);
      const isTouched = pending.some(({ address }) => address === pool.address);
      expect([...addBlock().touched]).toEqual(isTouched ? [pool.address] : []);
      expect(book.pool(pool.address)).toBeDefined();
    }
    expect((book.pool(pool.address) as UniswapV3Pool).state.ticks.count).toBeGreaterThan(3);
    await expectAsRead(pool.address);
  });

  it("a v2 pair through gifts, liquidity and swaps", async () => {
    const { pair, tokens } = createV2();
    for (const token of tokens) token.do(market.admin, "mint", [pair.address, 5n * COIN]);
    sendAndKeep(pair, "mint", [market.admin]);
    expect(addBlock()).toMatchObject({ created: [pair.address], refused: [] });
    tokens[0]!.do(market.admin, "mint", [pair.address, COIN]);
    const { amountOut, after } = book.pool(pair.address)!.swapExactInput(0, 1, COIN);
    sendAndKeep(pair, "swap", [0n, amountOut, market.admin, "0x"]);
    addBlock();
    expect((book.pool(pair.address) as UniswapV2Pool).reserves).toEqual((after as UniswapV2Pool).reserves);
    await expectAsRead(pair.address);
  });

  it("a rolled-back block removes its pools and their changes", () => {
    const { pair, tokens } = createV2();
    addBlock();
    const empty = book.pool(pair.address);
    for (const token of tokens) token.do(market.admin, "mint", [pair.address, 5n * COIN]);
    sendAndKeep(pair, "mint", [market.admin]);
    addBlock();
    expect((book.pool(pair.address) as UniswapV2Pool).reserves).toEqual([5n * COIN, 5n * COIN]);
    expect([...book.removeBlock(hashOf(2)).touched]).toEqual([pair.address]);
    expect(book.pool(pair.address)).toBe(empty);
    book.removeBlock(hashOf(1));
    expect(book.source(pair.address)).toBe(undefined);
  });
});

describe("pools read from the chain", () => {
  it("all of a v3 pool, or the words around its price", async () => {
    const pool = createV3(500);
    sendAndKeep(pool, "initialize", [1n << 96n]);
    market.user.do(market.admin, "mint", [pool.address, -887_270, 887_270, COIN]);
    market.user.do(market.admin, "mint", [pool.address, -100, 70, 9n * COIN]);
    const [token0, token1] = [pool.view<string>("token0"), pool.view<string>("token1")].map(
      (address) => address.toLowerCase() as PoolAddress,
    );
    const identity = {
      address: pool.address,
      tokens: [token0!, token1!],
      fee: 500,
      tickSpacing: 10,
    } as const;
    const source = uniswapV3Source(identity);
    const blockHash = book.head.hash;
    const options = { blockHash, multicall: MULTICALL };
    const all = (await source.read(caller, options)) as UniswapV3Pool;
    expect([...all.state.ticks.entries()].map(({ tick }) => tick)).toEqual([-887_270, -100, 70, 887_270]);
    const near = (await source.read(caller, { ...options, wordsAround: 0 })) as UniswapV3Pool;
    expect([...near.state.ticks.entries()].map(({ tick }) => tick)).toEqual([70]);
    expect(near.swapExactInput(1, 0, COIN / 100n).amountOut).toBe(
      all.swapExactInput(1, 0, COIN / 100n).amountOut,
    );
    expect(() => near.swapExactInput(0, 1, COIN)).toThrow(expect.objectContaining({ code: "TICKS_UNKNOWN" }));
    expect(source.differenceOf(all, near)).toBe(undefined);
    const stranger = uniswapV3Source({ ...identity, fee: 3000 });
    await expect(stranger.read(caller, options)).rejects.toMatchObject({ code: "POOL_UNREADABLE" });
  });

  it("a sample finds a pair with missed logs, and a refresh corrects it", async () => {
    const { pair, tokens } = createV2();
    pending = [];
    const addresses = tokens.map(({ address }) => address) as [PoolAddress, PoolAddress];
    book.follow(uniswapV2Source({ address: pair.address, tokens: addresses, fee: UNISWAP_V2_FEE }));
    expect([...book.stale()].map(({ reason }) => reason)).toEqual(["UNREAD"]);
    expect(await refreshPools(book, caller)).toEqual({
      read: [pair.address],
      failed: [],
      isOvertaken: false,
    });
    expect(await samplePools(book, caller, random, { count: 5 })).toMatchObject({ checked: 1, wrong: [] });
    for (const token of tokens) token.do(market.admin, "mint", [pair.address, 5n * COIN]);
    pair.do(market.admin, "sync");
    const { wrong } = await samplePools(book, caller, random, { count: 5 });
    expect(wrong).toEqual([{ pool: pair.address, difference: expect.stringContaining("reserves 0,0") }]);
    expect(book.pool(pair.address)).toBe(undefined);
    await refreshPools(book, caller, { multicall: MULTICALL });
    expect((book.pool(pair.address) as UniswapV2Pool).reserves).toEqual([5n * COIN, 5n * COIN]);
  });

  it("POOL_INVALID: a pair that claims more than its token balances", async () => {
    const [a, b] = [market.token(), market.token()];
    const liar = market.deploy("LyingPair", [a.address, b.address]);
    liar.do(market.admin, "setReserves", [COIN, COIN]);
    const source = uniswapV2Source({
      address: liar.address,
      tokens: [a.address, b.address],
      fee: UNISWAP_V2_FEE,
    });
    book.follow(source);
    expect((await refreshPools(book, caller)).failed).toEqual([{ pool: liar.address, code: "POOL_INVALID" }]);
    expect(book.pool(liar.address)).toBe(undefined);
    const nothing = uniswapV2Source({
      address: market.admin,
      tokens: [a.address, b.address],
      fee: UNISWAP_V2_FEE,
    });
    await expect(nothing.read(caller, { blockHash: book.head.hash })).rejects.toMatchObject({
      code: "POOL_UNREADABLE",
    });
  });
});

function doAny(pool: EvmContract, positions: [number, number, bigint][], chance: Chance): void {
  const [price] = pool.view<readonly [bigint]>("slot0");
  const near = Math.round(sqrtRatioToTick(price) / 60) * 60;
  const deed = positions.length === 0 ? 0 : chance.integer(0, 3);
  if (deed === 0) {
    const lower = near - 60 * chance.integer(-3, 40);
    const position: [number, number, bigint] = [lower, lower + 60 * chance.integer(1, 80), chance.amount(80)];
    positions.push(position);
    sendAndKeep(market.user, "mint", [pool.address, ...position]);
  } else if (deed === 1) {
    const [position] = positions.splice(chance.integer(0, positions.length - 1), 1);
    sendAndKeep(market.user, "burn", [pool.address, ...position!]);
  } else sendAndKeep(market.user, "swap", [pool.address, chance.isOneIn(2), chance.amount(70)]);
}
