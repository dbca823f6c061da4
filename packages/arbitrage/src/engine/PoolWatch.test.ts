import { type ChainBlock, type ChainClient, clientErrors } from "@trellis/client";
import { describe, expect, it } from "vitest";
import type { PoolAddress, TokenAddress } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import { addressOf, TOKEN_0, TOKEN_1, TOKEN_2 } from "../pools/testing/addresses.ts";
import { blockOf } from "../pools/testing/logs.ts";
import { UNISWAP_V2_FEE, UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import { PoolWatch } from "./PoolWatch.ts";

const headAt = (height: number): ChainBlock => ({ ...blockOf(height), timeSeconds: height, baseFeeWei: 7n });

function readingPool(address: PoolAddress, tokens: readonly [TokenAddress, TokenAddress], isMoving = false) {
  const reads: bigint[] = [];
  const source: PoolSource = {
    kind: "made up",
    address,
    tokens: undefined,
    emitters: [address],
    isAbout: () => true,
    applyLog: () => "reread",
    isMoving: () => isMoving,
    differenceOf: () => undefined,
    async read() {
      const reserve = BigInt(reads.push(1n));
      return new UniswapV2Pool({ address, tokens, fee: UNISWAP_V2_FEE, reserves: [reserve, reserve] });
    },
  };
  return { source, reads };
}

function manyPools(count: number, failureOf: (place: number) => unknown = () => undefined) {
  const seen = { reads: Array.from({ length: count }, () => 0), atOnce: 0, atOnceMax: 0 };
  const pools = seen.reads.map((_, place): PoolSource => {
    const { source } = readingPool(addressOf(0x1000 + place), [TOKEN_0, TOKEN_1]);
    return {
      ...source,
      async read(caller, options) {
        seen.reads[place]! += 1;
        seen.atOnce += 1;
        seen.atOnceMax = Math.max(seen.atOnceMax, seen.atOnce);
        await Promise.resolve();
        seen.atOnce -= 1;
        const failure = failureOf(place);
        if (failure !== undefined) throw failure;
        return source.read(caller, options);
      },
    };
  });
  return { pools, seen };
}

const gone = () => clientErrors.NODE_UNREACHABLE({ node: "made up" });

function begin(pools: readonly PoolSource[]) {
  const client = {
    block: async (at: unknown) => headAt(Number(at)),
    call: async () => undefined,
    logs: async () => [],
  };
  const options = { factories: [], pools, blocksMax: 8 };
  return new PoolWatch(headAt(1), [], options, { client, blockLogs: async () => [] });
}

function watch(pools: readonly PoolSource[], tokens?: ReadonlySet<TokenAddress>) {
  const client: Pick<ChainClient, "block" | "call" | "logs"> = {
    block: async (at) => headAt(at === "latest" ? 1 : Number(at)),
    call: async () => undefined,
    logs: async () => [],
  };
  const options = { factories: [], pools, blocksMax: 8, ...(tokens && { tokens }) };
  return PoolWatch.open(options, { client, blockLogs: async () => [] });
}

describe("pools to be read", () => {
  it("AMM-13: are read in batches, several at once, also without new blocks", async () => {
    const { pools, seen } = manyPools(600);
    const watched = begin(pools);
    const looks = [256, 256, 88];
    for (const [look, touched] of looks.entries()) {
      expect(watched.isReading).toBe(true);
      expect((await watched.next(headAt(look === 2 ? 2 : 1)))?.touched.size).toBe(touched);
    }
    expect(await watched.next(headAt(2))).toBeUndefined();
    expect([watched.isReading, watched.stale, watched.graph.pools.length]).toEqual([false, [], 600]);
    expect(new Set(seen.reads)).toEqual(new Set([1]));
    expect(seen.atOnceMax).toBe(16);
  });

  it("AMM-13: a round without a readable pool fails, and the next round continues", async () => {
    let isAway = true;
    const { pools } = manyPools(20, () => (isAway ? gone() : undefined));
    const watched = begin(pools);
    await expect(watched.next(headAt(2))).rejects.toMatchObject({ code: "NODE_UNREACHABLE" });
    expect(watched.stale.map(({ reason }) => reason)).toEqual(pools.map(() => "UNREAD"));
    isAway = false;
    expect(await watched.next(headAt(2))).toMatchObject({ added: 1, touched: { size: 20 } });
  });

  it("AMM-13: unreadable pools do not delay other pools, and are read last", async () => {
    const bad = new Set([...Array(40).keys()]);
    const { pools, seen } = manyPools(50, (place) => (bad.has(place) ? gone() : undefined));
    const watched = begin(pools);
    for (let look = 0; look < 9; look += 1) await watched.next(headAt(1)).catch(() => undefined);
    expect(watched.stale).toHaveLength(40);
    expect(watched.isReading).toBe(false);
    const before = seen.reads.reduce((sum, reads) => sum + reads);
    expect(await watched.next(headAt(2))).toMatchObject({ added: 1, touched: new Set() });
    expect(seen.reads.reduce((sum, reads) => sum + reads) - before).toBe(16);
    bad.clear();
    expect((await watched.next(headAt(3)))?.touched.size).toBe(40);
    expect(watched.stale).toEqual([]);
  });

  it("AMM-13: a pool whose call the node refuses has no state; the round continues with other pools", async () => {
    const refused = () => clientErrors.NODE_REFUSED({ node: "made up" });
    const watched = begin(manyPools(2, (place) => (place === 0 ? refused() : undefined)).pools);
    expect(await watched.next(headAt(1))).toMatchObject({ touched: new Set([addressOf(0x1001)]) });
    expect(watched.stale).toMatchObject([{ reason: "NODE_REFUSED", tries: 1 }]);
    expect(watched.isReading).toBe(false);
  });

  it("AMM-13: if a node refuses every call, the node is at fault and not the pools", async () => {
    const refused = () => clientErrors.NODE_REFUSED({ node: "made up" });
    const watched = begin(manyPools(2, refused).pools);
    for (let look = 0; look < 2; look += 1) {
      await expect(watched.next(headAt(1))).rejects.toMatchObject({ code: "NODE_REFUSED" });
      expect([watched.isReading, watched.stale.map(({ tries }) => tries)]).toEqual([true, [0, 0]]);
    }
  });
});

describe("pools of a list", () => {
  it("are followed if two of their tokens are traded, and dropped otherwise", async () => {
    const wanted = readingPool(addressOf(0xa), [TOKEN_0, TOKEN_1]);
    const other = readingPool(addressOf(0xb), [TOKEN_0, TOKEN_2]);
    const opened = await watch([wanted.source, other.source], new Set([TOKEN_0, TOKEN_1]));
    expect([...opened.book.pools()].map(({ address }) => address)).toEqual([addressOf(0xa)]);
    expect(opened.listensTo(addressOf(0xb))).toBe(false);
    expect(opened.stale).toEqual([]);
    expect([TOKEN_0, TOKEN_1, TOKEN_2].map((token) => opened.graph.isTraded(token))).toEqual([
      true,
      true,
      false,
    ]);
    expect([...(await watch([other.source])).book.pools()]).toHaveLength(1);
  });

  it("AMM-12: a pool that changes with time is read at every block, others are not", async () => {
    const moving = readingPool(addressOf(0xa), [TOKEN_0, TOKEN_1], true);
    const resting = readingPool(addressOf(0xb), [TOKEN_0, TOKEN_1]);
    const opened = await watch([moving.source, resting.source]);
    for (const height of [2, 3])
      expect([...(await opened.next(headAt(height)))!.touched]).toEqual([addressOf(0xa)]);
    expect([moving.reads.length, resting.reads.length]).toEqual([3, 1]);
  });
});
