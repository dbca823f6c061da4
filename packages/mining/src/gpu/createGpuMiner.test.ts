import { setTimeout as sleep } from "node:timers/promises";
import type { TrellisError } from "@trellis/base";
import { swiftShader } from "@trellis/kit/swiftShader";
import { VirtualTime } from "@trellis/kit/time";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createPowAlgorithm } from "../algorithms/createPowAlgorithm.ts";
import type { PowParameters } from "../algorithms/PowAlgorithm.ts";
import { type CpuMiner, createCpuMiner } from "../miner/createCpuMiner.ts";
import { verifyWork } from "../verification/verifyWork.ts";
import { createGpuMiner, type GpuMiner } from "./createGpuMiner.ts";
import { type GpuOptions, startGpu } from "./systemGpu.ts";

const heavy: PowParameters = { algorithm: "heavy", memoryKiB: 0, passes: 0 };
const blake3: PowParameters = { algorithm: "blake3", memoryKiB: 0, passes: 0 };
const memory: PowParameters = { algorithm: "memory", memoryKiB: 64, passes: 1 };
const sealRoot = new Uint8Array(32).fill(0x5e);
const NO_HASH = 0n;
const expecting = (hashes: bigint) => 2n ** 256n / hashes - 1n;
const COMPILE_MS = 120_000;
/** Of a GPU that answers, on a busy machine. */
const ANSWER_MS = 60_000;
/** Tasks of the probe before the first slice. */
const PROBES = 4;

