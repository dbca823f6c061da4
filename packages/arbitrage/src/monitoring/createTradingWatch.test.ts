import { silentLog, silentMetrics } from "@trellis/base";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import { createNotifier, type NotificationJob, type NotificationRule } from "@trellis/platform/notify";
import { createMemoryDedupeStore } from "@trellis/platform/testing";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../engine/testing/openEngineBench.ts";
import type { BookDifference } from "../ledger/index.ts";
import { addressOf, TOKEN_0 } from "../pools/testing/addresses.ts";
import { createMemoryRiskStore, createRisk } from "../risk/index.ts";
import { createTradingWatch } from "./createTradingWatch.ts";

const WALLET = addressOf(0xe0);
const RULE: NotificationRule = {
  name: "all",
  kinds: ["trading.*", "books.*", "signer.*"],
  severityMin: "info",
  channels: ["team"],
  dedupeMs: 3_600_000,
};
const REQUEST = {
  token: TOKEN_0,
  notionalWei: LIMITS.chainDayWeiMax / 4n,
  gasWeiMax: LIMITS.gasDayWeiMax / 2n,
  gasPriceWei: 1n,
  blockTimeMs: 0,
  priceDeviationPpm: 0,
  pools: [],
  height: 1,
  lastBlock: 2,
};

function openWatch(metrics = createPrometheusMetrics({ process: false })) {
  const sent: string[] = [];
  const logged: string[] = [];
  const world = {
    nowMs: 0,
    file: undefined as string | undefined,
    differences: undefined as readonly BookDifference[] | undefined,
    failure: undefined as string | undefined,
    isQueueLost: false,
  };
  const clock = { nowMs: () => world.nowMs };
  const killSwitch = async () => world.file;
  const limits = () => ({ ...LIMITS, tradeWeiMax: LIMITS.chainDayWeiMax, failuresMax: 2 });
  const risk = createRisk({ store: createMemoryRiskStore(), clock, killSwitch, limits });
  const queue = {
    async enqueue({ notification }: NotificationJob) {
      if (world.isQueueLost) throw new Error("the database is lost");
      sent.push(`${notification.severity} ${notification.kind} ${notification.text}`);
    },
  };
  const store = createMemoryDedupeStore();
  const send = { send: async () => undefined };
  const watches = () => {
    const notifier = createNotifier([RULE], {
      channels: { team: send },
      dedupe: store,
      queue,
      clock,
      log: silentLog,
    });
    return createTradingWatch(() => `1/${WALLET}`, {
      risk,
      killSwitch,
      limits,
      clock,
      metrics,
      engine: () => ({ isLive: true, bookDifferences: world.differences }),
      signerFailure: () => world.failure,
      notify: (notification) => notifier.notify(notification),
      log: { ...silentLog, warn: (message) => void logged.push(message) },
    });
  };
  const spend = async (outcome: "executed" | "reverted"): Promise<void> => {
    await risk.admit({ ...REQUEST, id: outcome });
    await risk.settle(outcome, { outcome, profitWei: 0n, gasWei: LIMITS.gasDayWeiMax / 10n }, true);
  };
  return Object.assign(world, { watch: watches(), watches, risk, sent, logged, spend, metrics });
}

