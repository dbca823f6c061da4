import { type Metrics, silentLog, silentMetrics } from "@trellis/base";
import { type BlockLogs, type ChainClient, clientErrors } from "@trellis/client";
import type { Screening } from "../../compliance/index.ts";
import { createMemoryLedger } from "../../ledger/index.ts";
import { uniswapV2Factory } from "../../pools/book/PoolFactory.ts";
import type { PoolAddress } from "../../pools/Pool.ts";
import { addressOf, TOKEN_0 } from "../../pools/testing/addresses.ts";
import { UNISWAP_V2_FEE } from "../../pools/uniswapV2/UniswapV2Pool.ts";
import { createMemoryQueue, type TradeQueue } from "../../queue/index.ts";
import { createMemoryRiskStore, createRisk, type RiskLimits } from "../../risk/index.ts";
import type { SimulationResult, Simulator } from "../../simulation/index.ts";
import { createEngine, type EngineOptions } from "../createEngine.ts";
import type { EngineWallet } from "../EngineWallets.ts";
import type { LivePorts, Reference } from "../Trader.ts";
import { CODE_HASH, FACTORIES, FakeMarket, PAIRS, UNIT } from "./FakeMarket.ts";

export const EXECUTOR = addressOf(0xe0);
export const LIMITS: RiskLimits = {
  profitTokens: new Set([TOKEN_0]),
  tradeWeiMax: 1_000n * UNIT,
  tokenDayWeiMax: 10_000n * UNIT,
  tokenDayWeiMaxOf: new Map(),
  chainDayWeiMax: 10_000n * UNIT,
  gasDayWeiMax: UNIT,
  lossDayWeiMax: UNIT,
  failuresMax: 3,
  gasPriceWeiMax: 1_000n,
  dataAgeMsMax: 60_000,
  priceDeviationPpmMax: 0,
};

export const OPTIONS: EngineOptions = {
  chainId: 7331,
  factories: FACTORIES.map((address) => ({
    factory: uniswapV2Factory({ address, initCodeHash: CODE_HASH, fee: UNISWAP_V2_FEE }),
    fromHeight: 0,
  })),
  blocksMax: 8,
  scan: { hopsMax: 4, cyclesMax: 100 },
  sizedMax: 50,
  tradeWeiMax: LIMITS.tradeWeiMax,
  windowBlocks: 1,
  lifetimeSeconds: 60,
  prices: new Map([[TOKEN_0, { amount: 1n, wei: 1n }]]),
  arbitrageur: addressOf(0xab),
  executor: EXECUTOR,
  owner: addressOf(0x0e),
  isSimulated: true,
  afterSeconds: 1,
  gasMax: 1_000_000n,
  gasMarginPercent: 5,
  gasPriceWeiMax: LIMITS.gasPriceWeiMax,
  marginPpm: 0,
  thresholdWei: 0n,
  tradesMax: 4,
  probeBlocksMax: 100,
  sampleCount: 1,
};

interface BenchOptions {
  readonly live?: LivePorts;
  readonly options?: Partial<EngineOptions>;
  readonly screening?: Screening;
  readonly reference?: Reference;
  readonly queue?: TradeQueue;
  readonly former?: readonly EngineWallet[];
  readonly metrics?: Metrics;
  readonly node?: (market: FakeMarket) => { readonly client?: ChainClient; readonly blockLogs?: BlockLogs };
}

export function openEngineBench({
  live,
  options = {},
  screening = async () => undefined,
  reference,
  queue = createMemoryQueue({ worker: "bench", leaseMs: 5_000 }, { nowMs: () => 0 }),
  former = [],
  metrics = silentMetrics,
  node = () => ({}),
}: BenchOptions = {}) {
  const market = new FakeMarket();
  const ledger = createMemoryLedger();
  const clock = { nowMs: () => market.head.timeSeconds * 1_000 };
  const risk = createRisk({
    store: createMemoryRiskStore(),
    clock,
    killSwitch: async () => undefined,
    limits: () => LIMITS,
  });
  const bench = {
    market,
    ledger,
    risk,
    profit: 0n,
    arrivesPercent: 100n,
    muted: new Set<PoolAddress>(),
    simulated: 0,
    failure: undefined as "NODE_BLOCK_UNKNOWN" | undefined,
  };
  const simulator: Simulator = {
    name: "made up",
    async simulate({ steps }): Promise<SimulationResult> {
      const [{ from, to, data }] = steps;
      if (steps.length === 3) {
        const pool = from as PoolAddress;
        const percent = bench.muted.has(pool) ? undefined : bench.arrivesPercent;
        return probe(market.held(pool, to), BigInt(`0x${data.slice(-64)}`), percent);
      }
      if (bench.failure !== undefined) throw clientErrors[bench.failure]({ node: "made up" });
      bench.simulated += 1;
      return {
        before: [5n],
        outcomes: [{ isSuccess: true, gasUsed: 100_000n, output: "0x", balances: [5n + bench.profit] }],
      };
    },
  };
  const chain = { client: market.client(), blockLogs: market.blockLogs, ...node(market) };
  const ports = { ...chain, ledger, risk, clock, simulator };
  const random = { bytes: (count: number) => new Uint8Array(count) };
  const engine = createEngine(
    { ...OPTIONS, ...options },
    { ...ports, screening, random, log: silentLog, metrics, live, reference, queue, former },
  );
  return Object.assign(bench, { engine });
}

function probe(held: bigint, amount: bigint, percent: bigint | undefined): SimulationResult {
  const before = [held, 0n, 0n];
  const got = (amount * (percent ?? 0n)) / 100n;
  const outcome = (balances: readonly bigint[]) => ({
    isSuccess: percent !== undefined,
    gasUsed: 30_000n,
    output: "0x" as const,
    balances: percent === undefined ? before : balances,
  });
  return {
    before,
    outcomes: [
      outcome([held - amount, 0n, got]),
      outcome([held - 2n * amount, got, got]),
      outcome([held - amount, got - amount, got]),
    ],
  };
}

export const GAP = [[PAIRS[0], [1_000n * UNIT, 1_100n * UNIT]]] as const;
export const PROFIT = 997_439_185_835_187_298n;

export async function watching(options: Parameters<typeof openEngineBench>[0] = {}) {
  const bench = openEngineBench(options);
  await bench.engine.step();
  bench.profit = PROFIT;
  return bench;
}
