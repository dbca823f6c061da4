import { describe, expect, it } from "vitest";
import { NodeTime } from "../world/NodeTime.ts";
import { NOBODY, quiescence, World } from "../world/World.ts";
import { SimDisk } from "./SimDisk.ts";

const put = (key: number) => [
  { kind: "put", key: Uint8Array.of(1, key), value: Uint8Array.of(key) } as const,
];

function keysOf(disk: SimDisk): number[] {
  return [...disk.content.range({})].map(([key]) => key[1]!);
}

async function runAll(world: World): Promise<void> {
  await quiescence();
  while ((await world.step()) !== undefined);
}

async function crashed(seed: number, isDurable: boolean, isPowerLoss: boolean, flushedAt?: number) {
  const world = new World(seed);
  const disk = new SimDisk(world, 0, { isDurable });
  const time = new NodeTime(world, 0, 0, { skewMs: 0, driftMsPerSecond: 0 });
  const store = disk.open(time);
  const resolved: number[] = [];
  for (let key = 1; key <= 20; key++) {
    store.write(put(key)).then(() => resolved.push(key));
    if (key === flushedAt) void store.flush();
  }
  world.schedule(world.random("crash").between(0, 40), NOBODY, "crash", () => {
    time.end();
    void disk.crash(isPowerLoss);
  });
  await runAll(world);
  return { disk, keys: keysOf(disk), resolved };
}

const SEEDS = Array.from({ length: 60 }, (_value, seed) => seed);
const prefix = (keys: readonly number[]) => keys.map((_key, index) => index + 1);

describe("simulated disk", () => {
  it("keeps acknowledged writes when a process is killed [STORE-2]", async () => {
    for (const seed of SEEDS) {
      const { keys, resolved } = await crashed(seed, false, false);
      expect(keys).toEqual(prefix(keys));
      expect(keys.length).toBeGreaterThanOrEqual(resolved.length);
    }
  });

  it("loses the newest batches, whole and in order, at a power loss", async () => {
    let lost = 0;
    for (const seed of SEEDS) {
      const { disk, keys } = await crashed(seed, false, true);
      expect(keys).toEqual(prefix(keys));
      lost += disk.lostCount;
    }
    expect(lost).toBeGreaterThan(0);
  });

  it("if durable loses no acknowledged write", async () => {
    for (const seed of SEEDS) {
      const { keys, resolved } = await crashed(seed, true, true);
      expect(keys.length).toBeGreaterThanOrEqual(resolved.length);
    }
  });

  it("stores nothing for a process after its end, not even at the end of the next one", async () => {
    for (const seed of SEEDS) {
      const world = new World(seed);
      const disk = new SimDisk(world, 0, { isDurable: true });
      const open = () => {
        const time = new NodeTime(world, 0, 0, { skewMs: 0, driftMsPerSecond: 0 });
        return { time, store: disk.open(time) };
      };
      const first = open();
      void first.store.write(put(1));
      await quiescence();
      first.time.end();
      await disk.crash(false);
      const left = keysOf(disk);
      void first.store.write(put(2));
      const second = open();
      void second.store.write(put(3));
      await runAll(world);
      second.time.end();
      await disk.crash(false);
      expect(keysOf(disk)).toEqual([...left, 3]);
    }
  });

  it("reports errors, and still stores half of those batches", async () => {
    const world = new World(1);
    const disk = new SimDisk(world, 0, { isDurable: true });
    disk.conditions.errorShare = 0.5;
    const store = disk.open(new NodeTime(world, 0, 0, { skewMs: 0, driftMsPerSecond: 0 }));
    const outcomes = Array.from({ length: 100 }, (_value, key) => store.write(put(key)));
    await runAll(world);
    const settled = await Promise.allSettled(outcomes);
    const failed = settled.filter(({ status }) => status === "rejected").length;
    const kept = keysOf(disk).length;
    expect(failed).toBeGreaterThan(30);
    expect(kept).toBeGreaterThan(100 - failed);
    expect(kept).toBeLessThan(100);
    expect(settled.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "STORE_WRITE_FAILED" },
    });
  });
});
