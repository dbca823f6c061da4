import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Metric } from "@trellis/base";
import { readPackages } from "../source/readPackages.ts";

/** Metrics of a package, in the order of their table. */
export interface MetricTable {
  readonly owner: string;
  readonly file: string;
  readonly metrics: readonly Metric[];
}

/** Reads the `metrics.ts` of each package and app. Documents, dashboards and alert rules follow these tables. */
export async function readMetricTables(root: string): Promise<MetricTable[]> {
  const tables: MetricTable[] = [];
  for (const { name: owner, directory } of readPackages(root)) {
    const file = `${directory}/src/metrics.ts`;
    if (!existsSync(join(root, file))) continue;
    const module: Record<string, Record<string, Metric>> = await import(pathToFileURL(join(root, file)).href);
    const metrics = Object.values(module).flatMap((table) => Object.values(table));
    tables.push({ owner, file, metrics });
  }
  return tables;
}
