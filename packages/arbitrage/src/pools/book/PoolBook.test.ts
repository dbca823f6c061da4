import { pairAddressV2, poolAddressV3 } from "@trellis/contracts/arbitrage";
import { describe, expect, it } from "vitest";
import type { PoolAddress } from "../Pool.ts";
import { uniswapV2Source } from "../sources/uniswapV2Source.ts";
import { addressOf, TOKEN_0, TOKEN_1 } from "../testing/addresses.ts";
import { codeOf } from "../testing/codeOf.ts";
import { blockOf, hashOf, logOf } from "../testing/logs.ts";
import { UNISWAP_V2_FEE, UniswapV2Pool } from "../uniswapV2/UniswapV2Pool.ts";
import { type BookBlock, PoolBook } from "./PoolBook.ts";
import { uniswapV2Factory, uniswapV3Factory } from "./PoolFactory.ts";
import { refreshPools } from "./refreshPools.ts";
import { samplePools } from "./samplePools.ts";

const FACTORY = addressOf(0xfac);
const FACTORY_V3 = addressOf(0xfac3);
const CODE_HASH = hashOf(99);
const PAIR = pairAddressV2(FACTORY, CODE_HASH, TOKEN_0, TOKEN_1);
const POOL_V3 = poolAddressV3(FACTORY_V3, CODE_HASH, TOKEN_0, TOKEN_1, 3000);
const PAIR_CREATED = "PairCreated(address,address,address,uint256)";
const POOL_CREATED = "PoolCreated(address,address,uint24,int24,address)";
const TOKENS = [BigInt(TOKEN_0), BigInt(TOKEN_1)] as const;
const GONE = new Error("the node is gone");
const random = { bytes: (count: number) => new Uint8Array(count) };

function openBook(statesMax = 3): PoolBook {
  const factories = [
    uniswapV2Factory({ address: FACTORY, initCodeHash: CODE_HASH, fee: UNISWAP_V2_FEE }),
    uniswapV3Factory({ address: FACTORY_V3, initCodeHash: CODE_HASH }),
  ];
  return new PoolBook(blockOf(10), { factories, statesMax });
}

const created = (block: BookBlock, index = 0, pair = PAIR) =>
  logOf(block, index, FACTORY, PAIR_CREATED, TOKENS, [BigInt(pair), 1n]);
const synced = (block: BookBlock, index: number, reserves: readonly bigint[], pair: PoolAddress = PAIR) =>
  logOf(block, index, pair, "Sync(uint112,uint112)", [], reserves);
const reservesIn = (book: PoolBook) => (book.pool(PAIR) as UniswapV2Pool | undefined)?.reserves;

function bookWithPair(statesMax?: number): PoolBook {
  const book = openBook(statesMax);
  const block = blockOf(11);
  book.addBlock(block, [created(block), synced(block, 1, [5n, 7n])]);
  return book;
}

