import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@trellis/base";
import { expect, it, onTestFinished } from "vitest";
import { systemHost } from "../system/index.ts";
import { createPrometheusMetrics } from "./createPrometheusMetrics.ts";
import type { Host } from "./Host.ts";
import { measureHost } from "./measureHost.ts";

function open(host: Host, volumes: Readonly<Record<string, string>>) {
  const metrics = createPrometheusMetrics({ process: false });
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (event: string) => void warnings.push(event) };
  measureHost(volumes, { metrics, host, log });
  const values = async (): Promise<Record<string, number>> => {
    const lines = (await metrics.render()).split("\n").filter((line) => line.startsWith("trellis_host_"));
    return Object.fromEntries(
      lines.map((line) => {
        const end = line.lastIndexOf(" ");
        return [line.slice("trellis_host_".length, end), Number(line.slice(end))];
      }),
    );
  };
  return { values, warnings };
}

const idle = { user: 1, nice: 0, system: 2, irq: 0, idle: 10 };

it("each scrape reads the processors, the memory and the disks", async () => {
  let seconds = idle;
  const { values } = open(
    {
      cpuSeconds: () => seconds,
      memory: () => ({ totalBytes: 100, availableBytes: 40 }),
      volume: async (path) =>
        path === "/missing" ? undefined : { sizeBytes: path.length * 10, availableBytes: path.length },
    },
    { data: "/data", log: "/missing" },
  );
  const first = {
    'cpu_seconds_total{mode="user"}': 1,
    'cpu_seconds_total{mode="nice"}': 0,
    'cpu_seconds_total{mode="system"}': 2,
    'cpu_seconds_total{mode="irq"}': 0,
    'cpu_seconds_total{mode="idle"}': 10,
    memory_total_bytes: 100,
    memory_available_bytes: 40,
    'disk_size_bytes{volume="data"}': 50,
    'disk_available_bytes{volume="data"}': 5,
  };
  expect(await values()).toEqual(first);
  seconds = { ...idle, user: 4, idle: 9 };
  expect(await values()).toEqual({ ...first, 'cpu_seconds_total{mode="user"}': 4 });
});

it("a disk that fails is logged once, and the scrape continues", async () => {
  const { values, warnings } = open(
    {
      cpuSeconds: () => idle,
      memory: () => ({ totalBytes: 100, availableBytes: 40 }),
      volume: () => Promise.reject(new Error("EIO")),
    },
    { data: "/data" },
  );
  for (let scrape = 0; scrape < 2; scrape++)
    expect(await values()).toMatchObject({ memory_total_bytes: 100 });
  expect(warnings).toEqual(["disk.measureFailed"]);
});

it("this machine has processors, memory and a disk", async () => {
  const directory = mkdtempSync(join(tmpdir(), "trellis-host-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const { values } = open(systemHost, { data: directory, log: join(directory, "missing") });
  const found = await values();
  expect(found['cpu_seconds_total{mode="idle"}']).toBeGreaterThan(0);
  expect(found.memory_total_bytes).toBeGreaterThan(found.memory_available_bytes!);
  expect(found['disk_size_bytes{volume="data"}']).toBeGreaterThan(
    found['disk_available_bytes{volume="data"}']! - 1,
  );
  expect(Object.keys(found).filter((name) => name.includes('"log"'))).toEqual([]);
});
