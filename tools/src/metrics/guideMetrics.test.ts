import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeMethods } from "@trellis/rpc";
import { expect, it } from "vitest";
import { readMetricTables } from "./readMetricTables.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const NO_METRICS = new Set(["trellis_reserves", "trellis_arbitrage"]);

it("the tables contain every metric that a guide or an autoscaler names", async () => {
  const documents = await Array.fromAsync(glob(["docs/guides/*", "deploy/fly/*.yml"], { cwd: ROOT }));
  const tables = await readMetricTables(ROOT);
  const defined = new Set(tables.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  const methods = new Set(describeMethods().map(({ name }) => name));
  const unknown = documents.flatMap((document) =>
    [...readFileSync(ROOT + document, "utf8").matchAll(/\btrellis_\w+/g)]
      .map(([name]) => name)
      .filter((name) => !methods.has(name) && !NO_METRICS.has(name))
      .filter((name) => !isDefined(name, defined))
      .map((name) => `${document}: ${name}`),
  );
  expect(defined.has("trellis_finality_lag_blocks")).toBe(true);
  expect(unknown).toEqual([]);
});

/** @param name metric, or a prefix that ends with `_` */
function isDefined(name: string, defined: ReadonlySet<string>): boolean {
  if (name.endsWith("_")) return [...defined].some((known) => known.startsWith(name));
  return defined.has(name) || defined.has(name.replace(/_(bucket|sum|count)$/, ""));
}
