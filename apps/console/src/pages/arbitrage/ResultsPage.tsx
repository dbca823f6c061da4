import { Link } from "@tanstack/react-router";
import type { AssetResult, GetPerformanceAnswer, Opportunity } from "@trellis/client/arbitrage";
import { useState } from "react";
import { LineChart } from "../../chart/LineChart.tsx";
import { countText } from "../../format/units.ts";
import { Choice } from "../../ui/Choice.tsx";
import { Ago, Card, Figure } from "../../ui/primitives.tsx";
import { Answered, Empty } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { AsOf } from "../operations/AsOf.tsx";
import { shortNumber } from "../operations/metrics/units.ts";
import { ServiceList } from "../operations/ServiceList.tsx";
import { useServicePages } from "../operations/useServicePages.ts";
import { ArbitrageFrame } from "./ArbitrageFrame.tsx";
import { differenceText } from "./amounts.ts";
import { Way } from "./OpportunityTable.tsx";
import { OutcomeBadge } from "./outcomes.tsx";
import { countLines, resultLines } from "./results.ts";
import { CoinAmount, TokenAmount, TokenName, useTokens } from "./tokens.tsx";
import { ARBITRAGE, useArbitrage } from "./useArbitrage.ts";

const HOUR_MS = 3_600_000;
const PERIODS = [
  ["hour", "by hour", HOUR_MS],
  ["day", "by day", 24 * HOUR_MS],
  ["week", "by week", 7 * 24 * HOUR_MS],
] as const;
type Period = (typeof PERIODS)[number][0];

const LAST = "last 30 days";
const EVERY_MS = 10_000;

export function ResultsPage() {
  const [period, setPeriod] = useState<Period>("hour");
  return (
    <ArbitrageFrame
      title="Profit and loss"
      aside={
        <Choice
          label="Period"
          value={period}
          onChange={setPeriod}
          options={PERIODS.map(([name, title]) => [name, title])}
        />
      }
    >
      <Performance period={period} />
      <Executions />
    </ArbitrageFrame>
  );
}

function Performance({ period }: { readonly period: Period }) {
  const query = useArbitrage<GetPerformanceAnswer>(`/performance?period=${period}`, EVERY_MS);
  const names = useAssetNames(query.data?.total.assets ?? []);
  const [, , periodMs] = PERIODS.find(([name]) => name === period)!;
  return (
    <Answered query={query} what="Loading profit and loss">
      {({ items, total }) => {
        const fromMs = Math.min(...items.map((item) => item.fromMs), total.toMs - 2 * periodMs);
        const span = { fromMs, toMs: total.toMs, gapMs: Number.POSITIVE_INFINITY };
        return (
          <>
            <dl className="figures">
              <Figure
                label="Profit and loss"
                value={<CoinAmount wei={total.resultWei} isSigned />}
                note={
                  total.unpricedCount === 0
                    ? `coins after gas, ${LAST}`
                    : `coins after gas, ${LAST}; ${total.unpricedCount} without a price`
                }
              />
              <Figure
                label="Opportunities"
                value={countText(total.opportunityCount)}
                note={`${countText(total.refusedCount)} refused`}
              />
              <Figure label="Paper trades" value={countText(total.recordedCount)} />
              <Figure
                label="Executed"
                value={countText(total.executedCount)}
                note={`${countText(total.revertedCount)} reverted, ${countText(total.expiredCount)} expired`}
              />
            </dl>
            {items.length === 0 ? (
              <Card title="Over time">
                <Empty title="No opportunities yet" />
              </Card>
            ) : (
              <div className="columns">
                <Card title="Profit and loss, coins" aside={<AsOf query={query} />}>
                  <LineChart
                    title={`Profit and loss in coins, ${LAST}`}
                    lines={resultLines(items, total.toMs, (asset) => names.get(asset) ?? asset)}
                    {...span}
                    format={shortNumber}
                    heightPx={220}
                  />
                </Card>
                <Card
                  title={`Opportunities ${PERIODS.find(([name]) => name === period)![1]}`}
                  aside={<AsOf query={query} />}
                >
                  <LineChart
                    title="Opportunities"
                    lines={countLines(items)}
                    {...span}
                    format={shortNumber}
                    heightPx={220}
                  />
                </Card>
              </div>
            )}
            <Assets assets={total.assets} />
          </>
        );
      }}
    </Answered>
  );
}

