import type { Hex } from "@trellis/base";
import type { Route } from "@trellis/contracts/arbitrage";
import type { StreamedEvent } from "@trellis/platform/http";
import { runtimeSettingsErrors } from "@trellis/platform/runtimeSettings";
import { type Evaluation, engineErrors, type TradeReport, type TrialReport } from "../../engine/index.ts";
import { ledgerErrors, type OpportunityHistory } from "../../ledger/index.ts";
import { addressOf } from "../../pools/testing/addresses.ts";
import { UNISWAP_V2_FEE, UniswapV2Pool } from "../../pools/uniswapV2/UniswapV2Pool.ts";
import { createMemoryRiskStore, createRisk, type RiskLimits } from "../../risk/index.ts";
import type { ArbitrageApiPorts, OfferedConfig } from "../ArbitrageApiPorts.ts";

const AT_MS = 1_790_000_000_000;
const TOKEN = addressOf(1);
const OTHER = addressOf(2);
export const OPPORTUNITY_ID = `0x${"01".repeat(32)}`;
const BLOCK_HASH: Hex = `0x${"bb".repeat(32)}`;
const BLOCK = { height: 7, hash: BLOCK_HASH };
const HEAD = { ...BLOCK, parentHash: BLOCK_HASH, timeSeconds: AT_MS / 1_000, baseFeeWei: 1n };
export const EXAMPLE_POOL: Hex = `0x${"11".repeat(20)}`;

export const EXAMPLE_HASH: Hex = `0x${"ab".repeat(32)}`;

export const LIMITS: RiskLimits = {
  profitTokens: new Set([TOKEN]),
  tradeWeiMax: 10n ** 18n,
  tokenDayWeiMax: 10n ** 19n,
  tokenDayWeiMaxOf: new Map([[TOKEN, 5n]]),
  chainDayWeiMax: 10n ** 19n,
  gasDayWeiMax: 10n ** 17n,
  lossDayWeiMax: 10n ** 16n,
  failuresMax: 3,
  gasPriceWeiMax: 10n ** 11n,
  dataAgeMsMax: 30_000,
  priceDeviationPpmMax: 0,
};

const route: Route = {
  anchor: { number: BLOCK.height, hash: BLOCK_HASH },
  windowBlocks: 1,
  deadlineSeconds: AT_MS / 1_000 + 60,
  profitMin: 5n,
  amountIn: 1_000n,
  hops: [
    { kind: "swapV2", pool: addressOf(0xa), tokenIn: TOKEN, zeroForOne: true, feePpm: 3_000 },
    { kind: "swapV2", pool: addressOf(0xb), tokenIn: OTHER, zeroForOne: false, feePpm: 3_000 },
  ],
};

export const executed: OpportunityHistory = {
  id: OPPORTUNITY_ID,
  chainId: 7331,
  block: BLOCK,
  route,
  expectedProfit: 5n,
  foundAtMs: AT_MS,
  outcome: "executed",
  simulations: [
    {
      simulator: "EVM",
      isSuccess: true,
      profit: 5n,
      gasUsed: 150_000n,
      failure: undefined,
      simulatedAtMs: AT_MS,
    },
  ],
  decisions: [
    {
      stage: "worth",
      isGo: true,
      code: "paysEnough",
      reason: '=net, "5" wei',
      figures: { netWei: 5n, isLate: false },
      decidedAtMs: AT_MS,
    },
  ],
  execution: {
    wallet: addressOf(0xe0),
    nonce: 4,
    outcome: "executed",
    changedAtMs: AT_MS + 1,
    inclusion: {
      transactionHash: `0x${"cd".repeat(32)}`,
      block: { height: 8, hash: `0x${"bc".repeat(32)}` },
      gasUsed: 150_000n,
      gasPriceWei: 2n,
      l1FeeWei: 11n,
    },
  },
  fills: [
    { place: 0, pool: addressOf(0xa), tokenIn: TOKEN, amountIn: 1_000n, tokenOut: OTHER, amountOut: 990n },
    { place: 1, pool: addressOf(0xb), tokenIn: OTHER, amountIn: 990n, tokenOut: TOKEN, amountOut: 1_005n },
  ],
};

