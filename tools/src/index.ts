export { type MonitoringQuery, monitoringQueries } from "./deploy/monitoring/checkMonitoring.ts";
export { logQueryProblems } from "./deploy/monitoring/queryProblems.ts";
export { rulesDocument } from "./deploy/monitoring/rulesDocument.ts";
export { type MetricTable, readMetricTables } from "./metrics/readMetricTables.ts";