function useAssetNames(assets: readonly AssetResult[]): ReadonlyMap<string, string> {
  const words = useTokens(assets.flatMap(({ asset }) => (asset === "coin" ? [] : [asset])));
  return new Map([["coin", "gas"], ...[...words].map(([asset, { symbol }]) => [asset, symbol] as const)]);
}

function Assets({ assets }: { readonly assets: readonly AssetResult[] }) {
  return (
    <Card title="By asset" aside={<span>{LAST}</span>}>
      {assets.length === 0 ? (
        <Empty title="No profit or loss yet">Paper trades are recorded and not sent.</Empty>
      ) : (
        <Table
          label="Profit and loss by asset"
          rows={assets}
          keyOf={({ asset }) => asset}
          columns={[
            {
              name: "Asset",
              width: "1fr",
              cell: ({ asset }) => (asset === "coin" ? "native coin" : <TokenName token={asset} />),
            },
            {
              name: "Profit",
              width: "1fr",
              isNumeric: true,
              cell: ({ asset, profit }) => <AssetAmount asset={asset} amount={profit} />,
            },
            {
              name: "Gas",
              width: "1fr",
              isNumeric: true,
              isMinor: true,
              cell: ({ asset, gas }) => <AssetAmount asset={asset} amount={gas} />,
            },
            {
              name: "Value, coins",
              width: "1fr",
              isNumeric: true,
              cell: ({ reference }) => <CoinAmount wei={reference} isSigned />,
            },
          ]}
        />
      )}
    </Card>
  );
}

function AssetAmount({ asset, amount }: { readonly asset: string; readonly amount: string }) {
  return asset === "coin" ? (
    <CoinAmount wei={amount} isSigned />
  ) : (
    <TokenAmount token={asset} amount={amount} isSigned />
  );
}

function Executions() {
  const { query, items } = useServicePages<Opportunity>(`${ARBITRAGE}/executions?limit=25`, EVERY_MS);
  return (
    <Card title="Executions" aside={<AsOf query={query} />}>
      <ServiceList
        query={query}
        items={items}
        what="Loading executions"
        none={
          <Empty title="No executions yet">
            `trellis devnet --arbitrage live` trades on its demo market.
          </Empty>
        }
      >
        {(rows) => <ExecutionTable executions={rows} />}
      </ServiceList>
    </Card>
  );
}

function ExecutionTable({ executions }: { readonly executions: readonly Opportunity[] }) {
  return (
    <Table
      label="Executions"
      rows={executions}
      keyOf={({ id }) => id}
      columns={[
        {
          name: "When",
          width: "5rem",
          cell: ({ id, foundAtMs }) => (
            <Link to="/arbitrage/opportunity/$id" params={{ id }} className="row-link">
              <Ago ms={foundAtMs} />
            </Link>
          ),
        },
        { name: "Outcome", width: "5rem", cell: ({ outcome }) => <OutcomeBadge outcome={outcome} /> },
        { name: "Route", width: "1fr", isMinor: true, cell: (row) => <Way opportunity={row} /> },
        {
          name: "Expected profit",
          width: "8rem",
          isNumeric: true,
          isMinor: true,
          cell: ({ token, expectedProfit }) => <TokenAmount token={token} amount={expectedProfit} isSigned />,
        },
        {
          name: "Realised profit",
          width: "8rem",
          isNumeric: true,
          cell: ({ token, execution }) =>
            execution?.profit == null ? (
              "–"
            ) : (
              <TokenAmount token={token} amount={execution.profit} isSigned />
            ),
        },
        {
          name: "Difference",
          width: "1fr",
          isMinor: true,
          cell: ({ expectedProfit, execution }) =>
            execution?.profit == null ? "" : differenceText(expectedProfit, execution.profit),
        },
        {
          name: "Gas, coins",
          width: "8rem",
          isNumeric: true,
          isMinor: true,
          cell: ({ execution }) => (execution?.gasWei == null ? "–" : <CoinAmount wei={execution.gasWei} />),
        },
      ]}
    />
  );
}
