import { parser as logql } from "@grafana/lezer-logql";
import { parser as promql } from "@prometheus-io/lezer-promql";
import type { Metric } from "@trellis/base";

/** Labels that Prometheus adds. */
const ADDED = new Set(["job", "instance", "le", "alertname", "alertstate", "severity"]);
const HISTOGRAM_SUFFIX = /_(bucket|sum|count)$/;
/** Of prom-client, of Prometheus itself, and recorded. */
const FOREIGN = /^(process_|nodejs_|up$|ALERTS$|instance:)/;

/** Labels that deploy/loki/loki.yaml makes. Other facts of a line are structured metadata. */
const LOG_LABELS = new Set(["service_name"]);
const LEVELS = new Set(["debug", "info", "warn", "error", "fatal"]);

/** What is wrong with a PromQL query: its syntax, a metric that nothing exports, or a label that it lacks. */
export function queryProblems(text: string, metrics: ReadonlyMap<string, Metric>): string[] {
  const problems: string[] = [];
  promql.parse(text).iterate({
    enter(node) {
      if (node.type.isError) problems.push(`no PromQL at position ${node.from}: ${text}`);
      if (node.name !== "VectorSelector") return;
      const selector = text.slice(node.from, node.to);
      const [, name = ""] = /^([a-zA-Z_:][\w:]*)/.exec(selector) ?? [];
      if (FOREIGN.test(name)) return;
      const metric = metrics.get(name) ?? histogram(name, metrics);
      if (metric === undefined) return void problems.push(`no program exports ${name}`);
      for (const [, label] of selector.matchAll(/[{,]\s*([a-z_]+)\s*(?:=|!)/g))
        if (!ADDED.has(label!) && !(label! in metric.labels)) problems.push(`${name} has no label ${label}`);
    },
  });
  return problems;
}

export function logQueryProblems(query: string): string[] {
  const problems: string[] = [];
  logql.parse(query).iterate({
    enter(node) {
      if (node.type.isError) problems.push(`no LogQL at position ${node.from}: ${query}`);
    },
  });
  for (const [, matchers] of query.matchAll(/\{([^}]*)\}/g))
    for (const [, label] of matchers!.matchAll(/(\w+)\s*[=!]/g))
      if (!LOG_LABELS.has(label!)) problems.push(`Loki has no label ${label}: ${query}`);
  for (const [, levels] of query.matchAll(/severity_text\s*[=!]~?\s*"([^"]*)"/g))
    for (const level of levels!.split("|"))
      if (!LEVELS.has(level)) problems.push(`no line has the level ${level}: ${query}`);
  return problems;
}

function histogram(name: string, metrics: ReadonlyMap<string, Metric>): Metric | undefined {
  const metric = metrics.get(name.replace(HISTOGRAM_SUFFIX, ""));
  return metric?.type === "histogram" ? metric : undefined;
}
