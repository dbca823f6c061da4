import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";
import { checkQuotes } from "./uniswapV3/checkQuotes.ts";
import { checkSnapshots } from "./uniswapV3/checkSnapshots.ts";

const QUOTES = "-quotes.json";
const TICKS = "-ticks.json";
const SNAPSHOTS = "-swaps.snap";

/**
 * Checks quotes of a mainnet pool (`NAME-quotes.json`, `NAME-ticks.json`) and snapshots of v3-core's swap
 * tests (`NAME-swaps.snap`).
 */
export const uniswapV3Suite: ConformanceSuite = {
  name: "uniswap-v3",
  async run(vectorsDir) {
    const folder = suiteFolder(vectorsDir, "arbitrage");
    const read = (file: string) => readFile(join(folder, file), "utf8");
    const failures: string[] = [];
    let passed = 0;
    for (const file of (await readdir(folder)).sort()) {
      const cases = file.endsWith(QUOTES)
        ? checkQuotes(await read(file), await read(file.slice(0, -QUOTES.length) + TICKS))
        : file.endsWith(SNAPSHOTS)
          ? checkSnapshots(await read(file))
          : [];
      for (const { name, failure } of cases) {
        if (failure === undefined) passed++;
        else failures.push(`${file} ${name}: ${failure}`);
      }
    }
    return { passed, failed: failures.length, skipped: 0, failures };
  },
};
