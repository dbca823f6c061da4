import { bigintToBytes, bytesToBigint, hexToBytes } from "@trellis/base";
import { swiftShader } from "@trellis/kit/swiftShader";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPowAlgorithm } from "../algorithms/createPowAlgorithm.ts";
import type { PreparedWork } from "../algorithms/PowAlgorithm.ts";
import { heavyMatrix } from "../heavy/heavyMatrix.ts";
import { createHeavySearch } from "../heavy/heavySearch.ts";
import { createHeavyHasher, powBlock } from "../heavy/kHeavyHash.ts";
import { randomHeader } from "../heavy/testing/randomHeader.ts";
import type { GpuTask } from "./gpuTask.ts";
import { gpuWork } from "./gpuWork.ts";
import { type Gpu, startGpu } from "./systemGpu.ts";

const COMPILE_MS = 120_000;
/** Of a GPU that answers, on a busy machine. */
const ANSWER_MS = 60_000;
/** Of each algorithm; `.ci/nightly` tries 10,000. */
const HEADERS = Number(process.env.TRELLIS_MINING_HEADERS ?? 100);

describe("startGpu, on SwiftShader", () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await startGpu({ environment: await swiftShader() });
  }, COMPILE_MS);
  afterAll(() => gpu.close());

  it("names its adapter", () => expect(gpu.adapter).toContain("SwiftShader"));

  it(
    "agrees with plain and vector code on random headers of heavy",
    async () => {
      for (let header = 0; header < HEADERS; header++) {
        const { prePowHash, timestamp, nonce } = randomHeader(header);
        const matrix = heavyMatrix(prePowHash);
        const hasher = createHeavyHasher(prePowHash, timestamp, matrix);
        const search = createHeavySearch(prePowHash, timestamp, matrix)!;
        const work = { algorithm: "heavy", words: powBlock(prePowHash, timestamp), matrix } as const;
        await expectLeast(nonce, hasher, async (target, first) => {
          const task = { work, target: bytesOf(target), first, stride: 1n, count: 2 };
          const { index } = await gpu.search(task);
          expect(search(first, 1n, 2, target >> 192n)).toBe(index ?? 2);
          return index;
        });
      }
    },
    COMPILE_MS + 100 * HEADERS,
  );

  it(
    "agrees with plain code on random seal roots of blake3",
    async () => {
      const algorithm = createPowAlgorithm({ algorithm: "blake3", memoryKiB: 0, passes: 0 });
      for (let header = 0; header < HEADERS; header++) {
        const { prePowHash, nonce } = randomHeader(header);
        const work = gpuWork("blake3", prePowHash);
        await expectLeast(nonce, algorithm.prepare(prePowHash).digest, async (target, first) => {
          const task = { work, target: bytesOf(target), first, stride: 1n, count: 2 };
          return (await gpu.search(task)).index;
        });
      }
    },
    COMPILE_MS + 100 * HEADERS,
  );

  it(
    "accepts the genesis block of Kaspa's testnet as mined",
    async () => {
      const root = hexToBytes("0xf8a14d381ea0ba5b0c169e8a41c222bce2fa42f4631d9fe4d226456006d7ea3d");
      const timestamp = 0x17c5f62fbb6n;
      const matrix = heavyMatrix(root);
      const hash = bytesToBigint(createHeavyHasher(root, timestamp, matrix)(0x14582, 0).slice().reverse());
      const work = { algorithm: "heavy", words: powBlock(root, timestamp), matrix } as const;
      const task: GpuTask = { work, target: bytesOf(hash), first: 0x14582n - 14n, stride: 7n, count: 5 };
      expect(hash).toBe(0x1a5067451653f51227ec8487ef8ef5d55c021f277c86f76d206b30e1aa91n);
      expect(await gpu.search(task)).toMatchObject({ index: 2 });
    },
    COMPILE_MS,
  );

  it(
    "finds the first nonce of a row, modulo 2^64, with any stride",
    async () => {
      const algorithm = createPowAlgorithm({ algorithm: "blake3", memoryKiB: 0, passes: 0 });
      const root = new Uint8Array(32).fill(7);
      const work = gpuWork("blake3", root);
      const rows = [
        [2n ** 64n - 100n, 1n],
        [2n ** 32n - 100n, 3n],
        [0n, 2n ** 32n - 1n],
        [123n, 0xdead_beef_1234_5677n],
      ] as const;
      for (const [first, stride] of rows) {
        const hashes = Array.from({ length: 300 }, (_, index) =>
          algorithm.hash(root, BigInt.asUintN(64, first + BigInt(index) * stride)),
        );
        const least = hashes.indexOf(hashes.toSorted((a, b) => (a < b ? -1 : 1))[0]!);
        const task = { work, first, stride, count: 300 };
        expect(await gpu.search({ ...task, target: bytesOf(hashes[least]!) })).toMatchObject({
          index: least,
        });
        const easy = 2n ** 256n / 50n;
        const found = hashes.findIndex((hash) => hash <= easy);
        expect(await gpu.search({ ...task, target: bytesOf(easy) })).toMatchObject({ index: found });
        const fewer = await gpu.search({ ...task, target: bytesOf(easy), count: found });
        expect(fewer.index).toBe(undefined);
      }
    },
    COMPILE_MS,
  );
});

