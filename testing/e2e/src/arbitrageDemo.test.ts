import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ArbitrageApi, marketAccounts } from "./arbitrage/ArbitrageService.ts";
import { balancesOf, expectBooksOfChain, settled } from "./arbitrage/expectBooksOfChain.ts";
import { throttled } from "./arbitrage/throttled.ts";
import { rpcCall } from "./clients.ts";
import { whileMoving } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { type Devnet, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const ARGS = ["--trade-time", "700"];

let directory: TemporaryDirectory;
let devnet: Devnet | undefined;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  await devnet?.kill();
  await directory.remove();
});

async function start(arbitrage: "paper" | "live"): Promise<ArbitrageApi> {
  devnet = await startDevnet({ dataDir: join(directory.path, "devnet"), arbitrage, args: ARGS });
  const { url, adminKey, mode } = devnet.ready.arbitrage!;
  expect([url, mode]).toEqual([`${devnet.httpUrl}/arbitrage/v1`, arbitrage]);
  await whileMoving(
    throttled(async () => (await fetch(`${url}/health`)).status === 200),
    height,
  );
  return new ArbitrageApi(url!, adminKey!);
}

const height = async (): Promise<unknown> => (await rpcCall(devnet!.rpcUrl, "eth_blockNumber")).result;

async function pastIsJudged(found: number, settingsFile: string): Promise<void> {
  await whileMoving(
    throttled(async () => Number(await height()) >= found + 5),
    height,
  );
  const range = ["--past", JSON.stringify({ from: found, to: found })];
  const { stdout } = await runTrellis([
    "arbitrage",
    "backtest",
    "--config",
    settingsFile,
    "--json",
    ...range,
  ]);
  const { summary } = JSON.parse(stdout);
  expect(summary).toMatchObject({ failures: {}, heads: 1, unjudged: 0 });
  expect(summary.recorded).toBeGreaterThan(0);
}

it("a devnet's random trader opens gaps, which are recorded in paper mode and closed live, also after a restart", async () => {
  const paper = await start("paper");
  const { adminKey, settingsFile } = devnet!.ready.arbitrage!;
  const recorded = async () => (await paper.opportunities("recorded")).length > 0;
  await whileMoving(throttled(recorded), height);
  expect(await paper.status()).toMatchObject({ isLive: false, poolCount: 10, stalePoolCount: 0 });
  expect(await paper.executions()).toEqual([]);
  const accounts = await marketAccounts(devnet!);
  expect((await balancesOf(accounts)).nonce).toBe(0);
  const scan = await runTrellis(["arbitrage", "scan", "--config", settingsFile, "--json"]);
  expect(JSON.parse(scan.stdout)).toMatchObject({ pools: 10, stale: 0 });
  await pastIsJudged((await paper.opportunities("recorded"))[0]!.block.height, settingsFile);
  expectStopped(await devnet!.stop());

  const live = await start("live");
  expect(devnet!.ready.arbitrage!.adminKey).toBe(adminKey);
  const again = { ...accounts, rpcUrl: devnet!.rpcUrl };
  const before = { height: 0, nonce: 0, ownerToken: 0n, walletCoin: 1_000n * 10n ** 18n };
  const asPredicted = async () =>
    (await live.executions("executed")).filter(
      ({ expectedProfit, execution }) => execution?.profit === expectedProfit,
    );
  await whileMoving(
    throttled(async () => (await asPredicted()).length >= 2),
    height,
  );
  await live.post("/kill", { reason: "the books are compared" });
  await settled(live);
  await expectBooksOfChain(live, again, before);
  expect(await live.status()).toMatchObject({ isLive: true, poolCount: 10 });
  expectStopped(await devnet!.stop());
});
