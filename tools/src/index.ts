export { type MonitoringQuery, monitoringQueries } from "./deploy/monitoring/checkMonitoring.ts";
export { rulesDocument } from "./deploy/monitoring/rulesDocument.ts";
export { type MetricTable, readMetricTables } from "./metrics/readMetricTables.ts";
