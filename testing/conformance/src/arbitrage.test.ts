import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { arbitrageSuite } from "./arbitrage.ts";
import { uniswapV3Suite } from "./uniswapV3.ts";

const besideTheProject = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const vectors = process.env.TRELLIS_VECTORS ?? besideTheProject;
const areThere = existsSync(join(vectors, "arbitrage"));
if (!areThere) console.warn(`skipped: no arbitrage in ${vectors}; set TRELLIS_VECTORS`);

describe.skipIf(!areThere)("on the published vectors", () => {
  it("uniswap-v3 passes every quote and every snapshot", async () => {
    const { passed, skipped, failures } = await uniswapV3Suite.run(vectors);
    expect({ passed, skipped, failures }).toEqual({ passed: 320, skipped: 0, failures: [] });
  });

  it("arbitrage replays the transaction, finds its optimum, and reads every curve except Carbon's", async () => {
    const { passed, skipped, failures } = await arbitrageSuite.run(vectors);
    expect({ passed, skipped, failures }).toEqual({ passed: 4092, skipped: 70, failures: [] });
  });
});

describe.skipIf(!areThere)("counts differences", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trellis-vectors-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const read = (file: string) => readFile(join(vectors, "arbitrage", file), "utf8");
  const write = (file: string, content: string | Uint8Array) => writeFile(join(directory, file), content);

  it("a quote with one unit more, a reverted quote, a snapshot with another amount", async () => {
    await write("a-ticks.json", await read("uniswap-v3-wbtc-weth-ticks.json"));
    const quotes = (await read("uniswap-v3-wbtc-weth-quotes.json"))
      .replace('"value": 2979566701607', '"value": 2979566701608')
      .replace('"value": 32775233695879', '"value": null');
    await write("a-quotes.json", quotes);
    await write(
      "b-swaps.snap",
      (await read("uniswap-v3-pool-swaps.snap")).replace('"amount0Delta": "1000"', '"amount0Delta": "1001"'),
    );
    const { passed, failed, failures } = await uniswapV3Suite.run(directory);
    expect({ passed, failed }).toEqual({ passed: 317, failed: 3 });
    expect(failures[0]).toMatch(/is 2979566701607, expected 2979566701608$/);
    expect(failures[1]).toMatch(/is 32775233695879, expected refused$/);
    expect(failures[2]).toMatch(/amount0Delta is 1000, expected 1001$/);
  });

  it("a trace with another output, a curve whose invariant contradicts its reserves", async () => {
    const trace = await read("mainnet-triangular-trace.json");
    await write("a-trace.json", trace.replace("0d9e0fd96c4e4f17000000", "0d9e0fd96c4e4f18000000"));
    const header = "cid,k,x,x_act,y_act,pair,fee,descr,constr,params";
    const params = `"{'exchange': 'x', 'tknx_dec': 18, 'tkny_dec': 18, 'tknx_addr': '0x${"1".repeat(40)}', 'tkny_addr': '0x${"2".repeat(40)}'}"`;
    const rows = [`1,50,5,5,10,p,0.003,d,uv2,${params}`, `2,60,5,5,10,p,0.003,d,uv2,${params}`];
    await write("curves.csv.gz", gzipSync([header, ...rows].join("\n")));
    const { failures } = await arbitrageSuite.run(directory);
    expect(failures).toEqual([
      expect.stringMatching(
        /^a-trace.json hop 1 .* amountOut is 981239195312738071, expected 981239195312738072$/,
      ),
      expect.stringMatching(/^curves.csv.gz x 2: reserveOut is/),
    ]);
  });
});