describe("startGpu", () => {
  it("GPU_UNAVAILABLE without a driver", async () => {
    const environment = {
      ...process.env,
      VK_ICD_FILENAMES: "/nowhere.json",
      VK_DRIVER_FILES: "/nowhere.json",
    };
    await expect(startGpu({ environment })).rejects.toMatchObject({
      code: "GPU_UNAVAILABLE",
      facts: { reason: "no driver" },
    });
  });

  it.each([
    ["crash", "its process ended: SIGSEGV"],
    ["lost", "device lost: unplugged"],
    ["hang", "no answer within 500 ms"],
  ])("GPU_UNAVAILABLE: %s, for this task and the next", async (fault, reason) => {
    const file = new URL("./testing/faultyGpu.ts", import.meta.url);
    const environment = { ...process.env, FAULT: fault, FAULT_AFTER: "1" };
    const gpu = await startGpu({ environment, file, answerMs: fault === "hang" ? 500 : ANSWER_MS });
    const work = gpuWork("blake3", new Uint8Array(32).fill(1));
    const task: GpuTask = { work, target: new Uint8Array(32), first: 0n, stride: 1n, count: 4 };
    expect((await gpu.search(task)).index).toBe(undefined);
    await expect(gpu.search(task)).rejects.toMatchObject({ code: "GPU_UNAVAILABLE", facts: { reason } });
    await expect(gpu.search(task)).rejects.toMatchObject({ code: "GPU_UNAVAILABLE", facts: { reason } });
  });
});

/** Of two nonces, `search` finds the one with the lower hash, and none below it. */
async function expectLeast(
  first: bigint,
  digest: PreparedWork["digest"],
  search: (target: bigint, first: bigint) => Promise<number | undefined>,
): Promise<void> {
  const hash = (nonce: bigint) =>
    bytesToBigint(
      digest(Number(nonce & 0xffff_ffffn), Number(nonce >> 32n))
        .slice()
        .reverse(),
    );
  const hashes = [hash(first), hash(BigInt.asUintN(64, first + 1n))] as const;
  const least = hashes[0] <= hashes[1] ? 0 : 1;
  expect(await search(hashes[least], first)).toBe(least);
  // Vector code compares 64 bits.
  expect(await search(((hashes[least] >> 192n) << 192n) - 1n, first)).toBe(undefined);
}

function bytesOf(hash: bigint): Uint8Array {
  return bigintToBytes(hash, 32).reverse();
}
