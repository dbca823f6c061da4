import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as LogsPanel } from "@grafana/grafana-foundation-sdk/logs";
import { DataqueryBuilder as LokiQuery } from "@grafana/grafana-foundation-sdk/loki";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatPanel } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimePanel } from "@grafana/grafana-foundation-sdk/timeseries";
import { type Dashboard, isLogPanel, type LogPanel, type Panel, queryFor } from "./Dashboard.ts";

const METRICS = { type: "prometheus", uid: "$metrics" };
const LOGS = { type: "loki", uid: "$logs" };

/** File that Grafana provisions. */
export function dashboardDocument({ id, title, panels }: Dashboard): string {
  const dashboard = new DashboardBuilder(`Trellis: ${title}`)
    .uid(`trellis-${id}`)
    .tags(["trellis"])
    .refresh("30s")
    .time({ from: "now-3h", to: "now" })
    .withVariable(new DatasourceVariableBuilder("metrics").label("Metrics").type("prometheus"))
    .withVariable(
      new QueryVariableBuilder("instance")
        .label("Instance")
        .datasource(METRICS)
        .query("label_values(trellis_build_info, instance)")
        .multi(true)
        .includeAll(true)
        .allValue(".*"),
    );
  if (panels.some(isLogPanel))
    dashboard.withVariable(new DatasourceVariableBuilder("logs").label("Logs").type("loki"));
  for (const panel of panels) dashboard.withPanel(isLogPanel(panel) ? logPanel(panel) : metricPanel(panel));
  return JSON.stringify(dashboard.build(), null, 2);
}

function metricPanel({ title, unit, queries, shows }: Panel): TimePanel | StatPanel {
  const panel = shows === "now" ? new StatPanel() : new TimePanel();
  panel.title(title).unit(unit).datasource(METRICS);
  for (const [legend, query] of Object.entries(queries)) {
    const target = new DataqueryBuilder().expr(queryFor(query, "$instance")).legendFormat(legend);
    panel.withTarget(shows === "now" ? target.instant() : target);
  }
  return panel;
}

function logPanel({ title, logs }: LogPanel): LogsPanel {
  return new LogsPanel().title(title).datasource(LOGS).withTarget(new LokiQuery().expr(logs));
}
