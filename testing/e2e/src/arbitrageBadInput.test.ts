import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "@trellis/base";
import { isPostgres, startPostgres } from "@trellis/kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ArbitrageService, startService } from "./arbitrage/ArbitrageService.ts";
import { deployPoisonedPairs } from "./arbitrage/deployPoisonedPairs.ts";
import {
  type Balances,
  balancesOf,
  expectBooksOfChain,
  expectProfits,
  sentBy,
  settled,
} from "./arbitrage/expectBooksOfChain.ts";
import { openTradedMarket, type TradedMarket } from "./arbitrage/openTradedMarket.ts";
import { throttled } from "./arbitrage/throttled.ts";
import { publicClientOf } from "./clients.ts";
import { seededRandom } from "./crash/seededRandom.ts";
import { eventually, whileMoving } from "./eventually.ts";
import { type Devnet, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const UNIT = 10n ** 18n;
const WAIT_MS = 180_000;

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let directory: TemporaryDirectory;
let devnet: Devnet;
let traded: TradedMarket;
let services = 0;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const starting = startPostgres();
  devnet = await startDevnet();
  traded = await openTradedMarket(devnet, directory.path);
  postgres = await starting;
});
afterAll(async () => {
  await devnet?.stop();
  await directory?.remove();
  if (isPostgres(postgres)) await postgres.stop();
});

async function start(more: object = {}): Promise<ArbitrageService> {
  const { base, other } = traded.market;
  const settings = { ...traded.settings, tokens: [base, other], ...more };
  services += 1;
  return startService({ dataDir: join(directory.path, `service-${services}`), settings });
}
const executedCount = async ({ api }: ArbitrageService): Promise<number> =>
  (await api.executions("executed")).length;
const height = async () => String(await publicClientOf(devnet.rpcUrl).getBlockNumber({ cacheTime: 0 }));

it("NODE_OF_OTHER_CHAIN: refuses a node of another chain before anything starts", async () => {
  const config = join(directory.path, "other.yaml");
  await writeFile(config, JSON.stringify({ arbitrage: { ...traded.settings, chain: 1 } }));
  const ended = ["serve", "scan"].map((action) => {
    const place = ["--data-dir", join(directory.path, "other"), "--port", "0", "--config", config];
    return runTrellis(["arbitrage", action, ...place]);
  });
  for (const { exitCode, stderr } of await Promise.all(ended))
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/NODE_OF_OTHER_CHAIN/)]);
});

describe("wallet with rising gas prices and a second process", () => {
  let service: ArbitrageService;
  let before: Balances;
  beforeAll(async () => {
    before = await balancesOf(traded.accounts);
    service = await start({ limits: { ...traded.settings.limits, gasPriceMax: "1" } });
  });
  afterAll(() => service?.kill());

  it("above the gas price limit nothing is sent, and the ledger shows why", async () => {
    const { market } = traded;
    const { api } = service;
    await market.openGap(market.pairs[0]!, 50n * UNIT);
    await eventually(
      throttled(async () => (await api.opportunities("refused")).length > 0),
      WAIT_MS,
    );
    const [refused] = await api.opportunities("refused");
    expect(refused).toMatchObject({ execution: null });
    expect(refused!.decisions.at(-1)).toMatchObject({ stage: "risk", isGo: false, code: "gasPriceTooHigh" });
    expect(await sentBy(traded.accounts, before)).toEqual([]);

    await allowGas();
    await market.openGap(market.pairs[0]!, UNIT);
    await eventually(
      throttled(async () => (await executedCount(service)) > 0),
      WAIT_MS,
    );
  });

  it("another process that sends with the wallet's key takes nonces, and no job is executed twice", async () => {
    const { market, owner, client, accounts } = traded;
    const { api } = service;
    await allowGas();
    const hasSeenHead = async (): Promise<boolean> =>
      ((await api.status()).head?.height ?? 0) >= Number(await height());
    const foreign = new Set<Hex>();
    let isRacing = true;
    const race = (async () => {
      while (isRacing) {
        // Without this wait, each transaction's block would make the service's view stale.
        await eventually(async () => !isRacing || (await hasSeenHead()), WAIT_MS);
        const nonce = await client.nextNonce(owner.address, "pending");
        const { raw, hash } = await owner.prepare(
          { to: owner.address, data: "0x" },
          { nonce, gasLimit: 21_000n },
        );
        // Fails if the service traded first or pays more.
        await client.send(raw).then(
          () => foreign.add(hash),
          () => undefined,
        );
      }
    })();
    const gaps = [50n, 5n, 5n, 5n];
    try {
      for (const amount of gaps) await market.openGap(market.pairs[0]!, amount * UNIT);
      await eventually(() => foreign.size > gaps.length, WAIT_MS);
    } finally {
      isRacing = false;
      await race;
    }
    await whileMoving(
      throttled(async () => {
        if ((await executedCount(service)) === 0) await market.openGap(market.pairs[0]!, 5n * UNIT);
        return (await executedCount(service)) > 0;
      }),
      height,
    );
    await api.post("/kill", { reason: "the books are compared" });
    await settled(api);

    const [sent, executions, now] = [
      await sentBy(accounts, before),
      await api.executions(),
      await balancesOf(accounts),
    ];
    const included = sent.filter(({ input }) => input !== "0x");
    expect(new Set(included.map(({ input }) => input)).size).toBe(included.length);
    const executed = executions.filter(({ outcome }) => outcome === "executed");
    expect(new Set(executed.map(({ execution }) => execution!.transactionHash))).toEqual(
      new Set(included.filter(({ isReverted }) => !isReverted).map(({ hash }) => hash)),
    );
    await expectProfits(accounts.rpcUrl, executed);
    const profit = executed.reduce((sum, { execution }) => sum + BigInt(execution!.profit!), 0n);
    expect(now.ownerToken - before.ownerToken).toBe(profit);
    const paid = sent.filter(({ hash }) => foreign.has(hash)).reduce((sum, { gasWei }) => sum + gasWei, 0n);
    await eventually(
      throttled(async () => {
        const [difference, ...others] = ((await api.status()).bookDifferences ?? []) as {
          readonly account: string;
          readonly booked: string;
          readonly onChain: string;
        }[];
        const missing = BigInt(difference?.booked ?? 0) - BigInt(difference?.onChain ?? 0);
        return others.length === 0 && difference?.account === owner.address && missing === paid;
      }),
      WAIT_MS,
    );
  });

  async function allowGas(): Promise<void> {
    const change = { key: "gasPriceMax", value: String(10n ** 12n), reason: "the spike is over" };
    await service.api.post("/config", change);
  }
});

