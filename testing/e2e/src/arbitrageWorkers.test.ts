import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isPostgres, startPostgres } from "@trellis/kit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type ArbitrageApi,
  type ArbitrageService,
  type BookedAccounts,
  marketAccounts,
  marketSettings,
  startService,
} from "./arbitrage/ArbitrageService.ts";
import { balancesOf, expectBooksOfChain, settled } from "./arbitrage/expectBooksOfChain.ts";
import { throttled } from "./arbitrage/throttled.ts";
import { publicClientOf } from "./clients.ts";
import { seededRandom } from "./crash/seededRandom.ts";
import { whileMoving } from "./eventually.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

type Hex = `0x${string}`;

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let directory: TemporaryDirectory;
let devnet: Devnet;
let settings: Record<string, unknown>;
let accounts: BookedAccounts;
let workers: ArbitrageService[];

beforeAll(async () => {
  directory = await temporaryDirectory();
  const starting = startPostgres();
  devnet = await startDevnet({ arbitrage: "market", args: ["--trade-time", "1000"] });
  settings = { ...(await marketSettings(devnet.ready.arbitrage!.settingsFile)), poll: "50ms" };
  accounts = await marketAccounts(devnet);
  postgres = await starting;
  await untilMarketIsThere();
});
afterAll(async () => {
  await devnet?.stop();
  await directory?.remove();
  if (isPostgres(postgres)) await postgres.stop();
});

beforeEach(() => {
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker?.kill()));
});

const PAIR_COUNT = [
  {
    type: "function",
    name: "allPairsLength",
    stateMutability: "view",
    inputs: [],
    outputs: [{ type: "uint256" }],
  },
] as const;
const POOLS = 10n;
const KILL_MS = 1_000;

async function untilMarketIsThere(): Promise<void> {
  const client = publicClientOf(devnet.rpcUrl);
  const { factories } = settings as { factories: { address: Hex }[] };
  const pairsOf = async ({ address }: { address: Hex }): Promise<bigint> =>
    client.readContract({ address, abi: PAIR_COUNT, functionName: "allPairsLength" }).catch(() => 0n);
  const count = async () => (await Promise.all(factories.map(pairsOf))).reduce((sum, each) => sum + each, 0n);
  await whileMoving(
    throttled(async () => (await count()) === POOLS),
    async () => String(await count()),
  );
}

async function tradeThroughKills(start: (number: number) => Promise<ArbitrageService>, count: number) {
  const random = seededRandom(count);
  const begin = async (number: number): Promise<void> => {
    workers[number] = await start(number);
  };
  await Promise.all(Array.from({ length: count }, (_, number) => begin(number)));
  const api = (): ArbitrageApi => workers.at(-1)!.api;
  const executedCount = async (): Promise<number> =>
    (await api().executions("executed")).filter(
      ({ expectedProfit, execution }) => execution?.profit === expectedProfit,
    ).length;
  const untilFurther = async (further: number): Promise<void> => {
    const wanted = (await executedCount()) + further;
    const moves = async () => String(await publicClientOf(devnet.rpcUrl).getBlockNumber({ cacheTime: 0 }));
    await whileMoving(
      throttled(async () => (await executedCount()) >= wanted),
      moves,
    );
  };
  await untilFurther(2);
  for (let number = 0; number < count; number += 1) {
    await new Promise((resolve) => setTimeout(resolve, random() * KILL_MS));
    await workers[number]!.kill();
    await begin(number);
    await untilFurther(1);
  }
  await api().post("/kill", { reason: "the books are compared" });
  await settled(api());
}

describe("profit on a market with a random trader", () => {
  it("is the predicted one to the wei, once, with one worker that is killed", async () => {
    const before = await balancesOf(accounts);
    const dataDir = join(directory.path, "worker");
    await tradeThroughKills(() => startService({ dataDir, settings }), 1);
    const executed = await expectBooksOfChain(workers[0]!.api, accounts, before);
    expect(executed.length).toBeGreaterThanOrEqual(3);
  });

  it("also with three workers on one database that are killed one after another", async ({ skip }) => {
    if (!isPostgres(postgres)) return skip(postgres.reason);
    const before = await balancesOf(accounts);
    const secretFile = async (name: string, secret: string): Promise<string> => {
      const place = join(directory.path, name);
      await writeFile(place, secret, { mode: 0o600 });
      return `file:${place}`;
    };
    const shared = {
      ...settings,
      database: await secretFile("database", await postgres.createDatabase()),
      keyFrom: await secretFile("keys", randomBytes(32).toString("hex")),
    };
    const start = (number: number) =>
      startService({ dataDir: join(directory.path, `worker-${number}`), settings: shared });
    await tradeThroughKills(start, 3);
    for (const { api } of workers) {
      await settled(api);
      await expectBooksOfChain(api, accounts, before);
    }
  });
});
