import type { HashCount } from "@trellis/mining";
import { expect, it } from "vitest";
import type { Device } from "./createDevices.ts";
import { createReporter } from "./createReporter.ts";
import { sumOf } from "./DeviceBlocks.ts";

const COIN = 10n ** 18n;
const cpu = { accepted: 2, stale: 1, refused: 0, lost: 0, blue: 1, red: 1, rewardsWei: COIN };
const gpu = { accepted: 3, stale: 0, refused: 1, lost: 1, blue: 2, red: 0, rewardsWei: 2n * COIN };
const nothing = { accepted: 0, stale: 0, refused: 0, lost: 0, blue: 0, red: 0, rewardsWei: 0n };

function open(json: boolean, { adapter, other = gpu }: { adapter?: string; other?: typeof gpu }) {
  const counts: Record<Device, HashCount> = {
    cpu: { hashes: 0, searchingMs: 0 },
    gpu: { hashes: 0, searchingMs: 0 },
  };
  const status = () => ({ node: "ws://a", devices: { cpu, gpu: other }, ...sumOf(cpu, other) });
  const devices = {
    adapter,
    hashCounts: (device: Device) => new Map([["heavy", counts[device]]] as const),
  };
  return { counts, report: createReporter({ stream: "heavy", json }, { miner: { status }, devices }) };
}

it("reports all devices and each, with the hash rate since the last report", () => {
  const { counts, report } = open(false, { adapter: "Card 1" });
  report();
  counts.cpu = { hashes: 2_000, searchingMs: 1_000 };
  counts.gpu = { hashes: 48_000, searchingMs: 1_000 };
  expect(report().split("\n")).toEqual([
    "  50.0 kH/s · 8 found, 5 accepted, 1 stale, 1 refused, 1 lost · final: 3 blue, 1 red, 3 coins · ws://a",
    "    cpu: 2.0 kH/s · 3 found, 2 accepted, 1 stale, 0 refused, 0 lost · final: 1 blue, 1 red, 1 coins",
    "    gpu Card 1: 48.0 kH/s · 5 found, 3 accepted, 0 stale, 1 refused, 1 lost · final: 2 blue, 0 red, 2 coins",
    "",
  ]);
  expect(report()).toContain("  0.0 H/s");
});

it("without a GPU, reports one line", () => {
  const { report } = open(false, { other: nothing });
  expect(report()).toBe(
    "  0.0 H/s · 3 found, 2 accepted, 1 stale, 0 refused, 0 lost · final: 1 blue, 1 red, 1 coins · ws://a\n",
  );
});

it("prints a line of JSON", () => {
  const { counts, report } = open(true, { adapter: "Card 1" });
  counts.gpu = { hashes: 3_000_000, searchingMs: 1_500 };
  expect(JSON.parse(report())).toEqual({
    ...{ event: "status", node: "ws://a", hashRate: 2e6, found: 8, accepted: 5, stale: 1, refused: 1 },
    ...{ lost: 1, blue: 3, red: 1, rewards: 3 },
    devices: {
      cpu: { hashRate: 0, found: 3, accepted: 2, stale: 1, refused: 0, lost: 0, blue: 1, red: 1, rewards: 1 },
      gpu: {
        ...{ adapter: "Card 1", hashRate: 2e6, found: 5, accepted: 3, stale: 0, refused: 1 },
        ...{ lost: 1, blue: 2, red: 0, rewards: 2 },
      },
    },
  });
});
