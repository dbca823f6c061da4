import { parseDocument } from "yaml";
import type { Finding } from "../finding.ts";
import type { DeployFiles } from "./DeployFiles.ts";
import { readCompose } from "./readCompose.ts";

const COLLECTOR = "deploy/otel/collector.yaml";
/** Debian's promtool and amtool check the others in a test. */
const FILES = [
  COLLECTOR,
  "deploy/loki/loki.yaml",
  "deploy/prometheus/prometheus.yml",
  "deploy/alertmanager/alertmanager.yml",
  "deploy/compose/grafana/datasources.yaml",
  "deploy/compose/grafana/dashboards.yaml",
];
const PARTS = ["receivers", "processors", "exporters"] as const;

type Collector = Readonly<Record<string, Readonly<Record<string, unknown>>>> & {
  readonly service: {
    readonly pipelines: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  };
};

export function checkMonitoringServices(files: DeployFiles): Finding[] {
  const names = readCompose(files.read("deploy/compose/compose.yaml")).services.map(({ name }) => name);
  return FILES.flatMap((file) => {
    const text = files.read(file);
    const invalid = parseDocument(text).errors.map(({ message }) => message);
    const problems =
      invalid.length > 0 ? invalid : [...unknownHosts(text, names), ...collectorProblems(file, text)];
    return problems.map((message) => ({ file, line: 0, rule: "monitoring", message }));
  });
}

/** Names without a dot are services of Compose. */
function unknownHosts(text: string, names: readonly string[]): string[] {
  return [...text.matchAll(/^[^#\n]*https?:\/\/([a-z-]+):\d+/gm)]
    .filter(([, host]) => !names.includes(host!))
    .map(([, host]) => `compose.yaml has no service ${host}`);
}

/** The collector does not start if a pipeline names a part that is not defined. */
function collectorProblems(file: string, text: string): string[] {
  if (file !== COLLECTOR) return [];
  const collector = parseDocument(text).toJS() as Collector;
  const connectors = Object.keys(collector.connectors ?? {});
  return Object.entries(collector.service.pipelines).flatMap(([pipeline, parts]) =>
    PARTS.flatMap((kind) => {
      const defined = [...Object.keys(collector[kind] ?? {}), ...(kind === "processors" ? [] : connectors)];
      return (parts[kind] ?? [])
        .filter((name) => !defined.includes(name))
        .map((name) => `pipeline ${pipeline} has no ${kind} ${name}`);
    }),
  );
}
