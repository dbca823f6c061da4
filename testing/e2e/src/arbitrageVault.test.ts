import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ArbitrageService, startService } from "./arbitrage/ArbitrageService.ts";
import { type DeployedCurvePool, deployCurvePool } from "./arbitrage/deployCurvePool.ts";
import { type DeployedVaultPool, deployVaultPool } from "./arbitrage/deployVaultPool.ts";
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
let balancer: DeployedVaultPool;
let curve: DeployedCurvePool;
let service: ArbitrageService | undefined;

beforeAll(async () => {
  directory = await temporaryDirectory();
  devnet = await startDevnet();
  traded = await openTradedMarket(devnet, directory.path);
  balancer = await deployVaultPool(traded, 10_000n * UNIT);
  curve = await deployCurvePool(traded, 10_000n * UNIT);
});
afterAll(async () => {
  await service?.kill();
  await devnet?.stop();
  await directory?.remove();
});

it("gaps between v2 pairs and pools of Balancer's vault and of Curve's kind are closed live, with the predicted profit to the wei", async () => {
  const { market, settings, accounts } = traded;
  const { factory, vault } = balancer;
  const factories = [
    ...(settings.factories as object[]),
    { kind: "balancer-weighted", address: factory, vault, exactPowers: false },
  ];
  service = await startService({
    dataDir: join(directory.path, "service"),
    settings: { ...settings, factories, curvePools: [curve.pool] },
  });
  const { api } = service;
  const before = await balancesOf(accounts);
  const isClosed = (way: string) =>
    eventually(
      throttled(async () =>
        (await api.executions("executed")).some(({ hops }) => hops.map(({ kind }) => kind).join(" ") === way),
      ),
      WAIT_MS,
    );

  // The cycle's first pool offers no flash swap, but the pair does.
  await market.openGap(market.pairs[0]!, 50n * UNIT);
  await isClosed("swapBalancer swapV2");
  await market.openGap(curve.pair, 50n * UNIT);
  await isClosed("swapCurve swapV2");
  await balancer.openGap(800n * UNIT);
  await isClosed("swapV2 swapBalancer");
  await curve.openGap(5_000n * UNIT);
  await isClosed("swapV2 swapCurve");
  await api.post("/kill", { reason: "the books are compared" });
  await settled(api);
  const executed = await expectBooksOfChain(api, accounts, before);
  expect(executed.every(({ execution }) => BigInt(execution!.profit!) > 0n)).toBe(true);
});
