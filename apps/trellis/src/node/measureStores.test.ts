import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import { createPrometheusMetrics } from "@trellis/platform/metrics";
import { expect, it, onTestFinished } from "vitest";
import { measureStores } from "./measureStores.ts";

function open() {
  const dataDir = mkdtempSync(join(tmpdir(), "trellis-stores-"));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const metrics = createPrometheusMetrics({ process: false });
  const value = async (series: string) => {
    const line = (await metrics.render()).split("\n").find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };
  return { dataDir, metrics, value };
}

it("reports the size of the stores from the start", async () => {
  const { dataDir, metrics, value } = open();
  mkdirSync(join(dataDir, "chain", "store.rocks"), { recursive: true });
  writeFileSync(join(dataDir, "chain", "store.rocks", "a"), new Uint8Array(700));
  writeFileSync(join(dataDir, "chain", "store.rocks", "b"), new Uint8Array(300));
  mkdirSync(join(dataDir, "index"));
  writeFileSync(join(dataDir, "index", "store.lmdb"), new Uint8Array(500));
  const measuring = await measureStores(dataDir, { metrics, scheduler: new VirtualTime(0), log: silentLog });
  measuring.stop();
  expect(await value('trellis_store_bytes{store="chain"}')).toBe(1_000);
  expect(await value('trellis_store_bytes{store="index"}')).toBe(500);
});

it("reports an unreadable store once and continues", async () => {
  const { dataDir, metrics } = open();
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (event: string) => void warnings.push(event) };
  mkdirSync(join(dataDir, "chain"));
  writeFileSync(join(dataDir, "chain", "store.rocks"), "not a directory");
  const scheduler = new VirtualTime(0);
  const measuring = await measureStores(dataDir, { metrics, scheduler, log });
  await scheduler.run(60_000);
  measuring.stop();
  expect(warnings).toEqual(["store.measureFailed"]);
});
