import { setTimeout as sleep } from "node:timers/promises";
import type { Scheduler } from "@trellis/base";
import { workOfTarget } from "@trellis/protocol";
import { createAlgorithmCache } from "../algorithms/algorithmCache.ts";
import type { PowAlgorithm, PowParameters } from "../algorithms/PowAlgorithm.ts";
import { miningErrors } from "../errors.ts";
import type { CheckedRequest } from "../miner/createCpuMiner.ts";
import { addHashes, type HashCount } from "../miner/hashCount.ts";
import { nextCount } from "../miner/nextCount.ts";
import { searchNonces, targetToBytes } from "../miner/searchNonces.ts";
import { GPU_COUNT_MAX, type GpuAlgorithm, type GpuWork } from "./gpuTask.ts";
import { gpuWork } from "./gpuWork.ts";
import type { Gpu } from "./systemGpu.ts";
import { unlessAborted } from "./unlessAborted.ts";

/** A new template waits at most this long for the GPU. */
const SLICE_MS = 50;
/** A GPU that hangs keeps nobody waiting longer. */
const LATE_MS = 10 * SLICE_MS;
const COUNT_FIRST = 1_024;
/** Hashes of a slice per expected hash: easy targets must not wait for a whole slice. */
const PATIENCE = 4;
/** The CPU repeats these searches before every so many slices: overheated GPUs compute wrongly. */
const PROBE_SLICES = 256;
const PROBES = 4;
const PROBE_COUNT = 256;
const PROBE_TARGET = 2n ** 256n / 128n - 1n;

export class GpuSearch {
  readonly gpu: Gpu;
  readonly #counts: Map<PowParameters["algorithm"], HashCount>;
  readonly #grace: { readonly scheduler: Scheduler; readonly ms: number };
  readonly #algorithms = createAlgorithmCache();
  /** Hashes and number of slices. */
  readonly #slices = new Map<GpuAlgorithm, { size: number; number: number }>();

  constructor(gpu: Gpu, counts: Map<PowParameters["algorithm"], HashCount>, scheduler: Scheduler) {
    this.gpu = gpu;
    this.#counts = counts;
    this.#grace = { scheduler, ms: LATE_MS };
  }

  /**
   * Ends with the slice that runs: its hashes count, and its nonce is returned.
   * @param row advances, so that another device can continue
   * @throws GPU_UNAVAILABLE, MINING_ABORTED
   */
  async run(
    name: GpuAlgorithm,
    request: CheckedRequest,
    row: { first: bigint; readonly stride: bigint },
  ): Promise<bigint> {
    const { sealRoot, dutyCycle, signal } = request;
    const algorithm = this.#algorithms.get(request.parameters);
    const work = gpuWork(name, sealRoot);
    const target = targetToBytes(request.target);
    const countMax = countMaxOf(request.target);
    const slice = this.#slices.get(name) ?? { size: COUNT_FIRST, number: 0 };
    while (!signal.aborted) {
      if (slice.number % PROBE_SLICES === 0)
        await unlessAborted(signal, probe(this.gpu, work, algorithm, sealRoot, row.first));
      slice.number++;
      this.#slices.set(name, slice);
      const count = Math.min(slice.size, countMax);
      const searched = this.gpu.search({ work, target, ...row, count });
      const { index, tookMs } = await unlessAborted(signal, searched, this.#grace);
      addHashes(this.#counts, name, count, tookMs);
      if (index !== undefined) {
        const nonce = nonceAt(row.first, index, row.stride);
        if (index < count && algorithm.hash(sealRoot, nonce) <= request.target) return nonce;
        throw miningErrors.GPU_UNAVAILABLE({ reason: "it found a wrong nonce" });
      }
      row.first = nonceAt(row.first, count, row.stride);
      if (count === slice.size || tookMs > SLICE_MS) slice.size = nextCount(count, tookMs, SLICE_MS);
      if (dutyCycle < 1) await unlessAborted(signal, sleep(tookMs * (1 / dutyCycle - 1)));
    }
    throw miningErrors.MINING_ABORTED();
  }
}

function countMaxOf(target: bigint): number {
  return Math.min(GPU_COUNT_MAX, Math.max(COUNT_FIRST, PATIENCE * Number(workOfTarget(target))));
}

/** @throws GPU_UNAVAILABLE */
async function probe(
  gpu: Gpu,
  work: GpuWork,
  algorithm: PowAlgorithm,
  sealRoot: Uint8Array,
  start: bigint,
): Promise<void> {
  const target = targetToBytes(PROBE_TARGET);
  for (let round = 0; round < PROBES; round++) {
    const row = { first: nonceAt(start, round * PROBE_COUNT, 1n), stride: 1n };
    const { index } = await gpu.search({ work, target, ...row, count: PROBE_COUNT });
    const { nonce } = searchNonces(algorithm.prepare(sealRoot), target, row, PROBE_COUNT);
    if (nonce !== (index === undefined ? undefined : nonceAt(row.first, index, 1n)))
      throw miningErrors.GPU_UNAVAILABLE({ reason: "it computes wrong hashes" });
  }
}

function nonceAt(first: bigint, index: number, stride: bigint): bigint {
  return BigInt.asUintN(64, first + BigInt(index) * stride);
}
