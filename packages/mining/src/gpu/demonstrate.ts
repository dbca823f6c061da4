import type { Clock } from "@trellis/base";
import { miningErrors } from "../errors.ts";
import { drawMatrix, MATRIX_SIZE } from "../heavy/drawMatrix.ts";
import { createHeavyHasher, powBlock } from "../heavy/kHeavyHash.ts";
import { isAtMost } from "../miner/isAtMost.ts";
import { nextCount } from "../miner/nextCount.ts";
import type { OpenGpu } from "./device/openGpu.ts";
import { GPU_COUNT_MAX } from "./gpuTask.ts";

export interface Demonstration {
  readonly hashes: number;
  readonly hashRate: number;
  /** Found nonces that plain code has verified. */
  readonly verified: number;
}

interface DemonstrationOptions {
  readonly forMs: number;
  readonly signal: AbortSignal;
  readonly onSlice: (demonstration: Demonstration) => void;
}

/** Its first drawn matrix has full rank: policies of pages forbid WebAssembly, which computes ranks. */
export const DEMONSTRATED_ROOT = new Uint8Array(32).fill(0x7e);
/** One of 2^14 hashes is at most this, so that slow GPUs find nonces too. */
const TARGET = targetOf(0x03);
/** One of 128. */
const PROBE_TARGET = targetOf(0xff, 0x01);
const PROBE_COUNT = 1_024;
const SLICE_MS = 50;

/**
 * Searches kHeavyHash of a fixed seal root with the miner's shader, also in browsers, and verifies each nonce.
 * @throws GPU_UNAVAILABLE
 */
export async function demonstrate(
  gpu: Pick<OpenGpu, "search">,
  { forMs, signal, onSlice }: DemonstrationOptions,
  clock: Clock,
): Promise<void> {
  const matrix = drawMatrix(DEMONSTRATED_ROOT, () => MATRIX_SIZE);
  const digestOf = createHeavyHasher(DEMONSTRATED_ROOT, 0n, matrix);
  const work = { algorithm: "heavy", words: powBlock(DEMONSTRATED_ROOT, 0n), matrix } as const;
  const search = (target: Uint8Array, first: number, count: number) =>
    gpu.search({ work, target, first: BigInt(first), stride: 1n, count });
  const isFound = (nonce: number, target: Uint8Array) =>
    isAtMost(digestOf(nonce >>> 0, Math.floor(nonce / 2 ** 32)), target);

  // Compiles the shader, and shows that it misses no nonce.
  const probed = await search(PROBE_TARGET, 0, PROBE_COUNT);
  for (let nonce = 0; nonce < (probed ?? PROBE_COUNT); nonce++)
    if (isFound(nonce, PROBE_TARGET)) throw miningErrors.GPU_UNAVAILABLE({ reason: "it misses a nonce" });

  let [first, count, verified] = [0, PROBE_COUNT, 0];
  const startMs = clock.nowMs();
  for (let nowMs = startMs; nowMs - startMs < forMs && !signal.aborted; ) {
    const index = await search(TARGET, first, count);
    if (index !== undefined && !isFound(first + index, TARGET))
      throw miningErrors.GPU_UNAVAILABLE({ reason: "it found a wrong nonce" });
    if (index !== undefined) verified++;
    first += count;
    const tookMs = clock.nowMs() - nowMs;
    nowMs += tookMs;
    onSlice({ hashes: first, hashRate: (first * 1_000) / Math.max(1, nowMs - startMs), verified });
    count = Math.min(GPU_COUNT_MAX, nextCount(count, tookMs, SLICE_MS));
  }
}

/** Little-endian, below 2^256 by its two most significant bytes. */
function targetOf(second: number, first = 0): Uint8Array {
  const target = new Uint8Array(32).fill(0xff);
  target[30] = second;
  target[31] = first;
  return target;
}