describe("branch", () => {
  it("adds and removes blocks that touch pools", () => {
    const book = bookWithPair();
    const block = blockOf(12);
    const { touched } = book.addBlock(block, [
      synced(block, 3, [6n, 6n]),
      synced(block, 4, [8n, 5n]),
      synced(block, 5, [1n, 1n], addressOf(77)),
    ]);
    expect([...touched]).toEqual([PAIR]);
    expect(reservesIn(book)).toEqual([8n, 5n]);
    expect([...book.removeBlock(block.hash).touched]).toEqual([PAIR]);
    expect(reservesIn(book)).toEqual([5n, 7n]);
    const other = blockOf(12, 1, 0);
    book.addBlock(other, []);
    expect(book.head).toBe(other);
    expect(reservesIn(book)).toEqual([5n, 7n]);
  });

  it("removes what was read in a removed block", () => {
    const book = openBook();
    book.follow(uniswapV2Source({ address: PAIR, tokens: [TOKEN_0, TOKEN_1], fee: UNISWAP_V2_FEE }));
    const block = blockOf(11);
    book.addBlock(block, [synced(block, 0, [1n, 1n])]);
    expect(reservesIn(book)).toBe(undefined);
    book.put(pairOf([5n, 7n]), block.hash);
    expect(reservesIn(book)).toEqual([5n, 7n]);
    book.removeBlock(block.hash);
    expect([...book.stale()].map(({ reason }) => reason)).toEqual(["UNREAD"]);
  });

  it("never restores a dropped pool", () => {
    const book = bookWithPair();
    const block = blockOf(12);
    book.addBlock(block, [synced(block, 0, [6n, 6n])]);
    book.forget(PAIR);
    book.removeBlock(block.hash);
    expect(book.source(PAIR)).toBe(undefined);
    expect([...book.addBlock(blockOf(12, 2, 0), []).touched]).toEqual([]);
  });

  it("BRANCH_LOST: a gap, another branch, a wrong height", () => {
    const book = bookWithPair();
    expect(codeOf(() => book.addBlock(blockOf(13), []))).toBe(
      "BRANCH_LOST the block does not follow the head",
    );
    expect(codeOf(() => book.addBlock(blockOf(12, 1), []))).toBe(
      "BRANCH_LOST the block does not follow the head",
    );
    expect(codeOf(() => book.addBlock({ ...blockOf(12), height: 13 }, []))).toBe(
      "BRANCH_LOST the block does not follow the head",
    );
  });

  it("BRANCH_LOST: logs of another block, or in another order", () => {
    const book = bookWithPair();
    const block = blockOf(12);
    expect(codeOf(() => book.addBlock(block, [synced(blockOf(12, 1), 0, [1n, 1n])]))).toBe(
      "BRANCH_LOST logs from another block or out of order",
    );
    expect(codeOf(() => book.addBlock(block, [synced(block, 1, [1n, 1n]), synced(block, 1, [2n, 2n])]))).toBe(
      "BRANCH_LOST logs from another block or out of order",
    );
    expect(reservesIn(book)).toEqual([5n, 7n]);
    expect(book.head.height).toBe(11);
  });

  it("BRANCH_LOST: another block is removed, or was read", () => {
    const book = bookWithPair();
    expect(codeOf(() => book.removeBlock(hashOf(10)))).toBe("BRANCH_LOST the block is not the head");
    expect(codeOf(() => book.put(pairOf([1n, 1n]), hashOf(10)))).toBe(
      "BRANCH_LOST the block is not the head",
    );
  });

  it("BRANCH_LOST: more blocks are lost than were kept", () => {
    const book = bookWithPair(2);
    for (const height of [12, 13]) book.addBlock(blockOf(height), []);
    book.removeBlock(hashOf(13));
    book.removeBlock(hashOf(12));
    expect(codeOf(() => book.removeBlock(hashOf(11)))).toBe("BRANCH_LOST older states are not kept");
    expect(reservesIn(book)).toEqual([5n, 7n]);
  });
});

