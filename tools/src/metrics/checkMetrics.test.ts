import { fileURLToPath } from "node:url";
import { defineMetrics, type Metric, type MetricEntry } from "@trellis/base";
import { expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { checkMetrics } from "./checkMetrics.ts";
import { metricsDocument } from "./metricsDocument.ts";
import { readMetricTables } from "./readMetricTables.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const ENTRY: MetricEntry = { type: "counter", unit: "blocks", meaning: "Blocks that entered the DAG." };
const NAME = "trellis_blocks_total";

function tableOf(table: Readonly<Record<string, MetricEntry>>, owner = "@trellis/chain") {
  const metrics: Metric[] = Object.values(defineMetrics({ ...table }));
  return { owner, file: "packages/chain/src/metrics.ts", metrics };
}

function findingsOf(name: string, changes: Partial<MetricEntry> = {}): string[] {
  const tree = fixtureTree({
    "packages/chain/src/measure.ts": `metrics.counter(chainMetrics.${name});`,
  });
  return checkMetrics(tree, [tableOf({ [name]: { ...ENTRY, ...changes } })]).map(
    ({ rule, message }) => `${rule} ${message.replace(`${name} `, "")}`,
  );
}

it("a metric in a table that is registered has no findings", () => {
  expect(findingsOf(NAME)).toEqual([]);
  expect(findingsOf("trellis_import_seconds", { type: "histogram", unit: "seconds", buckets: [1] })).toEqual(
    [],
  );
  expect(findingsOf("trellis_memory_total_bytes", { type: "gauge", unit: "bytes" })).toEqual([]);
  expect(findingsOf("trellis_busy_seconds_total", { unit: "seconds" })).toEqual([]);
});

it.each<[name: string, changes: Partial<MetricEntry>, finding: string]>([
  ["trellis_blocks", {}, "must end in _total if it is a counter"],
  [NAME, { type: "gauge" }, "must end in _total if it is a counter"],
  ["blocks_total", {}, "is not written in lower case with underscores"],
  ["trellis_Blocks_total", {}, "is not written in lower case with underscores"],
  ["trellis_busy_total", { unit: "seconds" }, "has the unit seconds and must end in _seconds"],
  ["trellis_busy_ms_total", {}, "must have a base unit"],
  ["trellis_blocks_count", { type: "gauge" }, "ends like a series of a histogram"],
  [NAME, { unit: "" }, "needs a unit"],
  [NAME, { meaning: "blocks" }, "needs a meaning that is a sentence"],
  [NAME, { buckets: [1] }, "has buckets, but is no histogram"],
  [NAME, { labels: { le: 2 } }, "has the invalid label le"],
  [NAME, { labels: { peerId: 2 } }, "has the invalid label peerId"],
  [NAME, { labels: { stream: 0 } }, "allows no value of stream"],
])("metric-form: %s %j", (name, changes, finding) => {
  expect(findingsOf(name, changes)).toEqual([`metric-form ${finding}`]);
});

it("metric-unregistered, metric-ambiguous", () => {
  const tables = [tableOf({ [NAME]: ENTRY }), tableOf({ [NAME]: ENTRY }, "@trellis/network")];
  const findings = checkMetrics(fixtureTree({ "packages/chain/src/a.ts": "" }), tables);
  expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
    `metric-unregistered: ${NAME} is registered nowhere`,
    `metric-ambiguous: ${NAME} is also a metric of @trellis/chain`,
    `metric-unregistered: ${NAME} is registered nowhere`,
  ]);
});

it("the document lists type, unit, labels with their bounds, and meaning", () => {
  const labels = { stream: 16, colour: ["blue", "red"] };
  const text = metricsDocument([tableOf({ [NAME]: { ...ENTRY, labels } })]);
  expect(text).toContain("## chain\n");
  expect(text).toContain(
    `**${NAME}** {stream: at most 16; colour: blue, red} (counter, blocks): Blocks that entered the DAG.`,
  );
});

it("the tables of the packages are found", async () => {
  const owners = (await readMetricTables(ROOT)).map(({ owner }) => owner);
  expect(owners).toEqual(
    expect.arrayContaining([
      "@trellis/chain",
      "@trellis/platform",
      "@trellis/trellis",
      "@trellis/resilience",
    ]),
  );
});
