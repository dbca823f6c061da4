import { setImmediate } from "node:timers/promises";
import { VirtualTime } from "@trellis/kit/time";
import { describe, expect, it } from "vitest";
import { createPowAlgorithm } from "../algorithms/createPowAlgorithm.ts";
import { checkRequest } from "../miner/createCpuMiner.ts";
import type { HashCount } from "../miner/hashCount.ts";
import { searchNonces } from "../miner/searchNonces.ts";
import { verifyWork } from "../verification/verifyWork.ts";
import { GpuSearch } from "./GpuSearch.ts";
import type { GpuSearched, GpuTask } from "./gpuTask.ts";

const parameters = { algorithm: "blake3", memoryKiB: 0, passes: 0 } as const;
const blake3 = createPowAlgorithm(parameters);
const sealRoot = new Uint8Array(32).fill(0x5e);
const PROBES = 4;
const FIRST_SLICE = 1_024;

/** Runs `onSlice` while the GPU searches its first slice. */
function searchWith(hashesPerBlock: bigint, onSlice: (ending: AbortController) => Promise<void>) {
  const ending = new AbortController();
  const counts = new Map<string, HashCount>();
  let tasks = 0;
  const gpu = {
    adapter: "fake",
    async search(task: GpuTask): Promise<GpuSearched> {
      if (tasks++ >= PROBES) await onSlice(ending);
      const { nonce } = searchNonces(blake3.prepare(sealRoot), task.target, task, task.count);
      return { index: nonce === undefined ? undefined : Number(nonce - task.first), tookMs: 7 };
    },
    close() {},
  };
  const target = 2n ** 256n / hashesPerBlock - 1n;
  const request = { ...checkRequest({ parameters, sealRoot, target }), signal: ending.signal };
  const row = { first: 0n, stride: 1n };
  const time = new VirtualTime();
  const found = new GpuSearch(gpu, counts as never, time).run("blake3", request, row);
  return { found, target, counts, time, tasks: () => tasks };
}

describe("GpuSearch [MINE-7]", () => {
  it("returns the nonce of the slice that runs when it is aborted, and counts its hashes", async () => {
    const { found, target, counts } = searchWith(100n, async (ending) => ending.abort());
    expect(verifyWork(blake3, sealRoot, await found, target)).toBe(true);
    expect(counts.get("blake3")).toEqual({ hashes: FIRST_SLICE, searchingMs: 7 });
  });

  it("MINING_ABORTED: no slice follows one without a nonce, whose hashes count", async () => {
    const { found, counts, tasks } = searchWith(2n ** 60n, async (ending) => ending.abort());
    await expect(found).rejects.toMatchObject({ code: "MINING_ABORTED" });
    expect([tasks(), counts.get("blake3")?.hashes]).toEqual([PROBES + 1, FIRST_SLICE]);
  });

  it("MINING_ABORTED: waits half a second for a GPU that hangs", async () => {
    const hanging = Promise.withResolvers<void>();
    const { found, counts, time } = searchWith(100n, (ending) => {
      ending.abort();
      return hanging.promise;
    });
    let isEnded = false;
    const end = expect(found.finally(() => (isEnded = true))).rejects.toMatchObject({
      code: "MINING_ABORTED",
    });
    await setImmediate();
    await time.run(499);
    expect(isEnded).toBe(false);
    await time.run(1);
    await end;
    expect(counts.size).toBe(0);
  });
});
