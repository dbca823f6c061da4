import type { Metrics } from "@trellis/base";
import { type CpuMiner, createCpuMiner } from "@trellis/mining";
import { platformErrors } from "@trellis/platform";
import { createHealth, openServicePort, type ServicePort } from "@trellis/platform/http";
import { endWithParent } from "@trellis/platform/lifecycle";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { nodeMetrics } from "../../metrics.ts";
import { measureMining } from "../../node/measureMining.ts";
import { createRemoteMiner, type MinerStatus, type RemoteMiner } from "./createRemoteMiner.ts";
import { openNodeConnection } from "./openNodeConnection.ts";
import type { MinerSettings } from "./settings.ts";

const REPORT_MS = 10_000;
const MEASURE_MS = 5_000;
const WEI_OF_COIN = 1e18;

export async function run(settings: MinerSettings, io: ServiceIo): Promise<void> {
  const { node: nodes, stream: algorithm, threads, json } = settings;
  const { lifecycle, metrics, stdout, log } = io;
  const address = settings.address.toLowerCase();
  if (address === "")
    throw platformErrors.CONFIG_INVALID_VALUE({ setting: "address", expected: "the address for rewards" });
  endWithParent();
  const cpu = await lifecycle.start(
    "hashing",
    () => createCpuMiner({ workers: threads }, systemScheduler),
    (opened) => opened.close(),
  );
  const miner = createRemoteMiner(
    { nodes, address, algorithm, pauseMs: settings.blockTime === "found" ? 0 : settings.blockTime },
    {
      connect: openNodeConnection,
      cpu,
      clock: systemClock,
      scheduler: systemScheduler,
      random: systemRandom,
      log: log.child("miner"),
    },
  );
  const measureHashes = measureMining(cpu, new Set([algorithm]), metrics);
  const measureBlocks = measureStatus(miner, metrics);
  const measure = (): void => {
    measureHashes();
    measureBlocks();
  };
  await lifecycle.start(
    "mining metrics",
    () => repeat(systemScheduler, MEASURE_MS, measure),
    (measuring) => measuring.stop(),
  );
  // The last report follows the end of mining.
  const report = reporter(miner, cpu, settings);
  await lifecycle.start(
    "report",
    () => repeat(systemScheduler, REPORT_MS, () => void stdout.write(report())),
    (reporting) => {
      stdout.write(report());
      return reporting.stop();
    },
  );
  await lifecycle.start(
    "mining",
    () => miner.start(),
    () => miner.stop(),
  );
  const service = await openHealthPort(settings, miner, io);
  lifecycle.serving();
  const facts = { nodes, stream: algorithm, address, http: service?.url ?? null };
  const text = `\n  Trellis miner of ${algorithm} for ${address}, ${threads} threads, nodes ${nodes.join(", ")}\n\n`;
  stdout.write(json ? `${JSON.stringify({ event: "ready", ...facts })}\n` : text);
}

function openHealthPort(
  { httpHost: host, httpPort: port }: MinerSettings,
  miner: RemoteMiner,
  { lifecycle, log, metrics }: ServiceIo,
): Promise<ServicePort> | undefined {
  if (port === "none") return undefined;
  const health = createHealth(lifecycle);
  health.addCheck("node", () => (miner.status().node === undefined ? "no node connected" : undefined));
  return lifecycle.start(
    "service port",
    () => openServicePort({ host, port }, { log: log.child("http"), metrics, health }),
    (opened) => opened.close(),
  );
}

function measureStatus(miner: RemoteMiner, metrics: Metrics): () => void {
  const connected = metrics.gauge(nodeMetrics.trellis_miner_connected);
  const submitted = metrics.counter(nodeMetrics.trellis_miner_blocks_total);
  const final = metrics.counter(nodeMetrics.trellis_miner_final_blocks_total);
  const rewards = metrics.counter(nodeMetrics.trellis_miner_rewards_coins_total);
  let before: MinerStatus = {
    ...miner.status(),
    accepted: 0,
    stale: 0,
    refused: 0,
    blue: 0,
    red: 0,
    rewardsWei: 0n,
  };
  const measure = (): void => {
    const now = miner.status();
    connected.set(now.node === undefined ? 0 : 1);
    for (const outcome of ["accepted", "stale", "refused"] as const)
      submitted.add(now[outcome] - before[outcome], { outcome });
    for (const colour of ["blue", "red"] as const) final.add(now[colour] - before[colour], { colour });
    rewards.add(Number(now.rewardsWei - before.rewardsWei) / WEI_OF_COIN);
    before = now;
  };
  measure();
  return measure;
}

/** The hash rate is of the searches since the last report. */
function reporter(miner: RemoteMiner, cpu: CpuMiner, { stream, json }: MinerSettings): () => string {
  let before = { hashes: 0, searchingMs: 0 };
  return () => {
    const now = cpu.hashCounts().get(stream) ?? before;
    const searchedMs = now.searchingMs - before.searchingMs;
    const hashRate = searchedMs === 0 ? 0 : ((now.hashes - before.hashes) * 1_000) / searchedMs;
    before = now;
    const { node = null, accepted, stale, refused, blue, red, rewardsWei } = miner.status();
    const found = accepted + stale + refused;
    const rewards = Number(rewardsWei) / WEI_OF_COIN;
    const facts = { node, hashRate, found, accepted, stale, refused, blue, red, rewards };
    if (json) return `${JSON.stringify({ event: "status", ...facts })}\n`;
    const blocks = `${found} found, ${accepted} accepted, ${stale} stale, ${refused} refused`;
    const final = `final: ${blue} blue, ${red} red, ${rewards} coins`;
    return `  ${shownRate(hashRate)} · ${blocks} · ${final} · ${node ?? "no node"}\n`;
  };
}

function shownRate(hashesPerS: number): string {
  const [unit, divisor] = hashesPerS >= 1e6 ? ["MH/s", 1e6] : hashesPerS >= 1e3 ? ["kH/s", 1e3] : ["H/s", 1];
  return `${(hashesPerS / Number(divisor)).toFixed(1)} ${unit}`;
}
