import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { checkCurves } from "./arbitrage/checkCurves.ts";
import { replayTrace } from "./arbitrage/replayTrace.ts";
import { suiteFolder } from "./jsonFiles.ts";
import type { NamedCase } from "./namedCase.ts";
import type { ConformanceSuite } from "./suite.ts";

const TRACE = "-trace.json";
const CURVES = /^curves.*\.csv\.gz$/;

/**
 * Replays mainnet traces (`NAME-trace.json`) to the wei, and checks dumps of curves (`curvesNAME.csv.gz`).
 */
export const arbitrageSuite: ConformanceSuite = {
  name: "arbitrage",
  async run(vectorsDir) {
    const folder = suiteFolder(vectorsDir, "arbitrage");
    const failures: string[] = [];
    let passed = 0;
    let skipped = 0;
    for (const file of (await readdir(folder)).sort()) {
      for (const { name, failure, isSkipped = false } of await casesOf(folder, file)) {
        if (isSkipped) skipped++;
        else if (failure === undefined) passed++;
        else failures.push(`${file} ${name}: ${failure}`);
      }
    }
    const skips = skipped === 0 ? [] : [`${skipped} curves: orders of Carbon, which no adapter reads`];
    return { passed, failed: failures.length, skipped, failures, skips };
  },
};

async function casesOf(
  folder: string,
  file: string,
): Promise<readonly (NamedCase & { readonly isSkipped?: boolean })[]> {
  const content = () => readFile(join(folder, file));
  if (file.endsWith(TRACE)) return replayTrace((await content()).toString("utf8"));
  if (CURVES.test(file)) return checkCurves(gunzipSync(await content()).toString("utf8"));
  return [];
}
