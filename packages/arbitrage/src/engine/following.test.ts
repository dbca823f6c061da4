import { type BlockReference, clientErrors } from "@trellis/client";
import { describe, expect, it } from "vitest";
import type { PoolSource } from "../pools/sources/PoolSource.ts";
import { addressOf, TOKEN_0, TOKEN_1, TOKEN_2 } from "../pools/testing/addresses.ts";
import { UNISWAP_V2_FEE, UniswapV2Pool } from "../pools/uniswapV2/UniswapV2Pool.ts";
import type { NonceSlot } from "../submission/index.ts";
import { createMemoryNonceSlotStore } from "../submission/testing/createMemoryNonceSlotStore.ts";
import { type FakeMarket, PAIRS, UNIT } from "./testing/FakeMarket.ts";
import { GAP, LIMITS, OPTIONS, openEngineBench, PROFIT, watching } from "./testing/openEngineBench.ts";

const withoutLogs = (isSilent: () => boolean) => (market: FakeMarket) => ({
  async blockLogs(block: BlockReference) {
    if (isSilent()) throw clientErrors.NODE_UNREACHABLE({ node: "made up" });
    return market.blockLogs(block);
  },
});

describe("following a chain", () => {
  it("ARB-28: an opening of more blocks than can be followed resumes where it was", async () => {
    const bench = openEngineBench({
      node: (market) => {
        const client = market.client();
        const mine = (count: number) => {
          for (let block = 0; block < count; block += 1) market.mine();
        };
        return {
          client: {
            ...client,
            async logs(filter) {
              mine(3);
              return client.logs(filter);
            },
            async call(to, data, hash) {
              mine(1);
              return client.call(to, data, hash);
            },
          },
        };
      },
      options: { sampleCount: 0 },
    });
    for (let step = 0; step < 2; step += 1) await bench.engine.step();
    bench.market.mine(GAP);
    bench.profit = PROFIT;
    expect((await bench.engine.step())!.trades).toMatchObject([{ outcome: "recorded" }]);
    expect(bench.engine.status()).toMatchObject({ pools: 2, reopened: 0, head: bench.market.head });
  });

  it("ARB-28: requests factory logs in parts, and resumes after a failure", async () => {
    const asked: number[] = [];
    let isAway = true;
    const bench = openEngineBench({
      node: (market) => {
        const client = market.client();
        const head = { ...market.head, height: 600_000 };
        return {
          client: {
            ...client,
            block: async (at) => (at === "latest" ? head : client.block(at)),
            async logs({ fromHeight, ...filter }) {
              if (isAway && fromHeight > 400_000) throw clientErrors.NODE_UNREACHABLE({ node: "made up" });
              asked.push(fromHeight);
              return client.logs({ fromHeight, ...filter });
            },
          },
        };
      },
    });
    const { engine } = bench;
    expect(await engine.step()).toBeUndefined();
    expect(engine.watch()).toBeUndefined();
    expect(asked.length).toBeGreaterThan(16);
    expect(asked.length).toBeLessThan(100);
    for (let step = 0; step < 9; step += 1)
      await engine
        .step()
        .catch((error: unknown) => expect(error).toMatchObject({ code: "NODE_UNREACHABLE" }));
    isAway = false;
    for (let step = 0; step < 9; step += 1) await engine.step();
    expect(engine.status()).toMatchObject({ pools: 2, head: { height: 600_000 } });
    const firsts = Array.from({ length: 121 }, (_, place) => place * 5_000);
    expect(new Set(asked)).toEqual(new Set(firsts));
    expect(asked.length).toBeLessThan(2 * firsts.length + 16);
  });

  it("ARB-36: reports outcomes of trades while factory logs are requested, and after a failure", async () => {
    let isAway = true;
    const job = { id: "a", call: { to: OPTIONS.owner, data: "0x" }, gasLimit: 1n, lastBlock: 2 } as const;
    const attempt = {
      hash: "0x01",
      raw: "0x02",
      nonce: 0,
      gasLimit: 1n,
      maxFeeWei: 1n,
      maxTipWei: 1n,
    } as const;
    const slot: NonceSlot = {
      nonce: 0,
      state: "final",
      inclusion: undefined,
      version: 2,
      attempts: [{ ...attempt, job, preparedAtMs: 1 }],
    };
    const { engine, market, ledger, risk } = openEngineBench({
      live: {
        slots: { ...createMemoryNonceSlotStore(), open: async () => [slot], findJob: async () => slot },
        submitter: { advance: async () => [], submit: async () => slot, isSettled: async () => false },
      },
      node: (behind) => {
        const client = behind.client();
        return {
          client: {
            ...client,
            block: async (at) => (at === "latest" ? { ...behind.head, height: 600_000 } : client.block(at)),
            async logs(filter) {
              if (isAway) throw clientErrors.NODE_UNREACHABLE({ node: "made up" });
              return client.logs(filter);
            },
          },
        };
      },
    });
    const route = {
      anchor: { number: 1, hash: market.head.hash },
      windowBlocks: 1,
      deadlineSeconds: 1_000,
      profitMin: 1n,
      amountIn: 1n,
      hops: [{ kind: "swapV2", pool: PAIRS[0], tokenIn: TOKEN_0, zeroForOne: true, feePpm: 3_000 }],
    } as const;
    const found = { chainId: OPTIONS.chainId, block: market.head, expectedProfit: 1n, foundAtMs: 1 };
    await ledger.addOpportunity({ id: "a", ...found, route });
    await risk.admit({
      id: "a",
      token: TOKEN_0,
      notionalWei: 1n,
      gasWeiMax: 1n,
      gasPriceWei: 1n,
      pools: [PAIRS[0]],
      height: 1,
      lastBlock: 2,
      priceDeviationPpm: LIMITS.priceDeviationPpmMax,
      blockTimeMs: market.head.timeSeconds * 1_000,
    });
    await expect(engine.step()).rejects.toMatchObject({ code: "NODE_UNREACHABLE" });
    isAway = false;
    const jobs = [{ id: "a", outcome: "expired", profitWei: 0n, gasWei: 0n }];
    expect(await engine.step()).toMatchObject({ block: { height: 600_000 }, jobs, trades: [] });
    expect(engine.watch()).toBeUndefined();
    expect(await engine.step()).toBeUndefined();
  });

  it("ARB-30: several rounds at one block are one scan", async () => {
    let isAway = true;
    const pool = (place: number, tokens: UniswapV2Pool["tokens"], reserve = 1_000n): PoolSource => {
      const address = addressOf(0x1000 + place);
      const reserves = [1_000n * UNIT, reserve * UNIT] as const;
      return {
        kind: "made up",
        address,
        tokens: undefined,
        emitters: [address],
        isAbout: () => true,
        applyLog: () => "reread",
        differenceOf: () => undefined,
        async read() {
          if (isAway && place >= 16) throw clientErrors.NODE_UNREACHABLE({ node: "made up" });
          return new UniswapV2Pool({ address, tokens, fee: UNISWAP_V2_FEE, reserves });
        },
      };
    };
    const others = Array.from({ length: 14 }, (_, place) =>
      pool(2 + place, [TOKEN_1, addressOf(0x9000 + place)]),
    );
    const pools = [
      ...[pool(0, [TOKEN_0, TOKEN_1]), pool(1, [TOKEN_0, TOKEN_1], 1_100n), ...others],
      ...[pool(16, [TOKEN_0, TOKEN_2]), pool(17, [TOKEN_0, TOKEN_2], 1_100n)],
    ];
    const { engine, ledger } = openEngineBench({
      options: { factories: [], pools, tradesMax: 0, sampleCount: 0 },
    });
    const first = (await engine.step())!;
    isAway = false;
    const second = (await engine.step())!;
    expect(second.block).toEqual(first.block);
    expect([first.found, second.found]).toEqual([1, 1]);
    const sums = { found: 2, trades: 2, sized: first.sized + second.sized };
    const examined = first.examined + second.examined;
    expect(await ledger.scans(undefined, 9)).toMatchObject([{ ...sums, examined }]);
  });

  it("ARB-28: processes a block with delayed logs once they arrive", async () => {
    let failures = 0;
    const { engine, market } = await watching({ node: withoutLogs(() => failures-- > 0) });
    market.mine(GAP);
    failures = 3;
    for (let step = 0; step < 3; step += 1)
      await expect(engine.step()).rejects.toMatchObject({ code: "NODE_UNREACHABLE" });
    expect(engine.status()).toMatchObject({ reopened: 0, pools: 2, head: { height: 1 } });
    const report = await engine.step();
    expect(report).toMatchObject({ seen: { added: 1 }, trades: [{ outcome: "recorded" }] });
    expect(engine.status()).toMatchObject({ reopened: 0, blocks: 1 });
  });

  it("ARB-28: skips a block whose logs never arrive, and reads everything again at the head", async () => {
    let isSilent = false;
    const { engine, market } = await watching({ node: withoutLogs(() => isSilent) });
    market.mine(GAP);
    isSilent = true;
    let failures = 0;
    while (engine.status().reopened === 0 && failures < 100) {
      await engine.step().catch(() => undefined);
      failures += 1;
    }
    expect(failures).toBe(10);
    expect((await engine.step())!.trades).toMatchObject([{ outcome: "recorded" }]);
    expect(engine.status()).toMatchObject({ head: market.head, pools: 2 });
  });
});
