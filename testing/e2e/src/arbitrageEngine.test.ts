import { UNISWAP_V2_FEE, uniswapV2Factory } from "@trellis/arbitrage";
import { type ArbitrageEngine, type BlockReport, createEngine } from "@trellis/arbitrage/engine";
import { openLedger } from "@trellis/arbitrage/ledger";
import { createMemoryQueue } from "@trellis/arbitrage/queue";
import { createMemoryRiskStore, createRisk } from "@trellis/arbitrage/risk";
import { createEvmSimulator } from "@trellis/arbitrage/simulation";
import { createPublicRelay, Submitter } from "@trellis/arbitrage/submission";
import { createMemoryNonceSlotStore } from "@trellis/arbitrage/testing/createMemoryNonceSlotStore";
import { LIMITS, OPTIONS } from "@trellis/arbitrage/testing/openEngineBench";
import { silentLog, silentMetrics } from "@trellis/base";
import {
  type ChainClient,
  createRpcBlockLogs,
  createRpcChainClient,
  createRpcStateClient,
  createSender,
  openRpcEndpoint,
} from "@trellis/client";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { createEvm } from "@trellis/evm";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { type Database, openDatabase } from "@trellis/platform/db";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deployMarket, PAIR_CODE_HASH } from "./arbitrageMarket.ts";
import { MNEMONIC } from "./chain.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";

const UNIT = 10n ** 18n;
const FEE_LIMIT_WEI = 10n ** 12n;
const accounts = accountsFromMnemonic(MNEMONIC, 2);

const url = await embeddedDatabase();
let devnet: Devnet;
let database: Database;
beforeAll(async () => {
  devnet = await startDevnet({ args: ["--block-time", "500"] });
  database = openDatabase({ url }, SILENT);
});
afterAll(async () => {
  await database?.close();
  await devnet?.stop();
});

async function until(engine: ArbitrageEngine, isIt: (report: BlockReport) => boolean): Promise<BlockReport> {
  for (let step = 0; step < 400; step += 1) {
    const report = await engine.step();
    if (report !== undefined && isIt(report)) return report;
    await new Promise<void>((resolve) => systemScheduler.after(50, resolve));
  }
  throw new Error(`the engine waits in vain: ${JSON.stringify(engine.status().head)}`);
}

async function balanceOf(client: ChainClient, token: `0x${string}`, account: string): Promise<bigint> {
  const head = await client.block("latest");
  return BigInt((await client.call(token, `0x70a08231${account.slice(2).padStart(64, "0")}`, head!.hash))!);
}

describe("engine on a devnet", () => {
  it("records a gap in paper mode, and live closes it by one transaction with the predicted profit to the wei", async () => {
    const { chainId } = devnet.ready;
    const request = openRpcEndpoint({ name: "devnet", url: devnet.rpcUrl }, { metrics: silentMetrics });
    const client = createRpcChainClient("devnet", chainId, request);
    const senderOf = ({ privateKey }: (typeof accounts)[number]) =>
      createSender(
        { chainId, feeLimitWei: FEE_LIMIT_WEI },
        { client, signer: createLocalSigner(privateKey) },
      );
    const [owner, trader] = accounts.map(senderOf) as [
      ReturnType<typeof senderOf>,
      ReturnType<typeof senderOf>,
    ];
    const market = await deployMarket(client, trader, owner);
    const { base, pairs, arbitrageur } = market;

    const open = async (isLive: boolean) => {
      const ledger = await openLedger(database, isLive ? "live" : "paper");
      const limits = { ...LIMITS, profitTokens: new Set([base]), gasPriceWeiMax: FEE_LIMIT_WEI };
      const risk = createRisk({
        store: createMemoryRiskStore(),
        clock: systemClock,
        killSwitch: async () => undefined,
        limits: () => limits,
      });
      const slots = createMemoryNonceSlotStore();
      const submitting = {
        client,
        sender: owner,
        relay: createPublicRelay(client),
        store: slots,
        clock: systemClock,
        log: silentLog,
      };
      const submitter = new Submitter(
        { rule: "finalized", replaceAfterMs: 10_000, inFlightMax: 1 },
        submitting,
      );
      const states = createRpcStateClient("devnet", chainId, request);
      const engine = createEngine(
        {
          ...OPTIONS,
          chainId,
          arbitrageur,
          executor: owner.address,
          owner: owner.address,
          factories: market.factories.map((address) => ({
            factory: uniswapV2Factory({ address, initCodeHash: PAIR_CODE_HASH, fee: UNISWAP_V2_FEE }),
            fromHeight: 0,
          })),
          prices: new Map([[base, { amount: 1n, wei: 1n }]]),
          gasPriceWeiMax: FEE_LIMIT_WEI,
          windowBlocks: 40,
          blocksMax: 64,
          sampleCount: 0,
        },
        {
          client,
          ledger,
          risk,
          clock: systemClock,
          random: systemRandom,
          log: silentLog,
          metrics: silentMetrics,
          blockLogs: createRpcBlockLogs("devnet", chainId, request),
          simulator: createEvmSimulator(
            { chainId },
            { evm: createEvm({ random: systemRandom }), client: states },
          ),
          reference: undefined,
          queue: createMemoryQueue({ worker: "devnet", leaseMs: 5_000 }, systemClock),
          screening: async () => undefined,
          live: isLive ? { submitter, slots } : undefined,
        },
      );
      return { engine, ledger };
    };

    const paper = await open(false);
    expect(await paper.engine.step()).toMatchObject({ found: 0 });
    expect(paper.engine.status()).toMatchObject({ pools: 2, stale: [], isLive: false });
    await market.openGap(pairs[0]!, 50n * UNIT);
    const recorded = await until(paper.engine, ({ trades }) =>
      trades.some(({ outcome }) => outcome === "recorded"),
    );
    const [onPaper] = recorded.trades;
    const nonceBefore = await client.nextNonce(owner.address, "pending");
    const before = await balanceOf(client, base, owner.address);

    const { engine, ledger } = await open(true);
    const submitted = await until(engine, ({ trades }) =>
      trades.some(({ outcome }) => outcome === "submitted"),
    );
    const [trade] = submitted.trades;
    expect(trade!.sized.profit).toBe(onPaper!.sized.profit);
    const done = await until(engine, ({ jobs }) => jobs.length > 0);
    const history = (await ledger.history(trade!.id))!;
    expect(done.jobs).toMatchObject([{ id: trade!.id, outcome: "executed", profitWei: trade!.sized.profit }]);
    expect(history).toMatchObject({
      execution: { outcome: "executed" },
      expectedProfit: trade!.sized.profit,
    });
    expect(history.decisions.map(({ stage, isGo }) => [stage, isGo])).toEqual([
      ["worth", true],
      ["risk", true],
      ["submission", true],
    ]);
    expect(await client.nextNonce(owner.address, "pending")).toBe(nonceBefore + 1);
    expect((await balanceOf(client, base, owner.address)) - before).toBe(trade!.sized.profit);
    expect(await balanceOf(client, base, arbitrageur)).toBe(0n);
    expect(engine.status().bookDifferences).toEqual([]);
    const { height } = history.execution!.inclusion!.block;
    const after = await until(engine, ({ block }) => block.height > height);
    expect(after.trades).toEqual([]);
  });
});
