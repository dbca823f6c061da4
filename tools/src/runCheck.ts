import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeArbitrageApi } from "@trellis/arbitrage/api";
import { describeBackupApi } from "@trellis/backup/api";
import { describeReservesApi } from "@trellis/reserves/api";
import { compareMethods, describeMethods } from "@trellis/rpc";
import { checkDeploy } from "./deploy/checkDeploy.ts";
import { checkKubernetes } from "./deploy/kubernetes/checkKubernetes.ts";
import { checkMonitoring } from "./deploy/monitoring/checkMonitoring.ts";
import { checkErrors } from "./errors/checkErrors.ts";
import { readErrorTables } from "./errors/readErrorTables.ts";
import { type Finding, findingLine, sorted } from "./finding.ts";
import { checkCycles } from "./layers/checkCycles.ts";
import { checkFolders } from "./layers/checkFolders.ts";
import { checkImports } from "./layers/checkImports.ts";
import { graphDocument, importGraph, roomGraph } from "./layers/graph.ts";
import { checkLock } from "./lock/checkLock.ts";
import { comparisonDocument } from "./methods/comparisonDocument.ts";
import { methodsDocument } from "./methods/methodsDocument.ts";
import { checkMetrics } from "./metrics/checkMetrics.ts";
import { metricsDocument } from "./metrics/metricsDocument.ts";
import { readMetricTables } from "./metrics/readMetricTables.ts";
import { routesDocument } from "./routes/routesDocument.ts";
import { readTree } from "./source/readTree.ts";
import { checkGlossary } from "./spec/checkGlossary.ts";
import { checkLinks } from "./spec/checkLinks.ts";
import { checkSpec } from "./spec/checkSpec.ts";
import type { Allowance } from "./tidy/allowed.ts";
import { checkTidy } from "./tidy/checkTidy.ts";
import { checkWorkflows } from "./workflows/checkWorkflows.ts";
import { keepWritten } from "./writtenPart.ts";

interface CheckOptions {
  readonly root: string;
  readonly write: boolean;
  readonly allowances: readonly Allowance[];
  print(line: string): void;
  runTool(root: string, name: string, argv: readonly string[]): Promise<Finding[]>;
}

export async function runCheck({ root, write, allowances, print, runTool }: CheckOptions): Promise<number> {
  let findingCount = 0;
  async function step(name: string, run: () => Promise<Finding[]> | Finding[]): Promise<void> {
    const startMs = performance.now();
    const findings = await run();
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    print(`${findings.length === 0 ? "ok  " : "FAIL"}  ${name}  (${seconds} s)`);
    for (const finding of sorted(findings)) print(`      ${findingLine(finding)}`);
    findingCount += findings.length;
  }

  const biome = ["check", "--error-on-warnings", "--max-diagnostics=100", ...(write ? ["--write"] : [])];
  await step("format and lint", () => runTool(root, "biome", biome));
  await step("types", () => runTool(root, "tsc", ["-p", "."]));
  await step("types of the console", () => runTool(root, "tsc", ["-p", "apps/console"]));
  const tree = readTree(root);
  await step("layers", () => checkImports(tree));
  await step("import cycles", () => checkCycles(tree));
  await step("cycles of folders", () => checkFolders(tree));
  await step("layers drawn in docs/ARCHITECTURE.md", () => {
    const content = graphDocument(importGraph(tree));
    return keepWritten(root, { file: "docs/ARCHITECTURE.md", name: "layers", content }, write);
  });
  await step("rooms of chain drawn in docs/ARCHITECTURE.md", () => {
    const content = graphDocument(roomGraph(tree, "chain"));
    return keepWritten(root, { file: "docs/ARCHITECTURE.md", name: "rooms of chain", content }, write);
  });
  await step("tidy", () => checkTidy(tree, allowances));
  const tables = await readErrorTables(tree);
  await step("error codes", () => checkErrors(tree, tables));
  const metrics = await readMetricTables(root);
  await step("metrics", () => checkMetrics(tree, metrics));
  await step("metrics in docs/api/metrics.md", () => {
    const content = metricsDocument(metrics);
    return keepWritten(root, { file: "docs/api/metrics.md", content }, write);
  });
  await step("methods in docs/api/json-rpc.md", () => {
    const content = methodsDocument(describeMethods());
    return keepWritten(root, { file: "docs/api/json-rpc.md", content }, write);
  });
  await step("methods in docs/guides/dev-chain.md", () => {
    const content = comparisonDocument(compareMethods());
    return keepWritten(root, { file: "docs/guides/dev-chain.md", name: "methods", content }, write);
  });
  const services = {
    reserves: describeReservesApi(),
    arbitrage: describeArbitrageApi(),
    backup: describeBackupApi(),
  };
  for (const [service, document] of Object.entries(services)) {
    await step(`routes in docs/api/${service}.md`, () => {
      const content = routesDocument(service, document);
      return keepWritten(root, { file: `docs/api/${service}.md`, content }, write);
    });
  }
  await step("rules of docs/spec", () => checkSpec(tree));
  await step("names and words of docs/GLOSSARY.md", () => checkGlossary(tree));
  await step("links of documents", () => checkLinks(tree, (path) => existsSync(join(root, path))));
  if (existsSync(join(root, "deploy"))) {
    await step("dashboards and alerts", () => checkMonitoring(root, metrics, write));
    await step("files of deploy", () => checkDeploy(root));
    await step("deploy/kubernetes", () => checkKubernetes(root));
  }
  await step("lock", () => checkLock(root, write));
  await step("workflows", () => checkWorkflows(root));
  return findingCount;
}