export function fakeEngine(): ArbitrageApiPorts["engine"] {
  const pool = new UniswapV2Pool({
    address: addressOf(0xa),
    tokens: [TOKEN, OTHER],
    fee: UNISWAP_V2_FEE,
    reserves: [10_000n, 10_000n],
  });
  const amounts = [1_000n, 990n, 1_005n];
  const sized = { legs: [], amounts, amountIn: 1_000n, amountOut: 1_005n, profit: 5n, profitMax: 5n };
  const trade = {
    id: OPPORTUNITY_ID,
    block: HEAD,
    route,
    token: TOKEN,
    sized: { ...sized, truncated: [] },
    profitWei: 5n,
    notionalWei: 1_000n,
  };
  const known = (hops: readonly { readonly pool: Hex }[]): void => {
    if (hops.some(({ pool: asked }) => asked !== EXAMPLE_POOL))
      throw engineErrors.TRADE_REFUSED({ reason: "unknownPool" });
  };
  return {
    status: () => ({
      isLive: false,
      canBeLive: true,
      formerWallets: [OTHER],
      head: HEAD,
      pools: 1,
      stale: [{ pool: addressOf(0xb), reason: "SAMPLE" }],
      excluded: new Map([[OTHER, "is feeOnTransfer"]]),
      bookDifferences: [{ account: TOKEN, asset: "coin", booked: 1n, onChain: undefined }],
      blocks: 3,
      reopened: 0,
    }),
    watch: () => ({
      head: HEAD,
      book: { pools: () => [pool].values() },
      excluded: new Map([[OTHER, "is feeOnTransfer"]]),
      quarantined: new Map(),
      stale: [
        { source: { kind: "uniswap-v2", address: addressOf(0xb), tokens: [TOKEN, OTHER] }, reason: "SAMPLE" },
      ],
    }),
    async simulate({ hops }): Promise<TrialReport> {
      known(hops);
      const evaluation: Evaluation = {
        isGo: false,
        code: "simulationReverts",
        reason: "it reverts",
        simulation: { isSuccess: false, profit: 0n, gasUsed: 9n, failure: "ProfitTooLow(1,2)" },
        decision: undefined,
      };
      return { ...trade, isGo: false, code: evaluation.code, reason: evaluation.reason, evaluation };
    },
    async execute({ hops }): Promise<TradeReport> {
      known(hops);
      return { ...trade, outcome: "recorded", code: "paper", reason: "paper: no trading key" };
    },
  };
}

export function fakeLedger(): ArbitrageApiPorts["ledger"] {
  const coin = {
    chainId: 7331,
    asset: "coin",
    profit: 0n,
    gas: -3n,
    reference: -3n,
    unpricedCount: 0,
  } as const;
  return {
    storage: "partitions",
    history: async (id) => (id === executed.id ? executed : undefined),
    histories: async ({ after, outcomes }) =>
      after === undefined && (outcomes === undefined || outcomes.includes("executed")) ? [executed] : [],
    scans: async (after) =>
      after === undefined
        ? [
            {
              chainId: 7331,
              block: BLOCK,
              blockTimeMs: AT_MS,
              found: 9,
              examined: 20,
              sized: 5,
              trades: 2,
              truncated: ["trades"],
              dropped: { notExecutable: 3 },
              scannedAtMs: AT_MS,
            },
          ]
        : [],
    performance: async ({ fromMs }) => [
      {
        fromMs,
        outcomes: { found: 0, refused: 1, recorded: 2, open: 0, executed: 3, reverted: 1, expired: 1 },
        assets: [coin],
      },
      {
        fromMs: fromMs + 1,
        outcomes: { found: 0, refused: 1, recorded: 0, open: 0, executed: 0, reverted: 0, expired: 0 },
        assets: [{ ...coin, gas: -4n, reference: -4n }],
      },
    ],
    movements: async (after) =>
      after === 0n
        ? [
            {
              position: 1n,
              chainId: 7331,
              account: TOKEN,
              asset: "coin",
              kind: "gas",
              amount: -3n,
              reference: undefined,
              opportunityId: undefined,
              transactionHash: BLOCK_HASH,
              block: BLOCK,
              recordedAtMs: AT_MS,
            },
          ]
        : [],
  };
}

