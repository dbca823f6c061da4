import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Log, silentLog } from "@trellis/base";
import { PowerLoss } from "@trellis/kit/powerLoss";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createFileUsage } from "./createFileUsage.ts";
import { CALLERS_MAX, TENANTS_MAX } from "./DayCallers.ts";
import { openUsageFiles } from "./systemUsageFiles.ts";
import { costSuite, DAY, PRICES } from "./testing/costSuite.ts";
import { createMemoryFiles } from "./UsageFiles.ts";
import type { UsageStore } from "./UsageStore.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-usage-"));
afterAll(() => rmSync(folder, { recursive: true }));
const FILE = `${DAY}.json`;
const SAMPLE = { day: DAY, sampledMs: 1, prices: PRICES, cpuMicros: 1, storedBytes: 1, usedBytes: 1 };
const callerOf = (key: string, tenant?: string) => ({ tenant, key, requests: 1, bytesIn: 1, bytesOut: 1 });
const ONE = { day: DAY, callers: [callerOf("key:1")] };

function open(directory: string, log: Log = silentLog): UsageStore {
  return createFileUsage(openUsageFiles(directory), log);
}

async function requests(store: UsageStore): Promise<bigint[]> {
  const rows = await store.read({ from: DAY, to: DAY, by: "service", limit: 9 });
  return rows.map(({ usage }) => usage.requests);
}

describe("costs in files", () => {
  costSuite(async (name) => open(join(folder, name)));
});

describe("files of usage", () => {
  it("COST-9: only the owner can read them, and reading creates nothing", async () => {
    const directory = join(folder, "modes");
    expect(await requests(open(directory))).toEqual([]);
    expect(() => statSync(directory)).toThrow();
    await open(directory).add(ONE, SAMPLE);
    expect(readdirSync(directory)).toEqual([FILE]);
    expect([directory, join(directory, FILE)].map((path) => statSync(path).mode & 0o777)).toEqual([
      0o700, 0o600,
    ]);
  });

  it("COST-9: what was added survives a power loss", async () => {
    const directory = mkdtempSync(join(folder, "power-"));
    const disk = await PowerLoss.watch(directory);
    try {
      for (const count of [1n, 2n, 3n]) {
        await open(directory).add(ONE, SAMPLE);
        await open(directory).markReached([`2026-11 all 10 ${count}`]);
        disk.cut();
        expect(await requests(open(directory))).toEqual([count]);
        expect(await open(directory).hasReached(`2026-11 all 10 ${count}`)).toBe(true);
      }
    } finally {
      disk.end();
    }
  });

  it("COST-9: a file that was cut at any byte, and other entries, are set aside with one log line", async () => {
    const directory = join(folder, "torn");
    await open(directory).add(ONE, SAMPLE);
    const path = join(directory, FILE);
    const whole = readFileSync(path);
    const entries: (() => void)[] = [
      () => mkdirSync(path),
      () => symlinkSync("/dev/zero", path),
      () => writeFileSync(path, " ".repeat(9 * 2 ** 20)),
      () => writeFileSync(path, JSON.stringify({ ...JSON.parse(whole.toString()), format: 2 })),
    ];
    for (let size = 0; size < whole.length; size += 13)
      entries.push(() => writeFileSync(path, whole.subarray(0, size)));
    for (const create of entries) {
      rmSync(path, { recursive: true, force: true });
      create();
      const logged: string[] = [];
      const store = open(directory, { ...silentLog, error: (event) => void logged.push(event) });
      await store.add(ONE, SAMPLE);
      await store.add(ONE, SAMPLE);
      expect(await requests(store)).toEqual([2n]);
      expect(logged).toEqual(["cost.fileInvalid"]);
      expect(readdirSync(directory).toSorted()).toEqual([FILE, `${FILE}.invalid`]);
    }
  });

  it("COST-2: restarts do not grow a day's file beyond the bounds, and no request is lost", async () => {
    const store = createFileUsage(createMemoryFiles(), silentLog);
    for (let start = 0; start < 4; start += 1) {
      const callers = Array.from({ length: 800 }, (_, n) => callerOf(`key:${start} ${n}`, `t${start} ${n}`));
      await store.add({ day: DAY, callers }, SAMPLE);
    }
    const rows = await store.read({ from: DAY, to: DAY, by: "key", limit: 10_000 });
    expect(rows.length).toBeLessThanOrEqual(CALLERS_MAX + TENANTS_MAX + 2);
    expect(await requests(store)).toEqual([3_200n]);
  });

  it("any text opens", async () => {
    const valid = createMemoryFiles();
    await createFileUsage(valid, silentLog).add(ONE, SAMPLE);
    const content = JSON.parse((await valid.read(FILE)) ?? "") as object;
    const changed = fc
      .tuple(fc.constantFrom(...Object.keys(content)), fc.jsonValue())
      .map(([member, value]) => JSON.stringify({ ...content, [member]: value }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), changed), async (text) => {
        const files = createMemoryFiles();
        await files.write(FILE, text);
        await files.write("budgets.json", text);
        const store = createFileUsage(files, silentLog);
        await store.markReached(["a"]);
        await store.samples(DAY, DAY);
        await store.unreportedDays(DAY, DAY);
        await store.add(ONE, SAMPLE);
        expect(await requests(store)).toHaveLength(1);
        expect(await store.hasReached("a")).toBe(true);
      }),
    );
  });
});
