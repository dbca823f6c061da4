import { LineChart } from "../../../chart/LineChart.tsx";
import { Badge } from "../../../ui/primitives.tsx";
import { Failure, Loading } from "../../../ui/states.tsx";
import { AsOf } from "../AsOf.tsx";
import type { ServiceName } from "../services.ts";
import { CHARTS, type ChartDefinition } from "./charts.ts";
import type { Moment } from "./History.ts";
import { GAP_MS, SPAN_MS, useHistory } from "./useHistory.ts";

export function Figures({ service }: { readonly service: ServiceName }) {
  const { query, moments } = useHistory(service);
  const newest = moments.at(-1);
  if (newest === undefined) {
    if (query.error !== null) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
    return <Loading what="Loading metrics" />;
  }
  return (
    <section aria-label="Metrics">
      <p className="aside-line">
        <span className="soft">
          Sampled every 2 s while this page is open. The last 15 minutes are shown.
        </span>
        <AsOf query={query} />
      </p>
      <div className="panels">
        {CHARTS[service].map((chart) => (
          <Panel key={chart.id} chart={chart} moments={moments} />
        ))}
      </div>
    </section>
  );
}

function Panel({ chart, moments }: { readonly chart: ChartDefinition; readonly moments: readonly Moment[] }) {
  const { id, title, about, format, isBinary = false } = chart;
  const newest = moments.at(-1)!;
  const names = new Set(moments.flatMap(({ values }) => [...(values.get(id)?.keys() ?? [])]));
  const lines = [...names].map((name) => ({
    name,
    points: moments.flatMap(({ timeMs, values }) => {
      const value = values.get(id)?.get(name);
      return value === undefined ? [] : [{ timeMs, value }];
    }),
  }));
  const toMs = newest.timeMs;
  const fromMs = Math.min(toMs - SPAN_MS / 15, Math.max(toMs - SPAN_MS, moments[0]!.timeMs));
  return (
    <article className="card panel">
      <header>
        <h3>{title}</h3>
        {isWorrying(chart, newest) && <Badge tone="bad">out of range</Badge>}
      </header>
      <p className="soft">{about}</p>
      {lines.length === 0 ? (
        <p className="soft nothing">No data yet.</p>
      ) : (
        <LineChart
          title={title}
          lines={lines}
          fromMs={fromMs}
          toMs={toMs}
          format={format}
          isBinary={isBinary}
          gapMs={GAP_MS}
        />
      )}
    </article>
  );
}

function isWorrying({ id, worryAbove, worryBelow }: ChartDefinition, { values }: Moment): boolean {
  const now = [...(values.get(id)?.values() ?? [])];
  return now.some(
    (value) =>
      (worryAbove !== undefined && value > worryAbove) || (worryBelow !== undefined && value < worryBelow),
  );
}