export const fakeTransfers: ArbitrageApiPorts["bookTransfers"] = async ([transactionHash = "0x"]) => {
  if (transactionHash !== EXAMPLE_HASH) throw ledgerErrors.TRANSFER_UNKNOWN({ transactionHash });
  return [
    {
      chainId: 7331,
      account: addressOf(0xe0),
      asset: "coin",
      kind: "transfer",
      amount: 5n,
      reference: 5n,
      opportunityId: undefined,
      transactionHash,
      block: BLOCK,
      recordedAtMs: AT_MS,
    },
  ];
};

export function fakeRisk(clock: { nowMs(): number }) {
  return createRisk({
    store: createMemoryRiskStore(),
    clock,
    killSwitch: async () => undefined,
    limits: () => LIMITS,
  });
}

const KEY = "threshold";

export function fakeConfig(): OfferedConfig {
  const made = { version: 1, key: KEY, value: "5", by: "user:admin", reason: "a busy day", timeMs: AT_MS };
  const known = (key = KEY): void => {
    if (key !== KEY) throw runtimeSettingsErrors.DYNAMIC_KEY_UNKNOWN({ key });
  };
  return {
    keys: [KEY],
    current: () => ({ [KEY]: "5" }),
    version: () => 1,
    changed: () => new Set([KEY]),
    about: () => ({ summary: "net profit that a trade must exceed, in wei", unit: "WEI" }),
    async change({ key, value, by, reason, basedOn = 1 }) {
      known(key);
      if (basedOn !== 1) throw runtimeSettingsErrors.DYNAMIC_VERSION_STALE({ got: basedOn, held: 1 });
      return { ...made, value, by, reason };
    },
    async history(key, before, limit) {
      known(key);
      return before === undefined ? [made].slice(0, limit) : [];
    },
  };
}

export function fakeEvents() {
  const events: StreamedEvent[] = [];
  const listeners = new Set<() => void>();
  return {
    events,
    announce: async (drafts: readonly { readonly kind: string; readonly data: object }[]) => {
      for (const { kind, data } of drafts)
        events.push({ position: events.length + 1, type: kind, timeMs: AT_MS, data });
      for (const listener of listeners) listener();
    },
    stream: {
      position: async () => events.length,
      oldest: async () => Math.min(2, events.length + 1),
      read: async (after: number, limit: number) => events.slice(after, after + limit),
      watch(listener: () => void) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}

export const wallets: ArbitrageApiPorts["wallets"] = async () => [
  {
    address: addressOf(0xe0),
    isExecutor: true,
    isOwner: false,
    block: BLOCK,
    coin: 9n,
    nonce: 4,
    inFlightCount: 1,
    liveDayMaxWei: 10n,
    tokens: [{ token: TOKEN, amount: undefined }],
  },
];

export const token: ArbitrageApiPorts["token"] = async (asked) => ({
  token: asked,
  symbol: asked === TOKEN ? "TOK" : undefined,
  decimals: undefined,
});

export const prices: ArbitrageApiPorts["prices"] = () => [
  { token: TOKEN, amount: 1n, wei: 1n, source: "settings" },
  { token: OTHER, amount: 10n ** 18n, wei: 3n, source: "pools" },
  { token: EXAMPLE_POOL, amount: 1n, wei: 2n, source: "settings" },
];