describe("createGpuMiner [MINE-7]", () => {
  let cpu: CpuMiner;
  let miner: GpuMiner;
  let given: TrellisError[];
  let starts: number;
  let time: VirtualTime;
  const open = (options: GpuOptions, isAlone = true) => {
    given = [];
    starts = 0;
    time = new VirtualTime();
    cpu = createCpuMiner({ workers: 1 }, time);
    miner = createGpuMiner({
      cpu: isAlone ? cpu : undefined,
      scheduler: time,
      startGpu() {
        starts++;
        return startGpu(options);
      },
      onGivenUp: (error) => given.push(error),
    });
    return miner;
  };
  const faulty = (fault: string, after: number, isAlone = true) => {
    const environment = { ...process.env, FAULT: fault, FAULT_AFTER: String(after) };
    const file = new URL("./testing/faultyGpu.ts", import.meta.url);
    return open({ environment, file, answerMs: fault === "hang" ? 500 : ANSWER_MS }, isAlone);
  };
  const mineAndVerify = async (parameters: PowParameters, hashes: bigint, firstNonce = 0n) => {
    const target = expecting(hashes);
    const nonce = await miner.mine({ parameters, sealRoot, target, firstNonce });
    expect(verifyWork(createPowAlgorithm(parameters), sealRoot, nonce, target)).toBe(true);
    return nonce;
  };
  afterEach(async () => {
    await miner.close();
    await cpu.close();
  });

  it(
    "finds work on SwiftShader that verifies, and changes templates at once",
    async () => {
      open({ environment: await swiftShader() });
      for (const parameters of [heavy, blake3]) {
        await mineAndVerify(parameters, 2_000n);
        expect(miner.hashCounts().get(parameters.algorithm)!.hashes).toBeGreaterThan(0);
        const controller = new AbortController();
        const search = miner.mine({ parameters, sealRoot, target: NO_HASH, signal: controller.signal });
        await sleep(300);
        controller.abort();
        await expect(search).rejects.toMatchObject({ code: "MINING_ABORTED" });
      }
      await mineAndVerify(heavy, 1_000n, 2n ** 64n - 5n);
      expect(miner.adapter).toContain("SwiftShader");
      expect(given).toEqual([]);
    },
    COMPILE_MS,
  );

  it("mines algorithms without a shader on the CPU", async () => {
    faulty("hang", 0);
    await mineAndVerify(memory, 4n);
    expect([starts, miner.adapter]).toEqual([0, undefined]);
    expect(cpu.hashCounts().get("memory")!.hashes).toBeGreaterThan(0);
    expect(miner.hashCounts().size).toBe(0);
  });

  it.each([
    ["an algorithm without a shader", memory, 0],
    ["GPU_UNAVAILABLE", blake3, 1],
  ] as const)(
    "beside another miner, finds nothing and ends with the search: %s",
    async (_, parameters, gaveUp) => {
      faulty("lost", 0, false);
      const controller = new AbortController();
      const { signal } = controller;
      const search = miner.mine({ parameters, sealRoot, target: 2n ** 256n - 1n, signal });
      const end = expect(search).rejects.toMatchObject({ code: "MINING_ABORTED" });
      await vi.waitFor(() => expect(given).toHaveLength(gaveUp), COMPILE_MS);
      controller.abort();
      await end;
      expect(cpu.hashCounts().size).toBe(0);
    },
  );

  it.each([
    ["driverless", 0, "no driver"],
    ["crash", 0, "its process ended: SIGSEGV"],
    ["blind", 0, "it computes wrong hashes"],
    ["wrong", 0, "it computes wrong hashes"],
    ["crash", PROBES, "its process ended: SIGSEGV"],
    ["lost", PROBES, "device lost: unplugged"],
    ["hang", PROBES + 1, "no answer within 500 ms"],
    ["wrong", PROBES, "it found a wrong nonce"],
    ["outside", PROBES, "it found a wrong nonce"],
  ])("GPU_UNAVAILABLE: %s after %d tasks, and mines on the CPU", async (fault, after, reason) => {
    faulty(fault, after);
    for (let round = 0n; round < 2n; round++) await mineAndVerify(blake3, 20_000n, round);
    expect(given).toMatchObject([{ code: "GPU_UNAVAILABLE", facts: { reason } }]);
    expect([starts, miner.adapter]).toEqual([1, undefined]);
  });

  it("GPU_UNAVAILABLE: a hang while templates change, for its own reason", async () => {
    faulty("hang", PROBES + 1);
    for (let tries = 0; given.length === 0 && tries < 2_000; tries++) {
      const controller = new AbortController();
      const { signal } = controller;
      const search = miner.mine({ parameters: blake3, sealRoot, target: NO_HASH, signal });
      const end = expect(search).rejects.toMatchObject({ code: "MINING_ABORTED" });
      await sleep(50);
      controller.abort();
      // The wait for the slice.
      await time.run(500);
      await end;
    }
    expect(given).toMatchObject([{ facts: { reason: "no answer within 500 ms" } }]);
    await mineAndVerify(blake3, 20_000n);
  });

  it("stays in its row of nonces on both devices", async () => {
    faulty("lost", PROBES + 1);
    const [firstNonce, stride, target] = [5n, 7n, expecting(20_000n)];
    const nonce = await miner.mine({ parameters: blake3, sealRoot, target, firstNonce, stride });
    expect((nonce - firstNonce) % stride).toBe(0n);
    expect(given).toHaveLength(1);
  });

  it("stops its search when it is closed", async () => {
    faulty("none", Number.POSITIVE_INFINITY);
    const request = { parameters: blake3, sealRoot, target: NO_HASH };
    const search = expect(miner.mine(request)).rejects.toMatchObject({ code: "MINING_ABORTED" });
    await sleep(300);
    await miner.close();
    await search;
    await expect(miner.mine(request)).rejects.toMatchObject({ code: "MINING_ABORTED" });
    expect(given).toEqual([]);
  });

  it("ARGUMENT_INVALID: two searches at a time, and a bad request", async () => {
    faulty("none", Number.POSITIVE_INFINITY);
    const request = { parameters: blake3, sealRoot, target: NO_HASH };
    const search = expect(miner.mine(request)).rejects.toMatchObject({ code: "MINING_ABORTED" });
    await expect(miner.mine(request)).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      facts: { rule: "a miner searches one nonce at a time" },
    });
    await miner.close();
    await search;
    await expect(miner.mine({ ...request, stride: 0n })).rejects.toMatchObject({ code: "ARGUMENT_INVALID" });
  });
});
