import { type FoundTrade, findTrades, PoolWatch } from "@trellis/arbitrage/engine";
import { engineOptions, type Market, openMarket, openWallet } from "@trellis/arbitrage/service";
import { simulateRoute } from "@trellis/arbitrage/simulation";
import { silentMetrics } from "@trellis/base";
import type { ProcessIo } from "@trellis/platform/service";
import type { ArbitrageSettings } from "./settings.ts";

export async function scan(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  await scanOnce(settings, io, async (trade) => shown(trade));
}

export async function simulate(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const options = engineOptions(settings, (await openWallet(settings, io))?.calls.address);
  const { arbitrageur, executor, owner, afterSeconds, gasMax: gasLimit } = options;
  await scanOnce(settings, io, async (trade, { simulator }) => {
    const { route, block } = trade;
    const input = { route, block, arbitrageur, executor, owner, afterSeconds, gasLimit };
    const { isSuccess, profit, gasUsed, failure } = await simulateRoute(simulator, input);
    return { ...shown(trade), isSuccess, simulatedProfit: profit, gasUsed, failure: failure ?? null };
  });
}

async function scanOnce(
  settings: ArbitrageSettings,
  io: ProcessIo,
  describe: (trade: FoundTrade, market: Market) => Promise<Readonly<Record<string, unknown>>>,
): Promise<void> {
  const options = engineOptions(settings, (await openWallet(settings, io))?.calls.address);
  const market = await openMarket(settings, { metrics: silentMetrics, io });
  const watch = await PoolWatch.open(options, market);
  const { trades, found, examined, truncated } = findTrades(watch.graph, undefined, watch.head, options);
  const rows: Readonly<Record<string, unknown>>[] = [];
  for (const trade of trades) rows.push(await describe(trade, market));
  const { height, hash } = watch.head;
  const pools = watch.graph.pools.length;
  const facts = { block: height, hash, pools, stale: watch.stale.length, examined, found, truncated };
  io.stdout.write(settings.json ? `${toJson({ ...facts, trades: rows })}\n` : forPeople(facts, rows));
}

function shown({ id, token, route, sized, profitWei }: FoundTrade) {
  const pools = route.hops.map(({ pool }) => pool);
  return { id, token, pools, amountIn: route.amountIn, profit: sized.profit, profitWei };
}

function toJson(value: object): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
}

function forPeople(
  { block, pools, stale, examined, found, truncated }: Readonly<Record<string, unknown>>,
  trades: readonly Readonly<Record<string, unknown>>[],
): string {
  const cut = Array.isArray(truncated) && truncated.length > 0 ? `, truncated: ${truncated.join(" ")}` : "";
  const head = `block ${block}: ${pools} pools, ${stale} unreadable, ${examined} cycles examined, ${found} pay${cut}\n`;
  const lines = trades.map(
    ({ pools: passed, amountIn, profit, profitWei, failure, isSuccess, gasUsed }) =>
      `  ${amountIn} in, ${profit} profit (${profitWei} wei)${isSuccess === undefined ? "" : isSuccess ? `, ${gasUsed} gas` : `, ${failure}`}: ${(passed as string[]).join(" → ")}\n`,
  );
  return head + lines.join("");
}
