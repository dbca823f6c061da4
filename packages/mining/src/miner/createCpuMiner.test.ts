import { setTimeout as sleep } from "node:timers/promises";
import { VirtualTime } from "@trellis/kit/time";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createPowAlgorithm } from "../algorithms/createPowAlgorithm.ts";
import type { PowParameters } from "../algorithms/PowAlgorithm.ts";
import { verifyWork } from "../verification/verifyWork.ts";
import { type CpuMiner, createCpuMiner, type MiningRequest } from "./createCpuMiner.ts";
import { createThreadSearch } from "./createThreadSearch.ts";
import { CONTROL_SIZE_BYTES } from "./minerTask.ts";
import { targetToBytes } from "./searchNonces.ts";

const memory: PowParameters = { algorithm: "memory", memoryKiB: 64, passes: 1 };
const heavy: PowParameters = { algorithm: "heavy", memoryKiB: 0, passes: 0 };
const blake3: PowParameters = { algorithm: "blake3", memoryKiB: 0, passes: 0 };
const sealRoot = new Uint8Array(32).fill(0x5e);
const EVERY_HASH = 2n ** 256n - 1n;
const NO_HASH = 0n;
const expecting = (hashes: bigint) => 2n ** 256n / hashes - 1n;

describe("createCpuMiner", () => {
  let miner: CpuMiner;
  const open = (workers: number) => {
    miner = createCpuMiner({ workers }, new VirtualTime());
    return miner;
  };
  afterEach(() => miner.close());

  it.each([memory, heavy, blake3])("finds $algorithm work that verifies", async (parameters) => {
    open(2);
    const target = expecting(parameters === memory ? 100n : 20_000n);
    const nonce = await miner.mine({ parameters, sealRoot, target });
    expect(verifyWork(createPowAlgorithm(parameters), sealRoot, nonce, target)).toBe(true);
    expect(miner.hashCounts().get(parameters.algorithm)!.hashes).toBeGreaterThan(0);
  });

  it.each([memory, heavy, blake3])("finds easy $algorithm work on the calling thread", async (parameters) => {
    open(1);
    const target = expecting(4n);
    const algorithm = createPowAlgorithm(parameters);
    for (let index = 0; index < 5; index++) {
      const root = new Uint8Array(32).fill(index + 1);
      const nonce = await miner.mine({ parameters, sealRoot: root, target, firstNonce: 1_000n });
      let first = 1_000n;
      while (!verifyWork(algorithm, root, first, target)) first++;
      expect(nonce).toBe(first);
    }
  });

  it("stays within its range of nonces, on this thread and on others", async () => {
    open(2);
    for (const target of [EVERY_HASH, expecting(20_000n)]) {
      const request = { parameters: blake3, sealRoot, target, firstNonce: 2n ** 63n + 3n, stride: 7n };
      const nonce = await miner.mine(request);
      expect((nonce - request.firstNonce) % 7n).toBe(0n);
      expect(verifyWork(createPowAlgorithm(blake3), sealRoot, nonce, target)).toBe(true);
    }
  });

  it("MINING_ABORTED at once, and accepts the next template", async () => {
    open(2);
    for (const parameters of [memory, heavy, blake3, heavy]) {
      const controller = new AbortController();
      const search = miner.mine({ parameters, sealRoot, target: NO_HASH, signal: controller.signal });
      await sleep(30);
      controller.abort();
      await expect(search).rejects.toMatchObject({ code: "MINING_ABORTED" });
    }
    expect(await miner.mine({ parameters: blake3, sealRoot, target: expecting(5_000n) })).toBeTypeOf(
      "bigint",
    );
  });

  it("MINING_ABORTED before it starts", async () => {
    open(1);
    const request: MiningRequest = { parameters: blake3, sealRoot, target: EVERY_HASH };
    await expect(miner.mine({ ...request, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "MINING_ABORTED",
    });
    expect(miner.hashCounts().size).toBe(0);
  });

  it("survives templates that change faster than the threads can follow", async () => {
    open(2);
    const codes: unknown[] = [];
    for (let index = 0; index < 50; index++) {
      const controller = new AbortController();
      const search = miner.mine({ parameters: heavy, sealRoot, target: NO_HASH, signal: controller.signal });
      setImmediate(() => controller.abort());
      codes.push(await search.catch((error) => error.code));
    }
    expect(new Set(codes)).toEqual(new Set(["MINING_ABORTED"]));
  });

  it("ARGUMENT_INVALID: two searches at a time", async () => {
    open(1);
    const controller = new AbortController();
    const request = { parameters: heavy, sealRoot, target: NO_HASH, signal: controller.signal };
    const search = miner.mine(request);
    await expect(miner.mine(request)).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      facts: { rule: "a miner searches one nonce at a time" },
    });
    controller.abort();
    await expect(search).rejects.toMatchObject({ code: "MINING_ABORTED" });
  });

  it("stops its search when it is closed", async () => {
    open(1);
    const search = expect(miner.mine({ parameters: heavy, sealRoot, target: NO_HASH })).rejects.toMatchObject(
      {
        code: "MINING_ABORTED",
      },
    );
    await miner.close();
    await search;
    await expect(miner.mine({ parameters: heavy, sealRoot, target: NO_HASH })).rejects.toMatchObject({
      code: "MINING_ABORTED",
    });
  });

  it("computes only for its share of the time", async () => {
    open(1);
    const mineWith = async (dutyCycle: number) => {
      const [startMs, used] = [performance.now(), process.cpuUsage()];
      const signal = AbortSignal.timeout(500);
      const search = miner.mine({ parameters: heavy, sealRoot, target: NO_HASH, dutyCycle, signal });
      await expect(search).rejects.toMatchObject({ code: "MINING_ABORTED" });
      const { user, system } = process.cpuUsage(used);
      return (user + system) / ((performance.now() - startMs) * 1000);
    };
    await mineWith(1);
    expect(await mineWith(0.05)).toBeLessThan(0.5);
  });

  it("says once that plain code searches because vectors compute wrongly", async () => {
    const onPlain = vi.fn();
    const file = new URL("./testing/plain.ts", import.meta.url);
    miner = createCpuMiner({ workers: 1, onPlain, file }, new VirtualTime());
    const target = expecting(1_000n);
    for (const firstNonce of [0n, 1_000_000n]) {
      const nonce = await miner.mine({ parameters: heavy, sealRoot, target, firstNonce });
      expect(verifyWork(createPowAlgorithm(heavy), sealRoot, nonce, target)).toBe(true);
    }
    expect(onPlain).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["dutyCycle 0", { dutyCycle: 0 }],
    ["dutyCycle 1.1", { dutyCycle: 1.1 }],
    ["dutyCycle NaN", { dutyCycle: Number.NaN }],
    ["stride 0", { stride: 0n }],
    ["stride 2^64", { stride: 2n ** 64n }],
  ])("ARGUMENT_INVALID: %s", async (_, part) => {
    open(1);
    await expect(miner.mine({ parameters: heavy, sealRoot, target: 1n, ...part })).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      facts: { rule: "a stride is a uint64 of at least 1, a duty cycle above 0 and at most 1" },
    });
  });

  it.each([
    ["nonce 2^64", "a nonce is a uint64", { firstNonce: 2n ** 64n }],
    ["target 2^256", "a target is a uint256", { target: 2n ** 256n }],
    ["target -1", "a target is a uint256", { target: -1n }],
    [
      "seal root of zeros",
      "a seal root has 32 bytes that are not all zero",
      { sealRoot: new Uint8Array(32) },
    ],
    ["short seal root", "a seal root has 32 bytes that are not all zero", { sealRoot: new Uint8Array(31) }],
  ])("ARGUMENT_INVALID: %s", async (_, rule, part) => {
    open(1);
    await expect(miner.mine({ parameters: heavy, sealRoot, target: 1n, ...part })).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      facts: { rule },
    });
  });

  it("PARAMETERS_INVALID, proof of work", async () => {
    open(1);
    const parameters = { ...memory, memoryKiB: 1 };
    await expect(miner.mine({ parameters, sealRoot, target: 1n })).rejects.toMatchObject({
      code: "PARAMETERS_INVALID",
      facts: { field: "proof of work" },
    });
  });

  it.each([0, -1, 1.5, Number.NaN])("ARGUMENT_INVALID: %d workers", (workers) => {
    open(1);
    expect(() => createCpuMiner({ workers }, new VirtualTime())).toThrow(
      expect.objectContaining({
        code: "ARGUMENT_INVALID",
        facts: { rule: "at least one worker searches", workers },
      }),
    );
  });
});

describe("createThreadSearch", () => {
  it("WORKER_UNAVAILABLE, worker ended stops the other threads and does not hang", async () => {
    const threads = createThreadSearch(
      2,
      new URL("./testing/crashing.ts", import.meta.url),
      new VirtualTime(),
    );
    const request = {
      parameters: blake3,
      sealRoot,
      target: targetToBytes(0n),
      first: 0n,
      stride: 1n,
      dutyCycle: 1,
      signal: new AbortController().signal,
      isNonce: () => false,
    };
    for (let round = 0; round < 2; round++) {
      const control = new SharedArrayBuffer(CONTROL_SIZE_BYTES);
      await expect(threads.run({ ...request, control })).rejects.toMatchObject({
        code: "WORKER_UNAVAILABLE",
        facts: { reason: "worker ended" },
      });
    }
    await threads.close();
  });
});
