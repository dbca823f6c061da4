import { z } from "zod";
import {
  DECISION_STAGES,
  EXECUTION_OUTCOMES,
  MOVEMENT_KINDS,
  OPPORTUNITY_OUTCOMES,
  PERIODS,
} from "../ledger/index.ts";

// The fixture of `contract.test.ts` contains only each schema's first example.

const INTEGER = /^-?(?:0|[1-9][0-9]{0,77})$/;

/** Decimal text, because values exceed 2^53. */
export const integer = z
  .codec(
    z
      .string()
      .regex(INTEGER)
      .meta({ examples: ["1000"] }),
    z.bigint(),
    {
      decode: (text) => BigInt(text),
      encode: (value) => value.toString(),
    },
  )
  .meta({ id: "Integer", description: "integer as decimal text" });
export const amount = z
  .codec(
    z
      .string()
      .regex(/^[1-9][0-9]{0,38}$/)
      .meta({ examples: ["1000"] }),
    z.bigint(),
    { decode: (text) => BigInt(text), encode: (value) => value.toString() },
  )
  .meta({ id: "Amount", description: "base units, at least 1" });
export const address = z.templateLiteral(["0x", z.string().regex(/^[0-9a-f]{40}$/)]).meta({
  id: "Address",
  description: "20 bytes, lower case",
  examples: [`0x${"11".repeat(20)}`, `0x${"99".repeat(20)}`],
});
export const hash = z
  .templateLiteral(["0x", z.string().regex(/^[0-9a-f]{64}$/)])
  .meta({ id: "Hash", description: "32 bytes", examples: [`0x${"ab".repeat(32)}`] });
export const opportunityId = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .meta({
    id: "OpportunityId",
    description: "id of the route, equal in all processes",
    examples: [`0x${"01".repeat(32)}`, `0x${"99".repeat(32)}`],
  });
export const timeMs = z.int().min(0).meta({ id: "TimeMs", description: "Unix time in milliseconds" });
export const queryTimeMs = z.coerce
  .number()
  .int()
  .min(0)
  .max(8_640_000_000_000_000)
  .meta({ description: "Unix time in milliseconds", examples: [1_790_000_000_000] });
const asset = z
  .string()
  .regex(/^(?:coin|0x[0-9a-f]{40})$/)
  .meta({ id: "Asset", description: "token address, or coin for the chain's own coin" });
export const reason = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: "reason for the change, for the audit log", examples: ["a busy day"] });
const figures = z
  .record(z.string(), z.string())
  .meta({ description: "inputs of the decision; amounts in wei" });

export const block = z.strictObject({ height: z.int(), hash: z.string() }).meta({ id: "Block" });
const stop = z.strictObject({ by: z.string(), reason: z.string(), atMs: timeMs }).meta({ id: "Stop" });
export const mode = z.enum(["paper", "live"]).meta({ id: "Mode" });

export const status = z
  .strictObject({
    chainId: z.int(),
    mode,
    isLive: z.boolean().meta({ description: "whether trading is live" }),
    canBeLive: z.boolean().meta({ description: "whether a key for live trading is available" }),
    isSimulated: z.boolean().meta({ description: "false if the owner's contract is not deployed" }),
    wallet: z.string(),
    formerWallets: z
      .array(z.string())
      .meta({ description: "wallets whose trades must be settled before the wallet trades" }),
    owner: z.string(),
    arbitrageur: z.string(),
    head: block.nullable(),
    poolCount: z.int(),
    stalePoolCount: z.int(),
    excludedTokens: z.array(z.strictObject({ token: z.string(), reason: z.string() })),
    bookDifferences: z
      .array(z.strictObject({ account: z.string(), asset, booked: integer, onChain: integer.nullable() }))
      .nullable()
      .meta({ description: "differences between books and chain; null before the first comparison" }),
    blocks: z.int().meta({ description: "number of observed blocks" }),
    reopened: z.int().meta({ description: "how often the branch was lost and all pools were reloaded" }),
    settingsVersion: z.int(),
    storage: z.enum(["timescaledb", "partitions", "memory"]).meta({ description: "storage of time series" }),
    relays: z.array(z.string()).meta({
      description: "private relays; empty: public mempool",
    }),
  })
  .meta({ id: "Status" });

