import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { createPowAlgorithm } from "../algorithms/createPowAlgorithm.ts";
import { heavyMatrix } from "../heavy/heavyMatrix.ts";
import { searchNonces } from "../miner/searchNonces.ts";
import { DEMONSTRATED_ROOT, type Demonstration, demonstrate } from "./demonstrate.ts";
import type { GpuTask } from "./gpuTask.ts";

const SEARCH_MS = 50;
const heavy = createPowAlgorithm({ algorithm: "heavy", memoryKiB: 0, passes: 0 });

/** A GPU that computes as the CPU does, except as a test says. */
function start(
  faulty: (task: GpuTask, index: number | undefined) => number | undefined = (_, index) => index,
) {
  const time = new VirtualTime(0);
  const ending = new AbortController();
  const tasks: GpuTask[] = [];
  const slices: Demonstration[] = [];
  const gpu = {
    async search(task: GpuTask): Promise<number | undefined> {
      tasks.push(task);
      await new Promise<void>((resolve) => time.after(SEARCH_MS, resolve));
      const { nonce } = searchNonces(heavy.prepare(DEMONSTRATED_ROOT), task.target, task, task.count);
      return faulty(task, nonce === undefined ? undefined : Number(nonce - task.first));
    },
  };
  const options = {
    forMs: 2_000,
    signal: ending.signal,
    onSlice: (slice: Demonstration) => slices.push(slice),
  };
  const ended = demonstrate(gpu, options, time);
  ended.catch(() => {});
  return { time, ending, tasks, slices, ended };
}

it("searches for its time, and verifies what is found", async () => {
  const { time, tasks, slices, ended } = start();
  await time.run(10_000);
  await ended;
  expect(tasks[0]!.work.matrix).toEqual(heavyMatrix(DEMONSTRATED_ROOT));
  expect(tasks).toHaveLength(41);
  expect(slices).toHaveLength(40);
  const { verified, ...counted } = slices.at(-1)!;
  expect(counted).toEqual({ hashes: 40 * 1_024, hashRate: 20 * 1_024 });
  expect(verified).toBeGreaterThan(0);
});

it("ends with its signal", async () => {
  const { time, ending, tasks, ended } = start();
  await time.run(3 * SEARCH_MS + 1);
  ending.abort();
  await time.run(10_000);
  await ended;
  expect(tasks.length).toBe(4);
});

it.each([
  ["misses a nonce", (task: GpuTask, index: number | undefined) => (task.first === 0n ? undefined : index)],
  ["found a wrong nonce", ({ first }: GpuTask, index: number | undefined) => (first === 0n ? index : 5)],
])("GPU_UNAVAILABLE: it %s", async (reason, faulty) => {
  const { time, ended } = start(faulty);
  await time.run(10_000);
  await expect(ended).rejects.toMatchObject({ code: "GPU_UNAVAILABLE", facts: { reason: `it ${reason}` } });
});
