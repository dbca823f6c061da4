export { platformMetrics } from "../metrics.ts";
export {
  createPrometheusMetrics,
  type PrometheusMetrics,
  type PrometheusMetricsOptions,
} from "./createPrometheusMetrics.ts";
export { measureHost, measureVolume } from "./measureHost.ts";
