import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ArbitrageService, startService } from "./arbitrage/ArbitrageService.ts";
import { type DeployedV3Pool, deployV3Pool, POOL_CODE_HASH } from "./arbitrage/deployV3Pool.ts";
import { balancesOf, expectBooksOfChain, settled } from "./arbitrage/expectBooksOfChain.ts";
import { openTradedMarket, type TradedMarket } from "./arbitrage/openTradedMarket.ts";
import { throttled } from "./arbitrage/throttled.ts";
import { eventually } from "./eventually.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const UNIT = 10n ** 18n;
const WAIT_MS = 180_000;

let directory: TemporaryDirectory;
let devnet: Devnet;
let traded: TradedMarket;
let v3: DeployedV3Pool;
let service: ArbitrageService | undefined;

beforeAll(async () => {
  directory = await temporaryDirectory();
  devnet = await startDevnet();
  traded = await openTradedMarket(devnet, directory.path);
  v3 = await deployV3Pool(traded, 10_000n * UNIT);
});
afterAll(async () => {
  await service?.kill();
  await devnet?.stop();
  await directory?.remove();
});

it("gaps between v2 pairs and a Uniswap v3 pool are closed live by flash swaps, with the predicted profit to the wei", async () => {
  const { market, settings, accounts } = traded;
  const factories = [
    ...(settings.factories as object[]),
    { kind: "uniswap-v3", address: v3.factory, initCodeHash: POOL_CODE_HASH },
  ];
  service = await startService({
    dataDir: join(directory.path, "service"),
    settings: { ...settings, factories },
  });
  const { api } = service;
  const before = await balancesOf(accounts);
  const ways = async (): Promise<readonly string[]> =>
    (await api.executions("executed")).map(({ hops }) => hops.map(({ kind }) => kind).join(" "));

  await market.openGap(market.pairs[0]!, 50n * UNIT);
  await eventually(
    throttled(async () => (await ways()).includes("swapV3 swapV2")),
    WAIT_MS,
  );
  await v3.openGap(800n * UNIT);
  await eventually(
    throttled(async () => (await ways()).includes("swapV2 swapV3")),
    WAIT_MS,
  );
  await api.post("/kill", { reason: "the books are compared" });
  await settled(api);
  const executed = await expectBooksOfChain(api, accounts, before);
  expect(executed.every(({ execution }) => BigInt(execution!.profit!) > 0n)).toBe(true);
});
