import type { ChainBlock, ChainClient } from "@trellis/client";
import { describe, expect, it } from "vitest";
import { addressOf, TOKEN_0, TOKEN_1, TOKEN_2 } from "../pools/fixtures/addresses.ts";
import { blockOf } from "../pools/fixtures/logs.ts";
import type { PoolAddress, TokenAddress } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import { UNISWAP_V2_FEE, UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import { PoolWatch } from "./PoolWatch.ts";

const headAt = (height: number): ChainBlock => ({ ...blockOf(height), timeSeconds: height, baseFeeWei: 7n });

/** A pool whose tokens only its contract tells, and how often it was read. */
function readingPool(address: PoolAddress, tokens: readonly [TokenAddress, TokenAddress], isMoving = false) {
  const reads: bigint[] = [];
  const source: PoolSource = {
    ...{ kind: "made up", address, tokens: undefined, emitters: [address] },
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

function watch(pools: readonly PoolSource[], tokens?: ReadonlySet<TokenAddress>) {
  const client: Pick<ChainClient, "block" | "call" | "logs"> = {
    block: async (at) => headAt(at === "latest" ? 1 : Number(at)),
    call: async () => undefined,
    logs: async () => [],
  };
  const options = { factories: [], pools, blocksMax: 8, ...(tokens && { tokens }) };
  return PoolWatch.open(options, { client, blockLogs: async () => [] });
}

describe("pools of a list", () => {
  it("of which two tokens are wanted are followed, others are forgotten once they are read", async () => {
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

  it("AMM-12: one that moves by time is read at every block, others are not", async () => {
    const moving = readingPool(addressOf(0xa), [TOKEN_0, TOKEN_1], true);
    const resting = readingPool(addressOf(0xb), [TOKEN_0, TOKEN_1]);
    const opened = await watch([moving.source, resting.source]);
    for (const height of [2, 3])
      expect([...(await opened.next(headAt(height)))!.touched]).toEqual([addressOf(0xa)]);
    expect([moving.reads.length, resting.reads.length]).toEqual([3, 1]);
  });
});
