import { createHash } from "node:crypto";
import { hashRawSync } from "@node-rs/argon2";
import { isTrellisError } from "@trellis/base";
import {
  createCpuMiner,
  createGpuMiner,
  createPowAlgorithm,
  type HashCount,
  type PowParameters,
  searchNonces,
  startGpu,
  targetToBytes,
  useWideVectors,
  verifyWork,
} from "@trellis/mining";
import { systemScheduler } from "@trellis/platform/system";
import { argon2id } from "hash-wasm";
import type { Benchmark } from "./benchmark.ts";
import { median } from "./statistics.ts";
import { startCpuTimer } from "./worst/cpuTimer.ts";

const FULL = { plain: 20_000, vectors: 400_000, seals: 1_000, memory: 150, rounds: 7, gpuMs: 5_000 };
const SMALL = { plain: 50, vectors: 100, seals: 2, memory: 1, rounds: 1, gpuMs: 0 };
type Size = typeof FULL;

/** Of the main network. */
const MEMORY: PowParameters = { algorithm: "memory", memoryKiB: 2_048, passes: 1 };
const HEAVY: PowParameters = { algorithm: "heavy", memoryKiB: 0, passes: 0 };
const BLAKE3: PowParameters = { algorithm: "blake3", memoryKiB: 0, passes: 0 };
const NO_HASH = new Uint8Array(32);
/** The binding exports its enumeration only as a type. */
const ARGON2ID = 2;

export const miningBenchmark: Benchmark = {
  name: "mining",
  summary: "hashes and verifications of each stream on one core, and hashes on a GPU where a driver is",
  async run({ small, log }) {
    useWideVectors();
    const size = small ? SMALL : FULL;
    const rates = new Map<string, number[]>();
    for (let round = 0; round < size.rounds; round++) {
      for (const [name, rate] of Object.entries(await measureRound(size, round)))
        rates.set(name, [...(rates.get(name) ?? []), rate]);
      log(`round ${round + 1} of ${size.rounds}`);
    }
    const of = (name: string): number => median(rates.get(name)!);
    const found = nonceOf();
    return {
      hashesPerSecond: {
        heavy: { plain: of("heavy.plain"), simd: of("heavy.simd"), ...(await onGpu(HEAVY, size, log)) },
        blake3: { cpu: of("blake3.cpu"), ...(await onGpu(BLAKE3, size, log)) },
      },
      verificationsPerSecond: {
        heavy: of("verify.heavy"),
        memory: { trellis: of("verify.memory"), nodeRsArgon2: of("node-rs"), hashWasm: of("hash-wasm") },
      },
      ratio: {
        simd: of("heavy.simd") / of("heavy.plain"),
        nodeRsArgon2: of("verify.memory") / of("node-rs"),
        hashWasm: of("verify.memory") / of("hash-wasm"),
      },
      resultHash: createHash("sha256").update(found.toString()).digest("hex"),
    };
  },
};

async function measureRound({ plain, vectors, seals, memory }: Size, round: number) {
  const root = rootOf(round);
  const { search: _, ...plainWork } = createPowAlgorithm(HEAVY).prepare(root);
  const vectorWork = createPowAlgorithm(HEAVY).prepare(root);
  const blake3Work = createPowAlgorithm(BLAKE3).prepare(root);
  const row = { first: 0n, stride: 1n };
  const heavy = createPowAlgorithm(HEAVY);
  const argon2 = createPowAlgorithm(MEMORY);
  const salt = new Uint8Array(52).fill(1);
  const password = new Uint8Array(40).fill(round);
  const options = { algorithm: ARGON2ID, memoryCost: MEMORY.memoryKiB, timeCost: MEMORY.passes };
  return {
    "heavy.plain": await rateOf(plain, () => searchNonces(plainWork, NO_HASH, row, plain)),
    "heavy.simd": await rateOf(vectors, () => searchNonces(vectorWork, NO_HASH, row, vectors)),
    "blake3.cpu": await rateOf(vectors, () => searchNonces(blake3Work, NO_HASH, row, vectors)),
    // Each header has a matrix of its own.
    "verify.heavy": await rateOf(seals, () =>
      repeat(seals, (index) => verifyWork(heavy, rootOf(1_000 * (round + 1) + index), 1n, 0n)),
    ),
    "verify.memory": await rateOf(memory, () =>
      repeat(memory, (index) => verifyWork(argon2, root, BigInt(index), 0n)),
    ),
    "node-rs": await rateOf(memory, () =>
      repeat(memory, () => hashRawSync(password, { ...options, parallelism: 1, outputLen: 32, salt })),
    ),
    "hash-wasm": await rateOf(memory, async () => {
      for (let index = 0; index < memory; index++)
        await argon2id({
          password,
          salt,
          memorySize: MEMORY.memoryKiB,
          iterations: MEMORY.passes,
          parallelism: 1,
          hashLength: 32,
          outputType: "binary",
        });
    }),
  };
}

/** Per second of processor time. */
async function rateOf(count: number, work: () => unknown): Promise<number> {
  const cpuMs = startCpuTimer();
  await work();
  return (1_000 * count) / cpuMs();
}

function repeat(count: number, work: (index: number) => unknown): void {
  for (let index = 0; index < count; index++) work(index);
}

/** Nothing without a driver. */
async function onGpu(
  parameters: PowParameters,
  { gpuMs }: Size,
  log: (line: string) => void,
): Promise<{ gpu?: number; adapter?: string }> {
  if (gpuMs === 0) return {};
  let isGivenUp = false;
  const miner = createGpuMiner({
    cpu: createCpuMiner({ workers: 1 }, systemScheduler),
    startGpu,
    scheduler: systemScheduler,
    onGivenUp(error) {
      isGivenUp = true;
      log(`no GPU: ${error.message}`);
    },
  });
  try {
    // Compiles the shader, and finds the size of a slice.
    do await mineFor(gpuMs);
    while (!isGivenUp && counted() === undefined);
    const { adapter } = miner;
    const before = counted();
    if (adapter === undefined || before === undefined) return {};
    await mineFor(gpuMs);
    const now = counted()!;
    return {
      gpu: (1_000 * (now.hashes - before.hashes)) / (now.searchingMs - before.searchingMs),
      adapter,
    };
  } finally {
    await miner.close();
  }

  /** Undefined while the shader compiles. */
  function counted(): HashCount | undefined {
    return miner.hashCounts().get(parameters.algorithm);
  }

  async function mineFor(milliseconds: number): Promise<void> {
    const request = {
      parameters,
      sealRoot: rootOf(0),
      target: 0n,
      signal: AbortSignal.timeout(milliseconds),
    };
    await miner.mine(request).catch((error: unknown) => {
      if (!isTrellisError(error, "MINING_ABORTED")) throw error;
    });
  }
}

/** With plain code and with vectors. */
function nonceOf(): bigint {
  const target = targetToBytes(2n ** 256n / 200n);
  const { search: _, ...plain } = createPowAlgorithm(HEAVY).prepare(rootOf(7));
  const vectors = createPowAlgorithm(HEAVY).prepare(rootOf(7));
  const [first, second] = [plain, vectors].map(
    (work) => searchNonces(work, target, { first: 0n, stride: 1n }, 10_000).nonce,
  );
  if (first === undefined || first !== second) throw new TypeError("plain code and vectors differ");
  return first;
}

function rootOf(number: number): Uint8Array {
  return createHash("sha256").update(String(number)).digest();
}
