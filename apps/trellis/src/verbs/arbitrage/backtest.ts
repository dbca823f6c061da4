import {
  type Backtest,
  backtestCsv,
  backtestJson,
  type PastMarket,
  readRecordingFile,
  replayHistory,
  replayRecording,
  requireEvaluated,
  runBacktest,
} from "@trellis/arbitrage/backtest";
import { createScreening } from "@trellis/arbitrage/compliance";
import { createEngine, type EngineOptions } from "@trellis/arbitrage/engine";
import { createMemoryLedger } from "@trellis/arbitrage/ledger";
import { createMemoryQueue } from "@trellis/arbitrage/queue";
import { createMemoryRiskStore, createRisk } from "@trellis/arbitrage/risk";
import {
  engineOptions,
  isArbitrageurThere,
  openMarket,
  openReference,
  recordedMarket,
  tradingRules,
} from "@trellis/arbitrage/service";
import { readScreeningFile } from "@trellis/arbitrage/service/screening";
import { type Clock, silentLog, silentMetrics } from "@trellis/base";
import { platformErrors } from "@trellis/platform";
import type { ProcessIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";
import type { ArbitrageSettings } from "./settings.ts";

/** Replays FILE, or a node's history with `--past JSON`. @throws BACKTEST_UNJUDGED after the report */
export async function backtest(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const { past, options } = await openPast(settings, io);
  const report = await replay(past, options, settings, io);
  if (settings.csv) io.stdout.write(backtestCsv(report));
  else io.stdout.write(settings.json ? backtestJson(report) : forPeople(report));
  requireEvaluated(report);
}

interface Past {
  readonly past: PastMarket;
  readonly options: EngineOptions;
}

async function openPast(settings: ArbitrageSettings, io: ProcessIo): Promise<Past> {
  const [file] = settings.operands;
  if (file !== undefined) {
    const { session, ...past } = replayRecording(readRecordingFile(file));
    const { chainId, arbitrageur, executor, owner, isSimulated } = session;
    const planned = engineOptions({ ...settings, chain: chainId, owner, wallet: executor });
    return { past, options: { ...planned, arbitrageur, isSimulated } };
  }
  const { from, to, tip } = settings.past;
  if (to === 0)
    throw trellisErrors.USAGE_INVALID({
      action: "backtest",
      needed: 'FILE, or --past {"from": N, "to": N}',
    });
  if (to < from)
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "past",
      reason: "end before the start",
      from,
      to,
    });
  const market = await openMarket(settings, { metrics: silentMetrics, io });
  const newest = await market.client.block("latest");
  if (newest === undefined || newest.height < to)
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "past",
      reason: "end beyond the newest block",
      to,
      newest: newest?.height,
    });
  const planned = engineOptions(settings);
  const isSimulated = await isArbitrageurThere(planned, market, from);
  const past = replayHistory(market, { fromHeight: from, toHeight: to, tipWei: BigInt(tip) });
  return { past, options: { ...planned, isSimulated } };
}

/** Deterministic: the clock returns the head's time. */
async function replay(
  past: PastMarket,
  given: EngineOptions,
  settings: ArbitrageSettings,
  io: ProcessIo,
): Promise<Backtest> {
  // Random samples would make results differ between runs.
  const options = { ...given, sampleCount: 0 };
  const rules = tradingRules(
    { ...settings, live: false },
    options,
    await readScreeningFile(settings.screening.file),
  );
  const recorded =
    settings.recordDir === "" || settings.operands.length > 0
      ? undefined
      : recordedMarket(settings.recordDir, past.market, options, { clock: systemClock, log: silentLog });
  const market = recorded?.market ?? past.market;
  const { clock, client } = clockOf(market.client);
  try {
    const engine = createEngine(options, {
      ...market,
      client,
      clock,
      log: silentLog,
      live: undefined,
      metrics: silentMetrics,
      ledger: createMemoryLedger(),
      queue: createMemoryQueue({ worker: "backtest", leaseMs: 5_000 }, clock),
      random: { bytes: (count) => new Uint8Array(count) },
      screening: createScreening({ lists: () => rules.lists, checks: [], log: silentLog }),
      // Price feeds would return current prices.
      reference: await openReference({ ...settings, prices: { ...settings.prices, feeds: [] } }, options, {
        client,
        clock,
        log: silentLog,
        io,
      }),
      risk: createRisk({
        store: createMemoryRiskStore(),
        clock,
        killSwitch: async () => undefined,
        limits: () => rules.limits,
      }),
    });
    engine.change({ ...rules.engine, mayTrade: false });
    recorded?.follow(engine);
    return await runBacktest({ ...past, market }, engine);
  } finally {
    recorded?.close();
  }
}

function clockOf(client: PastMarket["market"]["client"]): {
  readonly clock: Clock;
  readonly client: PastMarket["market"]["client"];
} {
  let nowMs = 0;
  return {
    clock: { nowMs: () => nowMs },
    client: {
      ...client,
      async block(at) {
        const block = await client.block(at);
        if (at === "latest" && block !== undefined) nowMs = block.timeSeconds * 1_000;
        return block;
      },
    },
  };
}

function forPeople({ summary, trades }: Backtest): string {
  const { from, to, heads, found, recorded, distinct, profitWei, refused, failures, truncated } = summary;
  const { judged, unjudged } = summary;
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ") || "none";
  const lines = trades
    .filter(({ outcome }) => outcome !== "refused")
    .map(
      ({ height, amountIn, profitWei: worth, pools, isRepeated }) =>
        `  ${height}: ${amountIn} in, ${worth} wei${isRepeated ? ", open before" : ""}: ${pools.join(" → ")}`,
    );
  return [
    `blocks ${from.height} to ${to.height}, ${heads} heads: ${found} cycles paid, ${recorded} trades, ${distinct} gaps worth ${profitWei} wei before gas`,
    `evaluated: ${judged}, not evaluated because of errors: ${unjudged}`,
    ...lines,
    `refused: ${counts(refused)}`,
    `truncated: ${counts(truncated)}`,
    `failed steps: ${counts(failures)}`,
    "",
  ].join("\n");
}
