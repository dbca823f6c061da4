export { type MetricTable, readMetricTables } from "./metrics/readMetricTables.ts";
