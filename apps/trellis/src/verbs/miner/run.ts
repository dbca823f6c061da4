import type { Metrics } from "@trellis/base";
import { useWideVectors } from "@trellis/mining";
import { createHealth, openServicePort, type ServicePort } from "@trellis/platform/http";
import { endWithParent } from "@trellis/platform/lifecycle";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemRandom, systemScheduler, systemSteadyClock } from "@trellis/platform/system";
import { nodeMetrics } from "../../metrics.ts";
import { measureMining } from "../../node/measureMining.ts";
import { weiToCoins } from "../../node/weiToCoins.ts";
import { readApiKey } from "../reserves/readApiKey.ts";
import { checkSettings } from "./checkSettings.ts";
import { DEVICES } from "./createDevices.ts";
import { createRemoteMiner, type MinerStatus, type RemoteMiner } from "./createRemoteMiner.ts";
import { createReporter } from "./createReporter.ts";
import { DeviceBlocks } from "./DeviceBlocks.ts";
import { openDevices } from "./openDevices.ts";
import { nodeConnector } from "./openNodeConnection.ts";
import type { MinerSettings } from "./settings.ts";

const REPORT_MS = 10_000;
const MEASURE_MS = 5_000;
const NO_BLOCKS = new DeviceBlocks().status();
const NOTHING: MinerStatus["devices"] = { cpu: NO_BLOCKS, gpu: NO_BLOCKS };

export async function run(settings: MinerSettings, io: ServiceIo): Promise<void> {
  const { node: nodes, stream: algorithm, threads, json } = settings;
  const { lifecycle, metrics, stdout, log } = io;
  const address = settings.address.toLowerCase();
  checkSettings(settings);
  const apiKey = settings.apiKeyFrom === "" ? undefined : await readApiKey(settings.apiKeyFrom, io);
  endWithParent();
  useWideVectors();
  const devices = await lifecycle.start(
    "hashing",
    () => openDevices(settings, log.child("miner")),
    (opened) => opened.close(),
  );
  const miner = createRemoteMiner(
    { nodes, address, algorithm, pauseMs: settings.blockTime === "found" ? 0 : settings.blockTime },
    {
      connect: nodeConnector(apiKey),
      devices,
      clock: systemSteadyClock,
      scheduler: systemScheduler,
      random: systemRandom,
      log: log.child("miner"),
      onFailed: (error) => lifecycle.fail("mining", error),
    },
  );
  const measures = [
    measureStatus(miner, metrics),
    ...DEVICES.map((device) => {
      const hashCounts = () => devices.hashCounts(device);
      return measureMining(device, { hashCounts }, new Set([algorithm]), metrics);
    }),
  ];
  const measure = (): void => {
    for (const each of measures) each();
  };
  await lifecycle.start(
    "mining metrics",
    () => repeat(systemScheduler, MEASURE_MS, measure),
    (measuring) => measuring.stop(),
  );
  // The last report follows the end of mining.
  const report = createReporter(settings, { miner, devices });
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
  const searching = settings.device === "gpu" ? "gpu" : `${settings.device}, ${threads} threads`;
  const text = `\n  Trellis miner of ${algorithm} for ${address}, ${searching}, nodes ${nodes.join(", ")}\n\n`;
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
  let before = NOTHING;
  const measure = (): void => {
    const { node, devices } = miner.status();
    connected.set(node === undefined ? 0 : 1);
    for (const device of DEVICES) {
      const [now, last] = [devices[device], before[device]];
      for (const outcome of ["accepted", "stale", "refused", "lost"] as const)
        submitted.add(now[outcome] - last[outcome], { device, outcome });
      for (const colour of ["blue", "red"] as const)
        final.add(now[colour] - last[colour], { device, colour });
      rewards.add(weiToCoins(now.rewardsWei - last.rewardsWei), { device });
    }
    before = devices;
  };
  measure();
  return measure;
}
