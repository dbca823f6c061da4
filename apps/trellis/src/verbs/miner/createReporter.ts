import { weiToCoins } from "../../node/weiToCoins.ts";
import { DEVICES, type Device, type Devices } from "./createDevices.ts";
import type { RemoteMiner } from "./createRemoteMiner.ts";
import type { DeviceStatus } from "./DeviceBlocks.ts";
import type { MinerSettings } from "./settings.ts";

interface Reported {
  readonly miner: Pick<RemoteMiner, "status">;
  readonly devices: Pick<Devices, "hashCounts" | "adapter">;
}

interface Facts extends Omit<DeviceStatus, "rewardsWei"> {
  /** Of the searches since the last report. */
  readonly hashRate: number;
  readonly found: number;
  readonly rewards: number;
}

type Rates = Readonly<Record<Device, number>>;

/** A line of all devices and, if a GPU mines, a line of each. */
export function createReporter(
  { stream, json }: Pick<MinerSettings, "stream" | "json">,
  { miner, devices }: Reported,
): () => string {
  const rate = {
    cpu: hashRate(() => devices.hashCounts("cpu").get(stream)),
    gpu: hashRate(() => devices.hashCounts("gpu").get(stream)),
  };
  return () => {
    const rates: Rates = { cpu: rate.cpu(), gpu: rate.gpu() };
    const { node = null, devices: each, ...all } = miner.status();
    const { adapter = null } = devices;
    const sum = factsOf(all, rates.cpu + rates.gpu);
    const of = { cpu: factsOf(each.cpu, rates.cpu), gpu: { adapter, ...factsOf(each.gpu, rates.gpu) } };
    if (json) return `${JSON.stringify({ event: "status", node, ...sum, devices: of })}\n`;
    const total = `  ${textOf(sum)} · ${node ?? "no node"}\n`;
    if (adapter === null && of.gpu.found === 0) return total;
    const names = { cpu: "cpu", gpu: adapter === null ? "gpu" : `gpu ${adapter}` };
    return total + DEVICES.map((device) => `    ${names[device]}: ${textOf(of[device])}\n`).join("");
  };
}

function hashRate(count: () => { hashes: number; searchingMs: number } | undefined): () => number {
  let before = { hashes: 0, searchingMs: 0 };
  return () => {
    const now = count() ?? before;
    const [hashes, searchedMs] = [now.hashes - before.hashes, now.searchingMs - before.searchingMs];
    before = now;
    return searchedMs === 0 ? 0 : (hashes * 1_000) / searchedMs;
  };
}

function factsOf({ rewardsWei, ...blocks }: DeviceStatus, rate: number): Facts {
  const found = blocks.accepted + blocks.stale + blocks.refused + blocks.lost;
  return { hashRate: rate, found, ...blocks, rewards: weiToCoins(rewardsWei) };
}

function textOf({
  hashRate: rate,
  found,
  accepted,
  stale,
  refused,
  lost,
  blue,
  red,
  rewards,
}: Facts): string {
  const blocks = `${found} found, ${accepted} accepted, ${stale} stale, ${refused} refused, ${lost} lost`;
  return `${rateText(rate)} · ${blocks} · final: ${blue} blue, ${red} red, ${rewards} coins`;
}

function rateText(hashesPerS: number): string {
  const [unit, divisor] = hashesPerS >= 1e6 ? ["MH/s", 1e6] : hashesPerS >= 1e3 ? ["kH/s", 1e3] : ["H/s", 1];
  return `${(hashesPerS / Number(divisor)).toFixed(1)} ${unit}`;
}
