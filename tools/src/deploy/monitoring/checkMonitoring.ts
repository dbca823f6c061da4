import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../../finding.ts";
import type { MetricTable } from "../../metrics/readMetricTables.ts";
import { keepWritten } from "../../writtenPart.ts";
import { isLogPanel, type Panel, queryFor } from "./Dashboard.ts";
import { dashboardDocument } from "./dashboardDocument.ts";
import { DASHBOARDS } from "./dashboards.ts";
import { logQueryProblems, queryProblems } from "./queryProblems.ts";
import { ALERTS, RECORDINGS } from "./rules.ts";
import { rulesDocument, runbooksDocument } from "./rulesDocument.ts";

const HERE = "tools/src/deploy/monitoring";
const FOLDER = "deploy/grafana/dashboards";
const GUIDE = "docs/guides/troubleshooting.md";

/** Dashboards, alert rules and runbooks follow their tables, and the tables follow the metrics. */
export function checkMonitoring(root: string, tables: readonly MetricTable[], write: boolean): Finding[] {
  const metrics = new Map(tables.flatMap((table) => table.metrics.map((metric) => [metric.name, metric])));
  const problems = monitoringQueries().flatMap(({ place, query }) =>
    queryProblems(query, metrics).map((problem) => finding(`${place}: ${problem}`)),
  );
  const logs = DASHBOARDS.flatMap(({ panels }) => panels.filter(isLogPanel)).flatMap((panel) =>
    logQueryProblems(panel.logs).map((problem) => finding(`${panel.title}: ${problem}`)),
  );
  const written = DASHBOARDS.flatMap((dashboard) => {
    const file = `${FOLDER}/${dashboard.id}.json`;
    return keepWritten(root, { file, content: dashboardDocument(dashboard) }, write);
  });
  return [
    ...problems,
    ...logs,
    ...written,
    ...foreignFiles(root),
    ...keepWritten(root, { file: "deploy/prometheus/rules/trellis.yml", content: rulesDocument() }, write),
    ...keepWritten(root, { file: GUIDE, name: "alerts", content: runbooksDocument() }, write),
  ];
}

export interface MonitoringQuery {
  readonly place: string;
  readonly query: string;
  /** False: a healthy system without any event may have no series. */
  readonly hasSeries: boolean;
}

/** All PromQL, as of dashboards that show all instances. */
export function monitoringQueries(): MonitoringQuery[] {
  const panels = DASHBOARDS.flatMap(({ title, panels }) =>
    panels
      .filter((panel): panel is Panel => !isLogPanel(panel))
      .flatMap(({ title: own, queries, isRare = false }) =>
        Object.entries(queries).map(([legend, query]) => ({
          place: `${title}, ${own}, ${legend}`,
          query: queryFor(query, ".*").replaceAll("$__rate_interval", "1m"),
          hasSeries: !isRare,
        })),
      ),
  );
  const alerts = Object.values(ALERTS).flat();
  return [
    ...panels,
    ...alerts.map(({ name, expression }) => ({ place: name, query: expression, hasSeries: false })),
    ...Object.entries(RECORDINGS).map(([place, query]) => ({ place, query, hasSeries: false })),
  ];
}

function foreignFiles(root: string): Finding[] {
  const known = new Set(DASHBOARDS.map(({ id }) => `${id}.json`));
  return readdirSync(join(root, FOLDER))
    .filter((file) => !known.has(file))
    .map((file) => ({
      file: `${FOLDER}/${file}`,
      line: 0,
      rule: "monitoring",
      message: `no dashboard in ${HERE}`,
    }));
}

function finding(message: string): Finding {
  return { file: HERE, line: 0, rule: "monitoring", message };
}