it("a database failure during pending trades loses none of them", async ({ skip, onTestFinished }) => {
  if (!isPostgres(postgres)) return skip(postgres.reason);
  const { market, accounts } = traded;
  const place = join(directory.path, "database");
  await writeFile(place, await postgres.createDatabase(), { mode: 0o600 });
  const before = await balancesOf(accounts);
  const service = await start({ database: `file:${place}` });
  onTestFinished(async () => void (await service.kill()));
  const { api } = service;
  const random = seededRandom(3);
  for (let round = 0; round < 3; round += 1) {
    const opening = market.openGap(market.pairs[round % 2]!, 60n * UNIT);
    await new Promise((resolve) => setTimeout(resolve, random() * 1_500));
    await postgres.crash();
    await opening;
  }
  const executed = async () => {
    await market.openGap(market.pairs[0]!, 5n * UNIT);
    return (await executedCount(service)) > 0;
  };
  await whileMoving(throttled(executed), height);
  await api.post("/kill", { reason: "the books are compared" });
  await settled(api);
  await expectBooksOfChain(api, accounts, before);
});

it("hostile tokens are excluded with the reason in the ledger, and cost nothing", async ({
  onTestFinished,
}) => {
  const { arbitrageur } = traded.market;
  const attack = "0x09c5eabe"; // execute(bytes)
  const { reentrant, ...tokens } = await deployPoisonedPairs(traded, {
    feeOnTransfer: { kind: "FeeToken", calls: () => [["setOn", [true]]] },
    paused: { kind: "BlockingToken", calls: () => [["setPaused", [true]]] },
    gasBurning: { kind: "GasBurningToken", calls: () => [["setOn", [true]]] },
    honeypot: {
      kind: "HoneypotToken",
      calls: (pairs) => [...pairs.map((pair) => ["setPool", [pair]] as const), ["setOn", [true]]],
    },
    rebasing: { kind: "RebasingToken", calls: () => [["setFactorOnTransfer", [UNIT + UNIT / 100n]]] },
    reentrant: { kind: "ReentrantToken", calls: () => [["arm", [arbitrageur, attack]]] },
  });
  const before = await balancesOf(traded.accounts);
  const service = await start({ tokens: [] });
  onTestFinished(async () => void (await service.kill()));
  const { api } = service;
  const excluded = async () => {
    const { excludedTokens } = await api.status();
    return new Map(excludedTokens.map(({ token, reason }) => [token, reason]));
  };
  await whileMoving(
    throttled(async () => {
      const found = await excluded();
      return Object.values(tokens).every((token) => found.has(token));
    }),
    async () => [await height(), (await excluded()).size],
  );
  for (const [verdict, token] of Object.entries(tokens))
    expect((await excluded()).get(token)).toContain(verdict);
  const opportunities = await api.opportunities();
  for (const token of Object.values(tokens)) {
    const refused = opportunities.filter(({ decisions }) => decisions.at(-1)?.reason.includes(token));
    expect(refused.length, token).toBeGreaterThan(0);
    expect(refused.every(({ outcome }) => outcome === "refused")).toBe(true);
  }
  await eventually(
    throttled(async () => (await executedCount(service)) > 0),
    WAIT_MS,
  );
  await api.post("/kill", { reason: "the books are compared" });
  await settled(api);
  const executed = await expectBooksOfChain(api, traded.accounts, before);
  expect(executed.every(({ hops }) => hops.length === 2)).toBe(true);
  expect((await excluded()).has(reentrant)).toBe(false);
});
