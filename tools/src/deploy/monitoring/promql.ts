/** PromQL of panels, in the form of `Panel.queries`. */
export function quantile(q: number, metric: string, by = ""): string {
  const labels = by === "" ? "le" : `${by}, le`;
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${metric}_bucket{@}[$__rate_interval])))`;
}

/** @param more further matchers, with a leading comma */
export function rate(metric: string, by: string, more = ""): string {
  return `sum by (${by}) (rate(${metric}{@${more}}[$__rate_interval]))`;
}

export function age(metric: string): string {
  return `time() - ${metric}{@}`;
}