export const price = z
  .strictObject({
    token: z.string(),
    amount: integer.meta({ description: "base units of the token" }),
    wei: integer.meta({ description: "their value in wei of the chain's coin" }),
    source: z.enum(["settings", "pools"]),
  })
  .meta({ id: "Price" });

export const token = z
  .strictObject({
    token: z.string(),
    symbol: z.string().nullable().meta({ description: "symbol that the token reports, unverified" }),
    decimals: z.int().nullable(),
  })
  .meta({ id: "Token" });

export const pool = z
  .strictObject({
    address: z.string(),
    kind: z.string(),
    tokens: z.array(z.string()),
    isCertain: z
      .boolean()
      .meta({ description: "whether the state is known and the pool takes part in the search" }),
    reason: z.string().nullable().meta({ description: "why the pool is excluded" }),
    /**
     * Uniswap v2: reserve0, reserve1, feePpm; v3: sqrtPriceX96, liquidity, tick, feePpm; Curve: balances,
     * amplification, amplificationPrecision, fee, adminFee; Balancer: vault, balances, weights, fee.
     */
    state: figures.nullable(),
  })
  .meta({ id: "Pool" });

export const decision = z
  .strictObject({
    stage: z.enum(DECISION_STAGES),
    isGo: z.boolean(),
    code: z.string(),
    reason: z.string(),
    figures,
    decidedAtMs: timeMs,
  })
  .meta({ id: "Decision" });

const simulation = z
  .strictObject({
    simulator: z.string(),
    isSuccess: z.boolean(),
    profit: integer,
    gasUsed: integer,
    failure: z.string().nullable(),
    simulatedAtMs: timeMs,
  })
  .meta({ id: "Simulation" });

const hop = z
  .strictObject({ kind: z.string(), pool: z.string(), tokenIn: z.string(), tokenOut: z.string() })
  .meta({ id: "Hop" });

const fill = z
  .strictObject({
    place: z.int(),
    pool: z.string(),
    tokenIn: z.string(),
    amountIn: integer,
    tokenOut: z.string(),
    amountOut: integer,
  })
  .meta({ id: "Fill" });

const execution = z
  .strictObject({
    outcome: z.enum(EXECUTION_OUTCOMES),
    wallet: z.string(),
    nonce: z.int(),
    transactionHash: z.string().nullable(),
    block: block.nullable(),
    gasUsed: integer.nullable(),
    gasPriceWei: integer.nullable(),
    gasWei: integer.nullable().meta({ description: "gasUsed times gasPriceWei, plus l1FeeWei" }),
    profit: integer.nullable().meta({ description: "base units of the token; null unless executed" }),
    changedAtMs: timeMs,
    l1FeeWei: integer
      .nullable()
      .meta({ description: "data fee of a rollup in addition to gas; null without one" }),
  })
  .meta({ id: "Execution" });

export const outcome = z.enum(OPPORTUNITY_OUTCOMES).meta({ id: "Outcome" });

export const opportunity = z
  .strictObject({
    id: z.string(),
    chainId: z.int(),
    block,
    token: z.string().meta({ description: "first and last token of the cycle" }),
    pools: z.array(z.string()),
    hops: z.array(hop),
    amountIn: integer,
    expectedProfit: integer,
    foundAtMs: timeMs,
    outcome,
    decisions: z.array(decision),
    simulations: z.array(simulation),
    fills: z.array(fill),
    execution: execution.nullable(),
  })
  .meta({ id: "Opportunity" });

export const scan = z
  .strictObject({
    block,
    blockTimeMs: timeMs,
    found: z.int().meta({ description: "cycles with marginal profit" }),
    examined: z.int(),
    sized: z.int().meta({ description: "cycles that were sized exactly" }),
    trades: z.int().meta({ description: "cycles that became opportunities" }),
    truncated: z.array(z.string()).meta({ description: "limits that truncated the search" }),
    dropped: z
      .record(z.string(), z.int())
      .meta({ description: "sized cycles without an opportunity, by reason" }),
    scannedAtMs: timeMs,
  })
  .meta({ id: "Scan" });

