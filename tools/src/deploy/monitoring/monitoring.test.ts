import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineMetrics } from "@trellis/base";
import { expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { alertTests } from "./alertTests.ts";
import { DASHBOARDS } from "./dashboards.ts";
import { logQueryProblems, queryProblems } from "./queryProblems.ts";
import { ALERTS } from "./rules.ts";
import { rulesDocument } from "./rulesDocument.ts";

const read = (file: string): string => readFileSync(join(import.meta.dirname, "../../../..", file), "utf8");
const hasPromtool = spawnSync("promtool", ["--version"]).status === 0;
if (!hasPromtool) console.log("promtool (Debian: prometheus) is not here: alert rules are not run");

const metrics = new Map(
  Object.entries(
    defineMetrics({
      trellis_a_total: { type: "counter", unit: "calls", meaning: "A.", labels: { kind: 4 } },
      trellis_b_seconds: { type: "histogram", unit: "seconds", meaning: "B." },
    }),
  ),
);

it.each([
  ["rate(trellis_a_total[1m", "no PromQL"],
  ["rate(trellis_c_total[1m])", "no program exports trellis_c_total"],
  ['trellis_a_total{sort="x"}', "trellis_a_total has no label sort"],
  ["trellis_a_total_bucket", "no program exports trellis_a_total_bucket"],
])("a query is refused: %s", (query, problem) => {
  expect(queryProblems(query, metrics).join()).toContain(problem);
});

it("accepts a query of metrics and labels that are exported", () => {
  const queries = [
    'sum by (kind) (rate(trellis_a_total{instance=~".*",kind!="x"}[1m]))',
    "histogram_quantile(0.99, rate(trellis_b_seconds_bucket[5m]))",
  ];
  expect(queries.flatMap((query) => queryProblems(query, metrics))).toEqual([]);
});

it("accepts LogQL of the labels that Loki makes, and of levels that logs have", () => {
  expect(logQueryProblems('{service_name="trellis-node"} | severity_text="warn" |= "x"')).toEqual([]);
  const loki = parse(read("deploy/loki/loki.yaml"));
  const { attributes_config: made } = loki.limits_config.otlp_config.resource_attributes;
  expect(made).toEqual([{ action: "index_label", attributes: ["service.name"] }]);
});

it.each([
  ['{service_name="trellis-node"', "no LogQL"],
  ['{level="warn"}', "Loki has no label level"],
  ['{service_name="trellis-node"} | severity_text=~"error|FATAL"', "no line has the level FATAL"],
])("a query of logs is refused: %s", (query, problem) => {
  expect(logQueryProblems(query).join()).toContain(problem);
});

it("steps name pages of the console, and dashboards", () => {
  const shell = read("apps/console/src/shell/Shell.tsx");
  const pages = [...shell.matchAll(/\["\/[^"]*", "([^"]+)"/g)].map(([, label]) => label!);
  const titles = DASHBOARDS.map(({ title }) => title);
  const named = Object.values(ALERTS)
    .flat()
    .flatMap(({ steps }) =>
      steps.flatMap((step) => [...step.matchAll(/\b([Pp]age|[Dd]ashboard) ([A-Z].*)/g)]),
    );
  const unknown = named.filter(
    ([, kind, text]) =>
      !(kind!.toLowerCase() === "page" ? pages : titles).some((name) =>
        name.startsWith(text!.split(/[\s:,.?)]/, 1)[0]!),
      ),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(unknown.map(([text]) => text)).toEqual([]);
});

it.skipIf(!hasPromtool)("each alert fires once and is silent once", () => {
  const folder = mkdtempSync(join(tmpdir(), "trellis-alerts-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("rules.yml"), rulesDocument());
  writeFileSync(at("tests.json"), JSON.stringify(alertTests("rules.yml")));
  execFileSync("promtool", ["check", "rules", at("rules.yml")]);
  const { stdout, stderr, status } = spawnSync("promtool", ["test", "rules", at("tests.json")], {
    encoding: "utf8",
  });
  expect(stdout + stderr).toContain("SUCCESS");
  expect(status).toBe(0);
});

it("names of alerts are used once, and say whose they are", () => {
  const names = Object.values(ALERTS)
    .flat()
    .map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^Trellis[A-Z]\w+$/.test(name))).toEqual([]);
});