describe("false data", () => {
  it("POOL_LOG_INVALID, POOL_INVALID: a pool with an impossible log has no state until it is read", () => {
    for (const [words, code] of [
      [[1n], "POOL_LOG_INVALID"],
      [[1n << 112n, 1n], "POOL_INVALID"],
    ] as const) {
      const book = bookWithPair();
      const block = blockOf(12);
      expect([
        ...book.addBlock(block, [synced(block, 0, words), synced(block, 1, [2n, 2n])]).touched,
      ]).toEqual([PAIR]);
      expect(reservesIn(book)).toBe(undefined);
      expect([...book.stale()].map(({ reason }) => reason)).toEqual([code]);
    }
  });

  it("FACTORY_LOG_INVALID: pools that the factory cannot have created", () => {
    const book = openBook();
    const block = blockOf(11);
    const v3 = (index: number, tokens: readonly bigint[], fee: bigint, pool: PoolAddress) =>
      logOf(block, index, FACTORY_V3, POOL_CREATED, [...tokens, fee], [60n, BigInt(pool)]);
    const { created: made, refused } = book.addBlock(block, [
      created(block, 0, addressOf(5)),
      logOf(block, 1, FACTORY, PAIR_CREATED, TOKENS.toReversed(), [BigInt(PAIR), 1n]),
      logOf(block, 2, FACTORY, PAIR_CREATED, [1n << 200n, 2n], [BigInt(PAIR), 1n]),
      logOf(block, 3, FACTORY, PAIR_CREATED, TOKENS, []),
      v3(4, TOKENS, 500n, POOL_V3),
      v3(5, TOKENS, 1n << 255n, POOL_V3),
      v3(6, [], 3000n, POOL_V3),
      v3(7, TOKENS, 3000n, POOL_V3),
      logOf(block, 8, FACTORY, "OwnerChanged(address,address)", [1n, 2n], []),
    ]);
    expect(made).toEqual([POOL_V3]);
    expect(refused.map(({ code }) => code)).toEqual(new Array(7).fill("FACTORY_LOG_INVALID"));
  });

  it("FACTORY_LOG_INVALID: a factory creates a pool twice; ARGUMENT_INVALID: it is followed twice", () => {
    const book = bookWithPair();
    const block = blockOf(12);
    expect(book.addBlock(block, [created(block)]).refused).toEqual([
      { factory: FACTORY, code: "FACTORY_LOG_INVALID" },
    ]);
    expect(reservesIn(book)).toEqual([5n, 7n]);
    expect(codeOf(() => book.follow(book.source(PAIR)!))).toBe("ARGUMENT_INVALID a pool is followed once");
  });

  it("ARGUMENT_INVALID: unknown pool", () => {
    const book = openBook();
    expect(codeOf(() => book.invalidate(PAIR, "SAMPLE"))).toBe("ARGUMENT_INVALID the pool is in the book");
    expect(codeOf(() => book.put(pairOf([1n, 1n]), book.head.hash))).toBe(
      "ARGUMENT_INVALID the pool is in the book",
    );
  });
});

describe("reading", () => {
  const silent = { call: async () => undefined };
  const gone = {
    call: async () => {
      throw GONE;
    },
  };

  it("POOL_UNREADABLE: a pool that does not answer stays without a state", async () => {
    const book = bookWithPair();
    book.invalidate(PAIR, "SAMPLE");
    expect(await refreshPools(book, silent)).toMatchObject({
      failed: [{ pool: PAIR, code: "POOL_UNREADABLE" }],
    });
    expect([...book.stale()].map(({ reason }) => reason)).toEqual(["POOL_UNREADABLE"]);
  });

  it("a failure of the node is not attributed to the pool", async () => {
    const book = bookWithPair();
    await expect(samplePools(book, gone, random, { count: 1 })).rejects.toBe(GONE);
    expect(reservesIn(book)).toEqual([5n, 7n]);
    book.invalidate(PAIR, "SAMPLE");
    await expect(refreshPools(book, gone)).rejects.toBe(GONE);
  });

  it("a new block aborts the read and discards its results", async () => {
    const book = bookWithPair();
    const moving = {
      call: async () => {
        if (book.head.height === 11) book.addBlock(blockOf(12), []);
        return undefined;
      },
    };
    expect(await samplePools(book, moving, random, { count: 1 })).toEqual({
      checked: 0,
      wrong: [],
      isOvertaken: true,
    });
    expect(reservesIn(book)).toEqual([5n, 7n]);
    book.removeBlock(hashOf(12));
    book.invalidate(PAIR, "SAMPLE");
    expect(await refreshPools(book, moving)).toMatchObject({ isOvertaken: true, failed: [] });
    expect([...book.stale()].map(({ reason }) => reason)).toEqual(["SAMPLE"]);
  });
});

function pairOf(reserves: readonly [bigint, bigint]): UniswapV2Pool {
  return new UniswapV2Pool({ address: PAIR, tokens: [TOKEN_0, TOKEN_1], fee: UNISWAP_V2_FEE, reserves });
}
