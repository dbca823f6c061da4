import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import { expect, it, onTestFinished } from "vitest";
import { measureDisk } from "./measureDisk.ts";

function open() {
  const dataDir = mkdtempSync(join(tmpdir(), "trellis-disk-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const metrics = createPrometheusMetrics({ process: false });
  const value = async (series: string) => {
    const line = (await metrics.render()).split("\n").find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };
  return { dataDir, metrics, value };
}

it("reports the size of the stores and the free space from the start", async () => {
  const { dataDir, metrics, value } = open();
  mkdirSync(join(dataDir, "chain", "store.rocks"), { recursive: true });
  writeFileSync(join(dataDir, "chain", "store.rocks", "a"), new Uint8Array(700));
  writeFileSync(join(dataDir, "chain", "store.rocks", "b"), new Uint8Array(300));
  mkdirSync(join(dataDir, "index"));
  writeFileSync(join(dataDir, "index", "store.lmdb"), new Uint8Array(500));
  const measuring = await measureDisk(dataDir, { metrics, scheduler: new VirtualTime(0), log: silentLog });
  measuring.stop();
  expect(await value('trellis_store_bytes{store="chain"}')).toBe(1_000);
  expect(await value('trellis_store_bytes{store="index"}')).toBe(500);
  expect(await value("trellis_disk_free_bytes")).toBeGreaterThan(0);
});

it("reports a missing directory once and continues", async () => {
  const { dataDir, metrics } = open();
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (event: string) => void warnings.push(event) };
  rmSync(dataDir, { recursive: true });
  const measuring = await measureDisk(dataDir, { metrics, scheduler: new VirtualTime(0), log });
  measuring.stop();
  expect(warnings).toEqual(["disk.measureFailed"]);
});