describe("trading watch", () => {
  it("ARB-40: reports a kill once, with author and reason, and the revival", async () => {
    const world = openWatch();
    await world.watch.look();
    expect(world.sent).toEqual([]);
    world.nowMs = 5_000;
    await world.risk.kill("key:a", "a fire");
    await world.watch.look();
    await world.watch.look();
    await world.watches().look();
    const killed =
      "critical trading.killed By key:a: a fire. No trade is made until an admin resumes trading.";
    expect(world.sent).toEqual([killed]);
    expect(world.logged).toEqual(["trading.killed", "trading.killed"]);
    await world.risk.revive();
    await world.watch.look();
    expect(world.sent.slice(1)).toEqual([
      "info trading.revived See the audit log for the actor and the reason.",
    ]);
    world.nowMs = 6_000;
    await world.risk.kill("key:a", "a fire");
    await world.watch.look();
    expect(world.sent.slice(2)).toEqual([killed]);
  });

  it("ARB-40: the kill file stops all workers before any trade", async () => {
    const world = openWatch();
    world.file = "the file is there";
    await world.watch.look();
    expect(world.sent).toMatchObject([expect.stringContaining("By switch: the file is there")]);
    expect((await world.risk.state()).killed).toMatchObject({ by: "switch" });
    world.file = undefined;
    await world.watch.look();
    expect(world.sent).toHaveLength(1);
  });

  it("ARB-40: reports an opened breaker with its reason, and its closing", async () => {
    const world = openWatch();
    await world.spend("reverted");
    await world.spend("reverted");
    await world.watch.look();
    expect(world.sent).toEqual([
      expect.stringMatching(/^critical trading.breakerOpened Reason: 2 consecutive failures/),
    ]);
    await world.risk.closeBreaker();
    await world.watch.look();
    expect(world.logged).toEqual(["trading.breakerOpened", "trading.revived"]);
    expect(world.sent).toHaveLength(2);
  });

  it("ARB-40: reports differing books with the accounts, again for another account", async () => {
    const world = openWatch();
    const coin = { account: WALLET, asset: "coin", booked: 5n, onChain: 7n } as const;
    world.differences = [coin];
    await world.watch.look();
    world.differences = [{ ...coin, onChain: 8n }];
    await world.watch.look();
    const place = `critical books.differ ${WALLET}: 5 of coin in the books, 7 on-chain.`;
    expect(world.sent).toEqual([place]);
    world.differences = [coin, { ...coin, asset: TOKEN_0, onChain: undefined }];
    await world.watch.look();
    const token = `${WALLET}: 5 of ${TOKEN_0} in the books, unknown on-chain.`;
    expect(world.sent.slice(1)).toEqual([`${place}\n${token}`]);
    world.differences = [];
    await world.watch.look();
    expect(world.sent).toHaveLength(2);
  });

  it("ARB-40: reports a signer that does not answer, and repeats failed notifications in the next round", async () => {
    const world = openWatch();
    world.failure = "SIGNER_UNREACHABLE";
    world.isQueueLost = true;
    await expect(world.watch.look()).rejects.toThrow("the database is lost");
    world.isQueueLost = false;
    world.nowMs = 3_600_001;
    await world.watch.look();
    expect(world.sent).toEqual([
      "critical signer.unreachable SIGNER_UNREACHABLE: no new transactions are sent.",
    ]);
  });

  it("without recipients sends nothing and logs everything", async () => {
    const { risk, logged, ...world } = openWatch();
    await risk.kill("key:a", "a fire");
    const watch = createTradingWatch(() => "1/a", {
      risk,
      killSwitch: async () => undefined,
      limits: () => LIMITS,
      notify: undefined,
      engine: () => ({ isLive: false, bookDifferences: undefined }),
      signerFailure: () => undefined,
      clock: { nowMs: () => world.nowMs },
      metrics: silentMetrics,
      log: { ...silentLog, warn: (message) => void logged.push(message) },
    });
    await watch.look();
    expect(logged).toEqual(["trading.killed"]);
  });

  it("gauges show what stops trading, pending trades, and the used limits", async () => {
    const world = openWatch();
    const shown = async (name: string) =>
      (await world.metrics.render())
        .split("\n")
        .filter((line) => line.startsWith(`trellis_arbitrage_${name}`))
        .map((line) => line.slice("trellis_arbitrage_".length));
    expect(await shown("killed")).toEqual(["killed 0"]);
    expect(await shown("limit_used_ratio")).toHaveLength(5);
    await world.spend("reverted");
    await world.risk.admit({ ...REQUEST, id: "b" });
    await world.watch.look();
    expect(await shown("limit_used_ratio")).toEqual([
      'limit_used_ratio{limit="chainDayMax"} 0.25',
      'limit_used_ratio{limit="tokenDayMax"} 0.25',
      'limit_used_ratio{limit="gasDayMax"} 0.6',
      'limit_used_ratio{limit="lossDayMax"} 0.1',
      'limit_used_ratio{limit="failuresMax"} 0.5',
    ]);
    expect([...(await shown("jobs")), ...(await shown("live")), ...(await shown("signer"))]).toEqual([
      ...["jobs 1", "live 1", "signer_reachable 1"],
    ]);
    world.failure = "SIGNER_UNREACHABLE";
    await world.risk.kill("key:a", "a fire");
    await world.spend("reverted");
    await world.watch.look();
    expect([...(await shown("killed")), ...(await shown("signer"))]).toEqual([
      ...["killed 1", "signer_reachable 0"],
    ]);
  });
});