const assetResult = z
  .strictObject({
    asset,
    profit: integer,
    gas: integer.meta({ description: "at most 0" }),
    reference: integer.meta({
      description: "profit and gas in wei of the chain's coin, at the prices when they were booked",
    }),
    unpricedCount: z.int(),
  })
  .meta({ id: "AssetResult" });

export const periodResult = z
  .strictObject({
    fromMs: timeMs,
    toMs: timeMs,
    opportunityCount: z.int(),
    refusedCount: z.int(),
    recordedCount: z.int(),
    openCount: z.int(),
    executedCount: z.int(),
    revertedCount: z.int(),
    expiredCount: z.int(),
    resultWei: integer.meta({ description: "profit less gas, of assets with a price" }),
    unpricedCount: z.int(),
    assets: z.array(assetResult),
  })
  .meta({ id: "PeriodResult" });
export const period = z.enum(PERIODS).meta({ id: "Period" });

export const movement = z
  .strictObject({
    position: integer,
    account: z.string(),
    asset,
    kind: z.enum(MOVEMENT_KINDS),
    amount: integer,
    reference: integer.nullable(),
    opportunityId: z.string().nullable(),
    transactionHash: z.string(),
    block,
    recordedAtMs: timeMs,
  })
  .meta({ id: "Movement" });

export const transfer = z
  .strictObject({
    account: z.string(),
    asset,
    kind: z.enum(MOVEMENT_KINDS),
    amount: integer,
    reference: integer.nullable(),
    transactionHash: z.string(),
    block,
  })
  .meta({ id: "Transfer" });

export const wallet = z
  .strictObject({
    address: z.string(),
    isExecutor: z.boolean(),
    isOwner: z.boolean(),
    mode,
    block: block.nullable(),
    coin: integer.nullable(),
    nonce: z.int().nullable(),
    inFlightCount: z.int(),
    liveDayMaxWei: integer.nullable(),
    tokens: z.array(z.strictObject({ token: z.string(), amount: integer.nullable() })),
  })
  .meta({ id: "Wallet" });

export const risk = z
  .strictObject({
    killed: stop.nullable(),
    breaker: stop.nullable(),
    killFile: z.string().nullable().meta({ description: "why the kill file stops trading" }),
    failuresInARow: z.int(),
    reservedCount: z.int(),
    day: z.string().meta({ description: "day in UTC, such as 2026-01-31" }),
    chainWei: integer.meta({ description: "volume of the day's trades" }),
    gasWei: integer,
    resultWei: integer,
    tokens: z.array(z.strictObject({ token: z.string(), movedWei: integer, maxWei: integer })),
    reserved: z.array(
      z.strictObject({ id: z.string(), token: z.string(), notionalWei: integer, gasWeiMax: integer }),
    ),
    limits: z.strictObject({
      tradeWeiMax: integer,
      tokenDayWeiMax: integer,
      chainDayWeiMax: integer,
      gasDayWeiMax: integer,
      lossDayWeiMax: integer,
      failuresMax: z.int(),
      gasPriceWeiMax: integer,
      dataAgeMsMax: z.int(),
    }),
  })
  .meta({ id: "Risk" });

export const trial = z
  .strictObject({
    dryRun: z.boolean(),
    outcome: z.enum(["refused", "wouldTrade", "recorded", "submitted"]),
    code: z.string(),
    reason: z.string(),
    opportunityId: z.string(),
    block,
    token: z.string(),
    hops: z.array(hop),
    amountIn: integer,
    expectedProfit: integer,
    simulation: z
      .strictObject({
        isSuccess: z.boolean(),
        profit: integer,
        gasUsed: integer,
        failure: z.string().nullable(),
      })
      .nullable(),
    figures,
  })
  .meta({ id: "Trial" });
