import { type BlockReference, clientErrors } from "@trellis/client";
import { describe, expect, it } from "vitest";
import { type MadeUpMarket, PAIRS, UNIT } from "./fixtures/MadeUpMarket.ts";
import { openEngineBench } from "./fixtures/openEngineBench.ts";

const GAP = [[PAIRS[0], [1_000n * UNIT, 1_100n * UNIT]]] as const;
/** The most that 1,000 and 1,100 units against 1,000 and 1,000 earn at 0.3 %, by trying inputs. */
const PROFIT = 997_439_185_835_187_298n;

/** An engine that saw the market without a gap. */
async function watching(options: Parameters<typeof openEngineBench>[0] = {}) {
  const bench = openEngineBench(options);
  await bench.engine.step();
  bench.profit = PROFIT;
  return bench;
}

/** A node that does not tell the logs of blocks. */
const withoutLogs = (isSilent: () => boolean) => (market: MadeUpMarket) => ({
  async blockLogs(block: BlockReference) {
    if (isSilent()) throw clientErrors.NODE_UNREACHABLE({ node: "made up" });
    return market.blockLogs(block);
  },
});

describe("following a chain", () => {
  it("ARB-28: an opening that takes more blocks than can be followed goes on where it was", async () => {
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
      terms: { sampleCount: 0 },
    });
    for (let step = 0; step < 2; step += 1) await bench.engine.step();
    bench.market.mine(GAP);
    bench.profit = PROFIT;
    expect((await bench.engine.step())!.trades).toMatchObject([{ outcome: "recorded" }]);
    expect(bench.engine.status()).toMatchObject({ pools: 2, reopened: 0, head: bench.market.head });
  });

  it("ARB-28: factories' logs are asked for some at a step, and after a failure from there on", async () => {
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

  it("ARB-28: a block whose logs cannot be had at once is looked at when they are there", async () => {
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

  it("ARB-28: a block whose logs are never told is passed over: all is read anew at the head", async () => {
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
